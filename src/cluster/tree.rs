//! The tree: fine clusters below the ones shown first, and their agglomeration above, so that coarser and finer views
//! are nested and at hand at once.

use serde::{Deserialize, Serialize};

use super::kmeans::{ClusterError, KMeansParams, canonical, kmeans};
use super::linkage::{Group, ward};
use super::neighbours::Neighbours;
use super::reduce::Space;
use crate::model::{ClusterId, Partition};

/// Texts in a fine cluster, about.
const LEAF_SIZE: usize = 15;
/// Fine clusters under one cluster, at most.
const MAX_PARTS: usize = 6;
/// With hundreds of texts a handful of clusters says too little, however well it separates.
const FEWEST_OF_MANY: usize = 12;
/// Points from which centres are made, about, and at least.
const CENTRES_FROM: usize = 2_000;
/// Numbers of clusters tried between two neighbouring steps.
const MOST_BETWEEN: usize = 12;
/// Clusters chosen from the data, at most: more cannot be looked through (`--clusters` asks for any number).
const MAX_CLUSTERS: usize = 150;

/// A dendrogram over fine clusters. Node `leaves + t` is what merge `t` made; every node has a cluster number of its
/// own, given once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    leaf_of: Vec<u32>,
    leaves: u32,
    merges: Vec<(u32, u32)>,
    /// Cluster number of each node.
    ids: Vec<ClusterId>,
    /// Groups of the cut that is shown first.
    base: u32,
}

impl Tree {
    /// A tree of leaves and merges; `lone` samples form one more leaf that never merges.
    pub(super) fn new(samples: usize, leaf_of: &[(u32, u32)], merges: &[(u32, u32)], lone: &[u32]) -> Self {
        let real = leaf_of.iter().map(|&(_, l)| l + 1).max().unwrap_or(0);
        let leaves = real + u32::from(!lone.is_empty());
        let mut of = vec![real; samples];
        for &(s, l) in leaf_of {
            of[s as usize] = l;
        }
        // With the lone leaf in between, the merged nodes shift by one.
        let shift = |n: u32| if n >= real { n + leaves - real } else { n };
        let merges: Vec<(u32, u32)> = merges.iter().map(|&(a, b)| (shift(a), shift(b))).collect();
        let nodes = leaves + merges.len() as u32;
        let ids = (1..=nodes).map(ClusterId).collect();
        Self { leaf_of: of, leaves, merges, ids, base: leaves }
    }

    /// Groups of the cut that is shown first.
    pub fn base_groups(&self) -> u32 {
        self.base
    }

    /// Most groups a cut can have.
    pub fn max_groups(&self) -> u32 {
        self.leaves
    }

    /// Fewest groups a cut can have.
    pub fn min_groups(&self) -> u32 {
        self.leaves - self.merges.len() as u32
    }

    /// The node of each leaf when the tree is cut into `groups`.
    fn nodes_at(&self, groups: u32) -> Vec<u32> {
        let groups = groups.clamp(self.min_groups(), self.leaves);
        let done = (self.leaves - groups) as usize;
        let mut parent: Vec<u32> = (0..self.leaves + done as u32).collect();
        for (t, &(a, b)) in self.merges.iter().take(done).enumerate() {
            parent[a as usize] = self.leaves + t as u32;
            parent[b as usize] = self.leaves + t as u32;
        }
        // Parents have higher numbers, so one pass from the top settles every node.
        for n in (0..parent.len()).rev() {
            parent[n] = parent[parent[n] as usize];
        }
        parent.truncate(self.leaves as usize);
        parent
    }

    /// The clusters of a cut: number and samples, by number.
    pub fn cut(&self, groups: u32) -> Vec<(ClusterId, Vec<u32>)> {
        let mut out: std::collections::BTreeMap<ClusterId, Vec<u32>> = std::collections::BTreeMap::new();
        for (s, id) in self.assign(groups).into_iter().enumerate() {
            out.entry(id).or_default().push(s as u32);
        }
        out.into_iter().collect()
    }

    /// The cut as a partition nobody has edited.
    pub fn partition(&self, groups: u32) -> Partition {
        Partition::new(self.assign(groups), self.ids.len() as u32 + 1, groups)
    }

    fn assign(&self, groups: u32) -> Vec<ClusterId> {
        let node = self.nodes_at(groups);
        self.leaf_of.iter().map(|&l| self.ids[node[l as usize] as usize]).collect()
    }

    /// Numbers the nodes of the base cut 1, 2, 3, … by size, then the others.
    fn number(&mut self, base: u32) {
        self.base = base;
        let node = self.nodes_at(base);
        let mut size = vec![0usize; self.ids.len()];
        let mut first = vec![usize::MAX; self.ids.len()];
        for (s, &l) in self.leaf_of.iter().enumerate() {
            let n = node[l as usize] as usize;
            size[n] += 1;
            first[n] = first[n].min(s);
        }
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        order.sort_by_key(|&n| (std::cmp::Reverse(size[n]), first[n], n));
        for (id, n) in order.into_iter().enumerate() {
            self.ids[n] = ClusterId(id as u32 + 1);
        }
    }
}

