//! Everything the explorer knows.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::ask::Llm;
use super::clusters::ClusterList;
use super::differences::DiffList;
use super::layout::{Layout, layout};
use super::map::MapView;
use super::members::MemberList;
use super::msg::{Effect, Ready};
use super::overlay::Overlay;
use super::reader::Reader;
use super::search::Listed;
use super::tips::Tips;
use crate::cluster::Tree;
use crate::compare::ClusterFigures;
use crate::jobs::{Figures, Stage};
use crate::model::{
    Author, Cluster, ClusterId, Contrast, Corpus, Edit, History, Partition, PromptId, Record, SampleIx, SourceId,
};
use crate::report::shown_label;
use crate::text::{Clean, sentence};
use crate::trust::{Trust, Why};

/// Texts kept in memory.
const TEXTS_KEPT: usize = 2_000;

/// Which tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tab {
    Clusters,
    Differences,
    Jobs,
    Map,
}

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Pane {
    List,
    Members,
    Reader,
}

/// How far the analysis is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// Working.
    Working {
        /// What on.
        stage: Stage,
        /// Texts done.
        done: usize,
        /// Texts in all.
        total: usize,
        /// Texts a second.
        rate: f64,
    },
    /// Everything is there.
    Ready,
    /// It failed; the status line says why.
    Failed,
}

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

/// The run: samples, clusters, numbers.
#[derive(Debug, Default)]
pub struct Data {
    /// Sources, prompts and samples; the texts are left in the session.
    pub corpus: Corpus,
    /// First line of each text, cleaned.
    pub heads: Vec<String>,
    /// The clusters now.
    pub partition: Partition,
    /// Every edit.
    pub history: History,
    /// The tree.
    pub tree: Tree,
    /// The numbers.
    pub figures: Figures,
    /// Samples of each prompt.
    pub by_prompt: HashMap<PromptId, Vec<SampleIx>>,
}

/// The explorer.
#[derive(Debug)]
pub struct App {
    /// The run.
    pub data: Data,
    /// How far the analysis is.
    pub phase: Phase,
    /// Which tab.
    pub tab: Tab,
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
    /// Whether names and shares are hidden.
    pub blind: bool,
    /// Whether all edits are stored.
    pub saved: SaveState,
    /// Whether the numbers belong to an older state of the clusters.
    pub figures_stale: bool,
    /// Name of the session file.
    pub session: String,
    /// Who edits.
    pub user: String,
    /// Pairs put off in the merge wizard, for this sitting.
    pub(super) skipped_merges: BTreeSet<(ClusterId, ClusterId)>,
    /// Clusters offered as the next thing to do, the last one last.
    pub(super) skipped_next: Vec<ClusterId>,
    pub(super) counter: Option<super::members::Counter>,
    /// Request, cluster and edits of what was asked of the label last.
    pub(super) counter_asked: Option<(u64, ClusterId, usize)>,
    pub(super) texts: HashMap<SampleIx, Arc<Clean>>,
    pub(super) originals: HashMap<SampleIx, Arc<str>>,
    pub(super) wanted: Vec<SampleIx>,
    pub(super) generation: u64,
    pub(super) figures_wanted: u64,
    pub(super) search_wanted: u64,
    pub(super) now_ms: u64,
    pub(super) copy_wanted: Option<(SampleIx, bool)>,
}

impl App {
    /// An explorer of samples that are not clustered yet.
    pub fn new(corpus: Corpus, heads: Vec<String>, size: (u16, u16)) -> Self {
        let mut by_prompt: HashMap<PromptId, Vec<SampleIx>> = HashMap::new();
        for (i, s) in corpus.samples.iter().enumerate() {
            if let Some(p) = s.prompt {
                by_prompt.entry(p).or_default().push(i as SampleIx);
            }
        }
        let total = corpus.len();
        // Until there are clusters, everything is in one, so that texts can be read.
        let partition = Partition::new(vec![ClusterId(0); total], 1, 1);
        let mut app = Self {
            data: Data { corpus, heads, partition, by_prompt, ..Data::default() },
            phase: Phase::Working { stage: Stage::Embedding, done: 0, total, rate: 0.0 },
            tab: Tab::Clusters,
            focus: Pane::List,
            clusters: ClusterList::default(),
            members: MemberList::default(),
            reader: Reader::default(),
            differences: DiffList::default(),
            map: MapView::default(),
            llm: Llm::default(),
            tips: Tips::none(),
            overlays: Vec::new(),
            status: None,
            size,
            blind: false,
            saved: SaveState::Saved,
            figures_stale: false,
            session: String::new(),
            user: "somebody".into(),
            texts: HashMap::new(),
            originals: HashMap::new(),
            wanted: Vec::new(),
            skipped_merges: BTreeSet::new(),
            skipped_next: Vec::new(),
            counter: None,
            counter_asked: None,
            generation: 0,
            figures_wanted: 0,
            search_wanted: 0,
            now_ms: 0,
            copy_wanted: None,
        };
        app.refresh_lists();
        app
    }

