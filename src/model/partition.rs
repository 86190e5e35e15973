//! Every sample in exactly one cluster; and what people decided of proposals and differences.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cluster, ClusterId, Decision, Delta, DifferenceId, Mark, SampleIx, Target, Theme, ThemeId, Verdict, Void};

/// Which sample is in which cluster, and the clusters. No cluster is empty; numbers are never given twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partition {
    assign: Vec<ClusterId>,
    clusters: BTreeMap<ClusterId, Cluster>,
    members: BTreeMap<ClusterId, Vec<SampleIx>>,
    next: u32,
    /// Number of groups the tree was last cut into.
    cut: u32,
    decisions: BTreeMap<u64, Decision>,
    verdicts: BTreeMap<Target, Verdict>,
    pub(super) marks: BTreeMap<DifferenceId, Mark>,
    themes: BTreeMap<ThemeId, Theme>,
    apart: BTreeSet<(ClusterId, ClusterId)>,
    /// Themes ever made; a number is never given twice.
    themes_made: ThemeId,
    /// Clusters without a test, as the history of edits says.
    void: BTreeMap<ClusterId, Void>,
}

impl Partition {
    /// From the cluster of each sample; ids below `reserved` are never given to new clusters (the tree owns them).
    pub fn new(assign: Vec<ClusterId>, reserved: u32, cut: u32) -> Self {
        let mut members: BTreeMap<ClusterId, Vec<SampleIx>> = BTreeMap::new();
        for (i, &c) in assign.iter().enumerate() {
            members.entry(c).or_default().push(i as SampleIx);
        }
        let clusters: BTreeMap<_, _> = members.keys().map(|&id| (id, Cluster::new(id))).collect();
        let next = clusters.keys().last().map_or(0, |c| c.0 + 1).max(reserved);
        Self { assign, clusters, members, next, cut, ..Self::default() }
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.assign.len()
    }

    /// The cluster of each sample.
    pub fn assign(&self) -> &[ClusterId] {
        &self.assign
    }

    /// The cluster of one sample.
    pub fn cluster_of(&self, sample: SampleIx) -> Option<ClusterId> {
        self.assign.get(sample as usize).copied()
    }

    /// Where some samples lie: each cluster with the number of them in it, the one with most first.
    pub fn spread(&self, samples: &[SampleIx]) -> Vec<(ClusterId, u32)> {
        let mut count = BTreeMap::<ClusterId, u32>::new();
        samples.iter().filter_map(|&s| self.cluster_of(s)).for_each(|c| *count.entry(c).or_default() += 1);
        let mut spread: Vec<_> = count.into_iter().collect();
        spread.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
        spread
    }

    /// The clusters that samples mostly lie in: those with a quarter of them, which may be none, and how many there are.
    pub fn homes(&self, samples: &[SampleIx]) -> (Vec<ClusterId>, usize) {
        let spread = self.spread(samples);
        let homes = spread.iter().filter(|(_, n)| *n as usize * 4 >= samples.len()).map(|c| c.0).collect();
        (homes, spread.len())
    }

    /// All clusters by number.
    pub fn clusters(&self) -> impl ExactSizeIterator<Item = &Cluster> {
        self.clusters.values()
    }

    /// One cluster.
    pub fn get(&self, id: ClusterId) -> Option<&Cluster> {
        self.clusters.get(&id)
    }

