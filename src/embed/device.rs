//! The networks in candle's own tensor operations, for a device that has kernels for them: built with `--features cuda` and
//! where a GPU is found, texts are embedded there, in f32. Shorter texts of a batch are padded, and what is padded is masked.

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};

use super::encoder::{AddNorm, BRANCH_TOKENS, Encoder, Pooling, Words};

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

/// Weights of a linear layer as they are (`outs × ins`, row-major), with the GELU after it where there is one.
pub(super) struct Plain {
    pub weight: Vec<f32>,
    pub ins: usize,
    pub bias: Vec<f32>,
    pub gelu: bool,
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

pub(super) struct Layer {
    qkv: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// An encoder whose weights lie on a device.
pub(super) struct OnDevice {
    device: Device,
    words: Tensor,
    positions: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
    /// The branch: layers before it, and its own.
    pub branch: Option<(usize, Vec<Layer>)>,
    pub dims: usize,
    heads: usize,
    /// What distances add to the scores (`heads × (2 * longest + 1)`), and `longest`.
    distances: Option<(Tensor, usize)>,
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

impl OnDevice {
    /// Puts the weights there.
    pub fn new(e: &Encoder<Plain>, device: Device) -> Result<Self> {
        let (d, on) = (e.dims, &device);
        let words: Vec<f32> = match &e.words {
            Words::Floats(w) => w.clone(),
            Words::Bytes(w, scale) => w
                .chunks(d)
                .zip(scale)
                .flat_map(|(row, s)| row.iter().map(move |&v| (f32::from(v) - 128.0) * s))
                .collect(),
        };
        let layer = |l: &super::encoder::Layer<Plain>| {
            Ok(Layer {
                qkv: Linear::new(&l.qkv, on)?,
                attention_out: Linear::new(&l.attention_out, on)?,
                attention_norm: Norm::new(&l.attention_norm, on)?,
                up: Linear::new(&l.up, on)?,
                down: Linear::new(&l.down, on)?,
                output_norm: Norm::new(&l.output_norm, on)?,
            })
        };
        let heads = d / e.head;
        let distances = match &e.distances {
            Some(known) => {
                Some((Tensor::from_slice(known.table(), (heads, 2 * known.longest() + 1), on)?, known.longest()))
            }
            None => None,
        };
        Ok(Self {
            words: Tensor::from_vec(words, ((), d), on)?,
            positions: Tensor::from_slice(&e.positions, ((), d), on)?,
            norm: Norm::new(&e.norm, on)?,
            layers: e.layers.iter().map(layer).collect::<Result<_>>()?,
            branch: match &e.branch {
                Some(b) => Some((b.after, b.layers.iter().map(layer).collect::<Result<_>>()?)),
                None => None,
            },
            dims: d,
            heads,
            distances,
            pooling: e.pooling,
            device,
        })
    }

    /// As [`Encoder::width`].
    pub fn width(&self) -> usize {
        self.dims * (1 + usize::from(self.branch.is_some()))
    }

    /// As [`Encoder::pooled`] (`batch × width`).
    pub fn pooled(&self, batch: &[&[u32]]) -> Result<Vec<f32>> {
        let (b, d) = (batch.len(), self.dims);
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
        let x = self.norm.of(&x)?.reshape((b * longest, d))?;
        let after = self.branch.as_ref().map_or(self.layers.len(), |(after, _)| *after);
        let (shared, own) = self.layers.split_at(after);
        let scores = self.scores(&real)?;
        let early = self.through(shared, x, &scores, longest)?;
        let mut parts = vec![self.pool(&self.through(own, early.clone(), &scores, longest)?, &real)?];
        if let Some((_, layers)) = &self.branch {
            let read = longest.min(BRANCH_TOKENS);
            let real = real.narrow(1, 0, read)?.contiguous()?;
            let x = early.reshape((b, longest, d))?.narrow(1, 0, read)?.contiguous()?.reshape((b * read, d))?;
            parts.push(self.pool(&self.through(layers, x, &self.scores(&real)?, read)?, &real)?);
        }
        Tensor::cat(&parts, 1)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
    }

    /// What is added to the score of each key, of which tokens are real (`b × longest`).
    fn scores(&self, real: &Tensor) -> Result<Tensor> {
        let (b, longest) = real.dims2()?;
        // 0 for a token, [`MASKED`] for what is padded; one row for all heads and queries.
        let mask = ((real.reshape((b, 1, 1, longest))? - 1.0)? * -f64::from(MASKED))?;
        match &self.distances {
            Some(table) => mask.broadcast_add(&self.near(table, longest)?),
            None => Ok(mask),
        }
    }

