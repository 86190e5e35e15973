//! A cluster as people know it: its label, flag, note and state of review. Members are in [`super::Partition`].

use serde::{Deserialize, Serialize};

/// A cluster's number; given once, never to another cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClusterId(pub u32);

impl std::fmt::Display for ClusterId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Who wrote a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelBy {
    /// The most distinctive terms.
    Terms,
    /// A language model, by name; accepted by a person.
    Llm(String),
    /// A person.
    Human,
}

impl std::fmt::Display for LabelBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Terms => f.write_str("terms"),
            Self::Llm(model) => write!(f, "llm:{model}"),
            Self::Human => f.write_str("human"),
        }
    }
}

/// What is known of a cluster besides its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its number.
    pub id: ClusterId,
    /// A label from a person or a language model; without one the distinctive terms are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Who wrote [`Self::label`].
    #[serde(default = "terms")]
    pub by: LabelBy,
    /// Samples that came or went since the label was written.
    #[serde(default)]
    pub drift: u32,
    /// Why a person flagged it as impure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// A person's note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether a person is done with it.
    #[serde(default)]
    pub reviewed: bool,
    /// Whether a person changed its members, so that coarser and finer cuts leave it alone.
    #[serde(default)]
    pub edited: bool,
}

fn terms() -> LabelBy {
    LabelBy::Terms
}

impl Cluster {
    /// A cluster nobody has touched.
    pub fn new(id: ClusterId) -> Self {
        Self { id, label: None, by: LabelBy::Terms, drift: 0, flag: None, note: None, reviewed: false, edited: false }
    }

    /// Whether a coarser or finer cut must leave it alone.
    pub fn is_pinned(&self) -> bool {
        self.edited || self.label.is_some() || self.flag.is_some() || self.note.is_some() || self.reviewed
    }

    /// Whether over a tenth of its members changed since it was labelled.
    pub fn is_stale(&self, size: usize) -> bool {
        self.label.is_some() && self.drift as usize * 10 > size
    }
}

/// Why a group of texts is not tested for a difference between the models. The graver reason counts as greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Void {
    /// Somebody chose the texts with the models' names and shares in view.
    #[serde(rename = "post hoc")]
    PostHoc,
    /// The texts were divided by the model that wrote them.
    #[serde(rename = "defined by model")]
    ByModel,
}

impl Void {
    /// Shown wherever a p, q or interval would be.
    pub fn describe(self) -> &'static str {
        match self {
            Self::PostHoc => "post hoc: not tested",
            Self::ByModel => "defined by model: not tested",
        }
    }

    /// The reason alone, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::PostHoc => "post hoc",
            Self::ByModel => "defined by model",
        }
    }
}
