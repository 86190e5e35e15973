//! A saved session with its edits replayed and its numbers brought up to date.

use std::path::Path;

use super::CliError;
use crate::analysis::{FigureCache, Figures, Timings, study_session};
use crate::cluster::Tree;
use crate::embed::Progress;
use crate::model::{History, Partition};
use crate::session::{Access, Session, SessionMeta};

/// What a session says after all of its edits.
pub(super) struct SessionView {
    pub session: Session,
    pub meta: SessionMeta,
    pub partition: Partition,
    pub history: History,
    /// The numbers stored last; of an older state when [`SessionView::is_current`] is false.
    pub figures: Figures,
    is_current: bool,
}

impl SessionView {
    /// Opens a session that has clusters.
    ///
    /// # Errors
    /// When it cannot be opened, or was left before its clusters were there.
    pub fn open(path: &Path, access: Access) -> Result<Self, CliError> {
        let session = Session::open(path, access)?;
        let unfinished = || {
            let shown = path.display();
            CliError::Usage(format!("{shown}: has no clusters yet; open it once in the explorer and let it finish"))
        };
        let tree: Tree = session.tree()?.ok_or_else(unfinished)?;
        let figures: Figures = session.figures()?.ok_or_else(unfinished)?;
        let mut partition = tree.partition(tree.base_groups());
        let history = History::replay(session.records()?, &mut partition);
        let counted = session.figures_after()?.is_some_and(|seq| seq >= history.last_counted());
        let is_current = counted && figures.fit(&partition);
        let meta = session.meta()?;
        let unfinished = figures.is_unfinished();
        let mut opened = Self { session, meta, partition, history, figures, is_current };
        if unfinished {
            // What is missing would be taken for what was not found.
            opened.refresh()?;
        }
        Ok(opened)
    }

    /// Computes the numbers when the explorer was left before those of the last edits were there.
    ///
    /// # Errors
    /// When the session cannot be read, or the embedder is damaged.
    pub fn refresh(&mut self) -> Result<(), CliError> {
        if self.is_current {
            return Ok(());
        }
        if let Some(mut study) = study_session(&self.session, self.figures.contrast.clone())? {
            let embedder = super::embedder::make_for_session(self.meta.max_windows, self.meta.embedder.as_deref())?;
            study.compare_expected(&*embedder, &Progress::default(), &mut Timings::default(), &|_| {})?;
            self.figures = study.figures(&self.partition, &*embedder, &mut FigureCache::default());
            self.is_current = true;
        }
        Ok(())
    }
}
