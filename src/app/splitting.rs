//! Splits of a cluster, with a preview.

use super::msg::Effect;
use super::overlay::Overlay;
use super::state::{App, Phase};
use crate::analysis::SplitRequest;
use crate::diagnostics::Opposition;
use crate::model::{Author, ClusterId, Edit, SampleIx, SplitBy};

/// Parts of a split by meaning, at most.
const MOST_PARTS: usize = 9;

/// A split that a model proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitStart {
    /// The cluster.
    pub cluster: ClusterId,
    /// How.
    pub by: SplitBy,
    /// The proposal and the model it is of.
    pub opinion: Option<(u64, String)>,
    /// Texts that the model put on the two sides.
    pub examples: [Vec<SampleIx>; 2],
    /// What it calls the sides.
    pub labels: Vec<String>,
}

impl App {
    pub(super) fn open_split(&mut self) -> Vec<Effect> {
        let Some(cluster) = self.current_cluster() else { return Vec::new() };
        if self.phase != Phase::Ready {
            self.set_error("Wait until the clusters are ready.");
            return Vec::new();
        }
        if self.data.partition.size(cluster) < 2 {
            self.set_error("One text cannot be split.");
            return Vec::new();
        }
        let by = self.first_way(cluster);
        self.overlays.push(Overlay::Split { cluster, by, parts: 2, proposal: None, asked: 0, offered: None });
        self.propose_split()
    }

    /// Opens the preview of a split that a model proposed.
    pub(super) fn start_split(&mut self, offered: SplitStart) -> Vec<Effect> {
        let (cluster, by) = (offered.cluster, offered.by);
        let offered = Some(offered);
        self.overlays.push(Overlay::Split { cluster, by, parts: 2, proposal: None, asked: 0, offered });
        self.propose_split()
    }

    /// The ways a cluster can be split now.
    pub(super) fn split_ways(&self, cluster: ClusterId) -> Vec<SplitBy> {
        let members = self.data.partition.members(cluster);
        let some = |chosen: &[SampleIx]| !chosen.is_empty() && chosen.len() < members.len();
        let mut ways = vec![SplitBy::Meaning];
        if self.is_unjudged(cluster) || self.trust_of(cluster).is_some_and(|t| t.opposition.is_some()) {
            ways.push(SplitBy::Opposition);
        }
        let source = |s: SampleIx| self.data.corpus.samples[s as usize].source;
        if members.iter().any(|&s| source(s) != source(members[0])) {
            ways.push(SplitBy::Model);
        }
        if some(&self.found_in(cluster)) {
            ways.push(SplitBy::Search);
        }
        if some(&self.marked_in(cluster)) {
            ways.push(SplitBy::Marks);
        }
        ways
    }

    /// What is offered first: what the person has just marked or searched for is what they mean to split off; then the
    /// two sides of an opposed cluster; never the model.
    fn first_way(&self, cluster: ClusterId) -> SplitBy {
        let ways = self.split_ways(cluster);
        let wished = [SplitBy::Marks, SplitBy::Search].into_iter().find(|w| ways.contains(w));
        wished.unwrap_or(if self.is_opposed(cluster) { SplitBy::Opposition } else { SplitBy::Meaning })
    }

    fn is_opposed(&self, cluster: ClusterId) -> bool {
        self.trust_of(cluster).and_then(|t| t.opposition.as_ref()).is_some_and(Opposition::is_opposed)
    }

    fn marked_in(&self, cluster: ClusterId) -> Vec<SampleIx> {
        let here = |s: &SampleIx| self.data.partition.cluster_of(*s) == Some(cluster);
        self.members.marks.iter().copied().filter(here).collect()
    }

    fn found_in(&self, cluster: ClusterId) -> Vec<SampleIx> {
        let here = |s: &SampleIx| self.data.partition.cluster_of(*s) == Some(cluster);
        self.members.hits.iter().flatten().copied().filter(here).collect()
    }

    /// Asks for the parts of the split on the screen.
    pub(super) fn propose_split(&mut self) -> Vec<Effect> {
        let generation = self.next_generation();
        let Some(Overlay::Split { cluster, by, parts, offered, .. }) = self.overlays.last() else { return Vec::new() };
        let (cluster, by, parts) = (*cluster, *by, *parts);
        let (against, mut chosen, labels) = match offered {
            Some(o) if by == SplitBy::Llm => (o.examples[0].clone(), o.examples[1].clone(), o.labels.clone()),
            _ => Default::default(),
        };
        match by {
            SplitBy::Marks => chosen = self.marked_in(cluster),
            SplitBy::Search => chosen = self.found_in(cluster),
            _ => {}
        }
        let members = self.data.partition.members(cluster).to_vec();
        if let Some(Overlay::Split { proposal, asked, .. }) = self.overlays.last_mut() {
            *proposal = None;
            *asked = generation;
        }
        vec![Effect::ProposeSplit(generation, SplitRequest { cluster, members, by, parts, chosen, against, labels })]
    }

    /// More (or fewer) parts.
    pub(super) fn change_parts(&mut self, more: bool) -> Vec<Effect> {
        let Some(Overlay::Split { parts, by, cluster, .. }) = self.overlays.last_mut() else { return Vec::new() };
        let most = MOST_PARTS.min(self.data.partition.size(*cluster));
        *by = SplitBy::Meaning;
        *parts = if more { (*parts + 1).min(most) } else { (*parts - 1).max(2) };
        self.propose_split()
    }

    /// Another way to split.
    pub(super) fn change_split(&mut self) -> Vec<Effect> {
        let Some(Overlay::Split { cluster, .. }) = self.overlays.last() else { return Vec::new() };
        let mut ways = self.split_ways(*cluster);
        if let Some(Overlay::Split { offered: Some(o), .. }) = self.overlays.last() {
            ways.push(o.by);
        }
        if let Some(Overlay::Split { by, .. }) = self.overlays.last_mut() {
            let at = ways.iter().position(|w| w == by).unwrap_or(0);
            *by = ways[(at + 1) % ways.len()];
        }
        self.propose_split()
    }

    /// Makes the split on the screen.
    pub(super) fn accept_split(&mut self) -> Vec<Effect> {
        let Some(Overlay::Split { cluster, by, proposal: Some(parts), offered, .. }) = self.overlays.last() else {
            return Vec::new();
        };
        if parts.len() < 2 {
            self.set_error("There is only one part; nothing to split.");
            return Vec::new();
        }
        // A split done another way than proposed is the person's.
        let opinion = offered.as_ref().filter(|o| o.by == *by).and_then(|o| o.opinion.clone());
        let labels: Vec<String> = match opinion {
            Some(_) => parts.iter().map(|p| p.label.clone().unwrap_or_default()).collect(),
            None => Vec::new(),
        };
        let members = parts.iter().map(|p| p.members.clone()).collect();
        let (id, author) = match opinion {
            Some((id, model)) => (Some(id), Author::Llm(model)),
            None => (None, Author::Human(self.user.clone())),
        };
        let edit = Edit::Split { cluster: *cluster, by: *by, parts: members, labels, opinion: id };
        self.overlays.pop();
        let effects = self.commit_by(edit, author);
        self.members.marks.clear();
        effects
    }
}
