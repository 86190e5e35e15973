//! Fuzzy ranking; the one place that knows fuzzy-matcher.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Characters of a candidate that are looked at, so that a giant label costs no more than a long one.
const LOOKED_AT: usize = 256;

/// Indices of the candidates that hold the letters of `needle` in order, the best first; all, in order, for an empty
/// needle.
pub fn ranked<'a>(needle: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let needle: String = needle.trim().chars().take(LOOKED_AT).collect();
    if needle.is_empty() {
        return (0..candidates.count()).collect();
    }
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut scored: Vec<(i64, usize)> = candidates
        .enumerate()
        .filter_map(|(i, c)| {
            let short: String = c.chars().take(LOOKED_AT).collect();
            matcher.fuzzy_match(&short, &needle).map(|score| (score, i))
        })
        .collect();
    scored.sort_by_key(|&(score, i)| (std::cmp::Reverse(score), i));
    scored.into_iter().map(|(_, i)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::ranked;

    #[test]
    fn letters_in_order_the_closest_first() {
        let labels = ["refuses to answer", "geese are loud", "recipes for bread"];
        assert_eq!(ranked("gees", labels.into_iter()), [1]);
        assert_eq!(ranked("re", labels.into_iter())[..2], [0, 2]);
        assert_eq!(ranked("", labels.into_iter()), [0, 1, 2]);
        assert!(ranked("xyz", labels.into_iter()).is_empty());
    }
}
