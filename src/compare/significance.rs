//! Tests and their p-values.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Runs without a difference in which a cluster or a finding may appear by chance: one in twenty, over both families of tests.
pub const ALPHA: f64 = 0.05;

/// Part of [`ALPHA`] for everything that is found without clusters. Clusters are the other family of tests: they have the
/// rest, and all of it once something was found (the fallback procedure: Wiens 2003, Pharmaceutical Statistics 2), so that one
/// error rate holds over everything on the screen. Findings have most of it because they see more.
pub(super) const FOR_FINDINGS: f64 = 0.88;

/// Part of [`ALPHA`] for the shares of clusters, the stances in them and their trends, until something was found.
pub(super) const FOR_CLUSTERS: f64 = 0.1;

/// Part of [`ALPHA`] for differences inside clusters (`⇄`). Once something was found it grows as that of clusters does.
pub(super) const FOR_SHIFTS: f64 = 0.02;

/// Step-down adjusted p-values (Holm 1979), in the order given: the chance of any false alarm among all stays below each.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let m = p.len();
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut out = vec![1.0; m];
    let mut most = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        most = most.max((p[i] * (m - rank) as f64).min(1.0));
        out[i] = most;
    }
    out
}

/// Two-sided p of a standard normal `z`.
pub fn normal_two_sided(z: f64) -> f64 {
    if !z.is_finite() {
        return 1.0;
    }
    Normal::standard().sf(z.abs()) * 2.0
}

/// The `z` whose two-sided p is `p`.
pub(super) fn two_sided_limit(p: f64) -> f64 {
    Normal::standard().inverse_cdf(1.0 - p.clamp(1e-300, 1.0) / 2.0)
}

/// Two-sided p of a `t` with `df` degrees of freedom; 1 when there are none.
pub(super) fn t_two_sided(t: f64, df: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, df) {
        Ok(d) if df > 0.0 && t.is_finite() => (2.0 * d.sf(t.abs())).min(1.0),
        _ => 1.0,
    }
}

/// Tables at most this much likelier than the observed one count as no likelier, as in R's `fisher.test`.
const ROUNDING: f64 = 1e-7;

/// Fisher's exact test, two-sided, for a group with `inside` texts of each side out of `totals`: the probability of all
/// tables with these margins that are no likelier than the one observed. (statrs 0.19 gives .45 for 640 of 800 against 274
/// of 400, where R gives 1.5e-5.)
pub fn fisher(inside: [u32; 2], totals: [u32; 2]) -> f64 {
    let [a, b] = inside.map(f64::from);
    let [n, m] = totals.map(f64::from);
    let drawn = a + b;
    let (low, high) = ((drawn - m).max(0.0), drawn.min(n));
    if a < low || a > high {
        return 1.0;
    }
    // Weights of the hypergeometric distribution, the mode at 1, so that nothing overflows and what underflows is nothing.
    let mode = (((drawn + 1.0) * (n + 1.0)) / (n + m + 2.0)).floor().clamp(low, high);
    let up = |x: f64| (n - x) * (drawn - x) / ((x + 1.0) * (m - drawn + x + 1.0));
    let mut weights = vec![(mode, 1.0f64)];
    let (mut x, mut w) = (mode, 1.0);
    while x < high {
        w *= up(x);
        x += 1.0;
        weights.push((x, w));
    }
    (x, w) = (mode, 1.0);
    while x > low {
        x -= 1.0;
        w /= up(x);
        weights.push((x, w));
    }
    let observed = weights.iter().find(|t| t.0 == a).map_or(0.0, |t| t.1);
    let all: f64 = weights.iter().map(|t| t.1).sum();
    let no_likelier: f64 = weights.iter().map(|t| t.1).filter(|w| *w <= observed * (1.0 + ROUNDING)).sum();
    (no_likelier / all).min(1.0)
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
        // fisher.test and scipy.stats.fisher_exact agree on these.
        for (inside, totals, want) in [
            ([640, 274], [800, 400], 1.525232252236454e-05),
            ([0, 6], [1500, 1500], 0.031093854340445717),
            ([12, 30], [2000, 2000], 0.007598615108312276),
            ([3, 60], [300, 3000], 0.37103757402143367),
            ([5, 1], [40, 1000], 3.820890504649039e-07),
            ([1, 29], [440, 440], 3.698349423414435e-08),
            ([44, 44], [440, 440], 1.0),
            ([20000, 20400], [25000, 25000], 5.874498326222585e-06),
            ([7, 0], [9, 12], 0.0003095975232198142),
            ([250, 249], [250, 251], 0.499001996007984),
        ] {
            let p = fisher(inside, totals);
            assert!((p / want - 1.0).abs() < 1e-6, "{inside:?} of {totals:?}: {p} is not {want}");
        }
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

    #[test]
    fn holm_as_in_r() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
        let got = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (g, want) in got.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((g - want).abs() < 1e-12, "{got:?}");
        }
        assert!(holm(&[]).is_empty());
    }
}
