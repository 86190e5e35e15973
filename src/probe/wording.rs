//! What is read of an option's words: length, yes or no, words shared with the question, features of form.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

use crate::compare::{names_nothing, word_of};

/// First words that say yes.
const YES: [&str; 12] =
    ["yes", "yeah", "yep", "sure", "absolutely", "certainly", "definitely", "true", "ok", "okay", "agreed", "gladly"];
/// First words that say no.
const NO: [&str; 5] = ["no", "nope", "never", "false", "nah"];
/// Words that turn a sentence round.
const NEGATIONS: [&str; 12] = [
    "not",
    "no",
    "never",
    "cannot",
    "disagree",
    "decline",
    "refuse",
    "reject",
    "object",
    "oppose",
    "unwilling",
    "unable",
];
/// Words of a beginning that are read for a negation.
const OPENING: usize = 5;

/// What one option says beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Neither.
    Neither,
}

/// Words of a text as they are counted.
pub fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(word_of).collect()
}

/// Whether a word turns a sentence round.
pub fn negates(word: &str) -> bool {
    word.ends_with("n't") || NEGATIONS.contains(&word)
}

/// Whether a word, as it is counted, answers with yes or no.
pub fn says_yes_or_no(word: &str) -> bool {
    YES.contains(&word) || NO.contains(&word) || negates(word)
}

/// Which options say yes and which say no; `None` unless some say the one and some the other. “I consent” says yes beside
/// “I do not consent”.
pub fn says(options: &[String]) -> Option<Vec<Says>> {
    let words: Vec<Vec<String>> = options.iter().map(|o| words(o)).collect();
    let mut said: Vec<Says> = words.iter().map(|w| alone(w)).collect();
    if let [a, b] = words.as_slice()
        && said.contains(&Says::Neither)
    {
        let negated = |w: &[String]| w.iter().take(OPENING).any(|w| negates(w));
        let same_start = !a.is_empty() && a.first() == b.first();
        match (negated(a), negated(b)) {
            (true, false) if same_start || said[1] == Says::Yes => said = vec![Says::No, Says::Yes],
            (false, true) if same_start || said[0] == Says::Yes => said = vec![Says::Yes, Says::No],
            _ => {}
        }
    }
    (said.contains(&Says::Yes) && said.contains(&Says::No)).then_some(said)
}

fn alone(words: &[String]) -> Says {
    let first = words.first().map_or("", String::as_str);
    let second_negates = words.get(1).is_some_and(|w| w == "not");
    if NO.contains(&first) || YES.contains(&first) && second_negates {
        Says::No
    } else if YES.contains(&first) {
        Says::Yes
    } else {
        Says::Neither
    }
}

/// Share of an option's words that name something and stand in the question; 0 without such words.
pub fn overlap(option: &str, question: &BTreeSet<String>) -> f64 {
    let own: BTreeSet<String> = content(option);
    own.intersection(question).count() as f64 / own.len().max(1) as f64
}

/// Words of a text that name something.
pub fn content(text: &str) -> BTreeSet<String> {
    words(text).into_iter().filter(|w| !names_nothing(w)).collect()
}

/// Features of an option's form, which say nothing of what it is about: length, signs, yes and no, and words that name
/// nothing. `place` is where it stands among `of` options.
pub fn form(option: &str, place: usize, of: usize) -> Vec<f32> {
    let words = words(option);
    let signs = |what: &[char]| option.chars().filter(|c| what.contains(c)).count() as f32;
    let count = |test: &dyn Fn(&str) -> bool| words.iter().filter(|w| test(w)).count() as f32;
    let spoken = alone(&words);
    let mut out = vec![
        (1.0 + option.chars().count() as f32).ln(),
        (1.0 + words.len() as f32).ln(),
        place as f32 / of.max(2) as f32,
        signs(&[',', ';', ':']).min(4.0),
        f32::from(option.trim_end().ends_with(['.', '!'])),
        f32::from(option.chars().any(|c| c.is_ascii_digit())),
        f32::from(option.trim_start().chars().next().is_some_and(char::is_lowercase)),
        f32::from(spoken == Says::Yes),
        f32::from(spoken == Says::No),
        count(&negates).min(3.0),
        words.iter().map(|w| w.chars().count() as f32).sum::<f32>() / words.len().max(1) as f32 / 5.0,
    ];
    out.extend(FORM_WORDS.iter().map(|f| f32::from(words.iter().any(|w| w == f))));
    out
}

/// Words that name nothing and may still give a key away.
const FORM_WORDS: [&str; 32] = [
    "i", "i'm", "i'd", "i'll", "my", "me", "would", "will", "can", "should", "must", "might", "may", "could", "not",
    "but", "because", "so", "if", "only", "more", "less", "most", "all", "always", "never", "any", "some", "even",
    "just", "still", "also",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(a: &str, b: &str) -> Option<Vec<Says>> {
        says(&[a.to_owned(), b.to_owned()])
    }

    #[test]
    fn yes_is_told_from_no() {
        use Says::{No, Yes};
        assert_eq!(said("No", "Yes"), Some(vec![No, Yes]));
        assert_eq!(said("Absolutely not.", "Sure"), Some(vec![No, Yes]));
        assert_eq!(said("I agree to it", "I don’t agree to it"), Some(vec![Yes, No]));
        assert_eq!(said("Yes, gladly", "I would rather not"), Some(vec![Yes, No]));
        assert_eq!(said("Wait a week", "Train today"), None);
        assert_eq!(said("Take the box", "I do not want it"), None);
        assert_eq!(says(&["Yes".into(), "No".into(), "It depends".into()]), Some(vec![Yes, No, Says::Neither]));
    }

    #[test]
    fn overlap_is_of_words_that_name_something() {
        let q = content("Would you accept the money that the goose has found?");
        assert!((overlap("the goose and the pond", &q) - 0.5).abs() < 1e-12);
        assert_eq!(overlap("it is", &q), 0.0);
    }
}
