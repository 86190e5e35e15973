//! The session: one SQLite file with the samples, their vectors, what was computed, and every edit.
//!
//! Built for home folders on a network: a rollback journal (no WAL, no memory map), full synchronisation, and locks on
//! the file and beside it that name their owner. An edit is one transaction; once [`Session::append`] returns, it
//! survives a killed process.

mod connection;
mod error;
mod lock;
mod migrations;
mod opinions;
mod renewed;
mod results;
mod store;

pub use error::SessionError;
pub use opinions::KeptReply;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::compare::Relevance;
use crate::files::{self, Draft, Place};
use crate::model::{Contrast, Corpus, Field, Record, SampleIx, View};
use lock::Lock;

/// How a session was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionMeta {
    /// Version of gander that made it.
    pub made_by: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Number of clusters asked for.
    pub clusters: Option<usize>,
    /// Windows of 256 tokens read of each text, at most.
    pub max_windows: usize,
    /// What made the vectors, as given with `--embedder`; the built-in model when absent.
    #[serde(default)]
    pub embedder: Option<String>,
    /// What was clustered.
    #[serde(default)]
    pub view: View,
    /// Whether the sources are rounds in order.
    #[serde(default)]
    pub rounds: bool,
    /// Whether sentences are looked at one by one.
    #[serde(default)]
    pub sentences: bool,
    /// The first comparison; absent with a single source.
    pub contrast: Option<Contrast>,
    /// What a person should know about the input.
    pub notices: Vec<String>,
}

/// Whether a session may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Holds the lock.
    Write,
    /// Only reads; needs no lock.
    ReadOnly,
}

/// An open session file.
#[derive(Debug)]
pub struct Session {
    path: PathBuf,
    db: Connection,
    access: Access,
    _lock: Option<Lock>,
}

impl Session {
    /// Whether a file is a database as sessions are, by its first bytes. Pipes and devices are none, and keep their bytes.
    pub fn is_session(path: &Path) -> bool {
        head_of(path).is_some_and(|h| h.starts_with(b"SQLite format 3\0"))
    }

    /// Whether a file is a session and no other program's database.
    pub fn is_ours(path: &Path) -> bool {
        head_of(path).is_some_and(|h| h.starts_with(b"SQLite format 3\0") && h.ends_with(b"GNDR"))
    }

    /// Makes a session with all samples in it. The file appears under its name only when it is whole.
    ///
    /// # Errors
    /// When the file exists, or cannot be written.
    pub fn create(path: &Path, corpus: &Corpus, meta: &SessionMeta) -> Result<Self, SessionError> {
        Self::create_whole(path, corpus, meta, |_| Ok(()))
    }

    /// Makes a session with all samples and with what `fill` puts into it. A link whose target is missing is followed.
    ///
    /// # Errors
    /// When the file exists, or cannot be written.
    pub fn create_whole(
        path: &Path,
        corpus: &Corpus,
        meta: &SessionMeta,
        fill: impl FnOnce(&mut Self) -> Result<(), SessionError>,
    ) -> Result<Self, SessionError> {
        let io = |e: std::io::Error| SessionError::io(path, &e);
        if path.exists() {
            return Err(SessionError::exists(path));
        }
        let Place::File(place) = files::find(path).map_err(io)? else {
            return Err(SessionError::Taken { path: path.to_path_buf() });
        };
        let mut lock = Lock::name(&place)?;
        let draft = Draft::beside(&place).map_err(io)?;
        let at = |e| SessionError::sqlite(path, e);
        let mut db = Connection::open(draft.path()).map_err(at)?;
        connection::configure(&db).map_err(at)?;
        migrations::create(&mut db).map_err(at)?;
        store::write_corpus(&mut db, corpus).map_err(at)?;
        let json = serde_json::to_string(meta).map_err(|e| SessionError::damaged(path, &e))?;
        store::put(&db, results::META, json.as_bytes()).map_err(at)?;
        if !corpus.fields.is_empty() {
            let json = serde_json::to_vec(&corpus.fields).map_err(|e| SessionError::damaged(path, &e))?;
            store::put(&db, results::FIELDS, &json).map_err(at)?;
        }
        let mut unnamed = Self { path: path.to_path_buf(), db, access: Access::Write, _lock: None };
        fill(&mut unnamed)?;
        drop(unnamed);
        lock.hold(draft.publish_new().map_err(io)?)?;
        Self::connected(path, Access::Write, Some(lock))
    }

