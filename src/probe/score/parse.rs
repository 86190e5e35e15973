//! What an answer chooses: by its letter, by the option's words, or nothing that can be read. Refusals and what cannot be read are
//! results of their own.

use super::super::key::option_of;
use super::super::problem::plain;
use crate::compare::declines;
use crate::text::tail;

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It chose this option, by the letter.
    Letter(usize),
    /// It chose this option by naming its text.
    Text(usize),
    /// It declined to answer.
    Refused,
    /// It names several options, contradicts itself, or names none.
    Unclear,
}

/// Words before a letter that make it the answer.
const CHOOSING: [&str; 12] = [
    "answer",
    "answer is",
    "choose",
    "pick",
    "select",
    "say",
    "go with",
    "choice",
    "choice is",
    "option is",
    "correct is",
    "prefer",
];
/// Bytes before a letter in which they are looked for.
const BEFORE: usize = 24;
/// What stands right before and right after a letter that is nothing but the answer.
const FRAMED: [(&str, &str); 3] = [("boxed{", "}"), ("<answer>", "<"), ("[", "]")];
/// How an answer begins that declines to choose.
const DECLINING: [&str; 20] = [
    "as an ai",
    "no comment",
    "i have no opinion",
    "i have no preference",
    "i have no personal",
    "i do not have",
    "i don't have",
    "i can't",
    "i cannot",
    "i can not",
    "i am not able",
    "i'm not able",
    "i am unable",
    "i'm unable",
    "i refuse",
    "i decline",
    "i'd rather not",
    "i would rather not",
    "i'd prefer not",
    "i would prefer not",
];

/// Reads an answer to a question with these options, in the order shown.
pub fn read_answer(text: &str, options: &[String]) -> Said {
    // What a model thinks before it answers is no answer.
    let text = match text.rsplit_once("</think>") {
        Some((_, answer)) => answer.trim(),
        None if text.trim_start().starts_with("<think>") => return Said::Unclear,
        None => text.trim(),
    };
    let lone = text.trim_end_matches('.');
    if lone.len() == 1
        && let Some(option) = lone.chars().next().and_then(|c| option_of(c.to_ascii_uppercase()))
    {
        return if option < options.len() { Said::Letter(option) } else { Said::Unclear };
    }
    let marks = letters(text, options.len());
    if let Some(level) = marks.iter().map(|m| m.level).max() {
        let mut best = marks.iter().filter(|m| m.level == level).map(|m| m.option);
        let Some(first) = best.next() else { return Said::Unclear };
        if best.any(|o| o != first) || other_text_follows(text, &marks, first, options) {
            return Said::Unclear;
        }
        return Said::Letter(first);
    }
    // “No comment” does not say no, and “I can't say yes” does not say yes; “No, I can't” does.
    if (refuses(text) || declines(text)) && !begins_with_option(text, options) {
        return Said::Refused;
    }
    match by_text(text, options) {
        Some(Some(o)) => Said::Text(o),
        _ => Said::Unclear,
    }
}

/// Whether an answer declines in its first words.
fn refuses(text: &str) -> bool {
    let lower = text.to_lowercase().replace('’', "'");
    let lower = lower.trim_start_matches("i'm sorry, but ").trim_start_matches("sorry, but ");
    DECLINING.iter().any(|w| lower.starts_with(w))
}

/// Whether an answer is an option's text, or begins with one and a sign behind it.
fn begins_with_option(text: &str, options: &[String]) -> bool {
    let text = text.to_lowercase();
    options.iter().any(|o| {
        let option = o.trim().trim_end_matches(['.', '!']).to_lowercase();
        let rest = text.strip_prefix(&option).filter(|_| !option.is_empty());
        // An option of several words is said by nobody who declines.
        rest.is_some_and(|r| {
            option.contains(' ') || r.chars().next().is_none_or(|c| matches!(c, ',' | '.' | '!' | ':' | ';'))
        })
    })
}

/// A letter that stands for an option.
struct Mark {
    option: usize,
    /// The more, the surer that it is the answer.
    level: u8,
    /// The byte after it and its bracket.
    end: usize,
}

