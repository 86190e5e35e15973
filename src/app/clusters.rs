//! The list of clusters: order, search, marks.

use std::collections::BTreeSet;

use super::rank::ranked;
use super::state::{App, Pane};
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

/// Rows of a list on the screen, and how many more than needed it scrolls by: over a slow line the rows that come in should
/// be written neither at every key nor all at once.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    shown: usize,
    ahead: usize,
}

impl Rows {
    /// Of the tall list, which fills most of the screen's rows: the terminal moves what stays, and what comes in is written.
    pub fn tall(shown: usize) -> Self {
        Self { shown: shown.max(1), ahead: shown / 16 }
    }

    /// Of a list beside another: a scroll writes all of it.
    pub fn beside(shown: usize) -> Self {
        Self { shown: shown.max(1), ahead: shown / 4 }
    }
}

/// The rows from where a range began to the cursor; the list may have become shorter since, or empty.
pub(super) fn between<T: Copy>(list: &[T], anchor: usize, cursor: usize) -> impl Iterator<Item = T> {
    list.iter().take(anchor.max(cursor) + 1).skip(anchor.min(cursor)).copied()
}

/// Moves a cursor by `by` rows in a list of `len`, and the first row shown so that the cursor stays in view.
pub(super) fn step(cursor: &mut usize, top: &mut usize, by: isize, len: usize, rows: Rows) {
    *cursor = cursor.saturating_add_signed(by).min(len.saturating_sub(1));
    keep_in_view(*cursor, top, len, rows);
}

/// Scrolls when the cursor leaves the rows shown.
pub(super) fn keep_in_view(cursor: usize, top: &mut usize, len: usize, Rows { shown, ahead }: Rows) {
    if cursor < *top {
        *top = cursor.saturating_sub(ahead);
    } else if cursor >= *top + shown {
        *top = cursor + 1 - shown + ahead;
    }
    *top = (*top).min(len.saturating_sub(shown));
}

impl App {
    /// Works the rows out again after anything changed; the cursor stays on its cluster.
    pub(super) fn refresh_clusters(&mut self) {
        let current = self.current_cluster_in_list();
        let ids: Vec<ClusterId> = self.data.partition.clusters().map(|c| c.id).collect();
        self.clusters.marks.retain(|id| ids.binary_search(id).is_ok());
        let mut order = if self.clusters.filter.is_empty() {
            let mut order = ids;
            self.sort_clusters(&mut order);
            if self.clusters.reversed {
                order.reverse();
            }
            order
        } else {
            let labels: Vec<String> = ids.iter().map(|&id| format!("{id} {}", self.label(id))).collect();
            ranked(&self.clusters.filter, labels.iter().map(String::as_str)).into_iter().map(|i| ids[i]).collect()
        };
        // An edit must not pull the cluster away under the cursor because its new label no longer has the letters.
        if let Some(id) = current.filter(|id| self.data.partition.get(*id).is_some() && !order.contains(id)) {
            order.insert(self.clusters.cursor.min(order.len()), id);
        }
        self.clusters.order = order;
        let at = current.and_then(|id| self.clusters.order.iter().position(|&o| o == id));
        self.clusters.cursor = at.unwrap_or(self.clusters.cursor).min(self.clusters.order.len().saturating_sub(1));
        let rows = self.list_rows();
        keep_in_view(self.clusters.cursor, &mut self.clusters.top, self.clusters.order.len(), Rows::tall(rows));
    }

