//! More of a habit than the place where it was found: sentences that say the same in other words.
//!
//! A group around a place holds one or two wordings of a habit. The direction that tells these from all other sentences
//! (Fisher's linear discriminant, with a ridge) is followed outwards, and sentences join as long as those that join are
//! themselves of the side that has more. They took no part in finding the direction, so that this share is a fair one.

use linfa_linalg::cholesky::Cholesky;
use ndarray::{Array1, Array2, Axis};

use super::classifier::solve;
use super::design::Design;
use super::span::Span;
use crate::linalg::Vectors;
use crate::model::SampleIx;

/// Rounds of joining; each starts from what has joined so far.
const ROUNDS: usize = 3;
/// Standard deviations by which those that join must lean to the side.
const LEAN: f32 = 3.0;
/// Share of the largest possible lean that they must reach: half of it is three quarters of the texts where the sides are equal.
const CLEAR: f32 = 0.5;
/// Ridge, as a multiple of the mean variance of a dimension.
const RIDGE: f64 = 1.0;

/// A space of sentences in which habits are followed outwards.
pub(super) struct Recruiter {
    /// Rows of the space that take part.
    rows: Vec<usize>,
    /// Their vectors (`n × d`).
    x: Array2<f32>,
    /// Cholesky factor of their covariance (`d × d`).
    factor: Array2<f64>,
}

impl Recruiter {
    /// From centred vectors; rows of zeros and those that `takes_part` refuses are left out. Nothing where these are too few.
    pub fn new(vectors: &Vectors, takes_part: impl Fn(usize) -> bool) -> Option<Self> {
        let d = vectors.dims();
        let rows: Vec<usize> =
            (0..vectors.len()).filter(|&i| takes_part(i) && vectors.row(i).iter().any(|v| *v != 0.0)).collect();
        if rows.len() < 2 {
            return None;
        }
        let mut x = Array2::<f32>::zeros((rows.len(), d));
        for (mut row, &i) in x.rows_mut().into_iter().zip(&rows) {
            row.iter_mut().zip(vectors.row(i)).for_each(|(r, v)| *r = *v);
        }
        let mut covariance = x.t().dot(&x).mapv(f64::from) / rows.len() as f64;
        let ridge = RIDGE * covariance.diag().sum() / d as f64 + 1e-9;
        covariance.diag_mut().mapv_inplace(|v| v + ridge);
        let factor = covariance.cholesky().ok()?;
        Some(Self { rows, x, factor })
    }

    /// Rows that say the same as `core` in other words, the likest first. `spans` gives the sentences of a row.
    pub fn more<'s>(
        &self,
        design: &Design,
        core: &[usize],
        toward: u8,
        spans: impl Fn(usize) -> &'s [Span],
    ) -> Vec<usize> {
        let mut inside = vec![false; self.rows.len()];
        for (i, row) in inside.iter_mut().zip(&self.rows) {
            *i = core.contains(row);
        }
        let mut joined: Vec<usize> = Vec::new();
        for _ in 0..ROUNDS {
            let Some(order) = self.likest(design, &inside, toward, &spans) else { break };
            let count = self.leaning(design, &order, &inside, toward, &spans);
            if count == 0 {
                break;
            }
            order[..count].iter().for_each(|&i| inside[i] = true);
            joined.extend(&order[..count]);
        }
        joined.into_iter().map(|i| self.rows[i]).collect()
    }

    /// All places outside, the likest to those inside first.
    fn likest<'s>(
        &self,
        design: &Design,
        inside: &[bool],
        toward: u8,
        spans: &impl Fn(usize) -> &'s [Span],
    ) -> Option<Vec<usize>> {
        let own = |i: usize| inside[i] && spans(self.rows[i]).iter().any(|s| design.side(s.sample) == toward);
        let own: Vec<usize> = (0..self.rows.len()).filter(|&i| own(i)).collect();
        let mean = self.x.select(Axis(0), &own).mean_axis(Axis(0))?.mapv(f64::from).insert_axis(Axis(1));
        let direction: Array1<f32> = solve(&self.factor, &mean)?.mapv(|v| v as f32).remove_axis(Axis(1));
        let score = self.x.dot(&direction);
        let mut order: Vec<usize> = (0..self.rows.len()).filter(|&i| !inside[i]).collect();
        order.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then(self.rows[a].cmp(&self.rows[b])));
        Some(order)
    }

    /// How many of the first in `order` lean to the side most surely; none where no number of them does clearly.
    fn leaning<'s>(
        &self,
        design: &Design,
        order: &[usize],
        inside: &[bool],
        toward: u8,
        spans: &impl Fn(usize) -> &'s [Span],
    ) -> usize {
        let sign = if toward == 1 { 1.0 } else { -1.0 };
        let mut seen: std::collections::HashSet<SampleIx> = (0..inside.len())
            .filter(|&i| inside[i])
            .flat_map(|i| spans(self.rows[i]).iter().map(|s| s.sample))
            .collect();
        let (mut lean, mut largest, mut variance) = (0f32, 0f32, 0f32);
        let (mut best, mut count) = (LEAN, 0);
        for (at, &i) in order.iter().enumerate() {
            for s in spans(self.rows[i]).iter().filter(|s| design.takes_part(s.sample)) {
                if seen.insert(s.sample) {
                    let expected = design.expected(s.sample);
                    lean += sign * (f32::from(design.side(s.sample)) - expected);
                    largest += if toward == 1 { 1.0 - expected } else { expected };
                    variance += expected * (1.0 - expected);
                }
            }
            let z = lean / variance.max(1e-6).sqrt();
            if z > best && lean >= CLEAR * largest {
                (best, count) = (z, at + 1);
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use rand_xoshiro::Xoshiro256Plus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn other_wordings_of_the_habit_join_and_other_sentences_do_not() {
        // 200 texts a side; 40 of the right share a direction, in two wordings that differ more than they agree.
        let (n, d) = (400usize, 24);
        let mut rng = Xoshiro256Plus::seed_from_u64(4);
        let mut data = vec![0f32; n * d];
        for (i, row) in data.chunks_exact_mut(d).enumerate() {
            row.iter_mut().skip(3).for_each(|v| *v = rng.gen_range(-0.3..0.3));
            if (200..240).contains(&i) {
                row[0] = 0.7;
                row[if i < 215 { 1 } else { 2 }] = 0.7;
            }
        }
        let design = Design::of_texts((0..n).map(|i| (i >= 200, None)));
        let vectors = crate::cluster::centred_rows(&Vectors::new(d, data));
        let spans: Vec<Span> = (0..n as u32).map(|sample| Span { sample, bytes: [0, 1] }).collect();
        let of = |i: usize| &spans[i..=i];
        let recruiter = Recruiter::new(&vectors, |_| true).unwrap();
        let core: Vec<usize> = (200..212).collect();
        let mut more = recruiter.more(&design, &core, 1, of);
        more.sort_unstable();
        let found = more.iter().filter(|i| (212..240).contains(*i)).count();
        assert!(found >= 24 && more.len() <= found + 3, "{more:?}");
        // Sentences of no habit bring in nobody.
        assert!(recruiter.more(&design, &(300..310).collect::<Vec<_>>(), 1, of).len() <= 3);
    }
}
