//! Opposition: does a cluster hold statements against each other? A sentence and its negation lie together in the
//! space that made the cluster, so the split is sought among stance directions learned from labelled statements, and
//! judged with figures that include negation and, where these see anything, whether texts of the two sides contradict each
//! other when read in pairs (`assets/stance/README.md`: data, method, what it reaches).

use std::collections::HashSet;
use std::sync::OnceLock;

use ndarray::{Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::{TrustContext, contradiction, in_order};
use crate::cluster::{KMeansParams, Neighbours, kmeans};
use crate::embed::{CrossEncoder, Vectors};
use crate::model::{ClusterId, Corpus, SampleIx};

static DETECTOR: &str = include_str!("../../assets/stance/detector.json");
/// Fewer different texts than this have no two sides.
pub const LEAST: usize = 12;
/// Texts from which the two sides are learned; the others join the nearer one.
const LEARNED_FROM: usize = 1500;
/// Score from which a cluster counts as opposed.
const OPPOSED: f64 = 0.5;
/// Pairs shown as evidence, and those among which they are chosen.
const PAIRS: usize = 3;
const PAIRS_READ: usize = 60;
/// Starts of k-means.
const STARTS: usize = 8;

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
    /// Absent where nothing spoke for two sides to begin with.
    #[serde(default)]
    pub contradiction: Option<f64>,
}

impl Opposition {
    /// Whether the cluster should be looked at.
    pub fn is_opposed(&self) -> bool {
        self.score > OPPOSED
    }
}

/// A logistic regression on figures brought to mean zero and spread one.
#[derive(Deserialize)]
struct Logistic {
    mean: Vec<f64>,
    sd: Vec<f64>,
    weights: Vec<f64>,
    bias: f64,
}

impl Logistic {
    fn score(&self, figures: &[f64]) -> f64 {
        let scaled = figures.iter().zip(&self.mean).zip(&self.sd).map(|((f, mean), sd)| (f - mean) / sd);
        let z: f64 = scaled.zip(&self.weights).map(|(z, w)| z * w).sum();
        1.0 / (1.0 + (-(z + self.bias)).exp())
    }
}

#[derive(Deserialize)]
struct Detector {
    /// On the figures of a split alone; from `worth_reading` pairs are read.
    split: Logistic,
    worth_reading: f64,
    /// On these and on what reading pairs says.
    read: Logistic,
    negations: HashSet<String>,
    poles: Vec<Vec<f64>>,
}

fn detector() -> Option<&'static Detector> {
    static READ: OnceLock<Option<Detector>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(DETECTOR).ok()).as_ref()
}

impl Detector {
    fn is_negated(&self, text: &str) -> bool {
        text.to_lowercase().replace('’', "'").unicode_words().any(|w| w.ends_with("n't") || self.negations.contains(w))
    }

    /// The score, and what reading pairs of the sides' texts says if the figures of the split made it worth while.
    fn judge(&self, figures: [f64; 5], sides: [&[&str]; 2]) -> (f64, Option<f64>) {
        let at_first = self.split.score(&figures);
        if at_first < self.worth_reading {
            return (at_first, None);
        }
        let [a, b, c, d, e] = figures;
        let score = |read: f64| self.read.score(&[a, b, c, d, e, read]);
        let read = contradiction::between(sides, |read| score(read) > OPPOSED);
        (read.map_or(at_first, score), read)
    }
}

impl TrustContext<'_> {
    /// Looks for two sides in a cluster; absent for clusters of too few different texts, or without stance vectors.
    pub fn opposition(&self, id: ClusterId) -> Option<Opposition> {
        let (corpus, vectors, neighbours) = (self.corpus, self.vectors, self.neighbours);
        let standing = Standing { corpus, stance: self.stance?, vectors, neighbours, places: self.places };
        let mut found = standing.opposition_of(self.partition.members(id))?;
        if !found.is_opposed() {
            found.sides = Default::default();
        }
        Some(found)
    }
}

/// What looking for two sides needs.
pub struct Standing<'a> {
    /// The texts.
    pub corpus: &'a Corpus,
    /// Where they stand.
    pub stance: &'a Vectors,
    /// What they are about.
    pub vectors: &'a Vectors,
    /// Nearest texts of each text.
    pub neighbours: &'a Neighbours,
    /// The order in which texts are gone through ([`Corpus::places`]).
    pub places: &'a [u32],
}

