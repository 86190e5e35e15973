//! How many clusters, and from which centres they are made.

use super::kmeans::{ClusterError, KMeansParams, canonical, kmeans};
use super::linkage::{Group, ward};
use super::neighbours::Neighbours;
use super::reduce::Space;

/// With hundreds of texts a handful of clusters says too little, however well it separates.
const FEWEST_OF_MANY: usize = 12;
/// Points from which centres are made, about, and at least.
const CENTRES_FROM: usize = 2_000;
/// Numbers of clusters tried between two neighbouring steps.
const MOST_BETWEEN: usize = 12;
/// Clusters chosen from the data, at most: more cannot be looked through (`--clusters` asks for any number).
const MAX_CLUSTERS: usize = 150;

/// Weight and centre of each group of points.
pub(super) fn groups_of(space: &Space, group: &[u32]) -> Vec<Group> {
    let k = group.iter().max().map_or(0, |m| m + 1) as usize;
    let mut out = vec![Group { weight: 0.0, centre: vec![0.0; space.ncols()] }; k];
    for (row, &g) in space.rows().into_iter().zip(group) {
        let g = &mut out[g as usize];
        g.weight += 1.0;
        for (c, v) in g.centre.iter_mut().zip(row) {
            *c += f64::from(*v);
        }
    }
    for g in &mut out {
        g.centre.iter_mut().for_each(|c| *c /= g.weight);
    }
    out
}

/// Centres of `k` groups: fine k-means, and Ward's tree over it cut into so many. Random starts of k-means put two centres into
/// one group and none into another where groups are many and apart; these do not.
pub(super) fn centres(space: &Space, k: usize, seed: u64) -> Result<Space, ClusterError> {
    // Some of the points say where groups are; k-means then hears all.
    let step = space.nrows().div_ceil(CENTRES_FROM.max(20 * k));
    let sample: Vec<usize> = (0..space.nrows()).step_by(step).collect();
    let space = &space.select(ndarray::Axis(0), &sample);
    let n = space.nrows();
    let fine_k = (2 * k).max((n / 10).min(MAX_CLUSTERS)).min(n);
    let fine = kmeans(space, &KMeansParams::new(fine_k, seed).fine().check(n)?)?;
    let groups = groups_of(space, &fine);
    let k = k.min(groups.len());
    let assign = cut(groups.len(), &ward(&groups), k);
    let coarse: Vec<u32> = fine.iter().map(|&f| assign[f as usize]).collect();
    let coarse = groups_of(space, &coarse);
    Ok(Space::from_shape_fn((coarse.len(), space.ncols()), |(g, d)| coarse[g].centre[d] as f32))
}

