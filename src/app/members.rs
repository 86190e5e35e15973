//! The list of texts: of a cluster or of a finding; order, filters, marks.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::clusters::{Rows, between, keep_in_view, step};
use super::msg::Effect;
use super::request::{ComputeRequest, RequestId};
use super::search::{ListScope, Query};
use super::state::{App, Pane, Tab};
use crate::diagnostics::CounterEvidence;
use crate::model::{ClusterId, SampleIx, SourceId};

/// How texts are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemberOrder {
    /// Most typical first, then as read.
    #[default]
    Typical,
    /// Most telling first.
    Telling,
    /// By prompt, so that answers to one prompt stand together.
    Prompt,
    /// The worst fitting the label first.
    Worst,
    /// Texts of other clusters that the label fits best.
    Outsiders,
    /// Shuffled, the same way every time.
    Random,
}

impl MemberOrder {
    /// Name above the list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Typical => "typical first",
            Self::Telling => "most informative first",
            Self::Prompt => "by prompt",
            Self::Worst => "worst topic match first",
            Self::Outsiders => "of OTHER clusters that match this label best; M moves them here",
            Self::Random => "shuffled",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Typical => Self::Telling,
            Self::Telling => Self::Worst,
            Self::Worst => Self::Outsiders,
            Self::Outsiders => Self::Prompt,
            Self::Prompt => Self::Random,
            Self::Random => Self::Typical,
        }
    }
}

/// What speaks against the label of a cluster, as it was after so many edits.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    pub cluster: ClusterId,
    pub edits: usize,
    pub evidence: CounterEvidence,
}

/// State of the list.
#[derive(Debug, Clone, Default)]
pub struct MemberList {
    /// Samples the list is of, before filters.
    pub all: Vec<SampleIx>,
    /// Samples shown, in order.
    pub order: Vec<SampleIx>,
    /// Row of the cursor.
    pub cursor: usize,
    /// First row shown.
    pub top: usize,
    /// Order.
    pub sort: MemberOrder,
    /// The order is turned round.
    pub reversed: bool,
    /// Only this model's texts.
    pub source: Option<SourceId>,
    /// Search in the full text (a leading `!` inverts).
    pub query: String,
    /// What the search found so far, in its order; `None` without a search.
    pub hits: Option<Vec<SampleIx>>,
    /// The search is still running.
    pub searching: bool,
    /// What the list is of.
    pub listed: ListScope,
    /// Marked samples, of any cluster.
    pub marks: BTreeSet<SampleIx>,
    /// Where a range began.
    pub anchor: Option<usize>,
}

impl App {
    /// Shows the texts of the cluster under the cursor.
    pub(super) fn show_cluster(&mut self) {
        if self.tab != Tab::Clusters {
            return;
        }
        let id = self.current_cluster_in_list();
        let all = id.map(|id| self.data.partition.members(id).to_vec()).unwrap_or_default();
        self.show_samples(all);
    }

    /// Shows a list of samples; a search in the texts ends.
    pub(super) fn show_samples(&mut self, all: Vec<SampleIx>) {
        self.list_texts(all, ListScope::Row);
    }

    pub(super) fn list_texts(&mut self, all: Vec<SampleIx>, listed: ListScope) {
        self.members.listed = listed;
        if all != self.members.all {
            // Else the cursor would follow the first text of the old list into the new one.
            self.members.order.clear();
            self.members.cursor = 0;
            self.members.top = 0;
            self.members.anchor = None;
            self.members.query.clear();
            self.members.hits = None;
            self.reader.scroll = None;
        }
        self.members.all = all;
        self.refresh_members();
    }

    /// Filters and orders the texts; the cursor stays on its text.
    pub(super) fn refresh_members(&mut self) {
        let current = self.current_sample();
        let list = &self.members;
        let outside = list.sort == MemberOrder::Outsiders && self.tab == Tab::Clusters;
        let all: &[SampleIx] = match &self.counter {
            Some(found) if outside => &found.evidence.outsiders,
            _ => &list.all,
        };
        let source = |s: SampleIx| self.data.corpus.samples[s as usize].source;
        let all = list.hits.as_deref().unwrap_or(all);
        let mut order: Vec<SampleIx> =
            all.iter().copied().filter(|&s| list.source.is_none_or(|want| source(s) == want)).collect();
        self.order_members(&mut order);
        if self.members.reversed {
            order.reverse();
        }
        self.members.order = order;
        let len = self.members.order.len();
        let at = current.and_then(|s| self.members.order.iter().position(|&o| o == s));
        self.members.cursor = at.unwrap_or(self.members.cursor).min(len.saturating_sub(1));
        let rows = self.member_rows();
        keep_in_view(self.members.cursor, &mut self.members.top, len, Rows::beside(rows));
    }

