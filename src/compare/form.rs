//! Blank texts, scripts, emoji, loops and texts that are cut off.

use std::collections::HashMap;

use super::markup::is_item;

/// Letters of a text whose script is looked at.
const LETTERS: usize = 4_000;
/// Words in which loops are looked for.
const WORDS: usize = 1_500;
/// The longest passage, in words, whose repetition is looked for.
const LONGEST_PERIOD: usize = 120;
/// Fewer words than this repeat nothing.
const LEAST_REPEATED: usize = 16;

/// Words that no sentence ends with.
const UNFINISHED: [&str; 54] = [
    "a", "about", "also", "an", "and", "are", "as", "at", "be", "but", "by", "can", "for", "from", "has", "have",
    "her", "his", "if", "in", "into", "is", "it", "its", "more", "my", "not", "of", "on", "or", "our", "some", "than",
    "that", "the", "their", "these", "this", "those", "to", "very", "when", "which", "who", "will", "with", "would",
    "your", "every", "no", "so", "such", "was", "were",
];

/// Whether nothing can be seen: white space, and signs without a width.
pub(super) fn is_blank(text: &str) -> bool {
    let unseen = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    text.chars().all(|c| c.is_whitespace() || unseen(c))
}

/// The script most of a text is in, where it is not Latin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// Chinese characters.
    Chinese,
    /// Any other.
    Other,
}

/// The script of at least a third (Chinese) or a quarter (others) of the letters.
pub(super) fn script(text: &str) -> Option<Script> {
    let (mut letters, mut han, mut other) = (0usize, 0usize, 0usize);
    for c in text.chars().take(LETTERS).filter(|c| c.is_alphabetic()) {
        letters += 1;
        match c {
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => han += 1,
            // Up to here letters are Latin, phonetic ones included.
            c if c > '\u{2ff}' => other += 1,
            _ => {}
        }
    }
    if han * 3 > letters {
        Some(Script::Chinese)
    } else if other * 4 > letters && other > 1 {
        Some(Script::Other)
    } else {
        None
    }
}

/// Whether a text holds emoji: signs that are drawn as pictures by themselves, or that are asked to be (U+FE0F).
pub(super) fn has_emoji(text: &str) -> bool {
    let mut before = ' ';
    text.chars().any(|c| {
        let asked = c == '\u{fe0f}' && matches!(before, '\u{2190}'..='\u{2bff}');
        before = c;
        asked || is_picture(c)
    })
}

/// Whether a sign is drawn as a picture (Emoji_Presentation of Unicode, and the red heart).
fn is_picture(c: char) -> bool {
    matches!(
        c as u32,
        0x1f000..=0x1faff | 0x231a..=0x231b | 0x23e9..=0x23ec | 0x23f0 | 0x23f3 | 0x25fd..=0x25fe | 0x2614..=0x2615
        | 0x2648..=0x2653 | 0x267f | 0x2693 | 0x26a1 | 0x26aa..=0x26ab | 0x26bd..=0x26be | 0x26c4..=0x26c5 | 0x26ce
        | 0x26d4 | 0x26ea | 0x26f2..=0x26f3 | 0x26f5 | 0x26fa | 0x26fd | 0x2705 | 0x270a..=0x270b | 0x2728 | 0x274c
        | 0x274e | 0x2753..=0x2755 | 0x2757 | 0x2764 | 0x2795..=0x2797 | 0x27b0 | 0x27bf | 0x2b1b..=0x2b1c | 0x2b50
        | 0x2b55
    )
}

/// Whether a text goes round in a circle: a passage comes again at once, word for word, and what repeats is a fifth of the
/// text; or few of its runs of four words are new, or one such run makes up a third of it. Numbers are left out, so that a list of one item under a hundred numbers
/// is a loop.
pub(super) fn loops(text: &str) -> bool {
    let words = numbered_words(text);
    if words.len() < LEAST_REPEATED {
        return false;
    }
    let mut runs: HashMap<&[u32], usize> = HashMap::new();
    for run in words.windows(4) {
        *runs.entry(run).or_default() += 1;
    }
    let new = runs.len() as f64 / (words.len() - 3) as f64;
    let most = runs.values().max().copied().unwrap_or(0);
    if words.len() >= 24 && (new < 0.35 || most > 1 && most * 12 >= words.len()) {
        return true;
    }
    if new > 0.75 {
        return false;
    }
    let longest = longest_repetition(&words);
    longest >= LEAST_REPEATED && longest * 5 >= words.len()
}

/// The words of a text as numbers, equal ones alike. Digits and lines of tables are no words.
fn numbered_words(text: &str) -> Vec<u32> {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut out = Vec::new();
    for piece in text.split_whitespace().take(WORDS) {
        let mut word: String = piece.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
        if word.is_empty() {
            let drawn = piece.chars().all(|c| "|-+=_*:.#".contains(c));
            if drawn || piece.chars().any(char::is_numeric) {
                continue;
            }
            piece.clone_into(&mut word);
        }
        let next = known.len() as u32;
        out.push(*known.entry(word).or_insert(next));
    }
    out
}

