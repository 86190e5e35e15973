//! Numbers that come in: first what is quick, then the comparison, then the judgements of clusters.

use std::sync::Arc;

use super::layout::Tab;
use super::request::RequestId;
use super::state::App;
use crate::analysis::{Figures, Judged};

impl App {
    /// Takes numbers; those of an older state are dropped.
    pub(super) fn take_figures(&mut self, id: RequestId, figures: Arc<Figures>) {
        if id != self.figures_wanted {
            return;
        }
        let first = self.run.figures.coming.comparison && !figures.coming.comparison;
        let finished = !self.run.figures.coming.is_over() && figures.coming.is_over();
        self.run.figures = figures;
        self.differences.refresh_slices(&self.run);
        self.run.figures_stale = false;
        self.run.figures_failed = false;
        self.refresh_lists();
        if first {
            self.run.comparing = None;
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
            Arc::make_mut(&mut self.run.figures).take(found);
            self.refresh_clusters();
        }
    }

    /// Says why the rest of the numbers does not come.
    pub(super) fn stop_figures(&mut self, why: &str) {
        self.run.figures_failed = true;
        self.set_error(crate::text::sentence(why));
    }
}
