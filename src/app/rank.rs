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

/// Indices of the candidates that hold `needle`, or, where none does, its letters in order; the best first. All, in order, for
/// an empty needle.
pub fn ranked<'a>(needle: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let needle = looked_at(needle.trim());
    if needle.is_empty() {
        return (0..candidates.count()).collect();
    }
    let matcher = matcher();
    let candidates: Vec<String> = candidates.map(looked_at).collect();
    // Letters scattered over a label are worth a look only where no label has them together.
    let together = needle.to_lowercase();
    let has_it = |c: &String| c.to_lowercase().contains(&together);
    let whole = candidates.iter().any(has_it);
    let mut scored: Vec<(i64, usize)> = candidates
        .iter()
        .enumerate()
        .filter(|(_, c)| !whole || has_it(c))
        .filter_map(|(i, c)| matcher.fuzzy_match(c, &needle).map(|score| (score, i)))
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
        assert_eq!(ranked("gese", labels.into_iter()), [1]);
        let like = ["knees complain · give strength · see", "opinions about Geese"];
        assert_eq!(ranked("geese", like.into_iter()), [1], "not letters here and there where a label has the word");
        assert_eq!(ranked("re", labels.into_iter())[..2], [0, 2]);
        assert_eq!(ranked("", labels.into_iter()), [0, 1, 2]);
        assert!(ranked("xyz", labels.into_iter()).is_empty());
    }
}
