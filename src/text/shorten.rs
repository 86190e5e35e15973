//! Cuts text to a number of characters as a person counts them.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

/// The first `characters` of a text at most, with `…` where something is missing. A cut goes between words where one ends
/// in the last third, and never through a character that is made of several (letters with their marks, flags, emoji).
pub fn shorten(text: &str, characters: usize) -> Cow<'_, str> {
    // A character has at least one byte.
    if text.len() <= characters {
        return Cow::Borrowed(text);
    }
    let Some((end, _)) = text.grapheme_indices(true).nth(characters) else { return Cow::Borrowed(text) };
    let from = text.grapheme_indices(true).nth(characters - characters / 3).map_or(end, |(at, _)| at);
    // The cut may also be where the next word begins.
    let next = text[end..].chars().next().is_some_and(char::is_whitespace);
    let word = if next { None } else { text[from..end].rfind(char::is_whitespace).map(|at| from + at) };
    Cow::Owned(format!("{}…", text[..word.unwrap_or(end)].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_between_words_and_never_inside_of_a_character() {
        assert_eq!(shorten("one two three", 13), "one two three");
        assert_eq!(shorten("one two three", 9), "one two…");
        assert_eq!(shorten("one two three", 7), "one two…");
        assert_eq!(shorten("incomprehensibilities", 5), "incom…");
        assert_eq!(shorten("ที่นี่สวยงาม", 3), "ที่นี่ส…");
        assert_eq!(shorten("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 1), "👨‍👩‍👧…");
        assert_eq!(shorten("abc", 0), "…");
    }

    proptest! {
        #[test]
        fn a_cut_text_is_a_beginning(s in "\\PC{0,40}", n in 0usize..30) {
            let cut = shorten(&s, n);
            let kept = cut.strip_suffix('…').filter(|_| *cut != s).unwrap_or(&cut);
            prop_assert!(s.starts_with(kept));
            prop_assert!(cut == s || kept.graphemes(true).count() <= n);
        }
    }
}
