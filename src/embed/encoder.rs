//! A transformer encoder on candle tensors: the built-in all-MiniLM-L6-v2, or one read from a folder.

use std::ops::Range;

use candle_core::{Device, Result, Tensor};

use super::attention::Precision;
use super::linear::Linear;
use super::ops;
use super::stack::{AddNorm, Branch, Stack, Tensors, layers, norm, of_name};
use super::weights::Get;

/// The table of token vectors.
pub(super) enum Words {
    /// Bytes around 128, with a factor a row.
    Bytes(Vec<u8>, Vec<f32>),
    /// Floats.
    Floats(Vec<f32>),
}

/// How the tokens of a text become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// The mean over all.
    Mean,
    /// The first.
    First,
}

/// The network, ready to run; shared by all workers.
pub(super) struct Encoder<L = Linear> {
    pub words: Words,
    /// What is added by place (`longest × d`).
    pub positions: Vec<f32>,
    pub norm: AddNorm,
    pub own: Stack<L>,
    pub branch: Option<Branch<L>>,
    pub pooling: Pooling,
    /// What attention multiplies.
    pub numbers: Precision,
}

impl<L> Encoder<L> {
    /// Length of a vector.
    pub fn dims(&self) -> usize {
        self.own.dims
    }

    /// Places and words known.
    pub fn rows(&self) -> [usize; 2] {
        let words = match &self.words {
            Words::Floats(w) => w.len() / self.dims(),
            Words::Bytes(_, scale) => scale.len(),
        };
        [self.positions.len() / self.dims(), words]
    }

    /// Numbers that come out for a text: its vector, and that of the branch behind it.
    pub fn width(&self) -> usize {
        self.dims() + self.branch.as_ref().map_or(0, |b| b.own.dims)
    }

    /// Builds the network, or its first `count` layers, from a converted asset (see `assets/minilm/convert.py`); `make` makes
    /// its linear layers, of their name and whether a GELU follows.
    pub fn load(tensors: &Tensors, count: usize, make: impl Fn(Get, &str, bool) -> Result<L>) -> Result<Self> {
        let get = |name: &str| of_name(tensors, name);
        let words = get("words.weight")?;
        let layers = layers(&get, count, 1e-12, make)?;
        let own = Stack { layers, dims: words.dims2()?.1, head: 32, distances: None };
        Ok(Self {
            words: Words::Bytes(words.flatten_all()?.to_vec1()?, get("words.scale")?.to_vec1()?),
            pooling: Pooling::Mean,
            numbers: Precision::Floats,
            positions: get("positions")?.flatten_all()?.to_vec1()?,
            norm: norm(&get, "norm", 1e-12)?,
            own,
            branch: None,
        })
    }
}

impl Encoder {
    /// The pooled tokens of each text, not normalised (`batch × width`): of the last layer, which says what a text is about, and
    /// of the branch, if there is one and it is wanted.
    pub fn pooled(&self, batch: &[&[u32]], branch: bool) -> Result<Vec<f32>> {
        let branch = self.branch.as_ref().filter(|_| branch);
        let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
        let (early, x) = self.states(batch, branch.map(|b| b.after))?;
        let dims = self.dims();
        let width = if branch.is_some() { self.width() } else { dims };
        let mut pooled = vec![0f32; batch.len() * width];
        self.pool(&x, &lengths, &mut pooled, width, 0..dims)?;
        if let Some(branch) = branch {
            let (x, lengths) = branch.run(&early, &lengths, self.numbers)?;
            self.pool(&x, &lengths, &mut pooled, width, dims..width)?;
        }
        Ok(pooled)
    }

    /// What the tokens were before the first layer and after each of the first `after`, if those are asked for; and in the end.
    pub fn states(&self, batch: &[&[u32]], after: Option<usize>) -> Result<(Vec<Tensor>, Tensor)> {
        let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
        let mut x = self.embed_tokens(batch)?;
        let mut early = vec![x.clone()];
        for layer in &self.own.layers {
            x = self.own.layer(layer, &x, &lengths, self.numbers)?;
            if after.is_some_and(|after| early.len() <= after) {
                early.push(x.clone());
            }
        }
        Ok((early, x))
    }

    /// Writes the mean token of each text, or its first, into its place in the text's row of `width` numbers.
    fn pool(&self, x: &Tensor, lengths: &[usize], rows: &mut [f32], width: usize, place: Range<usize>) -> Result<()> {
        let d = place.len();
        let tokens = x.flatten_all()?.to_vec1::<f32>()?;
        let mut at = 0;
        for (row, &len) in rows.chunks_exact_mut(width).zip(lengths) {
            let sum = &mut row[place.clone()];
            let read = if self.pooling == Pooling::First { 1 } else { len };
            for token in tokens[at * d..(at + read) * d].chunks_exact(d) {
                for (s, v) in sum.iter_mut().zip(token) {
                    *s += v;
                }
            }
            sum.iter_mut().for_each(|s| *s /= read as f32);
            at += len;
        }
        Ok(())
    }

    fn embed_tokens(&self, batch: &[&[u32]]) -> Result<Tensor> {
        let d = self.dims();
        let tokens: usize = batch.iter().map(|ids| ids.len()).sum();
        let mut x = Vec::with_capacity(tokens * d);
        let mut positions = Vec::with_capacity(tokens * d);
        for ids in batch {
            for &id in *ids {
                let row = id as usize * d..(id as usize + 1) * d;
                match &self.words {
                    Words::Bytes(words, scale) if row.end <= words.len() => {
                        let scale = scale[id as usize];
                        x.extend(words[row].iter().map(|&w| (f32::from(w) - 128.0) * scale));
                    }
                    Words::Floats(words) if row.end <= words.len() => x.extend_from_slice(&words[row]),
                    _ => candle_core::bail!("token {id} is not in the vocabulary"),
                }
            }
            positions.extend_from_slice(&self.positions[..ids.len() * d]);
        }
        ops::add_norm(&mut x, &positions, &self.norm.gain, &self.norm.bias, self.norm.epsilon);
        Tensor::from_vec(x, (tokens, d), &Device::Cpu)
    }
}