    /// Puts the analysis in and replays the edits made so far.
    pub fn ready(&mut self, ready: Ready, records: Vec<Record>) {
        self.data.tree = ready.tree;
        self.data.partition = ready.partition;
        self.data.figures = ready.figures;
        self.data.history = History::replay(records, &mut self.data.partition);
        self.phase = Phase::Ready;
        self.clusters = ClusterList { cursor: 0, top: 0, ..std::mem::take(&mut self.clusters) };
        self.refresh_lists();
        self.clusters.cursor = 0;
        self.show_cluster();
    }

    /// Asks for the numbers of a session whose last ones are older than its edits.
    pub fn recompute(&mut self) -> Effect {
        self.compute_figures()
    }

    /// Says something before the first key.
    pub fn greet(&mut self, sentence: &str) {
        self.say(sentence);
    }

    /// Whether what is known of a cluster stands where its text would: beside the list of clusters, which is walked to judge
    /// and not to read.
    pub fn shows_card(&self) -> bool {
        self.tab == Tab::Clusters && self.focus == Pane::List && self.phase == Phase::Ready
    }

    /// Where everything stands now.
    pub fn layout(&self) -> Layout {
        layout(self.size, self.tab, self.focus, self.reader.pair, self.tips.shown())
    }

    /// Where everything would stand with the keys in a pane: as now when that pane is shown, else with it alone.
    pub(super) fn layout_with(&self, tab: Tab, pane: Pane) -> Layout {
        let now = self.layout();
        let shown = match pane {
            Pane::List => now.list,
            Pane::Members => now.members,
            Pane::Reader => now.reader,
        };
        if shown.is_some() { now } else { layout(self.size, tab, pane, false, self.tips.shown()) }
    }

    /// The two sides that are compared.
    pub fn contrast(&self) -> Option<&Contrast> {
        self.data.figures.contrast.as_ref()
    }

