//! Opposition: does a cluster hold statements against each other? A sentence and its negation lie together in the
//! space that made the cluster, so the split is sought among stance directions learned from labelled statements, centred on
//! the middle of many topics. The split itself says whether its sides are opposed or the halves of one: their cosine, their
//! distance, the valley between them. Where that leaves a doubt, texts of the two sides are read in pairs
//! (`assets/stance/README.md`: data, method, what it reaches).

use std::collections::{HashMap, HashSet};

use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use super::detector::{Detector, detector, share_of};
use super::{TrustContext, contradiction, in_order, sides};
use crate::cluster::Neighbours;
use crate::embed::CrossEncoder;
use crate::linalg::Vectors;
use crate::model::{ClusterId, Corpus, SampleIx};

/// Fewer different texts than this have no two sides.
pub const LEAST: usize = 12;
/// Copies of a text that count.
const COPIES: usize = 3;
/// Texts from which the two sides are learned; the others join the nearer one.
const LEARNED_FROM: usize = 1500;
/// Score from which a cluster counts as opposed.
const OPPOSED: f64 = 0.5;
/// Pairs shown as evidence, and those among which they are chosen.
const PAIRS: usize = 3;
const PAIRS_READ: usize = 16;

/// Two sides found in a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opposition {
    /// 0 to 1; above 0.5 the sides are more opposed than 95 in 100 topics of one stance.
    pub score: f64,
    /// The proposed split, the larger side first; empty when the cluster does not count as opposed.
    pub sides: [Vec<SampleIx>; 2],
    /// Texts that are about the same and stand on different sides, the clearest first; empty like `sides`.
    pub pairs: Vec<[SampleIx; 2]>,
    /// How often texts of different sides contradict each other more than texts of one, read in pairs: 0.5 is chance, 1 always.
    /// Absent where the split alone left no doubt.
    #[serde(default)]
    pub contradiction: Option<f64>,
    /// Share of the texts on the larger side: of the split where the cluster counts as opposed, else of those that take the
    /// side of their mean. Absent in sessions of older versions.
    #[serde(default)]
    pub larger: Option<f64>,
}

impl Opposition {
    /// Shares of the texts on either side, the larger first.
    pub fn shares(&self) -> Option<[f64; 2]> {
        self.larger.map(|share| [share, 1.0 - share])
    }

    /// How one-sided a cluster is, as a person reads it; absent where it counts as opposed or was judged by an older version.
    pub fn one_sided(&self) -> Option<String> {
        let share = self.larger.filter(|_| !self.is_opposed())?;
        Some(format!("One-sided: {:.0} % of its texts take the same side.", share * 100.0))
    }

    /// Whether the cluster should be looked at.
    pub fn is_opposed(&self) -> bool {
        self.score > OPPOSED
    }
}

impl Detector {
    /// The score, and what reading pairs of the sides' texts says where the split alone leaves it in doubt.
    fn judge(&self, figures: &[f64; sides::FIGURES], texts: [&[&str]; 2]) -> (f64, Option<f64>) {
        let log_odds = self.split.log_odds(figures);
        let at_first = share_of(log_odds);
        if at_first < self.doubtful[0] || at_first > self.doubtful[1] {
            return (at_first, None);
        }
        let read = contradiction::between(texts, self.read.limit_of_second(log_odds));
        (read.map_or(at_first, |read| share_of(self.read.log_odds(&[log_odds, read]))), read)
    }
}

impl TrustContext<'_> {
    /// Looks for two sides in a cluster; absent for clusters of too few different texts, or without stance vectors. The
    /// sides are there however weak the split is.
    pub fn opposition(&self, id: ClusterId) -> Option<Opposition> {
        let (corpus, vectors, neighbours) = (self.corpus, self.vectors, self.neighbours);
        let standing = OppositionInput { corpus, stance: self.stance?, vectors, neighbours, ranks: self.ranks };
        standing.opposition_of(self.partition.members(id))
    }
}

/// What looking for two sides needs.
pub struct OppositionInput<'a> {
    /// The texts.
    pub corpus: &'a Corpus,
    /// Where they stand.
    pub stance: &'a Vectors,
    /// What they are about.
    pub vectors: &'a Vectors,
    /// Nearest texts of each text.
    pub neighbours: &'a Neighbours,
    /// The order in which texts are gone through ([`Corpus::canonical_ranks`]).
    pub ranks: &'a [u32],
}

