//! `gander probe`: probing sets, one file a subcommand.

mod agree;
mod check;
mod files;
mod judge;
mod review;
mod run;
mod score;
mod write;

use std::path::Path;

use super::CliError;
use super::args::{CallArgs, ProbeArgs, ProbeCommand, SampleArgs};
use super::output::note;
use crate::embed::{EmbedError, Progress};
use crate::linalg::Vectors;
use crate::probe::{Problem, Suite};
use crate::text::Clean;

pub(super) use agree::run as agree;
pub(super) use review::{is_suite, run as review};

/// Windows that are read of a long text.
const WINDOWS: usize = 4;
/// Sentences of one kind that are said; the others are counted.
const SAID: usize = 3;

pub(super) fn run(args: &ProbeArgs) -> Result<(), CliError> {
    match &args.command {
        ProbeCommand::New(a) => files::new(a),
        ProbeCommand::Check(a) => check::run(a),
        ProbeCommand::Score(a) => score::run(a),
        ProbeCommand::Import(a) => files::import(a),
        ProbeCommand::Export(a) => files::export(a),
        ProbeCommand::Run(a) => run::run(a),
        ProbeCommand::Write(a) => write::run(a),
        ProbeCommand::Judge(a) => judge::run(a),
    }
}

/// What models are asked and how.
struct Asking<'a> {
    suite: &'a Path,
    models: &'a [String],
    n: u32,
    temperature: f64,
    max_tokens: u32,
    seed: Option<u64>,
    calls: &'a CallArgs,
    output: &'a Path,
}

impl Asking<'_> {
    /// As `gander sample` has it.
    fn settings(&self) -> SampleArgs {
        SampleArgs {
            prompts: self.suite.to_path_buf(),
            model: self.models.to_vec(),
            n: self.n,
            temperature: self.temperature,
            top_p: None,
            max_tokens: self.max_tokens,
            seed: self.seed,
            system: None,
            frames: None,
            calls: self.calls.clone(),
            output: self.output.to_path_buf(),
        }
    }
}

/// The built-in embedder, as a function of texts.
fn embedder() -> Result<impl Fn(&[String]) -> Result<Vectors, EmbedError>, CliError> {
    let model = super::embedder::make_of_vectors_alone(WINDOWS, None)?;
    Ok(move |texts: &[String]| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        model.embed(&texts, &Progress::default()).map(|e| e.vectors)
    })
}

/// Says of each kind of fault how often it occurs, and the first few.
fn say_problems(problems: &[Problem]) {
    say_kinds(problems.iter().map(|p| (p.fault.name(), p.to_string())));
}

/// Says sentences by their kind: the first few, and how many more there are.
fn say_kinds(sentences: impl Iterator<Item = (&'static str, String)>) {
    let mut by_kind: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    sentences.for_each(|(kind, s)| by_kind.entry(kind).or_default().push(s));
    for (kind, all) in by_kind {
        all.iter().take(SAID).for_each(|s| note(s));
        if all.len() > SAID {
            note(&format!("{kind}: {} in all; --json lists every one", all.len()));
        }
    }
}

/// One line that is safe to show.
fn line(text: &str) -> String {
    Clean::one_line(text)
}

/// Name of a suite, for people.
fn title(suite: &Suite, path: &std::path::Path) -> String {
    let name = &suite.head.name;
    line(&if name.is_empty() { path.display().to_string() } else { name.clone() })
}
