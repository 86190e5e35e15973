//! What can be wrong with a session file.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::files::shell_word;

/// Why a session was not opened or not saved.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say what each is
pub enum SessionError {
    #[error("{}: no such session; check the path", path.display())]
    Missing { path: PathBuf },
    #[error("{}: exists already; open it with `gander {}`, or choose another name", path.display(), shell_word(path))]
    Exists { path: PathBuf },
    #[error("{}: already exists and is not a gander session; choose another name", path.display())]
    Taken { path: PathBuf },
    #[error("{}: open in another gander ({owner}); close that one, or read along", path.display())]
    Locked { path: PathBuf, owner: String },
    #[error("{}: made by a newer gander (session format {found}, this one knows {known}); update gander to open it", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{}: not a gander session", path.display())]
    NotSession { path: PathBuf },
    #[error("{}: damaged ({why}); restore it from a copy, or start again from the sample files", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{}: the disk is full; nothing is lost yet: free some space and gander saves again at the next edit", path.display())]
    DiskFull { path: PathBuf },
    #[error("{}: no permission to write it; choose another place, or open it for reading", path.display())]
    Permission { path: PathBuf },
    #[error("{}: another program is writing it; try again when it is done (edits made here are kept until then)", path.display())]
    Busy { path: PathBuf },
    #[error("{}: another program changed it while it was open here; leave, and open it again to see its edits", path.display())]
    Changed { path: PathBuf },
    #[error("{}: cannot be written ({why})", path.display())]
    Io { path: PathBuf, why: String },
}

impl SessionError {
    /// Why no new session can have this name.
    pub fn exists(path: &Path) -> Self {
        let is_session = super::Session::is_ours(path);
        let path = path.to_path_buf();
        if is_session { Self::Exists { path } } else { Self::Taken { path } }
    }

    pub(super) fn io(path: &Path, e: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match e.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Self::Permission { path },
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            std::io::ErrorKind::AlreadyExists => Self::exists(&path),
            _ => Self::Io { path, why: e.to_string() },
        }
    }

    /// Held by somebody who left a note or not.
    pub(super) fn locked(path: &Path, owner: &str) -> Self {
        let owner = match owner.trim() {
            "" => "owner unknown",
            known => known,
        };
        Self::Locked { path: path.to_path_buf(), owner: owner.to_owned() }
    }

    /// The same of a file as the person named it.
    pub(super) fn named(self, as_given: &Path) -> Self {
        let path = as_given.to_path_buf();
        match self {
            Self::Locked { owner, .. } => Self::Locked { path, owner },
            Self::Permission { .. } => Self::Permission { path },
            Self::DiskFull { .. } => Self::DiskFull { path },
            Self::Io { why, .. } => Self::Io { path, why },
            other => other,
        }
    }

    /// Every error of SQLite as a sentence of ours.
    pub(super) fn sqlite(path: &Path, e: rusqlite::Error) -> Self {
        let p = path.to_path_buf();
        let damaged = |why: &str| Self::Damaged { path: p.clone(), why: why.to_owned() };
        match e.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path: p },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::Permission { path: p }
            }
            Some(ErrorCode::NotADatabase) => Self::NotSession { path: p },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Self::Busy { path: p }
            }
            Some(ErrorCode::ConstraintViolation | ErrorCode::SchemaChanged) => Self::Changed { path: p },
            Some(ErrorCode::DatabaseCorrupt) => damaged("its pages do not fit together"),
            Some(ErrorCode::SystemIoFailure) => Self::Io { path: p, why: "the disk or its connection failed".into() },
            Some(ErrorCode::OutOfMemory) => Self::Io { path: p, why: "there is not enough memory".into() },
            Some(ErrorCode::TooBig) => Self::Io { path: p, why: "a text is too long for it".into() },
            // What else SQLite refuses is a table that is not as this version makes it.
            _ => damaged("a part of it is missing or of another kind"),
        }
    }

    pub(super) fn damaged(path: &Path, e: &serde_json::Error) -> Self {
        Self::Damaged { path: path.to_path_buf(), why: e.to_string() }
    }
}
