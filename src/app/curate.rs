//! Curation: labels, merges, moves, flags, notes.

use super::line::Line;
use super::members::MemberOrder;
use super::msg::Effect;
use super::overlay::{Overlay, PickAction, PromptKind};
use super::state::{App, Pane, Phase, Tab};
use crate::model::{ClusterId, Edit, Target};

impl App {
    pub(super) fn open_label(&mut self) -> Vec<Effect> {
        let Some(cluster) = self.current_cluster() else { return Vec::new() };
        let old = self.data.partition.get(cluster).and_then(|c| c.label.clone()).unwrap_or_default();
        self.open_label_with(cluster, &old, None)
    }

    /// Opens the line for a label with a text in it, which may be a proposal.
    pub(super) fn open_label_with(&mut self, cluster: ClusterId, text: &str, opinion: Option<u64>) -> Vec<Effect> {
        let asked = self.next_generation();
        let kind = PromptKind::Label { cluster, fit: None, asked, opinion };
        self.overlays.push(Overlay::Prompt { kind, line: Line::new(text) });
        self.measure_fit()
    }

    /// Asks how well the label being typed fits.
    pub(super) fn measure_fit(&mut self) -> Vec<Effect> {
        if self.phase != Phase::Ready {
            return Vec::new();
        }
        let generation = self.next_generation();
        let partition = self.data.partition.clone();
        match self.overlays.last_mut() {
            Some(Overlay::Prompt { kind: PromptKind::Label { cluster, asked, .. }, line })
                if !line.text().trim().is_empty() =>
            {
                *asked = generation;
                vec![Effect::MeasureFit(generation, *cluster, line.text().to_owned(), Box::new(partition))]
            }
            Some(Overlay::Prompt { kind: PromptKind::Label { fit, asked, .. }, .. }) => {
                *asked = generation;
                *fit = None;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn merge(&mut self) -> Vec<Effect> {
        if self.clusters.marks.len() > 1 {
            let clusters = self.clusters.marks.iter().copied().collect();
            self.overlays.push(Overlay::Merge { clusters });
            return Vec::new();
        }
        let Some(id) = self.current_cluster() else { return Vec::new() };
        if self.phase != Phase::Ready || self.data.partition.clusters().len() < 2 {
            self.set_error("There is no other cluster to merge with.");
            return Vec::new();
        }
        let generation = self.next_generation();
        self.overlays.push(Overlay::Pick {
            title: format!("Merge #{id} with …"),
            filter: Line::default(),
            cursor: 0,
            items: Vec::new(),
            action: PickAction::Merge(id),
        });
        self.search_wanted = generation;
        vec![Effect::FindNearest(generation, id, Box::new(self.data.partition.clone()))]
    }

    /// Fills the list of clusters to merge with.
    pub(super) fn offer_merges(&mut self, generation: u64, found: Vec<(ClusterId, f32, String)>) {
        if generation != self.search_wanted {
            return;
        }
        let rows: Vec<(Option<ClusterId>, String)> = found
            .into_iter()
            .map(|(id, similarity, terms)| {
                let shared = if terms.is_empty() { String::new() } else { format!("  both: {terms}") };
                let size = self.data.partition.size(id);
                (Some(id), format!("#{id} {}  {size} texts  {similarity:.2} alike{shared}", self.label(id)))
            })
            .collect();
        if let Some(Overlay::Pick { items, action: PickAction::Merge(_), .. }) = self.overlays.last_mut() {
            *items = rows;
        }
    }

    pub(super) fn open_move(&mut self) {
        let samples = self.chosen_samples();
        if samples.is_empty() {
            self.set_error("There is no text here to move.");
            return;
        }
        let n = samples.len();
        let from = self.current_cluster();
        let mut items = vec![(None, "a new cluster".to_owned())];
        // Outsiders come here; members go elsewhere.
        let inward = self.members.sort == MemberOrder::Outsiders && self.tab == Tab::Clusters;
        if let Some(id) = from.filter(|_| inward) {
            items.insert(0, (Some(id), format!("#{id} {} (this cluster)", self.label(id))));
        }
        for &id in self.clusters.order.iter().filter(|&&id| Some(id) != from || (n > 1 && !inward)) {
            items.push((Some(id), format!("#{id} {}", self.label(id))));
        }
        self.overlays.push(Overlay::Pick {
            title: format!("Move {n} text{} to …", if n == 1 { "" } else { "s" }),
            filter: Line::default(),
            cursor: 0,
            items,
            action: PickAction::Move(samples),
        });
    }

    pub(super) fn flag(&mut self) -> Vec<Effect> {
        let clusters = self.chosen_clusters();
        let flagged = |id: &ClusterId| self.data.partition.get(*id).is_some_and(|c| c.flag.is_some());
        if !clusters.is_empty() && clusters.iter().all(flagged) {
            return self.commit(Edit::Flag { clusters, reason: None });
        }
        if !clusters.is_empty() {
            self.overlays.push(Overlay::Prompt { kind: PromptKind::Flag { clusters }, line: Line::default() });
        }
        Vec::new()
    }

    pub(super) fn open_note(&mut self) {
        if let Some(cluster) = self.current_cluster() {
            let old = self.data.partition.get(cluster).and_then(|c| c.note.clone()).unwrap_or_default();
            let on = Target::Cluster(cluster);
            self.overlays.push(Overlay::Prompt { kind: PromptKind::Note { on }, line: Line::new(&old) });
        }
    }

    pub(super) fn toggle_done(&mut self) -> Vec<Effect> {
        let clusters = self.chosen_clusters();
        let all = clusters.iter().all(|&id| self.data.partition.get(id).is_some_and(|c| c.reviewed));
        let was_list = self.focus == Pane::List && self.clusters.marks.is_empty();
        let effects = self.commit(Edit::Review { clusters, reviewed: !all });
        if was_list && !all && !effects.is_empty() && self.clusters.sort != super::ClusterSort::Review {
            self.move_in_clusters(1);
        }
        effects
    }

    pub(super) fn recut(&mut self, finer: bool) -> Vec<Effect> {
        if self.phase != Phase::Ready {
            self.set_error("Wait until the clusters are ready.");
            return Vec::new();
        }
        let (least, most) = (self.data.tree.min_groups(), self.data.tree.max_groups());
        let now = self.data.partition.cut().max(1);
        let next = if finer { (now * 5 / 4).max(now + 1) } else { (now * 4 / 5).min(now.saturating_sub(1)) };
        let groups = next.clamp(least, most);
        if groups == now {
            self.set_status(if finer { "There are no finer clusters." } else { "There are no coarser clusters." });
            return Vec::new();
        }
        let nodes = self.data.tree.cut(groups);
        let effects = self.commit(Edit::Recut { groups, nodes });
        if !effects.is_empty() {
            let n = self.data.partition.clusters().len();
            self.set_status(format!("{}: {n} clusters. u takes it back.", if finer { "Finer" } else { "Coarser" }));
        }
        effects
    }
}
