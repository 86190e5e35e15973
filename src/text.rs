//! Untrusted text made safe to show. Everything that a model wrote passes through [`Clean`] before it can reach a
//! terminal; copying and exporting use the original.

mod clean;
mod width;
mod wrap;

pub use clean::Clean;
pub use width::{pad, truncate, width};
pub use wrap::wrap;
