//! The list of differences: findings and clusters, the most surprising first, each with its evidence in words.

use std::collections::BTreeSet;

use super::clusters::{Rows, keep_in_view, step};
use super::state::{App, Pane, Tab};
use crate::compare::Finding;
use crate::jobs::Difference;
use crate::model::{ClusterId, SampleIx, Target, ThemeId};
use crate::text::small;

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub enum DiffRow {
    /// A theme.
    Theme(ThemeId),
    /// A finding without clusters, by its place in the figures.
    Finding(usize),
    /// A cluster whose shares differ.
    Cluster(ClusterId),
    /// Everything in review order.
    Review,
}

/// State of the list.
#[derive(Debug, Clone, Default)]
pub struct DiffList {
    /// Rows.
    pub rows: Vec<DiffRow>,
    /// Rows that hold much the same texts as the nearest row above that is none of these.
    pub follows: Vec<bool>,
    /// Row of the cursor.
    pub cursor: usize,
    /// First row shown.
    pub top: usize,
    /// Samples whose text was shown in the reader.
    pub read: BTreeSet<SampleIx>,
}

/// What a finding says: its rate on both sides with the counts, and its p. `names` and `sizes` are those of the sides.
pub fn evidence_in_words(f: &Finding, names: [&str; 2], sizes: [usize; 2]) -> Vec<String> {
    let more = usize::from(f.toward);
    let rate = |side: usize| {
        let share = 100.0 * f64::from(f.counts[side]) / sizes[side].max(1) as f64;
        let places = if share < 9.95 && f.counts[side] > 0 { 1 } else { 0 };
        format!("{share:.places$} % of {}", names[side])
    };
    let held = format!("{}, {} ({} vs {})", rate(more), rate(1 - more), f.counts[more], f.counts[1 - more]);
    let mut out = vec![held];
    out.extend(f.across.map(|x| format!("in {} of {} prompts", x.same_direction, x.n)));
    out.push(format!("p {}", small(f.p)));
    let medians = f.medians.filter(|m| m.iter().all(|v| *v >= 10.0));
    out.extend(medians.map(|m| format!("median {:.0} vs {:.0}", m[more], m[1 - more])));
    out
}

impl App {
    pub(super) fn refresh_differences(&mut self) {
        // What was found comes first; what a person made a theme of may be no difference at all.
        let themes = self.data.partition.themes().map(|(id, _)| (DiffRow::Theme(id), false));
        // What differs was chosen by outcome, and so was the order to read in: blind mode hides both.
        let listed = if self.blind { Vec::new() } else { self.data.figures.differences(&self.data.partition) };
        let found = listed.into_iter().map(|d| match d.what {
            Difference::Finding(i) => (DiffRow::Finding(i), d.follows),
            Difference::Cluster(id) => (DiffRow::Cluster(id), d.follows),
        });
        let review = self.contrast().filter(|_| !self.blind).map(|_| (DiffRow::Review, false));
        (self.differences.rows, self.differences.follows) = found.chain(themes).chain(review).unzip();
        self.differences.cursor = self.differences.cursor.min(self.differences.rows.len().saturating_sub(1));
        if self.tab == Tab::Differences {
            self.show_difference();
        }
    }

    /// What opinions on a row are about; `None` for the row of everything.
    pub fn target_of(&self, row: &DiffRow) -> Option<Target> {
        match row {
            DiffRow::Review => None,
            DiffRow::Theme(id) => Some(Target::Theme(*id)),
            DiffRow::Cluster(id) => Some(Target::Cluster(*id)),
            DiffRow::Finding(i) => self.data.figures.hotspots.findings.get(*i).map(|f| Target::Finding(f.key())),
        }
    }

    /// Title of a row, without the evidence.
    pub fn difference_title(&self, row: &DiffRow) -> String {
        match row {
            DiffRow::Review => "Reading queue, most informative first".into(),
            DiffRow::Theme(id) => self.theme_name(*id),
            DiffRow::Cluster(id) => self.label(*id),
            DiffRow::Finding(i) => {
                let name = |id| format!("#{id} {}", self.label(id));
                let finding = self.data.figures.hotspots.findings.get(*i);
                finding.map_or_else(String::new, |f| f.title(&self.data.partition, name))
            }
        }
    }

    /// Samples of a row.
    pub fn difference_members(&self, row: &DiffRow) -> Vec<SampleIx> {
        match row {
            DiffRow::Review => self.data.figures.review.clone(),
            DiffRow::Theme(id) => self.data.partition.theme(*id).map(|t| t.members.clone()).unwrap_or_default(),
            DiffRow::Cluster(id) => self.data.partition.members(*id).to_vec(),
            DiffRow::Finding(i) => {
                self.data.figures.hotspots.findings.get(*i).map(|f| f.members.clone()).unwrap_or_default()
            }
        }
    }

    /// Shows the texts of the row under the cursor.
    pub(super) fn show_difference(&mut self) {
        let row = self.differences.rows.get(self.differences.cursor).cloned();
        let all = row.map(|r| self.difference_members(&r)).unwrap_or_default();
        self.show_samples(all);
    }

    pub(super) fn move_in_differences(&mut self, by: isize) {
        let (len, rows) = (self.differences.rows.len(), self.difference_rows());
        let list = &mut self.differences;
        step(&mut list.cursor, &mut list.top, by, len, Rows::tall(rows));
        self.show_difference();
    }

    /// Rows of the pane; each difference takes two lines.
    pub(super) fn difference_rows(&self) -> usize {
        let at = self.layout_with(self.tab, Pane::List);
        at.list.map_or(1, |a| a.rows().saturating_sub(2) / 2)
    }

    /// Remembers that the text under the cursor was read.
    pub(super) fn note_reading(&mut self) {
        if self.focus != Pane::List
            && let Some(s) = self.current_sample()
            && self.text(s).is_some()
        {
            self.differences.read.insert(s);
        }
        let len = self.differences.rows.len();
        let rows = self.difference_rows();
        keep_in_view(self.differences.cursor, &mut self.differences.top, len, Rows::tall(rows));
    }
}