    fn sort_clusters(&self, order: &mut [ClusterId]) {
        let p = &self.data.partition;
        let figure = |id: ClusterId| self.figures_of(id);
        let by_size = |id: ClusterId| (std::cmp::Reverse(p.size(id)), id);
        let number = |v: Option<f64>| v.unwrap_or(f64::INFINITY);
        match self.clusters.sort {
            // In blind mode the order must not tell what is hidden.
            ClusterSort::Shift if self.blind => order.sort_by_key(|&id| by_size(id)),
            ClusterSort::Difference if !self.blind => order.sort_by(|&a, &b| {
                let key = |id| number(figure(id).and_then(|f| f.p));
                key(a).total_cmp(&key(b)).then(by_size(a).cmp(&by_size(b)))
            }),
            ClusterSort::Difference | ClusterSort::Size => order.sort_by_key(|&id| by_size(id)),
            ClusterSort::Impurity => order.sort_by_key(|&id| {
                let why = p.get(id).map_or(0, |c| self.why_impure(c).len());
                (std::cmp::Reverse(why), by_size(id))
            }),
            ClusterSort::Fit => order.sort_by(|&a, &b| {
                let key = |id| number(self.trust_of(id).and_then(|t| t.fit).map(|f| f.auc));
                key(a).total_cmp(&key(b)).then(by_size(a).cmp(&by_size(b)))
            }),
            ClusterSort::Shift => order.sort_by(|&a, &b| {
                let key = |id| -figure(id).and_then(|f| f.shift).map_or(0.0, |s| s.auc);
                key(a).total_cmp(&key(b)).then(by_size(a).cmp(&by_size(b)))
            }),
            ClusterSort::Label => order.sort_by_cached_key(|&id| (self.label(id).to_lowercase(), id)),
            ClusterSort::Review => order.sort_by(|&a, &b| {
                let done = |id| p.get(id).is_some_and(|c| c.reviewed);
                let key = |id| number(figure(id).and_then(|f| f.p).filter(|_| !self.blind));
                done(a).cmp(&done(b)).then(key(a).total_cmp(&key(b))).then(by_size(a).cmp(&by_size(b)))
            }),
        }
    }

    /// Lists the clusters whose label holds these letters.
    pub(super) fn filter_clusters(&mut self, letters: &str) {
        letters.clone_into(&mut self.clusters.filter);
        self.clusters.cursor = 0;
        self.clusters.top = 0;
        self.clusters.order.clear();
        self.refresh_clusters();
        self.show_cluster();
    }

    /// Lists all clusters again.
    pub(super) fn unfilter_clusters(&mut self) {
        self.clusters.filter.clear();
        self.refresh_clusters();
        self.show_cluster();
    }

    pub(super) fn next_cluster_sort(&mut self) {
        self.clusters.sort = self.clusters.sort.next();
        self.clusters.cursor = 0;
        self.clusters.top = 0;
        self.refresh_clusters();
        self.show_cluster();
        let name = self.clusters.sort.name();
        self.set_status(format!("Sorted by {name}."));
    }

    /// Rows of the list pane as it would stand.
    pub(super) fn list_rows(&self) -> usize {
        let at = self.layout_with(self.tab, Pane::List);
        // The second line of the pane names the columns.
        at.list.map_or(1, |a| a.rows().saturating_sub(1))
    }

    pub(super) fn move_in_clusters(&mut self, by: isize) {
        let (len, rows) = (self.clusters.order.len(), self.list_rows());
        let list = &mut self.clusters;
        step(&mut list.cursor, &mut list.top, by, len, Rows::tall(rows));
        if let Some(anchor) = list.anchor {
            list.marks.extend(between(&list.order, anchor, list.cursor));
        }
        self.show_cluster();
    }

    /// Puts the cursor on a cluster, if it is shown.
    pub(super) fn go_to_cluster(&mut self, id: ClusterId) {
        if let Some(at) = self.clusters.order.iter().position(|&o| o == id) {
            self.clusters.cursor = at;
            let rows = self.list_rows();
            keep_in_view(at, &mut self.clusters.top, self.clusters.order.len(), Rows::tall(rows));
            self.show_cluster();
        }
    }

    /// The marked clusters, or the one under the cursor.
    pub(super) fn chosen_clusters(&self) -> Vec<ClusterId> {
        if self.clusters.marks.is_empty() || self.focus != Pane::List {
            self.current_cluster().into_iter().collect()
        } else {
            self.clusters.marks.iter().copied().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn a_range_ends_where_the_list_does() {
        let of = |list: &[u32], anchor, cursor| between(list, anchor, cursor).collect::<Vec<_>>();
        assert_eq!(of(&[5, 6, 7, 8], 2, 1), [6, 7]);
        assert_eq!(of(&[5, 6], 9, 1), [6]);
        assert!(of(&[], 0, 0).is_empty());
    }
}
