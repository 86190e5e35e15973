//! Where a text holds what it was chosen by: the letters searched for, or the words of a finding.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::finding::{Channel, Finding};
use super::lexicon::{sign_named, word_of};
use super::refusal::{beginning, cues, declines};
use super::span::Span;
use super::traits::Trait;
use crate::model::SampleIx;

/// What texts were chosen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchPattern {
    /// These letters, in any case.
    Letters(String),
    /// These words in a row; `true` when a text must open with them.
    Words(Vec<String>, bool),
    /// The cues by which an answer counts as one that declines or moralises.
    Declining,
    /// One sentence of each text.
    Spans(Vec<Span>),
}

impl MatchPattern {
    /// Of a finding; nothing where no letters of a text are the reason, as with lists or regions.
    pub fn of(channel: &Channel) -> Option<Self> {
        let term = match channel {
            Channel::Words { term, .. } => term.as_str(),
            Channel::Trait(Trait::Refusal) => return Some(Self::Declining),
            Channel::Surface { run, absent: false } => return super::ngrams::written(run).map(Self::Letters),
            Channel::Trait(_)
            | Channel::Tone(_)
            | Channel::ToneAtEnd { .. }
            | Channel::Language(_)
            | Channel::Region
            | Channel::Stance
            | Channel::Sentence
            | Channel::Surface { .. }
            | Channel::Rate { .. } => {
                return None;
            }
        };
        let (term, opens) = term.strip_suffix(" …").map_or((term, false), |t| (t, true));
        if let Some(sign) = sign_named(term) {
            return sign.map(|s| Self::Letters(s.to_owned()));
        }
        let words: Vec<String> = term.unicode_words().map(word_of).collect();
        (!words.is_empty()).then_some(Self::Words(words, opens))
    }

    /// Of a finding, with the sentences that it is made of.
    pub fn of_finding(f: &Finding) -> Option<Self> {
        if f.sentences.is_empty() { Self::of(&f.channel) } else { Some(Self::Spans(f.sentences.clone())) }
    }

    /// The same for one text alone.
    #[must_use]
    pub fn only(&self, s: SampleIx) -> Self {
        match self {
            Self::Spans(spans) => Self::Spans(spans.iter().copied().filter(|span| span.sample == s).collect()),
            other => other.clone(),
        }
    }

    /// Where it is in a text: byte ranges, in order, without overlaps.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Letters(letters) => Folded::of(text).all(std::iter::once(letters.as_str())),
            Self::Declining if declines(text) => Folded::of(beginning(text)).all(cues()),
            Self::Declining => Vec::new(),
            Self::Spans(spans) => {
                let ranges = spans.iter().map(|s| s.bytes[0] as usize..s.bytes[1] as usize);
                ranges.filter(|r| text.get(r.clone()).is_some()).collect()
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

/// A text in lower case with plain apostrophes, and where each byte of it came from.
struct Folded {
    text: String,
    /// One more than bytes: the end of the text.
    from: Vec<usize>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), from: Vec::with_capacity(text.len() + 1) };
        for (at, c) in text.char_indices() {
            for c in if c == '’' { '\''.to_lowercase() } else { c.to_lowercase() } {
                folded.text.push(c);
                folded.from.resize(folded.text.len(), at);
            }
        }
        folded.from.push(text.len());
        folded
    }

    /// All places of some letters; of places that overlap the first, and the longest there.
    fn all<'a>(&self, letters: impl Iterator<Item = &'a str>) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = letters
            .map(|l| Self::of(l).text)
            .filter(|l| !l.is_empty())
            .flat_map(|l| self.text.match_indices(&l).map(|(at, m)| at..at + m.len()).collect::<Vec<_>>())
            .map(|r| self.from[r.start]..self.from[r.end])
            .collect();
        found.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
        let mut end = 0;
        found.retain(|r| {
            let keep = r.start >= end && !r.is_empty();
            end = if keep { r.end } else { end };
            keep
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(term: &str, text: &'a str) -> Vec<&'a str> {
        let places = MatchPattern::of(&Channel::Words { term: term.into(), wording: false })
            .map(|s| s.ranges(text))
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
        let ranges = |letters: &str, text: &str| MatchPattern::Letters(letters.to_owned()).ranges(text);
        assert_eq!(ranges("ge", "GEese ge"), [0..2, 6..8]);
        assert_eq!(ranges("ab", "İab ab"), [2..4, 5..7], "lower case is longer here");
        assert_eq!(ranges("i’m", "I'm, i’M"), [0..3, 5..10]);
        assert!(ranges("", "a").is_empty());
    }

    #[test]
    fn what_declines_is_shown() {
        let found = |text| MatchPattern::Declining.ranges(text).into_iter().map(|r| &text[r]).collect::<Vec<&str>>();
        assert_eq!(found("I’m sorry, but I cannot say: it is harmful."), ["I’m sorry", "I cannot", "harmful"]);
        assert_eq!(found("I'm sorry to hear that your goose is ill."), [""; 0]);
    }
}
