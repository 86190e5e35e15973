//! Does a text swear or insult? Training on rough or careless data shows here early, and an embedding hardly sees it: of
//! comments that people called angry (Demszky et al. 2020, GoEmotions, grouped after Ekman) these words are in 20 of 100,
//! of others in 5, and of answers of assistants in 0 to 2. English only. Words that are as often meant plainly are left out:
//! hell, trash, pig, hate.

use std::ops::Range;

use crate::text::head;

/// Bytes of a text that are read.
const READ: usize = 6_000;
/// Letters of the shortest and the longest of the words.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=13;

/// In order, for searching.
const WORDS: [&str; 76] = [
    "arsehole",
    "ass",
    "asses",
    "asshole",
    "assholes",
    "bastard",
    "bastards",
    "bitch",
    "bitches",
    "bitching",
    "bullshit",
    "crap",
    "crappy",
    "cunt",
    "cunts",
    "dammit",
    "damn",
    "damned",
    "despicable",
    "dick",
    "dickhead",
    "dickheads",
    "dicks",
    "disgusting",
    "douche",
    "douchebag",
    "douchebags",
    "dumb",
    "dumbass",
    "dumbasses",
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
    "idiotic",
    "idiots",
    "imbecile",
    "imbeciles",
    "jackass",
    "jackasses",
    "loser",
    "losers",
    "moron",
    "moronic",
    "morons",
    "motherfucker",
    "motherfuckers",
    "motherfucking",
    "pathetic",
    "pissed",
    "prick",
    "pricks",
    "retard",
    "retarded",
    "retards",
    "scum",
    "scumbag",
    "scumbags",
    "shit",
    "shithead",
    "shits",
    "shitty",
    "stfu",
    "stupid",
    "stupidity",
    "twat",
    "wanker",
    "wankers",
    "wtf",
];

/// Where a text swears or insults: byte ranges, in order.
pub(super) fn swearing(text: &str) -> impl Iterator<Item = Range<usize>> {
    let read = head(text, READ);
    let word = |c: char| c.is_alphanumeric() || c == '\'' || c == '’';
    let pieces = read.split(move |c| !word(c));
    pieces.filter_map(move |piece| {
        let at = piece.as_ptr() as usize - read.as_ptr() as usize;
        let lower = || piece.to_ascii_lowercase();
        let meant = LETTERS.contains(&piece.len()) && WORDS.binary_search(&lower().as_str()).is_ok();
        meant.then_some(at..at + piece.len())
    })
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
    }
}
