//! Attention of one head with everything that is multiplied rounded to bytes: what [`vnni`](super::vnni) does in integers, for
//! processors without its instructions. Sums of products of bytes are exact in floats (up to 500 keys), so the tiles of floats
//! serve, and each processor gives the same bits.
//!
//! Each query and key is rounded between plus and minus its own largest value. The weights of a query are rounded to 0..=255,
//! 255 for its best key; what rounding takes from a query's weights goes to the mean of all values, because values are rounded
//! as differences from it, column by column. (Without that a text with one key that outweighs all others loses the others:
//! the least cosine to f32 in the reference falls from 0.996 to 0.986.)

use super::heads::{Buffers, STRIP, score, weighted};
use super::ops;
use super::tiles::{Kernel, Tiles};

/// Width of the one kind of head that is known here.
pub(super) const HEAD: usize = 32;
/// A query's weights are added up in as many parts, by the place of the key.
const PARTS: usize = 16;

/// One head of one text.
pub(super) struct RoundedHead<'a> {
    /// Queries, keys and values (`length × 3d`).
    pub text: &'a [f32],
    /// Where the heads go, side by side (`length × d`).
    pub out: &'a mut [f32],
    pub dims: usize,
    /// Where this head begins.
    pub offset: usize,
    pub buffers: &'a mut Buffers,
}

impl Kernel for RoundedHead<'_> {
    #[inline(always)]
    fn run<S: Tiles, V: Tiles>(self, scores: S, values: V) {
        let Self { text, out, dims, offset, buffers: b } = self;
        let len = text.len() / (3 * dims);
        b.gather::<HEAD>(text, dims, offset, 1.0);
        let (query_scales, key_scales) = (round_rows(&mut b.q, len), round_rows(&mut b.k, len));
        let columns = round_columns(&mut b.v);
        b.scores.clear();
        b.scores.resize(len.next_multiple_of(STRIP) * STRIP, 0.0);
        let mut result = [[0f32; HEAD]; STRIP];
        let strips = b.q.chunks_exact(HEAD * STRIP).zip(query_scales.as_chunks::<STRIP>().0).enumerate();
        for (strip, (q, query_scales)) in strips {
            let from = strip * STRIP;
            let rows = STRIP.min(len - from);
            score::<HEAD, S>(scores, q, &b.k, &mut b.scores);
            let weights = &mut b.scores[..len * STRIP];
            let totals = weigh(weights, query_scales, &key_scales);
            weighted::<HEAD, V>(values, weights, &b.v, rows, &mut result);
            let into = out[from * dims..].chunks_mut(dims).take(rows);
            for ((into, row), total) in into.zip(&result).zip(totals) {
                let share = 1.0 / total;
                for ((o, v), (mean, scale)) in into[offset..offset + HEAD].iter_mut().zip(row).zip(&columns) {
                    *o = v * (scale * share) + mean;
                }
            }
        }
    }
}

/// Turns the sums of each column of `length × STRIP` into weights; their sums before rounding are returned.
#[inline(always)]
fn weigh(scores: &mut [f32], query_scales: &[f32; STRIP], key_scales: &[f32]) -> [f32; STRIP] {
    let mut best = [f32::MIN; STRIP];
    for (row, scale) in scores.chunks_exact_mut(STRIP).zip(key_scales) {
        for (s, best) in row.iter_mut().zip(&mut best) {
            *s *= scale;
            *best = if *s > *best { *s } else { *best };
        }
    }
    let mut scales = *query_scales;
    scales.iter_mut().for_each(|s| *s = *s * std::f32::consts::LOG2_E / (HEAD as f32).sqrt());
    let mut parts = [[0f32; STRIP]; PARTS];
    for (key, row) in scores.chunks_exact_mut(STRIP).enumerate() {
        for (((s, best), scale), part) in row.iter_mut().zip(&best).zip(&scales).zip(&mut parts[key % PARTS]) {
            let weight = ops::rough_exp2((*s - best) * scale + ops::LOG2_255);
            *part += weight;
            *s = ops::nearest(weight);
        }
    }
    std::array::from_fn(|query| ops::fold(parts.map(|p| p[query])))
}

/// Rounds each row of strips (`HEAD × STRIP` each) between -127 and 127; what one means is returned, padded to whole strips.
#[inline(always)]
fn round_rows(strips: &mut [f32], len: usize) -> Vec<f32> {
    let mut scales = Vec::with_capacity(len.next_multiple_of(STRIP));
    for strip in strips.chunks_exact_mut(HEAD * STRIP) {
        let mut most = [1e-12f32; STRIP];
        for line in strip.chunks_exact(STRIP) {
            for (m, v) in most.iter_mut().zip(line) {
                *m = if v.abs() > *m { v.abs() } else { *m };
            }
        }
        let inverse = most.map(|m| 127.0 / m);
        for line in strip.chunks_exact_mut(STRIP) {
            line.iter_mut().zip(&inverse).for_each(|(v, i)| *v = ops::nearest(*v * i));
        }
        scales.extend(most.map(|m| m / 127.0));
    }
    scales
}

/// Rounds each column of `length × HEAD` between -127 and 127 around its mean; the means, and what one means, are returned.
#[inline(always)]
fn round_columns(values: &mut [f32]) -> [(f32, f32); HEAD] {
    let (rows, _) = values.as_chunks_mut::<HEAD>();
    let (mut sum, mut least, mut most) = ([0f32; HEAD], [f32::MAX; HEAD], [f32::MIN; HEAD]);
    for row in rows.iter() {
        for i in 0..HEAD {
            sum[i] += row[i];
            least[i] = if row[i] < least[i] { row[i] } else { least[i] };
            most[i] = if row[i] > most[i] { row[i] } else { most[i] };
        }
    }
    let mean = sum.map(|s| s / rows.len() as f32);
    let far: [f32; HEAD] = std::array::from_fn(|i| (most[i] - mean[i]).max(mean[i] - least[i]).max(1e-12));
    let inverse = far.map(|f| 127.0 / f);
    for row in rows.iter_mut() {
        for i in 0..HEAD {
            row[i] = ops::nearest((row[i] - mean[i]) * inverse[i]);
        }
    }
    std::array::from_fn(|i| (mean[i], far[i] * (1.0 / 127.0)))
}
