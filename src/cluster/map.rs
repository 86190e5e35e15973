//! A flat map of the texts: near on the map means near in meaning, as far as two dimensions can say it.
//!
//! UMAP's layout (McInnes, Healy and Melville 2018): edges to the nearest neighbours, weighted so that every text has about
//! the same number of them, pull; random others push; it starts from the first two principal components. One thread and
//! one seed, so that the same texts give the same map.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::kmeans::ClusterError;
use super::neighbours::Neighbours;
use super::reduce::principal_space;
use crate::linalg::Vectors;

/// Texts on a map, at most: more dots than a screen or a page can show.
const MOST: usize = 6_000;
/// Neighbours that pull, the text itself included.
const PULL: usize = 16;
/// Random texts that push, for each pull.
const PUSH: usize = 5;
/// Rounds.
const ROUNDS: usize = 200;
/// The curve of UMAP's low-dimensional similarity for `min_dist` 0.1.
const A: f32 = 1.577;
const B: f32 = 0.895;

/// Places of some texts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// The texts on it, ascending.
    pub samples: Vec<u32>,
    /// Where each stands, 0 to 1 in both directions.
    #[serde(rename = "places")]
    pub coordinates: Vec<[f32; 2]>,
}

impl Map {
    /// Lays out the rows that are not zero (`vectors`: `n × d`), every so-manieth when they are many.
    ///
    /// # Errors
    /// When a matrix product fails.
    pub fn of(vectors: &Vectors, seed: u64) -> Result<Self, ClusterError> {
        let usable: Vec<u32> =
            (0..vectors.len() as u32).filter(|&i| vectors.row(i as usize).iter().any(|v| *v != 0.0)).collect();
        let step = usable.len().div_ceil(MOST).max(1);
        let samples: Vec<u32> = usable.into_iter().step_by(step).collect();
        let rows: Vec<f32> = samples.iter().flat_map(|&i| vectors.row(i as usize).to_vec()).collect();
        let chosen = Vectors::new(vectors.dims().max(1), rows);
        if samples.len() < 3 {
            let coordinates = (0..samples.len()).map(|i| [0.25 + 0.5 * i as f32, 0.5]).collect();
            return Ok(Self { samples, coordinates });
        }
        let neighbours = Neighbours::find(&chosen, PULL)?;
        let edges = edges(&chosen, &neighbours);
        let all: Vec<u32> = (0..samples.len() as u32).collect();
        let space = principal_space(&chosen, &all);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut coordinates: Vec<[f32; 2]> = (0..samples.len())
            .map(|i| {
                let at = |d: usize| space.get((i, d)).copied().unwrap_or(0.0) * 10.0;
                [at(0) + rng.gen_range(-0.01..0.01), at(1) + rng.gen_range(-0.01..0.01)]
            })
            .collect();
        relax(&mut coordinates, &edges, &mut rng);
        Ok(Self { samples, coordinates: fitted(coordinates) })
    }
}

/// Pairs of texts with the weight of their pull, symmetric.
fn edges(vectors: &Vectors, neighbours: &Neighbours) -> Vec<(u32, u32, f32)> {
    let mut weight: BTreeMap<(u32, u32), f32> = BTreeMap::new();
    for i in 0..vectors.len() {
        let near: Vec<(u32, f32)> = neighbours
            .of(i)
            .iter()
            .filter(|&&j| j as usize != i)
            .map(|&j| {
                let cos: f32 = vectors.row(i).iter().zip(vectors.row(j as usize)).map(|(a, b)| a * b).sum();
                (j, (1.0 - cos).max(0.0))
            })
            .collect();
        let nearest = near.iter().map(|n| n.1).fold(f32::INFINITY, f32::min);
        let scale = scale_for(&near, nearest);
        for (j, d) in near {
            let w = (-((d - nearest).max(0.0) / scale)).exp();
            let pair = (j.min(i as u32), j.max(i as u32));
            // A fuzzy union of both directions.
            let old = weight.entry(pair).or_insert(0.0);
            *old = *old + w - *old * w;
        }
    }
    weight.into_iter().map(|((i, j), w)| (i, j, w)).collect()
}

/// The width at which the weights of a text's neighbours add up to the logarithm of their number.
fn scale_for(near: &[(u32, f32)], nearest: f32) -> f32 {
    let wanted = (near.len().max(2) as f32).log2();
    let (mut low, mut high) = (1e-4f32, 4.0f32);
    for _ in 0..32 {
        let middle = (low + high) / 2.0;
        let sum: f32 = near.iter().map(|(_, d)| (-((d - nearest).max(0.0) / middle)).exp()).sum();
        if sum > wanted { high = middle } else { low = middle }
    }
    (low + high) / 2.0
}

