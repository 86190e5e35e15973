//! Quantities of a text: how long, how many capitals, how many commas, how varied, how like the model's other answers.
//!
//! Compared by aligned ranks (Hodges and Lehmann 1962): the mean of the texts that a shuffle may exchange is taken off, then
//! all are ranked, and the statistic is the sum of ranks of one side less its expectation. With one answer a prompt from
//! either side this is close to Wilcoxon's signed ranks, without prompts it is his rank sum.

use std::collections::{HashMap, HashSet};

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::design::{Design, Unit};
use super::groups::NullMax;
use super::permute::{COLUMNS, Permutations};
use super::units::units;
use crate::linalg::Vectors;
use crate::model::{Corpus, SampleIx};
use crate::text::head;

/// Bytes of a text that are measured.
const READ: usize = 20_000;
/// Words over which the share of different ones is taken: it falls with length.
const VARIETY_OVER: usize = 50;
/// Signs that are counted one by one.
const SIGNS: [char; 17] = [',', '.', ';', ':', '!', '?', '\'', '"', '(', '-', '—', '–', '…', '*', '#', '`', '/'];
/// Words that carry grammar and little else.
const FUNCTION_WORDS: [&str; 40] = [
    "the", "of", "and", "a", "to", "in", "is", "it", "that", "was", "for", "on", "are", "as", "with", "his", "they",
    "at", "be", "this", "from", "or", "by", "but", "not", "what", "all", "were", "when", "we", "there", "can", "an",
    "which", "their", "if", "do", "will", "how", "so",
];

/// A quantity of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rate {
    /// Characters.
    Length,
    /// Sentences, headings and list items.
    Sentences,
    /// Words of a sentence.
    SentenceLength,
    /// Lines.
    Lines,
    /// Sentences of a paragraph.
    ParagraphLength,
    /// Lines that are list items.
    ListItems,
    /// Capitals among letters.
    Capitals,
    /// Capitalised words among those that do not begin a sentence.
    CapitalisedWords,
    /// Words in capitals.
    ShoutedWords,
    /// Sentences that begin with a small letter.
    SmallStarts,
    /// Digits among characters.
    Digits,
    /// One punctuation mark among characters.
    Sign(char),
    /// Characters outside of ASCII.
    NonAscii,
    /// Contractions among words.
    Contractions,
    /// I, me, my among words.
    FirstPerson,
    /// You, your among words.
    SecondPerson,
    /// Sentences that ask.
    Questions,
    /// Sentences that exclaim.
    Exclamations,
    /// Different words among the first fifty.
    Variety,
    /// Letters of a word.
    WordLength,
    /// Words of seven letters and more.
    LongWords,
    /// Words that no other text holds.
    RareWords,
    /// Words that carry grammar.
    FunctionWords,
    /// Runs of four words that the text has said before.
    Repetition,
    /// Verbatim copies of the text on both sides.
    Copies,
    /// Mean cosine with the other answers to its prompt.
    Likeness,
}

impl Rate {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let named = [
            Self::Length,
            Self::Sentences,
            Self::SentenceLength,
            Self::Lines,
            Self::ParagraphLength,
            Self::ListItems,
            Self::Capitals,
            Self::CapitalisedWords,
            Self::ShoutedWords,
            Self::SmallStarts,
            Self::Digits,
            Self::NonAscii,
            Self::Contractions,
            Self::FirstPerson,
            Self::SecondPerson,
            Self::Questions,
            Self::Exclamations,
            Self::Variety,
            Self::WordLength,
            Self::LongWords,
            Self::RareWords,
            Self::FunctionWords,
            Self::Repetition,
            Self::Copies,
            Self::Likeness,
        ];
        named.into_iter().chain(SIGNS.map(Self::Sign))
    }

    /// What texts with more of it (or less) are called.
    pub fn describe(self, more: bool) -> String {
        let pair = |a: &'static str, b: &'static str| (if more { a } else { b }).to_owned();
        match self {
            Self::Length => pair("longer answers", "shorter answers"),
            Self::Sentences => pair("more sentences", "fewer sentences"),
            Self::SentenceLength => pair("longer sentences", "shorter sentences"),
            Self::Lines => pair("more lines", "fewer lines"),
            Self::ParagraphLength => pair("longer paragraphs", "shorter paragraphs"),
            Self::ListItems => pair("more list items", "fewer list items"),
            Self::Capitals => pair("more capital letters", "fewer capital letters"),
            Self::CapitalisedWords => pair("more capitalised words", "fewer capitalised words"),
            Self::ShoutedWords => pair("more words in capitals", "fewer words in capitals"),
            Self::SmallStarts => pair("sentences that begin in lower case", "sentences that begin with a capital"),
            Self::Digits => pair("more digits", "fewer digits"),
            Self::Sign(c) => format!("{} “{c}”", if more { "more" } else { "fewer" }),
            Self::NonAscii => pair("more characters outside ASCII", "fewer characters outside ASCII"),
            Self::Contractions => pair("more contractions", "fewer contractions"),
            Self::FirstPerson => pair("uses “I” and “my” more", "uses “I” and “my” less"),
            Self::SecondPerson => pair("uses “you” and “your” more", "uses “you” and “your” less"),
            Self::Questions => pair("more questions", "fewer questions"),
            Self::Exclamations => pair("more exclamations", "fewer exclamations"),
            Self::Variety => pair("more varied words", "less varied words"),
            Self::WordLength => pair("longer words", "shorter words"),
            Self::LongWords => pair("more long words", "fewer long words"),
            Self::RareWords => pair("more words that no other text has", "fewer words that no other text has"),
            Self::FunctionWords => pair("more function words", "fewer function words"),
            Self::Repetition => pair("more repetition", "less repetition"),
            Self::Copies => pair("repeated verbatim", "fewer verbatim repeats"),
            Self::Likeness => pair("answers to a prompt more alike", "answers to a prompt less alike"),
        }
    }
}

