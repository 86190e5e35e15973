//! Files to a [`Corpus`]. Formats are told by content, never by extension.

mod error;
mod fields;
mod json;
mod sources;

pub use error::IngestError;
pub use fields::FieldNames;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::model::{Corpus, PromptId, Sample};

/// How to read the input.
#[derive(Debug, Clone, Default)]
pub struct IngestOptions {
    /// Names given on the command line; the usual names are tried for the others.
    pub fields: FieldNames,
    /// Go on after a broken line, and count it.
    pub skip_bad_lines: bool,
    /// Name of the source that the others are compared with; the first one seen otherwise.
    pub against: Option<String>,
}

/// What was read, and what a person should know about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    /// The samples.
    pub corpus: Corpus,
    /// Sentences about repeated ids, skipped lines and the like.
    pub notices: Vec<String>,
}

/// One sample as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawSample {
    pub id: Option<String>,
    pub model: Option<String>,
    pub prompt: Option<String>,
    pub text: String,
}

/// Samples of one file.
pub(crate) struct RawFile {
    pub path: PathBuf,
    pub samples: Vec<RawSample>,
    pub skipped: usize,
}

/// Reads all files into one corpus.
///
/// # Errors
/// One sentence naming the file, the line and the remedy.
pub fn ingest(paths: &[PathBuf], options: &IngestOptions) -> Result<Ingested, IngestError> {
    let files = paths.iter().map(|p| read_file(p, options)).collect::<Result<Vec<_>, _>>()?;
    let mut notices = Vec::new();
    for f in files.iter().filter(|f| f.skipped > 0) {
        let n = f.skipped;
        notices.push(format!("{}: skipped {n} broken line{}", f.path.display(), if n == 1 { "" } else { "s" }));
    }
    let named = sources::name_sources(&files, options.against.as_deref(), &mut notices)?;
    let mut corpus = Corpus { sources: named.sources, ..Corpus::default() };
    let mut prompts: HashMap<String, PromptId> = HashMap::new();
    let mut ids = IdPool::default();
    for (file, source_of) in files.into_iter().zip(named.source_of) {
        let stem = sources::stem(&file.path);
        for (n, (raw, source)) in file.samples.into_iter().zip(source_of).enumerate() {
            let prompt = raw.prompt.map(|p| {
                let key = normalised(&p);
                *prompts.entry(key).or_insert_with(|| {
                    corpus.prompts.push(p);
                    PromptId(corpus.prompts.len() as u32 - 1)
                })
            });
            let id = ids.unique(raw.id.unwrap_or_else(|| format!("{stem}/{}", n + 1)));
            corpus.sources[source.ix()].samples += 1;
            corpus.samples.push(Sample { id, source, prompt, text: raw.text });
        }
    }
    if let Some(note) = ids.notice() {
        notices.push(note);
    }
    Ok(Ingested { corpus, notices })
}

/// Prompts that differ only in white space are the same prompt.
fn normalised(prompt: &str) -> String {
    prompt.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Gives every sample an id of its own.
#[derive(Default)]
struct IdPool {
    seen: HashMap<String, u32>,
    repeated: usize,
    example: Option<(String, String)>,
}

impl IdPool {
    /// The id itself, or with the first free `#2`, `#3`, … when it was taken.
    fn unique(&mut self, id: String) -> String {
        let Some(count) = self.seen.get_mut(&id) else {
            self.seen.insert(id.clone(), 1);
            return id;
        };
        let mut n = *count + 1;
        let mut new = format!("{id}#{n}");
        while self.seen.contains_key(&new) {
            n += 1;
            new = format!("{id}#{n}");
        }
        self.seen.insert(id.clone(), n);
        self.seen.insert(new.clone(), 1);
        self.repeated += 1;
        self.example.get_or_insert((id, new.clone()));
        new
    }

    fn notice(&self) -> Option<String> {
        let (old, new) = self.example.as_ref()?;
        let n = self.repeated;
        Some(if n == 1 {
            format!("1 id was there already and got a suffix: the second “{old}” is now “{new}”")
        } else {
            format!("{n} ids were there already and got a suffix: the second “{old}” is now “{new}”")
        })
    }
}

fn read_file(path: &Path, options: &IngestOptions) -> Result<RawFile, IngestError> {
    let shown = || path.to_path_buf();
    if path.is_dir() {
        return Err(IngestError::Directory { path: shown() });
    }
    let file = File::open(path).map_err(|e| IngestError::open(path, &e))?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let head = reader.fill_buf().map_err(|e| IngestError::open(path, &e))?;
    if let Some(what) = foreign(head) {
        return Err(IngestError::Foreign { path: shown(), what });
    }
    let bom = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    reader.consume(bom);
    let first = json::first_byte(&mut reader).map_err(|e| IngestError::open(path, &e))?;
    match first {
        None => Err(IngestError::Empty { path: shown() }),
        Some(b'[') => json::read_array(path, reader, options),
        Some(b'{') => json::read_lines(path, reader, options),
        Some(_) => Err(IngestError::NotJson { path: shown() }),
    }
}

/// Names a format that is known and not read, from the first bytes.
fn foreign(head: &[u8]) -> Option<&'static str> {
    match head {
        h if h.starts_with(b"version https://git-lfs") => {
            Some("a git-LFS pointer, not the data; run `git lfs pull` where it came from")
        }
        h if h.starts_with(b"SQLite format 3\0") => {
            Some("a SQLite file; a saved session is opened alone, as `gander FILE`")
        }
        [0x1f, 0x8b, ..] => Some("gzip; unpack it first: gunzip FILE"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd; unpack it first: unzstd FILE"),
        h if h.starts_with(b"PK\x03\x04") => Some("a ZIP archive; export its samples as JSONL"),
        h if h.starts_with(b"PAR1") => Some("Parquet; export it as JSONL"),
        _ => None,
    }
}
