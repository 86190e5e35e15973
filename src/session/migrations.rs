//! From an older format to today's. `PRAGMA user_version` counts the steps that a file has been through. A step that was released is
//! never modified: a session made by it may be anywhere.

use rusqlite::{Connection, Transaction};

/// "GNDR", kept in `PRAGMA application_id`.
pub(super) const APPLICATION: i64 = 0x474e_4452;

type Step = fn(&Transaction) -> rusqlite::Result<()>;

/// All steps, from an empty file on.
const STEPS: [Step; 3] = [samples_and_edits, language_model, kinds_of_vectors];

/// Today's version.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Makes the tables of a new session.
pub(super) fn create(db: &mut Connection) -> rusqlite::Result<()> {
    // Large pages: a session is read from one end to the other when it is opened.
    db.pragma_update(None, "page_size", 16_384)?;
    db.pragma_update(None, "application_id", APPLICATION)?;
    run(db)
}

/// Brings a session to today's format, whole or not at all.
pub(super) fn run(db: &mut Connection) -> rusqlite::Result<()> {
    let now: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0))?;
    let left = STEPS.get(usize::try_from(now).unwrap_or(0)..).unwrap_or_default();
    if left.is_empty() {
        return Ok(());
    }
    tracing::info!(from = now, to = VERSION, "session brought to today's format");
    let all = db.transaction()?;
    left.iter().try_for_each(|step| step(&all))?;
    all.pragma_update(None, "user_version", VERSION)?;
    all.commit()
}

fn samples_and_edits(db: &Transaction) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL, samples INTEGER NOT NULL);
         CREATE TABLE prompt (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
         CREATE TABLE sample (
             ix INTEGER PRIMARY KEY, source INTEGER NOT NULL, prompt INTEGER, id TEXT NOT NULL,
             head TEXT NOT NULL, coverage REAL, text TEXT NOT NULL);
         CREATE TABLE vector (chunk INTEGER PRIMARY KEY, dims INTEGER NOT NULL, data BLOB NOT NULL);
         CREATE TABLE result (name TEXT PRIMARY KEY, data BLOB NOT NULL);
         CREATE TABLE edit (
             seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, author TEXT NOT NULL, blind INTEGER NOT NULL,
             edit TEXT NOT NULL, delta TEXT NOT NULL, inverse TEXT NOT NULL);",
    )
}

/// What language models said. Sessions of version 1 have these tables too where the program was stopped between making them and
/// counting the version.
fn language_model(db: &Transaction) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS llm_reply (hash TEXT PRIMARY KEY, reply TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS llm_task (id INTEGER PRIMARY KEY, task TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS opinion (id INTEGER PRIMARY KEY, opinion TEXT NOT NULL);",
    )
}

/// Older sessions made these when they were first needed.
fn kinds_of_vectors(db: &Transaction) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS stance (chunk INTEGER PRIMARY KEY, dims INTEGER NOT NULL, data BLOB NOT NULL);
         CREATE TABLE IF NOT EXISTS relevance (chunk INTEGER PRIMARY KEY, dims INTEGER NOT NULL, data BLOB NOT NULL);",
    )
}
