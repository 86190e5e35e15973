//! Numbers that come in: first what is quick, then the comparison, then the judgements of clusters.

use std::sync::Arc;

use super::request::RequestId;
use super::state::{App, Phase, Tab};
use crate::analysis::{Figures, Judged};
use crate::model::ClusterId;

impl App {
    /// Whether every number is there and of the clusters as they are now.
    pub fn has_all_figures(&self) -> bool {
        self.phase == Phase::Ready && !self.figures_stale && self.data.figures.coming.is_over()
    }

    /// Whether a cluster is still to be judged: what is not shown of it may yet be found.
    pub fn is_unjudged(&self, id: ClusterId) -> bool {
        self.data.figures.coming.judgements.contains(&id) || (self.figures_stale && self.figures_of(id).is_none())
    }

    /// Clusters judged, and all of them, while some are still to be judged.
    pub fn judging(&self) -> Option<(usize, usize)> {
        let (open, all) = (self.data.figures.coming.judgements.len(), self.data.figures.clusters.len());
        (open > 0).then(|| (all - open, all))
    }

    /// Whether the numbers of clusters that are tested together may still change: with the sides that the models take in them.
    pub fn tests_may_change(&self) -> bool {
        self.figures_stale || !self.data.figures.coming.is_over()
    }

    /// Takes numbers; those of an older state are dropped.
    pub(super) fn take_figures(&mut self, id: RequestId, figures: Arc<Figures>) {
        if id != self.figures_wanted {
            return;
        }
        let first = self.data.figures.coming.comparison && !figures.coming.comparison;
        let finished = !self.data.figures.coming.is_over() && figures.coming.is_over();
        self.data.figures = figures;
        self.refresh_slices();
        self.figures_stale = false;
        self.figures_failed = false;
        self.refresh_lists();
        if first {
            self.comparing = None;
            self.open_compared();
        }
        if finished && self.tab == Tab::Differences && !self.touched {
            self.move_in_differences(isize::MIN / 2);
        }
    }

    /// Shows what the comparison found, unless a person looks at something else already.
    fn open_compared(&mut self) {
        if !self.touched {
            // Sorted by difference now.
            self.move_in_clusters(isize::MIN / 2);
        }
        self.open_on_differences();
        if !self.touched && self.tab == Tab::Differences {
            self.set_status("Enter reads a difference, 1 shows the clusters, ? explains the keys.");
        }
    }

    /// Takes judgements of some clusters; those of an older state are dropped.
    pub(super) fn take_judgements(&mut self, id: RequestId, found: Vec<Judged>) {
        if id == self.figures_wanted {
            Arc::make_mut(&mut self.data.figures).take(found);
            self.refresh_clusters();
        }
    }

    /// Says why the rest of the numbers does not come.
    pub(super) fn stop_figures(&mut self, why: &str) {
        self.figures_failed = true;
        self.set_error(crate::text::sentence(why));
    }
}
