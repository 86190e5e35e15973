//! Whether a cluster is what its label says, in words.

use super::scroll::{Paged, Scroll};
use super::{Layer, Outcome};
use crate::app::key::Key;
use crate::app::state::App;
use crate::model::ClusterId;

/// Lines that the page never exceeds, however narrow the screen.
pub(super) const LINES: usize = 100;

/// The evidence of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// First row shown.
    pub scroll: Scroll,
}

impl Layer for TrustPage {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        if key == Key::char('s') {
            return Outcome::close(app.open_split());
        }
        match self.scroll.press(key, LINES, app.size.1, true) {
            Paged::Left => Outcome::close(Vec::new()),
            Paged::Scrolled | Paged::Nothing => Outcome::stay(Vec::new()),
        }
    }

    fn takes_chords(&self) -> bool {
        true
    }
}
