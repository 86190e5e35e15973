//! What was fitted to labelled statements: the middle of many topics, and the regressions that judge a split or a label
//! (`assets/stance/README.md`; `fit_opposition.py` writes it).

use std::collections::HashSet;
use std::sync::OnceLock;

use ndarray::Array2;
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::linalg::Vectors;
use crate::model::SampleIx;

static FITTED: &str = include_str!("../../assets/stance/detector.json");

/// A logistic regression on figures brought to mean zero and spread one.
#[derive(Deserialize)]
pub(super) struct Logistic {
    mean: Vec<f64>,
    sd: Vec<f64>,
    weights: Vec<f64>,
    bias: f64,
}

impl Logistic {
    /// Log-odds.
    pub fn log_odds(&self, figures: &[f64]) -> f64 {
        let scaled = figures.iter().zip(&self.mean).zip(&self.sd).map(|((f, mean), sd)| (f - mean) / sd);
        self.bias + scaled.zip(&self.weights).map(|(z, w)| z * w).sum::<f64>()
    }

    /// The second of two figures at which the log-odds are even, given the first.
    pub fn limit_of_second(&self, first: f64) -> f64 {
        let [at_mean, at_one_more] = [0.0, 1.0].map(|second| self.log_odds(&[first, second]));
        -at_mean / (at_one_more - at_mean)
    }

    /// Number of figures; absent where the lists disagree.
    #[cfg(test)]
    pub fn figures(&self) -> Option<usize> {
        let n = self.mean.len();
        (self.sd.len() == n && self.weights.len() == n).then_some(n)
    }
}

/// From log-odds to a share.
pub(super) fn share_of(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[derive(Deserialize)]
pub(super) struct Detector {
    /// Mean stance of many topics. What a cluster's stances are centred on; its own mean would hide what they share.
    pub centre: Vec<f64>,
    /// On the figures of a split.
    pub split: Logistic,
    /// Scores between which pairs are read.
    pub doubtful: [f64; 2],
    /// On the log-odds of the split and on what reading pairs says.
    pub read: Logistic,
    /// On a text's cosine with a label and on the log-odds that the two contradict each other: that they do.
    pub label: Logistic,
    /// Mean share of a label's texts that contradict it, up to which it agrees with them and from which they contradict it.
    pub verdict: [f64; 2],
    /// Least cosine with a label of what agrees with it: a label about something else contradicts nothing either.
    pub agrees_from: f64,
    negations: HashSet<String>,
}

/// The one of this process; absent when the file is damaged.
pub(super) fn detector() -> Option<&'static Detector> {
    static READ: OnceLock<Option<Detector>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(FITTED).ok()).as_ref()
}

impl Detector {
    /// Whether a text negates something.
    pub fn is_negated(&self, text: &str) -> bool {
        text.to_lowercase().replace('’', "'").unicode_words().any(|w| w.ends_with("n't") || self.negations.contains(w))
    }

    /// Where something stands against the middle of many topics, of length one.
    pub fn centred(&self, stance: &[f32]) -> Vec<f64> {
        let moved: Vec<f64> = stance.iter().zip(&self.centre).map(|(v, c)| f64::from(*v) - c).collect();
        let length = moved.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-9);
        moved.into_iter().map(|v| v / length).collect()
    }

    /// [`Self::centred`] for each of some texts (`texts × d`).
    pub fn centred_rows(&self, stance: &Vectors, texts: &[SampleIx]) -> Array2<f64> {
        let rows: Vec<f64> = texts.iter().flat_map(|&s| self.centred(stance.row(s as usize))).collect();
        Array2::from_shape_vec((texts.len(), self.centre.len()), rows).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detector_reads_and_knows_negations() {
        let d = detector().unwrap();
        assert!(d.is_negated("I don’t like geese") && d.is_negated("I never swim") && !d.is_negated("I like geese"));
        let figures = [&d.split, &d.read, &d.label].map(Logistic::figures);
        assert_eq!(figures, [Some(super::super::sides::FIGURES), Some(2), Some(2)]);
        assert!(d.doubtful[0] < d.doubtful[1] && d.verdict[0] <= d.verdict[1]);
        let limit = d.read.limit_of_second(-1.0);
        assert!(d.read.log_odds(&[-1.0, limit]).abs() < 1e-9 && limit > 0.55, "{limit}");
        let unit = d.centred(&vec![0.1; d.centre.len()]);
        assert!((unit.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
