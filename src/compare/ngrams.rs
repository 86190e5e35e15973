//! The open surface: everything that can be written down about the characters of a text without knowing what to look for.
//!
//! Every run of one to three characters is a feature, with case, with line breaks, and with the beginning and the end of
//! the text as characters of their own. Runs of plain letters and digits are left to the words. What a fine-tune does to
//! punctuation, capitals, spacing or markup shows here, whichever it is.

use std::collections::HashMap;

use rayon::prelude::*;

use super::design::Design;
use crate::model::SampleIx;
use crate::text::{head, tail};

/// Bytes of a text that are read from its beginning and, of longer ones, from its end.
const FROM_START: usize = 4_000;
const FROM_END: usize = 400;
/// The same where there are very many texts.
const MANY_TEXTS: usize = 20_000;
const FROM_START_OF_MANY: usize = 500;
/// Longest run of characters.
const LONGEST: usize = 3;
/// Texts that must hold a feature, and as many that must not.
const LEAST: usize = 6;
/// Texts that are read for the words that a run is part of, and the share of them that must hold a word.
const SPELLED_IN: usize = 400;
const SPELLED: f64 = 0.1;
/// The beginning and the end of a text, as characters that no text holds after cleaning.
const BEGIN: char = '\u{2}';
const END: char = '\u{3}';

/// A run of characters and the texts of the contrast that hold it, ascending.
pub(super) struct Gram {
    /// The characters; [`BEGIN`] and [`END`] at the borders of the text.
    pub run: String,
    /// The texts.
    pub texts: Vec<SampleIx>,
}

/// Runs of characters that some texts of a contrast hold and others do not. Of runs in the same texts the shortest is
/// kept.
pub(super) fn grams(design: &Design, texts: &[&str]) -> Vec<Gram> {
    let start = if texts.len() > MANY_TEXTS { FROM_START_OF_MANY } else { FROM_START };
    let held: Vec<Vec<u64>> = texts
        .par_iter()
        .enumerate()
        .map(|(i, t)| if design.takes_part(i as SampleIx) { packed(t, start) } else { Vec::new() })
        .collect();
    let mut count: HashMap<u64, u32, ahash::RandomState> =
        HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
    held.iter().flatten().for_each(|g| *count.entry(*g).or_default() += 1);
    let taking_part = design.sizes().iter().sum::<u32>() as usize;
    let within = |n: u32| n as usize >= LEAST && n as usize + LEAST <= taking_part;
    let mut kept: Vec<u64> = count.into_iter().filter(|&(_, n)| within(n)).map(|(g, _)| g).collect();
    // Shorter runs first, so that they are the ones kept.
    kept.sort_unstable_by_key(|&g| (unpack(g).len(), g));
    let number: HashMap<u64, usize, ahash::RandomState> = kept.iter().enumerate().map(|(i, g)| (*g, i)).collect();
    let mut texts_of: Vec<Vec<SampleIx>> = vec![Vec::new(); kept.len()];
    for (i, list) in held.iter().enumerate() {
        list.iter().filter_map(|g| number.get(g)).for_each(|&at| texts_of[at].push(i as SampleIx));
    }
    let mut seen: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut out: Vec<Gram> = Vec::new();
    for (g, texts) in kept.into_iter().zip(texts_of) {
        let key = crate::model::fingerprint(&texts);
        let twins = seen.entry(key).or_default();
        if twins.iter().any(|&t| out[t].texts == texts) {
            continue;
        }
        twins.push(out.len());
        out.push(Gram { run: unpack(g).into_iter().collect(), texts });
    }
    out
}

