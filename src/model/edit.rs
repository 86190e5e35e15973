//! What a person (or an accepted proposal of a language model) does to the clusters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cluster, ClusterId, Decision, DifferenceId, Mark, MarkChange, SampleIx, Target, Theme, ThemeId, Verdict};

/// Who made an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    /// A person, by login name.
    Human(String),
    /// A language model's proposal, accepted by a person.
    Llm(String),
}

impl std::fmt::Display for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Human(name) => f.write_str(name),
            Self::Llm(model) => write!(f, "llm:{model}"),
        }
    }
}

/// How the parts of a split were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SplitBy {
    /// k-means on the vectors.
    Meaning,
    /// Opposed statements.
    Opposition,
    /// Who wrote it.
    Model,
    /// Whether the text holds the words searched for.
    Search,
    /// Marked against unmarked.
    Marks,
    /// The two sides that a language model sees.
    Llm,
}

#[allow(missing_docs)] // the fields say what they are
/// One change. It knows nothing of how it is undone; [`Edit::plan`] works out a [`Delta`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// Gives a cluster a label; `opinion` is the proposal it comes from.
    Relabel {
        cluster: ClusterId,
        label: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opinion: Option<u64>,
    },
    /// Makes one cluster of several; the largest keeps its number.
    Merge { clusters: Vec<ClusterId> },
    /// Makes several clusters of one; the largest part keeps its number. Parts may come with labels, and from a
    /// proposal.
    Split {
        cluster: ClusterId,
        by: SplitBy,
        parts: Vec<Vec<SampleIx>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        labels: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opinion: Option<u64>,
    },
    /// Moves samples to another cluster, or to a new one.
    Move { samples: Vec<SampleIx>, to: Option<ClusterId> },
    /// Flags clusters as impure, or takes the flag away.
    Flag { clusters: Vec<ClusterId>, reason: Option<String> },
    /// Writes or removes a note.
    Note { cluster: ClusterId, text: Option<String> },
    /// Marks clusters as done, or as not done.
    Review { clusters: Vec<ClusterId>, reviewed: bool },
    /// Turns a proposal down.
    Reject { opinion: u64 },
    /// A person's verdict on a difference, or none any more.
    Judge { target: Target, verdict: Option<Verdict> },
    /// Marks a difference as reviewed, dismisses it, or writes a note on it. A cluster is reviewed by `Review`, and has
    /// its note by `Note`.
    Mark { difference: DifferenceId, change: MarkChange },
    /// Makes a theme, changes it, or takes it away.
    Theme { id: ThemeId, theme: Option<Theme> },
    /// Keeps two clusters from being proposed as one, or no longer.
    KeepApart { a: ClusterId, b: ClusterId, apart: bool },
    /// Cuts the tree into another number of groups; clusters a person touched stay.
    Recut {
        groups: u32,
        #[serde(skip)]
        nodes: Vec<(ClusterId, Vec<SampleIx>)>,
    },
    /// Takes back the edit with this number.
    Undo { seq: u64 },
    /// Repeats the edit with this number.
    Redo { seq: u64 },
}

/// A change worked out: new records (`None` = gone) and the samples that go to each cluster. Applying one yields
/// its inverse.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Records after the change.
    #[serde(default)]
    pub clusters: Vec<(ClusterId, Option<Cluster>)>,
    /// Samples that move, by where they go.
    #[serde(default)]
    pub moves: Vec<(ClusterId, Vec<SampleIx>)>,
    /// The tree's cut after the change, where it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<u32>,
    /// Proposals decided (`None` = open again).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<(u64, Option<Decision>)>,
    /// Verdicts of people (`None` = none).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<(Target, Option<Verdict>)>,
    /// Marks on differences (`None` = none).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(DifferenceId, Option<Mark>)>,
    /// Pairs kept apart, or no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<((ClusterId, ClusterId), bool)>,
    /// Themes after the change (`None` = gone).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<(ThemeId, Option<Theme>)>,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number, from 1.
    pub seq: u64,
    /// When, in milliseconds since 1970 (UTC).
    pub time_ms: u64,
    /// Who.
    pub author: Author,
    /// Whether the models' names and shares were hidden then.
    pub blind: bool,
    /// What.
    pub edit: Edit,
    /// What it changed.
    pub delta: Delta,
    /// What takes it back.
    pub inverse: Delta,
}

