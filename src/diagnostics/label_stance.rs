//! Do the texts of a cluster say what its label says, or the opposite? Topic match cannot tell: a statement and its negation
//! are about the same. The stance of the label is held against that of each member, and the two are read as a pair
//! (`assets/stance/README.md`: what it reaches).

use serde::{Deserialize, Serialize};

use super::detector::{detector, share_of};
use super::{CounterEvidence, LabelFit, TrustContext, in_order};
use crate::embed::{CrossEncoder, Embedder, Progress};
use crate::model::{ClusterId, SampleIx};

/// Members read against a label, at most.
const READ: usize = 40;
/// Members named as the worst.
const WORST: usize = 3;
/// A text contradicts the label above the second probability, and agrees below the first.
const CLEAR: [f64; 2] = [1.0 / 3.0, 2.0 / 3.0];

/// What a label's texts say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StanceVerdict {
    /// They say the same.
    Agrees,
    /// They say the opposite.
    Contradicts,
    /// Neither is clear, or the label takes no side.
    Unclear,
}

/// The stance of a label against that of its texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelStance {
    /// Share of the texts read that agree with the label.
    pub agrees: f64,
    /// Share of the texts read that contradict it.
    pub contradicts: f64,
    /// Number of texts read.
    pub read: u32,
    /// Over all texts read.
    pub verdict: StanceVerdict,
    /// The texts that contradict it most, the clearest first.
    pub worst: Vec<SampleIx>,
    /// Mean probability that a text contradicts the label; orders two labels of the same texts.
    pub opposed: f64,
}

impl LabelStance {
    /// As a person reads it.
    pub fn describe(&self) -> String {
        let of = |share: f64| (share * f64::from(self.read)).round();
        let (agree, contradict) = (of(self.agrees), of(self.contradicts));
        let counts = format!("of {} texts read, {contradict} contradict the label and {agree} agree", self.read);
        match self.verdict {
            StanceVerdict::Agrees => format!("The texts agree with the label: {counts}."),
            StanceVerdict::Contradicts => format!("The texts contradict the label: {counts}."),
            StanceVerdict::Unclear => format!("Stance of the label unclear: {counts}."),
        }
    }

    /// Whether the texts contradict the label.
    pub fn is_contradicted(&self) -> bool {
        self.verdict == StanceVerdict::Contradicts
    }
}

/// What is measured of a label that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMeasured {
    /// Topic match.
    pub fit: Option<LabelFit>,
    /// Stance.
    pub stance: Option<LabelStance>,
    /// Members that speak against the label most.
    pub worst: Vec<SampleIx>,
}

impl TrustContext<'_> {
    /// Topic match and stance of a label, and the members that speak against it most.
    pub fn measure_label(&self, id: ClusterId, label: &str) -> LabelMeasured {
        let (fit, stance) = (self.label_fit(id, label, None), self.label_stance(id, label));
        let worst = match &stance {
            Some(s) if s.verdict != StanceVerdict::Unclear => s.worst.clone(),
            _ => {
                let CounterEvidence { mut worst, .. } = self.counter_evidence(id, label).unwrap_or_default();
                worst.truncate(WORST);
                worst
            }
        };
        LabelMeasured { fit, stance, worst }
    }

    /// Holds the stance of a label against its members'. Absent without a label, members, or stance vectors.
    pub fn label_stance(&self, id: ClusterId, label: &str) -> Option<LabelStance> {
        let detector = detector()?;
        let stance = self.stance.filter(|s| s.dims() == detector.centre.len())?;
        if label.trim().is_empty() {
            return None;
        }
        let members: Vec<SampleIx> = in_order(self.partition.members(id), self.ranks)
            .into_iter()
            .filter(|&s| stance.row(s as usize).iter().any(|v| *v != 0.0))
            .collect();
        let step = members.len().div_ceil(READ).max(1);
        let members: Vec<SampleIx> = members.into_iter().step_by(step).collect();
        let texts: Vec<&str> = members.iter().map(|&s| self.corpus.samples[s as usize].text.as_str()).collect();
        let stances: Vec<&[f32]> = members.iter().map(|&s| stance.row(s as usize)).collect();
        LabelStance::of(&against_label(self.embedder, label, &texts, &stances)?, &members)
    }
}

/// What speaks against a label in each of some texts: the cosine of the text's stance with the label's, and the log-odds that
/// the two contradict each other when read as a pair. `stances` are the texts' stance vectors. Absent where the embedder
/// cannot tell the label's stance.
pub fn against_label(
    embedder: &dyn Embedder,
    label: &str,
    texts: &[&str],
    stances: &[&[f32]],
) -> Option<Vec<[f64; 2]>> {
    let detector = detector()?;
    let own = embedder.embed(&[label], &Progress::default()).ok()?.stance?;
    let label_stands = detector.centred(own.row(0));
    let cosine = |stance: &[f32]| detector.centred(stance).iter().zip(&label_stands).map(|(a, b)| a * b).sum::<f64>();
    let pairs: Vec<[&str; 2]> = texts.iter().map(|text| [label, *text]).collect();
    let read = CrossEncoder::shared().ok()?.log_odds(&pairs).ok()?;
    Some(stances.iter().zip(read).map(|(&stance, log_odds)| [cosine(stance), f64::from(log_odds)]).collect())
}

impl LabelStance {
    /// The verdict over what speaks against a label in each of some texts ([`against_label`]). Absent without texts.
    pub fn of(evidence: &[[f64; 2]], texts: &[SampleIx]) -> Option<Self> {
        let detector = detector()?;
        if evidence.is_empty() {
            return None;
        }
        let count = evidence.len() as f64;
        let probability = |e: &[f64; 2]| share_of(detector.label.log_odds(e));
        let mut against: Vec<(f64, SampleIx)> = evidence.iter().map(probability).zip(texts.iter().copied()).collect();
        let agreeing = evidence.iter().filter(|e| e[0] >= detector.agrees_from && probability(e) <= CLEAR[0]).count();
        let contradicting = against.iter().filter(|(p, _)| *p >= CLEAR[1]).count();
        let opposed = against.iter().map(|(p, _)| p).sum::<f64>() / count;
        let cosine = evidence.iter().map(|e| e[0]).sum::<f64>() / count;
        let verdict = if opposed >= detector.verdict[1] {
            StanceVerdict::Contradicts
        } else if opposed <= detector.verdict[0] && cosine >= detector.agrees_from {
            StanceVerdict::Agrees
        } else {
            StanceVerdict::Unclear
        };
        let (agrees, contradicts) = (agreeing as f64 / count, contradicting as f64 / count);
        against.sort_by(|a, b| b.0.total_cmp(&a.0));
        let read = against.len() as u32;
        let worst = against.into_iter().take(WORST).map(|(_, s)| s).collect();
        Some(Self { agrees, contradicts, read, verdict, worst, opposed })
    }
}
