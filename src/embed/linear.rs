//! A linear layer as a candle operation around rten-gemm's products: of 8-bit integers, or of floats.

use std::cell::RefCell;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape};
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, GemmUninitOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use super::ops;
use super::pairs::Pairs;
use super::vnni::Vnni;
use super::vnni::linear::Panels;
use super::weights::{Get, Plain};

thread_local! {
    /// The product for this processor; every thread chooses the same one. It is not `Send`, so each has its own.
    static GEMM: GemmExecutor<u8, i8, i32> = GemmExecutor::default();
    static SCRATCH: RefCell<Scratch> = RefCell::default();
    static FLOATS: GemmExecutor<f32, f32, f32> = GemmExecutor::default();
}

/// What a product of bytes passes through; kept, because clearing it anew costs as much as a pass over it.
#[derive(Default)]
struct Scratch {
    /// Activations rounded.
    bytes: Vec<u8>,
    /// Step and minimum of each row.
    steps: Vec<(f32, f32)>,
    /// Room for the sums.
    sums: Vec<i32>,
    row: Vec<f32>,
}

/// 8-bit weights of `y = x Wᵀ + b`. Each row of activations is divided by the per-channel factors of the asset, rounded to 0..=255
/// between its own minimum and maximum, multiplied with 8-bit weights in exact integers, and scaled back.
struct Bytes {
    factors: Factors,
    /// One over the factor of each input channel.
    unsmooth: Vec<f32>,
    scale: Vec<f32>,
    /// `scale[o] * Σ weights of row o`: what a constant added to every activation contributes.
    row_sum: Vec<f32>,
}

/// Who multiplies bytes; the numbers are the same.
#[derive(Clone, Copy, Debug)]
pub(super) enum Products {
    /// This processor's 8-bit dot products, with all that stands around them.
    Vnni(Vnni),
    /// The 16-bit products of every x86-64.
    Pairs,
    /// rten-gemm: AVX2, and ARM.
    Rten,
}

impl Products {
    /// The quickest here.
    pub fn here() -> Self {
        match Vnni::here() {
            Some(vnni) => Self::Vnni(vnni),
            None if Pairs::wanted() => Self::Pairs,
            None => Self::Rten,
        }
    }
}

/// Weights, in the order in which they are read.
enum Factors {
    Panels(Panels),
    Pairs(Pairs),
    Packed(PackedBMatrix<i8>),
}

/// How a layer multiplies.
enum Weights {
    Bytes(Bytes),
    /// Weights and activations as they are.
    Floats(PackedBMatrix<f32>),
}

/// A linear layer, with the GELU after it where there is one.
pub(super) struct Linear {
    weights: Weights,
    outs: usize,
    ins: usize,
    bias: Vec<f32>,
    gelu: bool,
}

/// A layer as it stands in the asset.
struct Asset {
    w: Vec<i8>,
    outs: usize,
    ins: usize,
    scale: Vec<f32>,
    unsmooth: Vec<f32>,
    bias: Vec<f32>,
}

impl Asset {
    fn read(get: Get, name: &str) -> candle_core::Result<Self> {
        let floats = |part: &str| get(&format!("{name}.{part}"))?.to_vec1::<f32>();
        let weight = get(&format!("{name}.weight"))?;
        let (outs, ins) = weight.dims2()?;
        let bytes = weight.flatten_all()?.to_vec1::<u8>()?;
        let w = bytes.into_iter().map(|v| v.wrapping_sub(128) as i8).collect();
        let unsmooth = floats("smooth")?.into_iter().map(|s| 1.0 / s).collect();
        Ok(Self { w, outs, ins, scale: floats("scale")?, unsmooth, bias: floats("bias")? })
    }
}

impl Plain {
    /// The four tensors, and `name.rest`, which together are the weights in 16 bits.
    pub fn load(get: Get, name: &str, gelu: bool) -> candle_core::Result<Self> {
        let rest = get(&format!("{name}.rest"))?.flatten_all()?.to_vec1::<u8>()?;
        Ok(Self::of(Asset::read(get, name)?, &rest, gelu))
    }

    /// The four tensors alone: weights in 8 bits.
    pub fn load_bytes(get: Get, name: &str, gelu: bool) -> candle_core::Result<Self> {
        let asset = Asset::read(get, name)?;
        let nothing = vec![128; asset.w.len()];
        Ok(Self::of(asset, &nothing, gelu))
    }

    fn of(asset: Asset, rest: &[u8], gelu: bool) -> Self {
        let Asset { w, ins, scale, unsmooth, bias, .. } = asset;
        let rows = w.chunks(ins).zip(rest.chunks(ins)).zip(&scale);
        let weight = rows
            .flat_map(|((row, rest), s)| {
                let full = row.iter().zip(rest).map(|(&w, &r)| f32::from(w) + (f32::from(r) - 128.0) / 254.0);
                full.zip(&unsmooth).map(move |(w, u)| w * s * u)
            })
            .collect();
        Self { weight, ins, bias, gelu }
    }
}

impl Linear {
    /// Takes the four tensors `name.{weight,scale,smooth,bias}` out of the asset. Where the products do not divide the layer,
    /// rten-gemm's do.
    pub fn load(get: Get, name: &str, gelu: bool, products: Products) -> candle_core::Result<Self> {
        let Asset { w, outs, ins, scale, unsmooth, bias } = Asset::read(get, name)?;
        let row_sum: Vec<f32> =
            w.chunks(ins).zip(&scale).map(|(r, s)| s * r.iter().map(|&v| i32::from(v)).sum::<i32>() as f32).collect();
        let own = match products {
            Products::Vnni(vnni) => Panels::new(vnni, &w, ins, [&scale, &row_sum, &bias]).map(Factors::Panels),
            Products::Pairs => Pairs::new(&w, ins).map(Factors::Pairs),
            Products::Rten => None,
        };
        let factors = own.unwrap_or_else(|| {
            let w = NdTensorView::from_data([outs, ins], w.as_slice());
            Factors::Packed(GEMM.with(|g| g.prepack_b(w.transposed())))
        });
        Ok(Self { weights: Weights::Bytes(Bytes { factors, unsmooth, scale, row_sum }), outs, ins, bias, gelu })
    }

