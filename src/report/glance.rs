//! The first findings at a glance: a table and a chart.

use super::builder::ReportBuilder;
use super::chart::Bar;
use super::page::{Block, Cell};
use crate::compare::Finding;
use crate::text::{percent, points, small};

/// Slices up to which they are columns of a table; more are listed with each difference.
const COLUMNS: usize = 6;

impl ReportBuilder<'_> {
    /// A table and a chart of some findings, in order.
    pub(super) fn glance(&self, shown: &[&Finding], names: &[String; 2], out: &mut Vec<Block>) {
        let rows = shown.iter().enumerate().map(|(i, f)| {
            let [left, right] = self.rates_of(f).map(|r| format!("{} %", percent(r)));
            vec![
                Cell::Number((i + 1).to_string()),
                Cell::Link(self.finding_in_words(f).0, format!("d{}", i + 1)),
                Cell::Number(left),
                Cell::Number(right),
                Cell::Number(self.points_in_words(f, "")),
                Cell::Number(small(f.p)),
                Cell::Number(format!("{} vs {}", f.counts[0], f.counts[1])),
            ]
        });
        let [left, right] = names.clone();
        let head =
            ["#".into(), "difference".into(), left, right, "points (95 % CI)".into(), "p".into(), "texts".into()];
        out.push(Block::Table(head.to_vec(), rows.collect()));
        let alt = format!(
            "{} minus {}, in points of the rate, with 95 % intervals; circles: more in {}, squares: more in {}.",
            names[1], names[0], names[0], names[1]
        );
        let bars = shown.iter().enumerate().map(|(i, f)| self.bar(i + 1, f)).collect();
        out.push(Block::Chart { alt: alt.clone(), bars });
        out.push(Block::Text(format!(
            "{alt} Rates, differences and intervals are corrected for selection; the numbers of texts are as counted. p is \
             over everything that was tested (family-wise error 5 %)."
        )));
    }

    /// The rates of some findings by the values of a field, where one was asked for.
    pub(super) fn by_slice(&self, told: &[usize], out: &mut Vec<Block>) {
        let Some(first) = self.slices.first().filter(|s| s.slices.len() <= COLUMNS) else { return };
        out.push(Block::Heading(3, format!("By {}", first.field)));
        let values = first.slices.iter().map(|s| {
            let [left, right] = s.sizes;
            format!("{} ({left} and {right} texts)", first.name(s))
        });
        let head = ["#".to_owned(), "difference".into()].into_iter().chain(values).chain(["interaction q".into()]);
        let findings = &self.figures.hotspots.findings;
        let rows = told.iter().enumerate().filter_map(|(n, &i)| {
            let (f, sliced) = (findings.get(i)?, self.slices.get(i)?);
            let rates = sliced.slices.iter().map(|s| Cell::Number(s.rates_in_words()));
            let q = sliced.q.map_or_else(|| "–".to_owned(), small);
            let name =
                [Cell::Number((n + 1).to_string()), Cell::Link(self.finding_in_words(f).0, format!("d{}", n + 1))];
            Some(name.into_iter().chain(rates).chain([Cell::Number(q)]).collect())
        });
        out.push(Block::Table(head.collect(), rows.collect()));
    }

    fn bar(&self, number: usize, f: &Finding) -> Bar {
        let [left, right] = self.rates_of(f);
        Bar {
            name: format!("{number}. {}", self.finding_in_words(f).0),
            rates: format!("{} → {} %", percent(left), percent(right)),
            toward: usize::from(f.toward),
            points: 100.0 * (right - left),
            ci: f.interval().map(|ci| ci.map(|v| 100.0 * v)),
        }
    }

    /// Rates of both sides, corrected for selection where they are known.
    pub(super) fn rates_of(&self, f: &Finding) -> [f64; 2] {
        f.rates(self.side_sizes().map(|n| n as usize))
    }

    /// The difference in points, with its interval where there is one.
    pub(super) fn points_in_words(&self, f: &Finding, unit: &str) -> String {
        let [left, right] = self.rates_of(f);
        points(right - left, f.interval(), unit)
    }
}
