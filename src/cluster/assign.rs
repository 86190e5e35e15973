//! New texts into clusters made before: nearest neighbours vote, and a text unlike all members of its cluster is in none.

use rayon::prelude::*;

use crate::embed::Vectors;
use crate::model::{ClusterId, Partition};

/// Neighbours that vote.
const VOTERS: usize = 15;
/// Nearest members that say how typical a text is of its cluster.
const TYPICAL: usize = 5;
/// Members below which a cluster is calibrated with all others together.
const OWN: usize = 50;

/// Where a new text belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assignment {
    /// The cluster with most votes; `None` when the text has no vector or is unlike every member.
    pub cluster: Option<ClusterId>,
    /// The cluster with most votes, also when the text is unlike its members.
    pub nearest: Option<ClusterId>,
    /// Mean cosine to the nearest members of that cluster.
    pub similarity: f32,
    /// Votes of the first cluster less those of the second, over all votes: 0 is a tie, 1 is unanimous.
    pub margin: f32,
    /// Share of the cluster's own members that are as far from the others as this text (a conformal p: Vovk, Gammerman and
    /// Shafer 2005). Small means unlike.
    pub typicality: f32,
}

/// Clusters of a session, ready to take new texts.
pub struct Assigner<'a> {
    vectors: &'a Vectors,
    partition: &'a Partition,
    rows: Vec<u32>,
    /// Similarity of each member to the nearest others of its cluster, ascending; by cluster.
    own: std::collections::BTreeMap<ClusterId, Vec<f32>>,
    all: Vec<f32>,
    none_below: f32,
}

impl<'a> Assigner<'a> {
    /// Measures how like their own cluster the members are (`vectors`: `n × d`, unit rows; zero rows take no part).
    /// A text whose typicality is below `none_below` is in none: about that share of texts that do belong is lost.
    pub fn new(vectors: &'a Vectors, partition: &'a Partition, none_below: f32) -> Self {
        let rows: Vec<u32> =
            (0..vectors.len() as u32).filter(|&i| vectors.row(i as usize).iter().any(|v| *v != 0.0)).collect();
        let mut new =
            Self { vectors, partition, rows, own: std::collections::BTreeMap::new(), all: Vec::new(), none_below };
        let measured: Vec<(ClusterId, f32)> = new
            .rows
            .par_iter()
            .filter_map(|&i| {
                let id = partition.cluster_of(i)?;
                let near = new.nearest(vectors.row(i as usize), Some(i));
                Some((id, typical_of(&near, |j| partition.cluster_of(j) == Some(id))?))
            })
            .collect();
        for (id, s) in measured {
            new.own.entry(id).or_default().push(s);
            new.all.push(s);
        }
        new.own.values_mut().for_each(|list| list.sort_by(f32::total_cmp));
        new.all.sort_by(f32::total_cmp);
        new
    }

    /// Where texts belong, in order (`new`: `m × d`, unit rows).
    pub fn assign(&self, new: &Vectors) -> Vec<Assignment> {
        (0..new.len()).into_par_iter().map(|i| self.one(new.row(i), None)).collect()
    }

    /// Share of the session's own texts that would come back into their cluster without having been there, and the share
    /// of those that would be in none.
    pub fn self_check(&self) -> (f64, f64) {
        let told: Vec<(bool, bool)> = self
            .rows
            .par_iter()
            .map(|&i| {
                let a = self.one(self.vectors.row(i as usize), Some(i));
                (a.nearest == self.partition.cluster_of(i), a.cluster.is_none())
            })
            .collect();
        let n = told.len().max(1) as f64;
        let share = |f: fn(&(bool, bool)) -> bool| told.iter().filter(|t| f(t)).count() as f64 / n;
        (share(|t| t.0), share(|t| t.1))
    }

