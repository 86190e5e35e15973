//! The log of edits. Undo appends, it never erases.

use super::{Author, Delta, Edit, EditError, Partition, Record};

/// Every edit of a session, in order, and what can be undone and redone now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    records: Vec<Record>,
    undo: Vec<usize>,
    redo: Vec<usize>,
}

impl History {
    /// Replays stored records on the partition they started from.
    pub fn replay(records: Vec<Record>, p: &mut Partition) -> Self {
        let mut history = Self::default();
        for r in records {
            p.apply(&r.delta);
            history.push(r);
        }
        history
    }

    /// All records, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Makes an edit: changes the partition and appends the record, which is returned for storing.
    ///
    /// # Errors
    /// A sentence for the person; nothing has changed then.
    pub fn commit(
        &mut self,
        p: &mut Partition,
        edit: Edit,
        author: Author,
        time_ms: u64,
        blind: bool,
    ) -> Result<Record, EditError> {
        let delta = match &edit {
            Edit::Undo { .. } | Edit::Redo { .. } => return Err(EditError::NoChange),
            _ => edit.plan(p, &author)?,
        };
        Ok(self.append(p, edit, delta, author, time_ms, blind))
    }

    /// Takes back the latest edit that stands; `None` when there is none.
    pub fn undo(&mut self, p: &mut Partition, author: Author, time_ms: u64, blind: bool) -> Option<Record> {
        let of = self.records.get(*self.undo.last()?)?;
        let (edit, delta) = (Edit::Undo { seq: of.seq }, of.inverse.clone());
        Some(self.append(p, edit, delta, author, time_ms, blind))
    }

    /// Repeats the edit undone last; `None` when there is none.
    pub fn redo(&mut self, p: &mut Partition, author: Author, time_ms: u64, blind: bool) -> Option<Record> {
        let of = self.records.get(*self.redo.last()?)?;
        let (edit, delta) = (Edit::Redo { seq: of.seq }, of.delta.clone());
        Some(self.append(p, edit, delta, author, time_ms, blind))
    }

    fn append(
        &mut self,
        p: &mut Partition,
        edit: Edit,
        delta: Delta,
        author: Author,
        time_ms: u64,
        blind: bool,
    ) -> Record {
        let inverse = p.apply(&delta);
        debug_assert_eq!(p.fault(), None, "after {edit:?}");
        let seq = self.records.last().map_or(1, |r| r.seq + 1);
        let record = Record { seq, time_ms, author, blind, edit, delta, inverse };
        self.push(record.clone());
        record
    }

    fn push(&mut self, record: Record) {
        match record.edit {
            Edit::Undo { .. } => {
                if let Some(at) = self.undo.pop() {
                    self.redo.push(at);
                }
            }
            Edit::Redo { .. } => {
                if let Some(at) = self.redo.pop() {
                    self.undo.push(at);
                }
            }
            _ => {
                self.undo.push(self.records.len());
                self.redo.clear();
            }
        }
        self.records.push(record);
    }
}
