//! Attention of one head with bytes for queries, keys, values and weights: the numbers of
//! [`quantized`](crate::embed::quantized), bit for bit, at several times the speed.

use super::*;
use crate::embed::ops;
use crate::embed::quantized::HEAD;

/// Keys that a tile takes at once: two registers.
const KEYS: usize = 2 * LANES;

/// A row of a head, in two registers.
type Row = [[f32; LANES]];

/// What one head of one text is computed in.
#[derive(Default)]
pub(in crate::embed) struct Buffers {
    /// Around 128.
    queries: Vec<[[u8; 4]; HEAD / 4]>,
    /// What a byte means, in powers of two.
    query_scales: Vec<f32>,
    keys: Vec<Keys>,
    /// By four keys: four bytes a dimension.
    values: Vec<[Line; 2]>,
    scores: Vec<[f32; LANES]>,
    /// Of one strip of queries.
    weights: Vec<[u8; LANES]>,
}

/// [`KEYS`] keys.
#[derive(Clone, Default)]
struct Keys {
    /// For every four dimensions, four bytes a key.
    lines: [[Line; 2]; HEAD / 4],
    /// What a byte means.
    scales: [[f32; LANES]; 2],
    /// What the 128 of the queries adds, to be taken off.
    starts: [[i32; LANES]; 2],
}

/// What a byte of each column of values stands for: `mean + scale * byte`.
struct Columns {
    mean: [__m512; 2],
    scale: [__m512; 2],
}

/// `softmax(q kᵀ / √HEAD) v` of the head that begins at `offset`, from queries, keys and values (`length × 3 dims`) to its place
/// in `out` (`length × dims`).
pub(in crate::embed) fn head(
    vnni: Vnni,
    text: &[f32],
    dims: usize,
    offset: usize,
    out: &mut [f32],
    buffers: &mut Buffers,
) {
    // SAFETY: there is a `Vnni`.
    unsafe { one_head(vnni, text, dims, offset, out, buffers) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn one_head(vnni: Vnni, text: &[f32], dims: usize, offset: usize, out: &mut [f32], b: &mut Buffers) {
    let len = text.len() / (3 * dims);
    let part = |row: usize, n: usize| -> &Row { text[(3 * row + n) * dims + offset..][..HEAD].as_chunks().0 };
    b.round_queries((0..len).map(|i| part(i, 0)));
    b.round_keys(len, (0..len).map(|i| part(i, 1)));
    let columns = b.round_values(len, |i| part(i, 2));
    let blocks = b.keys.len() * 2;
    b.scores.resize(ROWS * blocks, [0.0; LANES]);
    b.weights.resize(ROWS * blocks, [0; LANES]);
    for from in (0..len).step_by(ROWS) {
        // Behind the last query the last is worked out again.
        let mut places = [from; ROWS];
        for (r, place) in places.iter_mut().enumerate() {
            *place = (from + r).min(len - 1);
        }
        let best = b.score(vnni, len, places, blocks);
        let totals = b.weigh(best, places, blocks);
        let weights = b.weights.as_flattened().as_chunks().0;
        let mut rows = [weights; ROWS];
        for (r, row) in rows.iter_mut().enumerate() {
            *row = &weights[r * blocks * LANES / 4..];
        }
        let sums = product(vnni, rows, &b.values, [_mm512_setzero_si512(); 2]);
        for (r, sums) in sums.into_iter().enumerate().take(len - from) {
            let share = _mm512_set1_ps(1.0 / totals[r]);
            let to = &mut out[(from + r) * dims + offset..][..HEAD];
            for (half, to) in to.as_chunks_mut().0.iter_mut().enumerate() {
                let scale = _mm512_mul_ps(columns.scale[half], share);
                let weighed = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[half]), scale);
                *to = array(_mm512_add_ps(weighed, columns.mean[half]));
            }
        }
    }
}