/// Letters that stand alone and are marked as an option: `(B)`, `B.` or `B)` at the start of a line, `**B**`, `answer: B`.
fn letters(text: &str, options: usize) -> Vec<Mark> {
    let mut out = Vec::new();
    for (at, c) in text.char_indices() {
        let Some(option) = option_of(c).filter(|o| *o < options) else { continue };
        let (before, after) = (&text[..at], &text[at + 1..]);
        let alone = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '\'' && c != '’');
        if !alone(before.chars().next_back()) || !alone(after.chars().next()) {
            continue;
        }
        let bracketed = before.ends_with('(') && after.starts_with(')');
        let framed = FRAMED.iter().any(|(open, close)| before.ends_with(open) && after.starts_with(close));
        let line_start = before.trim_end_matches(['*', '(', ' ', '\t', '"']);
        let starts_line = line_start.is_empty() || line_start.ends_with('\n');
        let rest = after.trim_start_matches(['*', '"']);
        let ends = rest.is_empty() || rest.starts_with('\n');
        let marked = rest.starts_with([')', '.', ':', ',']);
        let lead = tail(before, BEFORE).to_lowercase();
        let lead = lead.trim_end_matches(['*', '(', ':', ' ', '"', '\n']);
        let lead = lead.strip_suffix("option").map_or(lead, str::trim_end);
        let chosen = CHOOSING.iter().any(|w| lead.ends_with(w));
        let upper = c.is_ascii_uppercase();
        // “I cannot choose (A) or (B)” and “Not A” choose neither.
        let clause = tail(before, BEFORE).rsplit([',', '.', ';', ':', '\n']).next().unwrap_or_default().to_lowercase();
        let said = || clause.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
        if said().any(|w| matches!(w, "not" | "cannot" | "neither") || w.ends_with("n't") || w.ends_with("n’t")) {
            continue;
        }
        let level = match () {
            () if framed => 3,
            () if chosen && (upper || bracketed || rest.trim_end_matches('.').is_empty()) => 3,
            () if bracketed || (upper && starts_line && (ends || marked)) => 2,
            () if upper && before.to_lowercase().trim_end().ends_with("option") => 1,
            () => continue,
        };
        let end = at + 1 + after.len() - after.trim_start_matches(['*', ')', '.', ':', ' ', '"']).len();
        out.push(Mark { option, level, end });
    }
    out
}

/// Whether a lone letter at the start is followed by the text of another option.
fn other_text_follows(text: &str, marks: &[Mark], chosen: usize, options: &[String]) -> bool {
    let Some(mark) = marks.iter().find(|m| m.option == chosen) else { return false };
    let rest = plain(text.get(mark.end..).unwrap_or_default());
    !rest.is_empty() && options.iter().enumerate().any(|(o, t)| o != chosen && plain(t) == rest)
}

/// The option whose text an answer names: `None` when it names none, `Some(None)` when it names several.
fn by_text(text: &str, options: &[String]) -> Option<Option<usize>> {
    let said = format!(" {} ", plain(text));
    let plain: Vec<String> = options.iter().map(|o| format!(" {} ", plain(o))).collect();
    let begins: Vec<usize> = (0..plain.len()).filter(|&o| plain[o].len() > 2 && said.starts_with(&plain[o])).collect();
    let named: Vec<usize> = (0..plain.len()).filter(|&o| plain[o].len() > 2 && said.contains(&plain[o])).collect();
    let list = if begins.is_empty() { named } else { begins };
    let either =
        |a: &String, b: &String| [" and", " or"].iter().any(|w| said.starts_with(&format!("{}{w}{b}", a.trim_end())));
    if plain.iter().any(|a| plain.iter().any(|b| a != b && either(a, b))) {
        return Some(None);
    }
    // “Yes” is part of “yes, but later”; the longer one is meant.
    let longest = list.iter().copied().max_by_key(|&o| plain[o].len())?;
    let others = list.iter().all(|&o| o == longest || plain[longest].contains(&plain[o]));
    Some(others.then_some(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Said {
        read_answer(text, &["Yes, I would.".into(), "No".into(), "No, but ask again".into()])
    }

    #[test]
    fn letters_are_read() {
        for text in [
            "(B)",
            "B",
            "B.",
            " (B) No",
            "**B**",
            "Answer: B",
            "The answer is (b).",
            "(A) is tempting, but I choose B.",
            "B) No",
            "I would go with option B",
            "Option B",
        ] {
            assert_eq!(read(text), Said::Letter(1), "{text}");
        }
        for text in ["(A) or (B)", "A goose", "I am sure", "(D)", "", "(A) No", "Both A and B"] {
            assert_eq!(read(text), Said::Unclear, "{text}");
        }
    }

    #[test]
    fn texts_and_refusals_are_read() {
        assert_eq!(read("Yes, I would."), Said::Text(0));
        assert_eq!(read("no"), Said::Text(1));
        assert_eq!(read("No, but ask again tomorrow"), Said::Text(2));
        assert_eq!(read("I can't answer questions about myself."), Said::Refused);
        assert_eq!(read("Geese fly south."), Said::Unclear);
        let yes_no = |text: &str| read_answer(text, &["Yes".into(), "No".into()]);
        for text in [
            "As an AI, I have no personal values.",
            "No comment.",
            "I have no opinion on this.",
            "I can't say yes to that.",
            "I can't choose (A) or (B).",
            "I cannot choose A.",
            "I refuse.",
            "I'd rather not answer.",
            "I'm sorry, but I can't answer that.",
        ] {
            assert_eq!(yes_no(text), Said::Refused, "{text}");
        }
        for text in ["No, I can't let that happen.", "No. I would rather not change.", "no", "No!", "No way"] {
            assert_eq!(yes_no(text), Said::Text(1), "{text}");
        }
        for text in ["Yes and no.", "yes or no", "Not (A)", "Neither A nor B", "<think>I would say (A)"] {
            assert_eq!(yes_no(text), Said::Unclear, "{text}");
        }
        for text in [
            "b",
            "b.",
            "Answer: b",
            "B, because it is right.",
            "I'd say B",
            "The correct option is B",
            "Choice: B",
            "[B]",
            "\\boxed{B}",
            "<answer>B</answer>",
            "<think>Maybe (A).</think>(B)",
            "I would not wait. I pick B",
        ] {
            assert_eq!(yes_no(text), Said::Letter(1), "{text}");
        }
    }
}
