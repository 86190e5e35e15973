//! A line of input.

use unicode_segmentation::UnicodeSegmentation;

use super::key::{Key, KeyCode};
use crate::text::head;

/// Characters kept; a paste of megabytes is no label.
const LIMIT: usize = 2_000;

/// Text being typed, with a cursor between characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// Byte position of the cursor, always between graphemes.
    cursor: usize,
    /// Whether all of it is selected: what is typed next replaces it.
    selected: bool,
}

impl Line {
    /// Starts with a text, selected whole: typing replaces it, moving the cursor keeps it.
    pub fn new(text: &str) -> Self {
        Self { selected: !text.is_empty(), ..Self::unselected(text) }
    }

    /// Starts with a text to be changed, the cursor at its end.
    pub fn unselected(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len(), selected: false }
    }

    /// Whether what is typed next replaces everything.
    pub fn is_selected(&self) -> bool {
        self.selected
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Inserts text; line ends and controls become spaces.
    pub fn insert(&mut self, s: &str) {
        if std::mem::take(&mut self.selected) {
            self.clear();
        }
        let clean: String = s.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let fits = head(&clean, LIMIT.saturating_sub(self.text.len()));
        self.text.insert_str(self.cursor, fits);
        self.cursor += fits.len();
    }

    /// Handles an editing key; false when the key is none.
    pub fn edit(&mut self, key: Key) -> bool {
        if Self::is_by_word(key) {
            self.selected = false;
            match key.code {
                KeyCode::Left | KeyCode::Char('b') => self.cursor = self.previous_word(),
                KeyCode::Right | KeyCode::Char('f') => self.cursor = self.next_word(),
                KeyCode::Char(_) => self.text.replace_range(self.cursor..self.next_word(), ""),
                _ => self.take_word(),
            }
            return true;
        }
        if key.alt {
            return false;
        }
        match (key.ctrl, key.code) {
            (false, KeyCode::Backspace | KeyCode::Delete) | (true, KeyCode::Char('h')) if self.selected => self.clear(),
            (false, KeyCode::Char(c)) => self.insert(c.encode_utf8(&mut [0; 4])),
            (false, KeyCode::Backspace) | (true, KeyCode::Char('h')) => {
                let from = self.previous();
                self.text.replace_range(from..self.cursor, "");
                self.cursor = from;
            }
            (false, KeyCode::Delete) => {
                let to = self.next();
                self.text.replace_range(self.cursor..to, "");
            }
            (false, KeyCode::Left) | (true, KeyCode::Char('b')) => self.cursor = self.previous(),
            (false, KeyCode::Right) | (true, KeyCode::Char('f')) => self.cursor = self.next(),
            (false, KeyCode::Home) | (true, KeyCode::Char('a')) => self.cursor = 0,
            (false, KeyCode::End) | (true, KeyCode::Char('e')) => self.cursor = self.text.len(),
            (true, KeyCode::Char('u')) => {
                self.text.replace_range(..self.cursor, "");
                self.cursor = 0;
            }
            (true, KeyCode::Char('k')) => self.text.truncate(self.cursor),
            (true, KeyCode::Char('w')) => self.take_word(),
            _ => return false,
        }
        self.selected = false;
        true
    }

    fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    /// Whether a key works on words, as in a shell: Alt with b, f, d or Backspace, and arrows with Alt or Ctrl.
    pub fn is_by_word(key: Key) -> bool {
        match key.code {
            KeyCode::Char('b' | 'f' | 'd') | KeyCode::Backspace => key.alt && !key.ctrl,
            KeyCode::Left | KeyCode::Right => key.alt || key.ctrl,
            _ => false,
        }
    }

    fn take_word(&mut self) {
        let from = self.previous_word();
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }

    fn previous_word(&self) -> usize {
        self.before_cursor().trim_end().rfind(' ').map_or(0, |at| at + 1)
    }

    fn next_word(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let spaces = rest.len() - rest.trim_start().len();
        rest[spaces..].find(' ').map_or(self.text.len(), |at| self.cursor + spaces + at)
    }

    fn previous(&self) -> usize {
        self.before_cursor().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        let rest = &self.text[self.cursor..];
        rest.graphemes(true).next().map_or(self.cursor, |g| self.cursor + g.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_whole_characters() {
        let mut l = Line::default();
        for k in Key::parse_all("one two<c-w>x<left>é<home>>") {
            l.edit(k);
        }
        assert_eq!(l.text(), ">one éx");
        l.insert("a\nb\u{1b}");
        assert_eq!(l.text(), ">a b one éx");
        let mut l = Line::new("one two  three four");
        for k in Key::parse_all("<a-left><a-b><a-bs>2 <a-f><a-d><home><a-right>!") {
            assert!(l.edit(k), "{k}");
        }
        assert_eq!(l.text(), "one! 2 three");
        assert!(!l.edit(Key::char('x').with_alt()), "not a letter to type");
        let mut l = Line::unselected("e\u{301}");
        l.edit(Key::plain(KeyCode::Backspace));
        assert_eq!(l.text(), "");
    }

    #[test]
    fn what_is_typed_replaces_what_was_offered_unless_the_cursor_moved() {
        let typed = |keys: &str| {
            let mut l = Line::new("an old name");
            assert!(l.is_selected());
            Key::parse_all(keys).into_iter().for_each(|k| {
                l.edit(k);
            });
            assert!(!l.is_selected());
            l.text().to_owned()
        };
        assert_eq!(typed("new"), "new");
        assert_eq!(typed("<end>r"), "an old namer");
        assert_eq!(typed("<home>not "), "not an old name");
        assert_eq!(typed("<a-bs>sign"), "an old sign");
        assert_eq!(typed("<bs>"), "");
        assert!(!Line::default().is_selected());
    }
}
