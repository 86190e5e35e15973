//! One seeded permutation run that every channel of evidence shares.

use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

use super::design::Design;
use crate::model::SampleIx;

/// Columns: the observed labels and 399 shuffles.
pub(super) const COLUMNS: usize = 400;

/// Labels (1 = right side) of every sample under the observed assignment (column 0) and under shuffles that the
/// [`Design`] allows (`n × COLUMNS`, row-major).
pub struct Permutations {
    labels: Vec<u8>,
}

impl Permutations {
    /// Shuffles within prompts where both sides answered, and whole blocks elsewhere. Each column has a generator of
    /// its own, so that the result does not depend on threads.
    pub fn new(design: &Design, seed: u64) -> Self {
        let n = design.len();
        let columns: Vec<Vec<u8>> = (0..COLUMNS as u64)
            .into_par_iter()
            .map(|c| {
                let mut column = vec![0u8; n];
                if c == 0 {
                    (0..n as u32).for_each(|s| column[s as usize] = design.side(s));
                    return column;
                }
                let mut rng = Xoshiro256Plus::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ c);
                let drawn = design.drawn();
                let mut order: Vec<SampleIx> = Vec::new();
                for s in design.strata() {
                    order.clear();
                    order.extend_from_slice(&s.samples);
                    let right = s.right as usize;
                    let wanted = if drawn == 1 { right } else { order.len() - right };
                    let (chosen, others) = order.partial_shuffle(&mut rng, wanted);
                    chosen.iter().for_each(|&s| column[s as usize] = drawn);
                    others.iter().for_each(|&s| column[s as usize] = 1 - drawn);
                }
                let blocks = design.blocks();
                let wanted = blocks.iter().filter(|b| b.0 == drawn).count();
                let mut order: Vec<usize> = (0..blocks.len()).collect();
                let (chosen, others) = order.partial_shuffle(&mut rng, wanted);
                let mut label = |list: &[usize], side: u8| {
                    let samples = list.iter().flat_map(|&b| &blocks[b].1);
                    samples.for_each(|&s| column[s as usize] = side);
                };
                label(chosen, drawn);
                label(others, 1 - drawn);
                column
            })
            .collect();
        let mut labels = vec![0u8; n * COLUMNS];
        labels.par_chunks_mut(COLUMNS).enumerate().for_each(|(s, row)| {
            for (v, column) in row.iter_mut().zip(&columns) {
                *v = column[s];
            }
        });
        Self { labels }
    }

    /// All labels of one sample.
    pub(super) fn of(&self, s: SampleIx) -> &[u8] {
        &self.labels[s as usize * COLUMNS..(s as usize + 1) * COLUMNS]
    }

    /// Right-side texts of a group under every column.
    pub(super) fn counts(&self, group: &[SampleIx]) -> [u32; COLUMNS] {
        let mut total = [0u32; COLUMNS];
        // Bytes add 32 at a time; spilled before they can overflow.
        for part in group.chunks(255) {
            let mut sum = [0u8; COLUMNS];
            for &s in part {
                for (t, v) in sum.iter_mut().zip(self.of(s)) {
                    *t += v;
                }
            }
            for (t, v) in total.iter_mut().zip(sum) {
                *t += u32::from(v);
            }
        }
        total
    }
}
