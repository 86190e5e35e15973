//! Rounds of one model: trend within families, distance to the first round less what sampling alone gives, the first round outside
//! that band, and whether the last has come back.

use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;
use serde::Serialize;

use super::super::stats::mean;
use super::draws::{Estimate, bootstrap, ratio, sign_flips};
use super::families::{Asked, Family, Figure};
use crate::compare::holm;

/// Exchanges of answers between two rounds.
const SHUFFLES: usize = 499;
/// Level of the null band.
const ALPHA: f64 = 0.05;

/// What happened over the rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rounds {
    /// Accuracy in each round.
    pub accuracy: Vec<Option<f64>>,
    /// Change of accuracy a round, within families, and its p.
    pub slope: Option<Estimate>,
    /// p of the slope, over sign flips of families.
    pub p: f64,
    /// For each round after the first its distance to the first: half the summed differences of the shares of right, wrong,
    /// refused and unclear answers, averaged over families, less the mean when answers are exchanged between the two rounds.
    pub distance: Vec<f64>,
    /// p of each distance, adjusted for the number of rounds (Holm).
    pub distance_p: Vec<f64>,
    /// The first round outside the null band, from 1.
    pub departs: Option<usize>,
    /// Whether a round departed and the last one is inside again.
    pub returned: bool,
}

/// Figures over `rounds`, models in order, of families that answered in every one of them.
pub(super) fn rounds(families: &[Family], rounds: &[usize], frame: usize, seed: u64) -> Rounds {
    let parts = |model: usize| -> Vec<Option<[f64; 2]>> {
        families.iter().map(|f| Figure::Accuracy.of(f, model, frame)).collect()
    };
    let by_round: Vec<Vec<Option<[f64; 2]>>> = rounds.iter().map(|&m| parts(m)).collect();
    let all = vec![1; families.len()];
    let middle = (rounds.len() as f64 - 1.0) / 2.0;
    let spread: f64 = (0..rounds.len()).map(|r| (r as f64 - middle).powi(2)).sum();
    let slopes: Vec<Option<[f64; 2]>> = (0..families.len())
        .map(|f| {
            let mut slope = 0.0;
            for (r, round) in by_round.iter().enumerate() {
                let [sum, n] = round[f]?;
                slope += (r as f64 - middle) * sum / n / spread;
            }
            Some([slope, 1.0])
        })
        .collect();
    let known: Vec<f64> = slopes.iter().flatten().map(|s| s[0]).collect();
    let (distance, p): (Vec<f64>, Vec<f64>) = rounds
        .iter()
        .skip(1)
        .enumerate()
        .map(|(r, &round)| from_first(families, [rounds[0], round], frame, seed.wrapping_add(r as u64)))
        .unzip();
    let distance_p = holm(&p);
    let outside = |p: &f64| *p <= ALPHA;
    let departs = distance_p.iter().position(outside).map(|r| r + 1);
    Rounds {
        accuracy: by_round.iter().map(|r| ratio(r, &all)).collect(),
        slope: bootstrap(families.len(), seed, |times| ratio(&slopes, times)),
        p: sign_flips(&known, seed),
        returned: departs.is_some() && !distance_p.last().is_some_and(outside),
        distance,
        distance_p,
        departs,
    }
}

/// Right, wrong, refused, unclear.
type Kinds = [f64; 4];

fn kinds(item: &Asked, shares: &[f64]) -> Kinds {
    let k = item.item.options.len();
    let right = shares[item.right];
    [right, shares[..k].iter().sum::<f64>() - right, shares[k], shares[k + 1]]
}

/// Distance of two rounds less its null mean, and p.
fn from_first(families: &[Family], pair: [usize; 2], frame: usize, seed: u64) -> (f64, f64) {
    // For each family the items with their answers in both rounds.
    let drawn: Vec<Vec<[Vec<Kinds>; 2]>> = families
        .iter()
        .map(|f| {
            let of = |i: &Asked, model: usize| -> Vec<Kinds> {
                let own = i.cells[model].iter().filter(|(way, _)| way.0 == frame);
                own.flat_map(|(_, c)| c.draws.iter().map(|d| kinds(i, d))).collect()
            };
            let both = f.items.iter().map(|i| pair.map(|m| of(i, m)));
            both.filter(|[a, b]| !a.is_empty() && !b.is_empty()).collect()
        })
        .filter(|f: &Vec<_>| !f.is_empty())
        .collect();
    let observed = distance(&drawn);
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let null: Vec<f64> = (0..SHUFFLES)
        .map(|_| {
            let exchanged: Vec<Vec<[Vec<Kinds>; 2]>> =
                drawn.iter().map(|f| f.iter().map(|[a, b]| exchange(a, b, &mut rng)).collect()).collect();
            distance(&exchanged)
        })
        .collect();
    let as_far = null.iter().filter(|d| **d >= observed - 1e-12).count();
    (observed - mean(null.iter().copied()), (1 + as_far) as f64 / (1 + SHUFFLES) as f64)
}

fn exchange(a: &[Kinds], b: &[Kinds], rng: &mut Xoshiro256Plus) -> [Vec<Kinds>; 2] {
    let mut all: Vec<Kinds> = a.iter().chain(b).copied().collect();
    all.shuffle(rng);
    let rest = all.split_off(a.len());
    [all, rest]
}

fn distance(families: &[Vec<[Vec<Kinds>; 2]>]) -> f64 {
    mean(families.iter().map(|items| {
        let mut apart = [0.0; 4];
        for [a, b] in items {
            for (k, v) in apart.iter_mut().enumerate() {
                *v += mean(a.iter().map(|s| s[k])) - mean(b.iter().map(|s| s[k]));
            }
        }
        apart.iter().map(|v| v.abs()).sum::<f64>() / 2.0 / items.len() as f64
    }))
}
