//! Sizes as they will be seen again: a difference that is shown because it passed a limit looks larger than it is.
//!
//! Each text of a finding is taken to fall on its side with one probability, between what chance gives and certainty. How
//! likely the count is under each of these is known, and how likely it is given that the finding passed its limit. The estimate is
//! what was seen, times the mean under the second over the mean under the first; the interval holds the middle 95 % under the
//! second (the normalised conditional likelihood of Ghosh, Zou and Wright 2008, American Journal of Human Genetics 82, with a
//! binomial count in place of a normal statistic: a group of one model's texts alone leaves chance far less room than an equal
//! statistic of many texts of both). Small excesses are taken to be commoner than large ones.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

/// Values tried for the truth.
const STEPS: usize = 240;
/// Standard deviations of the count to both sides of what was seen in which they lie.
const REACH: f64 = 6.5;
/// Share of what was seen from which it is left as it was counted.
const NOTHING_CHOSEN: f64 = 0.999;
/// Excess below which no excess is commoner than another; above, the prior falls with its square root.
const SMALL: f64 = 0.02;

/// What was seen of the texts of a finding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Texts.
    pub texts: u64,
    /// Of these, on the side that has more.
    pub toward: u64,
    /// Share of them that chance would put there.
    pub chance: f64,
    /// The statistic, as a multiple of the limit that it passed; 1 and more.
    pub over_limit: f64,
}

/// What is behind it: an estimate and a 95 % interval of the excess over chance, as shares of the one seen.
pub(super) fn corrected(seen: Seen) -> (f64, [f64; 2]) {
    let n = seen.texts as f64;
    let excess = (seen.toward as f64 - n * seen.chance) / (n * (1.0 - seen.chance)).max(1e-9);
    if seen.texts == 0 || excess <= 0.0 || seen.chance <= 0.0 {
        return (1.0, [0.0, 1.0]);
    }
    // The count that would just have passed, which falls between two that can be.
    let passing = n * (seen.chance + excess / seen.over_limit.max(1.0) * (1.0 - seen.chance));
    let passing = passing.min(seen.toward as f64).max(1.0);
    let share = (seen.toward as f64 + 0.5) / (n + 1.0);
    let sd = ((share * (1.0 - share) / n).sqrt() + 1.0 / n) / (1.0 - seen.chance);
    let (from, to) = ((excess - REACH * sd).max(0.0), (excess + REACH * sd).min(1.0));
    let tried: Vec<f64> = (0..=STEPS).map(|i| from + (to - from) * i as f64 / STEPS as f64).collect();
    let (free, given): (Vec<f64>, Vec<f64>) = tried
        .iter()
        .map(|e| {
            let p = (seen.chance + e * (1.0 - seen.chance)).clamp(1e-9, 1.0 - 1e-9);
            let Ok(count) = Binomial::new(p, seen.texts) else { return (f64::NEG_INFINITY, f64::NEG_INFINITY) };
            let free = count.ln_pmf(seen.toward) - 0.5 * (e + SMALL).ln();
            (free, free - passes(&count, passing).max(1e-300).ln())
        })
        .unzip();
    let (free, given) = (weights(&free), weights(&given));
    let mean = |weights: &[f64]| tried.iter().zip(weights).map(|(e, w)| e * w).sum::<f64>();
    let quantile = |q: f64| {
        let mut below = 0.0;
        let reached = |w: &f64| {
            below += w;
            below >= q
        };
        given.iter().position(reached).map_or(to, |at| tried[at])
    };
    let estimate = mean(&given) / mean(&free);
    // Far beyond the limit nothing was chosen.
    let estimate = if estimate > NOTHING_CHOSEN { 1.0 } else { estimate };
    // What was seen, and the estimate, stay within the interval.
    (estimate, [(quantile(0.025) / excess).min(estimate), (quantile(0.975) / excess).max(1.0)])
}

/// Probability of a count of at least `passing`, between two counts by how near it is to either.
fn passes(count: &Binomial, passing: f64) -> f64 {
    let above = (passing - 1e-9).ceil().max(1.0);
    let at_least = |k: f64| if k < 1.0 { 1.0 } else { count.sf(k as u64 - 1) };
    let near = above - passing;
    at_least(above) * (1.0 - near) + at_least(above - 1.0) * near
}

/// From logarithms to weights that sum to one.
fn weights(logarithms: &[f64]) -> Vec<f64> {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let out: Vec<f64> = logarithms.iter().map(|l| (l - largest).exp()).collect();
    let sum: f64 = out.iter().sum();
    out.into_iter().map(|w| w / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(texts: u64, toward: u64, over_limit: f64) -> (f64, [f64; 2]) {
        corrected(Seen { texts, toward, chance: 0.5, over_limit })
    }

    #[test]
    fn what_just_passed_shrinks_and_what_is_far_beyond_stays() {
        let (just, ci) = seen(100, 68, 1.02);
        assert!((0.3..0.7).contains(&just) && ci[0] < 0.1 && ci[1] >= 1.0, "{just} {ci:?}");
        let (far, ci) = seen(100, 95, 2.6);
        assert!(far > 0.99 && ci[0] > 0.85 && ci[1] < 1.1, "{far} {ci:?}");
        assert_eq!(seen(81, 81, 2.2).0, 1.0, "what is on one side alone stays there");
        let (large, ci) = seen(100_000, 60_000, 15.0);
        assert!((large - 1.0).abs() < 0.01 && ci[1] - ci[0] < 0.08, "{large} {ci:?}");
    }

    #[test]
    fn a_group_of_one_side_alone_shrinks_less_than_a_lean_of_many() {
        // Both are at 4.0 standard deviations of free labels, and passed a limit of 3.7.
        let (alone, _) = seen(16, 16, 4.0 / 3.7);
        let (lean, _) = seen(400, 240, 4.0 / 3.7);
        assert!(alone > lean + 0.1, "{alone} {lean}");
    }

    #[test]
    fn what_cannot_be_judged_stays_as_counted() {
        assert_eq!(seen(10, 5, 1.1).0, 1.0);
        assert_eq!(seen(0, 0, 1.1).0, 1.0);
        let (all, ci) = corrected(Seen { texts: 3, toward: 3, chance: 0.05, over_limit: 1.0 });
        assert!(all.is_finite() && ci[0] <= all && all <= ci[1], "{all} {ci:?}");
    }
}
