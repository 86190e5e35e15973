//! Texts of other clusters that belong to this one, offered for moving.

use super::members::MemberOrder;
use super::state::{App, Pane, Phase, Tab};
use crate::model::{ClusterId, SampleIx};

impl App {
    /// Texts of other clusters whose nearest texts are nearly all in this one.
    pub fn strays_of(&self, id: ClusterId) -> Vec<SampleIx> {
        let elsewhere = |s: &SampleIx| self.data.partition.cluster_of(*s).is_some_and(|c| c != id);
        self.surroundings_of(id).map(|t| t.strays.iter().copied().filter(elsewhere).collect()).unwrap_or_default()
    }

    /// Lists them, marked, above the texts of other clusters that the label fits.
    pub(super) fn offer_strays(&mut self) {
        if self.phase != Phase::Ready || self.tab != Tab::Clusters {
            self.set_error("Texts that belong elsewhere are looked for from the list of clusters (1).");
            return;
        }
        let Some(id) = self.current_cluster() else { return };
        let strays = self.strays_of(id);
        if strays.is_empty() {
            self.set_status(format!("No text of another cluster lies among those of #{id}."));
            return;
        }
        self.go_to_cluster(id);
        self.focus = Pane::Members;
        self.members.sort = MemberOrder::Outsiders;
        self.members.reversed = false;
        self.members.source = None;
        self.counter = None;
        let n = strays.len();
        self.members.marks = strays.into_iter().collect();
        self.refresh_members();
        let (texts, them) = if n == 1 { ("text", "it") } else { ("texts", "them") };
        self.set_status(format!(
            "{n} {texts} of other clusters by the nearest texts, marked; M brings {them} in, \\ unmarks."
        ));
    }
}
