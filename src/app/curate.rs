//! Curation: flags, notes, reviews, finer and coarser clusters.

use super::layout::Pane;
use super::msg::Effect;
use super::overlay::LinePurpose;
use super::state::App;
use crate::model::{ClusterId, Edit, Target};

impl App {
    pub(super) fn flag(&mut self) -> Vec<Effect> {
        let clusters = self.chosen_clusters();
        let flagged = |id: &ClusterId| self.run.partition.get(*id).is_some_and(|c| c.flag.is_some());
        if !clusters.is_empty() && clusters.iter().all(flagged) {
            return self.commit(Edit::Flag { clusters, reason: None });
        }
        if !clusters.is_empty() {
            self.open_line(LinePurpose::Flag { clusters }, "");
        }
        Vec::new()
    }

    pub(super) fn open_note(&mut self) {
        if let Some(cluster) = self.current_cluster() {
            let old = self.run.partition.get(cluster).and_then(|c| c.note.clone()).unwrap_or_default();
            let on = Target::Cluster(cluster);
            self.open_line(LinePurpose::Note { on }, &old);
        }
    }

    pub(super) fn toggle_done(&mut self) -> Vec<Effect> {
        let clusters = self.chosen_clusters();
        let all = clusters.iter().all(|&id| self.run.partition.get(id).is_some_and(|c| c.reviewed));
        let was_list = self.focus == Pane::List && self.clusters.marks.is_empty();
        let effects = self.commit(Edit::Review { clusters, reviewed: !all });
        if was_list && !all && !effects.is_empty() && self.clusters.sort != super::ClusterSort::Review {
            self.move_in_clusters(1);
        }
        effects
    }

    pub(super) fn recut(&mut self, finer: bool) -> Vec<Effect> {
        if !self.is_ready() {
            return Vec::new();
        }
        let (least, most) = (self.run.tree.min_groups(), self.run.tree.max_groups());
        let now = self.run.partition.cut().max(1);
        let next = if finer { (now * 5 / 4).max(now + 1) } else { (now * 4 / 5).min(now.saturating_sub(1)) };
        let groups = next.clamp(least, most);
        if groups == now {
            self.set_status(if finer { "There are no finer clusters." } else { "There are no coarser clusters." });
            return Vec::new();
        }
        let nodes = self.run.tree.cut(groups);
        let effects = self.commit(Edit::Recut { groups, nodes });
        if !effects.is_empty() {
            let n = self.run.partition.clusters().len();
            self.set_status(format!("{}: {n} clusters. u takes it back.", if finer { "Finer" } else { "Coarser" }));
        }
        effects
    }
}
