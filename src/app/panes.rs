//! How the panes follow each other: what a list has under its cursor is what the list of texts is of.

use super::command::Command;
use super::layout::{Area, Pane, Tab};
use super::list::Ctx;
use super::map::{MapCtx, map_cells};
use super::msg::Effect;
use super::query::ListScope;
use super::reader::Shown;
use super::request::ComputeRequest;
use super::run::Phase;
use super::state::App;
use crate::model::{ClusterId, SampleIx, Target};

impl App {
    /// Rows of the list of clusters as it would stand.
    fn list_rows(&self) -> usize {
        let at = self.layout_with(self.tab, Pane::List);
        // The second line of the pane names the columns.
        at.list.map_or(1, |a| a.rows().saturating_sub(1))
    }

    /// Rows of the list of texts as it would stand.
    pub(super) fn member_rows(&self) -> usize {
        let at = self.layout_with(self.tab, Pane::Members);
        at.members.map_or(1, Area::rows)
    }

    /// Rows of the list of differences as it would stand; each difference takes two lines.
    fn difference_rows(&self) -> usize {
        let at = self.layout_with(self.tab, Pane::List);
        at.list.map_or(1, |a| a.rows().saturating_sub(2) / 2)
    }

    fn job_rows(&self) -> usize {
        self.layout().list.map_or(1, Area::rows).saturating_sub(2)
    }

