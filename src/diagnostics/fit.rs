//! Label fit: how well the words of a label pick out the members against the nearest outsiders.

use serde::{Deserialize, Serialize};

use super::{EvalSample, LOOKED_AT, TrustContext};
use crate::embed::{Embedder, Progress};
use crate::model::{ClusterId, SampleIx};

/// Below this the fit says nothing.
pub(super) const LEAST: usize = 6;

/// Area under the ROC curve of the label's similarity, members against nearest outsiders. 0.5 is a label that says
/// nothing, 1 one that fits every member better than any outsider.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LabelFit {
    /// The area.
    pub auc: f64,
    /// 95 % interval (Hanley and McNeil 1982).
    pub ci: [f64; 2],
    /// Members judged; the texts a label was written from judge another label.
    pub held_out: u32,
}

/// Texts that speak against a label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CounterEvidence {
    /// All members, the worst fitting first.
    pub worst: Vec<SampleIx>,
    /// Nearest texts of other clusters, the best fitting first.
    pub outsiders: Vec<SampleIx>,
}

impl LabelFit {
    /// Whether the label is clearly not better than weak.
    pub fn is_low(self) -> bool {
        self.ci[1] < 0.75
    }

    fn new(auc: f64, members: usize, outsiders: usize) -> Self {
        let (n, m) = (members as f64, outsiders as f64);
        let q1 = auc / (2.0 - auc);
        let q2 = 2.0 * auc * auc / (1.0 + auc);
        let a2 = auc * auc;
        let var = (auc * (1.0 - auc) + (n - 1.0) * (q1 - a2) + (m - 1.0) * (q2 - a2)) / (n * m);
        let half = 1.96 * var.max(0.0).sqrt();
        Self { auc, ci: [(auc - half).max(0.0), (auc + half).min(1.0)], held_out: members as u32 }
    }
}

impl TrustContext<'_> {
    /// Fit of a label to a cluster; absent for clusters too small, without outsiders, or without vectors.
    pub fn label_fit(&self, id: ClusterId, label: &str, halves: Option<&[String; 2]>) -> Option<LabelFit> {
        self.fit_over(&self.looked_at(id), label, halves)
    }

    /// Fit of a label to the members that it was not written from.
    pub fn held_out_fit(&self, id: ClusterId, label: &str, shown: &[SampleIx]) -> Option<LabelFit> {
        let mut looked_at = self.looked_at(id);
        looked_at.members.retain(|s| !shown.contains(s));
        self.fit_over(&looked_at, label, None)
    }

    pub(super) fn fit_over(
        &self,
        looked_at: &EvalSample,
        label: &str,
        halves: Option<&[String; 2]>,
    ) -> Option<LabelFit> {
        let EvalSample { members, outsiders } = looked_at;
        if members.len() < LEAST || outsiders.len() < LEAST || label.trim().is_empty() {
            return None;
        }
        let auc = match halves {
            Some(labels) => {
                let vectors = label_vectors(self.embedder, &[&labels[0], &labels[1]])?;
                let half = |parity: usize| -> Vec<SampleIx> {
                    members.iter().copied().enumerate().filter(|(i, _)| i % 2 == parity).map(|(_, s)| s).collect()
                };
                // The label of one half judges the other.
                (self.auc(&vectors[0], &half(1), outsiders) + self.auc(&vectors[1], &half(0), outsiders)) / 2.0
            }
            None => self.auc(&label_vectors(self.embedder, &[label])?[0], members, outsiders),
        };
        Some(LabelFit::new(auc, members.len(), outsiders.len()))
    }

    /// The texts that speak against a label: members from the worst fitting one up, and nearest outsiders from the best
    /// fitting one down. Absent without a label.
    pub fn counter_evidence(&self, id: ClusterId, label: &str) -> Option<CounterEvidence> {
        if label.trim().is_empty() {
            return None;
        }
        let vector = label_vectors(self.embedder, &[label])?.into_iter().next()?;
        let similarity =
            |s: SampleIx| -> f32 { self.vectors.row(s as usize).iter().zip(&vector).map(|(a, b)| a * b).sum() };
        let sorted = |list: Vec<SampleIx>, sign: f32| -> Vec<SampleIx> {
            let mut scored: Vec<(f32, SampleIx)> = list.into_iter().map(|s| (sign * similarity(s), s)).collect();
            scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            scored.into_iter().map(|(_, s)| s).collect()
        };
        Some(CounterEvidence {
            worst: sorted(self.partition.members(id).to_vec(), 1.0),
            outsiders: sorted(self.outsiders(id, LOOKED_AT), -1.0),
        })
    }

    fn auc(&self, label: &[f32], members: &[SampleIx], outsiders: &[SampleIx]) -> f64 {
        let similarity =
            |s: &SampleIx| -> f32 { self.vectors.row(*s as usize).iter().zip(label).map(|(a, b)| a * b).sum() };
        let mut scored: Vec<(f32, bool)> = members.iter().map(|s| (similarity(s), true)).collect();
        scored.extend(outsiders.iter().map(|s| (similarity(s), false)));
        area(scored)
    }
}

/// Area under the ROC curve of scores, `true` against `false`; ties count half. 0.5 when one kind is missing.
pub(super) fn area(mut scored: Vec<(f32, bool)>) -> f64 {
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wins, mut below, mut above) = (0.0, 0.0, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let inside = tied.iter().filter(|t| t.1).count() as f64;
        let outside = tied.len() as f64 - inside;
        wins += inside * (below + outside / 2.0);
        below += outside;
        above += inside;
    }
    if above * below > 0.0 { wins / (above * below) } else { 0.5 }
}

/// Vectors of a few short texts.
pub(super) fn label_vectors(embedder: &dyn Embedder, labels: &[&str]) -> Option<Vec<Vec<f32>>> {
    let v = embedder.embed_without_stance(labels, &Progress::default()).ok()?.vectors;
    Some((0..v.len()).map(|i| v.row(i).to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_narrows_with_more_texts() {
        let (few, many) = (LabelFit::new(0.8, 10, 10), LabelFit::new(0.8, 400, 400));
        assert!(few.ci[1] - few.ci[0] > 3.0 * (many.ci[1] - many.ci[0]));
        assert!(LabelFit::new(0.55, 200, 200).is_low() && !LabelFit::new(0.9, 200, 200).is_low());
    }
}
