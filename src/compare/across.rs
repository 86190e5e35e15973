//! Does a difference hold at prompts like these, and not only at these? Where prompts have several answers a side, the prompt
//! is the unit: its own difference in rates, tested by flips of whole prompts (exact up to 20 prompts, Student's t above),
//! with an interval by prompts. See Miller 2024 (arXiv 2411.00640) on questions as clusters.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::design::Design;
use super::significance::{ALPHA, t_two_sided};
use crate::model::SampleIx;

/// Prompts up to which all flips are counted.
const EXACT: usize = 20;
/// Prompts below which nothing can be said of prompts at large.
const LEAST: usize = 4;

/// A difference with the prompt as the unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Across {
    /// Prompts that both sides answered.
    pub n: u32,
    /// Of these, those that point the way of the whole.
    pub same_direction: u32,
    /// Two-sided p of the mean difference over prompts.
    pub p: f64,
    /// Its 95 % interval, in shares of the texts, right less left.
    pub ci: [f64; 2],
    /// The mean difference without the prompt that adds most to it.
    pub without_strongest: f64,
    /// Whether it holds at prompts like these, corrected for everything that was looked at.
    pub holds: bool,
}

/// The difference of a group of texts over prompts; nothing where prompts have one answer a side, or there are too few.
/// `looked_at` is the number of independent things that it was chosen from.
pub(crate) fn across(design: &Design, members: &[SampleIx], looked_at: f64) -> Option<Across> {
    let strata = design.strata();
    let texts: usize = strata.iter().map(|s| s.samples.len()).sum();
    if strata.len() < LEAST || texts < 3 * strata.len() {
        return None;
    }
    let mut inside = vec![false; design.len()];
    members.iter().for_each(|&s| inside[s as usize] = true);
    let differences: Vec<f64> = strata
        .iter()
        .map(|s| {
            let mut counts = [0f64; 2];
            for &t in s.samples.iter().filter(|&&t| inside[t as usize]) {
                counts[usize::from(design.side(t))] += 1.0;
            }
            let right = f64::from(s.right);
            counts[1] / right - counts[0] / (s.samples.len() as f64 - right)
        })
        .collect();
    let n = differences.len() as f64;
    let sum: f64 = differences.iter().sum();
    let mean = sum / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let se = (variance / n).sqrt();
    let p = if differences.len() <= EXACT { flips(&differences) } else { t_two_sided(mean / se.max(1e-12), n - 1.0) };
    let t = StudentsT::new(0.0, 1.0, n - 1.0).map_or(2.0, |t| t.inverse_cdf(0.975));
    let ci = [mean - t * se, mean + t * se];
    let strongest =
        differences.iter().copied().fold(0.0f64, |a, d| if d * mean.signum() > a * mean.signum() { d } else { a });
    Some(Across {
        n: differences.len() as u32,
        same_direction: differences.iter().filter(|d| **d * mean > 0.0).count() as u32,
        p,
        ci,
        without_strongest: (sum - strongest) / (n - 1.0),
        holds: p * looked_at.max(1.0) <= ALPHA && ci[0] * ci[1] > 0.0,
    })
}

/// Share of all flips of whole prompts whose mean is at least as far from zero.
fn flips(differences: &[f64]) -> f64 {
    let n = differences.len();
    let observed = differences.iter().sum::<f64>().abs() - 1e-12;
    let mut sum: f64 = differences.iter().sum();
    let (mut signs, mut as_far) = (vec![1f64; n], 0u64);
    // A Gray code flips one prompt at a time.
    for i in 0u64..1 << n {
        as_far += u64::from(sum.abs() >= observed);
        let k = (i + 1).trailing_zeros() as usize;
        if k < n {
            signs[k] = -signs[k];
            sum += 2.0 * signs[k] * differences[k];
        }
    }
    as_far as f64 / (1u64 << n) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flips_as_counted_by_hand() {
        // Of 8 flips of (1, 2, 3) only all plus and all minus reach 6.
        assert!((flips(&[1.0, 2.0, 3.0]) - 0.25).abs() < 1e-12);
        assert!((flips(&[1.0, -1.0]) - 1.0).abs() < 1e-12);
    }
}
