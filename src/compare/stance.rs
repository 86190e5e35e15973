//! Do the models take different sides on one topic? The two sides of a cluster are proposed without a look at the models
//! (`crate::diagnostics::Opposition`), so that the labels on them can be tested.
//!
//! The test is that of Mantel and Haenszel (1959) over the prompts, given which texts are in the cluster; without shared
//! prompts the cluster is one stratum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::design::Design;
use super::finding::{Channel, Finding, Size, finding};
use super::significance::{ALPHA, normal_two_sided, two_sided_limit};
use crate::model::SampleIx;

/// Texts of either side, and of either model, that a test needs.
const LEAST: u32 = 4;

/// Who takes which side in a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stance {
    /// Texts of the left and the right side of the contrast among those of the cluster.
    pub of: [u32; 2],
    /// Of these, those that take the smaller side.
    pub counts: [u32; 2],
    /// Standardised difference; positive where the right has more of the smaller side.
    pub z: f64,
    /// Two-sided p.
    pub p: f64,
    /// Benjamini-Hochberg, together with the shares of all clusters.
    pub q: Option<f64>,
    /// The texts that take the smaller side.
    pub members: Vec<SampleIx>,
}

impl Stance {
    /// Tests the sides of a cluster, the larger first; nothing where too few texts are compared, or where whole prompts were given to one
    /// model each, so that a side may be a prompt's.
    pub fn of(design: &Design, sides: &[Vec<SampleIx>; 2]) -> Option<Self> {
        if design.pairing().by_block {
            return None;
        }
        let counts = [0, 1].map(|i| design.counts(&sides[i]));
        let of = [0, 1].map(|model| counts[0][model] + counts[1][model]);
        let on = counts.map(|c| c[0] + c[1]);
        if of.iter().chain(&on).any(|n| *n < LEAST) {
            return None;
        }
        // Per prompt: texts, right-hand texts, texts on the second side, both.
        let mut strata: BTreeMap<u32, [f64; 4]> = BTreeMap::new();
        for (second, side) in sides.iter().enumerate() {
            for &s in side.iter().filter(|&&s| design.takes_part(s)) {
                let unit = if design.pairing().by_prompt { design.unit(s) } else { 0 };
                let (right, second) = (f64::from(design.side(s)), second as f64);
                let cell = strata.entry(unit).or_default();
                for (sum, v) in cell.iter_mut().zip([1.0, right, second, right * second]) {
                    *sum += v;
                }
            }
        }
        let (mut gap, mut variance) = (0.0, 0.0);
        for [n, right, second, both] in strata.into_values() {
            gap += both - right * second / n;
            if n > 1.0 {
                variance += right * (n - right) * second * (n - second) / (n * n * (n - 1.0));
            }
        }
        if variance < 1e-9 {
            return None;
        }
        let z = (gap.abs() - 0.5).max(0.0) / variance.sqrt() * gap.signum();
        Some(Self { of, counts: counts[1], z, p: normal_two_sided(z), q: None, members: sides[1].clone() })
    }

    /// As a difference for the list, where it passes; `tests` is how many clusters were looked at.
    pub fn finding(&self, design: &Design, tests: usize) -> Option<Finding> {
        let q = self.q.filter(|q| *q < ALPHA)?;
        let limit = two_sided_limit(ALPHA / tests.max(1) as f64);
        let mut f = finding(design, Channel::Stance, (self.z / limit) as f32, self.members.clone());
        f.p = q;
        // The p at which this one would just have passed.
        let passed = two_sided_limit(self.p * ALPHA / q);
        f.size = Size::of(design, &f, self.z.abs() / passed.min(self.z.abs()));
        Some(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` texts a model of one cluster, of two prompts.
    fn design(n: usize) -> Design {
        Design::of_texts((0..2 * n).map(|i| (i >= n, Some((i % 2) as u32))))
    }

    #[test]
    fn models_on_different_sides_are_told_from_models_that_share_both() {
        let d = design(20);
        let sides = |second: &dyn Fn(u32) -> bool| {
            let (b, a) = (0..40).partition(|&s| second(s));
            [a, b]
        };
        let apart = Stance::of(&d, &sides(&|s| (15..35).contains(&s))).unwrap();
        assert!(apart.p < 0.01 && apart.counts == [5, 15] && apart.z > 0.0, "{apart:?}");
        let alike = Stance::of(&d, &sides(&|s| s % 4 < 2)).unwrap();
        assert!(alike.p > 0.2, "{alike:?}");
        // A side that follows the prompt says nothing about the models.
        assert!(Stance::of(&d, &sides(&|s| s % 2 == 0)).is_none());
        assert!(Stance::of(&d, &sides(&|s| s < 3)).is_none(), "three texts are no side");
    }

    #[test]
    fn sides_without_difference_make_no_finding() {
        let d = design(20);
        let (b, a): (Vec<u32>, Vec<u32>) = (0..40).partition(|s| (16..34).contains(s));
        let mut stance = Stance::of(&d, &[a, b]).unwrap();
        assert!(stance.finding(&d, 20).is_none(), "not adjusted yet");
        stance.q = Some(0.01);
        let f = stance.finding(&d, 20).unwrap();
        assert_eq!((f.toward, f.counts, f.p), (1, [4, 14], 0.01));
        stance.q = Some(0.2);
        assert!(stance.finding(&d, 20).is_none());
    }
}
