//! Untrusted text made safe to show. Everything that a model wrote passes through [`Clean`] before it can reach a
//! terminal; copying and exporting use the original.

mod ascii;
mod clean;
mod shorten;
mod width;
mod wrap;

pub use ascii::ascii;
pub use clean::Clean;
pub use shorten::shorten;
pub use width::{pad, truncate, width};
pub use wrap::wrap;

/// The first `bytes` of a text at most, to a whole character.
pub fn head(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The last `bytes` of a text at most, from a whole character on.
pub fn tail(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// A p or q as it is shown; a small one is never rounded to nothing.
pub fn small(v: f64) -> String {
    if v < 0.001 { "< 0.001".into() } else { format!("{v:.3}") }
}

/// Decimals of a percentage: one below ten.
fn places(percent: f64) -> usize {
    if percent.abs() >= 9.95 || percent == 0.0 { 0 } else { 1 }
}

/// A share as a percentage, without its sign.
pub fn percent(share: f64) -> String {
    let v = 100.0 * share;
    format!("{v:.0$}", places(v))
}

/// A difference of two shares in points, with its interval where there is one: `+18 points (15 to 22)`, or without the
/// `unit` where a heading says it.
pub fn points(difference: f64, interval: Option<[f64; 2]>, unit: &str) -> String {
    let v = 100.0 * difference;
    let of = places(v);
    let interval = interval.map(|ci| ci.map(|v| 100.0 * v));
    let interval = interval.map_or_else(String::new, |[low, high]| format!(" ({low:.of$} to {high:.of$})"));
    format!("{v:+.of$}{unit}{interval}").replace('-', "−")
}

/// As many fields as fit into `columns`, each whole: a number that is cut is another number.
pub fn whole_fields<S: AsRef<str>>(fields: &[S], between: &str, columns: usize) -> String {
    let mut out = String::new();
    for field in fields.iter().map(AsRef::as_ref).filter(|f| !f.is_empty()) {
        let gap = if out.is_empty() { "" } else { between };
        if width(&out) + width(gap) + width(field) > columns {
            break;
        }
        out.push_str(gap);
        out.push_str(field);
    }
    out
}

/// A sentence of words that come without a large first letter and a full stop. A path at its start keeps its letters.
pub fn sentence(words: &str) -> String {
    let subject = words.split_once(": ").map_or("", |(before, _)| before);
    if subject.contains(['.', '/']) {
        return format!("{words}.");
    }
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), chars.as_str()))
}
