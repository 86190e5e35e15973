//! What happens (past tense) and what is to be done (imperative).

use super::key::Key;
use super::layout::Tab;
use super::request::{Cancel, ComputeRequest, Reply, RequestId, SessionRequest};
use super::tips::Tips;
use crate::analysis::{Figures, Stage};
use crate::cluster::Tree;
use crate::llm::Usage;
use crate::model::{Opinion, Partition, QueuedTask, View};

/// Mouse actions that gander knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MouseKind {
    Click,
    WheelUp,
    WheelDown,
}

/// Clusters, figures and tree, when they are there.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The tree.
    pub tree: Tree,
    /// The cut shown first.
    pub partition: Partition,
    /// The numbers.
    pub figures: Figures,
}

/// What a language model has cost since gander was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Calls and tokens.
    pub used: Usage,
    /// Dollars, when there is a price.
    pub dollars: Option<f64>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    KeyPressed(Key),
    /// Text was pasted.
    Pasted(String),
    /// The mouse was used at a column and row.
    MouseUsed(MouseKind, u16, u16),
    /// The terminal has another size.
    Resized(u16, u16),
    /// A request was answered, in whole or in part.
    Replied(RequestId, Reply),
    /// A stage of the analysis began or moved on.
    Progressed {
        /// What is being done.
        stage: Stage,
        /// Texts done.
        done: usize,
        /// Texts in all.
        total: usize,
        /// Texts a second.
        rate: f64,
    },
    /// The clusters are there; of the numbers what is known then.
    ClustersFound(Box<Ready>),
    /// Something in the background failed that nobody asked for by a request.
    JobFailed(String),
    /// Edits up to this one are on the disk.
    Saved(u64),
    /// An edit could not be stored.
    SaveFailed(String),
    /// Something was copied; says which way it went.
    Copied(String),
    /// A task of a language model is somewhere else now.
    TaskChanged(Box<QueuedTask>),
    /// A language model said something.
    OpinionFormed(Box<Opinion>),
    /// A reply came in.
    LlmSpent(Spent),
    /// Nothing more is sent, and why.
    LlmStopped(String),
    /// Something about the language model that a person should know.
    LlmWarned(String),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Clear the terminal and draw everything.
    Redraw,
    /// Copy a text.
    Copy(String),
    /// Leave this session for that of another view of the run, at this tab.
    OpenView(View, Tab),
    /// Keep which tips are done with.
    StoreTips(Tips),
    /// Ask the thread that owns the session.
    Session(RequestId, SessionRequest),
    /// Ask the thread that computes.
    Compute(RequestId, ComputeRequest),
    /// Stop something at once, whatever the threads are busy with.
    Cancel(Cancel),
}
