//! One writer a session, by whatever name it was opened: a lock on the file itself, and one on a file beside it that says
//! who holds it.
//!
//! The lock on the file itself (flock, by inode) holds for links too. Network file systems implement flock by the kind of
//! lock that SQLite takes, so that the two would block each other; there the lock file is the only lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use super::SessionError;
use crate::files::Identity;

/// Tries when the last owner removes the lock file at the same moment.
const TRIES: usize = 20;

/// Held while the session may be written; the operating system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    beside: PathBuf,
    _named: File,
    /// The session itself. Kept open as long as its connection: closing it would free SQLite's own locks.
    file: Option<File>,
}

impl Lock {
    /// Locks the name of a session that does not exist yet (`place`: no link).
    pub fn name(place: &Path) -> Result<Self, SessionError> {
        let mut name = place.as_os_str().to_owned();
        name.push(".lock");
        let beside = PathBuf::from(name);
        for _ in 0..TRIES {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&beside)
                .map_err(|e| SessionError::io(place, &e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut owner = String::new();
                    let _ = file.read_to_string(&mut owner);
                    return Err(SessionError::locked(place, &owner));
                }
                // A file system without locks: better to work unlocked than not at all.
                Err(TryLockError::Error(_)) => {}
            }
            // Its last owner may have removed it after we opened it; nobody else would find this one then.
            let ours = file.metadata().is_ok_and(|m| Identity::of(&beside) == Some(Identity::of_metadata(&m)));
            if !ours {
                continue;
            }
            let who = format!("process {} of {} on {}", std::process::id(), user(), host());
            let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(who.as_bytes()));
            return Ok(Self { beside, _named: file, file: None });
        }
        Err(SessionError::locked(place, ""))
    }

    /// Locks an existing session.
    pub fn take(session: &Path) -> Result<Self, SessionError> {
        let place = session.canonicalize().map_err(|e| SessionError::io(session, &e))?;
        let file = OpenOptions::new().read(true).write(true).open(&place).map_err(|e| SessionError::io(session, &e))?;
        let mut lock = Self::name(&place).map_err(|e| e.named(session))?;
        lock.hold(file).map_err(|e| e.named(session))?;
        Ok(lock)
    }

    /// Locks the file itself too.
    pub fn hold(&mut self, file: File) -> Result<(), SessionError> {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let why = "by another of its names";
                Err(SessionError::locked(&self.beside, why))
            }
            Ok(()) | Err(TryLockError::Error(_)) => {
                self.file = Some(file);
                Ok(())
            }
        }
    }

    /// Releases the lock on the file itself where it blocks SQLite's own locks.
    pub fn yield_to(&mut self, db: &Connection) {
        let shut_out = db
            .busy_timeout(std::time::Duration::ZERO)
            .and_then(|()| db.execute_batch("BEGIN IMMEDIATE; ROLLBACK;"))
            .is_err_and(|e| matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)));
        if shut_out && let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.beside);
    }
}

fn user() -> String {
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".into())
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|h| h.trim().to_owned())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_else(|| "this machine".into())
}