    /// Samples of a cluster, ascending; empty for an unknown one.
    pub fn members(&self, id: ClusterId) -> &[SampleIx] {
        self.members.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Number of samples of a cluster.
    pub fn size(&self, id: ClusterId) -> usize {
        self.members(id).len()
    }

    /// Why a cluster is not tested for a difference between the models; `None` where it may be.
    pub fn void(&self, id: ClusterId) -> Option<Void> {
        self.void.get(&id).copied()
    }

    pub(super) fn set_void(&mut self, void: BTreeMap<ClusterId, Void>) {
        self.void = void;
    }

    /// Number of groups the tree was last cut into.
    pub fn cut(&self) -> u32 {
        self.cut
    }

    /// What a person did with a proposal; `None` while it is open.
    pub fn decision(&self, opinion: u64) -> Option<Decision> {
        self.decisions.get(&opinion).copied()
    }

    /// A person's verdict on a difference.
    pub fn verdict(&self, target: &Target) -> Option<Verdict> {
        self.verdicts.get(target).copied()
    }

    /// All verdicts of people.
    pub fn verdicts(&self) -> impl Iterator<Item = (&Target, Verdict)> {
        self.verdicts.iter().map(|(t, v)| (t, *v))
    }

    /// What a person noted of a difference. A cluster has its review and its note of its own.
    pub fn mark(&self, difference: &DifferenceId) -> Mark {
        let mark = self.marks.get(difference).cloned().unwrap_or_default();
        match &difference.target {
            Target::Cluster(id) => match self.get(*id) {
                Some(c) => Mark { reviewed: c.reviewed, note: c.note.clone(), ..mark },
                None => mark,
            },
            _ => mark,
        }
    }

    /// All marks on differences of any comparison.
    pub fn marks(&self) -> impl Iterator<Item = (&DifferenceId, &Mark)> {
        self.marks.iter()
    }

    /// Whether a person keeps two clusters from being proposed as one.
    pub fn kept_apart(&self, a: ClusterId, b: ClusterId) -> bool {
        self.apart.contains(&(a.min(b), a.max(b)))
    }

    /// One theme.
    pub fn theme(&self, id: ThemeId) -> Option<&Theme> {
        self.themes.get(&id)
    }

    /// All themes by number.
    pub fn themes(&self) -> impl Iterator<Item = (ThemeId, &Theme)> {
        self.themes.iter().map(|(id, t)| (*id, t))
    }

    /// The number the next new theme gets.
    pub fn next_theme(&self) -> ThemeId {
        self.themes_made + 1
    }

    /// The number the next new cluster gets.
    pub fn next_id(&self) -> ClusterId {
        ClusterId(self.next)
    }

    /// Carries a change out and returns the change that takes it back.
    pub fn apply(&mut self, delta: &Delta) -> Delta {
        let mut back: BTreeMap<ClusterId, Vec<SampleIx>> = BTreeMap::new();
        let mut touched: BTreeMap<ClusterId, ()> = BTreeMap::new();
        for (to, samples) in &delta.moves {
            touched.insert(*to, ());
            self.next = self.next.max(to.0 + 1);
            for &s in samples {
                let Some(slot) = self.assign.get_mut(s as usize) else {
                    continue;
                };
                if *slot != *to {
                    back.entry(*slot).or_default().push(s);
                    touched.insert(*slot, ());
                    *slot = *to;
                }
            }
        }
        self.refill(&touched, delta, &back);
        let mut clusters = Vec::with_capacity(delta.clusters.len());
        for (id, new) in &delta.clusters {
            self.next = self.next.max(id.0 + 1);
            let old = match new {
                Some(c) => self.clusters.insert(*id, c.clone()),
                None => self.clusters.remove(id),
            };
            clusters.push((*id, old));
        }
        for samples in back.values_mut() {
            samples.sort_unstable();
        }
        let cut = delta.cut.map(|new| std::mem::replace(&mut self.cut, new));
        let decisions = replace_all(&mut self.decisions, &delta.decisions);
        let verdicts = replace_all(&mut self.verdicts, &delta.verdicts);
        let marks = replace_all(&mut self.marks, &delta.marks);
        let newest = delta.themes.iter().map(|t| t.0).max().unwrap_or(0);
        self.themes_made = self.themes_made.max(newest);
        let themes = replace_all(&mut self.themes, &delta.themes);
        let apart = delta
            .apart
            .iter()
            .map(|&(pair, apart)| (pair, if apart { !self.apart.insert(pair) } else { self.apart.remove(&pair) }))
            .collect();
        Delta { clusters, moves: back.into_iter().collect(), cut, decisions, verdicts, marks, apart, themes }
    }

    /// Rebuilds the member lists of the touched clusters from what left and what came.
    fn refill(&mut self, touched: &BTreeMap<ClusterId, ()>, delta: &Delta, left: &BTreeMap<ClusterId, Vec<SampleIx>>) {
        for (to, samples) in &delta.moves {
            self.members.entry(*to).or_default().extend(samples);
        }
        for id in touched.keys() {
            let list = self.members.entry(*id).or_default();
            if left.contains_key(id) || delta.moves.iter().any(|(to, _)| to == id) {
                let assign = &self.assign;
                list.retain(|&s| assign.get(s as usize) == Some(id));
                list.sort_unstable();
                list.dedup();
            }
            if list.is_empty() {
                self.members.remove(id);
            }
        }
    }

    /// What is broken, in words; `None` when every sample is in one cluster and no cluster is empty.
    pub fn fault(&self) -> Option<String> {
        let listed: usize = self.members.values().map(Vec::len).sum();
        if listed != self.assign.len() {
            return Some(format!("{listed} members listed for {} samples", self.assign.len()));
        }
        for (id, list) in &self.members {
            if !self.clusters.contains_key(id) {
                return Some(format!("cluster {id} has members and no record"));
            }
            if list.iter().any(|&s| self.assign.get(s as usize) != Some(id)) {
                return Some(format!("a member of cluster {id} is assigned elsewhere"));
            }
        }
        self.clusters.keys().find(|id| self.size(**id) == 0).map(|id| format!("cluster {id} is empty"))
    }
}

/// Sets or removes entries, and returns what takes that back.
fn replace_all<K: Ord + Clone, V: Clone>(map: &mut BTreeMap<K, V>, new: &[(K, Option<V>)]) -> Vec<(K, Option<V>)> {
    new.iter()
        .map(|(key, value)| {
            let old = match value {
                Some(v) => map.insert(key.clone(), v.clone()),
                None => map.remove(key),
            };
            (key.clone(), old)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_by_clusters_that_hold_enough_of_it() {
        let p = Partition::new([0, 0, 1, 1, 1, 2].map(ClusterId).to_vec(), 3, 1);
        assert_eq!(p.spread(&[0, 2, 3]), [(ClusterId(1), 2), (ClusterId(0), 1)]);
        assert_eq!(p.homes(&[0, 2, 3, 4, 5]), (vec![ClusterId(1)], 3));
        assert_eq!(p.homes(&[]), (Vec::new(), 0));
    }
}
