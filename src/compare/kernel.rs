//! How far the labels around each text lean to one side, weighted smoothly by distance.
//!
//! For text `i` the statistic is T = Σ w (label − expected) over all texts, with w = exp(−(d / width)²) and d = 1 − cosine
//! of centred vectors, divided by √Σ w² var. Smooth weights see more than counts of nearest neighbours (Nadaraya 1964 and
//! Watson 1964 for the weights; kernel two-sample witness functions: Gretton et al. 2012), and equal texts get equal weights,
//! so that copies have no order. Several widths are tried, one of them the distance to the tenth neighbour; each is divided
//! by its own limit under the shuffles and the best counts.
//!
//! The variance is that of free shuffles, or of those that the design allows where this is larger. With the design's own
//! variance alone, places where the two answers of a prompt cancel each other would be as loud as places where they do not.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::design::Design;
use super::groups::{NullMax, join, threshold};
use super::permute::{COLUMNS, Permutations};
use super::power::{PLACES, Vicinity};
use crate::linalg::Vectors;
use crate::model::SampleIx;

/// Widths, with the share of the shuffles in which a lean may reach its limit: in the first space, and in any other. The first is
/// what most changes are seen in, and pays least for the others.
///
/// Chosen on sets with a planted change of our own (topics, intents, stances, emotions, answers of other models): over the 20 that are
/// hardest to see, the geometric mean p is .040; with these widths in the first space alone it is .076, and in whole vectors,
/// with the distance to the tenth neighbour as a third width, .109.
const WIDTHS: [(f32, [f64; 2]); 2] = [(0.35, [0.05, 0.02]), (0.5, [0.03, 0.02])];
/// Texts up to which every text is a place; above, as many places are looked at as keep the work the same.
const EVERY_PLACE: usize = 12_000;
/// Places handled together.
const BLOCK: usize = 64;
/// Weights below e to the minus this count as nothing.
const FARTHEST: f32 = 9.0;
/// Steps of the table of weights.
const STEPS: usize = 1024;

/// Leans of all texts.
pub(super) struct Leans {
    /// Signed lean of each text over the limit of its width (`n`).
    pub z: Vec<f32>,
    /// Texts that the best width reaches around each text, about (`n`).
    pub reach: Vec<u8>,
    /// Largest lean anywhere under each shuffle.
    pub null: NullMax,
    /// Standard deviations that one unit of `z` stands for at the narrowest width.
    pub sd: f32,
    /// For each width the standard deviations that one unit of `z` stands for, and what is around some texts.
    pub around: Vec<(f32, Vec<Vicinity>)>,
}

/// What is measured around each text: spaces of centred vectors of unit length (`n × d` each; rows of zeros take no part).
pub(super) struct Spaces<'a> {
    /// The spaces.
    pub vectors: Vec<&'a Vectors>,
}

/// What is found at some places by one width.
#[derive(Default)]
struct AtWidth {
    /// Standardised leans under every column.
    rows: Vec<[f32; COLUMNS]>,
    /// How many texts each reaches.
    reach: Vec<f32>,
    /// What is around some of them.
    around: Vec<Vicinity>,
}

/// The texts that take part, in an order that follows from the texts.
struct Taking {
    samples: Vec<SampleIx>,
    /// Of these, the places that are looked at.
    places: Vec<usize>,
    /// Labels less their expectation (`m × COLUMNS`).
    labels: Array2<f32>,
    /// Variance of each label (`m`).
    variance: Vec<f32>,
    table: Vec<f32>,
}

impl Spaces<'_> {
    /// Scores every text. `ranks` gives the order ([`crate::model::Corpus::canonical_ranks`]).
    pub fn lean(&self, design: &Design, permutations: &Permutations, blank: &[bool], ranks: &[u32]) -> Leans {
        let n = design.len();
        let mut samples: Vec<SampleIx> =
            (0..n as u32).filter(|&s| design.takes_part(s) && !blank[s as usize]).collect();
        samples.sort_unstable_by_key(|&s| ranks[s as usize]);
        let m = samples.len();
        let mut out =
            Leans { z: vec![0.0; n], reach: vec![10; n], null: vec![0.0; COLUMNS], sd: 1.0, around: Vec::new() };
        if m < 2 {
            return out;
        }
        let labels = Array2::from_shape_fn((m, COLUMNS), |(i, c)| {
            f32::from(permutations.of(samples[i])[c]) - design.expected(samples[i])
        });
        let variance = samples.iter().map(|&s| design.expected(s) * (1.0 - design.expected(s))).collect();
        let looked_at = (EVERY_PLACE * EVERY_PLACE / m.max(1)).clamp(1, m);
        let taking = Taking {
            places: (0..looked_at).map(|p| p * m / looked_at).collect(),
            labels,
            variance,
            table: (0..=STEPS).map(|s| (-FARTHEST * s as f32 / STEPS as f32).exp()).collect(),
            samples,
        };
        let mut reaches: Vec<Vec<f32>> = Vec::new();
        let mut scales: Vec<(Vec<[f32; COLUMNS]>, f32)> = Vec::new();
        for (number, vectors) in self.vectors.iter().enumerate() {
            for (at, (_, above)) in taking.statistics(vectors).into_iter().zip(WIDTHS) {
                let limit = threshold(&largest(&at.rows), above[number.min(1)], 1.0);
                reaches.push(at.reach);
                out.around.push((limit, at.around));
                scales.push((at.rows, limit));
            }
        }
        out.sd = scales.iter().map(|s| s.1).fold(f32::INFINITY, f32::min);
        let combined: Vec<([f32; COLUMNS], usize)> = (0..taking.places.len())
            .into_par_iter()
            .map(|p| {
                let mut row = [0f32; COLUMNS];
                let mut at = 0;
                for (s, (z, limit)) in scales.iter().enumerate() {
                    for (c, (r, v)) in row.iter_mut().zip(&z[p]).enumerate() {
                        let v = v / limit;
                        if v.abs() > r.abs() {
                            *r = v;
                            at = if c == 0 { s } else { at };
                        }
                    }
                }
                (row, at)
            })
            .collect();
        for (row, _) in &combined {
            for (n, v) in out.null.iter_mut().zip(row).skip(1) {
                *n = n.max(v.abs());
            }
        }
        for (place, (&p, (row, at))) in taking.places.iter().zip(&combined).enumerate() {
            let s = taking.samples[p] as usize;
            out.z[s] = row[0];
            out.reach[s] = reaches[*at][place].round().clamp(3.0, 40.0) as u8;
        }
        out
    }
}

