//! What is left of the differences without the wording, worked out in the background and told in a box.

use super::msg::Effect;
use super::overlay::Overlay;
use super::state::App;
use crate::analysis::{MaskTarget, wording_of};

impl App {
    /// Opens the box, when there is wording to take out.
    pub(super) fn open_wording(&mut self) -> Vec<Effect> {
        if !self.has_all_figures() {
            self.set_error("Still computing; try again in a moment.");
            return Vec::new();
        }
        if wording_of(&self.data.figures).is_empty() {
            self.set_status("No wording was found that one model uses more, so there is none to take out.");
            return Vec::new();
        }
        self.overlays.push(Overlay::Wording { taken: MaskTarget::Texts, left: None, moved: None, scroll: 0, asked: 0 });
        self.take_wording_out(MaskTarget::Texts)
    }

    /// Works it out, for the box that is open.
    pub(super) fn take_wording_out(&mut self, by: MaskTarget) -> Vec<Effect> {
        let generation = self.next_generation();
        if let Some(Overlay::Wording { taken, left, moved, scroll, asked }) = self.overlays.last_mut() {
            (*taken, *left, *moved, *scroll, *asked) = (by, None, None, 0, generation);
        }
        let (figures, partition) = (self.data.figures.clone(), self.data.partition.clone());
        vec![Effect::TakeWordingOut(generation, by, Box::new(figures), Box::new(partition))]
    }
}
