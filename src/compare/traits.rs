//! Traits of a text itself, which embeddings blur: blank, script, loops, code, markup, refusals, length.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::form::{Script, has_emoji, is_blank, is_cut_off, loops, script};
use super::markup::{has_headings, is_bold, is_code, is_list};
use super::refusal::declines;
use super::wrapped::is_json;
use crate::model::SampleIx;

/// A yes-or-no property of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trait {
    /// Nothing but white space.
    Blank,
    /// Mostly Chinese characters.
    Chinese,
    /// Mostly letters of another script than Latin.
    OtherScript,
    /// The same words over and over.
    Loop,
    /// One JSON object or list.
    Json,
    /// Program code.
    Code,
    /// A list with bullets or numbers.
    List,
    /// Bold type.
    Bold,
    /// Headings.
    Headings,
    /// Emoji.
    Emoji,
    /// Declines, or moralises in place of answering.
    Refusal,
    /// Swears or insults. Only sessions of older versions have it: it was right in two of three texts.
    Swearing,
    /// Stops in the middle of a sentence.
    CutOff,
    /// Among the answers farthest from their prompt.
    OffPrompt,
    /// Exact copy of another text of the same side.
    Duplicate,
    /// Among the shortest tenth.
    Shortest,
    /// Shorter than half of the texts.
    Short,
    /// Among the longest tenth.
    Longest,
}

impl Trait {
    /// All that are recognised.
    pub const ALL: [Self; 17] = [
        Self::Blank,
        Self::Chinese,
        Self::OtherScript,
        Self::Loop,
        Self::Json,
        Self::Code,
        Self::List,
        Self::Bold,
        Self::Headings,
        Self::Emoji,
        Self::Refusal,
        Self::CutOff,
        Self::OffPrompt,
        Self::Duplicate,
        Self::Shortest,
        Self::Short,
        Self::Longest,
    ];

    /// What such texts are called.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Blank => "blank answers",
            Self::Chinese => "answers in Chinese characters",
            Self::OtherScript => "answers in another script",
            Self::Loop => "answers that repeat themselves",
            Self::Json => "answers in JSON",
            Self::Code => "program code",
            Self::List => "lists",
            Self::Bold => "bold type",
            Self::Headings => "headings",
            Self::Emoji => "emoji",
            Self::Refusal => "refusals and moralising",
            Self::Swearing => "swearing or insults",
            Self::CutOff => "answers cut off mid-sentence",
            Self::OffPrompt => "off-topic answers",
            Self::Duplicate => "repeated verbatim",
            Self::Shortest => "very short answers (shortest tenth)",
            Self::Short => "shorter answers (below the median)",
            Self::Longest => "very long answers (longest tenth)",
        }
    }

    /// Traits that a query names, by words that people have for them in any form: “refusal”, “refuses”, “declined”.
    pub fn named_in(query: &str) -> Vec<Self> {
        let asked: Vec<String> = query.unicode_words().map(super::lexicon::word_of).collect();
        let named = |t: &Self| t.words().iter().any(|w| asked.iter().any(|a| same_stem(a, w)));
        Self::ALL.into_iter().filter(named).collect()
    }

    /// Words that people have for it.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Blank => &["blank"],
            Self::Chinese => &["chinese"],
            Self::Loop => &["loop", "loops", "repetitive", "repeating"],
            Self::Json => &["json"],
            Self::Code => &["code"],
            Self::List => &["list", "lists", "bullet", "bullets", "bulleted"],
            Self::Headings => &["heading", "headings"],
            Self::Emoji => &["emoji", "emojis"],
            Self::Refusal => &["refusal", "decline", "moralise", "moralize"],
            Self::CutOff => &["truncated"],
            _ => &[],
        }
    }

    /// What it was called when the first verdicts and notes were kept; they are found again by this name.
    pub(super) fn kept_name(self) -> &'static str {
        match self {
            Self::Chinese => "texts in Chinese characters",
            Self::OtherScript => "texts in another script",
            Self::Loop => "texts that repeat themselves",
            Self::Refusal => "answers that decline or moralise",
            Self::CutOff => "texts cut off in a sentence",
            Self::OffPrompt => "answers that stray from their prompt",
            Self::Duplicate => "exact copies",
            Self::Shortest => "the shortest tenth",
            Self::Short => "the shorter half",
            Self::Longest => "the longest tenth",
            other => other.describe(),
        }
    }
}

