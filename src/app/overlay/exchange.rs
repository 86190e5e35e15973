//! What was asked and answered for a task of a language model, word for word.

use super::scroll::{Paged, Scroll};
use super::trust::LINES;
use super::{Layer, Outcome, Overlay};
use crate::app::key::{Key, KeyCode};
use crate::app::msg::Effect;
use crate::app::request::{Reply, RequestId, SessionRequest};
use crate::app::state::App;
use crate::llm::Kept;

/// What was asked and answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangePage {
    /// The task's number.
    pub task: u64,
    /// Questions and replies; `None` while they are read.
    pub kept: Option<Vec<Kept>>,
    /// First row shown.
    pub scroll: Scroll,
    asked: Option<RequestId>,
}

impl Layer for ExchangePage {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        if key.code == KeyCode::Enter {
            app.go_to_job(self.task);
            return Outcome::close(Vec::new());
        }
        let len = self.kept.iter().flatten().map(lines).sum::<usize>() + LINES;
        match self.scroll.press(key, len, app.size.1, true) {
            Paged::Left => Outcome::close(Vec::new()),
            Paged::Scrolled | Paged::Nothing => Outcome::stay(Vec::new()),
        }
    }

    fn awaits(&self) -> Option<RequestId> {
        self.asked
    }

    fn receive(&mut self, reply: Reply, app: &mut App) -> Outcome {
        match reply {
            Reply::Exchange(kept) => {
                self.kept = Some(kept);
                self.asked = None;
                Outcome::stay(Vec::new())
            }
            other => app.close_unanswered(other),
        }
    }

    fn takes_chords(&self) -> bool {
        true
    }
}

/// Rows that a question and its reply take, at most: a page may be scrolled as far.
fn lines(kept: &Kept) -> usize {
    let asked = kept.asked.iter().flat_map(|a| a.turns.iter().map(|t| &t.text).chain([&a.system]));
    asked.chain([&kept.reply.text]).map(|t| t.lines().count() + t.len() / 40).sum::<usize>() + 8
}

impl App {
    /// Shows what was asked and answered for the job under the cursor.
    pub(in crate::app) fn open_job(&mut self) -> Vec<Effect> {
        let Some((task, calls)) = self.current_task().map(|t| (t.id, t.calls.clone())) else { return Vec::new() };
        let mut page = ExchangePage { task, kept: Some(Vec::new()), scroll: Scroll(0), asked: None };
        let mut effects = Vec::new();
        if !calls.is_empty() {
            let (asked, effect) = self.of_session(SessionRequest::ReadExchange(calls));
            (page.kept, page.asked) = (None, Some(asked));
            effects.push(effect);
        }
        self.overlays.push(Overlay::Exchange(page));
        effects
    }
}
