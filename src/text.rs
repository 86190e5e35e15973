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

/// A p or q as it is shown; small ones as a power of ten.
pub fn small(v: f64) -> String {
    if v < 0.001 && v > 0.0 { format!("{v:.1e}") } else { format!("{v:.3}") }
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
