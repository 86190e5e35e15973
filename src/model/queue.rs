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
    /// Say in one sentence what the texts of a difference do.
    Describe,
    /// Say whether both models claim the same in a cluster, and test it.
    Scan,
    /// Propose what separates the models over the whole run, and test each.
    Hypotheses,
    /// Judge a difference by what was meant.
    Verdict,
    /// Judge the same with the models' labels shuffled.
    Blank,
    /// Rank all verdicts.
    Summary,
}

impl Job {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Label,
        Self::Check,
        Self::Purity,
        Self::Contrast,
        Self::Describe,
        Self::Scan,
        Self::Hypotheses,
        Self::Verdict,
        Self::Blank,
        Self::Summary,
    ];

    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Check => "check",
            Self::Purity => "purity",
            Self::Contrast => "contrast",
            Self::Describe => "describe",
            Self::Scan => "scan",
            Self::Hypotheses => "hypotheses",
            Self::Verdict => "verdict",
            Self::Blank => "blank",
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
            Self::Describe => "say what the texts of the difference do, checked blindly",
            Self::Scan => "ask whether both models claim the same here, test it blindly",
            Self::Hypotheses => "propose what separates the models over the run, test each",
            Self::Verdict => "judge the difference: intended, surprising, concerning",
            Self::Blank => "judge with the models' labels shuffled: how often it sees what is not there",
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
    /// Hashes of the calls that were answered for it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
}
