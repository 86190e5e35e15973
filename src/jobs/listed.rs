//! The list of differences.

use super::figures::Figures;
use crate::compare::{ALPHA, followed};
use crate::model::{ClusterId, Partition, SampleIx, Target};

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
pub struct Listed {
    /// What differs.
    pub what: Difference,
    /// Whether it holds much the same texts as the nearest row above that is no follower.
    pub follows: bool,
}

impl Figures {
    /// All differences, the strongest first, each with its followers.
    pub fn differences(&self, partition: &Partition) -> Vec<Listed> {
        let findings = self.hotspots.findings.iter().enumerate();
        let mut found: Vec<(f64, Difference, &[SampleIx])> =
            findings.map(|(i, f)| (f64::from(f.score), Difference::Finding(i), f.members.as_slice())).collect();
        found.extend(self.clusters.iter().filter(|f| f.differs() && partition.get(f.id).is_some()).map(|f| {
            // On the scale of the findings: 1 at the limit, growing with the strength of the evidence.
            let strength = f.q.map_or(0.0, |q| (q.max(1e-300).log10() / ALPHA.log10()).sqrt());
            (strength, Difference::Cluster(f.id), partition.members(f.id))
        }));
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let leaders = followed(found.iter().map(|f| f.2));
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by_key(|&i| (leaders[i].unwrap_or(i), i));
        order.into_iter().map(|i| Listed { what: found[i].1, follows: leaders[i].is_some() }).collect()
    }

    /// What opinions on a difference are about.
    pub fn target(&self, difference: Difference) -> Option<Target> {
        match difference {
            Difference::Finding(i) => self.hotspots.findings.get(i).map(|f| Target::Finding(f.key())),
            Difference::Cluster(id) => Some(Target::Cluster(id)),
        }
    }
}