    fn one(&self, v: &[f32], without: Option<u32>) -> Assignment {
        let nothing = Assignment { cluster: None, nearest: None, similarity: 0.0, margin: 0.0, typicality: 0.0 };
        if v.iter().all(|x| *x == 0.0) {
            // Blank texts are a cluster of their own.
            let blank = (0..self.vectors.len() as u32)
                .find(|&i| self.vectors.row(i as usize).iter().all(|x| *x == 0.0))
                .and_then(|i| self.partition.cluster_of(i));
            return Assignment { cluster: blank, nearest: blank, margin: 1.0, typicality: 1.0, ..nothing };
        }
        let near = self.nearest(v, without);
        let mut votes: std::collections::BTreeMap<ClusterId, f32> = std::collections::BTreeMap::new();
        for &(s, j) in near.iter().take(VOTERS) {
            if let Some(id) = self.partition.cluster_of(j) {
                // Squared, so that a few near texts outvote many far ones.
                *votes.entry(id).or_default() += s.max(0.0).powi(2);
            }
        }
        let mut ranked: Vec<(ClusterId, f32)> = votes.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let Some(&(id, first)) = ranked.first() else { return nothing };
        let sum: f32 = ranked.iter().map(|r| r.1).sum();
        let second = ranked.get(1).map_or(0.0, |r| r.1);
        let similarity = typical_of(&near, |j| self.partition.cluster_of(j) == Some(id)).unwrap_or(0.0);
        let own = self.own.get(&id).filter(|o| o.len() >= OWN).unwrap_or(&self.all);
        let as_far = own.partition_point(|s| *s <= similarity);
        let typicality = (1 + as_far) as f32 / (1 + own.len()) as f32;
        let margin = if sum > 0.0 { (first - second) / sum } else { 0.0 };
        let cluster = (typicality >= self.none_below).then_some(id);
        Assignment { cluster, nearest: Some(id), similarity, margin, typicality }
    }

    /// The nearest texts, the nearest first: enough for the votes and for the typicality in most cases.
    fn nearest(&self, v: &[f32], without: Option<u32>) -> Vec<(f32, u32)> {
        let mut all: Vec<(f32, u32)> = self
            .rows
            .iter()
            .filter(|&&i| Some(i) != without)
            .map(|&i| (self.vectors.row(i as usize).iter().zip(v).map(|(a, b)| a * b).sum(), i))
            .collect();
        let keep = (4 * VOTERS).min(all.len());
        if keep < all.len() {
            all.select_nth_unstable_by(keep, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            all.truncate(keep);
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all
    }
}

/// Mean similarity of the nearest texts that pass; a cluster with fewer of them near counts the missing ones as the
/// farthest seen.
fn typical_of(near: &[(f32, u32)], inside: impl Fn(u32) -> bool) -> Option<f32> {
    let farthest = near.last()?.0;
    let mut sum = 0.0;
    let mut n = 0;
    for &(s, _) in near.iter().filter(|(_, j)| inside(*j)).take(TYPICAL) {
        sum += s;
        n += 1;
    }
    sum += farthest * (TYPICAL - n) as f32;
    Some(sum / TYPICAL as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bundles of directions in space.
    fn bundles() -> (Vectors, Partition) {
        let mut data = Vec::new();
        let mut assign = Vec::new();
        for c in 0..2u32 {
            for i in 0..30 {
                let angle = c as f32 * 1.2 + i as f32 * 0.004;
                data.extend([angle.cos(), angle.sin(), 0.0]);
                assign.push(ClusterId(c));
            }
        }
        (Vectors::new(3, data), Partition::new(assign, 2, 2))
    }

    #[test]
    fn new_texts_find_their_cluster_or_none() {
        let (v, p) = bundles();
        let a = Assigner::new(&v, &p, 0.05);
        let (right, none) = a.self_check();
        assert!(right > 0.99 && none < 0.1, "{right} {none}");
        let new = Vectors::new(3, vec![0.06f32.cos(), 0.06f32.sin(), 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        let out = a.assign(&new);
        assert_eq!((out[0].cluster, out[0].nearest), (Some(ClusterId(0)), Some(ClusterId(0))));
        assert!(out[0].margin > 0.99 && out[0].typicality > 0.5);
        assert_eq!(out[1].cluster, None, "a direction of its own is in none");
        assert_eq!(out[2].cluster, None, "a blank text has no cluster where there is none for blanks");
    }
}
