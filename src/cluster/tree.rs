//! The tree: fine clusters below the ones shown first, and their agglomeration above, so that coarser and finer views
//! are nested and at hand at once.

use serde::{Deserialize, Serialize};

use super::count::groups_of;
use super::kmeans::{ClusterError, KMeansParams, kmeans};
use super::linkage::{Group, ward};
use super::reduce::Space;
use crate::model::{ClusterId, Partition};

/// Texts in a fine cluster, about.
const LEAF_SIZE: usize = 15;
/// Fine clusters under one cluster, at most.
const MAX_PARTS: usize = 6;
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
