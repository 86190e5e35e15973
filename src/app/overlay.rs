//! What lies over the panes: a stack of values with their data inside.

use super::ask::{Scope, Work};
use super::line::Line;
use super::msg::AskPlan;
use super::splitting::SplitStart;
use crate::analysis::SplitPart;
use crate::analysis::{MaskTarget, MaskingReport, Stage};
use crate::diagnostics::LabelMeasured;
use crate::llm::Kept;
use crate::model::{ClusterId, SampleIx, SplitBy, Target, ThemeId, Verdict};

/// What a line of input is for.
#[derive(Debug, Clone, PartialEq)]
pub enum PromptKind {
    /// A label; `fit` is of the words typed so far.
    Label {
        /// The cluster.
        cluster: ClusterId,
        /// Measured fit; `None` while it is measured or cannot be.
        fit: Option<Box<LabelMeasured>>,
        /// Request that the next fit answers.
        asked: u64,
        /// The proposal that is being changed.
        opinion: Option<u64>,
    },
    /// What the fine-tuning was meant to do.
    Intent,
    /// Why clusters are flagged.
    Flag {
        /// The clusters.
        clusters: Vec<ClusterId>,
    },
    /// The name of a theme.
    Theme {
        /// The theme to rename; a new one when absent.
        change: Option<ThemeId>,
    },
    /// A note.
    Note {
        /// The cluster or difference.
        on: Target,
    },
    /// Why a difference is dismissed.
    Dismiss {
        /// The difference.
        target: Target,
    },
    /// Fuzzy search in labels, live.
    SearchLabels,
    /// Search in the full text.
    SearchTexts,
    /// Search in all texts.
    SearchAll,
}

/// What choosing a row of a list does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickAction {
    /// Moves samples there.
    Move(Vec<SampleIx>),
    /// Merges this cluster with it.
    Merge(ClusterId),
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The help of a pane.
    Help {
        /// Search in it.
        filter: Line,
        /// First row shown.
        scroll: usize,
    },
    /// All commands, searchable.
    Palette {
        /// Search.
        filter: Line,
        /// Row chosen.
        cursor: usize,
    },
    /// A line of input.
    Prompt {
        /// What for.
        kind: PromptKind,
        /// What is typed.
        line: Line,
    },
    /// A list of clusters to choose from; `None` is a new one.
    Pick {
        /// Title.
        title: String,
        /// Search.
        filter: Line,
        /// Row chosen.
        cursor: usize,
        /// Clusters with what is shown of them.
        items: Vec<(Option<ClusterId>, String)>,
        /// What choosing does.
        action: PickAction,
    },
    /// A proposed split.
    Split {
        /// The cluster.
        cluster: ClusterId,
        /// How.
        by: SplitBy,
        /// Number of parts asked for.
        parts: usize,
        /// The parts; `None` while they are worked out.
        proposal: Option<Vec<SplitPart>>,
        /// Request that the next proposal answers.
        asked: u64,
        /// What a model proposed, when the split is its.
        offered: Option<SplitStart>,
    },
    /// Clusters that would be one, before they are.
    Merge {
        /// The clusters.
        clusters: Vec<ClusterId>,
    },
    /// Pairs of clusters that may be one.
    Merges,
    /// What to ask a language model, and what that would send.
    Ask {
        /// What is asked.
        work: Work,
        /// About what.
        scope: Scope,
        /// What would be sent; `None` while it is worked out.
        plan: Option<AskPlan>,
        /// Request that the next plan answers.
        asked: u64,
    },
    /// A person's verdict on a difference.
    Judge {
        /// The difference.
        target: Target,
        /// Row chosen; the one after the last verdict is none.
        cursor: usize,
        /// The verdict so far.
        now: Option<Verdict>,
    },
    /// Whether a cluster is what its label says, in words.
    Trust {
        /// The cluster.
        cluster: ClusterId,
        /// First row shown.
        scroll: usize,
    },
    /// Which differences are left without the wording.
    Wording {
        /// Where it is taken out of.
        taken: MaskTarget,
        /// What is left; `None` while it is worked out.
        left: Option<Box<MaskingReport>>,
        /// What is being done, of how many texts how many are done.
        moved: Option<(Stage, usize, usize)>,
        /// First row shown.
        scroll: usize,
        /// Request that the next answer is to.
        asked: u64,
    },
    /// What a language model said of a finding, or the summary of all verdicts.
    Said {
        /// Of what.
        target: Target,
        /// First row shown.
        scroll: usize,
    },
    /// What was asked and answered for a task.
    Exchange {
        /// The task's number.
        task: u64,
        /// Questions and replies; `None` while they are read.
        kept: Option<Vec<Kept>>,
        /// First row shown.
        scroll: usize,
    },
    /// The history of edits.
    History {
        /// First row shown.
        scroll: usize,
    },
}
