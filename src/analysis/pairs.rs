//! Several models at a glance: how much each pair differs.

use crate::compare::holm;
use crate::model::Contrast;

/// What comparing one pair of models shows.
#[derive(Debug, Clone, PartialEq)]
pub struct PairFigures {
    /// Who stands against whom.
    pub contrast: Contrast,
    /// How well a classifier tells the sides apart, cross-validated over prompts; absent with too few texts.
    pub auc: Option<f64>,
    /// Differences that were found, each fact once.
    pub differences: usize,
    /// p of the surest of them, corrected for everything that was tested in this pair; 1 where there is none.
    pub p: f64,
}

/// The p of each pair corrected for all of them (Holm 1979), of which there are `all`: those that are not known yet count as if
/// nothing had been found in them.
pub fn corrected_for_pairs(pairs: &[PairFigures], all: usize) -> Vec<f64> {
    let mut p: Vec<f64> = pairs.iter().map(|pair| pair.p).collect();
    p.resize(all.max(pairs.len()), 1.0);
    let mut out = holm(&p);
    out.truncate(pairs.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    #[test]
    fn pairs_are_corrected_for_those_still_to_come() {
        let pair = |p| PairFigures { contrast: Contrast::pair(SourceId(0), SourceId(1)), auc: None, differences: 1, p };
        let known = [pair(0.01), pair(0.001)];
        assert_eq!(corrected_for_pairs(&known, 10), [0.09, 0.01]);
        assert_eq!(corrected_for_pairs(&known, 2), [0.01, 0.002]);
        assert!(corrected_for_pairs(&[], 3).is_empty());
    }
}