/// Pulls along edges as often as their weight says and pushes random pairs apart, ever more gently.
fn relax(coordinates: &mut [[f32; 2]], edges: &[(u32, u32, f32)], rng: &mut Xoshiro256PlusPlus) {
    let n = coordinates.len();
    let strongest = edges.iter().map(|e| e.2).fold(0.0, f32::max).max(1e-6);
    let every: Vec<f32> = edges.iter().map(|e| strongest / e.2.max(1e-6)).collect();
    let mut due = every.clone();
    for round in 0..ROUNDS {
        let step = 1.0 - round as f32 / ROUNDS as f32;
        for (e, &(i, j, _)) in edges.iter().enumerate() {
            if due[e] > round as f32 {
                continue;
            }
            due[e] += every[e];
            let (i, j) = (i as usize, j as usize);
            let (d, square) = between(coordinates[i], coordinates[j]);
            if square > 0.0 {
                let pull = -2.0 * A * B * square.powf(B - 1.0) / (1.0 + A * square.powf(B));
                shift(coordinates, i, d, pull * step);
                shift(coordinates, j, d, -pull * step);
            }
            for _ in 0..PUSH {
                let other = rng.gen_range(0..n);
                if other == i {
                    continue;
                }
                let (d, square) = between(coordinates[i], coordinates[other]);
                let push = 2.0 * B / ((0.001 + square) * (1.0 + A * square.powf(B)));
                shift(coordinates, i, d, push * step);
            }
        }
    }
}

fn between(a: [f32; 2], b: [f32; 2]) -> ([f32; 2], f32) {
    let d = [a[0] - b[0], a[1] - b[1]];
    (d, d[0] * d[0] + d[1] * d[1])
}

fn shift(coordinates: &mut [[f32; 2]], i: usize, d: [f32; 2], by: f32) {
    for (p, d) in coordinates[i].iter_mut().zip(d) {
        *p += (by * d).clamp(-4.0, 4.0);
    }
}

/// Places scaled into the unit square; the outermost hundredth is pressed to its edge so that a stray dot does not shrink
/// all others.
fn fitted(mut coordinates: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    for d in 0..2 {
        let mut sorted: Vec<f32> = coordinates.iter().map(|p| p[d]).collect();
        sorted.sort_by(f32::total_cmp);
        let cut = sorted.len() / 200;
        let (low, high) = (sorted[cut], sorted[sorted.len() - 1 - cut]);
        let span = (high - low).max(1e-6);
        for p in &mut coordinates {
            p[d] = ((p[d] - low) / span).clamp(0.0, 1.0);
        }
    }
    coordinates
}

/// How far neighbours on the map are neighbours in meaning: trustworthiness (Venna and Kaski 2001) at `k`, 0 to 1.
pub fn trustworthiness(vectors: &Vectors, map: &Map, k: usize) -> f64 {
    let n = map.samples.len();
    if n < 3 * k + 2 {
        return 1.0;
    }
    let mut penalty = 0usize;
    for i in 0..n {
        let own = vectors.row(map.samples[i] as usize);
        let mut by_meaning: Vec<(f32, usize)> = (0..n)
            .filter(|&j| j != i)
            .map(|j| {
                let cos: f32 = own.iter().zip(vectors.row(map.samples[j] as usize)).map(|(a, b)| a * b).sum();
                (-cos, j)
            })
            .collect();
        by_meaning.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut rank = vec![0usize; n];
        for (r, (_, j)) in by_meaning.iter().enumerate() {
            rank[*j] = r + 1;
        }
        let mut on_map: Vec<(f32, usize)> =
            (0..n).filter(|&j| j != i).map(|j| (between(map.coordinates[i], map.coordinates[j]).1, j)).collect();
        on_map.sort_by(|a, b| a.0.total_cmp(&b.0));
        penalty += on_map.iter().take(k).map(|(_, j)| rank[*j].saturating_sub(k)).sum::<usize>();
    }
    1.0 - 2.0 / (n * k * (2 * n - 3 * k - 1)) as f64 * penalty as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five groups in twelve dimensions.
    fn groups() -> Vectors {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut data = Vec::new();
        for g in 0..5usize {
            for _ in 0..40 {
                let mut row: Vec<f32> = (0..12).map(|_| rng.gen_range(-0.25..0.25)).collect();
                row[g] += 1.0;
                let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
                data.extend(row.into_iter().map(|v| v / norm));
            }
        }
        Vectors::new(12, data)
    }

    #[test]
    fn neighbours_stay_neighbours_and_the_seed_decides() {
        let v = groups();
        let map = Map::of(&v, 7).unwrap();
        assert_eq!(map, Map::of(&v, 7).unwrap());
        assert!(map.coordinates.iter().flatten().all(|p| (0.0..=1.0).contains(p)));
        let mut shuffled = map.clone();
        shuffled.coordinates.rotate_left(71);
        let (good, bad) = (trustworthiness(&v, &map, 10), trustworthiness(&v, &shuffled, 10));
        assert!(good > 0.9 && bad < 0.8, "{good} {bad}");
    }

    #[test]
    fn few_or_blank_texts_have_a_map_too() {
        assert_eq!(Map::of(&Vectors::new(2, vec![0.0; 6]), 7).unwrap(), Map::default());
        assert_eq!(Map::of(&Vectors::new(2, vec![1.0, 0.0, 0.0, 1.0]), 7).unwrap().coordinates.len(), 2);
        let copies = Map::of(&Vectors::new(2, vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]), 7).unwrap();
        assert!(copies.coordinates.iter().flatten().all(|p| p.is_finite()));
    }
}
