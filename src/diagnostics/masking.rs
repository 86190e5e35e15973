//! What is left of clusters and differences without their wording: texts with the phrases and marks taken out, or vectors
//! with the directions of the wording taken out.

use unicode_segmentation::UnicodeSegmentation;

use crate::compare::{Channel, Finding, Trait};
use crate::linalg::Vectors;
use crate::model::SampleIx;

/// Words of a sentence that goes as a whole when it holds the phrase; of a longer one only the phrase goes.
const SENTENCE: usize = 16;
/// Words within which the clause of an opening must end to go with it.
const CLAUSE: usize = 12;
/// A direction shorter than this, after those before it are taken out, is nothing new.
const NOTHING: f32 = 1e-3;

/// One piece of wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mask {
    /// Words at the very beginning, with the clause they open.
    Opening(String),
    /// Words anywhere, with a short sentence around them.
    Phrase(String),
    /// Bullets and numbers before lines.
    Lists,
    /// Bold type.
    Bold,
    /// Headings.
    Headings,
}

impl Mask {
    /// The wording that a finding consists of; `None` for findings about anything else.
    pub fn of(finding: &Finding) -> Option<Self> {
        match &finding.channel {
            Channel::Words { term, wording: true } => match term.as_str() {
                "**bold**" => Some(Self::Bold),
                "- bullets" | "1. numbered list" => Some(Self::Lists),
                "# headings" => Some(Self::Headings),
                "```code```" | "| table" | "!" | "?" => None,
                words => Some(match words.strip_suffix(" …") {
                    Some(opening) => Self::Opening(opening.into()),
                    None => Self::Phrase(words.into()),
                }),
            },
            Channel::Trait(Trait::List) => Some(Self::Lists),
            Channel::Trait(Trait::Bold) => Some(Self::Bold),
            Channel::Trait(Trait::Headings) => Some(Self::Headings),
            _ => None,
        }
    }

    /// A few words.
    pub fn describe(&self) -> String {
        match self {
            Self::Opening(words) => format!("opens with “{words}”"),
            Self::Phrase(words) => format!("says “{words}”"),
            Self::Lists => "bullets and numbers".into(),
            Self::Bold => "bold type".into(),
            Self::Headings => "headings".into(),
        }
    }

    /// The text without it.
    pub fn take_from(&self, text: &str) -> String {
        match self {
            Self::Opening(words) => without_opening(text, words),
            Self::Phrase(words) => text.split_sentence_bounds().map(|s| without_phrase(s, words)).collect(),
            Self::Lists => by_line(text, |line| {
                let marked = line.strip_prefix("- ").or(line.strip_prefix("* ")).or(line.strip_prefix("• "));
                let number = line.split_once(['.', ')']).filter(|(n, rest)| {
                    !n.is_empty() && n.len() < 4 && n.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' ')
                });
                marked.or(number.map(|(_, rest)| rest.trim_start())).unwrap_or(line)
            }),
            Self::Bold => text.replace("**", ""),
            Self::Headings => by_line(text, |line| match line.trim_start_matches('#') {
                rest if rest.len() < line.len() && rest.starts_with(' ') => rest.trim_start(),
                _ => line,
            }),
        }
    }
}

/// A text without several pieces of wording; as it was when nothing would be left.
pub fn mask(text: &str, masks: &[Mask]) -> String {
    let left = masks.iter().fold(text.to_owned(), |t, m| m.take_from(&t));
    if left.trim().is_empty() { text.to_owned() } else { left.trim_start().to_owned() }
}

fn by_line(text: &str, f: impl Fn(&str) -> &str) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            let body = line.trim_start();
            format!("{}{}", &line[..line.len() - body.len()], f(body))
        })
        .collect()
}

/// Words with where they stand, lowercase, as the lexicon reads them.
fn words(text: &str) -> Vec<(usize, usize, String)> {
    text.unicode_word_indices().map(|(at, w)| (at, at + w.len(), w.to_lowercase().replace('’', "'"))).collect()
}

/// Where the phrase stands in the words, by the first and one past the last.
fn find(all: &[(usize, usize, String)], phrase: &str) -> Option<(usize, usize)> {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    let at = all.windows(wanted.len()).position(|w| w.iter().zip(&wanted).all(|(have, want)| have.2 == *want))?;
    Some((at, at + wanted.len()))
}

fn without_opening(text: &str, phrase: &str) -> String {
    let all = words(text);
    let Some((0, end)) = find(&all, phrase) else { return text.to_owned() };
    let from = all[end - 1].1;
    let limit = all.get(CLAUSE).map_or(text.len(), |w| w.0);
    let clause = text[from..limit].find(['!', ':', '.', '—', '\n']).map(|at| from + at);
    let cut = clause.unwrap_or(from);
    text[cut..].trim_start_matches(|c: char| c.is_whitespace() || "!:.,;—–-".contains(c)).to_owned()
}

