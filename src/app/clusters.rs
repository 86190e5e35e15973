//! The list of clusters: order, search, marks.

use std::collections::BTreeSet;

use super::command::Command;
use super::list::{Ctx, Marking, Rows, keep_in_view, said_of};
use super::rank::ranked;
use super::run::Run;
use crate::model::ClusterId;

/// How clusters are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClusterSort {
    /// The most certain difference first.
    #[default]
    Difference,
    /// The largest first.
    Size,
    /// Impure ones first.
    Impurity,
    /// The worst fitting label first.
    Fit,
    /// Where the models differ most inside.
    Shift,
    /// By label.
    Label,
    /// Those still to review first.
    Review,
}

impl ClusterSort {
    const ALL: [Self; 7] =
        [Self::Difference, Self::Size, Self::Impurity, Self::Fit, Self::Shift, Self::Label, Self::Review];

    /// Name above the list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Difference => "difference",
            Self::Size => "size",
            Self::Impurity => "impurity",
            Self::Fit => "topic match",
            Self::Shift => "shift inside",
            Self::Label => "label",
            Self::Review => "to review",
        }
    }

    fn next(self) -> Self {
        let at = Self::ALL.iter().position(|s| *s == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// State of the list.
#[derive(Debug, Clone, Default)]
pub struct ClusterList {
    /// Clusters shown, in order.
    pub order: Vec<ClusterId>,
    /// Row of the cursor.
    pub cursor: usize,
    /// First row shown.
    pub top: usize,
    /// Order.
    pub sort: ClusterSort,
    /// The order is turned round.
    pub reversed: bool,
    /// Search in labels.
    pub filter: String,
    /// Marked clusters.
    pub marks: BTreeSet<ClusterId>,
    /// Where a range began.
    pub anchor: Option<usize>,
}

impl ClusterList {
    /// The cluster under the cursor.
    pub fn current(&self) -> Option<ClusterId> {
        self.order.get(self.cursor).copied()
    }

    /// Does what a command means in this list, and says what came of it; `None` for a command that is not the list's.
    pub(super) fn update(&mut self, command: Command, ctx: &Ctx) -> Option<String> {
        let mut said = String::new();
        match command {
            Command::Sort => {
                self.sort = self.sort.next();
                self.cursor = 0;
                self.top = 0;
                self.refresh(ctx);
                said = format!("Sorted by {}.", self.sort.name());
            }
            Command::Reverse => {
                self.reversed = !self.reversed;
                self.refresh(ctx);
            }
            other => {
                let did = self.marking(ctx.rows).update(other)?;
                said = said_of(did, || self.marks_in_words());
            }
        }
        Some(said)
    }

    fn marks_in_words(&self) -> String {
        format!("{} marked. m merges them, f flags, d marks them reviewed; \\ clears.", self.marks.len())
    }

    fn marking(&mut self, rows: usize) -> Marking<'_, ClusterId> {
        Marking {
            order: &self.order,
            cursor: &mut self.cursor,
            top: &mut self.top,
            marks: &mut self.marks,
            anchor: &mut self.anchor,
            rows: Rows::tall(rows),
        }
    }

    /// Moves the cursor, and marks what a range passes.
    pub(super) fn step(&mut self, by: isize, rows: usize) {
        self.marking(rows).step(by);
    }

    /// Puts the cursor on a cluster; false when it is not listed.
    pub(super) fn go_to(&mut self, id: ClusterId, rows: usize) -> bool {
        let Some(at) = self.order.iter().position(|&o| o == id) else { return false };
        self.cursor = at;
        self.keep_in_view(rows);
        true
    }

    /// Lists the clusters whose label holds these letters, from the first one on; all of them without letters.
    pub(super) fn filter(&mut self, letters: &str, ctx: &Ctx) {
        letters.clone_into(&mut self.filter);
        if !letters.is_empty() {
            self.cursor = 0;
            self.top = 0;
            self.order.clear();
        }
        self.refresh(ctx);
    }

    /// Lists anew after anything changed; the cursor stays on its cluster.
    pub(super) fn refresh(&mut self, ctx: &Ctx) {
        let run = ctx.run;
        let current = self.current();
        let ids: Vec<ClusterId> = run.partition.clusters().map(|c| c.id).collect();
        self.marks.retain(|id| ids.binary_search(id).is_ok());
        let mut order = if self.filter.is_empty() {
            let mut order = ids;
            self.sort(run, &mut order);
            if self.reversed {
                order.reverse();
            }
            order
        } else {
            let labels: Vec<String> = ids.iter().map(|&id| format!("{id} {}", run.label(id))).collect();
            ranked(&self.filter, labels.iter().map(String::as_str)).into_iter().map(|i| ids[i]).collect()
        };
        // An edit must not pull the cluster away under the cursor because its new label no longer has the letters.
        if let Some(id) = current.filter(|id| run.partition.get(*id).is_some() && !order.contains(id)) {
            order.insert(self.cursor.min(order.len()), id);
        }
        self.order = order;
        let at = current.and_then(|id| self.order.iter().position(|&o| o == id));
        self.cursor = at.unwrap_or(self.cursor).min(self.order.len().saturating_sub(1));
        self.keep_in_view(ctx.rows);
    }

    /// Scrolls when the cursor is out of view.
    pub(super) fn keep_in_view(&mut self, rows: usize) {
        keep_in_view(self.cursor, &mut self.top, self.order.len(), Rows::tall(rows));
    }

    fn sort(&self, run: &Run, order: &mut [ClusterId]) {
        let p = &run.partition;
        let figure = |id: ClusterId| run.figures_of(id);
        let by_size = |id: ClusterId| (std::cmp::Reverse(p.size(id)), id);
        let number = |v: Option<f64>| v.unwrap_or(f64::INFINITY);
        match self.sort {
            // In blind mode the order must not tell what is hidden.
            ClusterSort::Shift if run.blind => order.sort_by_key(|&id| by_size(id)),
            ClusterSort::Difference if !run.blind => order.sort_by(|&a, &b| {
                let key = |id| number(figure(id).and_then(|f| f.p));
                key(a).total_cmp(&key(b)).then(by_size(a).cmp(&by_size(b)))
            }),
            ClusterSort::Difference | ClusterSort::Size => order.sort_by_key(|&id| by_size(id)),
            ClusterSort::Impurity => order.sort_by_key(|&id| {
                let why = p.get(id).map_or(0, |c| run.why_impure(c).len());
                (std::cmp::Reverse(why), by_size(id))
            }),
            ClusterSort::Fit => order.sort_by(|&a, &b| {
                let key = |id| number(run.trust_of(id).and_then(|t| t.fit).map(|f| f.auc));
                key(a).total_cmp(&key(b)).then(by_size(a).cmp(&by_size(b)))
            }),
            ClusterSort::Shift => order.sort_by(|&a, &b| {
                let key = |id| -figure(id).and_then(|f| f.shift).map_or(0.0, |s| s.auc);
                key(a).total_cmp(&key(b)).then(by_size(a).cmp(&by_size(b)))
            }),
            ClusterSort::Label => order.sort_by_cached_key(|&id| (run.label(id).to_lowercase(), id)),
            ClusterSort::Review => order.sort_by(|&a, &b| {
                let done = |id| p.get(id).is_some_and(|c| c.reviewed);
                let key = |id| number(figure(id).and_then(|f| f.p).filter(|_| !run.blind));
                done(a).cmp(&done(b)).then(key(a).total_cmp(&key(b))).then(by_size(a).cmp(&by_size(b)))
            }),
        }
    }
}