/// Distinct runs of one text, packed: 21 bits a character.
fn packed(text: &str, start: usize) -> Vec<u64> {
    let text = text.trim();
    let mut chars: Vec<char> = vec![BEGIN];
    let push = |part: &str, chars: &mut Vec<char>| {
        let plain = part.chars().map(|c| if c == '\r' { '\n' } else { c });
        chars.extend(plain.filter(|c| *c == '\n' || *c == '\t' || !c.is_control()));
    };
    push(head(text, start), &mut chars);
    let rest = text.len().saturating_sub(start);
    if rest > 0 {
        // What lies between is not read: nothing spans the gap.
        chars.push('\0');
        push(tail(text, FROM_END.min(rest)), &mut chars);
    }
    chars.push(END);
    let mut out = Vec::with_capacity(chars.len() * 2);
    for length in 1..=LONGEST {
        for run in chars.windows(length).filter(|r| tells_something(r)) {
            out.push(run.iter().fold(0u64, |p, &c| p << 21 | u64::from(c as u32)));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Whether a run holds anything but letters of running text.
fn tells_something(run: &[char]) -> bool {
    if run.contains(&'\0') || run == [BEGIN] || run == [END] {
        return false;
    }
    if run == [' ', ' '] || run == [' ', ' ', ' '] {
        return true;
    }
    let plain = |c: char| c.is_alphabetic() && !c.is_uppercase() || c == ' ' || c.is_ascii_digit() && run.len() > 1;
    let capital = run.iter().any(|c| c.is_uppercase());
    // Capitals tell something at a border or beside other capitals; inside of words they belong to the words.
    !run.iter().all(|&c| plain(c) || c.is_uppercase())
        || capital && (run.len() == 1 || run.iter().filter(|c| c.is_uppercase()).count() > 1)
        || run.len() == 1 && run[0].is_ascii_digit()
        || capital && run.len() == 2 && run[0] == ' '
}

fn unpack(mut g: u64) -> Vec<char> {
    let mut out = Vec::new();
    while g > 0 {
        out.push(char::from_u32((g & 0x1f_ffff) as u32).unwrap_or('\u{fffd}'));
        g >>= 21;
    }
    out.reverse();
    out
}

/// What texts with (or without) a run of characters do, in plain words.
pub(super) fn describe(run: &str, absent: bool) -> String {
    let inner: String = run.chars().filter(|c| ![BEGIN, END].contains(c)).collect();
    let (begins, ends) = (run.starts_with(BEGIN), run.ends_with(END));
    let verb = match (begins, ends, absent) {
        (true, true, false) => "consists of nothing but",
        (true, true, true) => "is more than",
        (true, false, false) => "begins with",
        (true, false, true) => "does not begin with",
        (false, true, false) => "ends with",
        (false, true, true) => "does not end with",
        (false, false, false) => "contains",
        (false, false, true) => "does not contain",
    };
    let after = inner.trim_start_matches('\n');
    if !begins && !ends && after.len() < inner.len() && !after.is_empty() {
        let gap = if inner.starts_with("\n\n") { "paragraph" } else { "line" };
        let has = if absent { "does not have" } else { "has" };
        return format!("{has} a {gap} that begins with {}", shown(after));
    }
    format!("{verb} {}", shown(&inner))
}

/// A run as a reader would describe it, white space around it in words.
fn shown(inner: &str) -> String {
    let core = inner.trim_matches([' ', '\n']);
    if let Some(name) = named(inner) {
        return name;
    }
    if core.is_empty() {
        return format!("“{}”", visible(inner));
    }
    let starts = core.chars().next().is_some_and(char::is_alphabetic);
    if starts && inner.strip_prefix(' ') == Some(core) {
        return format!("a word that begins with “{core}”");
    }
    let spaced = inner.starts_with(' ');
    let what = named(core).unwrap_or_else(|| format!("“{}”", visible(core)));
    match (spaced, &inner[inner.trim_end_matches([' ', '\n']).len()..]) {
        (false, "") => what,
        (true, "") => format!("{what} preceded by a space"),
        (false, " ") => format!("{what} followed by a space"),
        (true, " ") => format!("{what} between spaces"),
        (false, "\n") => format!("{what} at the end of a line"),
        (false, "\n\n") => format!("{what} at the end of a paragraph"),
        _ => format!("“{}”", visible(inner)),
    }
}

/// What common signs are called.
fn named(inner: &str) -> Option<String> {
    let name = match inner {
        "!" => "an exclamation mark",
        "?" => "a question mark",
        "." => "a full stop",
        "," => "a comma",
        ";" => "a semicolon",
        ":" => "a colon",
        "—" => "an em dash",
        "–" => "an en dash",
        "…" | "..." => "an ellipsis",
        "  " => "two spaces in a row",
        "   " => "three spaces in a row",
        "\n" => "a line break",
        "\n\n" => "a blank line",
        "\t" => "a tab",
        "'" => "a straight apostrophe",
        "’" => "a curly apostrophe",
        "\"" => "a straight quotation mark",
        "“" | "”" => "a curly quotation mark",
        "(" | ")" => "a parenthesis",
        "[" | "]" => "a square bracket",
        "{" | "}" => "a curly brace",
        "*" => "an asterisk",
        "**" => "bold type (“**”)",
        "#" => "a hash sign",
        "`" => "a backtick",
        "```" => "a fence of code (“```”)",
        "_" => "an underscore",
        "|" => "a vertical bar",
        "/" => "a slash",
        "%" => "a percent sign",
        "$" => "a dollar sign",
        "&" => "an ampersand",
        "<" | ">" => "an angle bracket",
        _ => {
            let mut chars = inner.chars();
            return match (chars.next(), chars.next()) {
                (Some(c), None) if c.is_ascii_digit() => Some(format!("the digit {c}")),
                (Some(c), None) if c.is_uppercase() => Some(format!("the capital letter {c}")),
                _ => None,
            };
        }
    };
    Some(name.to_owned())
}

/// Characters as they can be read: line breaks and tabs get signs of their own, and spaces where there is nothing else.
fn visible(inner: &str) -> String {
    let blank = inner.trim().is_empty();
    let sign = |c: char| match c {
        '\n' => '⏎',
        '\t' => '⇥',
        ' ' if blank => '␣',
        c => c,
    };
    inner.chars().map(sign).collect()
}

/// Words that a run of characters with letters is most often part of, the commonest first; none where these differ from text to
/// text. A run that borders on other letters says nothing by itself.
pub(super) fn in_words<'a>(run: &str, texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let run: Vec<char> = run.chars().filter(|c| ![BEGIN, END].contains(c)).collect();
    let open = |at: Option<&char>| at.is_some_and(|c| c.is_alphabetic());
    let (before, after) = (open(run.first()), open(run.last()));
    if !before && !after {
        return Vec::new();
    }
    let mut count: HashMap<String, usize> = HashMap::new();
    let mut read = 0;
    for text in texts.take(SPELLED_IN) {
        let chars: Vec<char> = head(text.trim(), FROM_START).chars().collect();
        let mut held: Vec<String> = Vec::new();
        for at in (0..chars.len()).filter(|&at| chars[at..].starts_with(&run)) {
            let letters = |c: &&char| c.is_alphanumeric();
            let left = if before { chars[..at].iter().rev().take_while(letters).count() } else { 0 };
            let end = at + run.len();
            let right = if after { chars[end..].iter().take_while(letters).count() } else { 0 };
            let whole = &chars[at - left..end + right];
            held.push(whole.iter().map(|c| if c.is_whitespace() { ' ' } else { *c }).collect::<String>());
        }
        held.sort_unstable();
        held.dedup();
        read += 1;
        held.into_iter().for_each(|w| *count.entry(w.trim().to_owned()).or_default() += 1);
    }
    let mut common: Vec<(usize, String)> = count.into_iter().map(|(w, n)| (n, w)).collect();
    let bare = run.iter().collect::<String>();
    common.retain(|(n, w)| *n >= 3 && *n as f64 >= SPELLED * read as f64 && w != bare.trim());
    common.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    common.truncate(2);
    common.into_iter().map(|(_, w)| w).collect()
}

/// The run as it is written in a text, if it has letters of its own there.
pub(super) fn written(run: &str) -> Option<String> {
    let inner: String = run.chars().filter(|c| ![BEGIN, END].contains(c)).collect();
    (!inner.trim().is_empty()).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Contrast, Corpus, Sample, Source, SourceId};

    #[test]
    fn runs_with_case_borders_and_signs_are_seen_and_plain_letters_are_not() {
        let runs: Vec<String> =
            packed("Hi there.  OK?\nyes", 100).into_iter().map(|g| unpack(g).into_iter().collect()).collect();
        let has = |r: &str| runs.iter().any(|x| x == r);
        for r in ["\u{2}H", "  ", "OK", "?", "?\n", "\ny", "s\u{3}", ".", "H", " O"] {
            assert!(has(r), "{r:?} of {runs:?}");
        }
        for r in ["the", "e", "yes", "er"] {
            assert!(!has(r), "{r:?}");
        }
    }

    #[test]
    fn of_runs_in_the_same_texts_the_shortest_is_kept() {
        let mut corpus = Corpus::default();
        for side in 0..2u16 {
            corpus.sources.push(Source { name: side.to_string(), file: String::new(), samples: 10 });
            corpus.samples.extend((0..10).map(|i| Sample {
                id: format!("{side}-{i}"),
                source: SourceId(side),
                prompt: None,
                text: if side == 1 { format!("a goose walks ; number {i}") } else { "a goose walks".to_owned() },
            }));
        }
        let design = Design::new(&corpus, &Contrast::pair(SourceId(0), SourceId(1)), &corpus.canonical_ranks());
        let texts: Vec<&str> = corpus.samples.iter().map(|s| s.text.as_str()).collect();
        let found = grams(&design, &texts);
        assert!(found.iter().any(|g| g.run == ";" && g.texts == (10..20).collect::<Vec<_>>()));
        assert!(!found.iter().any(|g| g.run == " ; " || g.run == "; n"), "they are in the same texts");
    }

    #[test]
    fn a_run_is_shown_in_the_words_that_it_is_part_of() {
        let texts =
            ["Well, including geese, too.", "Ducks, including teals", "Swans, including mutes", "Herons, if any"];
        assert_eq!(in_words(", i", texts.into_iter()), [", including"]);
        assert_eq!(in_words("s,", texts.into_iter()), Vec::<String>::new(), "each time another word");
        assert_eq!(in_words(", ", texts.into_iter()), Vec::<String>::new(), "no letters");
        let texts = ["To go", "To stay", "To be"];
        assert_eq!(in_words("\u{2}To", texts.into_iter()), Vec::<String>::new(), "it is the word");
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(describe("!", false), "contains an exclamation mark");
        assert_eq!(describe("?\u{3}", false), "ends with a question mark");
        assert_eq!(describe(".\u{3}", true), "does not end with a full stop");
        assert_eq!(describe("\n- ", false), "has a line that begins with “-” followed by a space");
        assert_eq!(describe(" S", false), "contains a word that begins with “S”");
        assert_eq!(describe(" —", true), "does not contain an em dash preceded by a space");
        assert_eq!(describe(" - ", false), "contains “-” between spaces");
        assert_eq!(describe(".\n\n", false), "contains a full stop at the end of a paragraph");
        assert_eq!(describe("\u{2}* ", false), "begins with an asterisk followed by a space");
        assert_eq!(describe(". T", false), "contains “. T”");
        assert_eq!(describe(" \n ", false), "contains “␣⏎␣”");
        assert_eq!(describe("\u{2}#", false), "begins with a hash sign");
        assert_eq!(describe("  ", false), "contains two spaces in a row");
    }
}
