//! The preview of a merge, and the merge wizard: pairs of near clusters, one by one.

use super::{Layer, Outcome, Overlay};
use crate::app::key::{Key, KeyCode};
use crate::app::state::App;
use crate::model::{ClusterId, Edit};

/// Clusters that would be one, before they are.
#[derive(Debug, Clone, PartialEq)]
pub struct MergePreview {
    /// The clusters.
    pub clusters: Vec<ClusterId>,
}

impl Layer for MergePreview {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match key.code {
            KeyCode::Enter | KeyCode::Char('m') => {
                let effects = app.commit(Edit::Merge { clusters: self.clusters.clone() });
                if !effects.is_empty() {
                    app.clusters.marks.clear();
                }
                Outcome::close(effects)
            }
            KeyCode::Char('q') => Outcome::close(Vec::new()),
            _ => Outcome::stay(Vec::new()),
        }
    }
}

/// Pairs of clusters that may be one: [`App::next_merge`] is the one asked about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MergeWizard;

impl Layer for MergeWizard {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        let Some((a, b, _)) = app.next_merge() else { return Outcome::close(Vec::new()) };
        let effects = match key.code {
            KeyCode::Enter | KeyCode::Char('m') => app.commit(Edit::Merge { clusters: vec![a, b] }),
            KeyCode::Char('n' | 'j' | ' ') | KeyCode::Down => {
                app.skipped_merges.insert((a, b));
                Vec::new()
            }
            KeyCode::Char('x') => app.commit(Edit::KeepApart { a, b, apart: true }),
            KeyCode::Char('q') => return Outcome::close(Vec::new()),
            _ => Vec::new(),
        };
        if app.next_merge().is_none() {
            app.set_status("No more pairs; what was skipped comes again with W.");
            return Outcome::close(effects);
        }
        Outcome::stay(effects)
    }
}

impl App {
    /// Opens the wizard, where any two clusters are alike.
    pub(in crate::app) fn open_merges(&mut self) {
        if !self.is_ready() {
            return;
        }
        if self.next_merge().is_none() {
            // What was skipped comes again in another round.
            self.skipped_merges.clear();
        }
        match self.next_merge() {
            Some(_) => self.overlays.push(Overlay::Merges(MergeWizard)),
            None => self.set_status("No two clusters are similar enough to merge."),
        }
    }
}
