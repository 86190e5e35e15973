//! Phrasing: is a cluster held together by how its texts are put rather than by what they say? Two naive Bayes
//! classifiers tell members from nearest outsiders on texts they were not trained on: one sees openings and signs
//! alone, the other the remaining words alone. Where the first does clearly better, the cluster is wording. Neither
//! sees the embedding that made the cluster.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::fit::{LEAST, area};
use super::{LookedAt, TrustContext};
use crate::compare::FeatureKind;
use crate::model::SampleIx;

/// Score from which a cluster counts as phrasing.
const PHRASING: f64 = 0.3;
/// Fewer members than this are told apart by chance.
const ENOUGH: usize = 16;
/// Share of the members, beyond that of the outsiders, that one opening or sign must reach.
const GAP: f64 = 0.3;
/// A word in more than this share of all texts says nothing of a topic.
const COMMON: f64 = 0.2;
/// Texts added to each count, so that an unseen feature decides nothing.
const PRIOR: f64 = 0.5;

/// How far the surface alone explains a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phrasing {
    /// 0 to 1: how much better openings and signs tell the members than their other words do, of what is possible.
    pub score: f64,
    /// Area under the curve of openings and signs alone.
    pub surface: f64,
    /// Area under the curve of the other words alone.
    pub content: f64,
    /// The sign that most sets the members apart, in words; empty when there is none.
    pub evidence: String,
}

impl Phrasing {
    /// Whether the cluster should be looked at.
    pub fn is_wording(&self) -> bool {
        self.score > PHRASING && !self.evidence.is_empty()
    }
}

type Features = Vec<u32>;

impl TrustContext<'_> {
    /// Judges a cluster; absent for clusters too small or without outsiders.
    pub(super) fn phrasing(&self, looked_at: &LookedAt) -> Option<Phrasing> {
        let LookedAt { members, outsiders } = looked_at;
        if members.len() < ENOUGH || outsiders.len() < 2 * LEAST {
            return None;
        }
        let both = |s: &SampleIx| self.surface_and_content(*s);
        let (inside_surface, inside_content): (Vec<_>, Vec<_>) = members.iter().map(both).unzip();
        let (outside_surface, outside_content): (Vec<_>, Vec<_>) = outsiders.iter().map(both).unzip();
        let surface = held_out(&inside_surface, &outside_surface);
        let content = held_out(&inside_content, &outside_content);
        Some(Phrasing {
            score: ((surface - content.max(0.5)) / 0.5).clamp(0.0, 1.0),
            surface,
            content,
            evidence: self.evidence(&inside_surface, &outside_surface),
        })
    }

    /// Openings and signs of a text, and the words that are in none of its openings and not in every fifth text.
    fn surface_and_content(&self, s: SampleIx) -> (Features, Features) {
        let lexicon = self.lexicon;
        let all = lexicon.of(s);
        let surface: Features = all
            .iter()
            .copied()
            .filter(|&f| matches!(lexicon.kind(f), FeatureKind::Opening | FeatureKind::Sign))
            .collect();
        let opening: HashSet<&str> = surface.iter().flat_map(|&f| lexicon.name(f).split(' ')).collect();
        let common = COMMON * lexicon.texts() as f64;
        let content = all
            .iter()
            .copied()
            .filter(|&f| {
                lexicon.kind(f) == FeatureKind::Word
                    && f64::from(lexicon.texts_with(f)) <= common
                    && !opening.contains(lexicon.name(f))
            })
            .collect();
        (surface, content)
    }

    /// The surface feature with the largest gap between members and outsiders, as a sentence.
    fn evidence(&self, inside: &[Features], outside: &[Features]) -> String {
        let (i, o) = (counts(inside), counts(outside));
        let rate = |n: f64, of: &[Features]| n / of.len() as f64;
        let gap =
            |f: u32| rate(i.get(&f).copied().unwrap_or(0.0), inside) - rate(o.get(&f).copied().unwrap_or(0.0), outside);
        let Some(best) = i.keys().copied().max_by(|&a, &b| gap(a).total_cmp(&gap(b)).then(b.cmp(&a))) else {
            return String::new();
        };
        if gap(best) < GAP {
            return String::new();
        }
        let (n, m) = (i.get(&best).copied().unwrap_or(0.0), o.get(&best).copied().unwrap_or(0.0));
        let does = match self.lexicon.kind(best) {
            FeatureKind::Opening => "open with",
            _ => "hold",
        };
        format!(
            "{n} of {} {does} “{}”; {m} of {} nearby texts do",
            inside.len(),
            self.lexicon.name(best),
            outside.len()
        )
    }
}

fn counts(texts: &[Features]) -> HashMap<u32, f64> {
    let mut out = HashMap::new();
    for &f in texts.iter().flatten() {
        *out.entry(f).or_default() += 1.0;
    }
    out
}

/// Area under the curve of naive Bayes: each half of the texts is judged by the other.
fn held_out(inside: &[Features], outside: &[Features]) -> f64 {
    let half = |texts: &[Features], parity: usize| -> Vec<Features> {
        texts.iter().enumerate().filter(|(i, _)| i % 2 == parity).map(|(_, t)| t.clone()).collect()
    };
    (0..2)
        .map(|parity| {
            let (train_in, train_out) = (half(inside, parity), half(outside, parity));
            let (i, o) = (counts(&train_in), counts(&train_out));
            let log_rate = |counts: &HashMap<u32, f64>, f: u32, n: usize| {
                ((counts.get(&f).copied().unwrap_or(0.0) + PRIOR) / (n as f64 + 2.0 * PRIOR)).ln()
            };
            let weight = |f: u32| log_rate(&i, f, train_in.len()) - log_rate(&o, f, train_out.len());
            let score = |t: &Features| -> f32 { t.iter().map(|&f| weight(f)).sum::<f64>() as f32 };
            let (test_in, test_out) = (half(inside, 1 - parity), half(outside, 1 - parity));
            let scored = test_in.iter().map(|t| (score(t), true)).chain(test_out.iter().map(|t| (score(t), false)));
            area(scored.collect())
        })
        .sum::<f64>()
        / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_tells_them_apart_scores_a_half() {
        let same: Vec<Features> = (0..40).map(|i| vec![i % 3]).collect();
        assert!((held_out(&same, &same) - 0.5).abs() < 0.05);
        let other: Vec<Features> = (0..40).map(|i| vec![10 + i % 3]).collect();
        assert!(held_out(&same, &other) > 0.99);
        assert!((held_out(&vec![Vec::new(); 20], &vec![Vec::new(); 20]) - 0.5).abs() < 1e-9);
    }
}
