//! Pairs of near clusters, and the best next thing to do; what was skipped comes last.

use std::collections::BTreeSet;

use super::layout::{Pane, Tab};
use super::run::Pair;
use super::state::App;
use crate::model::ClusterId;

impl App {
    /// The pair to ask about now.
    pub fn next_merge(&self) -> Option<Pair> {
        self.run.merge_candidates().into_iter().find(|p| !self.skipped_merges.contains(&(p.0, p.1)))
    }

    /// The best next thing to do: unreviewed and different, impure, perhaps one with another, without a label, the rest.
    /// What was offered and left is offered last.
    pub(super) fn go_to_next(&mut self) {
        let p = &self.run.partition;
        let done = p.clusters().filter(|c| c.reviewed).count();
        let total = p.clusters().len();
        let q = |id| self.run.figures_of(id).and_then(|f| f.q).filter(|_| !self.run.blind).unwrap_or(1.0);
        let twins: BTreeSet<ClusterId> =
            self.run.merge_candidates().into_iter().filter(|p| p.2 >= 0.9).flat_map(|p| [p.0, p.1]).collect();
        let reason = |c: &crate::model::Cluster| {
            if q(c.id) < 0.05 {
                (0, "the models differ here")
            } else if !self.run.why_impure(c).is_empty() {
                (1, "it may be impure (i says why)")
            } else if twins.contains(&c.id) {
                (2, "another cluster is much like it (W compares)")
            } else if c.label.is_none() {
                (3, "nobody has named it yet")
            } else {
                (4, "not reviewed yet")
            }
        };
        let best = p.clusters().filter(|c| !c.reviewed).min_by(|a, b| {
            let skipped = |c: &crate::model::Cluster| self.skipped_next.iter().position(|&s| s == c.id);
            let key = |c: &crate::model::Cluster| (skipped(c), reason(c).0);
            let size = |c: &crate::model::Cluster| std::cmp::Reverse(p.size(c.id));
            key(a).cmp(&key(b)).then(q(a.id).total_cmp(&q(b.id))).then(size(a).cmp(&size(b))).then(a.id.cmp(&b.id))
        });
        let Some((id, why)) = best.map(|c| (c.id, reason(c).1)) else {
            self.set_status(format!("All {total} clusters are reviewed."));
            return;
        };
        self.skipped_next.retain(|&s| s != id);
        self.skipped_next.push(id);
        self.tab = Tab::Clusters;
        self.focus = Pane::List;
        self.clusters.filter.clear();
        self.refresh_clusters();
        self.go_to_cluster(id);
        self.set_status(format!("Next: #{id}, {why}. {done} of {total} reviewed; d marks it done, w goes on without."));
    }
}
