//! The list of differences: findings and clusters, the most surprising first, each with its evidence in words.

use std::collections::BTreeSet;

use super::clusters::{Rows, keep_in_view, step};
use super::state::{App, Pane, Tab};
use crate::analysis::Difference;
use crate::compare::{Finding, Sliced};
use crate::model::{ClusterId, SampleIx, Target, ThemeId};
use crate::text::{percent, points, small};

/// A finding that so few prompts show rests on them, and says so first.
const FEW_PROMPTS: u32 = 2;

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

/// A row, and whether it follows the nearest row above that follows none.
type Placed = (DiffRow, bool);

/// State of the list.
#[derive(Debug, Clone, Default)]
pub struct DiffList {
    /// Rows.
    pub rows: Vec<DiffRow>,
    /// What each row is about, by which it is found again when the list changes.
    pub(super) targets: Vec<Option<Target>>,
    /// Rows that hold much the same texts as the nearest row above that is none of these.
    pub follows: Vec<bool>,
    /// For each row, how many rows about the same texts are hidden below it.
    pub hidden: Vec<usize>,
    /// Whether those are shown.
    pub unfolded: bool,
    /// Each finding by the values of a field of the records; empty where none is chosen.
    pub slices: Vec<Sliced>,
    /// Row from which on differences are dismissed.
    pub dismissed_from: usize,
    /// Marks on differences that are not in the list any more.
    pub lost_marks: usize,
    /// Row of the cursor.
    pub cursor: usize,
    /// First row shown.
    pub top: usize,
    /// Samples whose text was shown in the reader.
    pub read: BTreeSet<SampleIx>,
}

/// What a finding says: its rate on either side and the difference between them with its interval, both corrected for
/// having been chosen; the counts; its p; how many prompts show it. `sizes` are those of the sides.
pub fn evidence_in_words(f: &Finding, sizes: [usize; 2]) -> Vec<String> {
    let [left, right] = f.rates(sizes);
    let mut size = format!("{} → {} %", percent(left), percent(right));
    if let Some(interval) = f.interval() {
        size.push_str(&format!(", {}", points(right - left, Some(interval), " points")));
    }
    let across = |within: &str| f.across.map(|x| format!("{within}{} of {} prompts", x.same_direction, x.n));
    let narrow = f.across.is_some_and(|x| x.same_direction <= FEW_PROMPTS && x.n > 2 * FEW_PROMPTS);
    let mut out: Vec<String> = across("").filter(|_| narrow).into_iter().collect();
    out.extend([size, format!("{} vs {}", f.counts[0], f.counts[1]), format!("p {}", small(f.p))]);
    out.extend(across("in ").filter(|_| !narrow));
    let medians = f.medians.filter(|m| m.iter().all(|v| *v >= 10.0));
    out.extend(medians.map(|m| format!("median {:.0} vs {:.0}", m[0], m[1])));
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
        let compared = self.contrast().is_some() && !self.data.figures.coming.comparison;
        let review = (compared && !self.blind).then_some((DiffRow::Review, false));
        let (mut listed, dismissed) = self.without_dismissed(found.chain(themes));
        listed.extend(review);
        let unfolded = self.differences.unfolded;
        let mut hidden: Vec<usize> = Vec::new();
        let mut rows = Vec::new();
        let mut dismissed_from = None;
        let all = listed.into_iter().map(|row| (row, false)).chain(dismissed.into_iter().map(|row| (row, true)));
        for ((row, follows), is_dismissed) in all {
            match hidden.last_mut().filter(|_| follows && !unfolded) {
                Some(below) => *below += 1,
                None => {
                    dismissed_from = dismissed_from.or(is_dismissed.then_some(rows.len()));
                    rows.push((row, follows));
                    hidden.push(0);
                }
            }
        }
        self.differences.dismissed_from = dismissed_from.unwrap_or(rows.len());
        self.differences.lost_marks = self.data.figures.lost_marks(&self.data.partition).count();
        (self.differences.rows, self.differences.follows) = rows.into_iter().unzip();
        self.differences.hidden = hidden;
        // What comes in above the row under the cursor does not put another one there.
        let before = self.differences.targets.get(self.differences.cursor).cloned();
        self.differences.targets = self.differences.rows.iter().map(|row| self.target_of(row)).collect();
        let at = before.and_then(|target| self.differences.targets.iter().position(|t| *t == target));
        self.differences.cursor =
            at.unwrap_or(self.differences.cursor).min(self.differences.rows.len().saturating_sub(1));
        if self.tab == Tab::Differences {
            self.show_difference();
        }
    }

    /// The rows that count, and those that a person dismissed. What follows a dismissed row is about the same texts, and goes
    /// with it.
    fn without_dismissed(&self, all: impl Iterator<Item = Placed>) -> (Vec<Placed>, Vec<Placed>) {
        let (mut listed, mut dismissed) = (Vec::new(), Vec::new());
        let mut leader_is_dismissed = false;
        for (row, follows) in all {
            let is_dismissed = self.mark_of_row(&row).dismissed.is_some();
            match (follows, leader_is_dismissed, is_dismissed) {
                (true, true, _) => dismissed.push((row, true)),
                (true, false, true) => dismissed.push((row, false)),
                (true, false, false) => listed.push((row, true)),
                (false, ..) => {
                    leader_is_dismissed = is_dismissed;
                    if is_dismissed { &mut dismissed } else { &mut listed }.push((row, false));
                }
            }
        }
        (listed, dismissed)
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

    /// Shows, or hides again, the rows that hold much the same texts as the one above them; the cursor keeps its row.
    pub(super) fn unfold_differences(&mut self) {
        let list = &mut self.differences;
        list.unfolded = !list.unfolded;
        let at = list.cursor.min(list.follows.len().saturating_sub(1));
        let leader = (0..=at).rev().find(|&i| !list.follows.get(i).copied().unwrap_or(false));
        let row = leader.and_then(|i| list.rows.get(i).cloned());
        self.refresh_differences();
        let to = row.and_then(|row| self.differences.rows.iter().position(|r| *r == row));
        let to = to.unwrap_or_default() as isize;
        self.move_in_differences(to - self.differences.cursor as isize);
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
