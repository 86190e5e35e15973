//! A list of clusters to choose from: where texts move to, or what a cluster merges with.

use super::choice::Choice;
use super::{Layer, Outcome, Overlay};
use crate::app::key::{Key, KeyCode};
use crate::app::layout::Tab;
use crate::app::members::MemberOrder;
use crate::app::msg::Effect;
use crate::app::rank::ranked;
use crate::app::request::{ComputeRequest, Nearby, Reply, RequestId};
use crate::app::run::Phase;
use crate::app::state::App;
use crate::model::{ClusterId, Edit, SampleIx};

/// What choosing a row does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickAction {
    /// Moves samples there.
    Move(Vec<SampleIx>),
    /// Merges this cluster with it.
    Merge(ClusterId),
}

/// Clusters to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// Title.
    pub title: String,
    /// What is typed and chosen.
    pub choice: Choice,
    /// Clusters with what is shown of them; `None` is a new one.
    pub items: Vec<(Option<ClusterId>, String)>,
    /// What choosing does.
    action: PickAction,
    /// The request that fills the list.
    asked: Option<RequestId>,
}

impl Pick {
    /// Rows for what is typed, by their place among the items.
    pub fn rows(&self) -> Vec<usize> {
        ranked(self.choice.filter.text(), self.items.iter().map(|i| i.1.as_str()))
    }

    fn choose(&mut self, app: &mut App) -> Vec<Effect> {
        let Some(&at) = self.rows().get(self.choice.cursor) else { return Vec::new() };
        match (&self.action, self.items[at].0) {
            (PickAction::Move(samples), to) => {
                let effects = app.commit(Edit::Move { samples: samples.clone(), to });
                if !effects.is_empty() {
                    app.members.marks.clear();
                }
                effects
            }
            (PickAction::Merge(id), Some(other)) => app.commit(Edit::Merge { clusters: vec![*id, other] }),
            (PickAction::Merge(_), None) => Vec::new(),
        }
    }
}

impl Layer for Pick {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        if key.code == KeyCode::Enter {
            return Outcome::close(self.choose(app));
        }
        self.choice.press(key, self.rows().len());
        Outcome::stay(Vec::new())
    }

    fn paste(&mut self, text: &str, _app: &mut App) -> Vec<Effect> {
        self.choice.paste(text);
        Vec::new()
    }

    fn awaits(&self) -> Option<RequestId> {
        self.asked
    }

    fn receive(&mut self, reply: Reply, app: &mut App) -> Outcome {
        match reply {
            Reply::Nearest(found) => {
                let row = |Nearby { cluster: id, similarity, shared }| {
                    let shared = if shared.is_empty() { String::new() } else { format!("  both: {shared}") };
                    let size = app.run.partition.size(id);
                    (Some(id), format!("#{id} {}  {size} texts  {similarity:.2} alike{shared}", app.run.label(id)))
                };
                self.items = found.into_iter().map(row).collect();
                self.asked = None;
                Outcome::stay(Vec::new())
            }
            other => app.close_unanswered(other),
        }
    }

    fn is_typing(&self) -> bool {
        true
    }
}

impl App {
    /// Merges the marked clusters, after a look at them, or asks what to merge the one under the cursor with.
    pub(in crate::app) fn merge(&mut self) -> Vec<Effect> {
        if self.clusters.marks.len() > 1 {
            let clusters = self.clusters.marks.iter().copied().collect();
            self.overlays.push(Overlay::Merge(super::MergePreview { clusters }));
            return Vec::new();
        }
        let Some(id) = self.current_cluster() else { return Vec::new() };
        if self.run.phase != Phase::Ready || self.run.partition.clusters().len() < 2 {
            self.set_error("There is no other cluster to merge with.");
            return Vec::new();
        }
        let (asked, effect) = self.compute(ComputeRequest::Nearest(id, self.run.partition.clone()));
        self.overlays.push(Overlay::Pick(Pick {
            title: format!("Merge #{id} with …"),
            choice: Choice::default(),
            items: Vec::new(),
            action: PickAction::Merge(id),
            asked: Some(asked),
        }));
        vec![effect]
    }

    /// Asks where the chosen texts move to.
    pub(in crate::app) fn open_move(&mut self) {
        let samples = self.members.chosen();
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
            items.insert(0, (Some(id), format!("#{id} {} (this cluster)", self.run.label(id))));
        }
        for &id in self.clusters.order.iter().filter(|&&id| Some(id) != from || (n > 1 && !inward)) {
            items.push((Some(id), format!("#{id} {}", self.run.label(id))));
        }
        self.overlays.push(Overlay::Pick(Pick {
            title: format!("Move {n} text{} to …", if n == 1 { "" } else { "s" }),
            choice: Choice::default(),
            items,
            action: PickAction::Move(samples),
            asked: None,
        }));
    }
}
