//! Families drawn again (bootstrap) and exchanged (sign flips).

use rand::Rng;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use super::super::stats::{expanded_tail, quantile};

/// Draws of the bootstrap.
const DRAWS: usize = 2_000;
/// Families up to which all exchanges are counted.
const EXACT: usize = 20;
/// Exchanges drawn where there are more.
const FLIPS: usize = 9_999;
/// Coverage of intervals.
const LEVEL: f64 = 0.95;

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its 95 % interval.
    pub ci: [f64; 2],
}

/// Interval of a figure over families: `figure` gets how often each is drawn, and says nothing where the draw leaves it open.
pub(super) fn bootstrap(families: usize, seed: u64, figure: impl Fn(&[u32]) -> Option<f64>) -> Option<Estimate> {
    bootstrap_all(families, seed, |times| figure(times).map(|v| [v])).map(|[e]| e)
}

/// As [`bootstrap`], for several figures of the same draws.
pub(super) fn bootstrap_all<const N: usize>(
    families: usize,
    seed: u64,
    figures: impl Fn(&[u32]) -> Option<[f64; N]>,
) -> Option<[Estimate; N]> {
    let values = figures(&vec![1; families])?;
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let mut times = vec![0u32; families];
    let drawn: Vec<[f64; N]> = (0..DRAWS)
        .filter_map(|_| {
            times.fill(0);
            (0..families).for_each(|_| times[rng.gen_range(0..families)] += 1);
            figures(&times)
        })
        .collect();
    let tail = expanded_tail(families, LEVEL);
    Some(std::array::from_fn(|at| {
        let mut own: Vec<f64> = drawn.iter().map(|d| d[at]).collect();
        own.sort_by(f64::total_cmp);
        // One family tells nothing of others.
        let ci = if families < 2 { [f64::NAN; 2] } else { [quantile(&own, tail), quantile(&own, 1.0 - tail)] };
        Estimate { value: values[at], ci }
    }))
}

/// Two-sided p of a sum of parts, one a family, when each part might as well have had the other sign: exact up to 20 families.
pub(super) fn sign_flips(parts: &[f64], seed: u64) -> f64 {
    let moved: Vec<f64> = parts.iter().copied().filter(|p| p.abs() > 1e-12).collect();
    let observed = moved.iter().sum::<f64>().abs() - 1e-9;
    if moved.is_empty() {
        return 1.0;
    }
    if moved.len() <= EXACT {
        // Each step flips one sign (Gray code); the first sign may stay, because both tails count.
        let mut sum: f64 = moved.iter().sum();
        let mut sign = vec![1.0; moved.len()];
        let all = 1u32 << (moved.len() - 1);
        let mut far = u32::from(sum.abs() >= observed);
        for step in 1..all {
            let at = 1 + step.trailing_zeros() as usize;
            sum -= 2.0 * sign[at] * moved[at];
            sign[at] = -sign[at];
            far += u32::from(sum.abs() >= observed);
        }
        return f64::from(far) / f64::from(all);
    }
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let far = (0..FLIPS).filter(|_| {
        let mut bits = 0u64;
        let mut sum = 0.0;
        for (i, p) in moved.iter().enumerate() {
            if i.is_multiple_of(64) {
                bits = rng.r#gen();
            }
            sum += if bits >> (i % 64) & 1 == 1 { *p } else { -*p };
        }
        sum.abs() >= observed
    });
    (1 + far.count()) as f64 / (1 + FLIPS) as f64
}

/// Mean of sums and numbers, families counted as often as they are drawn.
pub(super) fn ratio(parts: &[Option<[f64; 2]>], times: &[u32]) -> Option<f64> {
    let mut total = [0.0; 2];
    for (part, &t) in parts.iter().zip(times).filter(|(_, t)| **t > 0) {
        if let Some(p) = part {
            total[0] += p[0] * f64::from(t);
            total[1] += p[1] * f64::from(t);
        }
    }
    (total[1] > 0.0).then(|| total[0] / total[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_families_are_counted_exactly() {
        // All of one sign: only the observed signs and their opposites are as far, 2 of 2^5.
        assert!((sign_flips(&[1.0, 2.0, 1.5, 0.5, 3.0], 1) - 2.0 / 32.0).abs() < 1e-12);
        assert_eq!(sign_flips(&[0.0, 0.0], 1), 1.0);
        assert!((sign_flips(&[1.0, -1.0], 1) - 1.0).abs() < 1e-12);
        // R: coin-free check, 20 families with 14 of +1 and 6 of −1 is the binomial test: 0.1153183
        let parts: Vec<f64> = (0..20).map(|i| if i < 14 { 1.0 } else { -1.0 }).collect();
        assert!((sign_flips(&parts, 1) - 0.115_318_3).abs() < 1e-6);
    }

    #[test]
    fn many_families_are_drawn() {
        let parts: Vec<f64> = (0..100).map(|i| if i < 60 { 1.0 } else { -1.0 }).collect();
        // R: binom.test(60, 100)$p.value is 0.05688793
        assert!((sign_flips(&parts, 7) - 0.0569).abs() < 0.01);
    }
}