/// Chooses the number of clusters: fine k-means, Ward's tree over it, and the cut with the best product of separation
/// (mean simplified silhouette in the space before smoothing; Vendramin et al. 2010) and cohesion (how often a text and
/// its neighbours are together, squared). Separation alone grows for ever where texts come in pairs or copies.
pub(super) fn choose_k(
    smoothed: &Space,
    plain: &Space,
    rows: &[u32],
    neighbours: &Neighbours,
    seed: u64,
) -> Result<usize, ClusterError> {
    let n = smoothed.nrows();
    if n < 30 {
        return Ok((n / 5).clamp(1, 4));
    }
    let most = (n / 15).clamp(4, MAX_CLUSTERS);
    let fine_k = (most * 3 / 2).min(n / 4);
    let fine = kmeans(smoothed, &KMeansParams::new(fine_k, seed).quick().check(n)?)?;
    let groups = groups_of(smoothed, &fine);
    let merges = ward(&groups);
    let step = n.div_ceil(4_000);
    let sample: Vec<usize> = (0..n).step_by(step).collect();
    let mut row_of = vec![usize::MAX; rows.iter().map(|&r| r as usize + 1).max().unwrap_or(0)];
    for (r, &s) in rows.iter().enumerate() {
        row_of[s as usize] = r;
    }
    let points = plain.select(ndarray::Axis(0), &sample);
    let least = (n / 60).clamp(4, FEWEST_OF_MANY).min(groups.len());
    let most = most.min(groups.len());
    let score = |k: usize| {
        let assign = cut(groups.len(), &merges, k);
        let full: Vec<u32> = fine.iter().map(|&f| assign[f as usize]).collect();
        let together = sample
            .iter()
            .map(|&i| {
                let near = neighbours.of(rows[i] as usize).iter().skip(1).take(10);
                let (hits, all) =
                    near.fold((0usize, 0usize), |(h, a), &j| match row_of.get(j as usize).and_then(|&r| full.get(r)) {
                        Some(&g) => (h + usize::from(g == full[i]), a + 1),
                        None => (h, a),
                    });
                hits as f64 / all.max(1) as f64
            })
            .sum::<f64>()
            / sample.len() as f64;
        let of_sample: Vec<u32> = sample.iter().map(|&i| full[i]).collect();
        silhouette(&points, &of_sample, &groups_of(plain, &full)) * together * together
    };
    // In steps of 15 %, then between the neighbours of the best of these.
    let coarse: Vec<usize> = std::iter::successors(Some(least as f64), |k| Some((k * 1.15).max(k + 1.0)))
        .map(|k| k as usize)
        .take_while(|&k| k <= most)
        .collect();
    let better = |best: (f64, usize), k: usize| {
        let score = score(k);
        if score > best.0 { (score, k) } else { best }
    };
    let best = coarse.iter().copied().fold((f64::NEG_INFINITY, least), better);
    let from = coarse.iter().copied().rfind(|&k| k < best.1).unwrap_or(best.1);
    let to = coarse.iter().copied().find(|&k| k > best.1).unwrap_or(most + 1);
    let between = (from + 1..to).step_by((to - from).div_ceil(MOST_BETWEEN)).filter(|&k| k != best.1);
    Ok(between.fold(best, better).1)
}

/// Group of each of `n` leaves after merging down to `k`.
fn cut(n: usize, merges: &[(usize, usize)], k: usize) -> Vec<u32> {
    let done = n - k;
    let mut parent: Vec<usize> = (0..n + done).collect();
    for (t, &(a, b)) in merges.iter().take(done).enumerate() {
        parent[a] = n + t;
        parent[b] = n + t;
    }
    for i in (0..parent.len()).rev() {
        parent[i] = parent[parent[i]];
    }
    canonical(&parent[..n])
}

/// Mean over the sample of `(b - a) / max(a, b)`: distances to the nearest other and to the own centre.
fn silhouette(points: &Space, group: &[u32], centres: &[Group]) -> f64 {
    let width = points.ncols();
    let flat: Vec<f32> = centres.iter().flat_map(|g| g.centre.iter().map(|v| *v as f32)).collect();
    let Ok(centres) = Space::from_shape_vec((centres.len(), width), flat) else {
        return 0.0;
    };
    let length = |row: ndarray::ArrayView1<f32>| row.dot(&row);
    let centre_length: Vec<f32> = centres.rows().into_iter().map(length).collect();
    let products = points.dot(&centres.t());
    let mut total = 0.0;
    for ((row, p), &own_group) in products.rows().into_iter().zip(points.rows()).zip(group) {
        let own_length = length(p);
        let (mut own, mut other) = (0f32, f32::INFINITY);
        for (g, (dot, c)) in row.iter().zip(&centre_length).enumerate() {
            let d2 = (own_length + c - 2.0 * dot).max(0.0);
            if g as u32 == own_group { own = d2 } else { other = other.min(d2) }
        }
        let (a, b) = (f64::from(own).sqrt(), f64::from(other).sqrt());
        total += if a.max(b) > 0.0 { (b - a) / a.max(b) } else { 0.0 };
    }
    total / group.len().max(1) as f64
}
