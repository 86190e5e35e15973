//! Vectors computed before, in one SQLite file shared by all sessions of a user: the base model's texts are compared
//! again and again. An entry carries a checksum and is computed anew when it does not match; a file that cannot be
//! used is put aside. Nothing here can fail a run: without a cache everything is computed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};

use super::{EmbedError, Embedded, Embedder, Progress};
use crate::linalg::Vectors;

/// Texts looked up and stored at a time: what a cancelled run has finished is kept.
const CHUNK: usize = 2048;
/// Fewer texts than this are quicker to embed than to look up, and not worth keeping (labels being typed).
const LEAST: usize = 16;
/// Share of the limit that is left when the oldest entries are dropped.
const KEEP: f64 = 0.9;
/// Bytes of an entry besides its vector, about: key, day, checksum, coverage and the tree around them.
const OVERHEAD: u64 = 80;
/// How long others may hold the file.
const PATIENCE: Duration = Duration::from_secs(5);
/// "GNDV", kept in `PRAGMA application_id`.
const APPLICATION: i64 = 0x474e_4456;

type Key = [u8; 32];
/// Coverage, and the vector with the stance vector behind it.
type Row = (f32, Vec<f32>);

/// The file of vectors.
pub struct VectorCache {
    path: PathBuf,
    limit: u64,
    db: Mutex<Connection>,
}

/// What a cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSize {
    /// Vectors kept.
    pub entries: u64,
    /// Bytes on the disk.
    pub bytes: u64,
}

impl VectorCache {
    /// Opens or makes the cache; it keeps about `limit` bytes, the most recently used. A file that is not a cache any
    /// more is removed. `None` when there is nowhere to write, or while other programs hold the file.
    pub fn open(path: &Path, limit: u64) -> Option<Self> {
        Self::open_within(path, limit, PATIENCE)
    }

    /// As [`Self::open`], waiting so long for others that hold the file.
    fn open_within(path: &Path, limit: u64, patience: Duration) -> Option<Self> {
        let folder = path.parent()?;
        std::fs::create_dir_all(folder).ok()?;
        let db = match connect(path, patience) {
            Err(e) if is_damage(&e) => {
                std::fs::remove_file(path).ok()?;
                connect(path, patience)
            }
            other => other,
        };
        Some(Self { path: path.to_path_buf(), limit, db: Mutex::new(db.ok()?) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that it keeps, at most.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// What it holds.
    pub fn size(&self) -> CacheSize {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = db.query_row("SELECT count(*) FROM vector", [], |r| r.get::<_, i64>(0)).unwrap_or(0);
        let bytes = std::fs::metadata(&self.path).map_or(0, |m| m.len());
        CacheSize { entries: entries.unsigned_abs(), bytes }
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn clear(&self) -> Result<(), rusqlite::Error> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        db.execute_batch("DELETE FROM vector; VACUUM;")
    }

    /// Rows of a vector and a stance vector; where no stance is wanted, what is kept of it is left out.
    fn read(&self, keys: &[Key], dims: usize, stance_dims: usize) -> Vec<Option<Row>> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let look = || -> rusqlite::Result<Vec<Option<Row>>> {
            let tx = db.unchecked_transaction()?;
            let found = {
                let mut q = tx.prepare_cached("SELECT data, day FROM vector WHERE key = ?1")?;
                let mut touch = tx.prepare_cached("UPDATE vector SET day = ?2 WHERE key = ?1")?;
                let mut one = |key: &Key| -> rusqlite::Result<Option<Row>> {
                    let row = q.query_row([key], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, i64>(1)?)));
                    let Some((bytes, day)) = row.optional()? else { return Ok(None) };
                    if day != today() {
                        touch.execute(params![key, today()])?;
                    }
                    let mut row = unpack(key, &bytes);
                    if let Some((_, values)) = &mut row
                        && stance_dims == 0
                    {
                        values.truncate(dims);
                    }
                    Ok(row.filter(|(_, values)| values.len() == dims + stance_dims))
                };
                keys.iter().map(&mut one).collect::<Result<_, _>>()?
            };
            tx.commit()?;
            Ok(found)
        };
        look().unwrap_or_else(|_| vec![None; keys.len()])
    }

    fn write(&self, entries: &[(Key, f32, Vec<f32>)]) {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let store = || -> rusqlite::Result<()> {
            let tx = db.unchecked_transaction()?;
            {
                let mut q = tx.prepare_cached("INSERT OR REPLACE INTO vector (key, day, data) VALUES (?1, ?2, ?3)")?;
                for (key, coverage, vector) in entries {
                    q.execute(params![key, today(), pack(key, *coverage, vector)])?;
                }
            }
            tx.commit()
        };
        // Another gander may hold the file; then these vectors are computed again some day.
        let _ = store();
    }

    /// Drops the entries that were not used for longest, down to a share of the limit.
    fn trim(&self) {
        let over = |size: CacheSize| size.bytes > self.limit;
        let size = self.size();
        if !over(size) || size.entries == 0 {
            return;
        }
        let each = (size.bytes / size.entries).max(OVERHEAD);
        let keep = (self.limit as f64 * KEEP) as u64 / each;
        let drop = size.entries.saturating_sub(keep);
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = db.execute(
            "DELETE FROM vector WHERE key IN (SELECT key FROM vector ORDER BY day, key LIMIT ?1)",
            [drop as i64],
        );
        let _ = db.execute_batch("VACUUM");
    }
}

/// Whether the file is no cache: any other failure, such as a file that others hold, passes by itself.
fn is_damage(e: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
    e.sqlite_error_code().is_none_or(|code| matches!(code, DatabaseCorrupt | NotADatabase | Unknown))
}