impl Taking {
    /// What is found at every place, for each width.
    fn statistics(&self, vectors: &Vectors) -> Vec<AtWidth> {
        let (m, d) = (self.samples.len(), vectors.dims());
        let mut x = Array2::<f32>::zeros((m, d));
        for (mut row, &s) in x.rows_mut().into_iter().zip(&self.samples) {
            row.iter_mut().zip(vectors.row(s as usize)).for_each(|(r, v)| *r = *v);
        }
        let every = self.places.len().div_ceil(PLACES).max(1);
        let parts: Vec<Vec<AtWidth>> = self
            .places
            .par_chunks(BLOCK)
            .enumerate()
            .map(|(number, block)| {
                let is_shown = |i: usize| (number * BLOCK + i).is_multiple_of(every);
                let mut rows = Array2::<f32>::zeros((block.len(), d));
                for (mut row, &p) in rows.rows_mut().into_iter().zip(block) {
                    row.assign(&x.row(p));
                }
                let mut distance = rows.dot(&x.t());
                distance.mapv_inplace(|v| (1.0 - v).max(0.0));
                WIDTHS.map(|(width, _)| self.at_width(&distance, width, |i| is_shown(i).then(|| block[i]))).into()
            })
            .collect();
        let mut all: Vec<AtWidth> = WIDTHS.map(|_| AtWidth::default()).into();
        for part in parts {
            for (all, part) in all.iter_mut().zip(part) {
                all.rows.extend(part.rows);
                all.reach.extend(part.reach);
                all.around.extend(part.around);
            }
        }
        all
    }

    /// From distances of some places to all texts. `own` names the text at a place around which more is looked at.
    fn at_width(&self, distance: &Array2<f32>, width: f32, own: impl Fn(usize) -> Option<usize>) -> AtWidth {
        let mut weights = distance.clone();
        let scale = STEPS as f32 / (FARTHEST * width * width);
        weights.mapv_inplace(|d| {
            let at = d * d * scale;
            if at < STEPS as f32 { self.weight(at) } else { 0.0 }
        });
        let sums = weights.dot(&self.labels);
        let rows = standardised(&weights, &sums.view(), &self.variance);
        let reach = weights.rows().into_iter().map(|r| r.sum()).collect();
        let around = weights.rows().into_iter().enumerate();
        let around = around.filter_map(|(i, row)| Some(Vicinity::new(&row.to_vec(), own(i)?))).collect();
        AtWidth { rows, reach, around }
    }

    /// The weight at a place of the table, between its steps.
    fn weight(&self, at: f32) -> f32 {
        let step = at as usize;
        let part = at - step as f32;
        self.table[step] + part * (self.table[step + 1] - self.table[step])
    }
}

/// Sums over their standard deviation: that of free labels, or of the other columns where it is larger. Each column is measured
/// by the others, so that the observed one is exchangeable with the shuffles.
fn standardised(weights: &Array2<f32>, sums: &ArrayView2<f32>, variance: &[f32]) -> Vec<[f32; COLUMNS]> {
    weights
        .rows()
        .into_iter()
        .zip(sums.rows())
        .map(|(w, t)| {
            let free: f32 = w.iter().zip(variance).map(|(w, v)| w * w * v).sum();
            let all: f32 = t.iter().map(|v| v * v).sum();
            let mut row = [0f32; COLUMNS];
            for (r, v) in row.iter_mut().zip(t) {
                let allowed = (all - v * v) / (COLUMNS - 1) as f32;
                *r = v / free.max(allowed).max(1e-3).sqrt();
            }
            row
        })
        .collect()
}

/// Largest absolute value under each shuffle.
fn largest(z: &[[f32; COLUMNS]]) -> NullMax {
    z.par_chunks(512)
        .map(|part| {
            let mut null = vec![0f32; COLUMNS];
            for row in part {
                for (n, v) in null.iter_mut().zip(row).skip(1) {
                    *n = n.max(v.abs());
                }
            }
            null
        })
        .collect::<Vec<_>>()
        .iter()
        .fold(vec![0f32; COLUMNS], join)
}
