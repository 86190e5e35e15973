//! The networks in candle's own tensor operations, for a device that has kernels for them: built with `--features cuda` and
//! where a GPU is found, texts are embedded there, in f32. Shorter texts of a batch are padded, and what is padded is masked.

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};

use super::encoder::{Encoder, Pooling, Words};
use super::stack::{self, AddNorm, BRANCH_TOKENS};
use super::weights::Plain;

/// Tokens of a batch: enough to fill a GPU.
pub(super) const BATCH_TOKENS: usize = 32_768;
/// What is added to the score of a padded key.
const MASKED: f32 = -1e9;

/// The device to embed on; none without the feature, or without a GPU.
pub(super) fn found() -> Option<Device> {
    #[cfg(feature = "cuda")]
    return Device::new_cuda(0).ok();
    #[cfg(not(feature = "cuda"))]
    None
}

/// Whether texts are embedded on a device.
pub(super) fn is_there() -> bool {
    static THERE: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *THERE.get_or_init(|| found().is_some())
}

struct Linear {
    /// `ins × outs`.
    weight: Tensor,
    bias: Tensor,
    gelu: bool,
}

struct Norm {
    gain: Tensor,
    bias: Tensor,
    epsilon: f64,
}

struct Layer {
    qkv: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// As [`stack::Stack`].
struct Stack {
    layers: Vec<Layer>,
    dims: usize,
    heads: usize,
    /// What distances add to the scores (`heads × (2 * longest + 1)`), and `longest`.
    distances: Option<(Tensor, usize)>,
}

/// As [`stack::Branch`].
pub(super) struct Branch {
    after: usize,
    join: Linear,
    own: Stack,
}

/// An encoder whose weights lie on a device.
pub(super) struct OnDevice {
    device: Device,
    words: Tensor,
    positions: Tensor,
    norm: Norm,
    own: Stack,
    pub branch: Option<Branch>,
    pooling: Pooling,
}

impl Linear {
    fn new(p: &Plain, device: &Device) -> Result<Self> {
        let outs = p.bias.len();
        let weight = Tensor::from_slice(&p.weight, (outs, p.ins), device)?.t()?.contiguous()?;
        Ok(Self { weight, bias: Tensor::from_slice(&p.bias, outs, device)?, gelu: p.gelu })
    }

    /// `rows × ins` to `rows × outs`.
    fn of(&self, x: &Tensor) -> Result<Tensor> {
        let y = x.matmul(&self.weight)?.broadcast_add(&self.bias)?;
        if self.gelu { y.gelu_erf() } else { Ok(y) }
    }
}

impl Norm {
    fn new(n: &AddNorm, device: &Device) -> Result<Self> {
        let of = |v: &[f32]| Tensor::from_slice(v, v.len(), device);
        Ok(Self { gain: of(&n.gain)?, bias: of(&n.bias)?, epsilon: f64::from(n.epsilon) })
    }

    fn of(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let spread = (x.sqr()?.mean_keepdim(D::Minus1)? + self.epsilon)?.sqrt()?;
        x.broadcast_div(&spread)?.broadcast_mul(&self.gain)?.broadcast_add(&self.bias)
    }
}

impl Layer {
    fn new(l: &stack::Layer<Plain>, on: &Device) -> Result<Self> {
        Ok(Self {
            qkv: Linear::new(&l.qkv, on)?,
            attention_out: Linear::new(&l.attention_out, on)?,
            attention_norm: Norm::new(&l.attention_norm, on)?,
            up: Linear::new(&l.up, on)?,
            down: Linear::new(&l.down, on)?,
            output_norm: Norm::new(&l.output_norm, on)?,
        })
    }
}

impl Stack {
    fn new(s: &stack::Stack<Plain>, on: &Device) -> Result<Self> {
        let heads = s.dims / s.head;
        let distances = match &s.distances {
            Some(known) => {
                Some((Tensor::from_slice(known.table(), (heads, 2 * known.longest() + 1), on)?, known.longest()))
            }
            None => None,
        };
        let layers = s.layers.iter().map(|l| Layer::new(l, on)).collect::<Result<_>>()?;
        Ok(Self { layers, dims: s.dims, heads, distances })
    }

    /// One layer (`tokens × d` to the same), of `b` texts of `longest` tokens.
    fn layer(&self, layer: &Layer, x: &Tensor, scores: &Tensor, of: (usize, usize)) -> Result<Tensor> {
        let a = layer.attention_out.of(&self.attention(&layer.qkv.of(x)?, scores, of)?)?;
        let x = layer.attention_norm.of(&(a + x)?)?;
        let h = layer.down.of(&layer.up.of(&x)?)?;
        layer.output_norm.of(&(h + &x)?)
    }

    /// What is added to the score of each key.
    fn scores(&self, real: &Tensor) -> Result<Tensor> {
        let (b, longest) = real.dims2()?;
        // 0 for a token, [`MASKED`] for what is padded; one row for all heads and queries.
        let mask = ((real.reshape((b, 1, 1, longest))? - 1.0)? * -f64::from(MASKED))?;
        match &self.distances {
            Some(table) => mask.broadcast_add(&self.near(table, longest)?),
            None => Ok(mask),
        }
    }

