//! The history of edits.

use super::scroll::{Paged, Scroll};
use super::{Layer, Outcome};
use crate::app::key::Key;
use crate::app::state::App;

/// The history of edits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HistoryPage {
    /// First row shown.
    pub scroll: Scroll,
}

impl Layer for HistoryPage {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match self.scroll.press(key, app.run.history.records().len(), app.size.1, true) {
            Paged::Left => Outcome::close(Vec::new()),
            Paged::Scrolled | Paged::Nothing => Outcome::stay(Vec::new()),
        }
    }

    fn takes_chords(&self) -> bool {
        true
    }
}
