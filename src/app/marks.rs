//! What a person notes of a difference: reviewed, dismissed with a reason, a note. Keys are those of the clusters.

use super::command::Context;
use super::msg::Effect;
use super::overlay::LinePurpose;
use super::state::App;
use crate::model::{Edit, MarkChange, Target};

impl App {
    /// The difference under the cursor of their list.
    fn difference_here(&self) -> Option<Target> {
        let row = self.differences.rows.get(self.differences.cursor)?;
        self.run.target_of(row).filter(|_| self.context() == Context::Differences)
    }

    /// Changes the mark of a difference; a cluster is reviewed, and has its note, by edits of its own.
    pub(super) fn mark_difference(&mut self, target: Target, change: MarkChange) -> Vec<Effect> {
        let done = match &change {
            MarkChange::Reviewed(true) => "Reviewed",
            MarkChange::Reviewed(false) => "Not reviewed any more",
            MarkChange::Dismissed(Some(_)) => "Dismissed, and now at the end of the list",
            MarkChange::Dismissed(None) => "Counts again",
            MarkChange::Note(Some(_)) => "Note kept",
            MarkChange::Note(None) => "Note removed",
        };
        let said = format!("{done}: {}. u takes it back.", self.run.target_name(&target));
        let edit = match (target, change) {
            (Target::Cluster(id), MarkChange::Reviewed(reviewed)) => Edit::Review { clusters: vec![id], reviewed },
            (Target::Cluster(cluster), MarkChange::Note(text)) => Edit::Note { cluster, text },
            (target, change) => match self.run.difference_of(target) {
                Some(difference) => Edit::Mark { difference, change },
                None => return Vec::new(),
            },
        };
        let effects = self.commit(edit);
        if !effects.is_empty() {
            self.set_status(said);
        }
        effects
    }

    /// Marks the difference under the cursor as reviewed, or takes that back, and goes on to the next.
    pub(super) fn toggle_reviewed_difference(&mut self) -> Vec<Effect> {
        let Some(target) = self.difference_here() else {
            self.set_status("The reading queue is not a difference and cannot be marked.");
            return Vec::new();
        };
        let reviewed = !self.run.mark_of(&target).reviewed;
        let effects = self.mark_difference(target, MarkChange::Reviewed(reviewed));
        if reviewed && !effects.is_empty() {
            self.move_in_differences(1);
        }
        effects
    }

    /// Asks why the difference under the cursor is dismissed; takes one that is dismissed back into the list.
    pub(super) fn dismiss_or_take_back(&mut self) -> Vec<Effect> {
        let Some(target) = self.difference_here() else {
            self.set_status("The reading queue is not a difference and cannot be dismissed.");
            return Vec::new();
        };
        if self.run.mark_of(&target).dismissed.is_some() {
            return self.mark_difference(target, MarkChange::Dismissed(None));
        }
        self.open_line(LinePurpose::Dismiss { target }, "");
        Vec::new()
    }

    /// Dismisses a difference for the reason typed.
    pub(super) fn dismiss(&mut self, target: Target, why: String) -> Vec<Effect> {
        if why.is_empty() {
            self.set_error("A difference is dismissed with a reason; nothing was changed.");
            return Vec::new();
        }
        self.mark_difference(target, MarkChange::Dismissed(Some(why)))
    }

    /// Opens the note on the difference under the cursor.
    pub(super) fn open_difference_note(&mut self) {
        let Some(on) = self.difference_here() else {
            self.set_status("The reading queue is not a difference and cannot have a note.");
            return;
        };
        let old = self.run.mark_of(&on).note.unwrap_or_default();
        self.open_line(LinePurpose::Note { on }, &old);
    }
}
