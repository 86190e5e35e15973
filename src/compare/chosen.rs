//! Sizes as they will be seen again: a difference that is shown because it passed a limit looks larger than it is.
//!
//! The statistic is taken as normal around its true value and conditioned on having passed the limit. The estimate is the mean
//! of the conditional maximum likelihood and of the normalised conditional likelihood, the interval inverts the conditional
//! distribution (Ghosh, Zou and Wright 2008, American Journal of Human Genetics 82; Zhong and Prentice 2008).

use statrs::distribution::{ContinuousCDF, Normal};

/// Values tried for the truth, in standard deviations.
const STEP: f64 = 0.02;
const FROM: f64 = -3.0;

/// What is behind a statistic `z` that had to pass `limit` in either direction: an estimate and a 95 % interval, in the
/// units of `z`. `z` is positive.
pub(super) fn corrected(z: f64, limit: f64) -> (f64, [f64; 2]) {
    let normal = Normal::standard();
    let z = z.max(limit + 1e-6);
    let passes = |mu: f64| normal.sf(limit - mu) + normal.cdf(-limit - mu);
    let to = z + 4.0;
    let grid: Vec<f64> = (0..((to - FROM) / STEP) as usize).map(|i| FROM + i as f64 * STEP).collect();
    let likelihood: Vec<f64> =
        grid.iter().map(|mu| (-(z - mu).powi(2) / 2.0).exp() / passes(*mu).max(1e-300)).collect();
    let (mut best, mut at, mut sum, mut weighted) = (0.0, 0.0, 0.0, 0.0);
    for (mu, l) in grid.iter().zip(&likelihood) {
        if *l > best {
            (best, at) = (*l, *mu);
        }
        sum += l;
        weighted += l * mu;
    }
    let estimate = ((at + weighted / sum) / 2.0).clamp(0.0, z);
    // P(|Z| passes and Z ≥ z) grows with the truth.
    let above = |mu: f64| normal.sf(z - mu) / passes(mu).max(1e-300);
    let low = grid.iter().copied().find(|mu| above(*mu) >= 0.025).unwrap_or(FROM);
    let high = grid.iter().copied().find(|mu| above(*mu) >= 0.975).unwrap_or(to);
    // At the very limit the conditional interval runs away to below; what was seen stays within it.
    (estimate, [low.min(estimate), high.max(z)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_just_passed_shrinks_and_what_is_far_beyond_stays() {
        let (just, ci) = corrected(3.6, 3.5);
        assert!(just < 2.6 && ci[0] < 0.5 && ci[1] > 3.0, "{just} {ci:?}");
        let (at, ci) = corrected(3.5, 3.5);
        assert!(ci[0] <= at && at <= ci[1] && ci[1] >= 3.5, "{at} {ci:?}");
        let (far, ci) = corrected(8.0, 3.5);
        assert!((far - 8.0).abs() < 0.05 && (ci[1] - ci[0] - 3.92).abs() < 0.1, "{far} {ci:?}");
    }
}
