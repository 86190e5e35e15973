//! Untrusted text made safe to show. Everything that a model wrote passes through [`Clean`] before it can reach a
//! terminal; copying and exporting use the original.

mod ascii;
mod clean;
mod width;
mod wrap;

pub use ascii::ascii;
pub use clean::Clean;
pub use width::{pad, truncate, width};
pub use wrap::wrap;

/// A sentence of words that come without a large first letter and a full stop.
pub fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), chars.as_str()))
}
