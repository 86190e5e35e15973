//! Which texts are read, and when.

use super::layout::{Pane, Tab};
use super::msg::Effect;
use super::request::SessionRequest;
use super::state::App;
use crate::model::SampleIx;

impl App {
    /// Asks for the texts that the screen shows and that are not there yet.
    pub(super) fn missing_texts(&mut self) -> Option<Effect> {
        let mut needed: Vec<SampleIx> = Vec::new();
        if let Some(s) = self.current_sample() {
            needed.push(s);
            if self.reader.pair {
                needed.extend(self.run.partners(s));
            }
        }
        needed.extend(self.soon_to_be_read());
        let missing = self.texts.missing(needed);
        (!missing.is_empty()).then(|| self.of_session(SessionRequest::ReadTexts(missing)).1)
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
                if self.run.words_of(row).is_some() {
                    out.extend(self.run.difference_members(row).into_iter().take(self.member_rows()));
                }
            }
        }
        if self.tab == Tab::Clusters && self.focus == Pane::List {
            let at = self.clusters.cursor;
            for place in [at.saturating_sub(1), at + 1, at + 2] {
                let figures = self.clusters.order.get(place).and_then(|id| self.run.figures_of(*id));
                out.extend(figures.and_then(|f| f.exemplars.first()));
            }
        }
        out
    }
}
