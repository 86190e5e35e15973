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
use crate::embed::{EmbedError, Progress, Vectors};
use crate::llm::SamplePrompt;
use crate::probe::{Problem, Suite};
use crate::text::Clean;

pub(super) use agree::run as agree;
pub(super) use review::{is_suite, run as review};

/// Letters that a token has, about.
const TOKEN: f64 = 3.6;
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
    /// Says what it may cost, and refuses what exceeds the budget.
    fn settle(&self, prompts: &[SamplePrompt]) -> Result<SampleArgs, CliError> {
        let calls = prompts.len() as f64 * f64::from(self.n) * self.models.len() as f64;
        let letters: usize = prompts.iter().map(|p| p.text.chars().count()).sum();
        let read = letters as f64 / TOKEN * f64::from(self.n) * self.models.len() as f64;
        let most = read + calls * f64::from(self.max_tokens);
        note(&format!("about {read:.0} tokens are read, and {:.0} written at most", most - read));
        if let Some(budget) = self.calls.budget.filter(|b| most > *b as f64) {
            return Err(CliError::Usage(format!(
                "--budget {budget}: {most:.0} tokens may be needed; ask less, lower --max-tokens, or raise the budget"
            )));
        }
        Ok(SampleArgs {
            prompts: self.suite.to_path_buf(),
            model: self.models.to_vec(),
            n: self.n,
            temperature: self.temperature,
            top_p: None,
            max_tokens: self.max_tokens,
            seed: self.seed,
            system: None,
            frames: None,
            at_once: self.calls.at_once,
            per_minute: self.calls.per_minute,
            timeout: self.calls.timeout,
            dry_run: self.calls.dry_run,
            output: self.output.to_path_buf(),
        })
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
    Clean::from_untrusted(text).as_str().replace('\n', " ")
}

/// Name of a suite, for people.
fn title(suite: &Suite, path: &std::path::Path) -> String {
    let name = &suite.head.name;
    line(&if name.is_empty() { path.display().to_string() } else { name.clone() })
}
