//! The text under the cursor.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::search::Query;
use super::state::App;
use crate::text::{Clean, wrap};

/// State of the reader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reader {
    /// First line shown.
    pub scroll: usize,
    /// Whether the answers to the prompt stand side by side.
    pub pair: bool,
}

impl App {
    /// Lines of the reader at its present width: the prompt's, a rule, the text's.
    pub(super) fn reader_lines(&self) -> usize {
        let (Some(s), Some(area)) = (self.current_sample(), self.layout().reader) else { return 0 };
        let width = usize::from(area.w.saturating_sub(2));
        let count = |text: &str, width: usize| wrap(text, width).len();
        let prompt = self.prompt(s).map_or(0, |p| count(Clean::from_untrusted(p).as_str(), width).min(4) + 1);
        let columns = if self.reader.pair { 1 + self.partners(s).len().min(1) } else { 1 };
        let width = if columns == 2 { width.saturating_sub(3) / 2 } else { width };
        let longest = std::iter::once(s)
            .chain(if self.reader.pair { self.partners(s) } else { Vec::new() })
            .filter_map(|s| self.text(s))
            .map(|t| count(t.as_str(), width))
            .max()
            .unwrap_or(1);
        prompt + longest
    }

    pub(super) fn scroll_reader(&mut self, by: isize) {
        let rows = self.layout().reader.map_or(1, super::layout::Area::rows);
        let most = self.reader_lines().saturating_sub(rows);
        self.reader.scroll = self.reader.scroll.saturating_add_signed(by).min(most);
    }

    /// Scrolls to the next (or previous) line with a word searched for.
    pub(super) fn next_hit_in_reader(&mut self, forward: bool) {
        let needle = Query::parse(&self.members.query).to_light().map(str::to_lowercase);
        let (Some(s), Some(area)) = (self.current_sample(), self.layout().reader) else { return };
        let Some(text) = self.text(s).cloned() else { return };
        let Some(needle) = needle else {
            self.say("Search first: / in the texts.");
            return;
        };
        let width = usize::from(area.w.saturating_sub(2));
        let offset = self.prompt(s).map_or(0, |p| wrap(Clean::from_untrusted(p).as_str(), width).len().min(4) + 1);
        let lines = wrap(text.as_str(), width);
        let hit = |i: &usize| lines.get(*i).is_some_and(|r| text.as_str()[r.clone()].to_lowercase().contains(&needle));
        let at = self.reader.scroll.saturating_sub(offset);
        let found = if forward { (at + 1..lines.len()).find(hit) } else { (0..at).rev().find(hit) };
        match found {
            Some(i) => {
                self.reader.scroll = 0;
                self.scroll_reader((i + offset) as isize);
            }
            None => self.say("No other place in this text."),
        }
    }
}

/// The words of a text, in lower case, to tell what two answers do not share.
pub fn word_set(text: &str) -> HashSet<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}
