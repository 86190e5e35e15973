//! Stability: would the cluster be there again? The share of pairs of its texts that lie together in runs with other
//! seeds (the consensus index of Monti et al. 2003, Machine Learning 52, over seeds).

use std::collections::HashMap;

use super::TrustContext;
use crate::model::ClusterId;

/// Below this a cluster says that it is unstable: most pairs of its texts are parted by another seed.
pub(super) const UNSTABLE: f64 = 0.4;
/// Fewer texts than this in the other runs say nothing.
const LEAST: u64 = 5;

impl TrustContext<'_> {
    /// Share of pairs that stay together, 0 to 1; absent without other runs, or with too few texts in them.
    pub fn stability(&self, id: ClusterId) -> Option<f64> {
        let members = self.partition.members(id);
        let (mut together, mut pairs) = (0u64, 0u64);
        for run in self.reruns {
            let mut count: HashMap<u32, u64> = HashMap::new();
            for group in members.iter().filter_map(|s| run.group.get(*s as usize).copied().flatten()) {
                *count.entry(group).or_default() += 1;
            }
            let choose = |n: u64| n * n.saturating_sub(1) / 2;
            let n = count.values().sum::<u64>();
            if n < LEAST {
                return None;
            }
            together += count.into_values().map(choose).sum::<u64>();
            pairs += choose(n);
        }
        (pairs > 0).then(|| together as f64 / pairs as f64)
    }
}
