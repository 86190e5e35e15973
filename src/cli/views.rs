//! The views of a run. Each has a session of its own beside the other, with its own clusters, edits and exports.

use std::path::{Path, PathBuf};

use super::CliError;
use super::open::{Opened, reopen};
use super::output::{Protected, session_place};
use crate::embed::Embedded;
use crate::model::View;
use crate::session::{Access, Session, SessionMeta};

/// Opens another view of the run that a session holds: its session where there is one, a new one otherwise.
///
/// # Errors
/// One sentence: the place is taken by something else, or nothing may be written.
pub(super) fn open_view(current: &Path, view: View, access: Access) -> Result<Opened, CliError> {
    let here = Session::open(current, Access::ReadOnly)?;
    let meta = here.meta()?;
    let path = beside(current, meta.view, view);
    if Session::is_session(&path) {
        let opened = reopen(&path, access)?;
        let ids = |s: &Session| s.outline().map(|(c, _)| c.samples.into_iter().map(|s| s.id).collect::<Vec<_>>());
        if opened.meta.view != view || ids(&here)? != ids(&opened.session)? {
            return Err(CliError::Usage(format!(
                "{}: is a session of another run; move it away first",
                path.display()
            )));
        }
        return Ok(opened);
    }
    if access == Access::ReadOnly {
        return Err(CliError::Usage("This session is read-only, and its other view has not been made yet.".into()));
    }
    session_place(&path, &Protected::default())?;
    let corpus = here.corpus()?;
    let meta = SessionMeta { view, ..meta };
    let mut session = Session::create(&path, &corpus, &meta)?;
    let mut given = None;
    if let Some((vectors, embedder)) = here.vectors()? {
        let coverage = here.coverage()?;
        session.put_vectors(&vectors, &coverage, &embedder)?;
        let stance = here.stance()?;
        if let Some(stance) = &stance {
            session.put_stance(stance)?;
        }
        given = Some(Embedded { vectors, coverage, stance });
    }
    Ok(Opened { session, meta, fresh: Some(corpus), given, ready: None, figures_current: true, tab: None })
}

/// `run.gander` and `run.behaviour.gander` are two views of one run, whichever was made first.
fn beside(current: &Path, now: View, other: View) -> PathBuf {
    let stem = current.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let stem = match stem.strip_suffix(&format!(".{}", now.name())) {
        Some(first) => first.to_owned(),
        None => format!("{stem}.{}", other.name()),
    };
    current.with_file_name(format!("{stem}.gander"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_views_lie_beside_each_other() {
        let there = beside(Path::new("a/run.gander"), View::Topic, View::Behaviour);
        assert_eq!(there, Path::new("a/run.behaviour.gander"));
        assert_eq!(beside(&there, View::Behaviour, View::Topic), Path::new("a/run.gander"));
        let topics = beside(Path::new("run.gander"), View::Behaviour, View::Topic);
        assert_eq!(topics, Path::new("run.topic.gander"));
        assert_eq!(beside(&topics, View::Topic, View::Behaviour), Path::new("run.gander"));
    }
}
