//! Phrasing: is a cluster held together by how its texts are put rather than by what they say? Two naive Bayes
//! classifiers tell members from nearest outsiders on texts they were not trained on: one sees openings and signs
//! alone, the other the remaining words alone. Where the first does clearly better, the cluster is wording. Neither
//! sees the embedding that made the cluster.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::fit::LEAST;
use super::{EvalSample, TrustContext};
use crate::compare::{FeatureKind, Features, feature_counts, naive_bayes_auc};
use crate::model::SampleIx;

/// Score from which a cluster counts as phrasing.
const PHRASING: f64 = 0.3;
/// Fewer members than this are told apart by chance.
const ENOUGH: usize = 16;
/// Share of the members, beyond that of the outsiders, that one opening or sign must reach.
const GAP: f64 = 0.3;
/// A word in more than this share of all texts says nothing of a topic.
const COMMON: f64 = 0.2;

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

impl TrustContext<'_> {
    /// Judges a cluster; absent for clusters too small or without outsiders.
    pub(super) fn phrasing(&self, looked_at: &EvalSample) -> Option<Phrasing> {
        let EvalSample { members, outsiders } = looked_at;
        if members.len() < ENOUGH || outsiders.len() < 2 * LEAST {
            return None;
        }
        let both = |s: &SampleIx| self.surface_and_content(*s);
        let (inside_surface, inside_content): (Vec<_>, Vec<_>) = members.iter().map(both).unzip();
        let (outside_surface, outside_content): (Vec<_>, Vec<_>) = outsiders.iter().map(both).unzip();
        let surface = naive_bayes_auc(&inside_surface, &outside_surface);
        let content = naive_bayes_auc(&inside_content, &outside_content);
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
        let (i, o) = (feature_counts(inside), feature_counts(outside));
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
            self.lexicon.spelled(best),
            outside.len()
        )
    }
}
