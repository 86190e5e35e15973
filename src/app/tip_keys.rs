//! Tips that were followed, and the key that shows or hides them.

use super::command::Command;
use super::msg::Effect;
use super::state::App;
use super::tips::Tips;

impl App {
    /// Notes that a command was used; asks for that to be kept when a tip is done with.
    pub(super) fn follow_tip(&mut self, command: Command) -> Option<Effect> {
        let context = self.context();
        if !self.tips.follow(command, context) {
            return None;
        }
        if !self.tips.shown() {
            self.keep_cursors_in_view();
        }
        Some(Effect::StoreTips(self.tips.clone()))
    }

    pub(super) fn toggle_tips(&mut self) -> Vec<Effect> {
        // Switched on again, all are shown again.
        self.tips = if self.tips.shown() { Tips { off: true, ..self.tips.clone() } } else { Tips::default() };
        self.keep_cursors_in_view();
        self.set_status(if self.tips.off {
            "No more tips; H shows them again."
        } else {
            "Tips are shown until you have used them."
        });
        vec![Effect::StoreTips(self.tips.clone())]
    }
}
