//! Is there any difference at all, also inside a cluster, and how small a one could have been seen?

use linfa_linalg::cholesky::Cholesky;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::classifier::{auc_with_p, aucs, solve};
use super::design::Design;
use super::evidence::Tail;
use super::finding::{Finding, Findings};
use super::permute::{COLUMNS, Permutations};
use super::rates::Rates;
use super::significance::ALPHA;
use crate::cluster::Space;
use crate::model::SampleIx;

/// Above this many texts fewer shuffles are ranked, to keep the wait short.
const MANY: usize = 30_000;
/// Findings that what is explained is made of, at most.
const NAMED: usize = 40;
/// Texts of each side that a cluster needs for a classifier.
const SHIFT_LEAST: u32 = 12;

/// One answer for the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overall {
    /// How well a classifier tells the sides apart, cross-validated over prompts; 0.5 is chance.
    pub auc: f64,
    /// Share of shuffles in which it does as well.
    pub p: f64,
    /// The same from what the listed findings name alone: how much of the difference they account for.
    #[serde(default)]
    pub explained: Option<f64>,
    /// The same from everything but these: what is left, and its p.
    #[serde(default)]
    pub left: Option<(f64, f64)>,
    /// Smallest share of the right side's texts that a behaviour new to it needs to be found in 4 of 5 runs.
    pub smallest_detectable_share: f64,
}

/// Do the sides differ inside one cluster?
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// As in [`Overall::auc`].
    pub auc: f64,
    /// Probability of one as large where the sides do not differ: a share of shuffles, and the fitted tail of their areas beyond what
    /// these can count.
    pub p: f64,
    /// That p, adjusted for all clusters; absent until all are known.
    #[serde(default)]
    pub q: Option<f64>,
}

impl Shift {
    /// Whether it is large and sure enough to be pointed at.
    pub fn is_marked(&self) -> bool {
        self.q.is_some_and(|q| q < ALPHA) && self.auc > 0.6
    }
}

/// Classifies the side over all texts by meaning and by quantities of the text. `rows` lists the sample of each row of the
/// space.
pub(crate) fn overall(
    design: &Design,
    permutations: &Permutations,
    (space, rows): (&Space, &[SampleIx]),
    rates: &Rates,
    hotspots: &Findings,
) -> Option<Overall> {
    let at: Vec<usize> = (0..rows.len()).filter(|&r| design.takes_part(rows[r])).collect();
    let samples: Vec<SampleIx> = at.iter().map(|&r| rows[r]).collect();
    let columns = if samples.len() > MANY { COLUMNS / 2 } else { COLUMNS };
    let seen = with_quantities(space, rows, &rates.ranks(design));
    let told = |of: &Space, columns: usize| auc_with_p(design, permutations, of, &at, &samples, columns);
    let (auc, p) = told(&seen, columns)?;
    let named = named(rows, design.len(), hotspots);
    let (explained, left) = match named {
        Some(named) => {
            let left = residuals(&seen, &named).and_then(|rest| told(&rest, columns));
            (told(&named, 2).map(|(auc, _)| auc), left)
        }
        None => (None, Some((auc, p))),
    };
    Some(Overall { auc, p, explained, left, smallest_detectable_share: hotspots.smallest_share })
}

/// The space with ranks of quantities beside it, at the spread of its first components.
fn with_quantities(space: &Space, rows: &[SampleIx], ranks: &[Vec<f32>]) -> Space {
    let (n, d) = space.dim();
    let first = d.clamp(1, 8);
    let spread = (0..first.min(d)).map(|c| space.column(c).iter().map(|v| v * v).sum::<f32>()).sum::<f32>();
    let scale = (spread / (first * n.max(1)) as f32).sqrt() * 2.0;
    // Quantities come first: of few texts only the first columns are used.
    Space::from_shape_fn((n, ranks.len() + d), |(r, c)| {
        let (few, rest) = (8.min(d), ranks.len());
        if c < few {
            space[[r, c]]
        } else if c < few + rest {
            ranks[c - few][rows[r] as usize] * scale
        } else {
            space[[r, c - rest]]
        }
    })
}

/// Which rows are in each leading finding; nothing where there is none.
fn named(rows: &[SampleIx], samples: usize, hotspots: &Findings) -> Option<Space> {
    let leaders: Vec<&Finding> = hotspots.findings.iter().filter(|f| f.follows.is_none()).take(NAMED).collect();
    let mut inside = vec![vec![0f32; samples]; leaders.len()];
    for (column, f) in inside.iter_mut().zip(&leaders) {
        f.members.iter().for_each(|&s| column[s as usize] = 1.0);
    }
    let space = Space::from_shape_fn((rows.len(), leaders.len()), |(r, c)| inside[c][rows[r] as usize]);
    (!leaders.is_empty()).then_some(space)
}

/// What the columns of `named` and a constant do not explain of `seen`, by least squares.
fn residuals(seen: &Space, named: &Space) -> Option<Space> {
    let (n, f) = named.dim();
    let m = Array2::from_shape_fn((n, f + 1), |(r, c)| if c < f { f64::from(named[[r, c]]) } else { 1.0 });
    let x = seen.mapv(f64::from);
    let mut a = m.t().dot(&m);
    for d in 0..=f {
        a[[d, d]] += 1e-6 * n as f64;
    }
    let weights = solve(&a.cholesky().ok()?, &m.t().dot(&x))?;
    Some((x - m.dot(&weights)).mapv(|v| v as f32))
}

/// Classifies the side among the members of one cluster; `row_of` gives each sample's row. `None` where a side has too
/// few texts.
pub fn shift_within(
    design: &Design,
    permutations: &Permutations,
    space: &Space,
    row_of: &[Option<u32>],
    members: &[SampleIx],
) -> Option<Shift> {
    let (rows, samples): (Vec<usize>, Vec<SampleIx>) = members
        .iter()
        .filter(|&&s| design.takes_part(s))
        .filter_map(|&s| row_of[s as usize].map(|r| (r as usize, s)))
        .unzip();
    if design.counts(&samples).iter().any(|&n| n < SHIFT_LEAST) {
        return None;
    }
    let aucs = aucs(design, permutations, space, (&rows, &samples), COLUMNS / 2)?;
    let null: Vec<f32> = aucs.iter().map(|a| *a as f32).collect();
    Some(Shift { auc: aucs[0], p: Tail::of(&null).p(null[0]), q: None })
}
