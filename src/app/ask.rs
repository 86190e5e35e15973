//! Asking a language model, and what a person does with its answers. Nothing that it says changes anything by itself.

use std::collections::BTreeMap;

use super::msg::Spent;
use crate::model::{Decision, Job, Opinion, QueuedTask, Says, TaskState};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// One kind of work.
    One(Job),
    /// Both things an impure cluster needs: a look for opposed statements, and a name.
    Relabel,
    /// What waits in the queue, failed or was cancelled.
    Resume,
}

impl Work {
    /// The rows of the box, in order.
    pub const ALL: [Self; 11] = [
        Self::One(Job::Label),
        Self::One(Job::Check),
        Self::One(Job::Purity),
        Self::Relabel,
        Self::One(Job::Contrast),
        Self::One(Job::Describe),
        Self::One(Job::Scan),
        Self::One(Job::Hypotheses),
        Self::One(Job::Verdict),
        Self::One(Job::Blank),
        Self::One(Job::Summary),
    ];

    /// Name and what it does.
    pub fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::One(job) => (job.name(), job.describe()),
            Self::Relabel => ("relabel", "purity and label together: what flagged clusters need"),
            Self::Resume => ("retry", "what waits, failed or was cancelled"),
        }
    }

    /// Whether “all” means the differences and not the clusters.
    pub fn is_of_differences(self) -> bool {
        matches!(self, Self::One(Job::Verdict | Job::Describe))
    }

    /// Whether it is about the run as a whole.
    pub fn is_of_the_run(self) -> bool {
        matches!(self, Self::One(Job::Summary | Job::Hypotheses | Job::Blank))
    }

    /// Whether it needs to be said what the fine-tuning was meant to do.
    pub fn needs_intent(self) -> bool {
        matches!(self, Self::One(Job::Verdict | Job::Blank | Job::Summary))
    }

    pub(super) fn jobs(self) -> Vec<Job> {
        match self {
            Self::One(job) => vec![job],
            Self::Relabel => vec![Job::Purity, Job::Label],
            Self::Resume => Vec::new(),
        }
    }
}

/// About what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The row under the cursor.
    Here,
    /// The marked clusters.
    Marked,
    /// The flagged clusters.
    Flagged,
    /// Every cluster; every difference for verdicts.
    All,
}

/// What the explorer knows of the language model.
#[derive(Debug, Clone, Default)]
pub struct Llm {
    /// Server and model; `None` when there is none.
    pub place: Option<String>,
    /// A warning to show before anything is sent.
    pub warning: Option<String>,
    /// What the fine-tuning was meant to do.
    pub intent: Option<String>,
    /// Everything asked, by number.
    pub tasks: BTreeMap<u64, QueuedTask>,
    /// Everything said, oldest first.
    pub opinions: Vec<Opinion>,
    /// What it has cost since gander was opened.
    pub spent: Spent,
    /// Why nothing is sent any more.
    pub stopped: Option<String>,
    /// Whether anything was sent since gander was opened.
    pub sent: bool,
}

impl Llm {
    /// The jobs, the newest first.
    pub fn rows(&self) -> Vec<&QueuedTask> {
        self.tasks.values().rev().collect()
    }

    /// Tasks that wait although nothing is asked: nobody is asked, or the run has stopped.
    pub fn waiting(&self) -> usize {
        let running = |t: &QueuedTask| t.state == TaskState::Running;
        let idle = self.place.is_none() || self.stopped.is_some() || !self.sent;
        let open = self.tasks.values().filter(|t| matches!(t.state, TaskState::Waiting | TaskState::Running));
        if idle && !self.tasks.values().any(running) { open.count() } else { 0 }
    }

    /// Tasks sent and not ended, and all tasks that were not cancelled.
    pub fn progress(&self) -> (usize, usize) {
        let open = |t: &&QueuedTask| matches!(t.state, TaskState::Waiting | TaskState::Running);
        (
            self.tasks.values().filter(open).count(),
            self.tasks.values().filter(|t| t.state != TaskState::Cancelled).count(),
        )
    }
}

/// The kind of work that says such a thing.
pub fn job_of(says: &Says) -> Job {
    match says {
        Says::Label { .. } => Job::Label,
        Says::Check { .. } => Job::Check,
        Says::Purity { .. } => Job::Purity,
        Says::Contrast { .. } => Job::Contrast,
        Says::Verdict { .. } => Job::Verdict,
        Says::Describe { .. } => Job::Describe,
        Says::Scan { .. } => Job::Scan,
        Says::Hypotheses { .. } => Job::Hypotheses,
        Says::Blank { .. } => Job::Blank,
        Says::Summary { .. } => Job::Summary,
    }
}

/// What became of a proposal, in a word.
pub fn decision_in_words(d: Option<Decision>) -> &'static str {
    match d {
        None => "open",
        Some(Decision::Accepted) => "accepted",
        Some(Decision::Edited) => "accepted with changes",
        Some(Decision::Rejected) => "rejected",
    }
}
