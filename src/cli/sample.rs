//! `gander sample`: a list of prompts sent to two or more models, so that a triage starts from checkpoints.

mod models;
mod there;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::CliError;
use super::args::SampleArgs;
use super::output::{LineKind, Lines, Protected, note};
use crate::ingest::{Frame, PromptLine, frames, prompts};
use crate::llm::{Limits, SamplePrompt, SampleSettings, Sampled, Wanted, sample};
use crate::probe::Suite;
use there::There;

/// Letters that a token has, about.
const TOKEN: f64 = 3.6;
/// Time before the first report of progress; the next ones come later and later.
const FIRST_REPORT: Duration = Duration::from_secs(2);
/// Time between two reports, at most.
const REPORT: Duration = Duration::from_secs(30);

pub(super) fn run(args: &SampleArgs) -> Result<(), CliError> {
    let framings = args.frames.as_deref().map(frames).transpose()?.unwrap_or_default();
    let list = framed(prompts(&args.prompts)?, &framings);
    let next = format!("`gander {}` opens them", args.output.display());
    collect(args, list, Key::Text, &next, &|_, _, _| {})
}

/// By what an answer in the file is known to belong to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The prompt's text, where its id is its place in a file.
    Text,
    /// Its id, where the list gives every prompt one that lasts.
    Id,
}

/// Asks models and writes their answers; goes on where an earlier run was stopped. `complete` may add fields to the row of a prompt
/// and a model, both given by their places; `next` says at the end what to do with the file.
///
/// # Errors
/// When a model cannot be asked, the file is of another run or cannot be written, or answers are missing at the end.
pub(super) fn collect(
    args: &SampleArgs,
    list: Vec<SamplePrompt>,
    key: Key,
    next: &str,
    complete: &dyn Fn(usize, usize, &mut Value),
) -> Result<(), CliError> {
    let mut models = models::parse(&args.model, Duration::from_secs(args.calls.timeout.max(1)))?;
    let mut settings = SampleSettings {
        temperature: args.temperature,
        top_p: args.top_p,
        max_tokens: args.max_tokens,
        seed: 0,
        system: args.system.clone(),
    };
    let read = Suite::files_of(&args.prompts);
    let protected = Protected::default().and(read.iter().map(PathBuf::as_path).chain(args.frames.as_deref()));
    let mut there = There::default();
    let take = |row: &Value| there.take(row, &settings, args.seed);
    let mut lines = Lines::open(&args.output, &protected, LineKind::SAMPLE, take)?;
    settings.seed = args.seed.or(there.seed).unwrap_or_else(any_seed);
    let mut wanted = Vec::new();
    for (prompt, p) in list.iter().enumerate() {
        for n in 0..args.n {
            for (model, m) in models.iter().enumerate() {
                let is_there = match key {
                    Key::Text => there.answers.contains(&(m.name.clone(), p.text.clone(), n)),
                    Key::Id => there.by_id.contains(&(m.name.clone(), p.id.clone(), n)),
                };
                if !is_there {
                    wanted.push(Wanted { model, prompt, n });
                }
            }
        }
    }
    let total = list.len() * args.n as usize * models.len();
    let places: Vec<String> = models.iter().flat_map(|m| m.clients.iter().map(|c| c.endpoint().place())).collect();
    note(&format!(
        "{total} answers wanted ({} prompts × {} × {} models), {} are there; asking {}",
        list.len(),
        args.n,
        models.len(),
        total - wanted.len(),
        places.join(" and ")
    ));
    let names: Vec<&str> = models.iter().map(|m| m.name.as_str()).collect();
    let texts: HashSet<&str> = list.iter().map(|p| p.text.as_str()).collect();
    if let Some(said) = there::left_over(&there.answers, &names, &texts, args.n) {
        note(&format!("{}: {said}; they stay in it", args.output.display()));
    }
    let letters: usize = wanted.iter().map(|w| list[w.prompt].text.chars().count()).sum();
    let system = wanted.len() * args.system.as_deref().map_or(0, |s| s.chars().count());
    let read = (letters + system) as f64 / TOKEN;
    let written = wanted.len() as f64 * f64::from(args.max_tokens);
    if !wanted.is_empty() {
        note(&format!("about {read:.0} tokens are read, and {written:.0} written at most"));
    }
    if let Some(budget) = args.calls.budget.filter(|b| read + written > *b as f64) {
        return Err(CliError::Usage(format!(
            "--budget {budget}: {:.0} tokens may be needed; ask less, lower --max-tokens, or raise the budget",
            read + written
        )));
    }
    if args.calls.dry_run || wanted.is_empty() {
        return Ok(());
    }
    lines.begin()?;
    let limits = Limits { at_once: args.calls.at_once.clamp(1, 256), ..super::llm::limits() };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| CliError::Terminal(e.to_string()))?;
    let gap = args.calls.per_minute.map_or(Duration::ZERO, |n| Duration::from_secs(60) / n.max(1));
    let mut outcome = Outcome::new(wanted.len());
    runtime.block_on(async {
        models::look_at_templates(&mut models).await;
        sample(models, Arc::new(list), wanted, Arc::new(settings), limits, gap, |news| {
            outcome.take(news, |wanted, row| {
                complete(wanted.prompt, wanted.model, row);
                lines.put(row)
            });
        })
        .await;
    });
    outcome.end(args, next)
}

