//! The label of a cluster being typed, with how well it fits so far.

use super::{Layer, Outcome, Overlay};
use crate::app::key::{Key, KeyCode};
use crate::app::line::Line;
use crate::app::msg::Effect;
use crate::app::request::{ComputeRequest, Reply, RequestId};
use crate::app::run::Phase;
use crate::app::state::App;
use crate::diagnostics::LabelMeasured;
use crate::model::{ClusterId, Edit};

/// A label being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelLine {
    /// The cluster.
    pub cluster: ClusterId,
    /// What is typed.
    pub line: Line,
    /// Measured fit of what was typed last; `None` while none is known.
    pub fit: Option<Box<LabelMeasured>>,
    asked: Option<RequestId>,
    /// The proposal that is being changed.
    opinion: Option<u64>,
}

impl LabelLine {
    /// Asks how well the words typed fit.
    fn measure(&mut self, app: &mut App) -> Vec<Effect> {
        if app.run.phase != Phase::Ready {
            return Vec::new();
        }
        if self.line.text().trim().is_empty() {
            self.asked = None;
            self.fit = None;
            return Vec::new();
        }
        let (text, partition) = (self.line.text().to_owned(), app.run.partition.clone());
        let (asked, effect) = app.compute(ComputeRequest::LabelFit(self.cluster, text, partition));
        self.asked = Some(asked);
        vec![effect]
    }
}

impl Layer for LabelLine {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        if key.code == KeyCode::Enter {
            let label = self.line.text().trim().to_owned();
            return Outcome::close(app.commit(Edit::Relabel { cluster: self.cluster, label, opinion: self.opinion }));
        }
        let changed = self.line.edit(key);
        Outcome::stay(if changed { self.measure(app) } else { Vec::new() })
    }

    fn paste(&mut self, text: &str, app: &mut App) -> Vec<Effect> {
        self.line.insert(text);
        self.measure(app)
    }

    fn awaits(&self) -> Option<RequestId> {
        self.asked
    }

    fn receive(&mut self, reply: Reply, app: &mut App) -> Outcome {
        match reply {
            Reply::LabelFit(measured) => self.fit = Some(measured),
            Reply::Failed(why) => app.set_error(crate::text::sentence(&why)),
            _ => {}
        }
        self.asked = None;
        Outcome::stay(Vec::new())
    }

    fn is_typing(&self) -> bool {
        true
    }
}

impl App {
    /// Opens the line for the label of the cluster under the cursor.
    pub(in crate::app) fn open_label(&mut self) -> Vec<Effect> {
        let Some(cluster) = self.current_cluster() else { return Vec::new() };
        let old = self.run.partition.get(cluster).and_then(|c| c.label.clone()).unwrap_or_default();
        self.open_label_with(cluster, &old, None)
    }

    /// Opens the line for a label with a text in it, which may be a proposal.
    pub(in crate::app) fn open_label_with(
        &mut self,
        cluster: ClusterId,
        text: &str,
        opinion: Option<u64>,
    ) -> Vec<Effect> {
        let mut label = LabelLine { cluster, line: Line::new(text), fit: None, asked: None, opinion };
        let effects = label.measure(self);
        self.overlays.push(Overlay::Label(label));
        effects
    }
}