fn connect(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(patience)?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    // Nothing is written to a cache that is one already: opening it waits for nobody.
    if db.query_row("PRAGMA application_id", [], |r| r.get::<_, i64>(0))? != APPLICATION {
        db.pragma_update(None, "journal_mode", "DELETE")?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, day INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID",
        )?;
        db.pragma_update(None, "application_id", APPLICATION)?;
    }
    // Touches the tree, so that a damaged file is noticed here.
    db.query_row("SELECT count(*) FROM (SELECT 1 FROM vector LIMIT 1)", [], |_| Ok(()))?;
    Ok(db)
}

fn today() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| (d.as_secs() / 86_400) as i64)
}

/// Checksum (8 bytes), coverage, vector; little-endian.
fn pack(key: &Key, coverage: f32, vector: &[f32]) -> Vec<u8> {
    let body: Vec<u8> = std::iter::once(&coverage).chain(vector).flat_map(|v| v.to_le_bytes()).collect();
    [&checksum(key, &body)[..], &body].concat()
}

fn unpack(key: &Key, bytes: &[u8]) -> Option<Row> {
    let (sum, body) = bytes.split_at_checked(8)?;
    let mut values = body.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
    let coverage = values.next().filter(|_| checksum(key, body) == sum)?;
    Some((coverage, values.collect()))
}

fn checksum(key: &Key, body: &[u8]) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&blake3::keyed_hash(key, body).as_bytes()[..8]);
    out
}

/// An embedder that asks the cache first.
pub struct Cached {
    inner: Arc<dyn Embedder>,
    cache: VectorCache,
}

impl Cached {
    /// Puts a cache before an embedder.
    pub fn new(inner: Arc<dyn Embedder>, cache: VectorCache) -> Self {
        Self { inner, cache }
    }

    fn key(&self, text: &str) -> Key {
        let id = self.inner.id();
        let mut h = blake3::Hasher::new();
        h.update(&(id.len() as u64).to_le_bytes());
        h.update(id.as_bytes());
        h.update(text.as_bytes());
        *h.finalize().as_bytes()
    }

    /// Coverage and row of each text; a row is the vector with the stance vector behind it.
    fn chunk(&self, texts: &[&str], stance_dims: usize, progress: &Progress) -> Result<Vec<Row>, EmbedError> {
        let keys: Vec<Key> = texts.iter().map(|t| self.key(t)).collect();
        let mut rows = self.cache.read(&keys, self.inner.dims(), stance_dims);
        let missing: Vec<usize> = (0..texts.len()).filter(|&i| rows[i].is_none()).collect();
        progress.add(texts.len() - missing.len());
        tracing::debug!(kept = texts.len() - missing.len(), missing = missing.len(), "vectors looked up");
        if !missing.is_empty() {
            let wanted: Vec<&str> = missing.iter().map(|&i| texts[i]).collect();
            let made = self.make(&wanted, stance_dims, progress)?;
            let row = |n: usize| {
                let stance = made.stance.as_ref().map_or(&[][..], |s| s.row(n));
                [made.vectors.row(n), stance].concat()
            };
            let entries: Vec<(Key, f32, Vec<f32>)> =
                missing.iter().enumerate().map(|(n, &i)| (keys[i], made.coverage[n], row(n))).collect();
            self.cache.write(&entries);
            for ((_, coverage, row), i) in entries.into_iter().zip(missing) {
                rows[i] = Some((coverage, row));
            }
        }
        Ok(rows.into_iter().flatten().collect())
    }

    fn make(&self, texts: &[&str], stance_dims: usize, progress: &Progress) -> Result<Embedded, EmbedError> {
        match stance_dims {
            0 => self.inner.embed_without_stance(texts, progress),
            _ => self.inner.embed(texts, progress),
        }
    }

    /// What the cache knows, and the rest made and kept; with stance vectors of so many numbers, or none.
    fn through(&self, texts: &[&str], stance_dims: usize, progress: &Progress) -> Result<Embedded, EmbedError> {
        if texts.len() < LEAST {
            return self.make(texts, stance_dims, progress);
        }
        let dims = self.inner.dims();
        let mut data = Vec::with_capacity(texts.len() * dims);
        let mut coverage = Vec::with_capacity(texts.len());
        let mut stance = Vec::with_capacity(texts.len() * stance_dims);
        for chunk in texts.chunks(CHUNK) {
            for (c, row) in self.chunk(chunk, stance_dims, progress)? {
                coverage.push(c);
                data.extend_from_slice(&row[..dims]);
                stance.extend_from_slice(&row[dims..dims + stance_dims]);
            }
        }
        self.cache.trim();
        let stance = (stance_dims > 0).then(|| Vectors::new(stance_dims, stance));
        Ok(Embedded { vectors: Vectors::new(dims, data), coverage, stance })
    }
}

impl Embedder for Cached {
    fn id(&self) -> String {
        self.inner.id()
    }

    fn dims(&self) -> usize {
        self.inner.dims()
    }

    fn stance_dims(&self) -> usize {
        self.inner.stance_dims()
    }

    fn is_remote(&self) -> bool {
        self.inner.is_remote()
    }

    fn precision(&self) -> String {
        self.inner.precision()
    }

    fn unknown_pieces(&self, texts: &[&str]) -> Result<Option<[usize; 2]>, EmbedError> {
        self.inner.unknown_pieces(texts)
    }

    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        self.through(texts, self.inner.stance_dims(), progress)
    }

    fn embed_without_stance(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        self.through(texts, 0, progress)
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
