//! Settings of a connection, and whose file it is.

use std::path::Path;

use rusqlite::Connection;

use super::SessionError;
use super::migrations::{APPLICATION, VERSION};

/// How long another program may hold the file.
pub(super) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Settings of a connection: nothing that needs shared memory, every commit on the disk.
pub(super) fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(PATIENCE)?;
    db.pragma_update(None, "mmap_size", 0)?;
    db.pragma_update(None, "journal_mode", "DELETE")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "temp_store", "MEMORY")
}

/// Whether a writer was killed inside a transaction that a connection that only reads cannot take back.
pub(super) fn awaits_rollback(db: &Connection) -> bool {
    let asked = db.pragma_query_value(None, "application_id", |r| r.get::<_, i64>(0));
    let code = asked.err().and_then(|e| e.sqlite_error().map(|e| e.extended_code));
    code == Some(rusqlite::ffi::SQLITE_READONLY_ROLLBACK)
}

/// Refuses files of other programs and of newer versions.
pub(super) fn check(db: &Connection, path: &Path) -> Result<(), SessionError> {
    let get = |name: &str| db.pragma_query_value(None, name, |r| r.get::<_, i64>(0));
    let (app, found) = (get("application_id"), get("user_version"));
    match (app, found) {
        (Ok(APPLICATION), Ok(v)) if v > VERSION => {
            Err(SessionError::Newer { path: path.to_path_buf(), found: v, known: VERSION })
        }
        (Ok(APPLICATION), Ok(_)) => Ok(()),
        (Ok(_), _) => Err(SessionError::NotSession { path: path.to_path_buf() }),
        (Err(e), _) => Err(SessionError::sqlite(path, e)),
    }
}