    fn order_members(&self, order: &mut [SampleIx]) {
        // A finding, what lies around a place, and what was searched for come in their own order.
        let own = matches!(self.tab, Tab::Differences | Tab::Map)
            || self.members.listed != ListScope::Row
            || matches!(Query::parse(&self.members.query), Query::Meaning(_));
        if own && self.members.sort == MemberOrder::Typical {
            return;
        }
        match self.members.sort {
            MemberOrder::Typical => {
                let cluster = order.first().and_then(|&s| self.data.partition.cluster_of(s));
                let typical = cluster.and_then(|c| self.figures_of(c)).map(|f| f.exemplars.as_slice()).unwrap_or(&[]);
                let rank = |s: SampleIx| typical.iter().position(|&t| t == s).unwrap_or(usize::MAX);
                order.sort_by_key(|&s| (rank(s), s));
            }
            MemberOrder::Telling => {
                let score = &self.data.figures.hotspots.text_score;
                let of = |s: SampleIx| score.get(s as usize).map_or(0.0, |v| -v.abs());
                order.sort_by(|&a, &b| of(a).total_cmp(&of(b)).then(a.cmp(&b)));
            }
            MemberOrder::Worst => {
                let worst = self.counter.as_ref().map(|c| c.evidence.worst.as_slice()).unwrap_or_default();
                let rank: HashMap<SampleIx, usize> = worst.iter().enumerate().map(|(i, &s)| (s, i)).collect();
                order.sort_by_key(|s| (rank.get(s).copied().unwrap_or(usize::MAX), *s));
            }
            // They come in their order.
            MemberOrder::Outsiders => {}
            MemberOrder::Prompt => {
                order.sort_by_key(|&s| (self.data.corpus.samples[s as usize].prompt, s));
            }
            MemberOrder::Random => order.sort_by_cached_key(|&s| {
                let mut h = DefaultHasher::new();
                s.hash(&mut h);
                h.finish()
            }),
        }
    }

    pub(super) fn next_member_order(&mut self) {
        self.members.sort = self.members.sort.next();
        if self.blind && self.members.sort == MemberOrder::Telling {
            self.members.sort = self.members.sort.next();
        }
        self.members.cursor = 0;
        self.refresh_members();
        self.members.cursor = 0;
        self.members.top = 0;
        self.reader.scroll = None;
        let name = self.members.sort.name();
        self.set_status(format!("Texts {name}."));
    }

    /// Asks for what speaks against the label of the cluster shown, when an order needs it and it is not known.
    pub(super) fn missing_counter_evidence(&mut self) -> Option<Effect> {
        let needed = matches!(self.members.sort, MemberOrder::Worst | MemberOrder::Outsiders);
        if !needed || self.phase != super::Phase::Ready || self.tab != Tab::Clusters {
            return None;
        }
        let id = self.current_cluster_in_list()?;
        let edits = self.data.history.records().len();
        let current = |c: &Counter| c.cluster == id && c.edits == edits;
        if self.counter.as_ref().is_some_and(current)
            || self.counter_asked.is_some_and(|(_, c, e)| (c, e) == (id, edits))
        {
            return None;
        }
        let label = self.label(id);
        let (asked, effect) = self.compute(ComputeRequest::CounterEvidence(id, label, self.data.partition.clone()));
        self.counter_asked = Some((asked, id, edits));
        Some(effect)
    }

    /// Takes what speaks against a label.
    pub(super) fn take_counter_evidence(&mut self, id: RequestId, mut evidence: CounterEvidence) {
        let Some((_, cluster, edits)) = self.counter_asked.filter(|a| a.0 == id) else { return };
        // Those whose neighbours say the same come first.
        let strays = self.strays_of(cluster);
        evidence.outsiders.retain(|s| !strays.contains(s));
        evidence.outsiders.splice(0..0, strays);
        self.counter = Some(Counter { cluster, edits, evidence });
        self.counter_asked = None;
        self.members.cursor = 0;
        self.refresh_members();
        self.members.cursor = 0;
        self.members.top = 0;
    }

    /// Next model in turn, then all again.
    pub(super) fn next_source_filter(&mut self) {
        if self.blind {
            self.set_error("Models are hidden in blind mode; b shows them.");
            return;
        }
        let n = self.data.corpus.sources.len() as u16;
        self.members.source = match self.members.source {
            None => Some(SourceId(0)),
            Some(s) if s.0 + 1 < n => Some(SourceId(s.0 + 1)),
            Some(_) => None,
        };
        self.members.cursor = 0;
        self.refresh_members();
        self.reader.scroll = None;
        match self.members.source {
            Some(s) => {
                let name = self.source_name(s);
                self.set_status(format!("Only texts of {name}."));
            }
            None => self.set_status("Texts of all models."),
        }
    }

    /// Rows of the pane as it would stand.
    pub(super) fn member_rows(&self) -> usize {
        let at = self.layout_with(self.tab, Pane::Members);
        at.members.map_or(1, super::layout::Area::rows)
    }

    pub(super) fn move_in_members(&mut self, by: isize) {
        let (len, rows) = (self.members.order.len(), self.member_rows());
        let list = &mut self.members;
        let before = list.cursor;
        step(&mut list.cursor, &mut list.top, by, len, Rows::beside(rows));
        if let Some(anchor) = list.anchor {
            list.marks.extend(between(&list.order, anchor, list.cursor));
        }
        if list.cursor != before {
            self.reader.scroll = None;
        }
    }

    /// The marked texts, or the one under the cursor.
    pub(super) fn chosen_samples(&self) -> Vec<SampleIx> {
        if self.members.marks.is_empty() {
            self.current_sample().into_iter().collect()
        } else {
            self.members.marks.iter().copied().collect()
        }
    }

    /// Works all lists out again.
    pub(super) fn refresh_lists(&mut self) {
        self.refresh_clusters();
        match self.tab {
            Tab::Clusters if self.members.listed == ListScope::Everything => self.refresh_members(),
            Tab::Clusters if self.members.listed == ListScope::MarkedClusters => self.show_marked_clusters(),
            Tab::Clusters => self.show_cluster(),
            Tab::Map => self.show_map(),
            Tab::Differences | Tab::Jobs => self.refresh_members(),
        }
        self.refresh_differences();
    }
}
