//! Where a text holds what it was chosen by: the letters searched for, or the words of a finding.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::hotspots::Channel;
use super::lexicon::{sign_named, word_of};

/// What texts were chosen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// These letters, in any case.
    Letters(String),
    /// These words in a row; `true` when a text must open with them.
    Words(Vec<String>, bool),
}

impl Sought {
    /// Of a finding of words; nothing for signs without letters of their own, such as bullets, and for other findings.
    pub fn of(channel: &Channel) -> Option<Self> {
        let Channel::Words { term, .. } = channel else { return None };
        let (term, opens) = term.strip_suffix(" …").map_or((term.as_str(), false), |t| (t, true));
        if let Some(sign) = sign_named(term) {
            return sign.map(|s| Self::Letters(s.to_owned()));
        }
        let words: Vec<String> = term.unicode_words().map(word_of).collect();
        (!words.is_empty()).then_some(Self::Words(words, opens))
    }

    /// Where it stands in a text: byte ranges, in order, without overlaps.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Letters(letters) => {
                let lower = text.to_lowercase();
                // Lower case can change lengths; then places would not match, and nothing is lit.
                if lower.len() != text.len() {
                    return Vec::new();
                }
                let whole = |r: &Range<usize>| text.is_char_boundary(r.start) && text.is_char_boundary(r.end);
                lower.match_indices(letters.as_str()).map(|(at, m)| at..at + m.len()).filter(whole).collect()
            }
            Self::Words(words, opens) => {
                let all: Vec<(usize, &str)> = text.unicode_word_indices().collect();
                let starts = if *opens { 1 } else { all.len() };
                let mut out: Vec<Range<usize>> = Vec::new();
                for run in all.windows(words.len()).take(starts) {
                    let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                    let free = out.last().is_none_or(|r| r.end <= first.0);
                    if free && run.iter().zip(words).all(|((_, w), sought)| word_of(w) == *sought) {
                        out.push(first.0..last.0 + last.1.len());
                    }
                }
                out
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(term: &str, text: &'a str) -> Vec<&'a str> {
        let places = Sought::of(&Channel::Words { term: term.into(), wording: false })
            .map(|s| s.places(text))
            .unwrap_or_default();
        places.into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn words_are_found_as_they_are_counted() {
        assert_eq!(found("is important", "It IS\nimportant, this is important."), ["IS\nimportant", "is important"]);
        assert_eq!(found("port", "important"), [""; 0], "a word is no part of one");
        assert_eq!(found("i don't …", "I don’t know; I don't."), ["I don’t"]);
        assert_eq!(found("don't …", "I don't"), [""; 0]);
        assert_eq!(found("翻译", "请翻译这个"), ["翻译"]);
        assert_eq!(found("ha ha", "ha ha ha ha ha"), ["ha ha", "ha ha"]);
    }

    #[test]
    fn signs_are_found_as_they_stand() {
        assert_eq!(found("**bold**", "a **b** c"), ["**", "**"]);
        assert_eq!(found("!", "Ah!"), ["!"]);
        assert_eq!(found("- bullets", "- bullets"), [""; 0]);
    }

    #[test]
    fn letters_are_found_in_any_case() {
        let places = |letters: &str, text: &str| Sought::Letters(letters.to_owned()).places(text);
        assert_eq!(places("ge", "GEese ge"), [0..2, 6..8]);
        assert!(places("i", "İi").is_empty(), "lower case is longer here");
    }
}
