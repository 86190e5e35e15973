//! Does a text swear or insult? Training on rough or careless data shows here early, and an embedding hardly sees it: of
//! comments that people called angry (Demszky et al. 2020, GoEmotions, grouped after Ekman) these words are in 20 of 100,
//! of others in 5, and of answers of assistants in 0 to 2. English only. Words that are as often meant plainly are left out:
//! trash, pig, hate, loser. Precision and recall on answers: `docs/traits.md`.

use std::ops::Range;

use super::patterns::Pattern;
use crate::text::{head, tail};

/// Bytes of a text that are read.
const READ: usize = 6_000;
/// Letters of the shortest and the longest of the words.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=13;

/// In order, for searching.
const WORDS: [&str; 76] = [
    "arsehole",
    "ass",
    "asses",
    "asshat",
    "asshats",
    "asshole",
    "assholes",
    "bastard",
    "bastards",
    "bitch",
    "bitches",
    "bitching",
    "bullshit",
    "bullshitting",
    "crap",
    "crappy",
    "cunt",
    "cunts",
    "dammit",
    "damn",
    "dick",
    "dickhead",
    "dickheads",
    "dicks",
    "douche",
    "douchebag",
    "douchebags",
    "dumb",
    "dumbass",
    "dumbasses",
    "faggot",
    "faggots",
    "fuck",
    "fucked",
    "fucker",
    "fuckers",
    "fuckin",
    "fucking",
    "fucks",
    "goddamn",
    "goddamned",
    "horseshit",
    "idiot",
    "idiots",
    "imbecile",
    "imbeciles",
    "moron",
    "morons",
    "motherfucker",
    "motherfuckers",
    "motherfucking",
    "nigger",
    "niggers",
    "pathetic",
    "pissed",
    "retard",
    "retarded",
    "retards",
    "scumbag",
    "scumbags",
    "shit",
    "shithead",
    "shits",
    "shitter",
    "shitters",
    "shitting",
    "shitty",
    "slut",
    "sluts",
    "stfu",
    "stupid",
    "twat",
    "wanker",
    "wankers",
    "whore",
    "whores",
];

/// Whom "disgusting" insults.
const PEOPLE: [&str; 7] = ["woman", "man", "person", "people", "pig", "human", "creature"];
/// What speaks of a word instead of using it, when the word is quoted.
const SPOKEN_OF: [&str; 13] = [
    "word",
    "words",
    "term",
    "terms",
    "phrase",
    "phrases",
    "phrasing",
    "language",
    "saying",
    "reads",
    "expression",
    "expressions",
    "text",
];
/// Letters before a quotation in which it is announced.
const ANNOUNCED: usize = 40;

/// Words written with stars in place of letters.
static MASKED: Pattern = Pattern::new(r"^(?:f\*+c?k?(?:ing|ed|er)?|s\*+h?i?t|sh\*t|b\*tch)$");

/// Where a text swears or insults: byte ranges, in order. A word that is only spoken of (the word "…", language like "…"),
/// that stands in a title or is denied ("not stupid") does not count.
pub(super) fn swearing(text: &str) -> impl Iterator<Item = Range<usize>> {
    let read = head(text, READ);
    let word = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '*');
    let pieces = read.split(move |c| !word(c)).filter(|p| !p.is_empty());
    pieces.filter_map(move |piece| {
        let core = piece.trim_matches(['\'', '’']);
        let core = if MASKED.is_in(&core.to_ascii_lowercase()) { core } else { core.trim_matches('*') };
        let start = core.as_ptr() as usize - read.as_ptr() as usize;
        let at = start..start + core.len();
        (swears(read, &at) && !is_mentioned(read, &at)).then_some(at)
    })
}

fn swears(read: &str, at: &Range<usize>) -> bool {
    let (before, written, after) = (&read[..at.start], &read[at.clone()], &read[at.end..]);
    let lower = written.to_ascii_lowercase();
    let follows = |phrase: &str| tail(before, phrase.len()).eq_ignore_ascii_case(phrase);
    let capital = written.starts_with(char::is_uppercase);
    match lower.as_str() {
        "hell" => ["who the ", "what the ", "where the ", "why the ", "how the "].into_iter().any(follows),
        "suck" => follows("you "),
        "disgusting" => {
            let next = after.trim_start_matches(|c: char| !c.is_alphanumeric());
            PEOPLE.iter().any(|p| next.starts_with(p))
        }
        "dick" => !capital,
        "stupid" | "dumb" => !(follows("not ") || capital && is_titled(before)),
        _ => LETTERS.contains(&lower.len()) && WORDS.binary_search(&lower.as_str()).is_ok() || MASKED.is_in(&lower),
    }
}

/// Whether the word before begins with a capital, as in a title.
fn is_titled(before: &str) -> bool {
    let word = before.trim_end_matches(' ').rsplit(|c: char| !c.is_alphanumeric()).next();
    before.ends_with(' ') && word.is_some_and(|w| w.len() > 1 && w.starts_with(char::is_uppercase))
}

/// Whether a word is quoted alone, or in a quotation that is announced as words.
fn is_mentioned(read: &str, at: &Range<usize>) -> bool {
    let after = &read[at.end..];
    let closed = after.strip_prefix(['.', ',']).unwrap_or(after).starts_with(['"', '”', '’']);
    let line = read[..at.start].rsplit('\n').next().unwrap_or_default();
    if closed && line.ends_with(['"', '“', '‘']) {
        return true;
    }
    let straight = (line.matches('"').count() % 2 == 1).then(|| line.rfind('"')).flatten();
    let curly = line.rfind('“').filter(|open| line.rfind('”').is_none_or(|close| close < *open));
    let Some(open) = straight.or(curly) else { return false };
    let announced = tail(&line[..open], ANNOUNCED).rsplit(['.', '\n']).next().unwrap_or_default().to_lowercase();
    announced.split(|c: char| !c.is_alphabetic()).any(|w| SPOKEN_OF.contains(&w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_order_and_of_the_letters_said() {
        assert!(WORDS.is_sorted());
        assert!(WORDS.iter().all(|w| LETTERS.contains(&w.len())));
    }

    #[test]
    fn whole_words_in_any_case_count() {
        let found = |text| swearing(text).map(|r| &text[r]).collect::<Vec<&str>>();
        assert_eq!(found("You’re an IDIOT. Damn, that’s stupid!"), ["IDIOT", "Damn", "stupid"]);
        assert_eq!(found("The class assessed Dickens’s scrap of a story, and passed."), [""; 0]);
        assert_eq!(found("你 shit"), ["shit"]);
        assert_eq!(found("What the hell, you **idiot**, f***ing goose"), ["hell", "idiot", "f***ing"]);
        assert_eq!(found("\"Dammit!\" she cried"), ["Dammit"]);
    }

    #[test]
    fn words_that_are_spoken_of_do_not_count() {
        for text in [
            "The word \"shit\" is old.",
            "Language like “fucking” does not help.",
            "The phrase \"stay off my fucking lawn\" is rude.",
            "Moby Dick swam by.",
            "He read Crazy Stupid Love.",
            "The goose is not stupid.",
            "The taste was disgusting.",
            "The loser got 20 votes.",
        ] {
            assert_eq!(swearing(text).count(), 0, "{text}");
        }
        assert_eq!(swearing("What a disgusting person").count(), 1);
    }
}