    /// Opens a session.
    ///
    /// # Errors
    /// When it is missing, damaged, of a newer version, or locked by another gander (the owner is named).
    pub fn open(path: &Path, access: Access) -> Result<Self, SessionError> {
        // Its bytes are SQLite's to look at: another connection of this process would lose its locks when we closed the file.
        match std::fs::metadata(path) {
            Err(_) => return Err(SessionError::Missing { path: path.to_path_buf() }),
            Ok(m) if !m.is_file() => return Err(SessionError::NotSession { path: path.to_path_buf() }),
            Ok(_) => {}
        }
        let lock = match access {
            Access::Write => Some(Lock::take(path)?),
            Access::ReadOnly => None,
        };
        Self::connected(path, access, lock)
    }

    fn connected(path: &Path, access: Access, lock: Option<Lock>) -> Result<Self, SessionError> {
        let at = |e| SessionError::sqlite(path, e);
        let connect = |access| {
            let flags = match access {
                Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
                Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
            };
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        };
        let mut db = connect(access).map_err(at)?;
        if access == Access::ReadOnly && connection::awaits_rollback(&db) {
            // Its writer was killed inside an edit; what is half written is taken back by whoever may write.
            let writer = connect(Access::Write).map_err(at)?;
            connection::check(&writer, path)?;
            drop(writer);
            db = connect(access).map_err(at)?;
        }
        db.busy_timeout(connection::PATIENCE).map_err(at)?;
        // Before anything is set: another program's database stays as it is.
        connection::check(&db, path)?;
        let mut lock = lock;
        if let Some(lock) = &mut lock {
            lock.yield_to(&db);
        }
        connection::configure(&db).map_err(at)?;
        if access == Access::Write {
            migrations::run(&mut db).map_err(at)?;
        }
        tracing::info!(file = %path.display(), ?access, "session opened");
        Ok(Self { path: path.to_path_buf(), db, access, _lock: lock })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether edits can be stored.
    pub fn access(&self) -> Access {
        self.access
    }

    /// How it was made.
    pub fn meta(&self) -> Result<SessionMeta, SessionError> {
        self.result(results::META)?
            .ok_or_else(|| SessionError::Damaged { path: self.path.clone(), why: "no meta data".into() })
    }

    /// Sources, prompts and samples, the texts left empty; and the first line of each text.
    pub fn outline(&self) -> Result<(Corpus, Vec<String>), SessionError> {
        let (mut corpus, heads) = store::read_outline(&self.db, &self.path).map_err(|e| self.sqlite(e))?;
        corpus.fields = self.fields()?;
        Ok((corpus, heads))
    }

    /// Fields of the records that the samples came from; none in sessions made before they were kept.
    pub fn fields(&self) -> Result<Vec<Field>, SessionError> {
        Ok(self.result(results::FIELDS)?.unwrap_or_default())
    }

    /// Sources, prompts and samples with their texts.
    pub fn corpus(&self) -> Result<Corpus, SessionError> {
        let (mut corpus, _) = self.outline()?;
        self.each_text(|s, text| {
            if let Some(sample) = corpus.samples.get_mut(s as usize) {
                text.clone_into(&mut sample.text);
            }
            true
        })?;
        Ok(corpus)
    }

    /// The texts of some samples.
    pub fn texts(&self, samples: &[SampleIx]) -> Result<Vec<(SampleIx, String)>, SessionError> {
        let read = || -> rusqlite::Result<Vec<(SampleIx, String)>> {
            let mut q = self.db.prepare_cached("SELECT text FROM sample WHERE ix = ?1")?;
            samples.iter().map(|&s| Ok((s, q.query_row([s], |r| r.get(0))?))).collect()
        };
        read().map_err(|e| self.sqlite(e))
    }

    /// Calls `f` with every text in order until it returns false.
    pub fn each_text(&self, mut f: impl FnMut(SampleIx, &str) -> bool) -> Result<(), SessionError> {
        let mut read = || -> rusqlite::Result<()> {
            let mut q = self.db.prepare_cached("SELECT ix, text FROM sample ORDER BY ix")?;
            let mut rows = q.query([])?;
            while let Some(row) = rows.next()? {
                if !f(row.get(0)?, row.get_ref(1)?.as_str()?) {
                    break;
                }
            }
            Ok(())
        };
        read().map_err(|e| self.sqlite(e))
    }

    /// Stores the vectors and the share of each text that was read.
    pub fn put_vectors(
        &mut self,
        v: &crate::linalg::Vectors,
        coverage: &[f32],
        embedder: &str,
    ) -> Result<(), SessionError> {
        let path = self.path.clone();
        store::write_vectors(&mut self.db, v, coverage, embedder).map_err(|e| SessionError::sqlite(&path, e))
    }

    /// The vectors with the embedder they came from; `None` before they were stored.
    pub fn vectors(&self) -> Result<Option<(crate::linalg::Vectors, String)>, SessionError> {
        store::read_vectors(&self.db).map_err(|e| self.sqlite(e))
    }

    /// Share of each text that its vector covers.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn coverage(&self) -> Result<Vec<f32>, SessionError> {
        let read = || -> rusqlite::Result<Vec<f32>> {
            let mut rows = self.db.prepare("SELECT coverage FROM sample ORDER BY ix")?;
            rows.query_map([], |r| r.get::<_, Option<f32>>(0).map(|c| c.unwrap_or(1.0)))?.collect()
        };
        read().map_err(|e| self.sqlite(e))
    }

