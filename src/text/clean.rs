//! The one door between untrusted text and the screen.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::width;

/// Columns of a tab.
const TAB: &str = "    ";
/// Combining marks shown on one letter; more are counted instead.
const MAX_MARKS: usize = 4;

/// Text that is safe to print: no control, bidirectional, tag or zero-width character is left in it; each is replaced
/// by a visible mark (`^[`, `⟨U+202E⟩`). Line ends stay as `\n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clean {
    text: String,
    marks: Vec<Range<usize>>,
}

impl Clean {
    /// Escapes a text. Cleaning a cleaned text changes nothing.
    pub fn from_untrusted(raw: &str) -> Self {
        let mut out = Self { text: String::with_capacity(raw.len()), marks: Vec::new() };
        for grapheme in raw.graphemes(true) {
            if grapheme == "\r\n" || grapheme == "\n" {
                out.text.push('\n');
                continue;
            }
            out.push_grapheme(grapheme);
        }
        out
    }

    /// A text on one line that is safe to show: line breaks become spaces.
    pub fn one_line(raw: &str) -> String {
        Self::from_untrusted(raw).as_str().replace('\n', " ")
    }

    /// The first line that is not blank, cleaned, at most `limit` bytes of the original read.
    pub fn first_line(raw: &str, limit: usize) -> Self {
        let line = raw.lines().find(|l| !l.trim().is_empty()).unwrap_or("").trim();
        Self::from_untrusted(super::head(line, limit))
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Byte ranges of the visible marks, in order, for a warning style.
    pub fn marks(&self) -> &[Range<usize>] {
        &self.marks
    }

    fn push_grapheme(&mut self, grapheme: &str) {
        let mut stacked = 0;
        let mut dropped = 0;
        let mut base_seen = false;
        let mut chars = grapheme.chars().peekable();
        let mut previous = None;
        while let Some(c) = chars.next() {
            match kind(c) {
                Kind::Plain => {
                    self.text.push(c);
                    base_seen = true;
                }
                Kind::Tab => self.text.push_str(TAB),
                // A mark without a letter would join whatever stands in the cell before it.
                Kind::Combining if !base_seen && joins_a_circle(c) => {
                    self.text.push('◌');
                    self.text.push(c);
                    base_seen = true;
                    stacked = 1;
                }
                Kind::Combining if !base_seen => self.mark(&format!("⟨U+{:04X}⟩", c as u32)),
                Kind::Combining if stacked < MAX_MARKS => {
                    self.text.push(c);
                    stacked += 1;
                }
                Kind::Combining => dropped += 1,
                // Presentation only: with or without it the terminal shows the same sign.
                Kind::EmojiStyle if base_seen => {}
                Kind::Joiner if joins_emoji(previous, chars.peek().copied()) => {}
                // What follows a mark of ours must not join it.
                Kind::Control => {
                    self.mark(&caret(c));
                    base_seen = false;
                }
                Kind::EmojiStyle | Kind::Joiner | Kind::Hidden => {
                    self.mark(&format!("⟨U+{:04X}⟩", c as u32));
                    base_seen = false;
                }
            }
            previous = Some(c);
        }
        if dropped > 0 {
            self.mark(&format!("⟨+{dropped}⟩"));
        }
    }

    fn mark(&mut self, shown: &str) {
        let from = self.text.len();
        self.text.push_str(shown);
        self.marks.push(from..self.text.len());
    }
}

enum Kind {
    Plain,
    Tab,
    Combining,
    EmojiStyle,
    Joiner,
    Control,
    Hidden,
}

fn kind(c: char) -> Kind {
    match c {
        '\t' => Kind::Tab,
        '\u{0}'..='\u{1f}' | '\u{7f}' => Kind::Control,
        '\u{fe0e}' | '\u{fe0f}' => Kind::EmojiStyle,
        '\u{200d}' => Kind::Joiner,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{f0000}'..='\u{10ffff}' => Kind::Hidden,
        // A no-break space and its kin are spaces to a reader.
        _ if c.is_whitespace() => Kind::Plain,
        _ if width::of_char(c) == 0 => Kind::Combining,
        _ => Kind::Plain,
    }
}

fn caret(c: char) -> String {
    match c {
        '\u{7f}' => "^?".to_owned(),
        c => format!("^{}", char::from(((c as u32 as u8) & 0x1f) + b'@')),
    }
}

/// Whether a character of no width makes one sign with a letter before it.
fn joins_a_circle(c: char) -> bool {
    format!("◌{c}").graphemes(true).count() == 1
}

/// Whether a zero-width joiner stands between two pictures, where it is part of ordinary writing.
fn joins_emoji(before: Option<char>, after: Option<char>) -> bool {
    let picture = |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}');
    before.is_some_and(picture) && after.is_some_and(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(s: &str) -> String {
        Clean::from_untrusted(s).as_str().to_owned()
    }

    #[test]
    fn escapes_become_visible() {
        assert_eq!(clean("a\x1b[31mred"), "a^[[31mred");
        assert_eq!(clean("\x07\x7f\x00"), "^G^?^@");
        assert_eq!(clean("x\u{9b}31m"), "x⟨U+009B⟩31m");
        assert_eq!(clean("a\u{202e}b\u{2066}c"), "a⟨U+202E⟩b⟨U+2066⟩c");
        assert_eq!(clean("\u{e0041}\u{200b}"), "⟨U+E0041⟩⟨U+200B⟩");
        assert_eq!(clean("one\r\ntwo\rthree"), "one\ntwo^Mthree");
        // Found by fuzzing: a stack of marks on a sign of ours counts like one on a letter.
        let stack = "\u{11}\u{738}\u{738}\u{738}\u{738}\u{738}\u{738}";
        assert_eq!(clean(stack), "^Q◌\u{738}\u{738}\u{738}\u{738}⟨+2⟩");
        assert_eq!(clean(&clean(stack)), clean(stack));
        // And a vowel that would join a mark of ours.
        let vowel = "\u{1145}\u{1160}\u{116c}";
        assert_eq!(clean(&clean(vowel)), clean(vowel));
    }

    #[test]
    fn ordinary_writing_stays() {
        for s in ["Grüße, 世界!", "e\u{301}", "שלום", "👍🏽", "नमस्ते", "a\u{a0}b"] {
            assert_eq!(clean(s), s);
            assert!(Clean::from_untrusted(s).marks().is_empty());
        }
        assert_eq!(clean("👨\u{200d}👩\u{200d}👧"), "👨👩👧");
        assert_eq!(clean("❤\u{fe0f}"), "❤");
        assert_eq!(clean("\u{301}x"), "◌\u{301}x");
    }

    #[test]
    fn first_line_skips_blank_ones() {
        assert_eq!(Clean::first_line("\n  \n hello \nworld", 100).as_str(), "hello");
        assert_eq!(Clean::first_line("ééé", 3).as_str(), "é");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left_and_cleaning_is_idempotent(s in "\\PC*|[\\x00-\\u{ff}]*|\\p{Any}{0,40}") {
            let once = clean(&s);
            for c in once.chars() {
                prop_assert!(c == '\n' || !c.is_control(), "{c:?}");
                prop_assert!(!matches!(kind(c), Kind::Hidden | Kind::Joiner | Kind::EmojiStyle | Kind::Control) || c == '\n');
            }
            prop_assert_eq!(clean(&once), once);
        }

        #[test]
        fn marks_point_at_whole_characters(s in "\\p{Any}{0,40}") {
            let c = Clean::from_untrusted(&s);
            for m in c.marks() {
                prop_assert!(c.as_str().get(m.clone()).is_some());
            }
        }
    }
}
