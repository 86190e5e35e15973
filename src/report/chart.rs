//! Differences in points with their intervals, as a drawing that needs no script. Places are shares of the width and letters
//! keep their size, so that it can be read on a phone and on paper.

use super::escape::escape;
use crate::text::shorten;

/// Pixels of a row.
const ROW: usize = 40;
/// Characters of a name.
const NAME: usize = 38;
/// Share of the width in percent that is left free on either side.
const MARGIN: f64 = 4.0;
/// Spaces between ticks, about.
const TICKS: f64 = 5.0;

/// A difference with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What differs.
    pub name: String,
    /// Its rates on both sides, in words.
    pub rates: String,
    /// Side that has more, 0 or 1.
    pub toward: usize,
    /// Right less left, in points.
    pub points: f64,
    /// 95 % interval, where there is one.
    pub ci: Option<[f64; 2]>,
}

/// The drawing: a circle where the left side has more, a square where the right has, each on its interval.
pub(super) fn svg(alt: &str, bars: &[Bar]) -> String {
    let ends = |b: &Bar| b.ci.unwrap_or([b.points; 2]);
    let low = bars.iter().map(|b| ends(b)[0].min(b.points)).fold(0f64, f64::min);
    let high = bars.iter().map(|b| ends(b)[1].max(b.points)).fold(0f64, f64::max);
    let step = nice((high - low).max(1.0) / TICKS);
    let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
    let last = last.max(first + 1);
    let x = |v: f64| {
        let share = (v / step - first as f64) / (last - first) as f64;
        format!("{:.2}%", MARGIN + share * (100.0 - 2.0 * MARGIN))
    };
    let bottom = bars.len() * ROW;
    let mut out = format!(
        "<svg class=\"chart\" width=\"100%\" height=\"{}\" role=\"img\" aria-label=\"{}\">\n",
        bottom + 24,
        escape(alt)
    );
    for tick in first..=last {
        let v = tick as f64 * step;
        let class = if tick == 0 { "zero" } else { "tick" };
        out.push_str(&format!("<line class=\"{class}\" x1=\"{0}\" x2=\"{0}\" y1=\"0\" y2=\"{bottom}\"/>", x(v)));
        out.push_str(&format!(
            "<text class=\"axis\" x=\"{}\" y=\"{}\">{}</text>\n",
            x(v),
            bottom + 17,
            signed(v, step)
        ));
    }
    for (i, b) in bars.iter().enumerate() {
        let (text, y) = (i * ROW + 15, i * ROW + 27);
        let name = escape(&shorten(&b.name, NAME));
        out.push_str(&format!("<text x=\"0\" y=\"{text}\">{name}</text>"));
        out.push_str(&format!("<text class=\"rates\" x=\"100%\" y=\"{text}\">{}</text>", escape(&b.rates)));
        let side = b.toward.min(1);
        if let Some([from, to]) = b.ci {
            let (from, to) = (x(from), x(to));
            out.push_str(&format!("<line class=\"i{side}\" x1=\"{from}\" x2=\"{to}\" y1=\"{y}\" y2=\"{y}\"/>"));
        }
        let at = x(b.points);
        out.push_str(&match side {
            0 => format!("<circle class=\"p0\" cx=\"{at}\" cy=\"{y}\" r=\"5\"/>\n"),
            _ => format!(
                "<rect class=\"p1\" x=\"{at}\" y=\"{}\" width=\"10\" height=\"10\" transform=\"translate(-5 0)\"/>\n",
                y - 5
            ),
        });
    }
    out.push_str("</svg>\n");
    out
}

/// A step of 1, 2 or 5 times a power of ten, not below `least`.
fn nice(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= least * 0.999).unwrap_or(10.0 * power)
}

/// A value at a tick, with its sign.
fn signed(v: f64, step: f64) -> String {
    let places = if step < 1.0 { 1 } else { 0 };
    match v {
        0.0 => "0".to_owned(),
        v => format!("{v:+.places$}").replace('-', "−"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (least, want) in [(0.9, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (6.0, 10.0), (23.0, 50.0), (0.2, 0.2)] {
            assert!((nice(least) - want).abs() < 1e-9, "{least}: {}", nice(least));
        }
    }

    #[test]
    fn everything_lies_inside_and_is_escaped() {
        let bar = |points: f64, ci| Bar {
            name: "<script>alert(1)</script> & a name that is longer than its place".into(),
            rates: "0 → 18 %".into(),
            toward: usize::from(points > 0.0),
            points,
            ci,
        };
        let drawn = svg("two", &[bar(18.0, Some([15.0, 22.0])), bar(-1.5, Some([-5.4, 0.5])), bar(3.0, None)]);
        assert!(!drawn.contains("<script"), "{drawn}");
        let places = drawn.split(['"', ' ']).filter_map(|w| w.strip_suffix('%')?.parse::<f64>().ok());
        assert!(
            places.filter(|p| *p != 100.0).all(|p| (MARGIN - 0.01..=100.0 - MARGIN + 0.01).contains(&p)),
            "{drawn}"
        );
        assert_eq!(drawn.matches("class=\"i").count(), 2, "no interval is drawn where there is none");
        assert!(drawn.contains(">−10<") && drawn.contains(">+20<"), "{drawn}");
    }
}