impl OppositionInput<'_> {
    fn texts(&self, s: SampleIx) -> &str {
        &self.corpus.samples[s as usize].text
    }

    /// Looks for two sides among some texts; the best split is given however weak it is.
    pub fn opposition_of(&self, members: &[SampleIx]) -> Option<Opposition> {
        let detector = detector()?;
        let stance = self.stance;
        let texts: Vec<SampleIx> = in_order(members, self.ranks)
            .into_iter()
            .filter(|&s| stance.row(s as usize).iter().any(|v| *v != 0.0))
            .collect();
        // Copies count, but not without end: what a model says again and again is a side of its own, and one formula is none.
        let mut copies: HashMap<&str, usize> = HashMap::new();
        let counted: Vec<SampleIx> = texts
            .iter()
            .copied()
            .filter(|&s| {
                let seen = copies.entry(self.texts(s).trim()).or_default();
                *seen += 1;
                *seen <= COPIES
            })
            .collect();
        if copies.len() < LEAST || detector.centre.len() != stance.dims() {
            return None;
        }
        let step = counted.len().div_ceil(LEARNED_FROM);
        let learned: Vec<SampleIx> = counted.into_iter().step_by(step).collect();
        let rows = detector.centred_rows(stance, &learned);
        let negated: Vec<bool> = learned.iter().map(|&s| detector.is_negated(self.texts(s))).collect();
        let split = sides::split(&rows, &negated)?;
        let on = |which: bool| -> Vec<&str> {
            (0..learned.len()).filter(|&i| split.second[i] == which).map(|i| self.texts(learned[i])).collect()
        };
        let (score, contradicting) = detector.judge(&split.figures, [&on(false), &on(true)]);
        let mut found = [Vec::new(), Vec::new()];
        let mut position = Vec::with_capacity(texts.len());
        for (&s, row) in texts.iter().zip(detector.centred_rows(stance, &texts).rows()) {
            let at = row.dot(&split.direction) - split.middle;
            found[usize::from(at > 0.0)].push(s);
            position.push((s, at));
        }
        let opposed = score > OPPOSED;
        let pairs = if opposed { self.opposite_pairs(&position, detector) } else { Vec::new() };
        found.iter_mut().for_each(|side| side.sort_unstable());
        if found[1].len() > found[0].len() {
            found.swap(0, 1);
        }
        let larger = if opposed { found[0].len() as f64 / texts.len() as f64 } else { on_the_side_of_the_mean(&rows) };
        Some(Opposition { score, sides: found, pairs, contradiction: contradicting, larger: Some(larger) })
    }

    /// Pairs across the split that are near in meaning and far apart in stance; of these the ones that contradict each other most.
    fn opposite_pairs(&self, position: &[(SampleIx, f64)], detector: &Detector) -> Vec<[SampleIx; 2]> {
        let at: HashMap<SampleIx, f64> = position.iter().copied().collect();
        let mut found: Vec<(f64, [SampleIx; 2])> = Vec::new();
        for &(s, here) in position.iter().filter(|p| p.1 > 0.0) {
            for &j in self.neighbours.of(s as usize).iter().skip(1) {
                let Some(&there) = at.get(&j).filter(|v| **v < 0.0) else { continue };
                let near: f32 =
                    self.vectors.row(s as usize).iter().zip(self.vectors.row(j as usize)).map(|(a, b)| a * b).sum();
                let one_negated = detector.is_negated(self.texts(s)) != detector.is_negated(self.texts(j));
                let weight = f64::from(near) * (here - there) * if one_negated { 2.0 } else { 1.0 };
                found.push((weight, [j, s]));
            }
        }
        let clearest = |found: &mut Vec<(f64, [SampleIx; 2])>| {
            found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        };
        clearest(&mut found);
        found.truncate(PAIRS_READ);
        let texts: Vec<[&str; 2]> = found.iter().map(|(_, pair)| pair.map(|s| self.texts(s))).collect();
        if let Ok(read) = CrossEncoder::shared().and_then(|reader| reader.log_odds(&texts)) {
            found.iter_mut().zip(read).for_each(|(pair, log_odds)| pair.0 = f64::from(log_odds));
            clearest(&mut found);
        }
        let mut used = HashSet::new();
        found
            .into_iter()
            .filter(|(_, [a, b])| used.insert(*a) && used.insert(*b))
            .map(|(_, pair)| pair)
            .take(PAIRS)
            .collect()
    }
}

/// Share of rows that point to the same side as their mean does: where there are no two sides, how many take the one.
fn on_the_side_of_the_mean(rows: &Array2<f64>) -> f64 {
    let mean: Array1<f64> = rows.mean_axis(Axis(0)).unwrap_or_default();
    let along = rows.dot(&mean);
    along.iter().filter(|p| **p > 0.0).count() as f64 / along.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_one_side_counts_who_points_elsewhere() {
        let rows = Array2::from_shape_fn((10, 2), |(i, j)| {
            if j == 1 {
                0.1
            } else if i == 0 {
                -1.0
            } else {
                1.0
            }
        });
        assert!((on_the_side_of_the_mean(&rows) - 0.9).abs() < 1e-9);
    }
}
