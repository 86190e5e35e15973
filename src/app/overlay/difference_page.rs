//! What is known of a difference and was said of it, or the summary of all verdicts.

use super::scroll::{Paged, Scroll};
use super::trust::LINES;
use super::{Layer, Outcome};
use crate::app::key::Key;
use crate::app::state::App;
use crate::model::Target;

/// A page about a difference.
#[derive(Debug, Clone, PartialEq)]
pub struct DifferencePage {
    /// Of what.
    pub target: Target,
    /// First row shown.
    pub scroll: Scroll,
}

impl Layer for DifferencePage {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match self.scroll.press(key, LINES, app.size.1, true) {
            Paged::Left => Outcome::close(Vec::new()),
            Paged::Scrolled | Paged::Nothing => Outcome::stay(Vec::new()),
        }
    }

    fn takes_chords(&self) -> bool {
        true
    }
}
