//! all-MiniLM-L6-v2 inside the program (origin, licence and conversion: `assets/minilm/README.md`).

use super::attention::Precision;
use super::device::{self, OnDevice};
use super::encoder::Encoder;
use super::linear::{Linear, Products};
use super::stack::{BRANCH_TOKENS, Branch, tensors_of};
use super::stance::{self, StanceSpace};
use super::tokens::{WINDOW, WindowTokenizer};
use super::weights::Get;
use super::weights::Plain;
use super::workers::{Network, TextEncoder};
use super::{EmbedError, Embedded, Embedder, Progress};
use crate::linalg::Vectors;

static WEIGHTS: &[u8] = include_bytes!("../../assets/minilm/model.safetensors");
/// What rounding took from the weights; read for `exact` alone.
static REST: &[u8] = include_bytes!("../../assets/minilm/rest.safetensors");
/// Its layers.
const LAYERS: usize = 6;
static TOKENIZER: &[u8] = include_bytes!("../../assets/minilm/tokenizer.json");

/// The built-in embedder: 384 dimensions, English first, 8-bit weights and activations, exact integer products.
pub struct MiniLm {
    texts: TextEncoder,
    stance: Option<StanceSpace>,
    max_windows: usize,
    exact: bool,
}

impl MiniLm {
    /// The id of a model made with these arguments.
    pub fn id_of(max_windows: usize, exact: bool) -> String {
        let numbers = match (device::is_there(), exact) {
            (true, _) => "w16-3-gpu",
            (false, true) => "w16-3",
            (false, false) => "w8a8-4",
        };
        format!("all-MiniLM-L6-v2/{numbers}/windows-{max_windows}")
    }

    /// Unpacks the weights (a fraction of a second). A text longer than 256 tokens is read in up to `max_windows`
    /// overlapping windows. With `exact` weights have 16 bits and all else is f32, at a fraction of the speed.
    ///
    /// # Errors
    /// When the model is damaged.
    pub fn new(max_windows: usize, exact: bool) -> Result<Self, EmbedError> {
        let network = match device::found() {
            Some(device) => Network::Device(OnDevice::new(&load(Some(REST), Plain::load, Plain::load_bytes)?, device)?),
            None if exact => Network::Processor(Box::new(load(
                Some(REST),
                |get, name, gelu| Plain::load(get, name, gelu).map(Linear::of),
                |get, name, gelu| Plain::load_bytes(get, name, gelu).map(Linear::of),
            )?)),
            None => Network::Processor(Box::new(of_bytes(Products::here())?)),
        };
        Ok(Self {
            texts: TextEncoder { network, tokens: WindowTokenizer::new(TOKENIZER, WINDOW, max_windows, "")? },
            exact,
            stance: Some(StanceSpace::load()?),
            max_windows,
        })
    }

    /// The same without stance: less than half of the time on statements.
    #[must_use]
    pub fn of_vectors_alone(mut self) -> Self {
        self.stance = None;
        self.texts.network.cut_branch();
        self
    }

    /// The tokens read of a text, a list a window.
    ///
    /// # Errors
    /// When the tokenizer refuses the text.
    pub fn token_ids(&self, text: &str) -> Result<Vec<Vec<u32>>, EmbedError> {
        Ok(self.texts.tokens.windows(text)?.ids)
    }
}

impl Embedder for MiniLm {
    fn id(&self) -> String {
        Self::id_of(self.max_windows, self.exact)
    }

    fn dims(&self) -> usize {
        self.texts.dims()
    }

    fn stance_dims(&self) -> usize {
        self.stance.as_ref().map_or(0, StanceSpace::dims)
    }

    fn precision(&self) -> String {
        if self.exact || device::is_there() {
            "16-bit weights, f32 elsewhere"
        } else {
            "8-bit weights and activations, f32 elsewhere"
        }
        .into()
    }

    fn unknown_pieces(&self, texts: &[&str]) -> Result<Option<[usize; 2]>, EmbedError> {
        self.texts.unknown_pieces(texts).map(Some)
    }

    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        self.embed_with(self.stance.as_ref(), texts, progress)
    }

    fn embed_without_stance(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        self.embed_with(None, texts, progress)
    }
}

impl MiniLm {
    fn embed_with(
        &self,
        stance: Option<&StanceSpace>,
        texts: &[&str],
        progress: &Progress,
    ) -> Result<Embedded, EmbedError> {
        let d = self.texts.dims();
        let mut vectors = Vec::with_capacity(texts.len() * d);
        let mut stands = Vec::with_capacity(texts.len() * stance.map_or(0, StanceSpace::dims));
        let coverage = self.texts.embed(texts, stance.is_some(), progress, |row| {
            vectors.extend(unit(&row[..d]));
            if let Some(stance) = stance {
                stands.extend(stance.project(&unit(&row[d..]).collect::<Vec<f32>>()));
            }
        })?;
        let stance = stance.map(|s| Vectors::new(s.dims(), stands));
        Ok(Embedded { vectors: Vectors::new(d, vectors), coverage, stance })
    }
}

