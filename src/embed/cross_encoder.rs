//! Do two texts contradict each other? Layers that read the tokens of both together (a cross-encoder of natural language
//! inference; how it was made, and what it reaches: `assets/stance/README.md`).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, OnceLock, PoisonError};

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::encoder::Encoder;
use super::linear::Products;
use super::stack::{Branch, tensors_of};
use super::tokens::WindowTokenizer;
use super::{EmbedError, minilm, stance};

static FITTED: &[u8] = include_bytes!("../../assets/stance/contradiction.safetensors");

/// Tokens read of each of the two texts, `[CLS]` and `[SEP]` included.
const TOKENS: usize = 48;
/// Texts or pairs read at a time, at most.
const BATCH: usize = 16;
/// Pairs remembered; an edit asks again for nearly all of them.
const REMEMBERED: usize = 1 << 20;

/// The network. It reads the first 48 tokens of each text.
pub struct CrossEncoder {
    /// The embedder's first layers, which read each text by itself.
    lower: Encoder,
    /// Reads both.
    upper: Branch,
    /// What is added to the tokens of the second text.
    second: Vec<f32>,
    /// From the mean token to the log-odds.
    answer: Vec<f32>,
    bias: f32,
    tokens: WindowTokenizer,
    known: Mutex<HashMap<[u64; 2], f32>>,
}

impl CrossEncoder {
    /// The one of this process, unpacked when it is first asked for (a fraction of a second).
    ///
    /// # Errors
    /// When the model is damaged.
    pub fn shared() -> std::result::Result<&'static Self, EmbedError> {
        static SHARED: OnceLock<CrossEncoder> = OnceLock::new();
        if let Some(known) = SHARED.get() {
            return Ok(known);
        }
        // Not made inside `get_or_init`: packing weights may run on rayon, whose waiting threads take up other clusters and
        // would ask for what they themselves are making. Two threads may both make it, once.
        let made = Self::new()?;
        Ok(SHARED.get_or_init(|| made))
    }

    fn new() -> std::result::Result<Self, EmbedError> {
        let tensors = tensors_of(FITTED)?;
        let floats = |name: &str| tensors.get(name).map_or(Ok(Vec::new()), |t| t.flatten_all()?.to_vec1::<f32>());
        let (second, answer, bias) = (floats("second")?, floats("answer.weight")?, floats("answer.bias")?);
        let products = Products::here();
        let lower = minilm::first_layers(stance::AFTER, products)?;
        let upper = Branch::load(&tensors, stance::AFTER, 2 * TOKENS, minilm::linear(products))?;
        if second.len() != upper.own.dims || answer.len() != upper.own.dims || bias.len() != 1 {
            return Err(EmbedError::Model("what answers has another width".into()));
        }
        let tokens = minilm::tokenizer(TOKENS)?;
        Ok(Self { lower, upper, second, answer, bias: bias[0], tokens, known: Mutex::default() })
    }

    /// Log-odds that the texts of each pair contradict each other; 0 where one has no token. The order of the two does not matter.
    ///
    /// # Errors
    /// When a text cannot be cut into tokens, or the network fails.
    pub fn log_odds(&self, pairs: &[[&str; 2]]) -> std::result::Result<Vec<f32>, EmbedError> {
        let pairs: Vec<[&str; 2]> = pairs.iter().map(|[a, b]| if a <= b { [*a, *b] } else { [*b, *a] }).collect();
        let keys: Vec<[u64; 2]> = pairs.iter().map(|pair| pair.map(hash)).collect();
        let mut found: HashMap<[u64; 2], f32> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            keys.iter().filter_map(|key| known.get(key).map(|v| (*key, *v))).collect()
        };
        let mut unknown: Vec<usize> = (0..pairs.len()).filter(|&i| !found.contains_key(&keys[i])).collect();
        unknown.sort_by_key(|&i| keys[i]);
        unknown.dedup_by_key(|i| keys[*i]);
        let read = self.read(&unknown.iter().map(|&i| pairs[i]).collect::<Vec<_>>())?;
        let read: Vec<([u64; 2], f32)> = unknown.iter().map(|&i| keys[i]).zip(read).collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + read.len() > REMEMBERED {
            known.clear();
        }
        known.extend(read.iter().copied());
        found.extend(read);
        Ok(keys.iter().map(|key| found.get(key).copied().unwrap_or_default()).collect())
    }

    fn read(&self, pairs: &[[&str; 2]]) -> std::result::Result<Vec<f32>, EmbedError> {
        let mut texts: Vec<&str> = pairs.iter().flatten().copied().collect();
        texts.sort_unstable();
        texts.dedup();
        let ids = texts
            .iter()
            .map(|text| Ok(self.tokens.windows(text)?.ids.into_iter().next().unwrap_or_default()))
            .collect::<std::result::Result<Vec<Vec<u32>>, EmbedError>>()?;
        let apart = self.apart(&ids)?;
        let of = |text: &str| texts.binary_search(&text).unwrap_or_default();
        let mut pairs: Vec<(usize, [usize; 2])> =
            pairs.iter().enumerate().map(|(i, [a, b])| (i, [of(a), of(b)])).collect();
        let mut out = vec![0f32; pairs.len()];
        pairs.retain(|(_, pair)| pair.iter().all(|&t| !ids[t].is_empty()));
        pairs.sort_by_key(|(i, [a, b])| (ids[*a].len() + ids[*b].len(), *i));
        let read: Vec<Vec<f32>> = pairs
            .par_chunks(batch(pairs.len()))
            .map(|batch| self.together(&batch.iter().map(|(_, [a, b])| [&*apart[*a], &*apart[*b]]).collect::<Vec<_>>()))
            .collect::<Result<_>>()?;
        for ((i, _), log_odds) in pairs.iter().zip(read.into_iter().flatten()) {
            out[*i] = log_odds;
        }
        Ok(out)
    }

    /// The tokens of each text, read by itself, in the width of the upper layers.
    fn apart(&self, ids: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        let mut out = vec![Vec::new(); ids.len()];
        let filled: Vec<usize> = (0..ids.len()).filter(|&i| !ids[i].is_empty()).collect();
        let size = batch(filled.len());
        let joined: Vec<Vec<f32>> = filled
            .par_chunks(size)
            .map(|batch| {
                let batch_ids: Vec<&[u32]> = batch.iter().map(|&i| ids[i].as_slice()).collect();
                let (early, _) = self.lower.states(&batch_ids, Some(stance::AFTER))?;
                self.upper.join(&early)?.flatten_all()?.to_vec1::<f32>()
            })
            .collect::<Result<_>>()?;
        for (batch, joined) in filled.chunks(size).zip(&joined) {
            let mut rest = joined.as_slice();
            for &i in batch {
                let (own, after) = rest.split_at(ids[i].len() * self.upper.own.dims);
                out[i] = own.to_vec();
                rest = after;
            }
        }
        Ok(out)
    }

    /// Log-odds of pairs of texts in tokens (`tokens × d` each).
    fn together(&self, pairs: &[[&[f32]; 2]]) -> Result<Vec<f32>> {
        let d = self.upper.own.dims;
        let lengths: Vec<usize> = pairs.iter().map(|[a, b]| (a.len() + b.len()) / d).collect();
        let mut x = Vec::with_capacity(lengths.iter().sum::<usize>() * d);
        for [a, b] in pairs {
            x.extend_from_slice(a);
            x.extend(b.chunks_exact(d).flat_map(|token| token.iter().zip(&self.second).map(|(t, s)| t + s)));
        }
        let x = Tensor::from_vec(x, (lengths.iter().sum::<usize>(), d), &Device::Cpu)?;
        let x = self.upper.own.run(x, &lengths, self.lower.numbers)?.flatten_all()?.to_vec1::<f32>()?;
        let mut rest = x.as_slice();
        let answers = lengths.iter().map(|&length| {
            let (own, after) = rest.split_at(length * d);
            rest = after;
            let said: f32 =
                own.chunks_exact(d).map(|t| t.iter().zip(&self.answer).map(|(x, w)| x * w).sum::<f32>()).sum();
            said / length as f32 + self.bias
        });
        Ok(answers.collect())
    }
}

