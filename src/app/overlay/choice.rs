//! Lists that are searched by letters and chosen from; the palette of commands.

use super::{Layer, Outcome};
use crate::app::command::{COMMANDS, CommandSpec};
use crate::app::key::{Key, KeyCode};
use crate::app::line::Line;
use crate::app::msg::Effect;
use crate::app::rank::ranked;
use crate::app::state::App;

/// What is typed to search a list, and the row chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// Search.
    pub filter: Line,
    /// Row chosen, of those that the search leaves.
    pub cursor: usize,
}

impl Choice {
    /// Takes a key in a list of so many rows.
    pub(super) fn press(&mut self, key: Key, rows: usize) {
        match (key.ctrl, key.code) {
            (false, KeyCode::Down) | (true, KeyCode::Char('n')) => {
                self.cursor = (self.cursor + 1).min(rows.saturating_sub(1));
            }
            (false, KeyCode::Up) | (true, KeyCode::Char('p')) => self.cursor = self.cursor.saturating_sub(1),
            _ => {
                if self.filter.edit(key) {
                    self.cursor = 0;
                }
            }
        }
    }

    /// Takes pasted text.
    pub(super) fn paste(&mut self, text: &str) {
        self.filter.insert(text);
        self.cursor = 0;
    }
}

/// All commands of the pane below, searchable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Palette {
    /// What is typed and chosen.
    pub choice: Choice,
}

impl Palette {
    /// Rows for what is typed.
    pub fn rows(&self, app: &App) -> Vec<&'static CommandSpec> {
        let here = app.context();
        let all: Vec<&CommandSpec> = COMMANDS.iter().filter(|s| s.contexts.contains(&here)).collect();
        let names: Vec<String> = all.iter().map(|s| format!("{} {}", s.title, s.help)).collect();
        ranked(self.choice.filter.text(), names.iter().map(String::as_str)).into_iter().map(|i| all[i]).collect()
    }
}

impl Layer for Palette {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        let rows = self.rows(app);
        if key.code == KeyCode::Enter {
            let chosen = rows.get(self.choice.cursor).map(|s| s.command);
            return Outcome::close(chosen.map_or_else(Vec::new, |c| app.run(c)));
        }
        self.choice.press(key, rows.len());
        Outcome::stay(Vec::new())
    }

    fn paste(&mut self, text: &str, _app: &mut App) -> Vec<Effect> {
        self.choice.paste(text);
        Vec::new()
    }

    fn is_typing(&self) -> bool {
        true
    }
}
