//! The list of texts: of a cluster or of a finding; order, filters, search, marks.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::command::Command;
use super::layout::Tab;
use super::list::{Ctx, Marking, Rows, keep_in_view, said_of};
use super::query::{ListScope, Query};
use super::request::{Reply, RequestId};
use super::run::{Phase, Run};
use crate::compare::Span;
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

/// A cluster whose label was looked at, after so many edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelAt {
    /// The cluster.
    pub cluster: ClusterId,
    /// Edits made.
    pub edits: usize,
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
    /// The sentences by which texts were found in a search by meaning.
    pub found_by: Vec<Span>,
    /// The search is still running.
    pub searching: bool,
    /// The request of the last search.
    search: Option<RequestId>,
    /// What the list is of.
    pub listed: ListScope,
    /// Marked samples, of any cluster.
    pub marks: BTreeSet<SampleIx>,
    /// Where a range began.
    pub anchor: Option<usize>,
    /// What speaks against the label of a cluster.
    counter: Option<(LabelAt, CounterEvidence)>,
    /// The request for it.
    counter_asked: Option<(RequestId, LabelAt)>,
}

impl MemberList {
    /// The sample under the cursor.
    pub fn current(&self) -> Option<SampleIx> {
        self.order.get(self.cursor).copied()
    }

    /// The marked texts, or the one under the cursor.
    pub(super) fn chosen(&self) -> Vec<SampleIx> {
        match self.marks.is_empty() {
            true => self.current().into_iter().collect(),
            false => self.marks.iter().copied().collect(),
        }
    }

