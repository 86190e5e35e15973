//! Sizes as they will be seen again: a difference that is shown because it passed a limit looks larger than it is.
//!
//! Each text of a finding is taken to fall on its side with one probability, between what chance gives and certainty. How
//! likely the count is under each of these, given that the finding passed its limit, is weighed by a uniform prior: the mean is
//! the estimate, and the middle 95 % the interval (the normalised conditional likelihood of Ghosh, Zou and Wright 2008, American
//! Journal of Human Genetics 82, with a binomial count in place of a normal statistic: a group of one model's texts alone
//! leaves chance far less room than an equal statistic of many texts of both).

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

/// Values tried for the truth.
const STEPS: usize = 240;
/// Standard deviations of the count to both sides of what was seen in which they lie.
const REACH: f64 = 6.5;

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
    // The count that would just have passed.
    let passing = n * (seen.chance + excess / seen.over_limit.max(1.0) * (1.0 - seen.chance));
    let passing = (passing - 1e-9).ceil().min(seen.toward as f64).max(0.0) as u64;
    let share = (seen.toward as f64 + 0.5) / (n + 1.0);
    let sd = ((share * (1.0 - share) / n).sqrt() + 1.0 / n) / (1.0 - seen.chance);
    let (from, to) = ((excess - REACH * sd).max(0.0), (excess + REACH * sd).min(1.0));
    let tried: Vec<f64> = (0..=STEPS).map(|i| from + (to - from) * i as f64 / STEPS as f64).collect();
    let likelihood: Vec<f64> = tried
        .iter()
        .map(|e| {
            let p = (seen.chance + e * (1.0 - seen.chance)).clamp(1e-9, 1.0 - 1e-9);
            let Ok(count) = Binomial::new(p, seen.texts) else { return f64::NEG_INFINITY };
            let passes = if passing == 0 { 1.0 } else { count.sf(passing - 1) };
            count.ln_pmf(seen.toward) - passes.max(1e-300).ln()
        })
        .collect();
    let largest = likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = likelihood.iter().map(|l| (l - largest).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let mean = tried.iter().zip(&weights).map(|(e, w)| e * w).sum::<f64>() / sum;
    let quantile = |q: f64| {
        let mut below = 0.0;
        let reached = |w: &f64| {
            below += w / sum;
            below >= q
        };
        weights.iter().position(reached).map_or(to, |at| tried[at])
    };
    // What was seen stays within the interval.
    (mean / excess, [quantile(0.025) / excess, (quantile(0.975) / excess).max(1.0)])
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
        assert!(far > 0.95 && ci[0] > 0.85 && ci[1] < 1.1, "{far} {ci:?}");
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
