//! The help of a pane.

use super::scroll::{Paged, Scroll};
use super::{Layer, Outcome};
use crate::app::command::{COMMANDS, CommandSpec};
use crate::app::key::Key;
use crate::app::line::Line;
use crate::app::msg::Effect;
use crate::app::state::App;

/// The commands of the pane below, searchable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HelpPage {
    /// Search in it.
    pub filter: Line,
    /// First row shown.
    pub scroll: Scroll,
}

impl HelpPage {
    /// Rows for what is typed.
    pub fn rows(&self, app: &App) -> Vec<&'static CommandSpec> {
        let here = app.context();
        let needle = self.filter.text().to_lowercase();
        let hit = |s: &&CommandSpec| s.title.contains(&needle) || s.help.to_lowercase().contains(&needle);
        COMMANDS.iter().filter(|s| s.contexts.contains(&here)).filter(hit).collect()
    }
}

impl Layer for HelpPage {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match self.scroll.press(key, self.rows(app).len(), app.size.1, false) {
            Paged::Left => return Outcome::close(Vec::new()),
            Paged::Nothing if self.filter.edit(key) => self.scroll = Scroll(0),
            Paged::Nothing | Paged::Scrolled => {}
        }
        Outcome::stay(Vec::new())
    }

    fn paste(&mut self, text: &str, _app: &mut App) -> Vec<Effect> {
        self.filter.insert(text);
        self.scroll = Scroll(0);
        Vec::new()
    }

    fn is_typing(&self) -> bool {
        true
    }
}
