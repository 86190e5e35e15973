//! A person's verdict on a difference.

use super::{Layer, Outcome, Overlay};
use crate::app::key::{Key, KeyCode};
use crate::app::state::App;
use crate::model::{Edit, Target, Verdict};

/// The choice of verdicts.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgeBox {
    /// The difference.
    pub target: Target,
    /// Row chosen; the one after the last verdict is none.
    pub cursor: usize,
    /// The verdict so far.
    pub now: Option<Verdict>,
}

impl Layer for JudgeBox {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.cursor = (self.cursor + 1).min(Verdict::ALL.len()),
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Char('q') => return Outcome::close(Vec::new()),
            KeyCode::Enter => {
                let verdict = Verdict::ALL.get(self.cursor).copied();
                return Outcome::close(app.commit(Edit::Judge { target: self.target.clone(), verdict }));
            }
            _ => {}
        }
        Outcome::stay(Vec::new())
    }
}

impl App {
    /// Opens the choice of verdicts.
    pub(in crate::app) fn open_judge(&mut self) {
        let Some(target) = self.current_target() else {
            self.set_status("There is no difference under the cursor to judge.");
            return;
        };
        let now = self.run.partition.verdict(&target);
        let cursor = now.and_then(|v| Verdict::ALL.iter().position(|o| *o == v)).unwrap_or(0);
        self.overlays.push(Overlay::Judge(JudgeBox { target, cursor, now }));
    }
}
