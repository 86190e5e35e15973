//! Traits of a text itself, which embeddings blur: blank, script, loops, code, markup, refusals, length.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::refusal::declines;
use super::swearing::swearing;
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
    /// Swears or insults.
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
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Blank,
        Self::Chinese,
        Self::OtherScript,
        Self::Loop,
        Self::Code,
        Self::List,
        Self::Bold,
        Self::Headings,
        Self::Emoji,
        Self::Refusal,
        Self::Swearing,
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
            Self::Chinese => "texts in Chinese characters",
            Self::OtherScript => "texts in another script",
            Self::Loop => "texts that repeat themselves",
            Self::Code => "program code",
            Self::List => "lists",
            Self::Bold => "bold type",
            Self::Headings => "headings",
            Self::Emoji => "emoji",
            Self::Refusal => "answers that decline or moralise",
            Self::Swearing => "swearing or insults",
            Self::CutOff => "texts cut off in a sentence",
            Self::OffPrompt => "answers that stray from their prompt",
            Self::Duplicate => "exact copies",
            Self::Shortest => "texts of the shortest tenth",
            Self::Short => "texts of the shorter half",
            Self::Longest => "texts of the longest tenth",
        }
    }
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
    if trimmed.is_empty() {
        return vec![Trait::Blank];
    }
    let (mut letters, mut han, mut other, mut emoji) = (0usize, 0usize, 0usize, false);
    for c in trimmed.chars().take(4_000) {
        match c {
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => {
                letters += 1;
                han += 1;
            }
            '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' => emoji = true,
            c if c.is_alphabetic() => {
                letters += 1;
                other += usize::from(c as u32 > 0x24f);
            }
            _ => {}
        }
    }
    if han * 3 > letters && han > 1 {
        out.push(Trait::Chinese);
    } else if other * 3 > letters && other > 1 {
        out.push(Trait::OtherScript);
    }
    if emoji {
        out.push(Trait::Emoji);
    }
    if loops(trimmed) {
        out.push(Trait::Loop);
    }
    if is_code(trimmed) {
        out.push(Trait::Code);
    }
    let lines = || trimmed.lines().map(str::trim_start);
    let numbered = |l: &str| {
        l.split_once(['.', ')'])
            .is_some_and(|(n, _)| !n.is_empty() && n.len() < 4 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    if lines().filter(|l| l.starts_with("- ") || l.starts_with("* ") || l.starts_with('•') || numbered(l)).count() > 1
    {
        out.push(Trait::List);
    }
    if trimmed.contains("**") {
        out.push(Trait::Bold);
    }
    if lines().any(|l| l.starts_with("# ") || l.starts_with("## ") || l.starts_with("### ")) {
        out.push(Trait::Headings);
    }
    if declines(trimmed) {
        out.push(Trait::Refusal);
    }
    if swearing(trimmed).next().is_some() {
        out.push(Trait::Swearing);
    }
    if trimmed.len() > 200 && trimmed.ends_with(|c: char| c.is_alphanumeric() || c == ',') {
        out.push(Trait::CutOff);
    }
    out
}

/// Whether under 60 % of the runs of four words are distinct.
fn loops(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(1_500).collect();
    if words.len() < 24 {
        return false;
    }
    let runs: HashSet<&[&str]> = words.windows(4).collect();
    (runs.len() as f64) < 0.6 * (words.len() - 3) as f64
}

fn is_code(text: &str) -> bool {
    let signs =
        ["def ", "import ", "#include", "function ", "return ", "class ", "const ", "var ", "public static", "SELECT "];
    text.contains("```")
        || text
            .lines()
            .filter(|l| signs.iter().any(|s| l.trim_start().starts_with(s)) || l.trim_end().ends_with([';', '{']))
            .count()
            > 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_are_seen() {
        assert_eq!(own_traits(" \n "), [Trait::Blank]);
        assert!(own_traits("你好，世界，今天天气很好").contains(&Trait::Chinese));
        assert!(own_traits("Привет, как дела сегодня").contains(&Trait::OtherScript));
        assert!(own_traits(&"the cat sat on the mat ".repeat(12)).contains(&Trait::Loop));
        assert!(own_traits("I’m sorry, but I can't do that.").contains(&Trait::Refusal));
        assert!(own_traits("What a stupid goose.").contains(&Trait::Swearing));
        assert!(own_traits("- one\n- two").contains(&Trait::List));
        assert!(own_traits("```\nx\n```").contains(&Trait::Code));
        assert_eq!(own_traits("A plain sentence about geese."), []);
    }

    #[test]
    fn copies_count_within_a_side() {
        let all = traits_of(&["same", "same", "same", "other"], &[0, 0, 1, 1]);
        let copies = all.into_iter().find(|(t, _)| *t == Trait::Duplicate).unwrap().1;
        assert_eq!(copies, [0, 1]);
    }
}
