//! How sure counts of right answers are.

use std::collections::BTreeMap;

use crate::model::{BlindCheck, Opinion, Says, Target};

/// Chance of `right` or more right answers among `decided` fair coins: the exact permutation test over the order within
/// each pair.
pub(super) fn at_least_by_chance(right: u32, decided: u32) -> f64 {
    let (mut term, mut sum) = (0.5f64.powi(decided as i32), 0.0);
    for k in 0..=decided {
        if k >= right {
            sum += term;
        }
        term *= f64::from(decided - k) / f64::from(k + 1);
    }
    sum.min(1.0)
}

/// Chance of `made[1]` or more of the texts that make a claim on the right side, when claims fall on texts of either side
/// alike: Fisher's exact test, one-sided (the hypergeometric tail). `toward` 0 turns the sides round.
pub(super) fn fisher(made: [u32; 2], of: [u32; 2], toward: u8) -> f64 {
    let (k, n, other) = match toward {
        1 => (made[1], of[1], of[0]),
        _ => (made[0], of[0], of[1]),
    };
    let all = made[0] + made[1];
    let choose = |n: u32, k: u32| -> f64 { (0..k.min(n)).map(|i| (f64::from(n - i) / f64::from(k - i)).ln()).sum() };
    let total = choose(n + other, all);
    let term = |x: u32| (choose(n, x) + choose(other, all - x) - total).exp();
    (k..=all.min(n)).filter(|x| all - x <= other).map(term).sum::<f64>().min(1.0)
}

/// Holm's step-down correction of p values that were tested together, in their order.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut out = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max(p[i] * (p.len() - rank) as f64).min(1.0);
        out[i] = largest;
    }
    out
}

/// The p of the latest scan of every target, by the number of its opinion, for all of them together (Holm): a claim looked for in
/// many places is found in some by chance.
pub fn scans_together(opinions: &[Opinion]) -> BTreeMap<u64, f64> {
    let mut latest: BTreeMap<&Target, (u64, f64)> = BTreeMap::new();
    for o in opinions {
        if let Says::Scan { claim, .. } = &o.says {
            latest.insert(&o.target, (o.id, claim.as_ref().map_or(1.0, |c| c.p)));
        }
    }
    let corrected = holm(&latest.values().map(|s| s.1).collect::<Vec<_>>());
    latest.into_values().map(|s| s.0).zip(corrected).collect()
}

/// 95 % interval of the balanced accuracy: Wilson's of recall and specificity, joined by MOVER (Zou and Donner 2008).
pub(super) fn balanced_interval(c: BlindCheck) -> [f64; 2] {
    let wilson = |hits: u32, n: u32| -> (f64, [f64; 2]) {
        if n == 0 {
            return (0.5, [0.0, 1.0]);
        }
        let (n, z2) = (f64::from(n), 1.96f64 * 1.96);
        let p = f64::from(hits) / n;
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = 1.96 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        (p, [middle - half, middle + half])
    };
    let (a, [al, ah]) = wilson(c.hits, c.members);
    let (b, [bl, bh]) = wilson(c.outsiders - c.false_alarms.min(c.outsiders), c.outsiders);
    let middle = (a + b) / 2.0;
    let down = ((a - al).powi(2) + (b - bl).powi(2)).sqrt() / 2.0;
    let up = ((ah - a).powi(2) + (bh - b).powi(2)).sqrt() / 2.0;
    [(middle - down).max(0.0), (middle + up).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_of_guessing() {
        // R: binom.test(9, 10, alternative = "greater")$p.value
        assert!((at_least_by_chance(9, 10) - 0.010_742_187_5).abs() < 1e-12);
        assert_eq!(at_least_by_chance(0, 0), 1.0);
        assert!((at_least_by_chance(0, 12) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn tables_and_families() {
        // R: fisher.test(matrix(c(5, 1, 0, 6), 2), alternative = "greater")$p.value
        assert!((fisher([0, 5], [6, 6], 1) - 0.007_575_757_575).abs() < 1e-9, "{}", fisher([0, 5], [6, 6], 1));
        assert!((fisher([5, 0], [6, 6], 0) - fisher([0, 5], [6, 6], 1)).abs() < 1e-12);
        assert!((fisher([0, 0], [6, 6], 1) - 1.0).abs() < 1e-12 && (fisher([6, 6], [6, 6], 1) - 1.0).abs() < 1e-12);
        assert!((fisher([3, 3], [6, 6], 1) - 0.716_450_216).abs() < 1e-6);
        // R: p.adjust(c(0.01, 0.04, 0.03), "holm")
        let h = holm(&[0.01, 0.04, 0.03]);
        assert!(h.iter().zip([0.03, 0.06, 0.06]).all(|(a, b)| (a - b).abs() < 1e-12), "{h:?}");
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn interval_holds_the_figure_and_narrows() {
        let few = BlindCheck { members: 8, hits: 7, outsiders: 8, false_alarms: 1 };
        let many = BlindCheck { members: 80, hits: 70, outsiders: 80, false_alarms: 10 };
        for c in [few, many] {
            let [low, high] = balanced_interval(c);
            assert!(low < c.balanced() && c.balanced() < high && low >= 0.0 && high <= 1.0);
        }
        let width = |c| balanced_interval(c)[1] - balanced_interval(c)[0];
        assert!(width(few) > 2.5 * width(many));
        // Wilson's interval of 7 in 8 (R: prop.test(7, 8, correct = FALSE)) is 0.529 to 0.978.
        let one = BlindCheck { members: 8, hits: 7, ..BlindCheck::default() };
        let [low, high] = balanced_interval(one);
        assert!((low - (0.6875 - 0.5 * ((0.875f64 - 0.529_1).powi(2) + 0.25).sqrt())).abs() < 1e-3 && high <= 1.0);
    }
}
