//! Which differences are left when the wording that one model uses more is masked.

use super::scroll::{Paged, Scroll};
use super::{Layer, Outcome, Overlay};
use crate::analysis::{MaskTarget, MaskingReport, Stage, wording_of};
use crate::app::key::{Key, KeyCode};
use crate::app::msg::Effect;
use crate::app::request::{Cancel, ComputeRequest, Reply, RequestId};
use crate::app::state::App;

/// What is left without the wording.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskingPage {
    /// Where it is taken out of.
    pub taken: MaskTarget,
    /// What is left; `None` while it is computed.
    pub left: Option<Box<MaskingReport>>,
    /// What is being done, of how many texts how many are done.
    pub moved: Option<(Stage, usize, usize)>,
    /// First row shown.
    pub scroll: Scroll,
    asked: Option<RequestId>,
}

impl MaskingPage {
    /// Asks for what is left; what was asked before is not needed any more.
    fn compute(&mut self, taken: MaskTarget, app: &mut App) -> Vec<Effect> {
        let mut effects = self.cancel();
        let (figures, partition) = (app.run.figures.clone(), app.run.partition.clone());
        let (asked, effect) = app.compute(ComputeRequest::Mask(taken, figures, partition));
        *self = Self { taken, left: None, moved: None, scroll: Scroll(0), asked: Some(asked) };
        effects.push(effect);
        effects
    }

    fn cancel(&self) -> Vec<Effect> {
        self.asked.map(|id| Effect::Cancel(Cancel::Masking(id))).into_iter().collect()
    }
}

impl Layer for MaskingPage {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        if key.code == KeyCode::Tab {
            return Outcome::stay(self.compute(self.taken.other(), app));
        }
        let len = self.left.as_ref().map_or(0, |l| l.before.len() + l.new.len() + 1);
        match self.scroll.press(key, len, app.size.1, true) {
            Paged::Left => Outcome::close(self.cancel()),
            Paged::Scrolled | Paged::Nothing => Outcome::stay(Vec::new()),
        }
    }

    fn awaits(&self) -> Option<RequestId> {
        self.asked
    }

    fn receive(&mut self, reply: Reply, app: &mut App) -> Outcome {
        match reply {
            Reply::MaskingMoved(stage, done, total) => self.moved = Some((stage, done, total)),
            Reply::Masked(found) => {
                self.left = Some(found);
                self.asked = None;
            }
            other => return app.close_unanswered(other),
        }
        Outcome::stay(Vec::new())
    }

    fn leave(&mut self, _app: &mut App) -> Vec<Effect> {
        self.cancel()
    }

    fn takes_chords(&self) -> bool {
        true
    }
}

impl App {
    /// Opens the page, when there is wording to mask.
    pub(in crate::app) fn open_masking(&mut self) -> Vec<Effect> {
        if !self.run.has_all_figures() {
            self.set_error("Still computing; try again in a moment.");
            return Vec::new();
        }
        if wording_of(&self.run.figures).is_empty() {
            self.set_status("No wording was found that one model uses more, so there is none to take out.");
            return Vec::new();
        }
        let taken = MaskTarget::Texts;
        let mut page = MaskingPage { taken, left: None, moved: None, scroll: Scroll(0), asked: None };
        let effects = page.compute(taken, self);
        self.overlays.push(Overlay::Masking(page));
        effects
    }
}
