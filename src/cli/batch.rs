//! `gander requests` and `gander replies`: the same questions by file, for machines without a network.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::CliError;
use super::args::{LlmArgs, RepliesArgs, RequestsArgs, SelectArgs};
use super::ask::{AskSession, Outcome};
use super::output::{Kind, Output, Protected, note};
use crate::app::AskItem;
use crate::llm::batch::{Line, read, write};
use crate::llm::grouped;
use crate::llm::{Dialect, Endpoint};
use crate::model::{Job, TaskState};
use crate::session::{Access, Session};
use crate::worker::AskerConfig;

/// What a batch was written for.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Batch {
    model: String,
    context: Option<u64>,
    votes: Option<u32>,
}

impl Batch {
    /// Reads what a session keeps; an older gander kept the model alone.
    fn read(kept: &str) -> Self {
        serde_json::from_str(kept).unwrap_or_else(|_| Self { model: kept.to_owned(), context: None, votes: None })
    }
}

/// Requests and replies must use the same prompts, or no reply is found under its question.
fn config_for(batch: &Batch, prompts: Option<&Path>) -> Result<AskerConfig, CliError> {
    let prompts = prompts.map(Path::to_path_buf);
    let llm = LlmArgs {
        llm: Some(batch.model.clone()),
        prompts,
        llm_context: batch.context,
        votes: batch.votes,
        ..LlmArgs::default()
    };
    super::llm::config(&llm)?.ok_or_else(|| CliError::Usage("--model: name the model".into()))
}

/// Writes requests.
pub(super) fn requests(args: &RequestsArgs) -> Result<(), CliError> {
    let read = [args.select.session.as_path()].into_iter().chain(args.prompts.as_deref());
    let output = Output::prepare(Some(&args.output), Kind::Requests, &Protected::default().and(read), args.force)?;
    let place = if args.anthropic { "http://localhost/v1/messages" } else { "http://localhost/v1" };
    let named = format!("{place}#{}", args.model);
    let endpoint = Endpoint::parse(&named)?;
    let jobs: Vec<Job> = args.jobs.iter().map(|j| (*j).into()).collect();
    let batch = Batch { model: named, context: args.llm_context, votes: args.votes };
    let config = config_for(&batch, args.prompts.as_deref())?;
    let intent = super::llm::intent(&LlmArgs { intent: args.intent.clone(), ..LlmArgs::default() })?;
    let mut asking = AskSession::open(&args.select, &jobs, Some(config), intent, Access::Write)?;
    let items = std::mem::take(&mut asking.request.items);
    let queue = pending(&args.select.session)?;
    // What waits already keeps its number.
    let items: Vec<AskItem> = items
        .into_iter()
        .map(|i| AskItem { id: queue.iter().find(|q| q.job == i.job && q.target == i.target).and_then(|q| q.id), ..i })
        .collect();
    let plan = asking.plan(items)?;
    for s in &plan.skipped {
        note(&format!("left out: {s}"));
    }
    if plan.tasks == 0 {
        return Err(CliError::Usage(match plan.skipped.is_empty() {
            true => "nothing is selected: no cluster is flagged, or nothing differs".to_owned(),
            false => format!("no requests were written: none of {} questions can be asked", plan.skipped.len()),
        }));
    }
    let plan_id = asking.last_plan();
    let (calls, news) = asking.headless.settle(plan_id)?;
    let mut outcome = Outcome::default();
    outcome.take(news);
    if let Ok(kept) = serde_json::to_string(&batch) {
        asking.headless.store(crate::worker::StoreRequest::PutBatch(kept));
    }
    if calls.is_empty() {
        note("no requests are needed: every answer is known");
        return outcome.end();
    }
    let dialect: Dialect = endpoint.dialect();
    output.write(&format!("{} requests", calls.len()), |out| write(out, dialect, &calls))?;
    note(&format!(
        "about {} tokens to read; `gander replies {} RESULTS.jsonl` brings the answers back",
        grouped(plan.tokens_in),
        args.select.session.display()
    ));
    Ok(())
}

/// What waits in a session's queue.
fn pending(path: &Path) -> Result<Vec<AskItem>, CliError> {
    let tasks = Session::open(path, Access::ReadOnly)?.tasks()?;
    let open = tasks.into_iter().filter(|t| matches!(t.state, TaskState::Waiting | TaskState::Running));
    Ok(open.map(|t| AskItem { id: Some(t.id), job: t.job, target: t.target }).collect())
}

/// Reads answers.
pub(super) fn replies(args: &RepliesArgs) -> Result<(), CliError> {
    let lines = {
        let file = File::open(&args.results)
            .map_err(|e| CliError::Usage(format!("{}: cannot be read ({})", args.results.display(), e.kind())))?;
        read(&mut BufReader::new(file)).map_err(|e| CliError::Usage(format!("{}: {e}", args.results.display())))?
    };
    let (mut kept, mut failures) = (0, Vec::new());
    let kept_for: String = {
        let session = Session::open(&args.session, Access::Write)?;
        for line in &lines {
            match line {
                Line::Reply(hash, reply) => {
                    let json = serde_json::to_string(reply).unwrap_or_default();
                    session.put_reply(hash, &json)?;
                    kept += 1;
                }
                Line::Failed(hash, why) => failures.push(format!("{hash}: {why}")),
            }
        }
        session.batch()?.ok_or_else(|| {
            CliError::Usage(format!(
                "{}: no requests were written from this session; `gander requests` does that",
                args.session.display()
            ))
        })?
    };
    for f in &failures {
        note(&format!("not answered: {f}"));
    }
    let select = SelectArgs { session: args.session.clone(), clusters: Vec::new(), flagged: false, all: true };
    let config = config_for(&Batch::read(&kept_for), args.prompts.as_deref())?;
    let mut asking = AskSession::open(&select, &[], Some(config), None, Access::Write)?;
    // Replies that just came are not to be asked for again, whatever they say.
    asking.request.again = false;
    let items = pending(&args.session)?;
    asking.plan(items)?;
    let plan = asking.last_plan();
    let (open, news) = asking.headless.settle(plan)?;
    let mut outcome = Outcome::default();
    outcome.take(news);
    note(&format!(
        "{kept} answers read, {} questions done, {} still open{}",
        outcome.opinions.len(),
        open.len(),
        if open.is_empty() { "" } else { ": `gander requests` with the same arguments writes what they need next" }
    ));
    outcome.end()
}
