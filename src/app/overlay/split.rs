//! The split of a cluster, with a preview of its parts.

use super::{Layer, Outcome, Overlay};
use crate::analysis::{SplitPart, SplitRequest};
use crate::app::key::{Key, KeyCode};
use crate::app::msg::Effect;
use crate::app::request::{ComputeRequest, Reply, RequestId};
use crate::app::state::App;
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

/// A proposed split.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitBox {
    /// The cluster.
    pub cluster: ClusterId,
    /// How.
    pub by: SplitBy,
    /// Number of parts asked for.
    pub parts: usize,
    /// The parts; `None` while they are worked out.
    pub proposal: Option<Vec<SplitPart>>,
    asked: RequestId,
    /// What a model proposed, when the split is its.
    offered: Option<SplitStart>,
}

impl SplitBox {
    /// Opens the preview of a split.
    fn open(cluster: ClusterId, by: SplitBy, offered: Option<SplitStart>, app: &mut App) -> Vec<Effect> {
        let mut new = Self { cluster, by, parts: 2, proposal: None, asked: RequestId::default(), offered };
        let effects = new.propose(app);
        app.overlays.push(Overlay::Split(new));
        effects
    }

    /// Asks for the parts.
    fn propose(&mut self, app: &mut App) -> Vec<Effect> {
        let (against, mut chosen, labels) = match &self.offered {
            Some(o) if self.by == SplitBy::Llm => (o.examples[0].clone(), o.examples[1].clone(), o.labels.clone()),
            _ => Default::default(),
        };
        match self.by {
            SplitBy::Marks => chosen = app.marked_in(self.cluster),
            SplitBy::Search => chosen = app.found_in(self.cluster),
            _ => {}
        }
        let members = app.run.partition.members(self.cluster).to_vec();
        let (cluster, by, parts) = (self.cluster, self.by, self.parts);
        let request = SplitRequest { cluster, members, by, parts, chosen, against, labels };
        let (asked, effect) = app.compute(ComputeRequest::Split(request));
        self.proposal = None;
        self.asked = asked;
        vec![effect]
    }

    /// More (or fewer) parts.
    fn change_parts(&mut self, more: bool, app: &mut App) -> Vec<Effect> {
        let most = MOST_PARTS.min(app.run.partition.size(self.cluster));
        self.by = SplitBy::Meaning;
        self.parts = if more { (self.parts + 1).min(most) } else { (self.parts - 1).max(2) };
        self.propose(app)
    }

    /// Another way to split.
    fn change_way(&mut self, app: &mut App) -> Vec<Effect> {
        let mut ways = app.split_ways(self.cluster);
        ways.extend(self.offered.as_ref().map(|o| o.by));
        let at = ways.iter().position(|w| *w == self.by).unwrap_or(0);
        self.by = ways[(at + 1) % ways.len()];
        self.propose(app)
    }

    /// Makes the split on the screen.
    fn accept(&self, app: &mut App) -> Outcome {
        let Some(parts) = &self.proposal else { return Outcome::stay(Vec::new()) };
        if parts.len() < 2 {
            app.set_error("There is only one part; nothing to split.");
            return Outcome::stay(Vec::new());
        }
        // A split done another way than proposed is the person's.
        let opinion = self.offered.as_ref().filter(|o| o.by == self.by).and_then(|o| o.opinion.clone());
        let labels: Vec<String> = match opinion {
            Some(_) => parts.iter().map(|p| p.label.clone().unwrap_or_default()).collect(),
            None => Vec::new(),
        };
        let members = parts.iter().map(|p| p.members.clone()).collect();
        let (id, author) = match opinion {
            Some((id, model)) => (Some(id), Author::Llm(model)),
            None => (None, Author::Human(app.user.clone())),
        };
        let edit = Edit::Split { cluster: self.cluster, by: self.by, parts: members, labels, opinion: id };
        let effects = app.commit_by(edit, author);
        app.members.marks.clear();
        Outcome::close(effects)
    }
}

impl Layer for SplitBox {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        Outcome::stay(match key.code {
            KeyCode::Char('+' | '=') => self.change_parts(true, app),
            KeyCode::Char('-') => self.change_parts(false, app),
            KeyCode::Tab => self.change_way(app),
            KeyCode::Enter => return self.accept(app),
            KeyCode::Char('q') => return Outcome::close(Vec::new()),
            _ => Vec::new(),
        })
    }

    fn awaits(&self) -> Option<RequestId> {
        self.proposal.is_none().then_some(self.asked)
    }

    fn receive(&mut self, reply: Reply, app: &mut App) -> Outcome {
        match reply {
            Reply::Split(parts) => {
                self.proposal = Some(parts);
                Outcome::stay(Vec::new())
            }
            other => app.close_unanswered(other),
        }
    }
}

impl App {
    /// Opens the preview of a split of the cluster under the cursor.
    pub(in crate::app) fn open_split(&mut self) -> Vec<Effect> {
        let Some(cluster) = self.current_cluster() else { return Vec::new() };
        if !self.is_ready() {
            return Vec::new();
        }
        if self.run.partition.size(cluster) < 2 {
            self.set_error("One text cannot be split.");
            return Vec::new();
        }
        let by = self.first_way(cluster);
        SplitBox::open(cluster, by, None, self)
    }

    /// Opens the preview of a split that a model proposed.
    pub(in crate::app) fn start_split(&mut self, offered: SplitStart) -> Vec<Effect> {
        SplitBox::open(offered.cluster, offered.by, Some(offered), self)
    }

    /// The ways a cluster can be split now.
    fn split_ways(&self, cluster: ClusterId) -> Vec<SplitBy> {
        let members = self.run.partition.members(cluster);
        let some = |chosen: &[SampleIx]| !chosen.is_empty() && chosen.len() < members.len();
        let mut ways = vec![SplitBy::Meaning];
        if self.run.is_unjudged(cluster) || self.run.trust_of(cluster).is_some_and(|t| t.opposition.is_some()) {
            ways.push(SplitBy::Opposition);
        }
        let source = |s: SampleIx| self.run.corpus.samples[s as usize].source;
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
        let opposition = self.run.trust_of(cluster).and_then(|t| t.opposition.as_ref());
        let opposed = opposition.is_some_and(Opposition::is_opposed);
        wished.unwrap_or(if opposed { SplitBy::Opposition } else { SplitBy::Meaning })
    }

    fn marked_in(&self, cluster: ClusterId) -> Vec<SampleIx> {
        let here = |s: &SampleIx| self.run.partition.cluster_of(*s) == Some(cluster);
        self.members.marks.iter().copied().filter(here).collect()
    }

    fn found_in(&self, cluster: ClusterId) -> Vec<SampleIx> {
        let here = |s: &SampleIx| self.run.partition.cluster_of(*s) == Some(cluster);
        self.members.hits.iter().flatten().copied().filter(here).collect()
    }
}