/// Why an edit cannot be made; shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The cluster is gone.
    #[error("cluster {0} does not exist any more")]
    NoSuchCluster(ClusterId),
    /// One cluster cannot be merged.
    #[error("mark two or more clusters to merge")]
    NothingToMerge,
    /// The parts do not make up the cluster.
    #[error("a split needs two or more parts that together are the whole cluster")]
    BadParts,
    /// Nothing would move.
    #[error("mark the texts to move first")]
    NothingToMove,
    /// The label is blank.
    #[error("a label needs at least one character")]
    EmptyLabel,
    /// No change would follow.
    #[error("nothing would change")]
    NoChange,
}

impl Record {
    /// Whether a figure may be another after it: not after bookkeeping such as a flag, a note or a review.
    pub fn changes_figures(&self) -> bool {
        let label = |c: &Option<Cluster>| c.as_ref().map(|c| c.label.clone());
        let before: BTreeMap<ClusterId, _> = self.inverse.clusters.iter().map(|(id, c)| (*id, label(c))).collect();
        !self.delta.moves.is_empty()
            || !self.delta.themes.is_empty()
            || self.delta.clusters.iter().any(|(id, c)| before.get(id) != Some(&label(c)))
    }
}

impl Edit {
    /// What the edit gives a value to, such as the label of a cluster; `None` for one that others build on, such as a merge.
    pub(super) fn sets(&self) -> Option<String> {
        Some(match self {
            Self::Relabel { cluster, .. } => format!("label {cluster}"),
            Self::Flag { clusters, .. } => format!("flag {clusters:?}"),
            Self::Note { cluster, .. } => format!("note {cluster}"),
            Self::Review { clusters, .. } => format!("review {clusters:?}"),
            Self::Judge { target, .. } => format!("verdict {target}"),
            Self::Mark { difference, change } => format!("{} {difference:?}", change.sets()),
            Self::Theme { id, .. } => format!("theme {id}"),
            Self::KeepApart { a, b, .. } => format!("apart {} {}", a.min(b), a.max(b)),
            Self::Merge { .. }
            | Self::Split { .. }
            | Self::Move { .. }
            | Self::Reject { .. }
            | Self::Recut { .. }
            | Self::Undo { .. }
            | Self::Redo { .. } => return None,
        })
    }

    /// A few words for the history and the status line.
    pub fn describe(&self) -> String {
        let list = |ids: &[ClusterId]| ids.iter().map(|c| format!("#{c}")).collect::<Vec<_>>().join(", ");
        match self {
            Self::Relabel { cluster, label, .. } => format!("label #{cluster} “{label}”"),
            Self::Merge { clusters } => format!("merge {}", list(clusters)),
            Self::Split { cluster, by, parts, .. } => {
                let by = match by {
                    SplitBy::Meaning => "meaning",
                    SplitBy::Opposition => "opposition",
                    SplitBy::Model => "model",
                    SplitBy::Search => "search",
                    SplitBy::Marks => "marks",
                    SplitBy::Llm => "a model’s proposal",
                };
                format!("split #{cluster} into {} by {by}", parts.len())
            }
            Self::Move { samples, to } => {
                let to = to.map_or_else(|| "a new cluster".to_owned(), |c| format!("#{c}"));
                let n = samples.len();
                format!("move {n} text{} to {to}", if n == 1 { "" } else { "s" })
            }
            Self::Flag { clusters, reason: Some(why) } => format!("flag {}: {why}", list(clusters)),
            Self::Flag { clusters, reason: None } => format!("unflag {}", list(clusters)),
            Self::Note { cluster, text: Some(_) } => format!("note on #{cluster}"),
            Self::Note { cluster, text: None } => format!("remove the note on #{cluster}"),
            Self::Review { clusters, reviewed: true } => format!("mark {} as done", list(clusters)),
            Self::Review { clusters, reviewed: false } => format!("mark {} as not done", list(clusters)),
            Self::Reject { opinion } => format!("turn proposal {opinion} down"),
            Self::Judge { target, verdict: Some(v) } => format!("judge {target} {}", v.name()),
            Self::Judge { target, verdict: None } => format!("take back the verdict on {target}"),
            Self::Mark { difference, change } => change.describe(&difference.target),
            Self::Theme { theme: Some(t), .. } => format!("theme “{}” of {} texts", t.name, t.members.len()),
            Self::Theme { id, theme: None } => format!("remove theme {id}"),
            Self::KeepApart { a, b, apart: true } => format!("keep #{a} and #{b} apart"),
            Self::KeepApart { a, b, apart: false } => format!("let #{a} and #{b} be one"),
            Self::Recut { groups, .. } => format!("cut the tree into {groups} clusters"),
            Self::Undo { seq } => format!("undo edit {seq}"),
            Self::Redo { seq } => format!("redo edit {seq}"),
        }
    }
}
