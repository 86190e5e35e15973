//! New texts into clusters made before: nearest neighbours vote, and a text unlike all members of its cluster is in none.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::linalg::Vectors;
use crate::model::{ClusterId, Partition};

/// Neighbours that vote.
const VOTERS: usize = 15;
/// Nearest members that say how typical a text is of its cluster.
const TYPICAL: usize = 5;
/// Members below which a cluster is calibrated with all others together.
const OWN: usize = 50;
/// Texts that say how far clusters are apart, at most.
const LOOKED_AT: usize = 2_000;

/// Where a new text belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assignment {
    /// The cluster with most votes; `None` when the text has no vector or is unlike every member.
    pub cluster: Option<ClusterId>,
    /// The cluster with most votes, also when the text is unlike its members.
    pub nearest: Option<ClusterId>,
    /// Mean cosine to the nearest members of that cluster, of which copies count once.
    pub similarity: f32,
    /// Votes of the first cluster less those of the second, over all votes: 0 is a tie, 1 is unanimous.
    pub margin: f32,
    /// Share of the cluster's own members, copies counted once, that are as far from the others as this text (a conformal p:
    /// Vovk, Gammerman and Shafer 2005). Small means unlike.
    pub typicality: f32,
}

/// Clusters of a session, ready to take new texts.
pub struct Assigner<'a> {
    vectors: &'a Vectors,
    partition: &'a Partition,
    rows: Vec<u32>,
    /// The members of each cluster, one of all copies.
    members: BTreeMap<ClusterId, Vec<Member>>,
    /// The first of the copies of each row.
    first: HashMap<u32, u32>,
    /// Similarity of each member to the nearest others of its cluster, ascending; by cluster.
    own: BTreeMap<ClusterId, Vec<f32>>,
    all: Vec<f32>,
    /// Similarity from which a text is in its cluster, however untypical: half way from a text of another cluster to a copy.
    near: f32,
    none_below: f32,
}

/// Copies of one text in a cluster.
#[derive(Debug, Clone, Copy)]
struct Member {
    row: u32,
    copies: u32,
}

impl<'a> Assigner<'a> {
    /// Measures how like their own cluster the members are, and how like others (`vectors`: `n × d`, unit rows; zero rows take
    /// no part). A text whose typicality is below `none_below` is in none: about that share of texts that do belong is lost.
    /// Where members are nearly alike, any difference is untypical: so a text is not in none when its squared distance to the
    /// cluster is less than half of that between clusters.
    pub fn new(vectors: &'a Vectors, partition: &'a Partition, none_below: f32) -> Self {
        let rows: Vec<u32> =
            (0..vectors.len() as u32).filter(|&i| vectors.row(i as usize).iter().any(|v| *v != 0.0)).collect();
        let (members, first) = without_copies(vectors, partition, &rows);
        let mut new = Self {
            vectors,
            partition,
            rows,
            members,
            first,
            own: BTreeMap::new(),
            all: Vec::new(),
            near: f32::INFINITY,
            none_below,
        };
        for (&id, list) in &new.members {
            let similarity = |m: &Member| new.similarity(vectors.row(m.row as usize), id, |other| other.row != m.row);
            let mut own: Vec<f32> = list.par_iter().filter_map(similarity).collect();
            own.sort_by(f32::total_cmp);
            new.all.extend(&own);
            new.own.insert(id, own);
        }
        new.all.sort_by(f32::total_cmp);
        new.near = 0.5 * (1.0 + new.measure_apart());
        new
    }

