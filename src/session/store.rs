//! Samples, vectors and results in and out of the tables.

use std::path::Path;

use rayon::prelude::*;
use rusqlite::{Connection, OpenFlags, params};

use crate::linalg::Vectors;
use crate::model::{Corpus, PromptId, Sample, Source, SourceId};
use crate::text::Clean;

/// Bytes of the first line kept for lists.
const HEAD: usize = 240;
/// Vectors in one row of the table.
const CHUNK: usize = 512;
/// Samples from which several threads read them.
const MANY: i64 = 20_000;

pub(super) fn put(db: &Connection, name: &str, data: &[u8]) -> rusqlite::Result<()> {
    db.execute("INSERT OR REPLACE INTO result (name, data) VALUES (?1, ?2)", params![name, data]).map(|_| ())
}

pub(super) fn write_corpus(db: &mut Connection, corpus: &Corpus) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    {
        let mut q = tx.prepare("INSERT INTO source VALUES (?1, ?2, ?3, ?4)")?;
        for (i, s) in corpus.sources.iter().enumerate() {
            q.execute(params![i as i64, s.name, s.file, s.samples as i64])?;
        }
        let mut q = tx.prepare("INSERT INTO prompt VALUES (?1, ?2)")?;
        for (i, p) in corpus.prompts.iter().enumerate() {
            q.execute(params![i as i64, p])?;
        }
        let mut q =
            tx.prepare("INSERT INTO sample (ix, source, prompt, id, head, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for (i, s) in corpus.samples.iter().enumerate() {
            let head = Clean::first_line(&s.text, HEAD);
            q.execute(params![i as i64, s.source.0, s.prompt.map(|p| p.0), s.id, head.as_str(), s.text])?;
        }
    }
    tx.commit()
}

pub(super) fn read_outline(db: &Connection, path: &Path) -> rusqlite::Result<(Corpus, Vec<String>)> {
    let mut corpus = Corpus::default();
    let mut q = db.prepare("SELECT name, file, samples FROM source ORDER BY id")?;
    corpus.sources = q
        .query_map([], |r| Ok(Source { name: r.get(0)?, file: r.get(1)?, samples: r.get::<_, i64>(2)? as usize }))?
        .collect::<rusqlite::Result<_>>()?;
    let mut q = db.prepare("SELECT text FROM prompt ORDER BY id")?;
    corpus.prompts = q.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    let n: i64 = db.query_row("SELECT coalesce(max(ix) + 1, 0) FROM sample", [], |r| r.get(0))?;
    let parts = if n < MANY { 1 } else { rayon::current_num_threads() as i64 };
    let parts: Vec<rusqlite::Result<(Vec<Sample>, Vec<String>)>> = (0..parts)
        .into_par_iter()
        .map(|p| {
            let (from, to) = (n * p / parts, n * (p + 1) / parts);
            // A connection belongs to one thread.
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            read_samples(&Connection::open_with_flags(path, flags)?, from, to)
        })
        .collect();
    let mut heads = Vec::with_capacity(n as usize);
    corpus.samples.reserve_exact(n as usize);
    for part in parts {
        let (samples, first_lines) = part?;
        corpus.samples.extend(samples);
        heads.extend(first_lines);
    }
    Ok((corpus, heads))
}

/// Samples without their texts, and the first line of each.
fn read_samples(db: &Connection, from: i64, to: i64) -> rusqlite::Result<(Vec<Sample>, Vec<String>)> {
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    let (mut samples, mut heads) = (Vec::new(), Vec::new());
    let mut q = db.prepare("SELECT source, prompt, id, head FROM sample WHERE ix >= ?1 AND ix < ?2 ORDER BY ix")?;
    let mut rows = q.query([from, to])?;
    while let Some(r) = rows.next()? {
        samples.push(Sample {
            source: SourceId(r.get(0)?),
            prompt: r.get::<_, Option<u32>>(1)?.map(PromptId),
            id: r.get(2)?,
            text: String::new(),
        });
        heads.push(r.get(3)?);
    }
    Ok((samples, heads))
}

pub(super) fn write_vectors(
    db: &mut Connection,
    v: &Vectors,
    coverage: &[f32],
    embedder: &str,
) -> rusqlite::Result<()> {
    write_matrix(db, "vector", v)?;
    let tx = db.transaction()?;
    {
        // Only texts that were not read to the end need a note.
        let mut q = tx.prepare("UPDATE sample SET coverage = ?2 WHERE ix = ?1")?;
        for (i, c) in coverage.iter().enumerate().filter(|(_, c)| **c < 1.0) {
            q.execute(params![i as i64, f64::from(*c)])?;
        }
        tx.execute("INSERT OR REPLACE INTO result (name, data) VALUES ('embedder', ?1)", [embedder.as_bytes()])?;
    }
    tx.commit()
}

/// Rows of numbers into the table of that name.
pub(super) fn write_matrix(db: &mut Connection, table: &str, v: &Vectors) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    {
        tx.execute_batch(&format!("DELETE FROM {table};"))?;
        let mut q = tx.prepare(&format!("INSERT INTO {table} VALUES (?1, ?2, ?3)"))?;
        for (chunk, from) in (0..v.len()).step_by(CHUNK).enumerate() {
            let rows = v.rows(from..v.len().min(from + CHUNK));
            let bytes: Vec<u8> = rows.iter().flat_map(|x| x.to_le_bytes()).collect();
            q.execute(params![chunk as i64, v.dims() as i64, bytes])?;
        }
    }
    tx.commit()
}

/// The rows of a table; `None` when there are none.
pub(super) fn read_matrix(db: &Connection, table: &str) -> rusqlite::Result<Option<Vectors>> {
    let known = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
    if db.query_row(known, [table], |r| r.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    let mut q = db.prepare(&format!("SELECT dims, data FROM {table} ORDER BY chunk"))?;
    let mut rows = q.query([])?;
    let mut data: Vec<f32> = Vec::new();
    let mut dims = 0usize;
    while let Some(r) = rows.next()? {
        dims = r.get::<_, i64>(0)? as usize;
        let bytes = r.get_ref(1)?.as_blob()?;
        data.extend(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)));
    }
    Ok((dims > 0).then(|| Vectors::new(dims, data)))
}

pub(super) fn read_vectors(db: &Connection) -> rusqlite::Result<Option<(Vectors, String)>> {
    let Some(vectors) = read_matrix(db, "vector")? else {
        return Ok(None);
    };
    let embedder: Vec<u8> = db.query_row("SELECT data FROM result WHERE name = 'embedder'", [], |r| r.get(0))?;
    Ok(Some((vectors, String::from_utf8_lossy(&embedder).into_owned())))
}
