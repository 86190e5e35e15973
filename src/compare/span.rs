//! Where a sentence is.

use crate::model::SampleIx;

/// Where one sentence stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// The text.
    pub sample: SampleIx,
    /// First byte, and the byte behind the last.
    pub bytes: [u32; 2],
}
