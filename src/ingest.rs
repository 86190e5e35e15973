//! Files to a [`Corpus`]. Formats are told by content, never by extension.

mod chat;
mod documents;
mod draws;
mod error;
mod fields;
mod frames;
mod json;
mod open;
mod prompts;
mod records;
mod sink;
mod sources;
mod summary;
mod table;
mod vectors;

pub use error::IngestError;
pub use fields::FieldNames;
pub use frames::{Frame, frames};
pub use prompts::{PromptLine, prompts};
pub use summary::{FileSummary, summarise};
pub use vectors::{COVERAGE, EMBEDDER, Given, STANCE, VECTOR};

use std::collections::HashMap;
use std::path::PathBuf;

use crate::model::{Corpus, PromptId, Sample};

/// How to read the input.
#[derive(Debug, Clone, Default)]
pub struct IngestOptions {
    /// Names given on the command line; the usual names are tried for the others.
    pub fields: FieldNames,
    /// Go on after a broken line, and count it.
    pub skip_bad_lines: bool,
    /// The format, when the person knows better than the content tells.
    pub format: Option<Format>,
    /// Samples kept of each file, chosen by the seed; all when absent.
    pub limit: Option<usize>,
    /// Seed of that choice.
    pub seed: u64,
    /// Name of the source that the others are compared with; the first one seen otherwise.
    pub against: Option<String>,
}

/// Formats that can be forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON lines or a JSON array.
    Json,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One text a line.
    Lines,
}

/// What was read, and what a person should know about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ingested {
    /// The samples.
    pub corpus: Corpus,
    /// Sentences about repeated ids, skipped lines and the like.
    pub notices: Vec<String>,
    /// Vectors that came with the samples.
    pub given: Option<Given>,
}

impl Ingested {
    /// Adds a sentence where a comparison is wanted of samples of one model.
    pub fn expect_two_models(&mut self) {
        if let [only] = self.corpus.sources.as_slice() {
            self.notices.push(format!(
                "there is one model, “{}”, so there is nothing to compare; name a second file, or the field that tells \
                 the models apart: --model-field FIELD",
                only.name
            ));
        }
    }
}

/// Reads all files into one corpus.
///
/// # Errors
/// One sentence naming the file, the line and the remedy.
pub fn ingest(paths: &[PathBuf], options: &IngestOptions) -> Result<Ingested, IngestError> {
    let mut files = Vec::new();
    for path in paths {
        for file in open::expand(path)? {
            files.push(open::read_file(&file, options)?);
        }
    }
    let mut notices = Vec::new();
    join_prompts(&mut files, &mut notices);
    files.retain(|f| !f.samples.is_empty());
    if files.is_empty() {
        return Err(IngestError::PromptsOnly { path: paths.first().cloned().unwrap_or_default() });
    }
    let mut drawn = draws::Draws::default();
    files.iter_mut().for_each(|f| drawn.add(std::mem::take(&mut f.draws)));
    notices.extend(drawn.warnings());
    tell(&files, &mut notices);
    for f in files.iter().filter(|f| f.skipped > 0) {
        let n = f.skipped;
        notices.push(format!("{}: skipped {n} broken line{}", f.path.display(), if n == 1 { "" } else { "s" }));
    }
    let named = sources::name_sources(&files, options.against.as_deref(), &mut notices)?;
    let mut corpus = Corpus { sources: named.sources, ..Corpus::default() };
    let mut prompts: HashMap<String, PromptId> = HashMap::new();
    let mut ids = IdPool::default();
    let mut vectors = vectors::Collected::default();
    for (file, source_of) in files.into_iter().zip(named.source_of) {
        let stem = sources::stem(&file.path);
        for (n, (raw, source)) in file.samples.into_iter().zip(source_of).enumerate() {
            let key = raw.pair.map(|k| format!("\0{k}"));
            let prompt = raw.prompt.or_else(|| key.as_ref().map(|k| format!("({})", &k[1..]))).map(|p| {
                let key = key.unwrap_or_else(|| normalised(&p));
                *prompts.entry(key).or_insert_with(|| {
                    corpus.prompts.push(p);
                    PromptId(corpus.prompts.len() as u32 - 1)
                })
            });
            let id = ids.unique(raw.id.unwrap_or_else(|| format!("{stem}/{}", n + 1)));
            corpus.sources[source.ix()].samples += 1;
            vectors.push(&file.path, &id, raw.vector)?;
            corpus.samples.push(Sample { id, source, prompt, text: raw.text });
        }
    }
    if let Some(note) = ids.notice() {
        notices.push(note);
    }
    let given = vectors.finish(&mut notices);
    Ok(Ingested { corpus, notices, given })
}

/// Gives answers that name a prompt in another file its text. Where that file is missing the id stands for the prompt, so
/// that answers to one prompt are still matched.
fn join_prompts(files: &mut [sink::RawFile], notices: &mut Vec<String>) {
    let prompts: HashMap<String, String> = files.iter().flat_map(|f| f.prompts.clone()).collect();
    let mut unknown = 0;
    for sample in files.iter_mut().flat_map(|f| f.samples.iter_mut()) {
        if let Some(id) = sample.prompt.as_ref().and_then(|p| p.strip_prefix('\0')) {
            sample.prompt = Some(prompts.get(id).cloned().unwrap_or_else(|| {
                unknown += 1;
                format!("(prompt {id})")
            }));
        }
    }
    if unknown > 0 {
        notices.push(format!(
            "{unknown} prompts are known by their id alone; name the file with the prompts too to read them"
        ));
    }
}

/// Says what was left out.
fn tell(files: &[sink::RawFile], notices: &mut Vec<String>) {
    for f in files {
        for (why, n) in &f.left_out {
            notices.push(format!("{}: left out {n} ×: {why}", f.path.display()));
        }
        if f.seen > f.samples.len() {
            notices.push(format!("{}: {} of {} samples, by --limit", f.path.display(), f.samples.len(), f.seen));
        }
    }
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
