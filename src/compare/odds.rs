//! Shares and odds ratios with their intervals.

use serde::{Deserialize, Serialize};

use super::design::{Design, Unit};
use crate::model::SampleIx;

/// A log odds ratio (right against left) with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogOdds {
    /// Natural logarithm of the odds ratio; above 0 the right side has more.
    pub value: f64,
    /// 95 % interval.
    pub ci: [f64; 2],
}

/// Base-rate corrected shares: each source's rate `n_i / N_i`, normalised to a sum of 1.
pub fn shares(counts: &[u32], totals: &[u32]) -> Vec<f64> {
    let rates: Vec<f64> =
        counts.iter().zip(totals).map(|(&c, &t)| if t == 0 { 0.0 } else { f64::from(c) / f64::from(t) }).collect();
    let sum: f64 = rates.iter().sum();
    rates.iter().map(|r| if sum > 0.0 { r / sum } else { 0.0 }).collect()
}

/// Ratio of the ends of an interval above which an odds ratio says nothing that one could use.
const WIDEST: f64 = 100.0;

impl LogOdds {
    /// Whether the texts are enough for an estimate: the interval spans no more than a factor of 100.
    pub fn is_estimable(&self) -> bool {
        self.ci[1] - self.ci[0] <= WIDEST.ln()
    }

    fn around(value: f64, variance: f64) -> Self {
        let half = 1.959_963_985 * variance.max(0.0).sqrt();
        Self { value, ci: [value - half, value + half] }
    }

    /// The same with a variance `effect` times as large.
    pub(super) fn widened(self, effect: f64) -> Self {
        let half = (self.ci[1] - self.value) * effect.max(0.0).sqrt();
        Self { ci: [self.value - half, self.value + half], ..self }
    }

    /// From one 2 × 2 table; half a text is added to each cell (Haldane 1956, Anscombe 1956).
    pub(super) fn haldane(inside: [u32; 2], totals: [u32; 2]) -> Self {
        let [a, b] = inside.map(|v| f64::from(v) + 0.5);
        let c = f64::from(totals[0].saturating_sub(inside[0])) + 0.5;
        let d = f64::from(totals[1].saturating_sub(inside[1])) + 0.5;
        Self::around((b * c / (a * d)).ln(), 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d)
    }

    /// Mantel-Haenszel over prompts with the variance of Robins, Breslow and Greenland (1986); the pooled table where
    /// a sum is empty.
    pub(super) fn mantel_haenszel(design: &Design, group: &[SampleIx]) -> Self {
        let mut inside: std::collections::BTreeMap<u32, [u32; 2]> = std::collections::BTreeMap::new();
        for &s in group {
            if let Unit::Stratum(x) = design.place(s) {
                inside.entry(x).or_default()[usize::from(design.side(s))] += 1;
            }
        }
        let (mut r, mut t, mut pr, mut ps_qr, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, [left_in, right_in]) in inside {
            let stratum = &design.strata()[x as usize];
            let n = stratum.samples.len() as f64;
            let (right, left) = (f64::from(stratum.right), n - f64::from(stratum.right));
            let (a, c) = (f64::from(right_in), f64::from(left_in));
            let (b, d) = (right - a, left - c);
            let (p, q) = ((a + d) / n, (b + c) / n);
            let (ri, si) = (a * d / n, b * c / n);
            r += ri;
            t += si;
            pr += p * ri;
            ps_qr += p * si + q * ri;
            qs += q * si;
        }
        if r > 0.0 && t > 0.0 {
            let variance = pr / (2.0 * r * r) + ps_qr / (2.0 * r * t) + qs / (2.0 * t * t);
            Self::around((r / t).ln(), variance)
        } else {
            Self::haldane(design.counts(group), design.sizes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_correct_for_sizes() {
        assert_eq!(shares(&[10, 10], &[100, 300]), [0.75, 0.25]);
        assert_eq!(shares(&[0, 0], &[5, 5]), [0.0, 0.0]);
    }

    #[test]
    fn a_few_texts_on_one_side_alone_give_no_estimate() {
        assert!(!LogOdds::haldane([0, 6], [40, 40]).is_estimable());
        assert!(LogOdds::haldane([10, 51], [400, 400]).is_estimable());
    }

    #[test]
    fn haldane_is_antisymmetric_and_covers_zero_when_equal() {
        let a = LogOdds::haldane([10, 51], [400, 400]);
        let b = LogOdds::haldane([51, 10], [400, 400]);
        assert!((a.value + b.value).abs() < 1e-12 && (a.ci[0] + b.ci[1]).abs() < 1e-12);
        // ln((51.5 * 390.5) / (10.5 * 349.5))
        assert!((a.value - 1.701_2).abs() < 1e-3, "{}", a.value);
        let none = LogOdds::haldane([7, 7], [50, 50]);
        assert!(none.value == 0.0 && none.ci[0] < 0.0 && none.ci[1] > 0.0);
    }
}
