//! The text under the cursor.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::state::App;
use crate::model::SampleIx;
use crate::text::{Clean, wrap};

/// State of the reader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reader {
    /// First line shown, once a person scrolled.
    pub scroll: Option<usize>,
    /// Whether the answers to the prompt stand side by side.
    pub pair: bool,
}

impl App {
    /// Lines of the reader at its present width: the prompt's, a rule, the text's.
    pub(super) fn reader_lines(&self) -> usize {
        let (Some(s), Some(area)) = (self.current_sample(), self.layout().reader) else { return 0 };
        let width = usize::from(area.w.saturating_sub(2));
        let prompt = self.prompt_lines(s, width);
        let columns = if self.reader.pair { 1 + self.partners(s).len().min(1) } else { 1 };
        let width = if columns == 2 { width.saturating_sub(3) / 2 } else { width };
        let longest = std::iter::once(s)
            .chain(if self.reader.pair { self.partners(s) } else { Vec::new() })
            .filter_map(|s| self.text(s))
            .map(|t| wrap(t.as_str(), width).len())
            .max()
            .unwrap_or(1);
        prompt + longest
    }

    /// Lines above a text: its prompt's, of which a few are shown, and a blank one.
    fn prompt_lines(&self, s: SampleIx, width: usize) -> usize {
        self.prompt(s).map_or(0, |p| wrap(Clean::from_untrusted(p).as_str(), width).len().min(4) + 1)
    }

    /// First line shown: where a person scrolled to. A text opens at its top, or at the first place of what was sought when
    /// that lies further down than the pane reaches.
    pub fn reader_top(&self) -> usize {
        let rows = self.layout().reader.map_or(1, super::layout::Area::rows);
        if let Some(line) = self.reader.scroll {
            return line;
        }
        match self.lines_sought().first() {
            Some(&line) if line >= rows && !self.reader.pair => {
                // The last page is full.
                (line - rows / 3).min(self.reader_lines().saturating_sub(rows))
            }
            _ => 0,
        }
    }

    pub(super) fn scroll_reader(&mut self, by: isize) {
        let rows = self.layout().reader.map_or(1, super::layout::Area::rows);
        let most = self.reader_lines().saturating_sub(rows);
        self.reader.scroll = Some(self.reader_top().saturating_add_signed(by).min(most));
    }

    /// Lines of the reader on which something sought begins.
    fn lines_sought(&self) -> Vec<usize> {
        let (Some(sought), Some(s), Some(area)) = (self.highlight(), self.current_sample(), self.layout().reader)
        else {
            return Vec::new();
        };
        let Some(text) = self.text(s) else { return Vec::new() };
        let width = usize::from(area.w.saturating_sub(2));
        let offset = self.prompt_lines(s, width);
        let starts: Vec<usize> = wrap(text.as_str(), width).into_iter().map(|r| r.start).collect();
        let line = |at: usize| starts.partition_point(|&start| start <= at).saturating_sub(1) + offset;
        let mut lines: Vec<usize> = sought.only(s).ranges(text.as_str()).into_iter().map(|r| line(r.start)).collect();
        lines.dedup();
        lines
    }

    /// Scrolls to the next (or previous) line with what was sought.
    pub(super) fn next_hit_in_reader(&mut self, forward: bool) {
        if self.highlight().is_none() {
            self.set_status("Search first: / in the texts.");
            return;
        }
        let (lines, at) = (self.lines_sought(), self.reader_top());
        let found = if forward { lines.iter().find(|l| **l > at) } else { lines.iter().rev().find(|l| **l < at) };
        match found {
            Some(&line) => {
                self.reader.scroll = Some(0);
                self.scroll_reader(line as isize);
            }
            None => self.set_status("No other place in this text."),
        }
    }
}

/// The words of a text, in lower case, to tell what two answers do not share.
pub fn word_set(text: &str) -> HashSet<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}
