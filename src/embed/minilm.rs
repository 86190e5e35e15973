//! all-MiniLM-L6-v2 inside the program (origin, licence and conversion: `assets/minilm/README.md`).

use super::encoder::Encoder;
use super::tokens::WindowTokenizer;
use super::{EmbedError, Embedder, Windows};

static WEIGHTS: &[u8] = include_bytes!("../../assets/minilm/model.safetensors");
static TOKENIZER: &[u8] = include_bytes!("../../assets/minilm/tokenizer.json");

/// The built-in embedder: 384 dimensions, English first, 8-bit weights and activations, exact integer products.
pub struct MiniLm {
    encoder: Encoder,
    tokens: WindowTokenizer,
    max_windows: usize,
}

impl MiniLm {
    /// Unpacks the weights (a fraction of a second). A text longer than 256 tokens is read in up to `max_windows`
    /// overlapping windows.
    pub fn new(max_windows: usize) -> Result<Self, EmbedError> {
        Ok(Self {
            encoder: Encoder::load(WEIGHTS)?,
            tokens: WindowTokenizer::new(TOKENIZER, max_windows)?,
            max_windows,
        })
    }
}

impl Embedder for MiniLm {
    fn id(&self) -> String {
        format!("all-MiniLM-L6-v2/w8a8-1/windows-{}", self.max_windows)
    }

    fn dims(&self) -> usize {
        self.encoder.dims()
    }

    fn precision(&self) -> &'static str {
        "8-bit weights and activations, f32 elsewhere"
    }

    fn windows(&self, text: &str) -> Result<Windows, EmbedError> {
        self.tokens.windows(text)
    }

    fn encode(&self, batch: &[&[u32]]) -> Result<Vec<f32>, EmbedError> {
        Ok(self.encoder.mean_pooled(batch)?)
    }
}
