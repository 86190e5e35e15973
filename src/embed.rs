//! Texts to vectors: the [`Embedder`] trait, the built-in all-MiniLM-L6-v2 and the workers that feed it.

mod attention;
mod encoder;
mod linear;
mod minilm;
mod ops;
mod tokens;
mod workers;

pub use minilm::MiniLm;
pub use workers::{Progress, embed_all};

use std::ops::Range;

/// Why texts could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The weights inside the program are not what this version expects.
    #[error("the built-in embedding model is damaged ({0}); rebuild gander from a clean checkout")]
    Model(String),
    /// The tokenizer refused a text.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// The person asked to stop.
    #[error("embedding was cancelled")]
    Cancelled,
}

impl From<candle_core::Error> for EmbedError {
    fn from(e: candle_core::Error) -> Self {
        Self::Model(e.to_string())
    }
}

/// Dense vectors of unit length, one row a text (`n × d`, row-major). An empty text has a row of zeros.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vectors {
    dims: usize,
    data: Vec<f32>,
}

impl Vectors {
    /// Wraps row-major data; `data.len()` must be a multiple of `dims`.
    pub fn new(dims: usize, data: Vec<f32>) -> Self {
        debug_assert!(dims > 0 && data.len().is_multiple_of(dims));
        Self { dims, data }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.data.len().checked_div(self.dims).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Length of a row.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The vector of text `i`.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.dims..(i + 1) * self.dims]
    }

    /// Several rows as one slice.
    pub fn rows(&self, range: Range<usize>) -> &[f32] {
        &self.data[range.start * self.dims..range.end * self.dims]
    }

    /// All rows as one slice.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }
}

/// Tokens of one text, cut into the windows that the model reads one at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    /// Token ids of each window, special tokens included; empty for an empty text.
    pub ids: Vec<Vec<u32>>,
    /// Share of the text's tokens that the windows cover, 0 to 1.
    pub coverage: f32,
}

/// Turns texts into vectors of unit length.
pub trait Embedder: Sync {
    /// Name and revision; vectors of different ids are never mixed.
    fn id(&self) -> String;
    /// Length of a vector.
    fn dims(&self) -> usize;
    /// What is rounded, in a few words.
    fn precision(&self) -> &'static str;
    /// Splits a text into windows of tokens.
    fn windows(&self, text: &str) -> Result<Windows, EmbedError>;
    /// Mean-pooled vectors, not normalised, of a batch of windows (`batch × d`). A window's vector does not depend
    /// on the others in the batch.
    fn encode(&self, batch: &[&[u32]]) -> Result<Vec<f32>, EmbedError>;
}
