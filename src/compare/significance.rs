//! Tests and their p-values.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::stats_tests::Alternative;
use statrs::stats_tests::fisher::fishers_exact;

/// Clusters are one family of tests; regions, words and traits together the other. Every p and q that is shown is
/// multiplied by their number (Bonferroni), so that one false-alarm rate holds over everything on the screen.
pub(super) const FAMILIES: f64 = 2.0;

/// Two-sided p of a standard normal `z`.
pub fn normal_two_sided(z: f64) -> f64 {
    if !z.is_finite() {
        return 1.0;
    }
    Normal::standard().sf(z.abs()) * 2.0
}

/// Two-sided p of a `t` with `df` degrees of freedom; 1 when there are none.
pub(super) fn t_two_sided(t: f64, df: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, df) {
        Ok(d) if df > 0.0 && t.is_finite() => (2.0 * d.sf(t.abs())).min(1.0),
        _ => 1.0,
    }
}

/// Fisher's exact test, two-sided, for a group with `inside` texts of each side out of `totals`.
pub fn fisher(inside: [u32; 2], totals: [u32; 2]) -> f64 {
    let [a, b] = inside.map(u64::from);
    let [n, m] = totals.map(u64::from);
    fishers_exact(&[a, b, n.saturating_sub(a), m.saturating_sub(b)], Alternative::TwoSided)
        .map_or(1.0, |p| p.clamp(0.0, 1.0))
}

/// Benjamini-Hochberg (1995) adjusted values, in the order given.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let m = p.len();
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut q = vec![1.0; m];
    let mut least = 1.0f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        least = least.min(p[i] * m as f64 / (rank + 1) as f64);
        q[i] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() < tolerance, "{a} is not {b}");
    }

    #[test]
    fn fisher_as_in_r() {
        // R: fisher.test(matrix(c(3, 1, 1, 3), 2))$p.value (the lady tasting tea)
        near(fisher([3, 1], [4, 4]), 0.485_714_3, 1e-6);
        // R: fisher.test(matrix(c(10, 390, 51, 349), 2))$p.value is 4.2e-08
        assert!(fisher([10, 51], [400, 400]) < 1e-6);
        near(fisher([0, 0], [5, 5]), 1.0, 1e-12);
    }

    #[test]
    fn benjamini_hochberg_as_in_r() {
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "BH") is 0.05 throughout
        for q in benjamini_hochberg(&[0.01, 0.02, 0.03, 0.04, 0.05]) {
            near(q, 0.05, 1e-12);
        }
        // R: p.adjust(c(0.005, 0.6, 0.01, 0.9), "BH")
        let q = benjamini_hochberg(&[0.005, 0.6, 0.01, 0.9]);
        for (q, want) in q.iter().zip([0.02, 0.8, 0.02, 0.9]) {
            near(*q, want, 1e-12);
        }
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn normal_and_t() {
        near(normal_two_sided(1.959_963_985), 0.05, 1e-8);
        // R: 2 * pt(-2.228139, 10)
        near(t_two_sided(2.228_139, 10.0), 0.05, 1e-6);
        near(t_two_sided(3.0, 0.0), 1.0, 1e-12);
    }
}
