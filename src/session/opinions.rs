//! What language models said, the queue of what they are asked, and every reply. A session of version 1 that is only read has no
//! tables for them.

use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;

use super::{Session, SessionError, renewed};
use crate::llm::Kept;
use crate::model::{Opinion, QueuedTask};

/// A reply kept under the hash of its question, as JSON.
pub type KeptReply = (String, String);

impl Session {
    /// Keeps a reply (JSON) under the hash of its question; it is on the disk when this returns.
    pub fn put_reply(&self, hash: &str, reply: &str) -> Result<(), SessionError> {
        self.write("INSERT OR REPLACE INTO llm_reply VALUES (?1, ?2)", params![hash, reply])
    }

    /// All replies.
    pub fn replies(&self) -> Result<Vec<KeptReply>, SessionError> {
        rows(&self.db, "llm_reply", "SELECT hash, reply FROM llm_reply ORDER BY hash", |r| Ok((r.get(0)?, r.get(1)?)))
            .map_err(|e| self.sqlite(e))
    }

    /// Questions and replies by their hashes, in that order; those that are not there are left out.
    pub fn exchange(&self, hashes: &[String]) -> Result<Vec<Kept>, SessionError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            if !has(&self.db, "llm_reply")? {
                return Ok(Vec::new());
            }
            let mut find = self.db.prepare("SELECT reply FROM llm_reply WHERE hash = ?1")?;
            let found: rusqlite::Result<Vec<Option<String>>> =
                hashes.iter().map(|h| find.query_row([h], |r| r.get(0)).optional()).collect();
            Ok(found?.into_iter().flatten().collect())
        };
        let texts = read().map_err(|e| self.sqlite(e))?;
        texts
            .iter()
            .map(|t| serde_json::from_str(t))
            .collect::<Result<_, _>>()
            .map_err(|e| SessionError::damaged(&self.path, &e))
    }

    /// Keeps a task, or how far it is now.
    pub fn put_task(&self, task: &QueuedTask) -> Result<(), SessionError> {
        let json = serde_json::to_string(task).map_err(|e| SessionError::damaged(&self.path, &e))?;
        self.write("INSERT OR REPLACE INTO llm_task VALUES (?1, ?2)", params![task.id as i64, json])
    }

    /// The queue, oldest first.
    pub fn tasks(&self) -> Result<Vec<QueuedTask>, SessionError> {
        self.parsed("llm_task", "SELECT task FROM llm_task ORDER BY id")
    }

    /// Keeps an opinion.
    pub fn put_opinion(&self, opinion: &Opinion) -> Result<(), SessionError> {
        let json = serde_json::to_string(opinion).map_err(|e| SessionError::damaged(&self.path, &e))?;
        self.write("INSERT OR REPLACE INTO opinion VALUES (?1, ?2)", params![opinion.id as i64, json])
    }

    /// All opinions, oldest first.
    pub fn opinions(&self) -> Result<Vec<Opinion>, SessionError> {
        self.parsed("opinion", "SELECT opinion FROM opinion ORDER BY id")
    }

    fn write(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), SessionError> {
        self.db.execute(sql, values).map(|_| ()).map_err(|e| self.sqlite(e))
    }

    fn parsed<T: DeserializeOwned>(&self, table: &str, sql: &str) -> Result<Vec<T>, SessionError> {
        let texts: Vec<String> = rows(&self.db, table, sql, |r| r.get(0)).map_err(|e| self.sqlite(e))?;
        texts
            .iter()
            .map(|t| renewed::parse(t))
            .collect::<Result<_, _>>()
            .map_err(|e| SessionError::damaged(&self.path, &e))
    }
}

fn has(db: &Connection, table: &str) -> rusqlite::Result<bool> {
    db.query_row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1", [table], |_| Ok(()))
        .optional()
        .map(|found| found.is_some())
}

fn rows<T>(
    db: &Connection,
    table: &str,
    sql: &str,
    read: impl FnMut(&rusqlite::Row) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    if !has(db, table)? {
        return Ok(Vec::new());
    }
    db.prepare(sql)?.query_map([], read)?.collect()
}
