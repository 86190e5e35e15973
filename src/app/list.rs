//! Lists on the screen: a cursor that stays in view, and ranges.

use std::collections::BTreeSet;

use super::command::Command;
use super::layout::Tab;
use super::run::Run;

/// What a list sees besides itself.
pub(super) struct Ctx<'a> {
    /// What is known of the run.
    pub run: &'a Run,
    /// The tab that is shown.
    pub tab: Tab,
    /// Rows of the list on the screen.
    pub rows: usize,
}

/// Rows of a list on the screen, and how many more than needed it scrolls by: over a slow line the rows that come in should
/// be written neither at every key nor all at once.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    shown: usize,
    ahead: usize,
}

impl Rows {
    /// Of the tall list, which fills most of the screen's rows: the terminal moves what stays, and what comes in is written.
    pub fn tall(shown: usize) -> Self {
        Self { shown: shown.max(1), ahead: shown / 16 }
    }

    /// Of a list beside another: a scroll writes all of it.
    pub fn beside(shown: usize) -> Self {
        Self { shown: shown.max(1), ahead: shown / 4 }
    }
}

/// By how many rows a command moves the cursor of a list that shows so many; `None` for a command that does something else.
pub(super) fn moves_by(command: Command, rows: usize) -> Option<isize> {
    let half = (rows / 2).max(1) as isize;
    Some(match command {
        Command::Down => 1,
        Command::Up => -1,
        Command::Top => isize::MIN / 2,
        Command::Bottom => isize::MAX / 2,
        Command::PageDown => half,
        Command::PageUp => -half,
        _ => return None,
    })
}

/// A list whose rows can be marked.
pub(super) struct Marking<'a, T> {
    /// The rows.
    pub order: &'a [T],
    /// Row of the cursor.
    pub cursor: &'a mut usize,
    /// First row shown.
    pub top: &'a mut usize,
    /// Marked rows.
    pub marks: &'a mut BTreeSet<T>,
    /// Where a range began.
    pub anchor: &'a mut Option<usize>,
    /// Rows on the screen.
    pub rows: Rows,
}

/// What a command did in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    /// It moved the cursor.
    Moved,
    /// It changed the marks, or ended a range.
    Marked,
    /// It began a range.
    BeganRange,
}

impl<T: Copy + Ord> Marking<'_, T> {
    /// Moves or marks as a command says; `None` for a command that does something else.
    pub fn update(&mut self, command: Command) -> Option<Did> {
        match command {
            Command::Mark => {
                if let Some(row) = self.order.get(*self.cursor)
                    && !self.marks.remove(row)
                {
                    self.marks.insert(*row);
                }
                self.step(1);
                return Some(Did::Marked);
            }
            Command::Range if self.anchor.take().is_none() => {
                *self.anchor = Some(*self.cursor);
                self.step(0);
                return Some(Did::BeganRange);
            }
            Command::Range => return Some(Did::Marked),
            Command::MarkAll => {
                self.marks.extend(self.order.iter().copied());
                return Some(Did::Marked);
            }
            // Where only hits are listed, the next row is the next hit.
            Command::NextHit => self.step(1),
            Command::PreviousHit => self.step(-1),
            other => self.step(moves_by(other, self.rows.shown)?),
        }
        Some(Did::Moved)
    }

    /// Moves the cursor, and marks what a range passes.
    pub fn step(&mut self, by: isize) {
        step(self.cursor, self.top, by, self.order.len(), self.rows);
        if let Some(anchor) = *self.anchor {
            self.marks.extend(between(self.order, anchor, *self.cursor));
        }
    }
}

/// What is said of marks, and of a range that begins; nothing of a cursor that moved.
pub(super) fn said_of(did: Did, marks: impl FnOnce() -> String) -> String {
    match did {
        Did::Moved => String::new(),
        Did::Marked => marks(),
        Did::BeganRange => "Range: move to mark, v ends it.".into(),
    }
}

/// The rows from where a range began to the cursor; the list may have become shorter since, or empty.
pub(super) fn between<T: Copy>(list: &[T], anchor: usize, cursor: usize) -> impl Iterator<Item = T> {
    list.iter().take(anchor.max(cursor) + 1).skip(anchor.min(cursor)).copied()
}

/// Moves a cursor by `by` rows in a list of `len`, and the first row shown so that the cursor stays in view.
pub(super) fn step(cursor: &mut usize, top: &mut usize, by: isize, len: usize, rows: Rows) {
    *cursor = cursor.saturating_add_signed(by).min(len.saturating_sub(1));
    keep_in_view(*cursor, top, len, rows);
}

/// Scrolls when the cursor leaves the rows shown.
pub(super) fn keep_in_view(cursor: usize, top: &mut usize, len: usize, Rows { shown, ahead }: Rows) {
    if cursor < *top {
        *top = cursor.saturating_sub(ahead);
    } else if cursor >= *top + shown {
        *top = cursor + 1 - shown + ahead;
    }
    *top = (*top).min(len.saturating_sub(shown));
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn a_range_ends_where_the_list_does() {
        let of = |list: &[u32], anchor, cursor| between(list, anchor, cursor).collect::<Vec<_>>();
        assert_eq!(of(&[5, 6, 7, 8], 2, 1), [6, 7]);
        assert_eq!(of(&[5, 6], 9, 1), [6]);
        assert!(of(&[], 0, 0).is_empty());
    }
}
