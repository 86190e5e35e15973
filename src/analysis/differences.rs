//! The list of differences.

use std::collections::BTreeSet;

use super::figures::Figures;
use crate::compare::{Finding, group_duplicates};
use crate::model::{ClusterId, DifferenceId, FindingId, Mark, Partition, Target};

/// Rows shown below another that holds much the same texts: more would push out what is new. The JSON has them all.
const FOLLOWERS: usize = 2;

/// A difference, found without clusters or with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// A finding, by its place in the figures.
    Finding(usize),
    /// A cluster whose shares differ.
    Cluster(ClusterId),
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DifferenceRow {
    /// What differs.
    pub what: Difference,
    /// Whether it holds much the same texts as the nearest row above that is no follower.
    pub follows: bool,
}

impl Figures {
    /// All differences in the order of the findings, which is that of the JSON, then the clusters whose shares differ; below
    /// each what holds much the same texts.
    pub fn differences(&self, partition: &Partition) -> Vec<DifferenceRow> {
        let findings = &self.hotspots.findings;
        let leaders: Vec<usize> = (0..findings.len()).filter(|&i| findings[i].follows.is_none()).collect();
        let mut clusters: Vec<_> =
            self.clusters.iter().filter(|f| f.differs() && partition.get(f.id).is_some()).collect();
        clusters.sort_by(|a, b| a.q.unwrap_or(1.0).total_cmp(&b.q.unwrap_or(1.0)).then(a.id.cmp(&b.id)));
        let lists = leaders.iter().map(|&i| findings[i].members.as_slice());
        let alike = group_duplicates(lists.chain(clusters.iter().map(|f| partition.members(f.id))));
        // A leading finding may still hold the texts of another, in another direction: it keeps its row.
        let under = |row: usize| alike[leaders.len() + row].filter(|&l| l < leaders.len());
        let mut out = Vec::with_capacity(findings.len() + clusters.len());
        for (row, &i) in leaders.iter().enumerate() {
            out.push(DifferenceRow { what: Difference::Finding(i), follows: false });
            let same = (0..findings.len()).filter(|&j| findings[j].follows == Some(i)).take(FOLLOWERS);
            out.extend(same.map(|j| DifferenceRow { what: Difference::Finding(j), follows: true }));
            let same = clusters.iter().enumerate().filter(|(c, _)| under(*c) == Some(row));
            out.extend(same.map(|(_, f)| DifferenceRow { what: Difference::Cluster(f.id), follows: true }));
        }
        let alone = clusters.iter().enumerate().filter(|(c, _)| under(*c).is_none());
        out.extend(alone.map(|(_, f)| DifferenceRow { what: Difference::Cluster(f.id), follows: false }));
        out
    }

    /// Marks of this comparison whose difference is not there any more: it was not found again, or its texts changed. They are
    /// kept in the session.
    pub fn lost_marks<'a>(&'a self, partition: &'a Partition) -> impl Iterator<Item = (&'a DifferenceId, &'a Mark)> {
        let keys: BTreeSet<FindingId> = self.hotspots.findings.iter().map(Finding::id).collect();
        let is_there = move |target: &Target| match target {
            Target::Finding(key) => keys.contains(key),
            Target::Cluster(id) => partition.get(*id).is_some(),
            Target::Theme(id) => partition.theme(*id).is_some(),
            Target::Run => true,
        };
        partition.marks().filter(move |(d, _)| Some(&d.contrast) == self.contrast.as_ref() && !is_there(&d.target))
    }

    /// What opinions on a difference are about.
    pub fn target(&self, difference: Difference) -> Option<Target> {
        match difference {
            Difference::Finding(i) => self.hotspots.findings.get(i).map(|f| Target::Finding(f.id())),
            Difference::Cluster(id) => Some(Target::Cluster(id)),
        }
    }
}
