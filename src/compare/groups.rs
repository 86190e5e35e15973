//! Scores of many groups of texts against one permutation run.

use rayon::prelude::*;

use super::design::{Design, Scratch};
use super::permute::{COLUMNS, Permutations};
use crate::model::SampleIx;

/// Largest score under each shuffle (column 0 is the observed assignment).
pub(super) type NullMax = Vec<f32>;

/// Standardised excess of right-side texts in each group, and the largest absolute value under each shuffle.
pub(super) struct GroupScores {
    pub z: Vec<f32>,
    pub null: NullMax,
}

/// Elementwise maximum; commutative, so the order of threads does not matter.
pub(super) fn join(mut a: NullMax, b: &NullMax) -> NullMax {
    for (x, y) in a.iter_mut().zip(b) {
        *x = x.max(*y);
    }
    a
}

/// What a share `above` of the shuffles exceeds, at least `floor`.
pub(super) fn threshold(null: &NullMax, above: f64, floor: f32) -> f32 {
    let mut shuffled: Vec<f32> = null.iter().skip(1).copied().collect();
    shuffled.sort_by(f32::total_cmp);
    let at = (shuffled.len() as f64 * (1.0 - above)).ceil() as usize;
    shuffled.get(at.saturating_sub(1)).copied().unwrap_or(floor).max(floor)
}

/// Scores groups given as lists of samples.
pub(super) fn score(design: &Design, permutations: &Permutations, groups: &[Vec<SampleIx>]) -> GroupScores {
    let parts: Vec<(Vec<f32>, NullMax)> = groups
        .par_chunks(64)
        .map(|chunk| {
            let mut scratch = Scratch::default();
            let mut null = vec![0f32; COLUMNS];
            let z = chunk
                .iter()
                .map(|g| {
                    let (mean, var) = design.expectation(g.iter().copied(), &mut scratch);
                    if var < 1e-9 {
                        return 0.0;
                    }
                    let sd = var.sqrt();
                    let counts = permutations.counts(g);
                    let z = counts.map(|c| ((f64::from(c) - mean) / sd) as f32);
                    for (n, z) in null.iter_mut().zip(z).skip(1) {
                        *n = n.max(z.abs());
                    }
                    z[0]
                })
                .collect();
            (z, null)
        })
        .collect();
    let mut out = GroupScores { z: Vec::with_capacity(groups.len()), null: vec![0.0; COLUMNS] };
    for (z, null) in parts {
        out.z.extend(z);
        out.null = join(out.null, &null);
    }
    out
}
