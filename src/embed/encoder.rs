//! A transformer encoder on candle tensors: the built-in all-MiniLM-L6-v2, or one read from a folder.

use std::collections::HashMap;
use std::ops::Range;

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor};

use super::attention::{Attention, Distances, Numbers};
use super::linear::{Linear, rows_of};
use super::ops;

/// Layer norm of the sum of two tensors.
pub(super) struct AddNorm {
    pub gain: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}

impl CustomOp2 for AddNorm {
    fn name(&self) -> &'static str {
        "add-norm"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let d = self.gain.len();
        let (x, rows) = rows_of(s1, l1, d)?;
        let (residual, _) = rows_of(s2, l2, d)?;
        let mut y = x.to_vec();
        ops::add_norm(&mut y, residual, &self.gain, &self.bias, self.epsilon);
        Ok((CpuStorage::F32(y), (rows, d).into()))
    }
}

/// One transformer layer.
pub(super) struct Layer<L = Linear> {
    pub qkv: L,
    pub attention_out: L,
    pub attention_norm: AddNorm,
    pub up: L,
    pub down: L,
    pub output_norm: AddNorm,
}

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

/// Layers of one width, one after the other.
pub(super) struct Stack<L = Linear> {
    pub layers: Vec<Layer<L>>,
    /// Length of a token's vector.
    pub dims: usize,
    /// Width of an attention head.
    pub head: usize,
    pub distances: Option<Distances>,
}

/// Layers that go off from a network's own and say where a text stands. A network made to tell what texts are about
/// forgets it in its last layers.
pub(super) struct Branch<L = Linear> {
    /// Layers of the network that it builds on.
    pub after: usize,
    /// From what a token was before the first of those and after each (`(after + 1) × d`, end to end) to the branch's own width.
    pub join: L,
    pub own: Stack<L>,
}

/// Tokens of a window that a branch reads: a text says early where it stands.
pub(super) const BRANCH_TOKENS: usize = 64;

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
    pub numbers: Numbers,
}

/// Finds a tensor by its name.
pub(super) type Get<'a> = &'a dyn Fn(&str) -> Result<Tensor>;

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

    /// Builds the network from the bytes of a converted asset (see `assets/minilm/convert.py`); `make` makes its linear layers, of
    /// their name and whether a GELU follows, with the `rest` of the weights as well where it is given.
    pub fn load(bytes: &[u8], rest: Option<&[u8]>, make: impl Fn(Get, &str, bool) -> Result<L>) -> Result<Self> {
        let mut tensors: HashMap<String, Tensor> = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?;
        if let Some(rest) = rest {
            tensors.extend(candle_core::safetensors::load_buffer(rest, &Device::Cpu)?);
        }
        let get = |name: &str| of_name(&tensors, name);
        let words = get("words.weight")?;
        let own = Stack { layers: layers(&get, 6, 1e-12, make)?, dims: words.dims2()?.1, head: 32, distances: None };
        Ok(Self {
            words: Words::Bytes(words.flatten_all()?.to_vec1()?, get("words.scale")?.to_vec1()?),
            pooling: Pooling::Mean,
            numbers: Numbers::Floats,
            positions: get("positions")?.flatten_all()?.to_vec1()?,
            norm: norm(&get, "norm", 1e-12)?,
            own,
            branch: None,
        })
    }

    /// Adds the branch that is in the bytes of an asset (see `assets/stance/fit_stance.py`); it builds on `after` layers.
    pub fn branch_off(
        mut self,
        bytes: &[u8],
        after: usize,
        make: impl Fn(Get, &str, bool) -> Result<L>,
    ) -> Result<Self> {
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?;
        let get = |name: &str| of_name(&tensors, name);
        let learned = get("distances")?;
        let (_, heads) = learned.dims2()?;
        let distances = Distances::new(&learned.flatten_all()?.to_vec1::<f32>()?, heads, BRANCH_TOKENS);
        let dims = get("join.bias")?.dims1()?;
        let count = (0..).take_while(|i| tensors.contains_key(&format!("layer.{i}.qkv.weight"))).count();
        let join = make(&get, "join", false)?;
        let layers = layers(&get, count, 1e-5, make)?;
        let own = Stack { layers, dims, head: dims / heads, distances: Some(distances) };
        self.branch = Some(Branch { after, join, own });
        Ok(self)
    }
}

fn of_name(tensors: &HashMap<String, Tensor>, name: &str) -> Result<Tensor> {
    match tensors.get(name) {
        Some(t) => Ok(t.clone()),
        None => candle_core::bail!("tensor {name} is missing"),
    }
}

