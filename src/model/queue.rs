//! What a language model is asked to do, and how far that is.

use serde::{Deserialize, Serialize};

use super::Target;

/// Kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// Name a cluster.
    Label,
    /// Judge blindly which texts a label fits.
    Check,
    /// Look for opposed or mixed statements.
    Purity,
    /// Say what separates two models inside a cluster, and test it.
    Contrast,
    /// Judge a difference by what was meant.
    Verdict,
    /// Rank all verdicts.
    Summary,
}

impl Job {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::Label, Self::Check, Self::Purity, Self::Contrast, Self::Verdict, Self::Summary];

    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Check => "check",
            Self::Purity => "purity",
            Self::Contrast => "contrast",
            Self::Verdict => "verdict",
            Self::Summary => "summary",
        }
    }

    /// What it does, in a few words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Label => "propose a name",
            Self::Check => "check the label blindly on held-out texts",
            Self::Purity => "look for opposed or mixed statements, propose a split",
            Self::Contrast => "say what separates the models here, test it blindly",
            Self::Verdict => "judge the difference: intended, surprising, concerning",
            Self::Summary => "rank all verdicts and sum them up",
        }
    }
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// To be done; goes on when somebody says so.
    Waiting,
    /// Being asked now.
    Running,
    /// Its opinion is there.
    Done,
    /// It failed for good.
    Failed,
    /// A person stopped it.
    Cancelled,
}

/// A task in the session's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedTask {
    /// Its number in the session, from 1.
    pub id: u64,
    /// The kind of work.
    pub job: Job,
    /// What about.
    pub target: Target,
    /// How far it is.
    pub state: TaskState,
    /// Why it failed, or waits.
    pub why: String,
}
