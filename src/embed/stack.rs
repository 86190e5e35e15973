//! Transformer layers on candle tensors, and the branch that goes off from a network's own.

use std::collections::HashMap;

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor};

use super::attention::{Attention, Distances, Precision};
use super::linear::{Linear, rows_of};
use super::ops;
use super::weights::Get;

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

/// Tensors by their names.
pub(super) type Tensors = HashMap<String, Tensor>;

impl<L> Branch<L> {
    /// Builds a branch on `after` layers from an asset (see `assets/stance/fit_stance.py`), for at most `longest` tokens.
    pub fn load(
        tensors: &Tensors,
        after: usize,
        longest: usize,
        make: impl Fn(Get, &str, bool) -> Result<L>,
    ) -> Result<Self> {
        let get = |name: &str| of_name(tensors, name);
        let learned = get("distances")?;
        let (_, heads) = learned.dims2()?;
        let distances = Distances::new(&learned.flatten_all()?.to_vec1::<f32>()?, heads, longest);
        let dims = get("join.bias")?.dims1()?;
        let count = (0..).take_while(|i| tensors.contains_key(&format!("layer.{i}.qkv.weight"))).count();
        let join = make(&get, "join", false)?;
        let layers = layers(&get, count, 1e-5, make)?;
        let own = Stack { layers, dims, head: dims / heads, distances: Some(distances) };
        Ok(Self { after, join, own })
    }
}

/// The tensors of an asset.
pub(super) fn tensors_of(bytes: &[u8]) -> Result<Tensors> {
    candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
}

pub(super) fn of_name(tensors: &Tensors, name: &str) -> Result<Tensor> {
    match tensors.get(name) {
        Some(t) => Ok(t.clone()),
        None => candle_core::bail!("tensor {name} is missing"),
    }
}

pub(super) fn norm(get: Get, name: &str, epsilon: f32) -> Result<AddNorm> {
    let floats = |part: &str| get(&format!("{name}.{part}"))?.to_vec1();
    Ok(AddNorm { gain: floats("gain")?, bias: floats("bias")?, epsilon })
}

pub(super) fn layers<L>(
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
    pub fn layer(&self, layer: &Layer, x: &Tensor, lengths: &[usize], numbers: Precision) -> Result<Tensor> {
        let (dims, head) = (self.dims, self.head);
        let attention = Attention { lengths, dims, head, distances: self.distances.as_ref(), numbers };
        let a = x.apply_op1_no_bwd(&layer.qkv)?.apply_op1_no_bwd(&attention)?;
        let x = a.apply_op1_no_bwd(&layer.attention_out)?.apply_op2_no_bwd(x, &layer.attention_norm)?;
        let h = x.apply_op1_no_bwd(&layer.up)?.apply_op1_no_bwd(&layer.down)?;
        h.apply_op2_no_bwd(&x, &layer.output_norm)
    }

    /// All layers.
    pub fn run(&self, x: Tensor, lengths: &[usize], numbers: Precision) -> Result<Tensor> {
        self.layers.iter().try_fold(x, |x, layer| self.layer(layer, &x, lengths, numbers))
    }
}

impl Branch {
    /// The tokens after its layers, of the first tokens of each text, and how many those are.
    pub fn run(&self, early: &[Tensor], lengths: &[usize], numbers: Precision) -> Result<(Tensor, Vec<usize>)> {
        let short: Vec<usize> = lengths.iter().map(|&len| len.min(BRANCH_TOKENS)).collect();
        let early = early.iter().map(|x| heads(x, lengths, &short)).collect::<Result<Vec<_>>>()?;
        Ok((self.own.run(self.join(&early)?, &short, numbers)?, short))
    }

    /// What the branch begins with, of what the tokens were before and after the layers that it builds on.
    pub fn join(&self, early: &[Tensor]) -> Result<Tensor> {
        Tensor::cat(early, 1)?.apply_op1_no_bwd(&self.join)
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