/// The network with the branch that says where a text stands, whose weights have 8 bits and no rest.
fn load<L>(
    rest: Option<&[u8]>,
    make: impl Fn(Get, &str, bool) -> candle_core::Result<L>,
    make_branch: impl Fn(Get, &str, bool) -> candle_core::Result<L>,
) -> candle_core::Result<Encoder<L>> {
    let mut tensors = tensors_of(WEIGHTS)?;
    if let Some(rest) = rest {
        tensors.extend(tensors_of(rest)?);
    }
    let mut encoder = Encoder::load(&tensors, LAYERS, make)?;
    encoder.branch = Some(Branch::load(&tensors_of(stance::FITTED)?, stance::AFTER, BRANCH_TOKENS, make_branch)?);
    Ok(encoder)
}

/// The network of bytes.
fn of_bytes(products: Products) -> candle_core::Result<Encoder> {
    let mut encoder = load(None, linear(products), linear(products))?;
    encoder.numbers = Precision::Bytes(products);
    Ok(encoder)
}

/// Makes linear layers of bytes.
pub(super) fn linear(products: Products) -> impl Fn(Get, &str, bool) -> candle_core::Result<Linear> {
    move |get, name, gelu| Linear::load(get, name, gelu, products)
}

/// The first layers of the network, of bytes, for what builds on them.
pub(super) fn first_layers(count: usize, products: Products) -> candle_core::Result<Encoder> {
    let mut encoder = Encoder::load(&tensors_of(WEIGHTS)?, count, linear(products))?;
    encoder.numbers = Precision::Bytes(products);
    Ok(encoder)
}

/// Cuts texts into the model's tokens: one window of `window`.
///
/// # Errors
/// When the vocabulary is damaged.
pub(super) fn tokenizer(window: usize) -> Result<WindowTokenizer, EmbedError> {
    WindowTokenizer::new(TOKENIZER, window, 1, "")
}

/// A row at length one; zeros stay zeros.
pub(super) fn unit(row: &[f32]) -> impl Iterator<Item = f32> {
    let norm = row.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt() as f32;
    row.iter().map(move |v| if norm > 0.0 { v / norm } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens of texts of many lengths, so that no tile divides them all.
    fn token_ids() -> Vec<Vec<u32>> {
        let words = ["geese", "are", "not", "kind", "!", "über", "the", "model", "refuses", "42"];
        let text = |n: usize| (0..n * n / 5 + 1).map(|i| words[(i * 7 + n) % 10]).collect::<Vec<_>>().join(" ");
        let tokens = tokenizer(WINDOW).unwrap();
        (0..40).flat_map(|n| tokens.windows(&text(n)).unwrap().ids).collect()
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        let ids = token_ids();
        let batch: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
        let bits = |products| -> Vec<u32> {
            of_bytes(products).unwrap().pooled(&batch, true).unwrap().into_iter().map(f32::to_bits).collect()
        };
        let usual = bits(Products::Rten);
        for products in [Products::Pairs, Products::here()] {
            let differ = bits(products).iter().zip(&usual).filter(|(a, b)| a != b).count();
            assert_eq!(differ, 0, "of {} numbers with {products:?}", usual.len());
        }
    }

    #[test]
    fn vectors_alone_are_the_same_vectors() {
        let texts = ["I like geese.", "I don't like geese.", ""];
        let whole = MiniLm::new(1, false).unwrap();
        let alone = MiniLm::new(1, false).unwrap().of_vectors_alone();
        let [with, without] = [&whole, &alone].map(|m| m.embed(&texts, &Progress::default()).unwrap());
        assert_eq!(with.vectors, without.vectors);
        assert_eq!(with.stance.map(|s| (s.len(), s.dims())), Some((3, whole.stance_dims())));
        assert!(without.stance.is_none() && alone.stance_dims() == 0);
    }

    #[test]
    fn rounding_attention_keeps_it() {
        let ids = token_ids();
        let batch: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
        let mut encoder = of_bytes(Products::Rten).unwrap();
        let rounded = encoder.pooled(&batch, true).unwrap();
        encoder.numbers = Precision::Floats;
        let floats = encoder.pooled(&batch, true).unwrap();
        for (a, b) in rounded.chunks(encoder.width()).zip(floats.chunks(encoder.width())) {
            for part in [0..encoder.dims(), encoder.dims()..encoder.width()] {
                let cosine: f32 = unit(&a[part.clone()]).zip(unit(&b[part])).map(|(a, b)| a * b).sum();
                assert!(cosine > 0.995, "{cosine}");
            }
        }
    }
}