    /// `softmax(q kᵀ / √head + scores) v` of all heads (`tokens × 3d` to `tokens × d`).
    fn attention(&self, qkv: &Tensor, scores: &Tensor, (b, longest): (usize, usize)) -> Result<Tensor> {
        let head = self.dims / self.heads;
        let parts = qkv.reshape((b, longest, 3, self.heads, head))?;
        let part = |n: usize| parts.i((.., .., n))?.transpose(1, 2)?.contiguous();
        let (q, k, v) = (part(0)?, part(1)?, part(2)?);
        let s = (q.matmul(&k.t()?.contiguous()?)? / (head as f64).sqrt())?.broadcast_add(scores)?;
        let s = s.broadcast_sub(&s.max_keepdim(D::Minus1)?)?.exp()?;
        let s = s.broadcast_div(&s.sum_keepdim(D::Minus1)?)?;
        s.matmul(&v)?.transpose(1, 2)?.reshape((b * longest, self.dims))
    }

    /// What distances add to each pair of places (`1 × heads × longest × longest`), by key minus query.
    fn near(&self, (table, reach): &(Tensor, usize), longest: usize) -> Result<Tensor> {
        let places: Vec<u32> = (0..longest).flat_map(|q| (0..longest).map(move |k| (reach + k - q) as u32)).collect();
        let places = Tensor::from_vec(places, longest * longest, table.device())?;
        table.index_select(&places, 1)?.reshape((1, self.heads, longest, longest))
    }
}

impl OnDevice {
    /// Puts the weights there.
    pub fn new(e: &Encoder<Plain>, device: Device) -> Result<Self> {
        let (d, on) = (e.dims(), &device);
        let words: Vec<f32> = match &e.words {
            Words::Floats(w) => w.clone(),
            Words::Bytes(w, scale) => w
                .chunks(d)
                .zip(scale)
                .flat_map(|(row, s)| row.iter().map(move |&v| (f32::from(v) - 128.0) * s))
                .collect(),
        };
        let branch = |b: &stack::Branch<Plain>| -> Result<Branch> {
            Ok(Branch { after: b.after, join: Linear::new(&b.join, on)?, own: Stack::new(&b.own, on)? })
        };
        Ok(Self {
            words: Tensor::from_vec(words, ((), d), on)?,
            positions: Tensor::from_slice(&e.positions, ((), d), on)?,
            norm: Norm::new(&e.norm, on)?,
            own: Stack::new(&e.own, on)?,
            branch: e.branch.as_ref().map(branch).transpose()?,
            pooling: e.pooling,
            device,
        })
    }

    /// As [`Encoder::dims`].
    pub fn dims(&self) -> usize {
        self.own.dims
    }

    /// As [`Encoder::width`].
    pub fn width(&self) -> usize {
        self.dims() + self.branch.as_ref().map_or(0, |b| b.own.dims)
    }

    /// As [`Encoder::pooled`] (`batch × width`).
    pub fn pooled(&self, batch: &[&[u32]]) -> Result<Vec<f32>> {
        let (b, d) = (batch.len(), self.dims());
        let longest = batch.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let known = self.words.dim(0)?;
        if let Some(id) = batch.iter().flat_map(|ids| ids.iter()).find(|id| **id as usize >= known) {
            candle_core::bail!("token {id} is not in the vocabulary");
        }
        let mut ids = vec![0u32; b * longest];
        let mut real = vec![0f32; b * longest];
        for (at, text) in batch.iter().enumerate() {
            ids[at * longest..][..text.len()].copy_from_slice(text);
            real[at * longest..][..text.len()].fill(1.0);
        }
        let ids = Tensor::from_vec(ids, b * longest, &self.device)?;
        let real = Tensor::from_vec(real, (b, longest), &self.device)?;
        let words = self.words.index_select(&ids, 0)?.reshape((b, longest, d))?;
        let x = words.broadcast_add(&self.positions.narrow(0, 0, longest)?)?;
        let mut x = self.norm.of(&x)?.reshape((b * longest, d))?;
        let mut early = vec![x.clone()];
        let scores = self.own.scores(&real)?;
        for layer in &self.own.layers {
            x = self.own.layer(layer, &x, &scores, (b, longest))?;
            if self.branch.as_ref().is_some_and(|branch| early.len() <= branch.after) {
                early.push(x.clone());
            }
        }
        let mut parts = vec![self.pool(&x, &real)?];
        if let Some(branch) = &self.branch {
            let read = longest.min(BRANCH_TOKENS);
            let real = real.narrow(1, 0, read)?.contiguous()?;
            let early = Tensor::cat(&early, 1)?;
            let wide = early.dim(1)?;
            let early = early.reshape((b, longest, wide))?.narrow(1, 0, read)?.contiguous()?;
            let mut x = branch.join.of(&early.reshape((b * read, wide))?)?;
            let scores = branch.own.scores(&real)?;
            for layer in &branch.own.layers {
                x = branch.own.layer(layer, &x, &scores, (b, read))?;
            }
            parts.push(self.pool(&x, &real)?);
        }
        Tensor::cat(&parts, 1)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
    }

    /// One row a text.
    fn pool(&self, x: &Tensor, real: &Tensor) -> Result<Tensor> {
        let (b, longest) = real.dims2()?;
        let x = x.reshape((b, longest, x.dim(1)?))?;
        match self.pooling {
            Pooling::First => x.i((.., 0)),
            Pooling::Mean => {
                let sum = x.broadcast_mul(&real.unsqueeze(2)?)?.sum(1)?;
                sum.broadcast_div(&real.sum_keepdim(1)?)
            }
        }
    }
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
