//! Is there any difference at all, also inside a cluster, and how small a one could have been seen?

use serde::{Deserialize, Serialize};

use super::classifier::auc_with_p;
use super::design::Design;
use super::hotspots::Hotspots;
use super::permute::{COLUMNS, Permutations};
use crate::cluster::Space;
use crate::model::SampleIx;

/// Above this many texts fewer shuffles are ranked, to keep the wait short.
const MANY: usize = 30_000;
/// Texts of each side that a cluster needs for a classifier.
const SHIFT_LEAST: u32 = 12;

/// One answer for the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overall {
    /// How well a classifier tells the sides apart, cross-validated over prompts; 0.5 is chance.
    pub auc: f64,
    /// Share of shuffles in which it does as well.
    pub p: f64,
    /// Smallest share of the right side's texts that a behaviour new to it needs to be found in 4 of 5 runs.
    pub smallest_detectable_share: f64,
}

/// Do the sides differ inside one cluster?
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// As in [`Overall::auc`].
    pub auc: f64,
    /// Share of shuffles in which it is as large.
    pub p: f64,
}

impl Shift {
    /// Whether it is large and sure enough to be pointed at.
    pub fn is_marked(&self) -> bool {
        self.p < 0.02 && self.auc > 0.6
    }
}

/// Classifies the side over all texts. `rows` lists the sample of each row of the space.
pub fn overall(
    design: &Design,
    permutations: &Permutations,
    space: &Space,
    rows: &[SampleIx],
    hotspots: &Hotspots,
) -> Option<Overall> {
    let at: Vec<usize> = (0..rows.len()).filter(|&r| design.takes_part(rows[r])).collect();
    let samples: Vec<SampleIx> = at.iter().map(|&r| rows[r]).collect();
    let columns = if samples.len() > MANY { COLUMNS / 2 } else { COLUMNS };
    let (auc, p) = auc_with_p(design, permutations, space, &at, &samples, columns)?;
    Some(Overall { auc, p, smallest_detectable_share: smallest_share(design, f64::from(hotspots.sd_needed)) })
}

/// A behaviour of `m` texts, all on the right, stands out by `√(m (1 - π) / π)` standard deviations in a neighbourhood
/// of its size; 0.84 deviations of its own count on top give four chances in five.
fn smallest_share(design: &Design, sd_needed: f64) -> f64 {
    let [left, right] = design.sizes().map(f64::from);
    if left + right == 0.0 || right == 0.0 || left == 0.0 {
        return 1.0;
    }
    let pi = right / (left + right);
    let m = sd_needed * sd_needed * pi / (1.0 - pi);
    ((m + 0.84 * m.sqrt()) / right).min(1.0)
}

/// Classifies the side among the members of one cluster; `row_of` gives each sample's row. `None` where a side has too
/// few texts.
pub fn shift_within(
    design: &Design,
    permutations: &Permutations,
    space: &Space,
    row_of: &[Option<u32>],
    members: &[SampleIx],
) -> Option<Shift> {
    let (rows, samples): (Vec<usize>, Vec<SampleIx>) = members
        .iter()
        .filter(|&&s| design.takes_part(s))
        .filter_map(|&s| row_of[s as usize].map(|r| (r as usize, s)))
        .unzip();
    if design.counts(&samples).iter().any(|&n| n < SHIFT_LEAST) {
        return None;
    }
    let (auc, p) = auc_with_p(design, permutations, space, &rows, &samples, COLUMNS / 2)?;
    Some(Shift { auc, p })
}
