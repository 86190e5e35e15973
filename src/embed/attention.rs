//! Self-attention over texts of different lengths laid end to end, without padding, as a candle operation.

use candle_core::{CpuStorage, CustomOp1, Layout, Shape};

use super::heads::{Buffers, STRIP, score, weighted};
use super::linear::{Products, rows_of};
use super::ops;
use super::quantized::{self, RoundedHead};
use super::tiles::{self, Kernel, Tiles};
use super::vnni;

/// Width of a head in small models (all-MiniLM-L6-v2) and in those of usual size.
const HEADS: [usize; 2] = [32, 64];
/// From `tokens × 3d` (queries, keys, values) to `tokens × d`; `lengths` says where one text ends and the next begins.
pub(super) struct Attention<'a> {
    pub lengths: &'a [usize],
    pub dims: usize,
    /// Width of a head: one of [`HEADS`].
    pub head: usize,
    /// What distances add to the scores.
    pub distances: Option<&'a Distances>,
    pub numbers: Precision,
}

/// What is multiplied.
#[derive(Clone, Copy, Debug)]
pub(super) enum Precision {
    /// Floats as they are.
    Floats,
    /// Bytes.
    Bytes(Products),
}

/// What a head adds to the score of a key by its distance from the query (MPNet; buckets of Raffel et al. 2020).
pub(super) struct Distances {
    /// `heads × (2 * longest + 1)`, by key minus query.
    table: Vec<f32>,
    longest: usize,
}

impl Distances {
    /// Spreads the learned buckets (`buckets × heads`) over all distances up to `longest`.
    pub fn new(learned: &[f32], heads: usize, longest: usize) -> Self {
        let half = learned.len() / heads / 2;
        let exact = half / 2;
        let bucket = |d: isize| {
            let n = d.unsigned_abs();
            let far = || {
                exact + ((n as f32 / exact as f32).ln() / (128.0 / exact as f32).ln() * (half - exact) as f32) as usize
            };
            let within = if n < exact { n } else { far().min(half - 1) };
            within + if d > 0 { half } else { 0 }
        };
        let span = longest as isize;
        let table = (0..heads).flat_map(|h| (-span..=span).map(move |d| learned[bucket(d) * heads + h])).collect();
        Self { table, longest }
    }

    /// `heads × (2 * longest + 1)`, by key minus query.
    pub fn table(&self) -> &[f32] {
        &self.table
    }

    /// The longest distance.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// What is added to the scores of a query's keys.
    fn of(&self, head: usize, query: usize, keys: usize) -> &[f32] {
        let from = head * (2 * self.longest + 1) + self.longest - query;
        &self.table[from..from + keys]
    }
}

/// Whether attention knows heads of a width.
pub(super) fn knows(head: usize) -> bool {
    HEADS.contains(&head)
}

impl CustomOp1 for Attention<'_> {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let width = 3 * self.dims;
        let (x, rows) = rows_of(storage, layout, width)?;
        let mut out = vec![0f32; rows * self.dims];
        let mut buffers = Buffers::default();
        let mut bytes = vnni::attention::Buffers::default();
        let rounds = self.head == quantized::HEAD && self.distances.is_none();
        let mut at = 0;
        for &len in self.lengths {
            let text = &x[at * width..(at + len) * width];
            let out = &mut out[at * self.dims..(at + len) * self.dims];
            for head in 0..self.dims / self.head {
                let near = self.distances.map(|d| (d, head));
                let (dims, offset, buffers) = (self.dims, head * self.head, &mut buffers);
                match (self.numbers, self.head) {
                    (Precision::Bytes(Products::Vnni(vnni)), _) if rounds => {
                        vnni::attention::head(vnni, text, dims, offset, out, &mut bytes);
                    }
                    (Precision::Bytes(_), _) if rounds => {
                        tiles::widest(RoundedHead { text, out, dims, offset, buffers });
                    }
                    (_, 64) => tiles::widest(OneHead::<64> { text, out, dims, offset, near, buffers }),
                    _ => tiles::widest(OneHead::<32> { text, out, dims, offset, near, buffers }),
                }
            }
            at += len;
        }
        Ok((CpuStorage::F32(out), (rows, self.dims).into()))
    }
}

/// One head of one text: `softmax(q kᵀ / √HEAD) v`.
struct OneHead<'a, const HEAD: usize> {
    /// Queries, keys and values (`length × 3d`).
    text: &'a [f32],
    /// Where the heads go, side by side (`length × d`).
    out: &'a mut [f32],
    dims: usize,
    /// Where this head begins.
    offset: usize,
    near: Option<(&'a Distances, usize)>,
    buffers: &'a mut Buffers,
}

impl<const HEAD: usize> Kernel for OneHead<'_, HEAD> {
    #[inline(always)]
    fn run<S: Tiles, V: Tiles>(self, scores: S, values: V) {
        let Self { text, out, dims, offset, near, buffers: b } = self;
        let len = text.len() / (3 * dims);
        b.gather::<HEAD>(text, dims, offset, 1.0 / (HEAD as f32).sqrt());
        b.scores.clear();
        b.scores.resize(len.next_multiple_of(STRIP) * STRIP, 0.0);
        let mut result = [[0f32; HEAD]; STRIP];
        for (strip, q) in b.q.chunks_exact(HEAD * STRIP).enumerate() {
            let from = strip * STRIP;
            let rows = STRIP.min(len - from);
            score::<HEAD, S>(scores, q, &b.k, &mut b.scores);
            let weights = &mut b.scores[..len * STRIP];
            if let Some((distances, head)) = near {
                for r in 0..rows {
                    let column = weights.iter_mut().skip(r).step_by(STRIP);
                    column.zip(distances.of(head, from + r, len)).for_each(|(s, d)| *s += d);
                }
            }
            let scale = softmax(weights);
            weighted::<HEAD, V>(values, weights, &b.v, rows, &mut result);
            let into = out[from * dims..].chunks_mut(dims).take(rows);
            for ((into, row), scale) in into.zip(&result).zip(scale) {
                into[offset..offset + HEAD].iter_mut().zip(row).for_each(|(o, v)| *o = v * scale);
            }
        }
    }
}

/// Exponentials of each column of `length × STRIP` scores less its largest; one over their sums is returned.
#[inline(always)]
fn softmax(scores: &mut [f32]) -> [f32; STRIP] {
    let mut top = [f32::MIN; STRIP];
    for row in scores.chunks_exact(STRIP) {
        for (t, &s) in top.iter_mut().zip(row) {
            *t = if s > *t { s } else { *t };
        }
    }
    let mut sum = [0f32; STRIP];
    for row in scores.chunks_exact_mut(STRIP) {
        for ((s, t), sum) in row.iter_mut().zip(&top).zip(&mut sum) {
            *s = ops::exp(*s - t);
            *sum += *s;
        }
    }
    sum.map(|s| 1.0 / s)
}