impl Buffers {
    /// Scores of a strip of queries, up to the scale of each; the best of each lane is returned.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    #[inline]
    fn score(&mut self, vnni: Vnni, len: usize, places: [usize; ROWS], blocks: usize) -> [__m512; ROWS] {
        let mut queries = [self.queries[0].as_slice(); ROWS];
        for (query, p) in queries.iter_mut().zip(places) {
            *query = &self.queries[p];
        }
        let none = _mm512_set1_ps(f32::MIN);
        let mut best = [none; ROWS];
        for (n, keys) in self.keys.iter().enumerate() {
            let sums = product(vnni, queries, &keys.lines, [signed(&keys.starts[0]), signed(&keys.starts[1])]);
            for (half, scale) in keys.scales.iter().enumerate() {
                let block = 2 * n + half;
                let scale = floats(scale);
                let there = u16::MAX.checked_shr((LANES * (block + 1)).saturating_sub(len) as u32).unwrap_or(0);
                // Behind the last key there is none.
                for (r, (sums, best)) in sums.iter().zip(&mut best).enumerate() {
                    let score = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[half]), scale);
                    let score = _mm512_mask_mov_ps(none, there, score);
                    self.scores[r * blocks + block] = array(score);
                    *best = _mm512_max_ps(*best, score);
                }
            }
        }
        best
    }

    /// Weights of the scores of a strip; their sums before rounding are returned.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    #[inline]
    fn weigh(&mut self, best: [__m512; ROWS], places: [usize; ROWS], blocks: usize) -> [f32; ROWS] {
        let mut totals = [0f32; ROWS];
        let rows = self.scores.chunks_exact(blocks).zip(self.weights.chunks_exact_mut(blocks));
        for (r, (scores, weights)) in rows.enumerate().take(ROWS) {
            let best = _mm512_set1_ps(_mm512_reduce_max_ps(best[r]));
            let scale = _mm512_set1_ps(self.query_scales[places[r]]);
            let mut total = _mm512_setzero_ps();
            for (scores, weights) in scores.iter().zip(weights) {
                let below = _mm512_mul_ps(_mm512_sub_ps(floats(scores), best), scale);
                let weight = exp2(_mm512_add_ps(below, _mm512_set1_ps(ops::LOG2_255)));
                total = _mm512_add_ps(total, weight);
                *weights = low_bytes(_mm512_cvtps_epi32(weight));
            }
            totals[r] = ops::fold(array(total));
        }
        totals
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn round_queries<'a>(&mut self, rows: impl Iterator<Item = &'a Row>) {
        self.queries.clear();
        self.query_scales.clear();
        let middle = _mm512_set1_epi32(128);
        for row in rows {
            let ([a, b], step) = round(row);
            self.queries.push(fours(low_bytes(_mm512_add_epi32(a, middle)), low_bytes(_mm512_add_epi32(b, middle))));
            self.query_scales.push(step * std::f32::consts::LOG2_E / (HEAD as f32).sqrt());
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn round_keys<'a>(&mut self, len: usize, rows: impl Iterator<Item = &'a Row>) {
        self.keys.resize(len.div_ceil(KEYS), Keys::default());
        for (i, row) in rows.enumerate() {
            let (keys, half, lane) = (&mut self.keys[i / KEYS], i / LANES % 2, i % LANES);
            let ([a, b], step) = round(row);
            keys.scales[half][lane] = step;
            keys.starts[half][lane] = -128 * _mm512_reduce_add_epi32(_mm512_add_epi32(a, b));
            for (to, four) in keys.lines.iter_mut().zip(fours(low_bytes(a), low_bytes(b))) {
                to[half][lane] = four;
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn round_values<'a>(&mut self, len: usize, row: impl Fn(usize) -> &'a Row) -> Columns {
        self.values.clear();
        self.values.resize(len.div_ceil(4), [[[0; 4]; LANES]; 2]);
        let mut columns = Columns { mean: [_mm512_setzero_ps(); 2], scale: [_mm512_setzero_ps(); 2] };
        for half in 0..2 {
            let mut sum = _mm512_setzero_ps();
            let mut least = _mm512_set1_ps(f32::MAX);
            let mut most = _mm512_set1_ps(f32::MIN);
            for i in 0..len {
                let value = floats(&row(i)[half]);
                sum = _mm512_add_ps(sum, value);
                least = _mm512_min_ps(least, value);
                most = _mm512_max_ps(most, value);
            }
            let mean = _mm512_div_ps(sum, _mm512_set1_ps(len as f32));
            let far = _mm512_max_ps(_mm512_sub_ps(most, mean), _mm512_sub_ps(mean, least));
            let far = _mm512_max_ps(far, _mm512_set1_ps(1e-12));
            let inverse = _mm512_div_ps(_mm512_set1_ps(127.0), far);
            for (n, lines) in self.values.iter_mut().enumerate() {
                let mut four = _mm512_setzero_si512();
                for i in (4 * n..4 * n + 4).rev() {
                    let value = if i < len { _mm512_sub_ps(floats(&row(i)[half]), mean) } else { _mm512_setzero_ps() };
                    let byte = _mm512_cvtps_epi32(_mm512_mul_ps(value, inverse));
                    let byte = _mm512_and_si512(byte, _mm512_set1_epi32(255));
                    four = _mm512_or_si512(_mm512_slli_epi32::<8>(four), byte);
                }
                lines[half] = line(four);
            }
            columns.mean[half] = mean;
            columns.scale[half] = _mm512_mul_ps(far, _mm512_set1_ps(1.0 / 127.0));
        }
        columns
    }
}

/// A row between plus and minus 127, and what one of it means.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
#[inline]
fn round(row: &Row) -> ([__m512i; 2], f32) {
    let (a, b) = (floats(&row[0]), floats(&row[1]));
    let most = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b))).max(1e-12);
    let inverse = _mm512_set1_ps(127.0 / most);
    let bytes = [_mm512_cvtps_epi32(_mm512_mul_ps(a, inverse)), _mm512_cvtps_epi32(_mm512_mul_ps(b, inverse))];
    (bytes, most / 127.0)
}

