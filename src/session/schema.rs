//! Tables and versions.

use std::path::Path;

use rusqlite::Connection;

use super::SessionError;

/// Version of the tables below, kept in `PRAGMA user_version`; [`super::opinions::VERSION`] once their tables are there.
const VERSION: i64 = 1;
/// "GNDR", kept in `PRAGMA application_id`.
const APPLICATION: i64 = 0x474e_4452;

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

pub(super) fn create(db: &Connection) -> rusqlite::Result<()> {
    // Large pages: a session is read from one end to the other when it is opened.
    db.pragma_update(None, "page_size", 16_384)?;
    db.execute_batch(
        "BEGIN;
         CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL, samples INTEGER NOT NULL);
         CREATE TABLE prompt (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
         CREATE TABLE sample (
             ix INTEGER PRIMARY KEY, source INTEGER NOT NULL, prompt INTEGER, id TEXT NOT NULL,
             head TEXT NOT NULL, coverage REAL, text TEXT NOT NULL);
         CREATE TABLE vector (chunk INTEGER PRIMARY KEY, dims INTEGER NOT NULL, data BLOB NOT NULL);
         CREATE TABLE result (name TEXT PRIMARY KEY, data BLOB NOT NULL);
         CREATE TABLE edit (
             seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, author TEXT NOT NULL, blind INTEGER NOT NULL,
             edit TEXT NOT NULL, delta TEXT NOT NULL, inverse TEXT NOT NULL);
         COMMIT;",
    )?;
    db.pragma_update(None, "application_id", APPLICATION)?;
    db.pragma_update(None, "user_version", VERSION)
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
        (Ok(APPLICATION), Ok(v)) if v > super::opinions::VERSION => {
            Err(SessionError::Newer { path: path.to_path_buf(), found: v, known: super::opinions::VERSION })
        }
        (Ok(APPLICATION), Ok(_)) => Ok(()),
        (Ok(_), _) => Err(SessionError::NotSession { path: path.to_path_buf() }),
        (Err(e), _) => Err(SessionError::sqlite(path, e)),
    }
}