impl Standing<'_> {
    fn texts(&self, s: SampleIx) -> &str {
        &self.corpus.samples[s as usize].text
    }

    /// Looks for two sides among some texts; the best split is given however weak it is.
    pub fn opposition_of(&self, members: &[SampleIx]) -> Option<Opposition> {
        let detector = detector()?;
        let stance = self.stance;
        let texts: Vec<SampleIx> = in_order(members, self.places)
            .into_iter()
            .filter(|&s| stance.row(s as usize).iter().any(|v| *v != 0.0))
            .collect();
        // Copies say no more than one of them.
        let mut seen = HashSet::new();
        let distinct: Vec<SampleIx> = texts.iter().copied().filter(|&s| seen.insert(self.texts(s).trim())).collect();
        if distinct.len() < LEAST || detector.poles.first()?.len() != stance.dims() {
            return None;
        }
        let step = distinct.len().div_ceil(LEARNED_FROM);
        let learned: Vec<SampleIx> = distinct.into_iter().step_by(step).collect();
        let mut points: Array2<f32> =
            Array2::from_shape_fn((learned.len(), stance.dims()), |(i, j)| stance.row(learned[i] as usize)[j]);
        let mean = points.mean_axis(Axis(0))?;
        points -= &mean;
        // k-means stops by an absolute tolerance: bring the spread to one.
        let spread = (points.iter().map(|v| v * v).sum::<f32>() / learned.len() as f32).sqrt().max(1e-9);
        let params = KMeansParams::new(2, 0).runs(STARTS).check(learned.len()).ok()?;
        let side = kmeans(&(&points / (spread / 10.0)), &params).ok()?;
        let centre = |which: u32| {
            let rows: Vec<usize> = (0..side.len()).filter(|&i| side[i] == which).collect();
            points.select(Axis(0), &rows).mapv(f64::from).mean_axis(Axis(0))
        };
        let (first, second) = (centre(0)?, centre(1)?);
        let gap = &second - &first;
        let length = gap.dot(&gap).sqrt();
        if length < 1e-9 {
            return None;
        }
        let unit = &gap / length;
        let middle = (&first + &second).dot(&unit) / 2.0;
        let along: Vec<f64> = points.rows().into_iter().map(|r| r.mapv(f64::from).dot(&unit)).collect();
        let negated: Vec<bool> = learned.iter().map(|&s| detector.is_negated(self.texts(s))).collect();
        let on = |which: u32| -> Vec<&str> {
            (0..side.len()).filter(|&i| side[i] == which).map(|i| self.texts(learned[i])).collect()
        };
        let figures = [
            alignment(&detector.poles, unit.view()),
            kurtosis(&along),
            (share(&negated, |i| side[i] == 1) - share(&negated, |i| side[i] == 0)).abs(),
            (length * length).ln(),
            {
                let n = share(&negated, |_| true);
                n * (1.0 - n)
            },
        ];
        let (score, contradicting) = detector.judge(figures, [&on(0), &on(1)]);
        let mut sides = [Vec::new(), Vec::new()];
        let mut position = Vec::with_capacity(texts.len());
        for &s in &texts {
            let at: f64 =
                stance.row(s as usize).iter().zip(&mean).zip(&unit).map(|((v, m), u)| f64::from(v - m) * u).sum();
            sides[usize::from(at > middle)].push(s);
            position.push((s, at - middle));
        }
        let opposed = score > OPPOSED;
        let pairs = if opposed { self.opposite_pairs(&position, detector) } else { Vec::new() };
        sides.iter_mut().for_each(|side| side.sort_unstable());
        if sides[1].len() > sides[0].len() {
            sides.swap(0, 1);
        }
        Some(Opposition { score, sides, pairs, contradiction: contradicting })
    }

    /// Pairs across the split that are near in meaning and far apart in stance; of these the ones that contradict each other most.
    fn opposite_pairs(&self, position: &[(SampleIx, f64)], detector: &Detector) -> Vec<[SampleIx; 2]> {
        let at: std::collections::HashMap<SampleIx, f64> = position.iter().copied().collect();
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

/// How well the direction between the sides agrees with the directions between known opposites.
fn alignment(poles: &[Vec<f64>], unit: ArrayView1<f64>) -> f64 {
    let squares: f64 = poles.iter().map(|p| ArrayView1::from(p.as_slice()).dot(&unit).powi(2)).sum();
    (squares / poles.len() as f64).sqrt()
}

/// Fourth moment over squared variance: small when there are two heaps.
fn kurtosis(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let moment = |p: i32| values.iter().map(|v| (v - mean).powi(p)).sum::<f64>() / n;
    moment(4) / moment(2).powi(2).max(1e-18)
}

fn share(flags: &[bool], within: impl Fn(usize) -> bool) -> f64 {
    let chosen: Vec<bool> = flags.iter().enumerate().filter(|(i, _)| within(*i)).map(|(_, f)| *f).collect();
    if chosen.is_empty() { 0.0 } else { chosen.iter().filter(|f| **f).count() as f64 / chosen.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detector_reads_and_knows_negations() {
        let d = detector().unwrap();
        assert!(d.is_negated("I don’t like geese") && d.is_negated("I never swim") && !d.is_negated("I like geese"));
        assert!(d.poles.iter().all(|p| p.len() == d.poles[0].len()));
        let usual = d.split.score(&d.split.mean);
        assert!(usual > 0.0 && usual < 1.0);
        assert_eq!([&d.split, &d.read].map(|l| [l.mean.len(), l.sd.len(), l.weights.len()]), [[5; 3], [6; 3]]);
    }

    #[test]
    fn two_heaps_have_small_kurtosis() {
        let heaps: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { -1.0 } else { 1.0 }).collect();
        assert!((kurtosis(&heaps) - 1.0).abs() < 1e-9);
        assert_eq!(share(&[true, false], |i| i == 0), 1.0);
    }
}
