//! Fuzzy ranking; the one place that knows fuzzy-matcher.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Characters of a candidate that are looked at, so that a giant label costs no more than a long one.
const LOOKED_AT: usize = 256;

fn looked_at(s: &str) -> String {
    s.chars().take(LOOKED_AT).collect()
}

fn matcher() -> SkimMatcherV2 {
    SkimMatcherV2::default().ignore_case()
}

/// Indices of the candidates that hold the letters of `needle` in order, the best first; all, in order, for an empty
/// needle.
pub fn ranked<'a>(needle: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let needle = looked_at(needle.trim());
    if needle.is_empty() {
        return (0..candidates.count()).collect();
    }
    let matcher = matcher();
    let mut scored: Vec<(i64, usize)> = candidates
        .enumerate()
        .filter_map(|(i, c)| matcher.fuzzy_match(&looked_at(c), &needle).map(|score| (score, i)))
        .collect();
    scored.sort_by_key(|&(score, i)| (std::cmp::Reverse(score), i));
    scored.into_iter().map(|(_, i)| i).collect()
}

/// Places (in characters) of the letters of `needle` in a candidate that holds them.
pub fn letters(needle: &str, candidate: &str) -> Vec<usize> {
    let needle = looked_at(needle.trim());
    if needle.is_empty() {
        return Vec::new();
    }
    matcher().fuzzy_indices(&looked_at(candidate), &needle).map(|(_, places)| places).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{letters, ranked};

    #[test]
    fn letters_are_found_again() {
        assert_eq!(letters("gees", "the geese are loud"), [4, 5, 6, 7]);
        assert_eq!(letters("é", "un été"), [3]);
        assert!(letters("", "geese").is_empty() && letters("xyz", "geese").is_empty());
    }

    #[test]
    fn letters_in_order_the_closest_first() {
        let labels = ["refuses to answer", "geese are loud", "recipes for bread"];
        assert_eq!(ranked("gees", labels.into_iter()), [1]);
        assert_eq!(ranked("re", labels.into_iter())[..2], [0, 2]);
        assert_eq!(ranked("", labels.into_iter()), [0, 1, 2]);
        assert!(ranked("xyz", labels.into_iter()).is_empty());
    }
}
