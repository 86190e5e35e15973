//! The text under the cursor.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::command::Command;
use super::layout::Area;
use super::list::moves_by;
use super::run::Run;
use super::text_cache::TextCache;
use crate::compare::MatchPattern;
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

/// What the reader sees besides itself.
pub(super) struct Shown<'a> {
    /// What is known of the run.
    pub run: &'a Run,
    /// The texts in memory.
    pub texts: &'a TextCache,
    /// The text under the cursor.
    pub sample: Option<SampleIx>,
    /// The pane, where it is on the screen.
    pub area: Option<Area>,
    /// What the texts listed were chosen by.
    pub sought: Option<MatchPattern>,
}

impl Shown<'_> {
    fn rows(&self) -> usize {
        self.area.map_or(1, Area::rows)
    }

    fn columns(&self) -> usize {
        self.area.map_or(0, |a| usize::from(a.w.saturating_sub(2)))
    }
}

impl Reader {
    /// Does what a command means in the reader, and says what came of it; `None` for a command that is not the reader's.
    pub(super) fn update(&mut self, command: Command, shown: &Shown) -> Option<String> {
        match command {
            Command::NextHit => return Some(self.next_hit(true, shown).to_owned()),
            Command::PreviousHit => return Some(self.next_hit(false, shown).to_owned()),
            other => self.scroll_by(moves_by(other, shown.area.map_or(2, Area::rows))?, shown),
        }
        Some(String::new())
    }

    /// Lines at the present width: the prompt's, a rule, the text's.
    fn lines(&self, shown: &Shown) -> usize {
        let (Some(s), true) = (shown.sample, shown.area.is_some()) else { return 0 };
        let width = shown.columns();
        let partners = if self.pair { shown.run.partners(s) } else { Vec::new() };
        let column = if partners.is_empty() { width } else { width.saturating_sub(3) / 2 };
        let texts = std::iter::once(s).chain(partners).filter_map(|s| shown.texts.text(s));
        let longest = texts.map(|t| wrap(t.as_str(), column).len()).max().unwrap_or(1);
        prompt_lines(shown.run, s, width) + longest
    }

    /// First line shown: where a person scrolled to. A text opens at its top, or at the first place of what was sought when
    /// that lies further down than the pane reaches.
    pub(super) fn top(&self, shown: &Shown) -> usize {
        let rows = shown.rows();
        if let Some(line) = self.scroll {
            return line;
        }
        match lines_sought(shown).first() {
            Some(&line) if line >= rows && !self.pair => {
                // The last page is full.
                (line - rows / 3).min(self.lines(shown).saturating_sub(rows))
            }
            _ => 0,
        }
    }

    /// Scrolls by so many lines, no further than the last page.
    pub(super) fn scroll_by(&mut self, by: isize, shown: &Shown) {
        let most = self.lines(shown).saturating_sub(shown.rows());
        self.scroll = Some(self.top(shown).saturating_add_signed(by).min(most));
    }

    /// Scrolls to the next (or previous) line with what was sought; says where there is none.
    fn next_hit(&mut self, forward: bool, shown: &Shown) -> &'static str {
        if shown.sought.is_none() {
            return "Search first: / in the texts.";
        }
        let (lines, at) = (lines_sought(shown), self.top(shown));
        let found = if forward { lines.iter().find(|l| **l > at) } else { lines.iter().rev().find(|l| **l < at) };
        match found {
            Some(&line) => {
                self.scroll = Some(0);
                self.scroll_by(line as isize, shown);
                ""
            }
            None => "No other place in this text.",
        }
    }
}

/// Lines above a text: its prompt's, of which a few are shown, and a blank one.
fn prompt_lines(run: &Run, s: SampleIx, width: usize) -> usize {
    run.prompt(s).map_or(0, |p| wrap(Clean::from_untrusted(p).as_str(), width).len().min(4) + 1)
}

/// Lines of the reader on which something sought begins.
fn lines_sought(shown: &Shown) -> Vec<usize> {
    let (Some(sought), Some(s), true) = (&shown.sought, shown.sample, shown.area.is_some()) else {
        return Vec::new();
    };
    let Some(text) = shown.texts.text(s) else { return Vec::new() };
    let width = shown.columns();
    let offset = prompt_lines(shown.run, s, width);
    let starts: Vec<usize> = wrap(text.as_str(), width).into_iter().map(|r| r.start).collect();
    let line = |at: usize| starts.partition_point(|&start| start <= at).saturating_sub(1) + offset;
    let mut lines: Vec<usize> = sought.only(s).ranges(text.as_str()).into_iter().map(|r| line(r.start)).collect();
    lines.dedup();
    lines
}

/// The words of a text, in lower case, to tell what two answers do not share.
pub fn word_set(text: &str) -> HashSet<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}
