//! How every command writes: to standard output, into a pipe or device, or over an earlier output of the same kind.

mod append;
mod kind;
mod protect;

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::files::{Draft, Identity, Place, find, folder_of, shell_word};
use crate::session::SessionError;
use crate::text::Clean;

pub(super) use append::{LineKind, Lines};
pub(super) use kind::Kind;
pub(super) use protect::Protected;

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| stdout_failed(&e))
}

/// Standard output cannot be written.
pub(super) fn stdout_failed(e: &io::Error) -> CliError {
    CliError::write("standard output", e)
}

/// Says something beside the output, on one line and safe to show.
pub(super) fn note(sentence: &str) {
    let clean = Clean::from_untrusted(sentence);
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr(), "gander: {}", clean.as_str().replace('\n', " "));
}

/// A place that was checked and may be written.
pub(super) struct Output {
    /// As the person wrote it.
    named: PathBuf,
    place: Place,
    kind: Kind,
    force: bool,
}

impl Output {
    /// Checks the place before anything is computed. Without a path it is standard output.
    ///
    /// # Errors
    /// One sentence with its remedy: the place is an input, a session, a file that gander did not write (unless `force`), a
    /// folder, or cannot be written.
    pub fn prepare(path: Option<&Path>, kind: Kind, protected: &Protected, force: bool) -> Result<Self, CliError> {
        let named = path.unwrap_or(Path::new("-")).to_path_buf();
        let place = find(&named).map_err(|e| CliError::write(&named.display().to_string(), &e))?;
        let new = Self { named, place, kind, force };
        protected.refuse(&new.named, &new.place)?;
        match &new.place {
            Place::Folder(_) => {
                let inside = new.named.join(kind.usual_name());
                return Err(CliError::Usage(format!(
                    "{}: is a folder; name a file in it, such as {}",
                    new.named.display(),
                    inside.display()
                )));
            }
            Place::File(at) => {
                new.refuse_strangers(at)?;
                // An error here saves the time of the computation.
                Draft::beside(at).map_err(|e| no_place(&new.named, at, &e))?;
            }
            Place::Stdout | Place::Stream(_) => {}
        }
        Ok(new)
    }

    /// Refuses two outputs of one command in one file.
    ///
    /// # Errors
    /// One sentence.
    pub fn differs_from(&self, session: &Path) -> Result<(), CliError> {
        let Place::File(at) = &self.place else { return Ok(()) };
        let in_folder = |p: &Path| (Identity::of(folder_of(p)), p.file_name().map(ToOwned::to_owned));
        if in_folder(at) != in_folder(session) {
            return Ok(());
        }
        Err(CliError::Usage(format!(
            "{}: two outputs cannot go to one file; name one file for each",
            self.named.display()
        )))
    }

    /// Writes it, and says on standard error what was written where (`what`: such as "880 texts").
    ///
    /// # Errors
    /// When it cannot be written; an existing file is unchanged then. [`CliError::ClosedPipe`] when the reader has gone.
    pub fn write(
        &self,
        what: &str,
        body: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let failed = |e: io::Error| match self.place {
            Place::Stdout => stdout_failed(&e),
            _ => CliError::write(&self.named.display().to_string(), &e),
        };
        match &self.place {
            Place::Stdout => return buffered(io::stdout(), body).map_err(failed),
            // Append: a file that the shell opened may hold earlier output.
            Place::Stream(at) => {
                let out = OpenOptions::new().append(true).open(at).map_err(failed)?;
                buffered(out, body).map_err(failed)?;
            }
            Place::Folder(_) => {}
            Place::File(at) => {
                let draft = Draft::beside(at).map_err(failed)?;
                buffered(draft.file(), body).map_err(failed)?;
                // Another program may have written this file since it was checked.
                self.refuse_strangers(at)?;
                draft.publish().map_err(failed)?;
            }
        }
        if self.named != Path::new("/dev/null") {
            note(&format!("{what} written to {}", self.named.display()));
        }
        Ok(())
    }

    /// Refuses a file that this command would not have written.
    fn refuse_strangers(&self, at: &Path) -> Result<(), CliError> {
        let shown = self.named.display();
        let Ok(old) = std::fs::metadata(at) else { return Ok(()) };
        if protect::is_session(at) {
            return Err(protect::session(&self.named));
        }
        if old.permissions().readonly() {
            return Err(CliError::Usage(format!(
                "{shown}: is write-protected; choose another name, or allow it: chmod u+w {}",
                shell_word(&self.named)
            )));
        }
        if let Err(e) = OpenOptions::new().write(true).open(at) {
            return Err(CliError::Usage(format!("{shown}: cannot be written ({}); choose another name", e.kind())));
        }
        if self.force || self.kind.wrote(at).map_err(|e| CliError::write(&shown.to_string(), &e))? {
            return Ok(());
        }
        Err(CliError::Usage(format!(
            "{shown}: already exists and is not {} written by gander; choose another name, or replace it with --force",
            self.kind.name()
        )))
    }
}

fn buffered(out: impl Write + Send, body: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    body(&mut out).and_then(|()| out.flush())
}

/// Checks the place of a new session before anything is computed; returns the path of the file, links followed.
///
/// # Errors
/// One sentence with its remedy: it is an input, is there already, or cannot be a file.
pub(super) fn session_place(path: &Path, protected: &Protected) -> Result<PathBuf, CliError> {
    let place = find(path).map_err(|e| CliError::write(&path.display().to_string(), &e))?;
    let Place::File(at) = place else {
        return Err(CliError::Usage(format!("{}: a session must be a file; name one", path.display())));
    };
    if at.exists() {
        protected.refuse_input(path, &at)?;
        return Err(SessionError::exists(path).into());
    }
    protected.refuse(path, &Place::File(at.clone()))?;
    Draft::beside(&at).map_err(|e| no_place(path, &at, &e))?;
    Ok(at)
}

/// Why nothing can be written at a place.
fn no_place(named: &Path, at: &Path, e: &io::Error) -> CliError {
    let (shown, folder) = (named.display(), folder_of(at).display());
    match e.kind() {
        io::ErrorKind::NotFound => CliError::Usage(format!(
            "{shown}: the folder {folder} does not exist; create it first: mkdir -p {}",
            shell_word(folder_of(at))
        )),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => CliError::Usage(format!(
            "{shown}: the folder {folder} is not writable ({}); choose another folder",
            e.kind()
        )),
        _ => CliError::write(&shown.to_string(), e),
    }
}
