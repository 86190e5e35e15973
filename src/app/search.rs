//! Search in the texts: of the list shown, or of all; by their letters, or by meaning.

use super::layout::{Pane, Tab};
use super::line::Line;
use super::list::Ctx;
use super::msg::Effect;
use super::overlay::{LabelFilter, LinePurpose, Overlay};
use super::query::{ListScope, Query};
use super::request::{ComputeRequest, SessionRequest};
use super::state::App;
use crate::model::SampleIx;

impl App {
    pub(super) fn open_search(&mut self) {
        if self.focus == Pane::List && self.tab == Tab::Clusters {
            self.overlays.push(Overlay::Filter(LabelFilter { line: Line::new(&self.clusters.filter) }));
        } else if self.focus == Pane::List {
            self.open_line(LinePurpose::SearchAll, "");
        } else {
            self.open_line(LinePurpose::SearchTexts, &self.members.query.clone());
        }
    }

    /// Asks what to search all texts for.
    pub(super) fn open_search_all(&mut self) {
        let everything = self.members.listed == ListScope::Everything;
        let before = if everything { self.members.query.clone() } else { String::new() };
        self.open_line(LinePurpose::SearchAll, &before);
    }

    /// Searches all texts; they are listed in the clusters' tab.
    pub(super) fn search_everything(&mut self, query: &str) -> Vec<Effect> {
        if query.trim_start_matches(['!', '~']).is_empty() {
            return Vec::new();
        }
        if self.tab != Tab::Clusters {
            self.change_tab(Tab::Clusters);
        }
        self.focus = Pane::Members;
        let all = (0..self.run.corpus.len() as SampleIx).collect();
        self.list_texts(all, ListScope::Everything);
        self.search_texts(query)
    }

    /// Lists the texts of all marked clusters.
    pub(super) fn show_marked_clusters(&mut self) {
        let all = self.clusters.marks.iter().flat_map(|&id| self.run.partition.members(id)).copied().collect();
        self.list_texts(all, ListScope::MarkedClusters);
    }

    /// Ends a search in the texts.
    pub(super) fn end_text_search(&mut self) {
        self.members.end_search();
        if self.members.listed == ListScope::Everything {
            self.focus = Pane::List;
            self.members.listed = ListScope::Row;
            self.show_cluster();
        }
        self.refresh_members();
    }

    /// Searches the texts listed for what is typed.
    pub(super) fn search_texts(&mut self, typed: &str) -> Vec<Effect> {
        let among = self.members.all.clone();
        let (id, effect) = match Query::parse(typed) {
            Query::Letters("", _) | Query::Meaning("") => {
                self.end_text_search();
                return Vec::new();
            }
            Query::Letters(needle, invert) => {
                self.of_session(SessionRequest::Search { among, needle: needle.to_owned(), invert })
            }
            Query::Meaning(words) => {
                let partition = self.run.partition.clone();
                self.compute(ComputeRequest::Meaning(among, words.to_owned(), partition))
            }
        };
        let rows = self.member_rows();
        self.members.begin_search(typed, id, &Ctx { run: &self.run, tab: self.tab, rows });
        vec![effect]
    }
}
