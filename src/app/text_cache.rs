//! The texts in memory: a few thousand, read from the session shortly before they are shown.

use std::sync::Arc;

use super::msg::Effect;
use super::request::SessionRequest;
use super::state::{App, Pane, Tab};
use crate::model::SampleIx;
use crate::text::Clean;

/// Texts kept in memory.
const TEXTS_KEPT: usize = 2_000;

impl App {
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
        Some(self.of_session(SessionRequest::ReadTexts(need)).1)
    }

    /// What the next key may show: the texts beside the cursor, and the first text of the clusters beside it. Read ahead, a
    /// text is there at once, and the screen is drawn once instead of twice.
    fn soon_to_be_read(&self) -> Vec<SampleIx> {
        let list = &self.members;
        let (from, to) = (list.cursor.saturating_sub(1), (list.cursor + 3).min(list.order.len()));
        let mut out: Vec<SampleIx> = list.order.get(from..to).unwrap_or_default().to_vec();
        if self.highlight().is_some() {
            // Each row of the list shows the place for which its text is there.
            out.extend(list.order.iter().skip(list.top).take(self.member_rows()));
        }
        if self.tab == Tab::Differences && self.focus == Pane::List {
            let at = self.differences.cursor;
            for row in [at.wrapping_sub(1), at + 1].into_iter().filter_map(|place| self.differences.rows.get(place)) {
                if self.words_of(row).is_some() {
                    out.extend(self.difference_members(row).into_iter().take(self.member_rows()));
                }
            }
        }
        if self.tab == Tab::Clusters && self.focus == Pane::List {
            let at = self.clusters.cursor;
            for place in [at.saturating_sub(1), at + 1, at + 2] {
                let figures = self.clusters.order.get(place).and_then(|id| self.figures_of(*id));
                out.extend(figures.and_then(|f| f.exemplars.first()));
            }
        }
        out
    }
}