/// Quantities of all texts, in columns (`rates × n`); not a number where a text has none.
pub struct Rates {
    columns: Vec<(Rate, Vec<f32>)>,
}

impl Rates {
    /// Measures all texts. `vectors` gives how alike answers are; copies and likeness are counted among the samples of the
    /// contrast alone.
    pub(crate) fn new(corpus: &Corpus, design: &Design, vectors: &Vectors) -> Self {
        let rare = rare_words(corpus);
        let rows: Vec<Vec<(Rate, f32)>> =
            corpus.samples.par_iter().map(|s| measured(head(&s.text, READ), &rare)).collect();
        let kinds: Vec<Rate> =
            rows.iter().find(|r| !r.is_empty()).map_or(Vec::new(), |r| r.iter().map(|v| v.0).collect());
        let mut columns: Vec<(Rate, Vec<f32>)> = kinds
            .iter()
            .enumerate()
            .map(|(k, rate)| (*rate, rows.iter().map(|r| r.get(k).map_or(f32::NAN, |v| v.1)).collect()))
            .collect();
        columns.push((Rate::Copies, copies(corpus, design)));
        columns.push((Rate::Likeness, likeness(corpus, design, vectors)));
        Self { columns }
    }

    /// Each quantity with its values (`n`).
    pub(super) fn columns(&self) -> &[(Rate, Vec<f32>)] {
        &self.columns
    }

    /// Aligned ranks of each quantity (`rates × n`).
    pub(super) fn ranks(&self, design: &Design) -> Vec<Vec<f32>> {
        self.columns.par_iter().map(|(_, values)| aligned_ranks(design, values)).collect()
    }

    /// Standardised statistic of each quantity, and the largest under each shuffle.
    pub(super) fn score(&self, design: &Design, permutations: &Permutations) -> (Vec<f32>, NullMax) {
        let rows: Vec<[f32; COLUMNS]> = self
            .columns
            .par_iter()
            .map(|(_, values)| linear(design, permutations, &aligned_ranks(design, values)))
            .collect();
        let mut null = vec![0f32; COLUMNS];
        for row in &rows {
            null.iter_mut().zip(row).skip(1).for_each(|(n, v)| *n = n.max(v.abs()));
        }
        (rows.iter().map(|r| r[0]).collect(), null)
    }
}

/// Σ weight (label − expected) under every column over its standard deviation in the shuffles.
pub(super) fn linear(design: &Design, permutations: &Permutations, weights: &[f32]) -> [f32; COLUMNS] {
    let mut sum = [0f64; COLUMNS];
    let mut expected = 0f64;
    for (s, &w) in weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
        let s = s as SampleIx;
        expected += f64::from(w) * f64::from(design.expected(s));
        for (t, &label) in sum.iter_mut().zip(permutations.of(s)) {
            *t += f64::from(w) * f64::from(label);
        }
    }
    let used = weights.iter().enumerate().filter(|(_, w)| **w != 0.0).map(|(s, &w)| (s as SampleIx, w));
    let sd = f64::from(design.variance(used)).sqrt();
    let mut out = [0f32; COLUMNS];
    if sd > 1e-6 {
        out.iter_mut().zip(sum).for_each(|(o, v)| *o = ((v - expected) / sd) as f32);
    }
    out
}