fn norm(get: Get, name: &str, epsilon: f32) -> Result<AddNorm> {
    let floats = |part: &str| get(&format!("{name}.{part}"))?.to_vec1();
    Ok(AddNorm { gain: floats("gain")?, bias: floats("bias")?, epsilon })
}

fn layers<L>(
    get: Get,
    count: usize,
    epsilon: f32,
    make: impl Fn(Get, &str, bool) -> Result<L>,
) -> Result<Vec<Layer<L>>> {
    (0..count)
        .map(|i| {
            let linear = |part: &str, gelu| make(get, &format!("layer.{i}.{part}"), gelu);
            Ok(Layer {
                qkv: linear("qkv", false)?,
                attention_out: linear("attention_out", false)?,
                attention_norm: norm(get, &format!("layer.{i}.attention_norm"), epsilon)?,
                up: linear("up", true)?,
                down: linear("down", false)?,
                output_norm: norm(get, &format!("layer.{i}.output_norm"), epsilon)?,
            })
        })
        .collect()
}

impl Stack {
    fn layer(&self, layer: &Layer, x: &Tensor, lengths: &[usize], numbers: Numbers) -> Result<Tensor> {
        let (dims, head) = (self.dims, self.head);
        let attention = Attention { lengths, dims, head, distances: self.distances.as_ref(), numbers };
        let a = x.apply_op1_no_bwd(&layer.qkv)?.apply_op1_no_bwd(&attention)?;
        let x = a.apply_op1_no_bwd(&layer.attention_out)?.apply_op2_no_bwd(x, &layer.attention_norm)?;
        let h = x.apply_op1_no_bwd(&layer.up)?.apply_op1_no_bwd(&layer.down)?;
        h.apply_op2_no_bwd(&x, &layer.output_norm)
    }
}

impl Branch {
    /// The tokens after its layers, of the first tokens of each text, and how many those are.
    fn run(&self, early: &[Tensor], lengths: &[usize], numbers: Numbers) -> Result<(Tensor, Vec<usize>)> {
        let short: Vec<usize> = lengths.iter().map(|&len| len.min(BRANCH_TOKENS)).collect();
        let early = early.iter().map(|x| heads(x, lengths, &short)).collect::<Result<Vec<_>>>()?;
        let mut x = Tensor::cat(&early, 1)?.apply_op1_no_bwd(&self.join)?;
        for layer in &self.own.layers {
            x = self.own.layer(layer, &x, &short, numbers)?;
        }
        Ok((x, short))
    }
}

impl Encoder {
    /// The pooled tokens of each text, not normalised (`batch × width`): of the last layer, which says what a text is about, and
    /// of the branch.
    pub fn pooled(&self, batch: &[&[u32]]) -> Result<Vec<f32>> {
        let lengths: Vec<usize> = batch.iter().map(|ids| ids.len()).collect();
        let mut x = self.embed_tokens(batch)?;
        let mut early = vec![x.clone()];
        for layer in &self.own.layers {
            x = self.own.layer(layer, &x, &lengths, self.numbers)?;
            if self.branch.as_ref().is_some_and(|b| early.len() <= b.after) {
                early.push(x.clone());
            }
        }
        let (dims, width) = (self.dims(), self.width());
        let mut pooled = vec![0f32; batch.len() * width];
        self.pool(&x, &lengths, &mut pooled, 0..dims)?;
        if let Some(branch) = &self.branch {
            let (x, lengths) = branch.run(&early, &lengths, self.numbers)?;
            self.pool(&x, &lengths, &mut pooled, dims..width)?;
        }
        Ok(pooled)
    }

    /// Writes the mean token of each text, or its first, into its place in the text's row.
    fn pool(&self, x: &Tensor, lengths: &[usize], rows: &mut [f32], place: Range<usize>) -> Result<()> {
        let d = place.len();
        let tokens = x.flatten_all()?.to_vec1::<f32>()?;
        let mut at = 0;
        for (row, &len) in rows.chunks_exact_mut(self.width()).zip(lengths) {
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

/// The first tokens of each text, as many as `short` says.
fn heads(x: &Tensor, lengths: &[usize], short: &[usize]) -> Result<Tensor> {
    if short == lengths {
        return Ok(x.clone());
    }
    let mut at = 0;
    let mut parts = Vec::with_capacity(short.len());
    for (len, &read) in lengths.iter().zip(short) {
        parts.push(x.narrow(0, at, read)?);
        at += len;
    }
    Tensor::cat(&parts, 0)
}