    /// How similar texts are to the nearest cluster that they are not in: the quantile that a share of `none_below` exceeds.
    fn measure_apart(&self) -> f32 {
        let all: Vec<(ClusterId, u32)> =
            self.members.iter().flat_map(|(&id, list)| list.iter().map(move |m| (id, m.row))).collect();
        let step = all.len().div_ceil(LOOKED_AT).max(1);
        let some: Vec<(ClusterId, u32)> = all.into_iter().step_by(step).collect();
        let mut nearest: Vec<f32> = some
            .par_iter()
            .filter_map(|&(own, row)| {
                let v = self.vectors.row(row as usize);
                let others = self.members.keys().filter(|id| **id != own);
                others.filter_map(|&id| self.similarity(v, id, |m| m.row != row)).max_by(f32::total_cmp)
            })
            .collect();
        nearest.sort_by(f32::total_cmp);
        let at = ((1.0 - self.none_below.clamp(0.0, 1.0)) * nearest.len() as f32).ceil() as usize;
        nearest.get(at.saturating_sub(1)).copied().unwrap_or(f32::INFINITY)
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
        let mut votes: BTreeMap<ClusterId, f32> = BTreeMap::new();
        for (s, j) in self.voters(v, without) {
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
        // A text that is left out is still there while it has copies.
        let gone = without.and_then(|i| self.first.get(&i).copied());
        let similarity = self.similarity(v, id, |m| Some(m.row) != gone || m.copies > 1).unwrap_or(0.0);
        let own = self.own.get(&id).filter(|o| o.len() >= OWN).unwrap_or(&self.all);
        let as_far = own.partition_point(|s| *s <= similarity);
        let typicality = (1 + as_far) as f32 / (1 + own.len()) as f32;
        let margin = if sum > 0.0 { (first - second) / sum } else { 0.0 };
        let belongs = typicality >= self.none_below || similarity > self.near;
        Assignment { cluster: belongs.then_some(id), nearest: Some(id), similarity, margin, typicality }
    }

    /// The nearest texts, copies and all.
    fn voters(&self, v: &[f32], without: Option<u32>) -> Vec<(f32, u32)> {
        let rows = self.rows.iter().filter(|&&i| Some(i) != without);
        let mut all: Vec<(f32, u32)> = rows.map(|&i| (cosine(self.vectors.row(i as usize), v), i)).collect();
        let nearer = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if VOTERS < all.len() {
            all.select_nth_unstable_by(VOTERS, nearer);
            all.truncate(VOTERS);
        }
        all.sort_by(nearer);
        all
    }

    /// Mean similarity to the nearest members that count; `None` when none does.
    fn similarity(&self, v: &[f32], id: ClusterId, counts: impl Fn(&Member) -> bool) -> Option<f32> {
        let members = self.members.get(&id)?.iter().filter(|m| counts(m));
        let mut near: Vec<f32> = members.map(|m| cosine(self.vectors.row(m.row as usize), v)).collect();
        if TYPICAL < near.len() {
            near.select_nth_unstable_by(TYPICAL, |a, b| b.total_cmp(a));
            near.truncate(TYPICAL);
        }
        near.sort_by(|a, b| b.total_cmp(a));
        (!near.is_empty()).then(|| near.iter().sum::<f32>() / near.len() as f32)
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The members of each cluster with copies as one, and the first copy of each row. Copies have the same vector.
fn without_copies(
    vectors: &Vectors,
    partition: &Partition,
    rows: &[u32],
) -> (BTreeMap<ClusterId, Vec<Member>>, HashMap<u32, u32>) {
    let mut places: HashMap<(ClusterId, Vec<u32>), usize> = HashMap::new();
    let mut members: BTreeMap<ClusterId, Vec<Member>> = BTreeMap::new();
    let mut first = HashMap::new();
    for &row in rows {
        let Some(id) = partition.cluster_of(row) else { continue };
        let list = members.entry(id).or_default();
        let bits = vectors.row(row as usize).iter().map(|v| v.to_bits()).collect();
        let at = *places.entry((id, bits)).or_insert(list.len());
        match list.get_mut(at) {
            Some(member) => member.copies += 1,
            None => list.push(Member { row, copies: 1 }),
        }
        first.insert(row, list[at].row);
    }
    (members, first)
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

    /// A direction at some angles from the first axis.
    fn at(angle: f32, turn: f32) -> [f32; 3] {
        [angle.cos(), angle.sin() * turn.cos(), angle.sin() * turn.sin()]
    }

    #[test]
    fn where_members_are_copies_or_nearly_so_a_small_difference_is_no_stranger() {
        // 120 copies of one text with a few of its kind, 80 that are nearly copies, and 60 loose ones far away.
        for nearly in [false, true] {
            let mut data = Vec::new();
            let mut assign = Vec::new();
            for i in 0..120 {
                data.extend(at(if nearly { i as f32 * 1e-4 } else { 0.0 }, 0.0));
                assign.push(ClusterId(0));
            }
            for i in 0..60 {
                data.extend(at(1.4, i as f32 * 0.02));
                assign.push(ClusterId(1));
            }
            let (v, p) = (Vectors::new(3, data), Partition::new(assign, 2, 2));
            let a = Assigner::new(&v, &p, 0.02);
            // Cosine 0.98 to the copies; a right angle to all; cosine 0.54, between the clusters.
            let new = Vectors::new(3, [at(0.2, 3.0), at(1.57, -1.6), at(1.0, -1.8)].concat());
            let out = a.assign(&new);
            assert_eq!(out[0].cluster, Some(ClusterId(0)), "nearly {nearly}: {out:?}");
            assert!(out[0].similarity > 0.97, "{out:?}");
            assert_eq!((out[1].cluster, out[2].cluster), (None, None), "nearly {nearly}: {out:?}");
            let (right, none) = a.self_check();
            assert!(right > 0.99 && none < 0.1, "{right} {none}");
        }
    }
}