    /// Why no two sides are compared, when none are.
    pub fn not_compared(&self) -> Option<&'static str> {
        match (self.contrast(), self.phase) {
            (Some(_), _) => None,
            (None, Phase::Ready) => Some("There is one model, so there is nothing to compare."),
            (None, Phase::Working { .. }) => Some("Differences come once the clusters are made."),
            (None, Phase::Failed) => Some("Without clusters there are no differences to show."),
        }
    }

    /// Numbers of a cluster, if they are known.
    pub fn figures_of(&self, id: ClusterId) -> Option<&ClusterFigures> {
        let list = &self.data.figures.clusters;
        list.binary_search_by_key(&id, |f| f.id).ok().map(|at| &list[at])
    }

    /// Trust in a cluster, if it is known.
    pub fn trust_of(&self, id: ClusterId) -> Option<&Trust> {
        let list = &self.data.figures.clusters;
        list.binary_search_by_key(&id, |f| f.id).ok().and_then(|at| self.data.figures.trust.get(at))
    }

    /// Reasons to call a cluster impure.
    pub fn why_impure(&self, c: &Cluster) -> Vec<Why> {
        match self.trust_of(c.id) {
            Some(t) => t.why(c.flag.is_some()),
            None => Trust::default().why(c.flag.is_some()),
        }
    }

    /// The label shown for a cluster, safe to print.
    pub fn label(&self, id: ClusterId) -> String {
        let Some(c) = self.data.partition.get(id) else { return format!("cluster {id}") };
        if self.phase != Phase::Ready && self.data.figures.clusters.is_empty() {
            return "all texts".into();
        }
        Clean::from_untrusted(&shown_label(c, self.figures_of(id)).0).as_str().replace('\n', " ")
    }

    /// Texts of the two sides in a cluster, counted now, so that they are right even while other figures are computed.
    pub fn sides(&self, id: ClusterId) -> [u32; 2] {
        let mut n = [0, 0];
        if let Some(contrast) = self.contrast() {
            for &s in self.data.partition.members(id) {
                if let Some(side) = contrast.side(self.data.corpus.samples[s as usize].source) {
                    n[side] += 1;
                }
            }
        }
        n
    }

    /// Name of a source, hidden in blind mode.
    pub fn source_name(&self, s: SourceId) -> String {
        if self.blind {
            return "model ?".into();
        }
        let name = self.data.corpus.sources.get(s.ix()).map_or("?", |s| s.name.as_str());
        Clean::from_untrusted(name).as_str().replace('\n', " ")
    }

    /// The safe text of a sample, when it has been read.
    pub fn text(&self, s: SampleIx) -> Option<&Arc<Clean>> {
        self.texts.get(&s)
    }

    /// The prompt of a sample.
    pub fn prompt(&self, s: SampleIx) -> Option<&str> {
        let p = self.data.corpus.samples.get(s as usize)?.prompt?;
        self.data.corpus.prompts.get(p.0 as usize).map(String::as_str)
    }

    /// The cluster under the cursor.
    pub fn current_cluster(&self) -> Option<ClusterId> {
        match self.tab {
            Tab::Clusters if self.members.listed != Listed::Row && self.focus != Pane::List => {
                self.current_sample().and_then(|s| self.data.partition.cluster_of(s))
            }
            Tab::Clusters => self.current_cluster_in_list(),
            Tab::Differences | Tab::Map => self.current_sample().and_then(|s| self.data.partition.cluster_of(s)),
            Tab::Jobs => None,
        }
    }

    /// The cluster under the cursor of the list of clusters, which may not be shown.
    pub(super) fn current_cluster_in_list(&self) -> Option<ClusterId> {
        self.clusters.order.get(self.clusters.cursor).copied()
    }

    /// The sample under the cursor.
    pub fn current_sample(&self) -> Option<SampleIx> {
        self.members.order.get(self.members.cursor).copied()
    }

    /// Says something in the footer.
    pub(super) fn say(&mut self, sentence: impl Into<String>) {
        self.status = Some((Severity::Info, sentence.into()));
    }

    /// Says in the footer what went wrong.
    pub(super) fn complain(&mut self, sentence: impl Into<String>) {
        self.status = Some((Severity::Error, sentence.into()));
    }

    /// Makes an edit and asks for storing it and for new numbers.
    pub(super) fn commit(&mut self, edit: Edit) -> Vec<Effect> {
        let author = Author::Human(self.user.clone());
        self.commit_by(edit, author)
    }

    /// Makes an edit in somebody's name: a model is the author of what a person took from it unchanged.
    pub(super) fn commit_by(&mut self, edit: Edit, author: Author) -> Vec<Effect> {
        if let Some(refusal) = self.refusal() {
            self.complain(refusal);
            return Vec::new();
        }
        let said = edit.describe();
        match self.data.history.commit(&mut self.data.partition, edit, author, self.now_ms, self.blind) {
            Ok(record) => {
                self.say(format!("Done: {said}. u takes it back."));
                self.after_edit(record)
            }
            Err(e) => {
                self.complain(sentence(&e.to_string()));
                Vec::new()
            }
        }
    }

    /// Takes back or repeats an edit.
    pub(super) fn travel(&mut self, back: bool) -> Vec<Effect> {
        if let Some(refusal) = self.refusal() {
            self.complain(refusal);
            return Vec::new();
        }
        let author = Author::Human(self.user.clone());
        let (history, partition) = (&mut self.data.history, &mut self.data.partition);
        let record = if back {
            history.undo(partition, author, self.now_ms, self.blind)
        } else {
            history.redo(partition, author, self.now_ms, self.blind)
        };
        let Some(record) = record else {
            self.say(if back { "Nothing to undo." } else { "Nothing to redo." });
            return Vec::new();
        };
        let seq = match record.edit {
            Edit::Undo { seq } | Edit::Redo { seq } => seq,
            _ => record.seq,
        };
        let what = self.data.history.records().iter().find(|r| r.seq == seq).map(|r| r.edit.describe());
        self.say(format!("{}: {}.", if back { "Undone" } else { "Redone" }, what.unwrap_or_default()));
        self.after_edit(record)
    }

    fn refusal(&self) -> Option<&'static str> {
        if self.saved == SaveState::ReadOnly {
            return Some("This session is open for reading only; open it without --read-only to edit.");
        }
        (self.phase != Phase::Ready).then_some("Wait until the clusters are there.")
    }

    fn after_edit(&mut self, record: Record) -> Vec<Effect> {
        self.saved = SaveState::Saving;
        self.refresh_lists();
        let compute = self.compute_figures();
        vec![Effect::StoreEdit(Box::new(record)), compute]
    }

    /// Asks for numbers of the clusters as they are now.
    pub(super) fn compute_figures(&mut self) -> Effect {
        self.figures_wanted = self.next_generation();
        self.figures_stale = true;
        Effect::ComputeFigures(self.figures_wanted, Box::new(self.data.partition.clone()))
    }

    pub(super) fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// Keeps a text that was read.
    pub(super) fn keep_text(&mut self, s: SampleIx, text: &str) {
        if self.texts.len() >= TEXTS_KEPT {
            self.texts.clear();
            self.originals.clear();
        }
        self.texts.insert(s, Arc::new(Clean::from_untrusted(text)));
        self.originals.insert(s, Arc::from(text));
        self.wanted.retain(|&w| w != s);
    }

    /// The texts that the screen shows and that are not there yet.
    pub(super) fn missing_texts(&mut self) -> Option<Effect> {
        let mut need: Vec<SampleIx> = Vec::new();
        if let Some(s) = self.current_sample() {
            need.push(s);
            if self.reader.pair {
                need.extend(self.partners(s));
            }
        }
        need.extend(self.soon_to_be_read());
        need.retain(|s| !self.texts.contains_key(s) && !self.wanted.contains(s));
        need.sort_unstable();
        need.dedup();
        if need.is_empty() {
            return None;
        }
        self.wanted.extend(&need);
        Some(Effect::ReadTexts(need))
    }

    /// What the next key may show: the texts beside the cursor, and the first text of the clusters beside it. Read ahead, a
    /// text is there at once, and the screen is drawn once instead of twice.
    fn soon_to_be_read(&self) -> Vec<SampleIx> {
        let list = &self.members;
        let (from, to) = (list.cursor.saturating_sub(1), (list.cursor + 3).min(list.order.len()));
        let mut out: Vec<SampleIx> = list.order.get(from..to).unwrap_or_default().to_vec();
        if self.tab == Tab::Clusters && self.focus == Pane::List {
            let at = self.clusters.cursor;
            for place in [at.saturating_sub(1), at + 1, at + 2] {
                let figures = self.clusters.order.get(place).and_then(|id| self.figures_of(*id));
                out.extend(figures.and_then(|f| f.exemplars.first()));
            }
        }
        out
    }

    /// One answer of each other source to the prompt of a sample: the one at the same place among its source's answers.
    pub fn partners(&self, s: SampleIx) -> Vec<SampleIx> {
        let Some(sample) = self.data.corpus.samples.get(s as usize) else { return Vec::new() };
        let Some(all) = sample.prompt.and_then(|p| self.data.by_prompt.get(&p)) else { return Vec::new() };
        let source = |s: SampleIx| self.data.corpus.samples[s as usize].source;
        let place = all.iter().filter(|&&o| source(o) == sample.source).position(|&o| o == s).unwrap_or(0);
        (0..self.data.corpus.sources.len() as u16)
            .map(SourceId)
            .filter(|&o| o != sample.source)
            .filter_map(|o| {
                let theirs: Vec<SampleIx> = all.iter().copied().filter(|&x| source(x) == o).collect();
                theirs.get(place).or_else(|| theirs.first()).copied()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Msg;

    #[test]
    fn what_is_not_compared_says_why_at_each_stage() {
        let mut app = App::new(Corpus::default(), Vec::new(), (80, 24));
        assert!(app.not_compared().is_some_and(|why| why.contains("once the clusters are made")));
        app.update(Msg::JobFailed("the disk is full".into()), 0);
        assert!(app.not_compared().is_some_and(|why| why.contains("Without clusters")));
        app.phase = Phase::Ready;
        assert!(app.not_compared().is_some_and(|why| why.contains("one model")));
    }
}
