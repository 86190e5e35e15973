//! Strays: texts that a cut put into one cluster though nearly all texts near them are in another.

use std::collections::BTreeMap;

use crate::cluster::Neighbours;
use crate::linalg::Vectors;
use crate::model::{ClusterId, Partition, SampleIx};

/// Nearest texts that vote.
const NEAR: usize = 20;
/// Share of the votes that another cluster needs, and that the own one may have at most.
const THERE: f64 = 0.6;
const HERE: f64 = 0.2;

/// For each cluster the texts of others that belong to it by their nearest texts, in order of number. The texts of a cluster
/// that a person made are where they are meant to be; blank texts (rows of zeros in `vectors`) are near nothing.
pub fn strays(vectors: &Vectors, neighbours: &Neighbours, partition: &Partition) -> BTreeMap<ClusterId, Vec<SampleIx>> {
    let blank = |s: SampleIx| vectors.row(s as usize).iter().all(|v| *v == 0.0);
    let mut out: BTreeMap<ClusterId, Vec<SampleIx>> = BTreeMap::new();
    let found = partition.clusters().filter(|c| !c.edited);
    for (own, s) in found.flat_map(|c| partition.members(c.id).iter().map(move |&s| (c.id, s))).filter(|m| !blank(m.1))
    {
        let mut votes: BTreeMap<ClusterId, usize> = BTreeMap::new();
        let mut cast = 0;
        for c in neighbours
            .of(s as usize)
            .iter()
            .skip(1)
            .take(NEAR)
            .filter(|j| !blank(**j))
            .filter_map(|&j| partition.cluster_of(j))
        {
            *votes.entry(c).or_default() += 1;
            cast += 1;
        }
        // The first of equals has the smaller number.
        let Some((&there, &most)) = votes.iter().max_by_key(|(id, n)| (**n, std::cmp::Reverse(**id))) else { continue };
        let share = |n: usize| n as f64 / cast as f64;
        let stays = votes.get(&own).copied().unwrap_or(0);
        if there != own && share(most) >= THERE && share(stays) <= HERE {
            out.entry(there).or_default().push(s);
        }
    }
    out.values_mut().for_each(|list| list.sort_unstable());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Author, Edit, History};

    #[test]
    fn a_text_among_another_clusters_texts_is_a_stray_unless_it_was_put_there() {
        // Two heaps of thirty; the last text of the first lies in the second.
        let row = |i: usize| {
            let heap = if i < 29 || i == 60 { 1.0 } else { -1.0 };
            [heap, 0.01 * (i % 7) as f32, 0.01 * (i % 5) as f32]
        };
        let vectors = Vectors::new(3, (0..61).flat_map(row).collect());
        let near = Neighbours::find(&vectors, 25).unwrap();
        let of = |i: u32| if i < 30 { ClusterId(1) } else { ClusterId(2) };
        let mut partition = Partition::new((0..61).map(of).collect(), 3, 2);
        let found = strays(&vectors, &near, &partition);
        assert_eq!(found, BTreeMap::from([(ClusterId(1), vec![60]), (ClusterId(2), vec![29])]));
        let by = Author::Human("tester".into());
        History::default()
            .commit(&mut partition, Edit::Move { samples: vec![29], to: Some(ClusterId(2)) }, by, 0, false)
            .unwrap();
        assert!(strays(&vectors, &near, &partition).is_empty(), "both clusters are a person's now");
    }
}
