//! Is a cluster what its label says?

mod contradiction;
mod detector;
mod fit;
mod label_stance;
mod masking;
mod opposition;
mod phrasing;
mod sides;
mod stability;
mod strays;

pub use fit::{CounterEvidence, LabelFit};
pub use label_stance::{LabelMeasured, LabelStance, StanceVerdict, against_label};
pub use masking::{Mask, mask, project_out};
pub use opposition::{LEAST as LEAST_OPPOSED, Opposition, OppositionInput};
pub use phrasing::Phrasing;
pub use strays::strays;

use serde::{Deserialize, Serialize};

use crate::cluster::{Neighbours, Rerun};
use crate::compare::Lexicon;
use crate::embed::Embedder;
use crate::linalg::Vectors;
use crate::model::{ClusterId, Corpus, Partition, SampleIx};

/// Members and outsiders looked at, at most, of each kind.
const LOOKED_AT: usize = 400;

/// A reason to distrust a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Issue {
    /// It holds statements against each other.
    Opposition,
    /// Wording holds it together, not meaning.
    Phrasing,
    /// The label does not pick out the members.
    LowFit,
    /// The members say the opposite of the label.
    Contradicted,
    /// Other seeds do not find it again.
    Unstable,
    /// A person flagged it.
    Flagged,
}

impl Issue {
    /// As told to a person.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Opposition => "it may hold opposed statements",
            Self::Phrasing => "wording holds it together, not meaning",
            Self::Unstable => "other seeds do not find it again",
            Self::LowFit => "the label does not match the topic of its texts",
            Self::Contradicted => "its texts contradict the label",
            Self::Flagged => "flagged",
        }
    }
}

/// What is known of one cluster; a figure that was not computed is absent, never invented.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// How well the label picks out held-out members.
    pub fit: Option<LabelFit>,
    /// Whether the members say what the label says; of labels that a person or a model wrote.
    #[serde(default)]
    pub label_stance: Option<LabelStance>,
    /// Two sides, if it has two.
    #[serde(default)]
    pub opposition: Option<Opposition>,
    /// Whether wording explains it.
    #[serde(default)]
    pub phrasing: Option<Phrasing>,
    /// Whether other seeds find it again, 0 to 1.
    #[serde(default)]
    pub stability: Option<f64>,
    /// The clusters that mean most the same, with the cosine of the means: where its opposite may stand.
    #[serde(default)]
    pub related: Vec<(ClusterId, f32)>,
    /// Texts of other clusters whose nearest texts are nearly all here.
    #[serde(default)]
    pub strays: Vec<SampleIx>,
}

impl Trust {
    /// Topic match in JSON. The area of a label that its texts contradict is given as `topic_match` alone, lest `auc` be read
    /// as a good fit.
    pub fn label_fit_json(&self) -> Option<serde_json::Value> {
        let contradicted = self.label_is_contradicted();
        self.fit.map(|f| {
            let auc = four_digits(f.auc);
            serde_json::json!({
                "auc": (!contradicted).then_some(auc), "topic_match": auc, "ci": f.ci.map(four_digits),
                "held_out": f.held_out,
            })
        })
    }

    /// Stance of the label in JSON.
    pub fn label_stance_json(&self) -> Option<serde_json::Value> {
        self.label_stance.as_ref().map(|s| {
            serde_json::json!({
                "agrees": four_digits(s.agrees), "contradicts": four_digits(s.contradicts), "read": s.read,
                "verdict": s.verdict,
            })
        })
    }

    /// Whether its texts say the opposite of its label.
    pub fn label_is_contradicted(&self) -> bool {
        self.label_stance.as_ref().is_some_and(LabelStance::is_contradicted)
    }

    /// Reasons to distrust the cluster; empty when there is none.
    pub fn why(&self, flagged: bool) -> Vec<Issue> {
        let mut out = Vec::new();
        if flagged {
            out.push(Issue::Flagged);
        }
        if self.opposition.as_ref().is_some_and(Opposition::is_opposed) {
            out.push(Issue::Opposition);
        }
        if self.phrasing.as_ref().is_some_and(Phrasing::is_wording) {
            out.push(Issue::Phrasing);
        }
        if self.fit.is_some_and(|f| f.is_low()) {
            out.push(Issue::LowFit);
        }
        if self.label_is_contradicted() {
            out.push(Issue::Contradicted);
        }
        if self.stability.is_some_and(|s| s < stability::UNSTABLE) {
            out.push(Issue::Unstable);
        }
        out
    }
}

