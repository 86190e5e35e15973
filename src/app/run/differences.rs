//! What is known of the rows of the list of differences.

use super::Run;
use crate::compare::{MatchPattern, ThemeFigures};
use crate::model::{ClusterId, DifferenceId, Mark, SampleIx, Target, ThemeId};
use crate::text::Clean;

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

impl Run {
    /// What opinions on a row are about; `None` for the row of everything.
    pub fn target_of(&self, row: &DiffRow) -> Option<Target> {
        match row {
            DiffRow::Review => None,
            DiffRow::Theme(id) => Some(Target::Theme(*id)),
            DiffRow::Cluster(id) => Some(Target::Cluster(*id)),
            DiffRow::Finding(i) => self.figures.hotspots.findings.get(*i).map(|f| Target::Finding(f.id())),
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
                let finding = self.figures.hotspots.findings.get(*i);
                finding.map_or_else(String::new, |f| f.title(&self.partition, name))
            }
        }
    }

    /// Samples of a row.
    pub fn difference_members(&self, row: &DiffRow) -> Vec<SampleIx> {
        match row {
            DiffRow::Review => self.figures.review.clone(),
            DiffRow::Theme(id) => self.partition.theme(*id).map(|t| t.members.clone()).unwrap_or_default(),
            DiffRow::Cluster(id) => self.partition.members(*id).to_vec(),
            DiffRow::Finding(i) => {
                self.figures.hotspots.findings.get(*i).map(|f| f.members.clone()).unwrap_or_default()
            }
        }
    }

    /// What the texts of a difference were chosen by, when it is one of words.
    pub(in crate::app) fn words_of(&self, row: &DiffRow) -> Option<MatchPattern> {
        let DiffRow::Finding(i) = row else { return None };
        MatchPattern::of_finding(self.figures.hotspots.findings.get(*i)?)
    }

    /// The difference that a target is in the comparison on the screen.
    pub(in crate::app) fn difference_of(&self, target: Target) -> Option<DifferenceId> {
        Some(DifferenceId { target, contrast: self.contrast()?.clone() })
    }

    /// What a person noted of a target in the comparison on the screen.
    pub fn mark_of(&self, target: &Target) -> Mark {
        let difference = self.difference_of(target.clone());
        difference.map_or_else(Mark::default, |d| self.partition.mark(&d))
    }

    /// What a person noted of a row.
    pub fn mark_of_row(&self, row: &DiffRow) -> Mark {
        self.target_of(row).map_or_else(Mark::default, |target| self.mark_of(&target))
    }

    /// Numbers of a theme, if they are known.
    pub fn theme_figures(&self, id: ThemeId) -> Option<&ThemeFigures> {
        self.figures.themes.iter().find(|f| f.id == id)
    }

    /// The theme's name, safe to print.
    pub fn theme_name(&self, id: ThemeId) -> String {
        let name = self.partition.theme(id).map_or("", |t| t.name.as_str());
        Clean::one_line(name)
    }

    /// A target as a person knows it, safe to print.
    pub fn target_name(&self, target: &Target) -> String {
        match target {
            Target::Cluster(id) => format!("#{id} {}", self.label(*id)),
            Target::Run => "the run".into(),
            Target::Theme(id) => self.theme_name(*id),
            Target::Finding(key) => {
                let findings = &self.figures.hotspots.findings;
                let name =
                    findings.iter().position(|f| f.id() == *key).map(|i| self.difference_title(&DiffRow::Finding(i)));
                Clean::one_line(&name.unwrap_or_else(|| key.to_string()))
            }
        }
    }
}
