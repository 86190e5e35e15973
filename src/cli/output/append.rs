//! A file that lines of JSON are added to, over several runs of a command.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{CliError, Protected};
use crate::files::{Place, find};

/// What a command adds lines of.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct LineKind {
    /// How every line begins.
    start: &'static [u8],
    /// What such a file is, in a sentence.
    is: &'static str,
    /// What writes it.
    writer: &'static str,
}

impl LineKind {
    /// Answers of models.
    pub const SAMPLE: Self = Self {
        start: b"{\"id\":",
        is: "not a file of `gander sample`; name another one with -o",
        writer: "another `gander sample`",
    };
    /// Decisions about items of a suite.
    pub const REVIEW: Self =
        Self { start: b"{\"item\":", is: "not a file of reviews; move it away", writer: "another review" };
}

/// Where lines are added.
pub(in crate::cli) struct Lines {
    named: PathBuf,
    place: Place,
    kind: LineKind,
    /// Bytes of whole lines; what follows was cut off when a run was killed.
    whole: u64,
    /// All bytes.
    seen: u64,
    out: Option<Box<dyn Write>>,
}

impl Lines {
    /// Reads the lines of earlier runs and changes nothing. `take` gets each line and returns what is wrong with it.
    ///
    /// # Errors
    /// One sentence: the place is an input, a session, or a file of something else; and what `take` says.
    pub fn open(
        path: &Path,
        read: &Protected,
        kind: LineKind,
        mut take: impl FnMut(&Value) -> Result<(), String>,
    ) -> Result<Self, CliError> {
        let place = find(path).map_err(|e| CliError::write(&path.display().to_string(), &e))?;
        read.refuse(path, &place)?;
        let mut new = Self { named: path.to_path_buf(), place, kind, whole: 0, seen: 0, out: None };
        match &new.place {
            Place::Folder(_) => Err(new.refuse("is a folder; name a file in it with -o")),
            Place::Stdout | Place::Stream(_) => Ok(new),
            Place::File(at) => {
                let at = at.clone();
                new.look(&at, &mut take)?;
                Ok(new)
            }
        }
    }

    fn refuse(&self, why: &str) -> CliError {
        CliError::Usage(format!("{}: {why}", self.named.display()))
    }

    fn look(&mut self, at: &Path, take: &mut dyn FnMut(&Value) -> Result<(), String>) -> Result<(), CliError> {
        let failed = |e: std::io::Error| CliError::write(&self.named.display().to_string(), &e);
        let file = match File::open(at) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(failed)?,
        };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        for n in 1.. {
            line.clear();
            if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
                break;
            }
            self.seen += line.len() as u64;
            if line.trim_ascii().is_empty() {
                self.whole = self.seen;
                continue;
            }
            let refuse = |why: &str| {
                let shown = self.named.display();
                CliError::Usage(format!("{shown}, line {n}: {why}"))
            };
            let stranger = || refuse(self.kind.is);
            if !line.ends_with(b"\n") {
                // A killed run may have left its last line open; a line of another program is left alone.
                let start = self.kind.start;
                let ours = line.starts_with(start) || start.starts_with(&line);
                return if ours { Ok(()) } else { Err(stranger()) };
            }
            let v: Value = serde_json::from_slice(&line).map_err(|_| stranger())?;
            take(&v).map_err(|why| refuse(&why))?;
            self.whole = self.seen;
        }
        Ok(())
    }

    /// Prepares the file for new lines.
    ///
    /// # Errors
    /// When it cannot be written, or another run is writing it.
    pub fn begin(&mut self) -> Result<(), CliError> {
        let failed = |e: std::io::Error| CliError::write(&self.named.display().to_string(), &e);
        self.out = Some(match &self.place {
            Place::Stdout | Place::Folder(_) => Box::new(std::io::stdout()),
            Place::Stream(at) => Box::new(OpenOptions::new().append(true).open(at).map_err(failed)?),
            Place::File(at) => {
                let file = OpenOptions::new().create(true).read(true).append(true).open(at).map_err(failed)?;
                if let Err(TryLockError::WouldBlock) = file.try_lock() {
                    return Err(
                        self.refuse(&format!("{} is writing it; wait for it, or name another file", self.kind.writer))
                    );
                }
                // The answer on a line that was cut off is drawn again.
                if file.metadata().map_err(failed)?.len() != self.seen {
                    return Err(self.refuse("another program has just written to it; run the command again"));
                }
                if self.whole < self.seen {
                    file.set_len(self.whole).map_err(failed)?;
                }
                Box::new(file)
            }
        });
        Ok(())
    }

    /// Adds a line in one write, so that a killed run leaves whole lines and at most one that is cut off.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&mut self, row: &Value) -> Result<(), CliError> {
        let Some(out) = &mut self.out else { return Ok(()) };
        let done = out.write_all(format!("{row}\n").as_bytes()).and_then(|()| out.flush());
        done.map_err(|e| CliError::write(&self.named.display().to_string(), &e))
    }
}