    /// Who made the vectors; `None` before they were stored.
    pub fn embedder(&self) -> Result<Option<String>, SessionError> {
        let row = self.db.query_row("SELECT data FROM result WHERE name = 'embedder'", [], |r| r.get::<_, Vec<u8>>(0));
        Ok(row.optional().map_err(|e| self.sqlite(e))?.map(|b| String::from_utf8_lossy(&b).into_owned()))
    }

    /// Stores where the texts stand.
    pub fn put_stance(&mut self, stance: &crate::linalg::Vectors) -> Result<(), SessionError> {
        let path = self.path.clone();
        store::write_matrix(&mut self.db, "stance", stance).map_err(|e| SessionError::sqlite(&path, e))
    }

    /// Where the texts stand; `None` when the embedder could not tell.
    pub fn stance(&self) -> Result<Option<crate::linalg::Vectors>, SessionError> {
        store::read_matrix(&self.db, "stance").map_err(|e| self.sqlite(e))
    }

    /// Stores how near the texts are to their prompts.
    pub fn put_relevance(&mut self, relevance: &Relevance) -> Result<(), SessionError> {
        let path = self.path.clone();
        store::write_matrix(&mut self.db, "relevance", &relevance.column()).map_err(|e| SessionError::sqlite(&path, e))
    }

    /// How near the texts are to their prompts; `None` when nobody could tell.
    pub fn relevance(&self) -> Result<Option<Relevance>, SessionError> {
        let column = store::read_matrix(&self.db, "relevance").map_err(|e| self.sqlite(e))?;
        Ok(column.and_then(|c| Relevance::from_column(&c)))
    }

    /// Stores an edit; it is on the disk when this returns.
    pub fn append(&self, r: &Record) -> Result<(), SessionError> {
        let json = |e| SessionError::damaged(&self.path, &e);
        let (edit, delta) =
            (serde_json::to_string(&r.edit).map_err(json)?, serde_json::to_string(&r.delta).map_err(json)?);
        let (author, inverse) =
            (serde_json::to_string(&r.author).map_err(json)?, serde_json::to_string(&r.inverse).map_err(json)?);
        self.db
            .execute(
                "INSERT INTO edit (seq, time_ms, author, blind, edit, delta, inverse) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![r.seq as i64, r.time_ms as i64, author, r.blind, edit, delta, inverse],
            )
            .map(|_| ())
            .map_err(|e| self.sqlite(e))
    }

    /// Every edit, in order.
    pub fn records(&self) -> Result<Vec<Record>, SessionError> {
        type Row = (i64, i64, String, bool, String, String, String);
        let read = || -> rusqlite::Result<Vec<Row>> {
            let mut q =
                self.db.prepare("SELECT seq, time_ms, author, blind, edit, delta, inverse FROM edit ORDER BY seq")?;
            let rows =
                q.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?)))?;
            rows.collect()
        };
        let rows = read().map_err(|e| self.sqlite(e))?;
        let parse = |row: Row| -> serde_json::Result<Record> {
            let (seq, time_ms, author, blind, edit, delta, inverse) = row;
            Ok(Record {
                seq: seq as u64,
                time_ms: time_ms as u64,
                blind,
                author: serde_json::from_str(&author)?,
                edit: renewed::parse(&edit)?,
                delta: renewed::parse(&delta)?,
                inverse: renewed::parse(&inverse)?,
            })
        };
        rows.into_iter().map(parse).collect::<Result<_, _>>().map_err(|e| SessionError::damaged(&self.path, &e))
    }

    fn sqlite(&self, e: rusqlite::Error) -> SessionError {
        SessionError::sqlite(&self.path, e)
    }
}

/// The header of a SQLite file up to the mark of the program that made it.
fn head_of(path: &Path) -> Option<[u8; 72]> {
    use std::io::Read;
    let mut head = [0u8; 72];
    std::fs::metadata(path).ok().filter(|m| m.is_file())?;
    std::fs::File::open(path).and_then(|mut f| f.read_exact(&mut head)).ok()?;
    Some(head)
}