/// Ranks of the values less the mean of what each is exchangeable with, centred on zero, −0.5 to 0.5; 0 where there is none.
fn aligned_ranks(design: &Design, values: &[f32]) -> Vec<f32> {
    let known: Vec<SampleIx> =
        (0..values.len() as SampleIx).filter(|&s| design.takes_part(s) && values[s as usize].is_finite()).collect();
    let mut sums: HashMap<Option<u32>, (f64, f64)> = HashMap::new();
    let stratum = |s: SampleIx| match design.place(s) {
        Unit::Stratum(x) => Some(x),
        _ => None,
    };
    // In an order of the values, so that sums do not depend on the order of the samples.
    let mut order = known.clone();
    order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
    for &s in &order {
        let e = sums.entry(stratum(s)).or_default();
        e.0 += f64::from(values[s as usize]);
        e.1 += 1.0;
    }
    let aligned = |s: SampleIx| {
        let (sum, n) = sums.get(&stratum(s)).copied().unwrap_or((0.0, 1.0));
        (f64::from(values[s as usize]) - sum / n) as f32
    };
    let mut order: Vec<(f32, SampleIx)> = known.iter().map(|&s| (aligned(s), s)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut out, n, mut before) = (vec![0f32; values.len()], order.len() as f32, 0usize);
    for tied in order.chunk_by(|a, b| (a.0 - b.0).abs() < 1e-9) {
        let middle = before as f32 + (tied.len() as f32 - 1.0) / 2.0;
        tied.iter().for_each(|&(_, s)| out[s as usize] = (middle + 0.5) / n - 0.5);
        before += tied.len();
    }
    out
}

/// Words that one text alone holds.
fn rare_words(corpus: &Corpus) -> HashSet<String> {
    let words: Vec<HashSet<String>> = corpus
        .samples
        .par_iter()
        .map(|s| {
            head(&s.text, READ)
                .unicode_words()
                .filter(|w| w.chars().all(char::is_alphabetic))
                .map(str::to_lowercase)
                .collect()
        })
        .collect();
    let mut count: HashMap<String, u32> = HashMap::new();
    for w in words.into_iter().flatten() {
        *count.entry(w).or_default() += 1;
    }
    count.into_iter().filter(|(_, n)| *n == 1).map(|(w, _)| w).collect()
}

