//! What can be wrong with a session file.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a session was not opened or not saved.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say what each is
pub enum SessionError {
    #[error("{}: no such session; check the path", path.display())]
    Missing { path: PathBuf },
    #[error("{}: exists already; open it with `gander {}` or choose another name with --session", path.display(), path.display())]
    Exists { path: PathBuf },
    #[error("{}: open in another gander ({owner}); close that one, or read along with --read-only", path.display())]
    Locked { path: PathBuf, owner: String },
    #[error("{}: made by a newer gander (session format {found}, this one knows {known}); update gander to open it", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{}: not a gander session", path.display())]
    NotSession { path: PathBuf },
    #[error("{}: damaged ({why}); restore it from a copy, or start again from the sample files", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{}: the disk is full; nothing is lost yet: free some space and gander saves again at the next edit", path.display())]
    DiskFull { path: PathBuf },
    #[error("{}: no permission to write it; choose another place with --session, or open it with --read-only", path.display())]
    Permission { path: PathBuf },
    #[error("{}: cannot be written ({why})", path.display())]
    Io { path: PathBuf, why: String },
}

impl SessionError {
    pub(super) fn io(path: &Path, e: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match e.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Self::Permission { path },
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, why: e.to_string() },
        }
    }

    pub(super) fn sqlite(path: &Path, e: rusqlite::Error) -> Self {
        let p = path.to_path_buf();
        match e.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path: p },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::Permission { path: p }
            }
            Some(ErrorCode::NotADatabase) => Self::NotSession { path: p },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path: p, why: e.to_string() },
            _ => Self::Io { path: p, why: e.to_string() },
        }
    }

    pub(super) fn damaged(path: &Path, e: &serde_json::Error) -> Self {
        Self::Damaged { path: path.to_path_buf(), why: e.to_string() }
    }
}
