//! The list of differences: findings and clusters, the most surprising first, each with its evidence in words.

use std::collections::BTreeSet;

use super::command::Command;
use super::list::{Ctx, Rows, keep_in_view, moves_by, step};
use super::run::{DiffRow, Run};
use crate::analysis::Difference;
use crate::compare::{Finding, Sliced, sliceable, slices};
use crate::model::{SampleIx, Target};
use crate::text::{Clean, percent, points, small};

/// A finding that so few prompts show rests on them, and says so first.
const FEW_PROMPTS: u32 = 2;

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
    // What is corrected, and what is counted, do not divide into each other: p stands between them, and goes last on narrow screens.
    out.extend([size, format!("p {}", small(f.p)), format!("{} vs {}", f.counts[0], f.counts[1])]);
    out.extend(across("in ").filter(|_| !narrow));
    let medians = f.medians.filter(|m| m.iter().all(|v| *v >= 10.0));
    out.extend(medians.map(|m| format!("median {:.0} vs {:.0}", m[0], m[1])));
    out.extend(f.varies_by.as_ref().map(|field| format!("varies by {} (F)", Clean::one_line(field))));
    out
}

impl DiffList {
    /// The row under the cursor.
    pub fn current(&self) -> Option<&DiffRow> {
        self.rows.get(self.cursor)
    }

    /// Does what a command means in this list, and says what came of it; `None` for a command that is not the list's.
    pub(super) fn update(&mut self, command: Command, ctx: &Ctx) -> Option<String> {
        match command {
            Command::Unfold => {
                self.unfold(ctx);
                Some(String::new())
            }
            Command::Slice => Some(self.next_slice(ctx.run)),
            other => {
                self.step(moves_by(other, ctx.rows)?, ctx.rows);
                Some(String::new())
            }
        }
    }

    /// Moves the cursor.
    pub(super) fn step(&mut self, by: isize, rows: usize) {
        step(&mut self.cursor, &mut self.top, by, self.rows.len(), Rows::tall(rows));
    }

    /// Puts the cursor on what is about a target, where it is listed.
    pub(super) fn go_to(&mut self, target: &Target, rows: usize) {
        if let Some(at) = self.targets.iter().position(|t| t.as_ref() == Some(target)) {
            self.cursor = at;
            self.keep_in_view(rows);
        }
    }

    /// Scrolls when the cursor is out of view.
    pub(super) fn keep_in_view(&mut self, rows: usize) {
        keep_in_view(self.cursor, &mut self.top, self.rows.len(), Rows::tall(rows));
    }

    /// Lists anew; the cursor stays on what its row is about.
    pub(super) fn refresh(&mut self, ctx: &Ctx) {
        let run = ctx.run;
        // What was found comes first; what a person made a theme of may be no difference at all.
        let themes = run.partition.themes().map(|(id, _)| (DiffRow::Theme(id), false));
        // What differs was chosen by outcome, and so was the order to read in: blind mode hides both.
        let listed = if run.blind { Vec::new() } else { run.figures.differences(&run.partition) };
        let found = listed.into_iter().map(|d| match d.what {
            Difference::Finding(i) => (DiffRow::Finding(i), d.follows),
            Difference::Cluster(id) => (DiffRow::Cluster(id), d.follows),
        });
        let compared = run.contrast().is_some() && !run.figures.coming.comparison;
        let review = (compared && !run.blind).then_some((DiffRow::Review, false));
        let (mut listed, dismissed) = without_dismissed(run, found.chain(themes));
        listed.extend(review);
        let mut hidden: Vec<usize> = Vec::new();
        let mut rows = Vec::new();
        let mut dismissed_from = None;
        let all = listed.into_iter().map(|row| (row, false)).chain(dismissed.into_iter().map(|row| (row, true)));
        for ((row, follows), is_dismissed) in all {
            match hidden.last_mut().filter(|_| follows && !self.unfolded) {
                Some(below) => *below += 1,
                None => {
                    dismissed_from = dismissed_from.or(is_dismissed.then_some(rows.len()));
                    rows.push((row, follows));
                    hidden.push(0);
                }
            }
        }
        self.dismissed_from = dismissed_from.unwrap_or(rows.len());
        self.lost_marks = run.figures.lost_marks(&run.partition).count();
        (self.rows, self.follows) = rows.into_iter().unzip();
        self.hidden = hidden;
        // What comes in above the row under the cursor does not put another one there.
        let before = self.targets.get(self.cursor).cloned();
        self.targets = self.rows.iter().map(|row| run.target_of(row)).collect();
        let at = before.and_then(|target| self.targets.iter().position(|t| *t == target));
        self.cursor = at.unwrap_or(self.cursor).min(self.rows.len().saturating_sub(1));
    }

    /// Shows, or hides again, the rows that hold much the same texts as the one above them; the cursor keeps its row.
    fn unfold(&mut self, ctx: &Ctx) {
        self.unfolded = !self.unfolded;
        let at = self.cursor.min(self.follows.len().saturating_sub(1));
        let leader = (0..=at).rev().find(|&i| !self.follows.get(i).copied().unwrap_or(false));
        let row = leader.and_then(|i| self.rows.get(i).cloned());
        self.refresh(ctx);
        let to = row.and_then(|row| self.rows.iter().position(|r| *r == row));
        self.cursor = to.unwrap_or_default();
        self.keep_in_view(ctx.rows);
    }

    /// Splits the rates by the next field of the records that can split them; after the last one by none.
    fn next_slice(&mut self, run: &Run) -> String {
        let Some(contrast) = run.contrast().filter(|_| !run.blind) else {
            return "There are no differences to split by a field.".into();
        };
        let fields = sliceable(&run.corpus, contrast);
        if fields.is_empty() {
            return "No field of the records can split the rates: it needs 2 to 24 values in the texts of both models."
                .into();
        }
        let now = self.slices.first().map(|s| s.field.clone());
        let next = now.and_then(|now| fields.iter().position(|f| *f == now)).map_or(0, |at| at + 1);
        match fields.get(next) {
            None => {
                self.slices.clear();
                "Rates are over all texts again.".into()
            }
            Some(field) => {
                self.slice_by(field, run);
                format!("Rates by {field} (field {} of {}); i shows them all, F goes on.", next + 1, fields.len())
            }
        }
    }

    /// Counts again after the findings, or who is compared, changed.
    pub(super) fn refresh_slices(&mut self, run: &Run) {
        if let Some(field) = self.slices.first().map(|s| s.field.clone()) {
            self.slice_by(&field, run);
        }
    }

    fn slice_by(&mut self, field: &str, run: &Run) {
        let findings = &run.figures.hotspots.findings;
        let found = run.contrast().map(|c| slices(&run.corpus, c, findings, field));
        self.slices = found.and_then(Result::ok).unwrap_or_default();
    }

    /// The rates of a row by the field chosen; `None` where none is, or the row is no finding.
    pub fn sliced(&self, row: &DiffRow, run: &Run) -> Option<&Sliced> {
        match row {
            DiffRow::Finding(i) if !run.blind => self.slices.get(*i),
            _ => None,
        }
    }
}

/// The rows that count, and those that a person dismissed. What follows a dismissed row is about the same texts, and goes
/// with it.
fn without_dismissed(run: &Run, all: impl Iterator<Item = Placed>) -> (Vec<Placed>, Vec<Placed>) {
    let (mut listed, mut dismissed) = (Vec::new(), Vec::new());
    let mut leader_is_dismissed = false;
    for (row, follows) in all {
        let is_dismissed = run.mark_of_row(&row).dismissed.is_some();
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