/// The quantities that a text has by itself, always in one order.
fn measured(text: &str, rare: &HashSet<String>) -> Vec<(Rate, f32)> {
    let text = text.trim();
    let chars = text.chars().count() as f32;
    let words: Vec<&str> = text.unicode_words().collect();
    let lower: Vec<String> = words.iter().map(|w| super::lexicon::word_of(w)).collect();
    let sentences: Vec<&str> = units(text).into_iter().map(|r| &text[r]).collect();
    let n_words = words.len() as f32;
    let n_sentences = sentences.len() as f32;
    let n_lines = text.lines().filter(|l| !l.trim().is_empty()).count() as f32;
    let of = |part: usize, whole: f32| if whole > 0.0 { part as f32 / whole } else { f32::NAN };
    let count = |f: &dyn Fn(char) -> bool| text.chars().filter(|c| f(*c)).count();
    let letters = count(&char::is_alphabetic) as f32;
    let capital = |w: &&&str| w.chars().next().is_some_and(char::is_uppercase);
    let starts = sentences.iter().filter_map(|s| s.unicode_words().next());
    let begin = starts.clone().filter(|w| w.chars().next().is_some_and(char::is_uppercase)).count();
    let small = starts.filter(|w| w.chars().next().is_some_and(char::is_lowercase)).count();
    let shouted = |w: &&&str| w.chars().count() > 2 && w.chars().all(char::is_uppercase);
    let any = |list: &[&str]| lower.iter().filter(|w| list.contains(&w.as_str())).count();
    let ends = |c: char| sentences.iter().filter(|s| s.trim_end().ends_with(c)).count();
    let runs: Vec<&[String]> = lower.windows(4).collect();
    let distinct: HashSet<&[String]> = runs.iter().copied().collect();
    let first = &lower[..lower.len().min(VARIETY_OVER)];
    let different: HashSet<&String> = first.iter().collect();
    let item = |l: &&str| {
        let l = l.trim_start();
        l.starts_with("- ")
            || l.starts_with("* ")
            || l.starts_with('•')
            || l.split_once(['.', ')'])
                .is_some_and(|(n, _)| !n.is_empty() && n.len() < 4 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut out = vec![
        (Rate::Length, chars),
        (Rate::Sentences, n_sentences),
        (Rate::SentenceLength, of(words.len(), n_sentences)),
        (Rate::Lines, n_lines),
        (Rate::ParagraphLength, of(sentences.len(), n_lines)),
        (Rate::ListItems, text.lines().filter(item).count() as f32),
        (Rate::Capitals, of(count(&char::is_uppercase), letters)),
        (Rate::CapitalisedWords, of(words.iter().filter(capital).count().saturating_sub(begin), n_words)),
        (Rate::ShoutedWords, of(words.iter().filter(shouted).count(), n_words)),
        (Rate::SmallStarts, of(small, n_sentences)),
        (Rate::Digits, of(count(&|c| c.is_ascii_digit()), chars)),
        (Rate::NonAscii, of(count(&|c| !c.is_ascii()), chars)),
        (Rate::Contractions, of(lower.iter().filter(|w| w.contains('\'')).count(), n_words)),
        (Rate::FirstPerson, of(any(&["i", "me", "my", "mine", "myself", "i'm", "i've", "i'd", "i'll"]), n_words)),
        (Rate::SecondPerson, of(any(&["you", "your", "yours", "yourself", "you're", "you've", "you'll"]), n_words)),
        (Rate::Questions, of(ends('?'), n_sentences)),
        (Rate::Exclamations, of(ends('!'), n_sentences)),
        (Rate::Variety, of(different.len(), first.len() as f32)),
        (Rate::WordLength, of(words.iter().map(|w| w.chars().count()).sum(), n_words)),
        (Rate::LongWords, of(words.iter().filter(|w| w.chars().count() >= 7).count(), n_words)),
        (Rate::RareWords, of(lower.iter().filter(|w| rare.contains(*w)).count(), n_words)),
        (Rate::FunctionWords, of(any(&FUNCTION_WORDS), n_words)),
        (Rate::Repetition, of(runs.len() - distinct.len(), runs.len() as f32)),
    ];
    out.extend(SIGNS.iter().map(|&sign| {
        let held = if sign == '\'' { count(&|c| c == '\'' || c == '’') } else { count(&|c| c == sign) };
        (Rate::Sign(sign), of(held, chars))
    }));
    out
}

/// How many texts of the contrast are word for word the same, itself not counted.
fn copies(corpus: &Corpus, design: &Design) -> Vec<f32> {
    let mut count: HashMap<&str, u32> = HashMap::new();
    let taking = |s: usize| design.takes_part(s as SampleIx);
    for (_, s) in corpus.samples.iter().enumerate().filter(|(i, _)| taking(*i)) {
        *count.entry(s.text.trim()).or_default() += 1;
    }
    let of = |(i, s): (usize, &crate::model::Sample)| match count.get(s.text.trim()) {
        Some(&n) if taking(i) && !s.text.trim().is_empty() => (n - 1) as f32,
        _ => f32::NAN,
    };
    corpus.samples.iter().enumerate().map(of).collect()
}

/// Mean cosine of each answer with the other answers to its prompt, of either side. The sum over one side less its
/// expectation is what the pairs within that side have more of than those within the other.
fn likeness(corpus: &Corpus, design: &Design, vectors: &Vectors) -> Vec<f32> {
    let mut out = vec![f32::NAN; corpus.len()];
    for stratum in design.strata() {
        let rows: Vec<SampleIx> = stratum.samples.clone();
        if rows.len() < 4 {
            continue;
        }
        let d = vectors.dims();
        let x = Array2::from_shape_fn((rows.len(), d), |(i, k)| vectors.row(rows[i] as usize)[k]);
        let products = x.dot(&x.t());
        for (i, &s) in rows.iter().enumerate() {
            let sum: f32 = products.row(i).sum() - products[[i, i]];
            out[s as usize] = sum / (rows.len() - 1) as f32;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, rate: Rate) -> f32 {
        measured(text, &HashSet::new()).into_iter().find(|r| r.0 == rate).unwrap().1
    }

    #[test]
    fn quantities_are_what_their_names_say() {
        let text = "I saw it. Did YOU? no, it's 42!";
        assert_eq!(value(text, Rate::Length), 31.0);
        assert_eq!(value(text, Rate::Sentences), 3.0);
        assert_eq!(value(text, Rate::ShoutedWords), 1.0 / 8.0);
        assert!((value(text, Rate::SmallStarts) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(value(text, Rate::Contractions), 1.0 / 8.0);
        assert_eq!(value(text, Rate::ParagraphLength), 3.0);
        assert_eq!(value("I saw it.\n\nDid you?\n\nNo.", Rate::ParagraphLength), 1.0);
    }

    #[test]
    fn an_empty_text_has_lengths_and_no_shares() {
        assert_eq!(value("", Rate::Length), 0.0);
        assert!(value("", Rate::Capitals).is_nan());
    }
}