fn four_digits(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Texts in the order of their ranks.
fn in_order(texts: &[SampleIx], ranks: &[u32]) -> Vec<SampleIx> {
    let mut out = texts.to_vec();
    out.sort_unstable_by_key(|&s| ranks[s as usize]);
    out
}

/// Two halves of some texts: in the order of their ranks, every other one.
pub fn in_halves(texts: &[SampleIx], ranks: &[u32]) -> [Vec<SampleIx>; 2] {
    let ordered = in_order(texts, ranks);
    [0, 1].map(|parity| ordered.iter().copied().skip(parity).step_by(2).collect())
}

/// Members and outsiders that label fit and phrasing are judged on.
struct EvalSample {
    members: Vec<SampleIx>,
    outsiders: Vec<SampleIx>,
}

/// What the judgements need besides the cluster itself.
pub struct TrustContext<'a> {
    /// The texts.
    pub corpus: &'a Corpus,
    /// Openings, signs and words of the texts.
    pub lexicon: &'a Lexicon,
    /// Where the texts stand, if the embedder could tell.
    pub stance: Option<&'a Vectors>,
    /// Clusters found with other seeds.
    pub reruns: &'a [Rerun],
    /// Unit vectors of all texts.
    pub vectors: &'a Vectors,
    /// Nearest texts of each text.
    pub neighbours: &'a Neighbours,
    /// Who is in which cluster.
    pub partition: &'a Partition,
    /// Embeds labels.
    pub embedder: &'a dyn Embedder,
    /// The order in which texts are halved ([`Corpus::canonical_ranks`]).
    pub ranks: &'a [u32],
}

impl TrustContext<'_> {
    /// Judges a cluster. `halves` are labels written from either half of the members ([`in_halves`]) when the label comes
    /// from the members themselves; each then judges the other half.
    pub fn judge(&self, id: ClusterId, label: &str, halves: Option<&[String; 2]>) -> Trust {
        let looked_at = self.looked_at(id);
        Trust {
            fit: self.fit_over(&looked_at, label, halves),
            // A list of terms takes no side.
            label_stance: halves.is_none().then(|| self.label_stance(id, label)).flatten(),
            opposition: self.opposition(id),
            phrasing: self.phrasing(&looked_at),
            stability: self.stability(id),
            related: Vec::new(),
            strays: Vec::new(),
        }
    }

    /// The members of a cluster, or some of them when they are many, and as many nearest outsiders.
    fn looked_at(&self, id: ClusterId) -> EvalSample {
        let members = in_order(self.partition.members(id), self.ranks);
        let step = members.len().div_ceil(LOOKED_AT).max(1);
        // Two by two, so that each stays in its half.
        let members: Vec<SampleIx> = members.chunks(2).step_by(step).flatten().copied().collect();
        let outsiders = self.outsiders(id, members.len());
        EvalSample { members, outsiders }
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
        let mut ranked: Vec<(usize, u32, SampleIx)> =
            seen.into_iter().map(|(s, rank)| (rank, self.ranks[s as usize], s)).collect();
        ranked.sort_unstable();
        let mut out: Vec<SampleIx> = ranked.into_iter().take(count).map(|(.., s)| s).collect();
        if out.len() < count.min(members.len()) {
            self.add_nearest_to_mean(id, count, &mut out);
        }
        out
    }

    /// A tight cluster has all its nearest texts inside: then those nearest to its mean stand in.
    fn add_nearest_to_mean(&self, id: ClusterId, count: usize, out: &mut Vec<SampleIx>) {
        let mean = self.vectors.unit_mean(self.partition.members(id));
        let known: std::collections::HashSet<SampleIx> = out.iter().copied().collect();
        let similarity = |s: u32| -> f32 { self.vectors.row(s as usize).iter().zip(&mean).map(|(a, b)| a * b).sum() };
        let mut rest: Vec<(f32, SampleIx)> = (0..self.vectors.len() as u32)
            .filter(|s| self.partition.cluster_of(*s).is_some_and(|c| c != id) && !known.contains(s))
            .map(|s| (-similarity(s), s))
            // Blank texts lie nowhere.
            .filter(|(near, _)| *near != 0.0)
            .collect();
        let place = |s: SampleIx| self.ranks[s as usize];
        rest.sort_by(|a, b| a.0.total_cmp(&b.0).then(place(a.1).cmp(&place(b.1))));
        out.extend(rest.into_iter().take(count - out.len()).map(|(_, s)| s));
    }
}