    /// Does what a command means in this list, and says what came of it; `None` for a command that is not the list's.
    pub(super) fn update(&mut self, command: Command, ctx: &Ctx) -> Option<String> {
        let mut said = String::new();
        match command {
            Command::Sort => {
                self.sort = self.sort.next();
                if ctx.run.blind && self.sort == MemberOrder::Telling {
                    self.sort = self.sort.next();
                }
                self.refresh_from_top(ctx);
                said = format!("Texts {}.", self.sort.name());
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
        format!("{} marked. M moves them, s splits them off; \\ clears.", self.marks.len())
    }

    fn marking(&mut self, rows: usize) -> Marking<'_, SampleIx> {
        Marking {
            order: &self.order,
            cursor: &mut self.cursor,
            top: &mut self.top,
            marks: &mut self.marks,
            anchor: &mut self.anchor,
            rows: Rows::beside(rows),
        }
    }

    /// Moves the cursor, and marks what a range passes.
    pub(super) fn step(&mut self, by: isize, rows: usize) {
        self.marking(rows).step(by);
    }

    /// Scrolls when the cursor is out of view.
    pub(super) fn keep_in_view(&mut self, rows: usize) {
        keep_in_view(self.cursor, &mut self.top, self.order.len(), Rows::beside(rows));
    }

    /// Lists samples. A search in other texts than these ends.
    pub(super) fn list(&mut self, all: Vec<SampleIx>, listed: ListScope, ctx: &Ctx) {
        self.listed = listed;
        if all != self.all {
            // Else the cursor would follow the first text of the old list into the new one.
            self.order.clear();
            self.cursor = 0;
            self.top = 0;
            self.anchor = None;
            self.end_search();
        }
        self.all = all;
        self.refresh(ctx);
    }

    /// Filters and orders the texts; the cursor stays on its text.
    pub(super) fn refresh(&mut self, ctx: &Ctx) {
        let current = self.current();
        let outside = self.sort == MemberOrder::Outsiders && ctx.tab == Tab::Clusters;
        let all: &[SampleIx] = match &self.counter {
            Some((_, found)) if outside => &found.outsiders,
            _ => &self.all,
        };
        let source = |s: SampleIx| ctx.run.corpus.samples[s as usize].source;
        let all = self.hits.as_deref().unwrap_or(all);
        let mut order: Vec<SampleIx> =
            all.iter().copied().filter(|&s| self.source.is_none_or(|want| source(s) == want)).collect();
        self.sort(ctx, &mut order);
        if self.reversed {
            order.reverse();
        }
        self.order = order;
        let at = current.and_then(|s| self.order.iter().position(|&o| o == s));
        self.cursor = at.unwrap_or(self.cursor).min(self.order.len().saturating_sub(1));
        self.keep_in_view(ctx.rows);
    }

    /// Filters and orders the texts, with the cursor on the first.
    fn refresh_from_top(&mut self, ctx: &Ctx) {
        self.refresh(ctx);
        self.cursor = 0;
        self.top = 0;
    }

    fn sort(&self, ctx: &Ctx, order: &mut [SampleIx]) {
        let run: &Run = ctx.run;
        // A finding, what lies around a place, and what was searched for come in their own order.
        let own = matches!(ctx.tab, Tab::Differences | Tab::Map)
            || self.listed != ListScope::Row
            || matches!(Query::parse(&self.query), Query::Meaning(_));
        if own && self.sort == MemberOrder::Typical {
            return;
        }
        match self.sort {
            MemberOrder::Typical => {
                let cluster = order.first().and_then(|&s| run.partition.cluster_of(s));
                let typical = cluster.and_then(|c| run.figures_of(c)).map(|f| f.exemplars.as_slice()).unwrap_or(&[]);
                let rank = |s: SampleIx| typical.iter().position(|&t| t == s).unwrap_or(usize::MAX);
                order.sort_by_key(|&s| (rank(s), s));
            }
            MemberOrder::Telling => {
                let score = &run.figures.hotspots.text_score;
                let of = |s: SampleIx| score.get(s as usize).map_or(0.0, |v| -v.abs());
                order.sort_by(|&a, &b| of(a).total_cmp(&of(b)).then(a.cmp(&b)));
            }
            MemberOrder::Worst => {
                let worst = self.counter.as_ref().map(|c| c.1.worst.as_slice()).unwrap_or_default();
                let rank: HashMap<SampleIx, usize> = worst.iter().enumerate().map(|(i, &s)| (s, i)).collect();
                order.sort_by_key(|s| (rank.get(s).copied().unwrap_or(usize::MAX), *s));
            }
            // They come in their order.
            MemberOrder::Outsiders => {}
            MemberOrder::Prompt => {
                order.sort_by_key(|&s| (run.corpus.samples[s as usize].prompt, s));
            }
            MemberOrder::Random => order.sort_by_cached_key(|&s| {
                let mut h = DefaultHasher::new();
                s.hash(&mut h);
                h.finish()
            }),
        }
    }

    /// Shows the texts of the next model in turn, then of all again; says which.
    pub(super) fn next_source(&mut self, ctx: &Ctx) -> String {
        let n = ctx.run.corpus.sources.len() as u16;
        self.source = match self.source {
            None => Some(SourceId(0)),
            Some(s) if s.0 + 1 < n => Some(SourceId(s.0 + 1)),
            Some(_) => None,
        };
        self.cursor = 0;
        self.refresh(ctx);
        match self.source {
            Some(s) => format!("Only texts of {}.", ctx.run.source_name(s)),
            None => "Texts of all models.".into(),
        }
    }

    /// Lists, marked, the texts of other clusters that belong to the one shown, above those that its label fits.
    pub(super) fn show_strays(&mut self, strays: Vec<SampleIx>, ctx: &Ctx) {
        self.sort = MemberOrder::Outsiders;
        self.reversed = false;
        self.source = None;
        self.counter = None;
        self.marks = strays.into_iter().collect();
        self.refresh(ctx);
    }

    /// Begins a search, whose request is `id`; nothing is listed until it is answered.
    pub(super) fn begin_search(&mut self, typed: &str, id: RequestId, ctx: &Ctx) {
        typed.clone_into(&mut self.query);
        self.hits = Some(Vec::new());
        self.found_by.clear();
        self.searching = true;
        self.search = Some(id);
        self.cursor = 0;
        self.top = 0;
        self.refresh(ctx);
    }

    /// Ends the search; what it still finds is dropped.
    pub(super) fn end_search(&mut self) {
        self.query.clear();
        self.hits = None;
        self.found_by.clear();
        self.searching = false;
        self.search = None;
    }

    /// The cluster whose label must be looked at, when the order needs what speaks against it and that is neither known nor
    /// asked for.
    pub(super) fn missing_counter_evidence(&self, ctx: &Ctx, shown: Option<ClusterId>) -> Option<LabelAt> {
        let needed = matches!(self.sort, MemberOrder::Worst | MemberOrder::Outsiders);
        if !needed || ctx.run.phase != Phase::Ready || ctx.tab != Tab::Clusters {
            return None;
        }
        let now = LabelAt { cluster: shown?, edits: ctx.run.history.records().len() };
        let known = self.counter.as_ref().map(|c| c.0) == Some(now);
        let asked = self.counter_asked.map(|a| a.1) == Some(now);
        (!known && !asked).then_some(now)
    }

    /// Remembers which request asks for what speaks against a label.
    pub(super) fn await_counter_evidence(&mut self, id: RequestId, label: LabelAt) {
        self.counter_asked = Some((id, label));
    }

    /// Takes the reply to a request of its own, and says what came of it; gives it back where it asked for none such.
    pub(super) fn receive(&mut self, id: RequestId, reply: Reply, ctx: &Ctx) -> Result<Option<String>, Reply> {
        match reply {
            Reply::Hits(found, over) if self.search == Some(id) => Ok(self.take_hits(found, over, ctx)),
            Reply::Meant(found) if self.search == Some(id) => {
                self.found_by = found.sentences;
                self.take_hits(found.texts, true, ctx);
                Ok(Some(format!("{} Esc ends the search.", found.said)))
            }
            Reply::Failed(why) if self.search == Some(id) => {
                self.searching = false;
                Err(Reply::Failed(why))
            }
            Reply::CounterEvidence(found) => {
                if let Some((_, label)) = self.counter_asked.take_if(|a| a.0 == id) {
                    self.take_counter_evidence(label, found, ctx);
                }
                Ok(None)
            }
            other => Err(other),
        }
    }

    fn take_hits(&mut self, found: Vec<SampleIx>, over: bool, ctx: &Ctx) -> Option<String> {
        let hits = self.hits.get_or_insert_default();
        hits.extend(found);
        let n = hits.len();
        self.searching = !over;
        self.refresh(ctx);
        over.then(|| match n {
            0 => "No text holds that. Esc ends the search.".to_owned(),
            1 => "1 text contains it. Esc ends the search.".to_owned(),
            n => format!("{n} texts contain it. Esc ends the search."),
        })
    }

    fn take_counter_evidence(&mut self, label: LabelAt, mut found: CounterEvidence, ctx: &Ctx) {
        // Those whose neighbours say the same come first.
        let strays = ctx.run.strays_of(label.cluster);
        found.outsiders.retain(|s| !strays.contains(s));
        found.outsiders.splice(0..0, strays);
        self.counter = Some((label, found));
        self.refresh_from_top(ctx);
    }
}