/// How many are read at a time, so that no core waits for another.
fn batch(all: usize) -> usize {
    all.div_ceil(rayon::current_num_threads()).clamp(1, BATCH)
}

/// The same in every run: the hasher's keys are fixed.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposites_contradict_more_than_paraphrases() {
        let reader = CrossEncoder::shared().unwrap();
        let texts = [
            "I love geese and watch them every morning.",
            "Geese are wonderful birds to watch.",
            "I can't stand geese.",
        ];
        let pairs =
            [[texts[0], texts[1]], [texts[0], texts[2]], [texts[1], texts[2]], [texts[2], texts[0]], ["", texts[0]]];
        let [alike, opposed, also, turned, blank] = reader.log_odds(&pairs).unwrap()[..] else { panic!("five pairs") };
        assert!(opposed > alike + 1.0 && also > alike + 1.0, "{alike} {opposed} {also}");
        assert_eq!((opposed, blank), (turned, 0.0));
    }

    #[test]
    fn other_pairs_of_a_call_change_nothing() {
        let reader = CrossEncoder::new().unwrap();
        let texts: Vec<String> = (1..40).map(|n| "geese are not kind ".repeat(n)).collect();
        let pairs: Vec<[&str; 2]> = texts.iter().zip(texts.iter().rev()).map(|(a, b)| [a.as_str(), b]).collect();
        let together = reader.log_odds(&pairs).unwrap();
        let fresh = CrossEncoder::new().unwrap();
        let alone: Vec<f32> = pairs.iter().map(|pair| fresh.log_odds(&[*pair]).unwrap()[0]).collect();
        assert_eq!(together, alone);
        assert_eq!(together, reader.log_odds(&pairs).unwrap(), "what is remembered");
    }
}
