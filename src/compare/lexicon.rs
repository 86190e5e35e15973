//! Words, pairs of words and openings of every text: what names clusters and what finds differences of wording.

use std::collections::HashMap;

use rayon::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::head;

/// Bytes of a text that are read; tics and topics show long before.
const READ: usize = 6_000;
/// Features in fewer texts are dropped: they can carry no certainty.
const MIN_TEXTS: u32 = 3;

/// Signs that stand in a text as they are, and what they are called.
const SIGNS: [(&str, &str); 5] = [("**", "**bold**"), ("```", "```code```"), ("|", "| table"), ("!", "!"), ("?", "?")];
const BULLETS: &str = "- bullets";
const HEADINGS: &str = "# headings";
const NUMBERS: &str = "1. numbered list";

/// A word as it is counted.
pub fn word_of(written: &str) -> String {
    written.to_lowercase().replace('’', "'")
}

/// Whether a feature is a sign by its name, and the letters it stands as in a text, if it has some of its own.
pub fn sign_named(name: &str) -> Option<Option<&'static str>> {
    let own = SIGNS.iter().find(|s| s.1 == name).map(|s| Some(s.0));
    own.or_else(|| [BULLETS, HEADINGS, NUMBERS].contains(&name).then_some(None))
}

/// For each text the features it holds, as numbers into a vocabulary.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    names: Vec<String>,
    kinds: Vec<FeatureKind>,
    of: Vec<Vec<u32>>,
    texts_with: Vec<u32>,
}

/// What a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FeatureKind {
    /// One word.
    Word,
    /// Two words in a row.
    Pair,
    /// The first one to three words.
    Opening,
    /// A sign such as `*`, `#` or a fence of code.
    Sign,
}

impl Lexicon {
    /// Reads all texts. The vocabulary is sorted, so that numbers depend on the texts alone.
    pub fn new(texts: &[&str]) -> Self {
        let raw: Vec<Vec<(FeatureKind, String)>> = texts.par_iter().map(|t| features(t)).collect();
        let mut count: HashMap<&(FeatureKind, String), u32> = HashMap::new();
        for f in raw.iter().flatten() {
            *count.entry(f).or_default() += 1;
        }
        let mut kept: Vec<(&(FeatureKind, String), u32)> = count.into_iter().filter(|&(_, n)| n >= MIN_TEXTS).collect();
        kept.sort_unstable();
        let number: HashMap<&(FeatureKind, String), u32> =
            kept.iter().enumerate().map(|(i, (f, _))| (*f, i as u32)).collect();
        let of = raw
            .par_iter()
            .map(|list| {
                let mut ids: Vec<u32> = list.iter().filter_map(|f| number.get(f).copied()).collect();
                ids.sort_unstable();
                ids
            })
            .collect();
        Self {
            names: kept.iter().map(|(f, _)| f.1.clone()).collect(),
            kinds: kept.iter().map(|(f, _)| f.0).collect(),
            texts_with: kept.iter().map(|&(_, n)| n).collect(),
            of,
        }
    }

    /// Number of texts.
    pub fn texts(&self) -> usize {
        self.of.len()
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The feature's words.
    pub fn name(&self, f: u32) -> &str {
        &self.names[f as usize]
    }

    /// The feature as it stands in a text: Chinese, Japanese, Thai and others have no spaces between words.
    pub fn spelled(&self, f: u32) -> String {
        let mut out = String::new();
        for word in self.name(f).split(' ') {
            let joined = out.chars().next_back().is_some_and(unspaced) && word.chars().next().is_some_and(unspaced);
            if !out.is_empty() && !joined {
                out.push(' ');
            }
            out.push_str(word);
        }
        out
    }

    /// What a feature is.
    pub fn kind(&self, f: u32) -> FeatureKind {
        self.kinds[f as usize]
    }

    /// Features of a text, ascending.
    pub fn of(&self, text: u32) -> &[u32] {
        &self.of[text as usize]
    }

    /// Number of texts that hold a feature.
    pub fn texts_with(&self, f: u32) -> u32 {
        self.texts_with[f as usize]
    }

    /// Number of texts that hold a word.
    pub fn texts_with_word(&self, word: &str) -> u32 {
        // Features are sorted by kind, words first, then by name.
        let words = self.kinds.partition_point(|k| *k == FeatureKind::Word);
        self.names[..words].binary_search_by(|n| n.as_str().cmp(word)).map_or(0, |f| self.texts_with[f])
    }

    /// The texts with each feature.
    pub(super) fn postings(&self) -> Vec<Vec<u32>> {
        let mut out: Vec<Vec<u32>> = self.texts_with.iter().map(|&n| Vec::with_capacity(n as usize)).collect();
        for (t, features) in self.of.iter().enumerate() {
            for &f in features {
                out[f as usize].push(t as u32);
            }
        }
        out
    }
}

/// Signs that are written without spaces between words: Han, Hiragana, Katakana, and the scripts of Thai, Lao, Burmese
/// and Khmer.
fn unspaced(c: char) -> bool {
    matches!(c as u32, 0x0e01..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3041..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3134f)
}

/// Distinct features of one text.
fn features(text: &str) -> Vec<(FeatureKind, String)> {
    let text = head(text, READ);
    let words: Vec<String> = text.unicode_words().map(word_of).collect();
    let mut out: Vec<(FeatureKind, String)> = Vec::with_capacity(words.len() * 2 + 8);
    for w in &words {
        out.push((FeatureKind::Word, w.clone()));
    }
    for pair in words.windows(2) {
        out.push((FeatureKind::Pair, format!("{} {}", pair[0], pair[1])));
    }
    for n in 1..=3.min(words.len()) {
        out.push((FeatureKind::Opening, words[..n].join(" ")));
    }
    for (sign, name) in SIGNS {
        if text.contains(sign) {
            out.push((FeatureKind::Sign, name.to_owned()));
        }
    }
    let starts = |f: &dyn Fn(&str) -> bool| text.lines().any(|l| f(l.trim_start()));
    if starts(&|l| l.starts_with("- ") || l.starts_with("* ") || l.starts_with("• ")) {
        out.push((FeatureKind::Sign, BULLETS.to_owned()));
    }
    if starts(&|l| l.starts_with('#')) {
        out.push((FeatureKind::Sign, HEADINGS.to_owned()));
    }
    if starts(&|l| l.split_once(". ").is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))) {
        out.push((FeatureKind::Sign, NUMBERS.to_owned()));
    }
    out.sort_unstable();
    out.dedup();
    out
}
