//! Is a simple rule right more often than the keys of chance allow? Exactly, by adding up the units one after another.

use super::super::units::{Units, lcm};
use crate::compare::normal_two_sided;

/// Steps of the exact sum, at most; above, the normal approximation is taken (there are then thousands of units).
const WORK: usize = 40_000_000;

/// What a rule picks: for each asked item the options that it holds equally right, or `None` where it does not apply.
pub(super) type Picks = Vec<Option<Vec<usize>>>;

/// How a rule did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    /// Items that it applies to.
    pub items: usize,
    /// Share of them in which it is right; of two options held equally right, half.
    pub accuracy: f64,
    /// What chance gives.
    pub chance: f64,
    /// Two-sided p over all ways to move the keys.
    pub p: f64,
}

/// Counts a rule's hits and tests them; `None` when it applies to nothing.
pub(super) fn outcome(units: &Units, picks: &Picks) -> Option<Outcome> {
    let scale = units.asked.iter().zip(picks).fold(1, |l, (a, pick)| match pick {
        Some(p) => lcm(lcm(l, p.len()), a.options()),
        None => l,
    }) as i64;
    let mut deviations: Vec<Vec<i64>> = units.shifts.iter().map(|&n| vec![0; n]).collect();
    let (mut items, mut chance, mut hits) = (0, 0.0, 0.0);
    for (a, pick) in units.asked.iter().zip(picks) {
        let Some(pick) = pick else { continue };
        let (hit, expected) = (scale / pick.len() as i64, scale / a.options() as i64);
        for (shift, d) in deviations[a.unit].iter_mut().enumerate() {
            *d += i64::from(pick.contains(&a.key(shift))) * hit - expected;
        }
        items += 1;
        chance += 1.0 / a.options() as f64;
        if pick.contains(&a.key(0)) {
            hits += 1.0 / pick.len() as f64;
        }
    }
    if items == 0 {
        return None;
    }
    let n = items as f64;
    Some(Outcome { items, accuracy: hits / n, chance: chance / n, p: two_sided(&deviations) })
}

/// The chance of a sum at least as far from 0 as the one of the first entries, when each unit's entry is drawn by chance.
fn two_sided(deviations: &[Vec<i64>]) -> f64 {
    let moved: Vec<&Vec<i64>> = deviations.iter().filter(|d| d.iter().any(|v| *v != 0)).collect();
    let observed: i64 = moved.iter().map(|d| d[0]).sum();
    let reach: i64 = moved.iter().map(|d| d.iter().map(|v| v.abs()).max().unwrap_or(0)).sum();
    let width = 2 * reach as usize + 1;
    let work = moved.iter().map(|d| d.len() * width).sum::<usize>();
    if work > WORK {
        let square = |d: &Vec<i64>| d.iter().map(|v| (*v as f64).powi(2)).sum::<f64>() / d.len() as f64;
        let variance: f64 = moved.iter().map(|d| square(d)).sum();
        return normal_two_sided(observed as f64 / variance.sqrt());
    }
    let mut chance = vec![0f64; width];
    let middle = reach as usize;
    chance[middle] = 1.0;
    for d in moved {
        let mut next = vec![0f64; width];
        let share = 1.0 / d.len() as f64;
        for (at, c) in chance.iter().enumerate().filter(|(_, c)| **c > 0.0) {
            d.iter().for_each(|v| next[(at as i64 + v) as usize] += c * share);
        }
        chance = next;
    }
    let far = observed.unsigned_abs() as usize;
    let tails = chance.iter().enumerate().filter(|(at, _)| at.abs_diff(middle) >= far).map(|(_, c)| c);
    tails.sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binomial_test_is_a_special_case() {
        // R: binom.test(14, 20)$p.value is 0.1153183
        let mut d = vec![vec![1, -1]; 14];
        d.extend(vec![vec![-1, 1]; 6]);
        assert!((two_sided(&d) - 0.115_318_3).abs() < 1e-6, "{}", two_sided(&d));
        // 9 of 12 with four options each: the share at or above 9 is 0.000392, and nothing below is as far from 3.
        let mut d = vec![vec![3, -1, -1, -1]; 9];
        d.extend(vec![vec![-1, 3, -1, -1]; 3]);
        assert!((two_sided(&d) - 0.000_391_5).abs() < 2e-6, "{}", two_sided(&d));
        assert_eq!(two_sided(&[vec![0, 0]]), 1.0);
    }
}
