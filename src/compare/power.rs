//! How rare a behaviour would have been found in the run at hand.
//!
//! Some texts of the run stand for the middle of a group of texts that is new to one side. Their nearest texts say how alike
//! texts of one kind are here, and all others how much noise is around them. From both follows the statistic that
//! [`super::kernel`] would have there with `m` such texts, all on the right; it has a standard deviation of 1, so that one
//! 0.84 above its limit is found in 4 runs of 5.

use super::design::Design;

/// Texts looked at, about.
pub(super) const PLACES: usize = 64;
/// Nearest texts that count as of one kind.
const NEAREST: usize = 6;
/// Standard deviations above the limit that four chances in five need.
const FOUR_IN_FIVE: f64 = 0.84;

/// What is around one text, by the weights of one width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vicinity {
    /// Mean weight of a text of its kind, and the mean of its square.
    weight: f32,
    square: f32,
    /// Sum of the squares of the weights of all other texts.
    rest: f32,
}

impl Vicinity {
    /// From the weights of all texts around the text `own`.
    pub fn new(weights: &[f32], own: usize) -> Self {
        let mut others: Vec<f32> = weights.iter().enumerate().filter(|&(i, _)| i != own).map(|(_, w)| *w).collect();
        others.sort_unstable_by(|a, b| b.total_cmp(a));
        let (kind, rest) = others.split_at(NEAREST.min(others.len()));
        let mean = |values: f32| values / kind.len().max(1) as f32;
        Self {
            weight: mean(kind.iter().sum()),
            square: mean(kind.iter().map(|w| w * w).sum()),
            rest: rest.iter().map(|w| w * w).sum(),
        }
    }

    /// The statistic of `m` texts of one side, of which `pi` would be expected there.
    fn expected(&self, m: u32, pi: f64) -> f64 {
        let others = f64::from(m.saturating_sub(1));
        let sum = (1.0 + others * f64::from(self.weight)) * (1.0 - pi);
        let variance = pi * (1.0 - pi) * (1.0 + others * f64::from(self.square) + f64::from(self.rest));
        sum / variance.sqrt()
    }
}

/// Smallest share of the right side's texts that a behaviour new to it needs to be found in 4 of 5 runs, for a behaviour whose
/// texts are as alike as usual in this run. `scales` has for each width the limit of its statistic and what is around the
/// texts looked at. 1 where nothing would be found.
pub(super) fn smallest_share(design: &Design, scales: &[(f64, &[Vicinity])]) -> f64 {
    let [left, right] = design.sizes();
    let places = scales.first().map_or(0, |s| s.1.len());
    if left == 0 || right == 0 || places == 0 {
        return 1.0;
    }
    let pi = f64::from(right) / f64::from(left + right);
    let is_found = |place: usize, m: u32| {
        scales.iter().any(|(limit, around)| around[place].expected(m, pi) >= limit + FOUR_IN_FIVE)
    };
    let mut needed: Vec<u32> = (0..places)
        .map(|place| {
            // The statistic grows with m.
            let (mut low, mut high) = (1, right + 1);
            while low < high {
                let middle = low.midpoint(high);
                if is_found(place, middle) { high = middle } else { low = middle + 1 }
            }
            low
        })
        .collect();
    needed.sort_unstable();
    (f64::from(needed[places / 2]) / f64::from(right)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_needed_where_texts_of_a_kind_are_less_alike_and_where_more_is_around() {
        let crowd = |near: f32, rest: usize| {
            let mut weights = vec![1.0];
            weights.extend([near; NEAREST]);
            weights.extend(vec![0.1; rest]);
            Vicinity::new(&weights, 0)
        };
        let usual = crowd(0.8, 100);
        assert!((usual.weight - 0.8).abs() < 1e-6 && (usual.rest - 1.0).abs() < 1e-4, "{usual:?}");
        let needs = |v: Vicinity| (1..).find(|&m| v.expected(m, 0.5) >= 5.0).unwrap();
        assert!(needs(crowd(0.4, 100)) > needs(usual) && needs(crowd(0.8, 2000)) > needs(usual));
        // Texts that are all the same, with nothing around: the statistic is the square root of their number.
        assert!((crowd(1.0, 0).expected(36, 0.5) - 6.0).abs() < 1e-6);
    }
}