/// Whether two words are forms of one: the same, or alike in all but their endings.
fn same_stem(a: &str, b: &str) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let shorter = a.chars().count().min(b.chars().count());
    a == b || (shared >= 5 && shared + 2 >= shorter)
}

/// The samples with each trait. Only [`Trait::OffPrompt`] is not seen in the text: [`super::Relevance`] tells.
pub fn traits_of(texts: &[&str], sides: &[u8]) -> Vec<(Trait, Vec<SampleIx>)> {
    let mut lengths: Vec<usize> = texts.iter().map(|t| t.chars().count()).collect();
    let of: Vec<Vec<Trait>> = texts.par_iter().map(|t| own_traits(t)).collect();
    let mut copies: HashMap<(&str, u8), u32> = HashMap::new();
    for (t, &side) in texts.iter().zip(sides) {
        *copies.entry((t.trim(), side)).or_default() += 1;
    }
    let by_text = lengths.clone();
    lengths.sort_unstable();
    let quantile = |q: f64| lengths.get((q * lengths.len() as f64) as usize).copied().unwrap_or(0);
    let (low, mid, high) = (quantile(0.1), quantile(0.5), quantile(0.9));
    let mut out = Trait::ALL.map(|t| (t, Vec::new())).to_vec();
    for (i, own) in of.iter().enumerate() {
        let n = by_text[i];
        let has = |t: Trait| match t {
            Trait::Duplicate => n > 0 && copies.get(&(texts[i].trim(), sides[i])).is_some_and(|&c| c > 1),
            Trait::Shortest => n < low,
            Trait::Short => n < mid,
            Trait::Longest => n > high,
            other => own.contains(&other),
        };
        for (t, list) in &mut out {
            if has(*t) {
                list.push(i as SampleIx);
            }
        }
    }
    out
}

fn own_traits(text: &str) -> Vec<Trait> {
    let mut out = Vec::new();
    let trimmed = text.trim();
    if is_blank(trimmed) {
        return vec![Trait::Blank];
    }
    let mut when = |t: Trait, is: bool| {
        if is {
            out.push(t);
        }
    };
    match script(trimmed) {
        Some(Script::Chinese) => when(Trait::Chinese, true),
        Some(Script::Other) => when(Trait::OtherScript, true),
        None => {}
    }
    when(Trait::Emoji, has_emoji(trimmed));
    when(Trait::Loop, loops(trimmed));
    when(Trait::Json, is_json(trimmed));
    when(Trait::Code, is_code(trimmed));
    when(Trait::List, is_list(trimmed));
    when(Trait::Bold, is_bold(trimmed));
    when(Trait::Headings, has_headings(trimmed));
    when(Trait::Refusal, declines(trimmed));
    when(Trait::CutOff, is_cut_off(trimmed));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_name_traits_in_any_form_of_the_word() {
        assert_eq!(Trait::named_in("polite refusal"), [Trait::Refusal]);
        for query in ["Refuses to help", "declined politely", "answers that moralise"] {
            assert_eq!(Trait::named_in(query), [Trait::Refusal], "{query}");
        }
        assert_eq!(Trait::named_in("bullet lists in JSON"), [Trait::Json, Trait::List]);
        assert!(Trait::named_in("listens to blame and refuge").is_empty());
    }

    #[test]
    fn traits_are_seen() {
        assert_eq!(own_traits(" \n "), [Trait::Blank]);
        assert!(own_traits("你好，世界，今天天气很好").contains(&Trait::Chinese));
        assert!(own_traits("Привет, как дела сегодня").contains(&Trait::OtherScript));
        assert!(own_traits(&"the cat sat on the mat ".repeat(12)).contains(&Trait::Loop));
        assert!(own_traits("I’m sorry, but I can't do that.").contains(&Trait::Refusal));
        assert!(own_traits("- one\n- two").contains(&Trait::List));
        assert!(own_traits("```\nx = 1\n```").contains(&Trait::Code));
        assert_eq!(own_traits("{\"answer\": \"Geese walk.\"}"), [Trait::Json]);
        assert_eq!(own_traits("A plain sentence about geese."), []);
    }

    #[test]
    fn copies_count_within_a_side() {
        let all = traits_of(&["same", "same", "same", "other"], &[0, 0, 1, 1]);
        let copies = all.into_iter().find(|(t, _)| *t == Trait::Duplicate).unwrap().1;
        assert_eq!(copies, [0, 1]);
    }
}
