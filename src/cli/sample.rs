//! `gander sample`: a list of prompts sent to two or more models, so that a triage starts from checkpoints.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::CliError;
use super::args::SampleArgs;
use super::output::{LineKind, Lines, Protected, note};
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
    let protected = Protected::default().and([args.prompts.as_path()]);
    let mut done = HashSet::new();
    let mut lines = Lines::open(&args.output, &protected, LineKind::SAMPLE, |row| {
        done.insert(already(row, &settings)?);
        Ok(())
    })?;
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
    lines.begin()?;
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
                if let Err(e) = lines.put(&row) {
                    outcome.write.get_or_insert(e);
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
    write: Option<CliError>,
}

impl Outcome {
    fn end(self, args: &SampleArgs, left: usize, next: &str) -> Result<(), CliError> {
        if let Some(e) = self.write {
            return Err(e);
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

/// Which answer a row of the file is: model, id of the prompt, number; or what is wrong with it.
fn already(row: &Value, settings: &SampleSettings) -> Result<(String, String, u32), &'static str> {
    let (Some(model), Some(id), Some(n)) = (row["model"].as_str(), row["prompt_id"].as_str(), row["n"].as_u64()) else {
        return Err("not a file of `gander sample`; name another one with -o");
    };
    let s = &row["settings"];
    let same = s["temperature"].as_f64() == Some(settings.temperature)
        && s["top_p"].as_f64() == settings.top_p
        && s["max_tokens"].as_u64() == Some(u64::from(settings.max_tokens))
        && s["system"].as_str() == settings.system.as_deref();
    if !same {
        return Err("drawn with other settings; name another file with -o, or the same settings");
    }
    Ok((model.to_owned(), id.to_owned(), n as u32))
}
