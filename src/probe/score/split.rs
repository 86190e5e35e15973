//! A score split into content and what goes with how the key is put: saying yes, taking the first option, taking the longest.
//!
//! Least squares over all questions and orders. The share of right answers is a sum of four terms: content; yes, times 1 when the
//! key says yes and −1 when it says no; position, times 1 when it stands first and −1 last; length, times 1 when it is the longest
//! and −1 the shortest. With full counterbalance the four do not touch one another. The term of yes is by how much more often yes is
//! said than the keys warrant.

// Equations are clearer with their indices.
#![allow(clippy::needless_range_loop)]

use serde::Serialize;

use super::draws::{Estimate, bootstrap_all, sign_flips};
use super::families::{Asked, Family};

/// Content and the three ways a key is put.
const TERMS: usize = 4;
/// Share of a term's own variation that the others must leave, or it cannot be told from them.
const LEFT: f64 = 1e-4;

/// A score, or a change of it, in parts. A part is absent where it cannot be told from the others.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Split {
    /// What is left when saying yes, position and length are taken out.
    pub content: Option<Estimate>,
    /// Yes said more often than the keys warrant.
    pub yes: Option<Estimate>,
    /// The first option chosen more often.
    pub position: Option<Estimate>,
    /// The longest option chosen more often.
    pub length: Option<Estimate>,
}

impl Split {
    /// The parts by name.
    pub fn parts(&self) -> [(&'static str, Option<Estimate>); TERMS] {
        [("content", self.content), ("yes-saying", self.yes), ("position", self.position), ("length", self.length)]
    }
}

/// What one family adds to the normal equations.
#[derive(Clone, Copy, Default)]
struct Sums {
    xx: [[f64; TERMS]; TERMS],
    xy: [f64; TERMS],
}

impl Sums {
    fn add(&mut self, other: &Self, times: f64) {
        for i in 0..TERMS {
            self.xy[i] += times * other.xy[i];
            for j in 0..TERMS {
                self.xx[i][j] += times * other.xx[i][j];
            }
        }
    }

    fn of(family: &Family, frame: usize, value: &dyn Fn(&Asked, bool) -> Option<f64>) -> Self {
        let mut out = Self::default();
        let ways = family.items.iter().flat_map(|i| [(i, false), (i, true)]);
        for (item, reversed) in ways {
            let Some(y) = value(item, reversed) else { continue };
            debug_assert!(item.cells.iter().any(|c| c.contains_key(&(frame, reversed))));
            let [yes, first, long] = item.put(reversed);
            let x = [1.0, yes, first, long];
            for i in 0..TERMS {
                out.xy[i] += x[i] * y;
                (0..TERMS).for_each(|j| out.xx[i][j] += x[i] * x[j]);
            }
        }
        out
    }
}

/// Share of right answers in one cell.
pub(super) fn right(item: &Asked, model: usize, frame: usize, reversed: bool) -> Option<f64> {
    item.cells[model].get(&(frame, reversed)).map(|c| c.mean()[item.right])
}

/// The split of a value over families, with the p of every part when its sign is exchanged family by family.
pub(super) fn split(
    families: &[Family],
    frame: usize,
    seed: u64,
    value: &dyn Fn(&Asked, bool) -> Option<f64>,
) -> (Split, [f64; TERMS]) {
    let sums: Vec<Sums> = families.iter().map(|f| Sums::of(f, frame, value)).filter(|s| s.xx[0][0] > 0.0).collect();
    let mut total = Sums::default();
    sums.iter().for_each(|s| total.add(s, 1.0));
    let active = separable(&total.xx);
    let estimates = bootstrap_all(sums.len(), seed, |times| {
        let mut drawn = Sums::default();
        sums.iter().zip(times).filter(|(_, t)| **t > 0).for_each(|(s, t)| drawn.add(s, f64::from(*t)));
        if drawn.xx[0][0] > 0.0 { solve(&drawn.xx, &drawn.xy, active) } else { None }
    });
    let mut p = [1.0; TERMS];
    for (term, p) in p.iter_mut().enumerate().filter(|(t, _)| active[*t]) {
        let parts: Vec<f64> = sums.iter().filter_map(|s| solve(&total.xx, &s.xy, active).map(|b| b[term])).collect();
        *p = sign_flips(&parts, seed);
    }
    let [content, yes, position, length] = [0, 1, 2, 3].map(|term| estimates.filter(|_| active[term]).map(|e| e[term]));
    (Split { content, yes, position, length }, p)
}

/// The terms that can be told from those before them.
fn separable(xx: &[[f64; TERMS]; TERMS]) -> [bool; TERMS] {
    let mut active = [false; TERMS];
    for term in 0..TERMS {
        active[term] = xx[term][term] > 0.0;
        if active[term] && term > 0 {
            // What the terms before leave of this one.
            let mut before = active;
            before[term..].fill(false);
            let with: [f64; TERMS] = std::array::from_fn(|i| xx[i][term]);
            let explained =
                solve(xx, &with, before).map_or(f64::INFINITY, |b| (0..TERMS).map(|i| b[i] * xx[i][term]).sum());
            active[term] = xx[term][term] - explained > LEFT * xx[term][term];
        }
    }
    active
}

/// Solves the normal equations for the active terms; `None` when they cannot be.
fn solve(xx: &[[f64; TERMS]; TERMS], xy: &[f64; TERMS], active: [bool; TERMS]) -> Option<[f64; TERMS]> {
    let mut a = *xx;
    let mut b = *xy;
    let on: Vec<usize> = (0..TERMS).filter(|&i| active[i]).collect();
    for (n, &i) in on.iter().enumerate() {
        // Symmetric and positive: pivots need no search.
        if a[i][i] <= 1e-9 * xx[i][i].max(1e-12) {
            return None;
        }
        for &j in &on[n + 1..] {
            let share = a[j][i] / a[i][i];
            for &k in &on[n..] {
                a[j][k] -= share * a[i][k];
            }
            b[j] -= share * b[i];
        }
    }
    let mut out = [0.0; TERMS];
    for (n, &i) in on.iter().enumerate().rev() {
        let known: f64 = on[n + 1..].iter().map(|&j| a[i][j] * out[j]).sum();
        out[i] = (b[i] - known) / a[i][i];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved_and_what_is_one_is_seen() {
        let xx = [[4.0, 0.0, 0.0, 4.0], [0.0, 4.0, 2.0, 0.0], [0.0, 2.0, 4.0, 0.0], [4.0, 0.0, 0.0, 4.0]];
        // The last term is always 1, as the first.
        assert_eq!(separable(&xx), [true, true, true, false]);
        let b = solve(&xx, &[2.0, 3.0, 3.0, 2.0], separable(&xx)).unwrap();
        assert!((b[0] - 0.5).abs() < 1e-12 && (b[1] - 0.5).abs() < 1e-12 && (b[2] - 0.5).abs() < 1e-12);
    }
}
