//! Edits: made in somebody's name, taken back, repeated, and what follows from them.

use std::sync::Arc;

use super::msg::Effect;
use super::request::{ComputeRequest, RequestId, SessionRequest};
use super::run::Phase;
use super::state::{App, NOT_READY, SaveState};
use crate::model::{Author, Edit, Record};
use crate::text::sentence;

impl App {
    /// Makes an edit and asks for storing it and for new numbers.
    pub(super) fn commit(&mut self, edit: Edit) -> Vec<Effect> {
        let author = Author::Human(self.user.clone());
        self.commit_by(edit, author)
    }

    /// Makes an edit in somebody's name: a model is the author of what a person took from it unchanged.
    pub(super) fn commit_by(&mut self, edit: Edit, author: Author) -> Vec<Effect> {
        if let Some(refusal) = self.refusal() {
            self.set_error(refusal);
            return Vec::new();
        }
        let said = edit.describe();
        match self.run.history.commit(Arc::make_mut(&mut self.run.partition), edit, author, self.now_ms, self.run.blind)
        {
            Ok(record) => {
                self.set_status(format!("Done: {said}. u takes it back."));
                self.after_edit(record)
            }
            Err(e) => {
                self.set_error(sentence(&e.to_string()));
                Vec::new()
            }
        }
    }

    /// Takes back or repeats an edit.
    pub(super) fn travel(&mut self, back: bool) -> Vec<Effect> {
        if let Some(refusal) = self.refusal() {
            self.set_error(refusal);
            return Vec::new();
        }
        let author = Author::Human(self.user.clone());
        let (history, partition) = (&mut self.run.history, Arc::make_mut(&mut self.run.partition));
        let record = if back {
            history.undo(partition, author, self.now_ms, self.run.blind)
        } else {
            history.redo(partition, author, self.now_ms, self.run.blind)
        };
        let Some(record) = record else {
            self.set_status(if back { "Nothing to undo." } else { "Nothing to redo." });
            return Vec::new();
        };
        let seq = match record.edit {
            Edit::Undo { seq } | Edit::Redo { seq } => seq,
            _ => record.seq,
        };
        let what = self.run.history.records().iter().find(|r| r.seq == seq).map(|r| r.edit.describe());
        self.set_status(format!("{}: {}.", if back { "Undone" } else { "Redone" }, what.unwrap_or_default()));
        self.after_edit(record)
    }

    fn refusal(&self) -> Option<&'static str> {
        if self.saved == SaveState::ReadOnly {
            return Some("This session is read-only; open it without --read-only to edit.");
        }
        (self.run.phase != Phase::Ready).then_some(NOT_READY)
    }

    fn after_edit(&mut self, record: Record) -> Vec<Effect> {
        self.saved = SaveState::Saving;
        self.refresh_lists();
        // Bookkeeping leaves every figure as it is.
        let compute = record.changes_figures().then(|| self.compute_figures());
        let (_, store) = self.of_session(SessionRequest::StoreEdit(Box::new(record)));
        std::iter::once(store).chain(compute).collect()
    }

    /// Asks for numbers of the clusters as they are now.
    pub(super) fn compute_figures(&mut self) -> Effect {
        self.run.figures_stale = true;
        let (asked, effect) = self.compute(ComputeRequest::Figures(self.run.partition.clone()));
        self.figures_wanted = asked;
        effect
    }

    /// A request to the thread that computes, with its number.
    pub(super) fn compute(&mut self, request: ComputeRequest) -> (RequestId, Effect) {
        let id = self.next_request();
        (id, Effect::Compute(id, request))
    }

    /// A request to the thread that owns the session, with its number.
    pub(super) fn of_session(&mut self, request: SessionRequest) -> (RequestId, Effect) {
        let id = self.next_request();
        (id, Effect::Session(id, request))
    }

    /// The number of the next request.
    pub(super) fn next_request(&mut self) -> RequestId {
        self.last_request.0 += 1;
        self.last_request
    }
}