fn without_phrase(sentence: &str, phrase: &str) -> String {
    let all = words(sentence);
    match find(&all, phrase) {
        None => sentence.to_owned(),
        Some(_) if all.len() <= SENTENCE => String::new(),
        Some((from, to)) => format!("{}{}", &sentence[..all[from].0], &sentence[all[to - 1].1..]),
    }
}

/// Unit rows (`n × d`) without the directions in which each group (texts that hold one piece of wording) lies from the
/// rest; rows that vanish stay zero.
pub fn project_out(vectors: &Vectors, groups: &[Vec<SampleIx>]) -> Vectors {
    let d = vectors.dims();
    let mut basis: Vec<Vec<f32>> = Vec::new();
    for group in groups {
        let held: std::collections::HashSet<SampleIx> = group.iter().copied().collect();
        let rest: Vec<SampleIx> = (0..vectors.len() as u32).filter(|s| !held.contains(s)).collect();
        let (with, without) = (mean(vectors, group), mean(vectors, &rest));
        let mut direction: Vec<f32> = with.iter().zip(&without).map(|(a, b)| a - b).collect();
        for b in &basis {
            subtract(&mut direction, b);
        }
        let norm = direction.iter().map(|v| v * v).sum::<f32>().sqrt();
        if norm > NOTHING && !group.is_empty() && !rest.is_empty() {
            direction.iter_mut().for_each(|v| *v /= norm);
            basis.push(direction);
        }
    }
    let mut data = vectors.as_slice().to_vec();
    for row in data.chunks_exact_mut(d) {
        basis.iter().for_each(|b| subtract(row, b));
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        row.iter_mut().for_each(|v| *v = if norm > NOTHING { *v / norm } else { 0.0 });
    }
    Vectors::new(d, data)
}

fn mean(vectors: &Vectors, rows: &[SampleIx]) -> Vec<f32> {
    let mut out = vec![0f32; vectors.dims()];
    for &s in rows {
        out.iter_mut().zip(vectors.row(s as usize)).for_each(|(o, v)| *o += v / rows.len() as f32);
    }
    out
}

fn subtract(row: &mut [f32], unit: &[f32]) {
    let along: f32 = row.iter().zip(unit).map(|(a, b)| a * b).sum();
    row.iter_mut().zip(unit).for_each(|(r, u)| *r -= along * u);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wording_is_taken_out_and_nothing_else() {
        let opening = |t: &str, w: &str| Mask::Opening(w.into()).take_from(t);
        assert_eq!(opening("Certainly! The goose is large.", "certainly"), "The goose is large.");
        assert_eq!(opening("Sure, here is the answer to your question: It rains.", "sure here is"), "It rains.");
        assert_eq!(opening("The goose is certainly large.", "certainly"), "The goose is certainly large.");
        assert_eq!(
            opening("Great geese live in great numbers beside the wide and quiet river near our town hall.", "great"),
            "geese live in great numbers beside the wide and quiet river near our town hall."
        );
        let phrase = Mask::Phrase("hope this".into());
        assert_eq!(phrase.take_from("Two eggs. I hope this helps!"), "Two eggs. ");
        assert_eq!(Mask::Lists.take_from("- one\n  2. two\nthree"), "one\n  two\nthree");
        assert_eq!(Mask::Bold.take_from("**Bold** words"), "Bold words");
        assert_eq!(Mask::Headings.take_from("## A head\n#1 rule"), "A head\n#1 rule");
        assert_eq!(mask("Certainly!", &[Mask::Opening("certainly".into())]), "Certainly!", "nothing would be left");
    }

    #[test]
    fn a_projected_direction_is_gone() {
        let v = Vectors::new(3, vec![0.8, 0.6, 0.0, 0.8, 0.0, 0.6, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        let p = project_out(&v, &[vec![0, 1]]);
        // The mean of those with the wording less that of the others.
        let direction = [0.8, -0.2, -0.2];
        for i in 0..4 {
            let along: f32 = p.row(i).iter().zip(direction).map(|(a, b)| a * b).sum();
            assert!(along.abs() < 1e-5, "{along}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives(text in "\\PC{0,60}", phrase in "[a-z]{1,4}( [a-z]{1,4}){0,2}") {
            for m in [Mask::Opening(phrase.clone()), Mask::Phrase(phrase.clone()), Mask::Lists, Mask::Bold, Mask::Headings] {
                let left = m.take_from(&text);
                prop_assert!(left.len() <= text.len());
            }
        }
    }
}
