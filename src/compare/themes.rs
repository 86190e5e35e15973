//! The numbers of each theme: texts that a person put together, wherever they lie.

use serde::{Deserialize, Serialize};

use super::design::{Design, Scratch};
use super::figures::of_group;
use super::odds::LogOdds;
use super::significance::benjamini_hochberg;
use crate::model::{ClusterId, Contrast, Corpus, Partition, SourceId, ThemeId};

/// What the comparison says of a theme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThemeFigures {
    /// The theme.
    pub id: ThemeId,
    /// Texts of each source.
    pub counts: Vec<u32>,
    /// Base-rate corrected shares of the sources, summing to 1.
    pub share: Vec<f64>,
    /// Texts on the two sides of the contrast.
    pub sides: [u32; 2],
    /// Right against left; absent when there is nothing to compare, and where its texts were chosen after looking.
    pub odds: Option<LogOdds>,
    /// Two-sided p, by the test of the clusters; absent as the odds are.
    pub p: Option<f64>,
    /// Benjamini-Hochberg over all themes.
    pub q: Option<f64>,
    /// The clusters its texts lie in, with their number, most first.
    pub clusters: Vec<(ClusterId, u32)>,
}

impl ThemeFigures {
    /// Share of the right side's texts among both, corrected for their sizes: above one half it has more.
    pub fn share_of(&self, contrast: Option<&Contrast>) -> f64 {
        let side = |list: &[SourceId]| list.iter().filter_map(|s| self.share.get(s.ix())).sum::<f64>();
        contrast.map_or(0.5, |c| {
            let (left, right) = (side(&c.left), side(&c.right));
            if left + right > 0.0 { right / (left + right) } else { 0.5 }
        })
    }
}

/// Counts, shares, odds and tests of all themes.
pub fn theme_figures(corpus: &Corpus, design: Option<&Design>, p: &Partition) -> Vec<ThemeFigures> {
    let totals = corpus.source_sizes();
    let mut scratch = Scratch::default();
    let mut out: Vec<ThemeFigures> = p
        .themes()
        .map(|(id, theme)| {
            let f = of_group(corpus, &totals, design, ClusterId(id), &theme.members, &mut scratch);
            ThemeFigures {
                id,
                counts: f.counts,
                share: f.share,
                sides: f.sides,
                odds: f.odds.filter(|_| theme.void().is_none()),
                p: f.p.filter(|_| theme.void().is_none()),
                q: None,
                clusters: p.spread(&theme.members),
            }
        })
        .collect();
    let q = benjamini_hochberg(&out.iter().filter_map(|f| f.p).collect::<Vec<_>>());
    for (f, q) in out.iter_mut().filter(|f| f.p.is_some()).zip(q) {
        f.q = Some(q);
    }
    out
}
