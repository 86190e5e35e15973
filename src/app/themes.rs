//! Themes: a behaviour under a name, whatever clusters its texts lie in.

use super::layout::{Pane, Tab};
use super::msg::Effect;
use super::overlay::LinePurpose;
use super::query::{ListScope, Query};
use super::run::DiffRow;
use super::state::App;
use crate::model::{Edit, SampleIx, Theme, ThemeId};

impl App {
    /// The theme under the cursor of the differences.
    fn current_theme(&self) -> Option<ThemeId> {
        match self.differences.rows.get(self.differences.cursor) {
            Some(DiffRow::Theme(id)) if self.tab == Tab::Differences && self.focus == Pane::List => Some(*id),
            _ => None,
        }
    }

    /// What a theme would be made of now: the marked texts, or else what was searched for.
    fn theme_texts(&self) -> Option<(Vec<SampleIx>, String)> {
        let marked: Vec<SampleIx> = self.members.marks.iter().copied().collect();
        if !marked.is_empty() {
            return Some((marked, "chosen by hand".into()));
        }
        let mut found = self.members.hits.clone().filter(|h| !h.is_empty() && !self.members.searching)?;
        found.sort_unstable();
        let query = &self.members.query;
        let how = match Query::parse(query) {
            Query::Meaning(words) => format!("nearest in meaning to “{words}”"),
            Query::Letters(words, false) => format!("hold “{words}”"),
            Query::Letters(words, true) => format!("do not hold “{words}”"),
        };
        let within = if self.members.listed == ListScope::Everything { "" } else { ", among the texts listed then" };
        Some((found, format!("{how}{within}")))
    }

    /// Asks for the name of a new theme, or for another name of the one under the cursor.
    pub(super) fn open_theme(&mut self) {
        if let Some(id) = self.current_theme() {
            let name = self.run.partition.theme(id).map(|t| t.name.clone()).unwrap_or_default();
            self.open_line(LinePurpose::Theme { change: Some(id) }, &name);
            return;
        }
        let Some((texts, _)) = self.theme_texts() else {
            self.set_error("A theme is made of texts: search with S or mark some with Space, then press t to name it.");
            return;
        };
        let words = match Query::parse(&self.members.query) {
            Query::Letters(words, false) | Query::Meaning(words) if self.members.marks.is_empty() => words.to_owned(),
            _ => String::new(),
        };
        self.set_status(format!("{} texts will be the theme; they stay in their clusters.", texts.len()));
        self.open_line(LinePurpose::Theme { change: None }, &words);
    }

    /// Makes, renames, or (without a name) takes away a theme.
    pub(super) fn name_theme(&mut self, change: Option<ThemeId>, name: String) -> Vec<Effect> {
        if let Some(id) = change {
            let theme = self.run.partition.theme(id).filter(|_| !name.is_empty()).cloned();
            return self.commit(Edit::Theme { id, theme: theme.map(|t| Theme { name, ..t }) });
        }
        let Some((members, chosen)) = self.theme_texts().filter(|_| !name.is_empty()) else { return Vec::new() };
        let id = self.run.partition.next_theme();
        let theme = Theme { name, members, chosen, blind: self.run.blind };
        let effects = self.commit(Edit::Theme { id, theme: Some(theme) });
        if !effects.is_empty() {
            self.members.marks.clear();
            self.set_status(format!(
                "Theme “{}”: 2 shows it among the differences. u takes it back.",
                self.run.theme_name(id)
            ));
        }
        effects
    }
}