    /// A layer of weights as they are, which multiplies in floats.
    pub fn of(plain: Plain) -> Self {
        let Plain { weight, ins, bias, gelu } = plain;
        let outs = bias.len();
        let packed = FLOATS.with(|g| g.prepack_b(NdTensorView::from_data([outs, ins], weight.as_slice()).transposed()));
        Self { weights: Weights::Floats(packed), outs, ins, bias, gelu }
    }

    fn product(&self, x: &[f32]) -> Result<Vec<f32>, rten_gemm::GemmError> {
        match &self.weights {
            Weights::Bytes(b) => {
                // Taken, not borrowed: a product that waits for its parts may begin another one on the same thread.
                let mut scratch = SCRATCH.take();
                let made = self.of_bytes(b, x, &mut scratch);
                SCRATCH.set(scratch);
                made
            }
            Weights::Floats(packed) => {
                let rows = x.len() / self.ins;
                let mut y = vec![0f32; rows * self.outs];
                FLOATS.with(|g| {
                    g.gemm(
                        &mut y,
                        GemmInputA::Unpacked(NdTensorView::from_data([rows, self.ins], x)),
                        GemmInputB::Packed(packed),
                        GemmOptions::default(),
                    )
                })?;
                ops::vectorised(
                    #[inline(always)]
                    || {
                        for row in y.chunks_exact_mut(self.outs) {
                            row.iter_mut().zip(&self.bias).for_each(|(v, b)| *v += b);
                        }
                        if self.gelu {
                            y.iter_mut().for_each(|v| *v = ops::gelu(*v));
                        }
                    },
                );
                Ok(y)
            }
        }
    }

    fn of_bytes(&self, b: &Bytes, x: &[f32], scratch: &mut Scratch) -> Result<Vec<f32>, rten_gemm::GemmError> {
        let rows = x.len() / self.ins;
        scratch.round(&b.unsmooth, x);
        let sums: &[i32] = match &b.factors {
            Factors::Panels(panels) => return Ok(panels.apply(&scratch.bytes, &scratch.steps, self.gelu)),
            Factors::Pairs(pairs) => {
                pairs.sums(&scratch.bytes, &mut scratch.sums);
                &scratch.sums
            }
            Factors::Packed(packed) => {
                scratch.sums.clear();
                scratch.sums.reserve(rows * self.outs);
                GEMM.with(|g| {
                    g.gemm_uninit(
                        &mut scratch.sums.spare_capacity_mut()[..rows * self.outs],
                        GemmInputA::Unpacked(NdTensorView::from_data([rows, self.ins], scratch.bytes.as_slice())),
                        GemmInputB::Packed(packed),
                        GemmUninitOptions::default(),
                    )
                })?
            }
        };
        let mut y = Vec::with_capacity(rows * self.outs);
        let row = &mut scratch.row;
        row.clear();
        row.resize(self.outs, 0.0);
        ops::vectorised(
            #[inline(always)]
            || {
                for (sums, &(step, lo)) in sums.chunks_exact(self.outs).zip(&scratch.steps) {
                    let params = b.scale.iter().zip(&b.row_sum).zip(&self.bias);
                    for ((y, &a), ((s, z), b)) in row.iter_mut().zip(sums).zip(params) {
                        *y = a as f32 * (s * step) + (lo * z + b);
                    }
                    if self.gelu {
                        row.iter_mut().for_each(|v| *v = ops::rough_gelu(*v));
                    }
                    y.extend_from_slice(row);
                }
            },
        );
        Ok(y)
    }
}

impl Scratch {
    /// Rounds rows of `x` between their minimum and maximum, each channel times its factor.
    fn round(&mut self, unsmooth: &[f32], x: &[f32]) {
        let ins = unsmooth.len();
        self.bytes.resize(x.len(), 0);
        self.steps.clear();
        self.row.clear();
        self.row.resize(ins, 0.0);
        ops::vectorised(
            #[inline(always)]
            || {
                for (row, bytes) in x.chunks_exact(ins).zip(self.bytes.chunks_exact_mut(ins)) {
                    for ((r, v), s) in self.row.iter_mut().zip(row).zip(unsmooth) {
                        *r = v * s;
                    }
                    let (lo, hi) = ops::range(&self.row);
                    let step = ((hi - lo) / 255.0).max(1e-12);
                    let inv = 1.0 / step;
                    for (byte, v) in bytes.iter_mut().zip(&self.row) {
                        *byte = ops::byte((v - lo) * inv);
                    }
                    self.steps.push((step, lo));
                }
            },
        );
    }
}

impl CustomOp1 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (x, rows) = rows_of(storage, layout, self.ins)?;
        let y = self.product(x).map_err(candle_core::Error::wrap)?;
        Ok((CpuStorage::F32(y), (rows, self.outs).into()))
    }
}

/// The contiguous rows of an f32 tensor and their number.
pub(super) fn rows_of<'a>(
    storage: &'a CpuStorage,
    layout: &Layout,
    width: usize,
) -> candle_core::Result<(&'a [f32], usize)> {
    let all = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok((&all[from..to], (to - from) / width)),
        None => candle_core::bail!("a contiguous tensor is needed"),
    }
}