/// Cuts every cluster into fine ones; returns the fine cluster of each point, numbered 0, 1, 2, …
pub(super) fn refine(space: &Space, base: &[u32], seed: u64) -> Result<Vec<u32>, ClusterError> {
    let k = base.iter().max().map_or(0, |m| m + 1);
    let mut out = vec![0u32; base.len()];
    let mut next = 0;
    for c in 0..k {
        let rows: Vec<usize> = (0..base.len()).filter(|&i| base[i] == c).collect();
        let parts = (rows.len() / LEAF_SIZE).clamp(1, MAX_PARTS);
        let part = space.select(ndarray::Axis(0), &rows);
        let groups = kmeans(&part, &KMeansParams::new(parts, seed).runs(1).check(rows.len())?)?;
        for (&row, g) in rows.iter().zip(&groups) {
            out[row] = next + g;
        }
        next += groups.iter().max().map_or(0, |m| m + 1);
    }
    Ok(out)
}

/// Builds the tree: merges inside each cluster first, then of the clusters themselves.
pub(super) fn build(samples: usize, space: &Space, rows: &[u32], lone: &[u32], base: &[u32], leaves: &[u32]) -> Tree {
    let leaf_groups = groups_of(space, leaves);
    let n = leaf_groups.len();
    let k = base.iter().max().map_or(0, |m| m + 1) as usize;
    let mut base_of_leaf = vec![0usize; n];
    for (&l, &b) in leaves.iter().zip(base) {
        base_of_leaf[l as usize] = b as usize;
    }
    // Within clusters, merges of different clusters are ordered by size: small differences vanish first.
    let mut inner: Vec<(f64, usize, usize, (usize, usize))> = Vec::new();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); k];
    for (l, &b) in base_of_leaf.iter().enumerate() {
        members[b].push(l);
    }
    let mut step_of_cluster: Vec<Vec<(usize, usize)>> = Vec::with_capacity(k);
    for (b, list) in members.iter().enumerate() {
        let groups: Vec<Group> = list.iter().map(|&l| leaf_groups[l].clone()).collect();
        let merges = ward(&groups);
        let weight: f64 = groups.iter().map(|g| g.weight).sum();
        for (t, &m) in merges.iter().enumerate() {
            inner.push((weight * (t + 1) as f64, b, t, m));
        }
        step_of_cluster.push(merges);
    }
    inner.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut made: Vec<Vec<usize>> = members.clone();
    let mut merges: Vec<(u32, u32)> = Vec::new();
    for (_, b, _, (x, y)) in inner {
        let node = n + merges.len();
        merges.push((made[b][x] as u32, made[b][y] as u32));
        made[b].push(node);
    }
    let tops: Vec<usize> = made.iter().filter_map(|m| m.last().copied()).collect();
    let mut nodes = tops.clone();
    for (x, y) in ward(&groups_of(space, base)) {
        let node = n + merges.len();
        merges.push((nodes[x] as u32, nodes[y] as u32));
        nodes.push(node);
    }
    let leaf_of: Vec<(u32, u32)> = rows.iter().copied().zip(leaves.iter().copied()).collect();
    let mut tree = Tree::new(samples, &leaf_of, &merges, lone);
    tree.number(k as u32 + u32::from(!lone.is_empty()));
    tree
}

/// Weight and centre of each group of points.
fn groups_of(space: &Space, group: &[u32]) -> Vec<Group> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_nested_and_keep_the_lone_leaf() {
        // Four leaves of two samples; samples 8 and 9 stand alone.
        let leaf_of: Vec<(u32, u32)> = (0..8).map(|s| (s, s / 2)).collect();
        let mut tree = Tree::new(10, &leaf_of, &[(0, 1), (2, 3), (4, 5)], &[8, 9]);
        tree.number(3);
        assert_eq!((tree.min_groups(), tree.max_groups()), (2, 5));
        let base = tree.cut(3);
        assert_eq!(base.iter().map(|(id, m)| (id.0, m.len())).collect::<Vec<_>>(), [(1, 4), (2, 4), (3, 2)]);
        for groups in 2..5 {
            let (coarse, fine) = (tree.cut(groups), tree.cut(groups + 1));
            assert_eq!(coarse.len() as u32, groups);
            for (_, part) in fine {
                assert!(coarse.iter().any(|(_, whole)| part.iter().all(|s| whole.contains(s))));
            }
        }
        assert_eq!(tree.partition(3).fault(), None);
    }
}
