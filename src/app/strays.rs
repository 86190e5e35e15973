//! Texts of other clusters that belong to this one, offered for moving.

use super::layout::{Pane, Tab};
use super::run::Phase;
use super::state::App;

impl App {
    /// Lists them, marked, above the texts of other clusters that the label fits.
    pub(super) fn offer_strays(&mut self) {
        if self.run.phase != Phase::Ready || self.tab != Tab::Clusters {
            self.set_error("Texts that belong elsewhere are looked for from the list of clusters (1).");
            return;
        }
        let Some(id) = self.current_cluster() else { return };
        let strays = self.run.strays_of(id);
        if strays.is_empty() {
            self.set_status(format!("No text of another cluster lies among those of #{id}."));
            return;
        }
        self.go_to_cluster(id);
        self.focus = Pane::Members;
        let n = strays.len();
        self.with_members(|list, ctx| list.show_strays(strays, ctx));
        let (texts, them) = if n == 1 { ("text", "it") } else { ("texts", "them") };
        self.set_status(format!(
            "{n} {texts} of other clusters by the nearest texts, marked; M brings {them} in, \\ unmarks."
        ));
    }
}
