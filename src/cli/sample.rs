//! `gander sample`: a list of prompts sent to two or more models, so that a triage starts from checkpoints.

use std::collections::{HashMap, HashSet};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::CliError;
use super::args::SampleArgs;
use super::output::note;
use crate::ingest::prompts;
use crate::llm::{Client, Endpoint, Key, Limits, SamplePrompt, SampleSettings, Sampled, Wanted, sample};

/// Time between two reports of progress.
const TICK: Duration = Duration::from_secs(2);

pub(super) fn run(args: &SampleArgs) -> Result<(), CliError> {
    let list: Vec<SamplePrompt> = prompts(&args.prompts)?
        .into_iter()
        .map(|p| SamplePrompt { id: p.id, text: p.text, messages: p.messages })
        .collect();
    let next = format!("`gander {}` opens them", args.output.display());
    collect(args, list, &next, &|_, _| {})
}

/// Asks models and writes their answers; goes on where an earlier run was stopped. `complete` may add fields to the row of a prompt,
/// given by its place; `next` says at the end what to do with the file.
///
/// # Errors
/// When a model cannot be asked, the file is of another run or cannot be written, or answers are missing at the end.
pub(super) fn collect(
    args: &SampleArgs,
    list: Vec<SamplePrompt>,
    next: &str,
    complete: &dyn Fn(usize, &mut Value),
) -> Result<(), CliError> {
    let mut clients = Vec::new();
    for given in &args.model {
        let endpoint = Endpoint::parse(given).map_err(|_| {
            CliError::Usage(format!("--model {given}: give URL#model, such as http://localhost:8000/v1#my-model"))
        })?;
        let key = Key::find(&endpoint, &|n| std::env::var(n).ok())?;
        clients.push(Arc::new(Client::new(endpoint, key, Duration::from_secs(args.timeout.max(1)))?));
    }
    let names: HashSet<&str> = clients.iter().map(|c| c.endpoint().model()).collect();
    if names.len() < clients.len() {
        return Err(CliError::Usage(
            "--model: two models have the same name; the file could not tell them apart".into(),
        ));
    }
    let settings = SampleSettings {
        temperature: args.temperature,
        top_p: args.top_p,
        max_tokens: args.max_tokens,
        seed: args.seed,
        system: args.system.clone(),
    };
    let done = already(&args.output, &settings)?;
    let mut wanted = Vec::new();
    for (prompt, p) in list.iter().enumerate() {
        for n in 0..args.n {
            for (model, c) in clients.iter().enumerate() {
                if !done.contains(&(c.endpoint().model().to_owned(), p.id.clone(), n)) {
                    wanted.push(Wanted { model, prompt, n });
                }
            }
        }
    }
    let total = list.len() * args.n as usize * clients.len();
    note(&format!(
        "{} answers wanted ({} prompts × {} × {} models), {} are there; asking {}",
        total,
        list.len(),
        args.n,
        clients.len(),
        total - wanted.len(),
        clients.iter().map(|c| c.endpoint().place()).collect::<Vec<_>>().join(" and ")
    ));
    if args.dry_run || wanted.is_empty() {
        return Ok(());
    }
    let failed = |e: std::io::Error| CliError::Write { what: args.output.display().to_string(), why: e.to_string() };
    let mut file = OpenOptions::new().create(true).append(true).open(&args.output).map_err(failed)?;
    end_line(&args.output, &mut file).map_err(failed)?;
    let limits = Limits { at_once: args.at_once.clamp(1, 256), ..super::llm::limits() };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| CliError::Terminal(e.to_string()))?;
    let gap = args.per_minute.map_or(Duration::ZERO, |n| Duration::from_secs(60) / n.max(1));
    let left = wanted.len();
    let mut outcome = Outcome::default();
    let start = std::time::Instant::now();
    let mut told = start;
    runtime.block_on(sample(clients, Arc::new(list), wanted, Arc::new(settings), limits, gap, |news| {
        match news {
            Sampled::Row(wanted, mut row) => {
                complete(wanted.prompt, &mut row);
                // One write a row: a killed run leaves whole lines.
                if let Err(e) = file.write_all(format!("{row}\n").as_bytes()) {
                    outcome.write.get_or_insert(e.to_string());
                }
                outcome.rows += 1;
            }
            Sampled::Failed(_, why) => *outcome.failed.entry(why).or_default() += 1,
            Sampled::Stopped(_, why) => outcome.stopped.push(why),
        }
        if told.elapsed() >= TICK {
            told = std::time::Instant::now();
            let rate = outcome.rows as f64 / start.elapsed().as_secs_f64();
            note(&format!("{} of {left}, {rate:.1} a second", outcome.rows));
        }
    }));
    outcome.end(args, left, next)
}

#[derive(Default)]
struct Outcome {
    rows: usize,
    failed: HashMap<String, usize>,
    stopped: Vec<String>,
    write: Option<String>,
}

impl Outcome {
    fn end(&self, args: &SampleArgs, left: usize, next: &str) -> Result<(), CliError> {
        if let Some(why) = &self.write {
            return Err(CliError::Write { what: args.output.display().to_string(), why: why.clone() });
        }
        let mut failed: Vec<_> = self.failed.iter().collect();
        failed.sort();
        for (why, n) in failed {
            note(&format!("{n} ×: {why}"));
        }
        for why in &self.stopped {
            note(why);
        }
        note(&format!("{} answers in {}; {next}", self.rows, args.output.display()));
        match left - self.rows {
            0 => Ok(()),
            n => Err(CliError::Terminal(format!("{n} answers are missing; the same command asks for those alone"))),
        }
    }
}

/// The answers that a file holds already; one drawn with other settings is refused.
fn already(path: &Path, settings: &SampleSettings) -> Result<HashSet<(String, String, u32)>, CliError> {
    let mut out = HashSet::new();
    let Ok(file) = std::fs::File::open(path) else { return Ok(out) };
    for (i, line) in BufReader::new(file).lines().enumerate() {
        let Ok(line) = line else { break };
        // The last line of a killed run may be cut off.
        let Ok(v) = serde_json::from_str::<Value>(&line) else { continue };
        let (Some(model), Some(id), Some(n)) = (v["model"].as_str(), v["prompt_id"].as_str(), v["n"].as_u64()) else {
            return Err(CliError::Usage(format!(
                "{}, line {}: not a file of `gander sample`; name another one with -o",
                path.display(),
                i + 1
            )));
        };
        let s = &v["settings"];
        let same = s["temperature"].as_f64() == Some(settings.temperature)
            && s["top_p"].as_f64() == settings.top_p
            && s["max_tokens"].as_u64() == Some(u64::from(settings.max_tokens))
            && s["system"].as_str() == settings.system.as_deref();
        if !same {
            return Err(CliError::Usage(format!(
                "{}, line {}: drawn with other settings; name another file with -o, or the same settings",
                path.display(),
                i + 1
            )));
        }
        out.insert((model.to_owned(), id.to_owned(), n as u32));
    }
    Ok(out)
}

/// Ends a line that a killed run left open.
fn end_line(path: &Path, file: &mut std::fs::File) -> std::io::Result<()> {
    let bytes = std::fs::read(path)?;
    if bytes.last().is_some_and(|b| *b != b'\n') {
        // What stands on it cannot be read; the answer is drawn again.
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        file.set_len(whole as u64)?;
    }
    Ok(())
}
