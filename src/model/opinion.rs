//! What a language model said of a cluster or a difference. An opinion changes nothing by itself: an edit may follow.

use serde::{Deserialize, Serialize};

use super::{ClusterId, SampleIx};

/// What an opinion is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A cluster.
    Cluster(ClusterId),
    /// A finding without clusters, by its key.
    Finding(String),
    /// A theme, by its number.
    Theme(u32),
    /// The whole run.
    Run,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cluster(id) => write!(f, "#{id}"),
            Self::Finding(key) => f.write_str(key),
            Self::Theme(id) => write!(f, "theme {id}"),
            Self::Run => f.write_str("the run"),
        }
    }
}

/// How a difference stands to what the fine-tuning was meant to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Harmful, or against what was meant.
    Concerning,
    /// Not asked for, and not plainly harmful.
    Surprising,
    /// What was meant.
    Intended,
    /// The texts do not tell.
    Unclear,
}

impl Verdict {
    /// All, the most pressing first.
    pub const ALL: [Self; 4] = [Self::Concerning, Self::Surprising, Self::Intended, Self::Unclear];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Concerning => "concerning",
            Self::Surprising => "surprising",
            Self::Intended => "intended",
            Self::Unclear => "unclear",
        }
    }
}

/// One side of a cluster that holds opposed statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpinionSide {
    /// What its texts say.
    pub name: String,
    /// The texts put there, among those that were shown.
    pub members: Vec<SampleIx>,
}

/// A reason with the texts it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The reason.
    pub text: String,
    /// Texts cited; every one was shown to the judge.
    pub cites: Vec<SampleIx>,
}

/// Blind answers to "is this text what the label says?".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindCheck {
    /// Held-out members judged.
    pub members: u32,
    /// Members that the judge recognised.
    pub hits: u32,
    /// Nearest outsiders judged.
    pub outsiders: u32,
    /// Outsiders that the judge took for members.
    pub false_alarms: u32,
}

impl BlindCheck {
    /// Share of the texts called members that are members.
    pub fn precision(self) -> Option<f64> {
        let called = self.hits + self.false_alarms;
        (called > 0).then(|| f64::from(self.hits) / f64::from(called))
    }

    /// Share of the members that were recognised.
    pub fn recall(self) -> f64 {
        f64::from(self.hits) / f64::from(self.members.max(1))
    }

    /// Share of the outsiders that were turned away.
    pub fn specificity(self) -> f64 {
        f64::from(self.outsiders - self.false_alarms.min(self.outsiders)) / f64::from(self.outsiders.max(1))
    }

    /// Mean of recall and specificity: 0.5 is guessing.
    pub fn balanced(self) -> f64 {
        (self.recall() + self.specificity()) / 2.0
    }
}

/// What a judge told two held-out texts apart with, and how often it was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindPairs {
    /// Held-out pairs shown in random order.
    pub pairs: u32,
    /// Pairs that the judge decided.
    pub decided: u32,
    /// Decided pairs that it got right.
    pub right: u32,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "kebab-case")]
pub enum Says {
    /// A name for the cluster.
    Label {
        /// The name.
        label: String,
        /// Why.
        reason: String,
        /// Measured fit of the name to held-out texts (AUC), when it could be measured.
        #[serde(default)]
        fit: Option<f64>,
    },
    /// A blind check of a label.
    Check {
        /// The label checked.
        label: String,
        /// The counts.
        blind: BlindCheck,
        /// 95 % interval of the balanced accuracy.
        ci: [f64; 2],
    },
    /// Whether the cluster holds opposed or mixed statements.
    Purity {
        /// Why.
        reason: String,
        /// The two sides; absent when it is of one mind.
        sides: Option<[OpinionSide; 2]>,
    },
    /// What separates the two models' texts in the cluster.
    Contrast {
        /// A property that texts of one side have and those of the other lack.
        description: String,
        /// The side that has it: 0 left, 1 right.
        toward: u8,
        /// The blind test of it.
        blind: BlindPairs,
        /// Chance of as many right answers by guessing (exact sign-flip permutation).
        p: f64,
    },
    /// How a difference stands to what was meant.
    Verdict {
        /// The verdict.
        verdict: Verdict,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// All verdicts ranked.
    Summary {
        /// A few sentences.
        overview: String,
        /// Differences, the most pressing first, each with one sentence.
        ranked: Vec<(Target, String)>,
    },
}

/// An opinion with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// Its number in the session, from 1.
    pub id: u64,
    /// When, in milliseconds since 1970 (UTC).
    pub time_ms: u64,
    /// The model that said it, as it called itself or was asked for.
    pub model: String,
    /// The prompt, as `name@version:hash`.
    pub prompt: String,
    /// What it is about.
    pub target: Target,
    /// [`fingerprint`] of the members then: another one now means that the opinion is of an older state.
    pub members: u64,
    /// What was said.
    pub says: Says,
}

/// What a person did with a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Taken as it was.
    Accepted,
    /// Taken with changes.
    Edited,
    /// Turned down.
    Rejected,
}

/// A short number of a set of samples, the same on every machine (FNV-1a).
pub fn fingerprint(members: &[SampleIx]) -> u64 {
    let bytes = members.iter().flat_map(|s| s.to_le_bytes());
    let h = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    // SQLite and JSON readers know signed numbers only.
    h >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blind_check_figures() {
        let c = BlindCheck { members: 20, hits: 15, outsiders: 20, false_alarms: 5 };
        assert_eq!((c.precision(), c.recall(), c.specificity(), c.balanced()), (Some(0.75), 0.75, 0.75, 0.75));
        assert_eq!(BlindCheck::default().precision(), None);
    }

    #[test]
    fn fingerprints_tell_sets_apart() {
        assert_eq!(fingerprint(&[1, 2]), fingerprint(&[1, 2]));
        assert_ne!(fingerprint(&[1, 2]), fingerprint(&[2, 1]));
        assert_ne!(fingerprint(&[]), fingerprint(&[0]));
    }
}