/// Words of the longest stretch in which a passage comes twice or more in a row.
fn longest_repetition(words: &[u32]) -> usize {
    let mut longest = 0;
    for period in 1..=LONGEST_PERIOD.min(words.len() / 2) {
        let mut run = 0;
        for (word, again) in words.iter().zip(&words[period..]) {
            run = if word == again { run + 1 } else { 0 };
            if run >= period {
                longest = longest.max(run + period);
            }
        }
    }
    longest
}

/// Whether a text stops in the middle of a sentence, of a list's number or before what it announces.
pub(super) fn is_cut_off(text: &str) -> bool {
    let text = text.trim();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let Some((&last, earlier)) = lines.split_last() else { return false };
    if text.len() < 20 {
        return false;
    }
    if last.ends_with(':') || last.ends_with(":**") {
        return true;
    }
    if text.len() < 60 {
        return false;
    }
    // Stars inside a call (`f(**args)`) open nothing.
    let opens_bold = last.matches("**").count() % 2 == 1
        && last.rsplit_once("**").is_some_and(|(before, after)| !before.ends_with('(') && !after.is_empty());
    if opens_bold || last.ends_with(',') {
        return true;
    }
    if last.len() < 3 && last.bytes().all(|b| b.is_ascii_digit()) {
        return earlier.len() > 1 && earlier.last().is_some_and(|l| is_closed(l));
    }
    last.ends_with(char::is_alphabetic) && stops_in_a_sentence(last, earlier)
}

/// Whether a line that ends in a letter is an unfinished sentence, and not one that needs no full stop.
fn stops_in_a_sentence(last: &str, earlier: &[&str]) -> bool {
    let words: Vec<&str> = last.split_whitespace().collect();
    let Some(end) = words.last() else { return false };
    if words.len() > 2 && UNFINISHED.contains(&end.to_lowercase().as_str()) {
        return true;
    }
    let spoken_by = ['"', '”']
        .iter()
        .any(|&quote| last.rsplit_once(quote).is_some_and(|(_, by)| by.trim_start().starts_with(['-', '–', '—', '~'])));
    let enumerates = last.matches(',').count() > 3 && !last.contains('.');
    if words.len() < 4 || end.starts_with('#') || end.contains('/') || spoken_by || enumerates {
        return false;
    }
    // Where other lines of its kind end without a full stop too, that is the style.
    let alike: Vec<bool> = earlier
        .iter()
        .filter(|l| is_item(l) == is_item(last) && l.split_whitespace().count() > 3)
        .map(|l| is_closed(l))
        .collect();
    if alike.is_empty() {
        return words.len() >= 12 || [". ", "! ", "? "].iter().any(|end| last.contains(end));
    }
    alike.iter().filter(|closed| **closed).count() * 2 > alike.len()
}

fn is_closed(line: &str) -> bool {
    !line.trim_end_matches(['*', '_']).ends_with(|c: char| c.is_alphanumeric() || c == ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_blank() {
        assert!(is_blank(" \n ") && is_blank("\u{200b}") && is_blank("") && !is_blank("."));
    }

    #[test]
    fn scripts_are_told_apart() {
        assert_eq!(script("你好，世界，今天天气很好"), Some(Script::Chinese));
        assert_eq!(script("好"), Some(Script::Chinese));
        assert_eq!(script("Привет, как дела сегодня"), Some(Script::Other));
        assert_eq!(script("/ˈɡuːs/ ɪə"), None, "phonetic signs are Latin");
        assert_eq!(script("The word 好 means good."), None);
    }

    #[test]
    fn emoji_are_pictures() {
        assert!(has_emoji("geese 🪿") && has_emoji("✅ done") && has_emoji("⬇\u{fe0f}") && has_emoji("🇫🇷"));
        assert!(!has_emoji("✓ a → b ★ ☐ :-) “”"));
    }

    #[test]
    fn loops_go_round() {
        assert!(loops(&"the cat sat on the mat ".repeat(12)));
        let numbered: String = (1..50).map(|i| format!("{i}. I had a dream\n")).collect();
        assert!(loops(&numbered));
        assert!(!loops(
            "Geese fly south in autumn. They return in spring, when the ice is gone and the grass is green again."
        ));
        assert!(!loops(&"| | | |\n".repeat(20)), "an empty table");
    }

    #[test]
    fn unfinished_sentences_are_cut_off() {
        let start = "Geese fly south in autumn, and they come back in spring when the lakes are free of ice.";
        for end in [
            " They nest by the",
            " The reasons are:",
            " They eat grass,",
            "\n\n1. They nest in reeds and they guard the nest.\n\n2",
            "\n\n**Foo",
            " After that they build nests close to water and raise",
        ] {
            assert!(is_cut_off(&format!("{start}{end}")), "{end}");
        }
        for whole in [
            start.to_owned(),
            format!("{start}\nA: 5"),
            format!("{start} #geese #GooseLife"),
            format!(
                "{start}\n- grass and clover by the lake\n- roots and seeds of plants\n- grain from the open fields"
            ),
            "\"A goose flies by a chart that the Royal Society could not improve.\" - Oliver Wendell Holmes".to_owned(),
            "Ottawa".to_owned(),
        ] {
            assert!(!is_cut_off(&whole), "{whole}");
        }
    }
}