/// Every prompt in every framing; as it is when there are none.
fn framed(prompts: Vec<PromptLine>, framings: &[Frame]) -> Vec<SamplePrompt> {
    let plain =
        |p: PromptLine| SamplePrompt { id: p.id, text: p.text, messages: p.messages, frame: None, schema: None };
    if framings.is_empty() {
        return prompts.into_iter().map(plain).collect();
    }
    let mut out: Vec<SamplePrompt> = Vec::new();
    let mut seen = HashSet::new();
    for p in prompts {
        for f in framings {
            let PromptLine { id, text, messages } = f.around(&p);
            // Two framings may come to the same.
            if seen.insert(text.clone()) {
                let frame = Some((f.name.clone(), p.text.clone()));
                out.push(SamplePrompt { id: format!("{id}.{}", f.name), text, messages, frame, schema: None });
            }
        }
    }
    out
}

/// A seed for a run that was given none; it is kept with every answer, so that the run can be drawn again.
fn any_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let hash = blake3::hash(format!("{}/{}", now.as_nanos(), std::process::id()).as_bytes());
    let mut eight = [0; 8];
    eight[..6].copy_from_slice(&hash.as_bytes()[..6]);
    // Readers of JSON hold 53 bits.
    u64::from_le_bytes(eight)
}

/// What has come so far, and when it was last told.
struct Outcome {
    wanted: usize,
    rows: usize,
    failed: HashMap<String, usize>,
    stopped: Vec<String>,
    write: Option<CliError>,
    start: Instant,
    told: Instant,
    pause: Duration,
}

impl Outcome {
    fn new(wanted: usize) -> Self {
        let start = Instant::now();
        Self {
            wanted,
            rows: 0,
            failed: HashMap::new(),
            stopped: Vec::new(),
            write: None,
            start,
            told: start,
            pause: FIRST_REPORT,
        }
    }

    fn take(&mut self, news: Sampled, mut write: impl FnMut(&Wanted, &mut Value) -> Result<(), CliError>) {
        let mut flying = None;
        match news {
            Sampled::Row(wanted, mut row) => {
                if let Err(e) = write(&wanted, &mut row) {
                    self.write.get_or_insert(e);
                }
                self.rows += 1;
            }
            Sampled::Failed(_, why) => *self.failed.entry(why).or_default() += 1,
            Sampled::Stopped(why) => self.stopped.push(why),
            Sampled::Note(said) => note(&said),
            Sampled::Waiting(n) => flying = Some(n),
        }
        if self.told.elapsed() >= self.pause {
            self.told = Instant::now();
            self.pause = (self.pause * 2).min(REPORT);
            note(&self.progress(flying));
        }
    }

    fn progress(&self, flying: Option<usize>) -> String {
        let seconds = self.start.elapsed().as_secs_f64();
        if self.rows == 0 {
            let calls = flying.map_or_else(String::new, |n| {
                format!("; {n} {} being answered", if n == 1 { "call is" } else { "calls are" })
            });
            return format!("no answer yet after {seconds:.0} s, {} wanted{calls}", self.wanted);
        }
        let rate = self.rows as f64 / seconds.max(0.001);
        let left = (self.wanted - self.rows.min(self.wanted)) as f64 / rate;
        let time = if left < 120.0 { format!("{left:.0} s") } else { format!("{:.0} min", left / 60.0) };
        format!("{} of {}, {rate:.1} a second, about {time} left", self.rows, self.wanted)
    }

    fn end(self, args: &SampleArgs, next: &str) -> Result<(), CliError> {
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
        match self.wanted - self.rows {
            0 => Ok(()),
            n => Err(CliError::Terminal(format!("{n} answers are missing; the same command asks for those alone"))),
        }
    }
}
