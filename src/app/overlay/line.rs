//! Lines of input: reasons, notes, names, searches.

use super::{Layer, Outcome, Overlay};
use crate::app::key::{Key, KeyCode};
use crate::app::line::Line;
use crate::app::msg::Effect;
use crate::app::state::App;
use crate::model::{ClusterId, Edit, MarkChange, Target, ThemeId};

/// What a line of input is for.
#[derive(Debug, Clone, PartialEq)]
pub enum LinePurpose {
    /// What the fine-tuning was meant to do.
    Intent,
    /// Why clusters are flagged.
    Flag {
        /// The clusters.
        clusters: Vec<ClusterId>,
    },
    /// The name of a theme.
    Theme {
        /// The theme to rename; a new one when absent.
        change: Option<ThemeId>,
    },
    /// A note.
    Note {
        /// The cluster or difference.
        on: Target,
    },
    /// Why a difference is dismissed.
    Dismiss {
        /// The difference.
        target: Target,
    },
    /// Search in the full text.
    SearchTexts,
    /// Search in all texts.
    SearchAll,
}

/// A line of input.
#[derive(Debug, Clone, PartialEq)]
pub struct InputLine {
    /// What for.
    pub purpose: LinePurpose,
    /// What is typed.
    pub line: Line,
}

impl Layer for InputLine {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        if key.code != KeyCode::Enter {
            self.line.edit(key);
            return Outcome::stay(Vec::new());
        }
        let text = self.line.text().trim().to_owned();
        Outcome::close(match self.purpose.clone() {
            LinePurpose::Intent => app.take_intent(text),
            LinePurpose::Flag { clusters } => {
                let reason = if text.is_empty() { "impure".to_owned() } else { text };
                app.commit(Edit::Flag { clusters, reason: Some(reason) })
            }
            LinePurpose::Note { on } => app.mark_difference(on, MarkChange::Note((!text.is_empty()).then_some(text))),
            LinePurpose::Dismiss { target } => app.dismiss(target, text),
            LinePurpose::Theme { change } => app.name_theme(change, text),
            LinePurpose::SearchTexts => app.search_texts(&text),
            LinePurpose::SearchAll => app.search_everything(&text),
        })
    }

    fn paste(&mut self, text: &str, _app: &mut App) -> Vec<Effect> {
        self.line.insert(text);
        Vec::new()
    }

    fn is_typing(&self) -> bool {
        true
    }
}

/// Letters that the labels listed must hold; the list follows while they are typed.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFilter {
    /// What is typed.
    pub line: Line,
}

impl Layer for LabelFilter {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match key.code {
            KeyCode::Enter => return Outcome::close(Vec::new()),
            // Arrows move in the list below.
            KeyCode::Up => app.move_in_clusters(-1),
            KeyCode::Down => app.move_in_clusters(1),
            _ => {
                if self.line.edit(key) {
                    app.filter_clusters(self.line.text());
                }
            }
        }
        Outcome::stay(Vec::new())
    }

    fn paste(&mut self, text: &str, app: &mut App) -> Vec<Effect> {
        self.line.insert(text);
        app.filter_clusters(self.line.text());
        Vec::new()
    }

    fn leave(&mut self, app: &mut App) -> Vec<Effect> {
        app.filter_clusters("");
        Vec::new()
    }

    fn is_typing(&self) -> bool {
        true
    }
}

impl App {
    /// Opens a line of input with a text in it.
    pub(in crate::app) fn open_line(&mut self, purpose: LinePurpose, text: &str) {
        self.overlays.push(Overlay::Line(InputLine { purpose, line: Line::new(text) }));
    }
}
