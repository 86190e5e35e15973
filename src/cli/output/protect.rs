//! What a command must never write over: its inputs and any session, by whatever name.

use std::path::{Path, PathBuf};

use super::CliError;
use crate::files::{Identity, Place, folder_of, of_stdin, of_stdout};
use crate::ingest::{input_files, reads_name};
use crate::session::Session;

/// Files that a command reads.
#[derive(Debug, Default)]
pub(in crate::cli) struct Protected {
    files: Vec<Identity>,
    folders: Vec<PathBuf>,
}

impl Protected {
    /// The files that sample paths stand for: files, folders of them, or `-`.
    pub fn samples(paths: &[PathBuf]) -> Self {
        let mut new = Self::default();
        for path in paths {
            if path == Path::new("-") {
                new.files.extend(of_stdin());
            } else if path.is_dir() {
                new.folders.push(path.clone());
                new.files.extend(input_files(path).iter().filter_map(|p| Identity::of(p)));
            } else {
                new.files.extend(Identity::of(path));
            }
        }
        new
    }

    /// Another file that is read, or a folder whose files are.
    pub fn and<'a>(mut self, paths: impl IntoIterator<Item = &'a Path>) -> Self {
        for path in paths {
            self.files.extend(Identity::of(path));
            let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
            self.files.extend(inside.filter_map(|e| Identity::of(&e.path())));
        }
        self
    }

    /// Refuses a place that is one of them, or that is a session or part of one.
    ///
    /// # Errors
    /// One sentence.
    pub fn refuse(&self, named: &Path, place: &Place) -> Result<(), CliError> {
        let (at, identity) = match place {
            Place::Stdout => (None, of_stdout()),
            Place::Stream(at) => (None, kept(at)),
            Place::File(at) => (Some(at.as_path()), Identity::of(at)),
            Place::Folder(_) => return Ok(()),
        };
        // A session that is read is known before anything opens it: closing a file frees the locks of SQLite on it.
        let is_input = identity.is_some_and(|i| self.files.contains(&i));
        if let Some(at) = at {
            if !is_input && is_session(at) || is_session_part(at) {
                return Err(session(named));
            }
            if !at.exists()
                && let Some(folder) = self.folder_of(at)
            {
                super::note(&format!(
                    "{}: is in {}, so the next run will read it with the other files there",
                    named.display(),
                    folder.display()
                ));
            }
        }
        if is_input { Err(input(named)) } else { Ok(()) }
    }

    /// Refuses a file that is one of them.
    ///
    /// # Errors
    /// One sentence.
    pub fn refuse_input(&self, named: &Path, at: &Path) -> Result<(), CliError> {
        match Identity::of(at) {
            Some(i) if self.files.contains(&i) => Err(input(named)),
            _ => Ok(()),
        }
    }

    /// The input folder that a new file would be read from.
    fn folder_of(&self, at: &Path) -> Option<&Path> {
        let parent = folder_of(at).canonicalize().ok()?;
        let inside = |f: &&PathBuf| f.canonicalize().is_ok_and(|f| parent.starts_with(f));
        self.folders.iter().find(inside).map(PathBuf::as_path).filter(|_| reads_name(at))
    }
}

/// The file behind a descriptor; devices and pipes keep nothing that could be lost.
fn kept(at: &Path) -> Option<Identity> {
    let m = std::fs::metadata(at).ok()?;
    m.is_file().then(|| Identity::of_metadata(&m))
}

/// Whether a file is a session.
pub(super) fn is_session(at: &Path) -> bool {
    Session::is_ours(at)
}

/// Whether SQLite would take a file of this name for part of a session.
fn is_session_part(at: &Path) -> bool {
    let Some(name) = at.to_str() else { return false };
    ["-journal", "-wal", "-shm", ".lock"]
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|s| is_session(Path::new(s))))
}

fn input(named: &Path) -> CliError {
    let shown = if named == Path::new("-") { "standard output".to_owned() } else { named.display().to_string() };
    CliError::Usage(format!("{shown}: is an input of this command and would be lost; choose another name"))
}

/// The refusal to write over a session.
pub(super) fn session(named: &Path) -> CliError {
    CliError::Usage(format!(
        "{}: is a gander session or part of one and would be lost; choose another name",
        named.display()
    ))
}
