//! Everything the explorer knows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ask::Llm;
use super::clusters::ClusterList;
use super::differences::DiffList;
use super::job_list::JobList;
use super::layout::{Layout, Pane, Tab, layout};
use super::map::MapView;
use super::members::MemberList;
use super::msg::{Effect, Ready};
use super::overlay::Overlay;
use super::reader::Reader;
use super::request::RequestId;
use super::run::{DiffRow, Phase, Run};
use super::text_cache::TextCache;
use super::tips::Tips;
use crate::analysis::PairFigures;
use crate::model::{ClusterId, Corpus, History, Record, SampleIx, View};

/// Whether all edits are on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveState {
    /// All.
    Saved,
    /// Some are on their way.
    Saving,
    /// Storing failed; the reason is shown.
    Failed(String),
    /// Nothing is ever stored.
    ReadOnly,
}

/// How a status line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Severity {
    Info,
    Error,
}

/// Why something cannot be done yet.
pub(super) const NOT_READY: &str = "Wait until the clusters are ready.";

/// The explorer.
#[derive(Debug)]
pub struct App {
    /// The run.
    pub run: Run,
    /// Which tab.
    pub tab: Tab,
    /// The tab that opens first, and that jobs and map lead back to.
    pub(super) home: Tab,
    /// The tab that a person comes from, in another view of the run.
    opens_at: Option<Tab>,
    /// Whether a key was pressed: what a person looks at is not changed for another.
    pub(super) touched: bool,
    /// Which pane has the keys.
    pub focus: Pane,
    /// The list of clusters.
    pub clusters: ClusterList,
    /// The list of texts.
    pub members: MemberList,
    /// The text.
    pub reader: Reader,
    /// The list of differences.
    pub differences: DiffList,
    /// The map.
    pub map: MapView,
    /// The list of jobs.
    pub jobs: JobList,
    /// The language model.
    pub llm: Llm,
    /// Help for people who are new.
    pub tips: Tips,
    /// What lies over the panes, the topmost last.
    pub overlays: Vec<Overlay>,
    /// The last message.
    pub status: Option<(Severity, String)>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Whether all edits are stored.
    pub saved: SaveState,
    /// How much pairs of models differ, where there are more than two models, as far as it was asked for.
    pub pairs: Vec<PairFigures>,
    /// What is clustered.
    pub view: View,
    /// Name of the session file.
    pub session: String,
    /// Who edits.
    pub user: String,
    /// Pairs put off in the merge wizard, for this sitting.
    pub(super) skipped_merges: BTreeSet<(ClusterId, ClusterId)>,
    /// Clusters offered as the next thing to do, the last one last.
    pub(super) skipped_next: Vec<ClusterId>,
    pub(super) texts: TextCache,
    pub(super) last_request: RequestId,
    pub(super) figures_wanted: RequestId,
    pub(super) now_ms: u64,
    pub(super) copy_wanted: Option<(SampleIx, bool)>,
}

impl App {
    /// An explorer of samples that are not clustered yet.
    pub fn new(corpus: Corpus, heads: Vec<String>, size: (u16, u16)) -> Self {
        let mut app = Self {
            run: Run::new(corpus, heads),
            tab: Tab::Clusters,
            home: Tab::Clusters,
            opens_at: None,
            touched: false,
            focus: Pane::List,
            clusters: ClusterList::default(),
            members: MemberList::default(),
            reader: Reader::default(),
            differences: DiffList::default(),
            map: MapView::default(),
            jobs: JobList::default(),
            llm: Llm::default(),
            tips: Tips::none(),
            overlays: Vec::new(),
            status: None,
            size,
            saved: SaveState::Saved,
            pairs: Vec::new(),
            view: View::default(),
            session: String::new(),
            user: "somebody".into(),
            texts: TextCache::default(),
            skipped_merges: BTreeSet::new(),
            skipped_next: Vec::new(),
            last_request: RequestId::default(),
            figures_wanted: RequestId::default(),
            now_ms: 0,
            copy_wanted: None,
        };
        app.refresh_lists();
        app
    }

    /// Puts the analysis in and replays the edits made so far.
    pub fn ready(&mut self, ready: Ready, records: Vec<Record>) {
        self.run.tree = ready.tree;
        let mut partition = ready.partition;
        self.run.history = History::replay(records, &mut partition);
        self.run.partition = Arc::new(partition);
        self.run.figures = Arc::new(ready.figures);
        self.run.phase = Phase::Ready;
        self.clusters = ClusterList { cursor: 0, top: 0, ..std::mem::take(&mut self.clusters) };
        self.refresh_lists();
        self.clusters.cursor = 0;
        self.show_cluster();
        self.open_on_differences();
    }

    /// Opens at a tab that the person chose; the map has nothing to show before there are clusters.
    pub fn open_at(&mut self, tab: Tab) {
        self.opens_at = Some(tab);
        if self.run.phase == Phase::Ready {
            self.change_tab(tab);
        }
    }

    /// What changed comes first, where anything was found.
    pub(super) fn open_on_differences(&mut self) {
        if self.differences.rows.iter().any(|r| matches!(r, DiffRow::Finding(_) | DiffRow::Cluster(_))) {
            self.home = Tab::Differences;
            if !self.touched {
                self.change_tab(self.opens_at.unwrap_or(Tab::Differences));
            }
        }
    }

    /// Asks for the numbers of a session whose last ones are older than its edits.
    pub fn recompute(&mut self) -> Effect {
        self.compute_figures()
    }

    /// Says something before the first key.
    pub fn greet(&mut self, sentence: &str) {
        self.set_status(sentence);
    }

    /// Whether what is known of a cluster stands where its text would: beside the list of clusters, which is walked to judge
    /// and not to read.
    pub fn shows_card(&self) -> bool {
        self.tab == Tab::Clusters && self.focus == Pane::List && self.run.phase == Phase::Ready
    }

    /// Whether there are lines for a notice and for a tip.
    fn lines(&self) -> (bool, bool) {
        (self.run.figures.unreadable.is_some(), self.tips.shown())
    }

    /// Where everything stands now.
    pub fn layout(&self) -> Layout {
        layout(self.size, self.tab, self.focus, self.reader.pair, self.lines())
    }

    /// Where everything would stand with the keys in a pane: as now when that pane is shown, else with it alone.
    pub(super) fn layout_with(&self, tab: Tab, pane: Pane) -> Layout {
        let now = self.layout();
        let shown = match pane {
            Pane::List => now.list,
            Pane::Members => now.members,
            Pane::Reader => now.reader,
        };
        if shown.is_some() { now } else { layout(self.size, tab, pane, false, self.lines()) }
    }

    /// Whether there are clusters; the footer says it where there are none yet.
    pub(super) fn is_ready(&mut self) -> bool {
        let ready = self.run.phase == Phase::Ready;
        if !ready {
            self.set_error(NOT_READY);
        }
        ready
    }

    /// Says something in the footer.
    pub(super) fn set_status(&mut self, sentence: impl Into<String>) {
        self.status = Some((Severity::Info, sentence.into()));
    }

    /// Says in the footer what went wrong.
    pub(super) fn set_error(&mut self, sentence: impl Into<String>) {
        self.status = Some((Severity::Error, sentence.into()));
    }
}