    fn ctx(&self, rows: usize) -> Ctx<'_> {
        Ctx { run: &self.run, tab: self.tab, rows }
    }

    /// The cells of the map, as it is or would be shown.
    pub fn map_area(&self) -> Area {
        map_cells(self.layout_with(Tab::Map, Pane::List).list.unwrap_or_default())
    }

    /// What the map sees.
    pub fn map_ctx(&self) -> MapCtx<'_> {
        MapCtx { run: &self.run, cells: self.map_area(), source: self.members.source }
    }

    fn shown(&self) -> Shown<'_> {
        Shown {
            run: &self.run,
            texts: &self.texts,
            sample: self.current_sample(),
            area: self.layout().reader,
            sought: self.highlight(),
        }
    }

    /// First line shown of the text.
    pub fn reader_top(&self) -> usize {
        self.reader.top(&self.shown())
    }

    /// Lets the pane with the keys do what a command means there; false for a command that is not the pane's.
    pub(super) fn update_pane(&mut self, command: Command) -> bool {
        let said = match (self.focus, self.tab) {
            (Pane::List, Tab::Clusters) => {
                let said = self.with_clusters(|list, ctx| list.update(command, ctx));
                if said.is_some() {
                    self.show_cluster();
                }
                said
            }
            (Pane::List, Tab::Differences) => {
                let said = self.with_differences(|list, ctx| list.update(command, ctx));
                if said.is_some() {
                    self.show_difference();
                }
                said
            }
            (Pane::List, Tab::Jobs) => {
                let mut list = self.jobs;
                let said = list.update(command, self.llm.tasks.len(), &self.ctx(self.job_rows()));
                self.jobs = list;
                said
            }
            (Pane::List, Tab::Map) => {
                let mut map = std::mem::take(&mut self.map);
                let said = map.update(command, &self.clusters.order, &self.map_ctx());
                self.map = map;
                if said.is_some() {
                    self.show_map();
                }
                said
            }
            (Pane::Members, _) => {
                let before = (self.members.sort, self.members.cursor);
                let said = self.with_members(|list, ctx| list.update(command, ctx));
                if before != (self.members.sort, self.members.cursor) {
                    self.reader.scroll = None;
                }
                said
            }
            (Pane::Reader, _) => {
                let mut reader = self.reader;
                let said = reader.update(command, &self.shown());
                self.reader = reader;
                said
            }
        };
        if let Some(said) = said.as_ref().filter(|s| !s.is_empty()) {
            self.set_status(said.clone());
        }
        said.is_some()
    }

    /// Changes the list of texts, which sees the rest of the explorer meanwhile.
    pub(super) fn with_members<T>(&mut self, change: impl FnOnce(&mut super::MemberList, &Ctx) -> T) -> T {
        // Before the list is taken out, for the rows depend on nothing in it.
        let rows = self.member_rows();
        let mut list = std::mem::take(&mut self.members);
        let out = change(&mut list, &self.ctx(rows));
        self.members = list;
        out
    }

    /// Changes the list of clusters.
    pub(super) fn with_clusters<T>(&mut self, change: impl FnOnce(&mut super::ClusterList, &Ctx) -> T) -> T {
        let rows = self.list_rows();
        let mut list = std::mem::take(&mut self.clusters);
        let out = change(&mut list, &self.ctx(rows));
        self.clusters = list;
        out
    }

    /// Changes the list of differences.
    fn with_differences<T>(&mut self, change: impl FnOnce(&mut super::DiffList, &Ctx) -> T) -> T {
        let rows = self.difference_rows();
        let mut list = std::mem::take(&mut self.differences);
        let out = change(&mut list, &self.ctx(rows));
        self.differences = list;
        out
    }

    /// Works the rows of the clusters out again after anything changed.
    pub(super) fn refresh_clusters(&mut self) {
        self.with_clusters(super::ClusterList::refresh);
    }

    pub(super) fn refresh_members(&mut self) {
        self.with_members(super::MemberList::refresh);
    }

    /// Works the rows of the differences out again.
    pub(super) fn refresh_differences(&mut self) {
        self.with_differences(super::DiffList::refresh);
        if self.tab == Tab::Differences {
            self.show_difference();
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

    /// Lists the clusters whose label holds these letters; all of them without letters.
    pub(super) fn filter_clusters(&mut self, letters: &str) {
        self.with_clusters(|list, ctx| list.filter(letters, ctx));
        self.show_cluster();
    }

    pub(super) fn move_in_clusters(&mut self, by: isize) {
        let rows = self.list_rows();
        self.clusters.step(by, rows);
        self.show_cluster();
    }

    /// Puts the cursor on a cluster, if it is listed.
    pub(super) fn go_to_cluster(&mut self, id: ClusterId) {
        let rows = self.list_rows();
        if self.clusters.go_to(id, rows) {
            self.show_cluster();
        }
    }

    pub(super) fn move_in_members(&mut self, by: isize) {
        let (rows, before) = (self.member_rows(), self.members.cursor);
        self.members.step(by, rows);
        if self.members.cursor != before {
            self.reader.scroll = None;
        }
    }

    pub(super) fn move_in_differences(&mut self, by: isize) {
        let rows = self.difference_rows();
        self.differences.step(by, rows);
        self.show_difference();
    }

    /// Puts the cursor on the difference that is about a target, if it is listed.
    pub(super) fn go_to_difference(&mut self, target: &Target) {
        let rows = self.difference_rows();
        self.differences.go_to(target, rows);
        self.show_difference();
    }

    pub(super) fn move_in_jobs(&mut self, by: isize) {
        let rows = self.job_rows();
        self.jobs.step(by, self.llm.tasks.len(), rows);
    }

    /// Changes the map's cursor, and lists the texts around it.
    pub(super) fn on_map(&mut self, change: impl FnOnce(&mut super::MapView, &MapCtx)) {
        let mut map = std::mem::take(&mut self.map);
        change(&mut map, &self.map_ctx());
        self.map = map;
        self.show_map();
    }

    pub(super) fn scroll_reader(&mut self, by: isize) {
        let mut reader = self.reader;
        reader.scroll_by(by, &self.shown());
        self.reader = reader;
    }

    /// Shows the texts of the cluster under the cursor.
    pub(super) fn show_cluster(&mut self) {
        if self.tab != Tab::Clusters {
            return;
        }
        let id = self.clusters.current();
        let all = id.map(|id| self.run.partition.members(id).to_vec()).unwrap_or_default();
        self.show_samples(all);
    }

    /// Shows the texts of the difference under the cursor.
    fn show_difference(&mut self) {
        let all = self.differences.current().map(|row| self.run.difference_members(row)).unwrap_or_default();
        self.show_samples(all);
    }

    /// Shows the texts around the map's cursor.
    pub(super) fn show_map(&mut self) {
        let near = self.map.near(&self.map_ctx());
        self.show_samples(near);
    }

    /// Shows a list of samples; a search in the texts ends.
    pub(super) fn show_samples(&mut self, all: Vec<SampleIx>) {
        self.list_texts(all, ListScope::Row);
    }

    pub(super) fn list_texts(&mut self, all: Vec<SampleIx>, listed: ListScope) {
        if all != self.members.all {
            self.reader.scroll = None;
        }
        self.with_members(|list, ctx| list.list(all, listed, ctx));
    }

    /// Puts the map's cursor on a text, or else into the middle of a cluster.
    pub(super) fn go_to_on_map(&mut self, sample: Option<SampleIx>, cluster: Option<ClusterId>) {
        if self.map.laid.is_some() {
            self.on_map(|map, ctx| map.go_to(sample, cluster, ctx.run));
        }
    }

    /// Asks for the map when it is shown and not there.
    pub(super) fn missing_map(&mut self) -> Option<Effect> {
        if self.tab != Tab::Map || self.run.phase != Phase::Ready || !self.map.is_missing() {
            return None;
        }
        let (id, effect) = self.compute(ComputeRequest::Map);
        self.map.await_map(id);
        Some(effect)
    }

    /// Asks for what speaks against the label of the cluster shown, when the order of its texts needs it.
    pub(super) fn missing_counter_evidence(&mut self) -> Option<Effect> {
        let label = self.members.missing_counter_evidence(&self.ctx(0), self.clusters.current())?;
        let (text, partition) = (self.run.label(label.cluster), self.run.partition.clone());
        let (id, effect) = self.compute(ComputeRequest::CounterEvidence(label.cluster, text, partition));
        self.members.await_counter_evidence(id, label);
        Some(effect)
    }

    /// Remembers that the text under the cursor was read.
    pub(super) fn note_reading(&mut self) {
        if self.focus != Pane::List
            && let Some(s) = self.current_sample()
            && self.text(s).is_some()
        {
            self.differences.read.insert(s);
        }
        let rows = self.difference_rows();
        self.differences.keep_in_view(rows);
    }

    pub(super) fn keep_cursors_in_view(&mut self) {
        let (clusters, members, differences) = (self.list_rows(), self.member_rows(), self.difference_rows());
        self.clusters.keep_in_view(clusters);
        self.members.keep_in_view(members);
        self.differences.keep_in_view(differences);
        if self.reader.scroll.is_some() {
            self.scroll_reader(0);
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

    /// The cluster under the cursor.
    pub fn current_cluster(&self) -> Option<ClusterId> {
        match self.tab {
            Tab::Clusters if self.members.listed != ListScope::Row && self.focus != Pane::List => {
                self.current_sample().and_then(|s| self.run.partition.cluster_of(s))
            }
            Tab::Clusters => self.clusters.current(),
            Tab::Differences | Tab::Map => self.current_sample().and_then(|s| self.run.partition.cluster_of(s)),
            Tab::Jobs => None,
        }
    }

    /// The sample under the cursor.
    pub fn current_sample(&self) -> Option<SampleIx> {
        self.members.current()
    }

    /// The safe text of a sample, when it has been read.
    pub fn text(&self, s: SampleIx) -> Option<&std::sync::Arc<crate::text::Clean>> {
        self.texts.text(s)
    }
}
