//! How sure counts of right answers are.

use crate::model::BlindCheck;

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
