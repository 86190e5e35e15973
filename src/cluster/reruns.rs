//! The same clustering with other seeds, to see which clusters would be there again.

use ndarray::Axis;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kmeans::{ClusterError, KMeansParams, kmeans};
use super::reduce::Space;

/// Runs besides the one that is shown.
const RUNS: u64 = 4;
/// Texts in a run: enough to tell, and quick at any size.
const TEXTS: usize = 3000;

/// One run with another seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rerun {
    /// Group of each sample; none for texts without a vector and those left out of a run on part of the texts.
    pub group: Vec<Option<u32>>,
}

/// Clusters the rows again, `k` groups each time; `full[r]` is the sample of row `r`, of `n` samples.
pub(super) fn reruns(space: &Space, full: &[u32], n: usize, k: usize, seed: u64) -> Result<Vec<Rerun>, ClusterError> {
    let step = full.len().div_ceil(TEXTS).max(1);
    let chosen: Vec<usize> = (0..full.len()).step_by(step).collect();
    let points = space.select(Axis(0), &chosen);
    let k = k.min(chosen.len());
    (1..=RUNS)
        .into_par_iter()
        .map(|run| {
            let params = KMeansParams::new(k, seed.wrapping_add(run)).runs(1).check(chosen.len())?;
            let mut group = vec![None; n];
            for (&row, g) in chosen.iter().zip(kmeans(&points, &params)?) {
                group[full[row] as usize] = Some(g);
            }
            Ok(Rerun { group })
        })
        .collect()
}
