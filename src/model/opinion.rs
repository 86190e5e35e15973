//! What a language model said of a cluster or a difference. An opinion changes nothing by itself: an edit may follow.

use serde::{Deserialize, Serialize};

use super::hash::fnv;
use super::{ClusterId, SampleIx};

/// What a finding is known by over runs on the same texts: its channel, what it is about, and its direction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingId(String);

impl FindingId {
    /// Of what a channel found, of which the right side has more (or less).
    pub fn new(what: &str, more: bool) -> Self {
        Self(format!("{what} {}", if more { "more" } else { "less" }))
    }
}

impl From<&str> for FindingId {
    fn from(kept: &str) -> Self {
        Self(kept.to_owned())
    }
}

impl std::fmt::Display for FindingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an opinion is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A cluster.
    Cluster(ClusterId),
    /// A finding without clusters.
    Finding(FindingId),
    /// A theme, by its number.
    Theme(u32),
    /// The whole run.
    Run,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cluster(id) => write!(f, "#{id}"),
            Self::Finding(id) => write!(f, "{id}"),
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
    /// A mark of how the texts were made: a limit of length, an answer cut off, a format.
    Artefact,
    /// The texts do not tell.
    Unclear,
}

impl Verdict {
    /// All, the most pressing first.
    pub const ALL: [Self; 5] = [Self::Concerning, Self::Surprising, Self::Intended, Self::Artefact, Self::Unclear];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Concerning => "concerning",
            Self::Surprising => "surprising",
            Self::Intended => "intended",
            Self::Artefact => "artefact",
            Self::Unclear => "unclear",
        }
    }
}

/// Share of one answer from which on a judge that answers so is not judging.
const ONE_SIDED: f64 = 0.1;

/// How many of several runs of one question, each with its texts in another order, came to one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// Runs that came to it.
    pub agreed: u32,
    /// Runs.
    pub runs: u32,
}

/// A property that may separate the models, and the blind test of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// What texts of one side do.
    pub description: String,
    /// The side that does: 0 left, 1 right.
    pub toward: u8,
    /// The blind test.
    pub blind: BlindPairs,
    /// Chance of as many right answers by guessing.
    pub p: f64,
    /// The same for all hypotheses that were tested together (Holm).
    pub holm: f64,
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

    /// Texts that the judge called members.
    pub fn called(self) -> u32 {
        self.hits + self.false_alarms
    }

    /// Texts judged.
    pub fn judged(self) -> u32 {
        self.members + self.outsiders
    }

    /// Whether the judge said the same of nearly every text, member or not: that says nothing about the label.
    pub fn is_one_sided(self) -> bool {
        let share = f64::from(self.called()) / f64::from(self.judged().max(1));
        self.members > 0 && self.outsiders > 0 && !(ONE_SIDED..=1.0 - ONE_SIDED).contains(&share)
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
        /// How many runs agreed; absent in sessions of an older gander, which asked once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        votes: Option<Votes>,
    },
    /// What the texts of a difference do, in one sentence.
    Describe {
        /// The sentence.
        description: String,
        /// Whether a judge that saw the sentence alone told held-out texts of the difference from others.
        blind: Option<BlindCheck>,
    },
    /// Whether both models claim the same in a cluster, whatever their shares of it.
    Scan {
        /// What one side claims and the other does not; absent when both claim the same.
        claim: Option<Claim>,
        /// Why.
        reason: String,
    },
    /// Properties that may separate the models, each tested.
    Hypotheses {
        /// The tested ones, the surest first.
        tested: Vec<Hypothesis>,
    },
    /// How often the judge finds something where nothing is: the models' labels were shuffled.
    Blank {
        /// Differences judged.
        judged: u32,
        /// Differences that were not called unclear or an artefact.
        found: u32,
    },
    /// All verdicts ranked.
    Summary {
        /// A few sentences.
        overview: String,
        /// Differences, the most pressing first, each with one sentence.
        ranked: Vec<(Target, String)>,
    },
}

/// What texts of one side claim, and the blind test of it: held-out texts of both sides, shuffled, by the claim alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The claim.
    pub text: String,
    /// The side that makes it: 0 left, 1 right.
    pub toward: u8,
    /// Held-out texts of the left and the right side that make it.
    pub made: [u32; 2],
    /// Held-out texts of each side.
    pub of: [u32; 2],
    /// Chance of such a table when the sides do not differ (Fisher's exact test, one-sided).
    pub p: f64,
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
    let h = fnv(members.iter().flat_map(|s| s.to_le_bytes()));
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
        assert!(BlindCheck { members: 16, hits: 16, outsiders: 16, false_alarms: 14 }.is_one_sided());
        assert!(BlindCheck { members: 16, hits: 1, outsiders: 16, false_alarms: 0 }.is_one_sided());
        assert!(!c.is_one_sided() && !BlindCheck::default().is_one_sided());
    }

    #[test]
    fn fingerprints_tell_sets_apart() {
        assert_eq!(fingerprint(&[1, 2]), fingerprint(&[1, 2]));
        assert_ne!(fingerprint(&[1, 2]), fingerprint(&[2, 1]));
        assert_ne!(fingerprint(&[]), fingerprint(&[0]));
    }
}
