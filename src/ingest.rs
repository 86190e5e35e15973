//! Files to a [`Corpus`]. Formats are told by content, never by extension.

mod arrow;
mod assemble;
mod chat;
mod columns;
mod conditions;
mod dialect;
mod draws;
mod error;
mod fields;
mod folder;
mod formats;
mod frames;
mod json;
mod open;
mod pool;
mod prompts;
mod sink;
mod sources;
mod stream;
mod summary;
mod table;
mod vectors;
mod waiting;

pub use conditions::Condition;
pub use error::IngestError;
pub use fields::FieldNames;
pub use folder::{ModelsFrom, input_files, reads_name};
pub use formats::Kind;
pub use frames::{Frame, frames};
pub use prompts::{PromptLine, prompts};
pub use summary::FileSummary;
pub use vectors::{COVERAGE, EMBEDDER, Given, STANCE, VECTOR};

use std::path::PathBuf;

use crate::model::Corpus;
use sink::RawFile;

/// Files named of those that were passed over.
const NAMED: usize = 5;

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
    /// What tells the models apart, when the person says so; by evidence otherwise.
    pub models_from: Option<ModelsFrom>,
    /// Which answers of a conversation are samples.
    pub turn: Turns,
    /// Reasoning is read as a part of the text.
    pub with_reasoning: bool,
}

/// Which answers of a conversation are samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Turns {
    /// The last one.
    #[default]
    Last,
    /// Every one.
    All,
    /// The one with this number, from 1.
    Nth(usize),
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
    /// In what the models were not sampled alike; the first notices say it too.
    pub conditions: Vec<Condition>,
    /// What tells the models apart, in words.
    pub told_by: String,
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
    let (files, mut notices) = read(paths, options)?;
    let files = with_samples(files, paths)?;
    let named = sources::name_sources(&files, options, &mut notices)?;
    let files_read = files.len();
    let read = assemble::assemble(files, named, options, notices)?;
    let corpus = &read.corpus;
    tracing::info!(
        files = files_read,
        models = corpus.sources.len(),
        prompts = corpus.prompts.len(),
        samples = corpus.len(),
        "files read"
    );
    Ok(read)
}

/// What is in files, and what comparing them would compare.
#[derive(Debug)]
pub struct Inspected {
    /// Each file, in order.
    pub files: Vec<FileSummary>,
    /// All files together; an error where the models cannot be told apart.
    pub together: Result<Ingested, IngestError>,
}

/// Reads files and says what is in them, as [`ingest`] would read them together.
///
/// # Errors
/// The sentences of [`ingest`] about single files.
pub fn inspect(paths: &[PathBuf], options: &IngestOptions) -> Result<Inspected, IngestError> {
    let (files, mut notices) = read(paths, options)?;
    let (samples, prompts): (Vec<RawFile>, Vec<RawFile>) = files.into_iter().partition(|f| !f.samples.is_empty());
    let named = sources::name_sources(&samples, options, &mut notices);
    let summary = |f: &RawFile, names: &[&str]| summary::of_file(f, names, options);
    let names = named.as_ref().map(summary::model_names).unwrap_or_default();
    let unnamed: Vec<&str> = Vec::new();
    let mut summaries: Vec<FileSummary> =
        samples.iter().enumerate().map(|(i, f)| summary(f, names.get(i).unwrap_or(&unnamed))).collect();
    summaries.extend(prompts.iter().map(|f| summary(f, &unnamed)));
    let together = match (samples.is_empty(), named) {
        (true, _) => Err(IngestError::PromptsOnly { path: paths.first().cloned().unwrap_or_default() }),
        (false, Err(e)) => Err(e),
        (false, Ok(named)) => assemble::assemble(samples, named, options, notices),
    };
    Ok(Inspected { files: summaries, together })
}

/// Reads every file. In a folder, what is known to be no sample file is passed over with a notice.
fn read(paths: &[PathBuf], options: &IngestOptions) -> Result<(Vec<RawFile>, Vec<String>), IngestError> {
    let mut files = Vec::new();
    let mut passed: Vec<IngestError> = Vec::new();
    for found in folder::find(paths)? {
        match open::read_file(&found.path, options) {
            Ok(file) => files.push(RawFile { origin: found.origin, ..file }),
            Err(e) if found.origin.folder.is_some() && e.is_no_sample_file() => passed.push(e),
            Err(e) => return Err(e),
        }
    }
    let mut notices: Vec<String> = passed.iter().take(NAMED).map(|e| format!("left out {e}")).collect();
    if passed.len() > NAMED {
        notices.push(format!("left out {} more files that are no sample files", passed.len() - NAMED));
    }
    if files.is_empty()
        && let Some(first) = passed.into_iter().next()
    {
        return Err(first);
    }
    assemble::join_prompts(&mut files, &mut notices);
    Ok((files, notices))
}

fn with_samples(mut files: Vec<RawFile>, paths: &[PathBuf]) -> Result<Vec<RawFile>, IngestError> {
    files.retain(|f| !f.samples.is_empty());
    if files.is_empty() {
        return Err(IngestError::PromptsOnly { path: paths.first().cloned().unwrap_or_default() });
    }
    Ok(files)
}