    fn through(&self, layers: &[Layer], mut x: Tensor, scores: &Tensor, longest: usize) -> Result<Tensor> {
        let b = x.dim(0)? / longest;
        for layer in layers {
            let a = layer.attention_out.of(&self.attention(&layer.qkv.of(&x)?, scores, b, longest)?)?;
            x = layer.attention_norm.of(&(a + &x)?)?;
            let h = layer.down.of(&layer.up.of(&x)?)?;
            x = layer.output_norm.of(&(h + &x)?)?;
        }
        Ok(x)
    }

    /// `softmax(q kᵀ / √head + scores) v` of all heads (`tokens × 3d` to `tokens × d`).
    fn attention(&self, qkv: &Tensor, scores: &Tensor, b: usize, longest: usize) -> Result<Tensor> {
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
        let places = Tensor::from_vec(places, longest * longest, &self.device)?;
        table.index_select(&places, 1)?.reshape((1, self.heads, longest, longest))
    }

    /// One row a text.
    fn pool(&self, x: &Tensor, real: &Tensor) -> Result<Tensor> {
        let (b, longest) = real.dims2()?;
        let x = x.reshape((b, longest, self.dims))?;
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
mod tests {
    use super::super::attention::{Distances, Numbers};
    use super::super::linear::Linear as OnCores;
    use super::*;

    /// A small network with weights that look random.
    fn network<L>(distances: bool, pooling: Pooling, make: impl Fn(Plain) -> L) -> Encoder<L> {
        let (d, wide, words, longest) = (64, 96, 50, BRANCH_TOKENS + 20);
        let mut seed = 7u32;
        let mut some = |n: usize, scale: f32| -> Vec<f32> {
            (0..n)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((seed >> 8) as f32 / (1 << 23) as f32 - 1.0) * scale
                })
                .collect()
        };
        let norm = |gain: Vec<f32>, bias: Vec<f32>| AddNorm { gain, bias, epsilon: 1e-12 };
        let mut layers = Vec::new();
        for _ in 0..3 {
            let mut linear = |outs: usize, ins: usize, gelu| {
                make(Plain { weight: some(outs * ins, 0.3), ins, bias: some(outs, 0.1), gelu })
            };
            let (qkv, attention_out) = (linear(3 * d, d, false), linear(d, d, false));
            let (up, down) = (linear(wide, d, true), linear(d, wide, false));
            let (attention_norm, output_norm) = (norm(some(d, 1.0), some(d, 0.1)), norm(some(d, 1.0), some(d, 0.1)));
            layers.push(super::super::encoder::Layer { qkv, attention_out, attention_norm, up, down, output_norm });
        }
        let branch = layers.pop().map(|layer| super::super::encoder::Branch { after: 1, layers: vec![layer] });
        Encoder {
            branch,
            words: Words::Floats(some(words * d, 1.0)),
            positions: some(longest * d, 0.2),
            norm: norm(some(d, 1.0), some(d, 0.1)),
            layers,
            dims: d,
            head: 32,
            numbers: Numbers::Floats,
            distances: distances.then(|| Distances::new(&some(32 * 2, 0.5), 2, longest)),
            pooling,
        }
    }

    #[test]
    fn tensors_say_what_the_cores_say() {
        let long: Vec<u32> = (0..BRANCH_TOKENS as u32 + 7).map(|n| n * 7 % 50).collect();
        let texts: [&[u32]; 4] = [&[1, 5, 9, 2], &[1, 7, 7, 3, 49, 12, 0, 30, 31, 32, 33, 2], &[4], &long];
        for (distances, pooling) in [(false, Pooling::Mean), (true, Pooling::Mean), (true, Pooling::First)] {
            let on_cores = network(distances, pooling, OnCores::of).pooled(&texts).unwrap();
            let plain = network(distances, pooling, |p| p);
            let on_device = OnDevice::new(&plain, Device::Cpu).unwrap();
            let tensors = on_device.pooled(&texts).unwrap();
            assert_eq!((on_cores.len(), tensors.len()), (4 * 128, 4 * 128));
            for (a, b) in on_cores.iter().zip(&tensors) {
                assert!((a - b).abs() < 1e-3, "{a} is not {b}");
            }
            assert!(on_device.pooled(&[&[50]]).is_err(), "no such token");
        }
    }
}
