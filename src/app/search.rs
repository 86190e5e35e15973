//! Search in the texts: of the list shown, or of all; by their letters, or by meaning.

use super::line::Line;
use super::msg::Effect;
use super::overlay::{LabelFilter, LinePurpose, Overlay};
use super::request::{ComputeRequest, RequestId, SessionRequest};
use super::state::{App, Pane, Tab};
use crate::model::SampleIx;

/// What the list of texts is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListScope {
    /// Of the row under the cursor on the left.
    #[default]
    Row,
    /// Of all marked clusters.
    MarkedClusters,
    /// Of the whole run.
    Everything,
}

/// What a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query<'a> {
    /// Texts that hold these letters, in any case; the flag turns it round.
    Letters(&'a str, bool),
    /// Texts nearest in meaning.
    Meaning(&'a str),
}

impl<'a> Query<'a> {
    /// Reads a query: a leading `!` inverts, a leading `~` searches by meaning.
    pub fn parse(typed: &'a str) -> Self {
        match (typed.strip_prefix('!'), typed.strip_prefix('~')) {
            (Some(rest), _) => Self::Letters(rest, true),
            (_, Some(rest)) => Self::Meaning(rest.trim()),
            _ => Self::Letters(typed, false),
        }
    }

    /// The letters to light in a text, when there are any.
    pub fn to_light(self) -> Option<&'a str> {
        match self {
            Self::Letters(needle, false) if !needle.is_empty() => Some(needle),
            _ => None,
        }
    }
}

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
        let all = (0..self.data.corpus.len() as SampleIx).collect();
        self.list_texts(all, ListScope::Everything);
        self.search_texts(query)
    }

    /// Lists the texts of all marked clusters.
    pub(super) fn show_marked_clusters(&mut self) {
        let all = self.clusters.marks.iter().flat_map(|&id| self.data.partition.members(id)).copied().collect();
        self.list_texts(all, ListScope::MarkedClusters);
    }

    /// Ends a search in the texts.
    pub(super) fn end_text_search(&mut self) {
        self.members.query.clear();
        self.members.hits = None;
        self.search_wanted = self.next_request();
        if self.members.listed == ListScope::Everything {
            self.focus = Pane::List;
            self.members.listed = ListScope::Row;
            self.show_cluster();
        }
        self.refresh_members();
    }

    /// Searches the texts listed for what is typed.
    pub(super) fn search_texts(&mut self, typed: &str) -> Vec<Effect> {
        let query = Query::parse(typed);
        if matches!(query, Query::Letters("", _) | Query::Meaning("")) {
            self.end_text_search();
            return Vec::new();
        }
        typed.clone_into(&mut self.members.query);
        self.members.hits = Some(Vec::new());
        self.members.searching = true;
        self.members.cursor = 0;
        self.members.top = 0;
        self.refresh_members();
        let among = self.members.all.clone();
        let (asked, effect) = match query {
            Query::Letters(needle, invert) => {
                self.of_session(SessionRequest::Search { among, needle: needle.to_owned(), invert })
            }
            Query::Meaning(words) => self.compute(ComputeRequest::Meaning(among, words.to_owned())),
        };
        self.search_wanted = asked;
        vec![effect]
    }

    /// Takes more hits; the search is over when `done`.
    pub(super) fn take_hits(&mut self, id: RequestId, found: Vec<SampleIx>, done: bool) {
        if id != self.search_wanted {
            return;
        }
        let hits = self.members.hits.get_or_insert_default();
        hits.extend(found);
        let n = hits.len();
        self.members.searching = !done;
        self.refresh_members();
        if done {
            let meant = matches!(Query::parse(&self.members.query), Query::Meaning(_));
            self.set_status(match n {
                _ if meant => format!("The {n} texts nearest in meaning, the nearest first. Esc ends the search."),
                0 => "No text holds that. Esc ends the search.".to_owned(),
                1 => "1 text holds it. Esc ends the search.".to_owned(),
                n => format!("{n} texts hold it. Esc ends the search."),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_by_their_first_sign() {
        assert_eq!(Query::parse("geese"), Query::Letters("geese", false));
        assert_eq!(Query::parse("!geese"), Query::Letters("geese", true));
        assert_eq!(Query::parse("~ kind birds"), Query::Meaning("kind birds"));
        assert_eq!(Query::parse("~a").to_light(), None);
        assert_eq!(Query::parse("!a").to_light(), None);
        assert_eq!(Query::parse("a").to_light(), Some("a"));
    }
}
