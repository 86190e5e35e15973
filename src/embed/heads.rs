//! What one head of attention is computed in, and its two products, by tiles.

use super::tiles::Tiles;

/// Queries, and keys, handled together; a multiple of every tile's sides.
pub(super) const STRIP: usize = 16;

/// What one head of one text is computed in; queries and keys lie in strips of [`STRIP`] (`HEAD × STRIP` each, zeros behind
/// the last), so that both factors of the scores are read in the order of the inner index.
#[derive(Default)]
pub(super) struct Buffers {
    pub q: Vec<f32>,
    pub k: Vec<f32>,
    /// Values, `length × HEAD`.
    pub v: Vec<f32>,
    /// Scores of one strip of queries, `padded length × STRIP`.
    pub scores: Vec<f32>,
}

impl Buffers {
    /// Lays the parts of one head side by side, queries times `scale`.
    #[inline(always)]
    pub fn gather<const HEAD: usize>(&mut self, text: &[f32], dims: usize, offset: usize, scale: f32) {
        let padded = (text.len() / (3 * dims)).next_multiple_of(STRIP);
        for part in [&mut self.q, &mut self.k] {
            part.clear();
            part.resize(HEAD * padded, 0.0);
        }
        self.v.clear();
        for (i, row) in text.chunks_exact(3 * dims).enumerate() {
            let place = i / STRIP * (HEAD * STRIP) + i % STRIP;
            let part = |n: usize| &row[n * dims + offset..][..HEAD];
            let lines = self.q[place..].iter_mut().step_by(STRIP).zip(self.k[place..].iter_mut().step_by(STRIP));
            for ((q, k), (query, key)) in lines.zip(part(0).iter().zip(part(1))) {
                (*q, *k) = (query * scale, *key);
            }
            self.v.extend_from_slice(part(2));
        }
    }
}

/// Products of one strip of queries with all keys.
#[inline(always)]
pub(super) fn score<const HEAD: usize, S: Tiles>(tiles: S, q: &[f32], k: &[f32], scores: &mut [f32]) {
    for (k, c) in k.chunks_exact(HEAD * STRIP).zip(scores.chunks_exact_mut(STRIP * STRIP)) {
        for key in (0..STRIP).step_by(S::ROWS) {
            for query in (0..STRIP).step_by(S::COLUMNS) {
                let c = &mut c[key * STRIP + query..];
                tiles.product(HEAD, (&k[key..], STRIP), (&q[query..], STRIP), (c, STRIP));
            }
        }
    }
}

/// Sums of the values (`length × HEAD`) by the weights (`length × STRIP`) of `rows` queries.
#[inline(always)]
pub(super) fn weighted<const HEAD: usize, V: Tiles>(
    tiles: V,
    weights: &[f32],
    v: &[f32],
    rows: usize,
    result: &mut [[f32; HEAD]; STRIP],
) {
    for row in (0..rows).step_by(V::ROWS) {
        for column in (0..HEAD).step_by(V::COLUMNS) {
            let c = &mut result.as_flattened_mut()[row * HEAD + column..];
            tiles.product(v.len() / HEAD, (&weights[row..], STRIP), (&v[column..], HEAD), (c, HEAD));
        }
    }
}
