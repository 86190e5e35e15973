//! The rates of the differences by a field of the records: category, prompt style, turn.

use super::differences::DiffRow;
use super::state::App;
use crate::compare::{Sliced, sliceable, slices};

impl App {
    /// Splits the rates by the next field of the records that can split them; after the last one by none.
    pub(super) fn next_slice(&mut self) {
        let Some(contrast) = self.contrast().filter(|_| !self.blind).cloned() else {
            self.set_status("There are no differences to split by a field.");
            return;
        };
        let fields = sliceable(&self.data.corpus, &contrast);
        if fields.is_empty() {
            self.set_status(
                "No field of the records can split the rates: it needs 2 to 24 values in the texts of both models.",
            );
            return;
        }
        let now = self.differences.slices.first().map(|s| s.field.clone());
        let next = now.and_then(|now| fields.iter().position(|f| *f == now)).map_or(0, |at| at + 1);
        match fields.get(next) {
            None => {
                self.differences.slices.clear();
                self.set_status("Rates are over all texts again.");
            }
            Some(field) => {
                self.slice_by(field);
                let (at, all) = (next + 1, fields.len());
                self.set_status(format!("Rates by {field} (field {at} of {all}); i shows them all, F goes on."));
            }
        }
    }

    /// Counts again after the findings, or who is compared, changed.
    pub(super) fn refresh_slices(&mut self) {
        if let Some(field) = self.differences.slices.first().map(|s| s.field.clone()) {
            self.slice_by(&field);
        }
    }

    fn slice_by(&mut self, field: &str) {
        let findings = &self.data.figures.hotspots.findings;
        let found = self.contrast().map(|c| slices(&self.data.corpus, c, findings, field));
        self.differences.slices = found.and_then(Result::ok).unwrap_or_default();
    }

    /// The rates of a row by the field chosen; `None` where none is, or the row is no finding.
    pub fn sliced(&self, row: &DiffRow) -> Option<&Sliced> {
        match row {
            DiffRow::Finding(i) if !self.blind => self.differences.slices.get(*i),
            _ => None,
        }
    }
}