/// [`ops::rough_exp2`], sixteen at a time.
#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn exp2(x: __m512) -> __m512 {
    let rest = _mm512_reduce_ps::<1>(x);
    let [first @ .., last] = ops::EXP2;
    let mut p = _mm512_set1_ps(last);
    for k in first.iter().rev() {
        p = _mm512_add_ps(_mm512_mul_ps(p, rest), _mm512_set1_ps(*k));
    }
    _mm512_scalef_ps(p, x)
}

/// A row of bytes, by four.
fn fours(a: [u8; LANES], b: [u8; LANES]) -> [[u8; 4]; HEAD / 4] {
    let (a, b) = (a.as_chunks().0, b.as_chunks().0);
    std::array::from_fn(|i| if i < 4 { a[i] } else { b[i - 4] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::ops::tests::Draw;
    use crate::embed::quantized::RoundedHead;
    use crate::embed::{heads, tiles};

    fn naive(text: &[f32], dims: usize, offset: usize) -> Vec<f64> {
        let len = text.len() / (3 * dims);
        let at = |i: usize, n: usize, d: usize| f64::from(text[(3 * i + n) * dims + offset + d]);
        let row = |i: usize| {
            let scores: Vec<f64> = (0..len)
                .map(|j| (0..HEAD).map(|d| at(i, 0, d) * at(j, 1, d)).sum::<f64>() / (HEAD as f64).sqrt())
                .collect();
            let best = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|s| (s - best).exp()).collect();
            let total: f64 = weights.iter().sum();
            (0..HEAD).map(move |d| (0..len).map(|j| weights[j] * at(j, 2, d)).sum::<f64>() / total).collect::<Vec<_>>()
        };
        (0..len).flat_map(row).collect()
    }

    #[test]
    fn a_head_is_that_of_floats_in_bits_and_that_of_the_definition_nearly() {
        let Some(vnni) = Vnni::here() else {
            println!("skipped: no AVX-512 VNNI here");
            return;
        };
        let (dims, offset) = (2 * HEAD, HEAD);
        let mut n = Draw(5);
        let (mut own, mut floats) = (Buffers::default(), heads::Buffers::default());
        for case in 0..60 {
            let len = if case < 35 { case + 1 } else { n.upto(256) as usize };
            // Rows of zeros, rows that outweigh the others, and rows that are all alike come up too.
            let size = [0.0, 1.0, 1.0, 4.0][case % 4];
            let mut text: Vec<f32> = (0..3 * dims * len).map(|_| n.float() * size).collect();
            if case % 7 == 0 {
                let (first, rest) = text.split_at_mut(3 * dims);
                rest.chunks_mut(3 * dims).for_each(|row| row.copy_from_slice(first));
            }
            let [mut a, mut b] = [vec![0f32; dims * len], vec![0f32; dims * len]];
            head(vnni, &text, dims, offset, &mut a, &mut own);
            tiles::widest(RoundedHead { text: &text, out: &mut b, dims, offset, buffers: &mut floats });
            let bits = |x: &[f32]| x.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&a), bits(&b), "length {len}, size {size}");
            let naive = naive(&text, dims, offset);
            let got = a.chunks(dims).flat_map(|row| &row[offset..]);
            let far = got.zip(&naive).map(|(g, n)| (f64::from(*g) - n).abs()).fold(0.0, f64::max);
            assert!(far <= 0.02 * f64::from(size * size.max(1.0)), "length {len}, size {size}: {far}");
        }
    }
}
