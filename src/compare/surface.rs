//! Findings of the surface: runs of characters and quantities, each with the texts that show it.

use super::design::Design;
use super::finding::{Channel, Finding, finding};
use super::ngrams::in_words;
use super::rates::Rates;
use crate::model::SampleIx;

/// Findings of signs and of quantities that are kept.
const MOST_SURFACE: usize = 10;
const MOST_RATES: usize = 8;

/// Runs of characters that one side has more of. Where nearly all texts of the left side hold a run, the finding is of the
/// texts without it: that is what is new.
pub(super) fn surface_findings(
    design: &Design,
    runs: &[String],
    groups: &[Vec<SampleIx>],
    z: &[f32],
    limit: f32,
    texts: &[&str],
) -> Vec<Finding> {
    let mut order: Vec<usize> = (0..z.len()).filter(|&i| z[i].abs() >= limit).collect();
    order.sort_by(|&a, &b| z[b].abs().total_cmp(&z[a].abs()).then(a.cmp(&b)));
    let mut out: Vec<Finding> = Vec::new();
    for i in order {
        let s = z[i] / limit;
        let [left, right] = design.counts(&groups[i]).map(f64::from);
        let [all_left, all_right] = design.sizes().map(f64::from);
        let absent = s < 0.0 && left > 0.5 * all_left || s > 0.0 && right > 0.9 * all_right && left > 0.5 * all_left;
        let mut f = if absent {
            let held: std::collections::HashSet<SampleIx> = groups[i].iter().copied().collect();
            let without =
                (0..design.len() as SampleIx).filter(|s| design.takes_part(*s) && !held.contains(s)).collect();
            finding(design, Channel::Surface { run: runs[i].clone(), absent }, -s, without)
        } else {
            finding(design, Channel::Surface { run: runs[i].clone(), absent }, s, groups[i].clone())
        };
        if out.iter().any(|o| o.toward == f.toward && jaccard(&o.members, &f.members) > 0.5) {
            continue;
        }
        let holding = groups[i].iter().filter(|&&s| absent || design.side(s) == f.toward);
        f.terms = in_words(&runs[i], holding.map(|&s| texts[s as usize]));
        out.push(f);
        if out.len() == MOST_SURFACE {
            break;
        }
    }
    out
}

/// Quantities that differ, each with the texts beyond the value that tells the sides apart best.
pub(super) fn rate_findings(design: &Design, rates: &Rates, z: &[f32], limit: f32) -> Vec<Finding> {
    let mut order: Vec<usize> = (0..z.len()).filter(|&i| z[i].abs() >= limit).collect();
    order.sort_by(|&a, &b| z[b].abs().total_cmp(&z[a].abs()).then(a.cmp(&b)));
    order.truncate(MOST_RATES);
    order
        .into_iter()
        .map(|i| {
            let (rate, values) = &rates.columns()[i];
            // Seen from the right side, which is what is asked about.
            let more = z[i] > 0.0;
            let members = beyond(design, values, more);
            let mut f = finding(design, Channel::Rate { rate: *rate, more }, (z[i] / limit).abs(), members);
            f.medians = Some([0, 1].map(|side| median(design, values, side)));
            f
        })
        .collect()
}

/// The texts whose value is above (or below) the cut at which the right side has most more of them.
fn beyond(design: &Design, values: &[f32], more: bool) -> Vec<SampleIx> {
    let mut order: Vec<SampleIx> =
        (0..values.len() as SampleIx).filter(|&s| design.takes_part(s) && values[s as usize].is_finite()).collect();
    order.sort_by(|&a, &b| {
        let (x, y) = (values[a as usize], values[b as usize]);
        (if more { y.total_cmp(&x) } else { x.total_cmp(&y) }).then(a.cmp(&b))
    });
    let (mut excess, mut variance, mut best) = (0f32, 0f32, (0f32, 0usize));
    let mut at = 0;
    for tied in order.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
        for &s in tied {
            let p = design.expected(s);
            excess += f32::from(design.side(s)) - p;
            variance += p * (1.0 - p);
        }
        at += tied.len();
        let left = 1.0 - at as f32 / order.len() as f32;
        let z = excess / (variance * left).max(1e-3).sqrt();
        if left > 0.02 && z > best.0 {
            best = (z, at);
        }
    }
    order.truncate(best.1);
    order
}

fn median(design: &Design, values: &[f32], side: u8) -> f64 {
    let mut of: Vec<f32> = (0..values.len() as SampleIx)
        .filter(|&s| design.takes_part(s) && design.side(s) == side && values[s as usize].is_finite())
        .map(|s| values[s as usize])
        .collect();
    of.sort_by(f32::total_cmp);
    of.get(of.len() / 2).map_or(0.0, |v| f64::from(*v))
}

/// Share of the texts of two lists that both hold.
pub(super) fn jaccard(a: &[SampleIx], b: &[SampleIx]) -> f64 {
    let first: std::collections::HashSet<SampleIx> = a.iter().copied().collect();
    let both = b.iter().filter(|s| first.contains(s)).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}
