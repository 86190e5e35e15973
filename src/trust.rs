//! Is a cluster what its label says?

mod fit;

pub use fit::LabelFit;

use serde::{Deserialize, Serialize};

use crate::cluster::Neighbours;
use crate::embed::{Embedder, Vectors};
use crate::model::{ClusterId, Partition, SampleIx};

/// A reason to distrust a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The label does not pick out the members.
    LowFit,
    /// A person flagged it.
    Flagged,
}

impl Why {
    /// As told to a person.
    pub fn describe(self) -> &'static str {
        match self {
            Self::LowFit => "the label fits its texts badly",
            Self::Flagged => "flagged",
        }
    }
}

/// What is known of one cluster; a figure that was not computed is absent, never invented.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// How well the label picks out held-out members.
    pub fit: Option<LabelFit>,
}

impl Trust {
    /// Reasons to distrust the cluster; empty when there is none.
    pub fn why(&self, flagged: bool) -> Vec<Why> {
        let mut out = Vec::new();
        if flagged {
            out.push(Why::Flagged);
        }
        if self.fit.is_some_and(|f| f.is_low()) {
            out.push(Why::LowFit);
        }
        out
    }
}

/// What the judgements need besides the cluster itself.
pub struct TrustContext<'a> {
    /// Unit vectors of all texts.
    pub vectors: &'a Vectors,
    /// Nearest texts of each text.
    pub neighbours: &'a Neighbours,
    /// Who is in which cluster.
    pub partition: &'a Partition,
    /// Embeds labels.
    pub embedder: &'a dyn Embedder,
}

impl TrustContext<'_> {
    /// Judges a cluster. `halves` are labels written from the even and from the odd members when the label comes from
    /// the members themselves; each then judges the other half.
    pub fn judge(&self, id: ClusterId, label: &str, halves: Option<&[String; 2]>) -> Trust {
        Trust { fit: self.label_fit(id, label, halves) }
    }

    /// Texts of other clusters that lie nearest to the members, at most as many as `count`.
    pub fn outsiders(&self, id: ClusterId, count: usize) -> Vec<SampleIx> {
        let members = self.partition.members(id);
        let mut seen = std::collections::BTreeMap::new();
        for &s in members {
            for (rank, &j) in self.neighbours.of(s as usize).iter().enumerate().skip(1) {
                if self.partition.cluster_of(j) != Some(id) {
                    let best = seen.entry(j).or_insert(rank);
                    *best = rank.min(*best);
                }
            }
        }
        let mut ranked: Vec<(usize, SampleIx)> = seen.into_iter().map(|(s, rank)| (rank, s)).collect();
        ranked.sort_unstable();
        ranked.into_iter().take(count).map(|(_, s)| s).collect()
    }
}
