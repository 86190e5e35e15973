//! Self-attention over texts of different lengths laid end to end, without padding, as a candle operation.

use candle_core::{CpuStorage, CustomOp1, Layout, Shape};

use super::linear::rows_of;
use super::ops;

/// Width of a head in small models (all-MiniLM-L6-v2) and in those of usual size.
const HEADS: [usize; 2] = [32, 64];
/// Keys handled together: four rows of 32 sums stay in registers.
const TILE: usize = 32;
/// Queries handled together.
const ROWS: usize = 4;

/// From `tokens × 3d` (queries, keys, values) to `tokens × d`; `lengths` says where one text ends and the next begins.
pub(super) struct Attention<'a> {
    pub lengths: &'a [usize],
    pub dims: usize,
    /// Width of a head: one of [`HEADS`].
    pub head: usize,
    /// What distances add to the scores.
    pub distances: Option<&'a Distances>,
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

#[derive(Default)]
struct Buffers {
    /// Queries, `length × HEAD`, scaled.
    q: Vec<f32>,
    /// Keys transposed, `HEAD × padded length`.
    kt: Vec<f32>,
    v: Vec<f32>,
    scores: Vec<f32>,
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
        let mut at = 0;
        for &len in self.lengths {
            let text = &x[at * width..(at + len) * width];
            let out = &mut out[at * self.dims..(at + len) * self.dims];
            for head in 0..self.dims / self.head {
                let near = self.distances.map(|d| (d, head));
                match self.head {
                    64 => one_head::<64>(text, out, len, self.dims, head * 64, near, &mut buffers),
                    _ => one_head::<32>(text, out, len, self.dims, head * 32, near, &mut buffers),
                }
            }
            at += len;
        }
        Ok((CpuStorage::F32(out), (rows, self.dims).into()))
    }
}

/// One head of one text: `softmax(q kᵀ / √HEAD) v`.
fn one_head<const HEAD: usize>(
    x: &[f32],
    out: &mut [f32],
    len: usize,
    dims: usize,
    offset: usize,
    near: Option<(&Distances, usize)>,
    b: &mut Buffers,
) {
    let padded = len.next_multiple_of(TILE);
    let rows = len.next_multiple_of(ROWS);
    b.q.clear();
    b.q.resize(rows * HEAD, 0.0);
    b.kt.clear();
    b.kt.resize(HEAD * padded, 0.0);
    b.v.clear();
    b.scores.clear();
    b.scores.resize(rows * padded, 0.0);
    let scale = 1.0 / (HEAD as f32).sqrt();
    for (i, row) in x.chunks_exact(3 * dims).enumerate() {
        for (q, v) in b.q[i * HEAD..(i + 1) * HEAD].iter_mut().zip(&row[offset..]) {
            *q = v * scale;
        }
        for (d, k) in row[dims + offset..dims + offset + HEAD].iter().enumerate() {
            b.kt[d * padded + i] = *k;
        }
        b.v.extend_from_slice(&row[2 * dims + offset..2 * dims + offset + HEAD]);
    }
    let (q, kt, v, scores) = (&b.q, &b.kt, &b.v, &mut b.scores);
    ops::vectorised(
        #[inline(always)]
        || {
            for (q, scores) in q.chunks_exact(ROWS * HEAD).zip(scores.chunks_exact_mut(ROWS * padded)) {
                for tile in 0..padded / TILE {
                    let mut acc = [[0f32; TILE]; ROWS];
                    for d in 0..HEAD {
                        let k = &kt[d * padded + tile * TILE..d * padded + (tile + 1) * TILE];
                        for (r, acc) in acc.iter_mut().enumerate() {
                            let qv = q[r * HEAD + d];
                            for (a, k) in acc.iter_mut().zip(k) {
                                *a += qv * k;
                            }
                        }
                    }
                    for (r, acc) in acc.iter().enumerate() {
                        scores[r * padded + tile * TILE..r * padded + (tile + 1) * TILE].copy_from_slice(acc);
                    }
                }
            }
            for (i, row) in scores.chunks_exact_mut(padded).take(len).enumerate() {
                let row = &mut row[..len];
                if let Some((distances, head)) = near {
                    row.iter_mut().zip(distances.of(head, i, len)).for_each(|(s, d)| *s += d);
                }
                let (_, top) = ops::range(row);
                for s in row.iter_mut() {
                    *s = ops::exp(*s - top);
                }
                let inv = 1.0 / ops::sum(row);
                let mut acc = [[0f32; HEAD]; 2];
                let mut pairs = row.chunks_exact(2).zip(v.chunks_exact(2 * HEAD));
                for (w, v) in &mut pairs {
                    for d in 0..HEAD {
                        acc[0][d] += w[0] * v[d];
                        acc[1][d] += w[1] * v[HEAD + d];
                    }
                }
                if len % 2 == 1 {
                    for d in 0..HEAD {
                        acc[0][d] += row[len - 1] * v[(len - 1) * HEAD + d];
                    }
                }
                let out = &mut out[i * dims + offset..i * dims + offset + HEAD];
                for d in 0..HEAD {
                    out[d] = (acc[0][d] + acc[1][d]) * inv;
                }
            }
        },
    );
}
