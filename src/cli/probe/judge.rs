//! `gander probe judge`: language models that did not write a suite solve it, solve it without its events, and sort it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::CliError;
use super::super::args::ProbeJudgeArgs;
use super::super::output::{note, print};
use super::super::sample::{Key, collect};
use super::{Asking, line, title};
use crate::llm::SamplePrompt;
use crate::probe::judge::{Judged, Judgement, judgement};
use crate::probe::{Item, Place, ReadError, Suite, Trial, read_records};

/// The file with judgements, beside the items.
const JUDGEMENTS: &str = "judgements.jsonl";
/// Disputed items that are listed.
const LISTED: usize = 10;

pub(super) fn run(args: &ProbeJudgeArgs) -> Result<(), CliError> {
    let suite = Suite::open(&args.suite)?;
    let at = place(&args.suite, args.output.as_deref());
    let (put, prompts) = questions(&suite);
    let asking = Asking {
        suite: &args.suite,
        models: &args.llm,
        n: 1,
        temperature: 0.0,
        max_tokens: args.max_tokens,
        seed: Some(args.seed),
        calls: &args.calls,
        output: &at,
    };
    let sampled = asking.settings();
    let asked = collect(&sampled, prompts, Key::Id, "the judgement follows", &|prompt, _, row| {
        if let (Some((item, trial, reversed)), Value::Object(fields)) = (put.get(prompt), row) {
            fields.insert("item".into(), item.id.as_str().into());
            fields.insert("hash".into(), item.hash().into());
            fields.insert("judged".into(), trial.name().into());
            fields.insert("reversed".into(), (*reversed).into());
        }
    });
    if args.calls.dry_run || !at.exists() {
        return asked;
    }
    let found = judgement(&suite, &records(&at)?, args.seed);
    let name = title(&suite, &args.suite);
    if args.json {
        print(&format!("{}\n", to_json(&name, &found)))?;
    } else {
        print(&in_words(&name, &args.suite, &found))?;
    }
    asked
}

/// Where judgements are kept: in the suite's folder, or beside a single file.
fn place(suite: &Path, named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| if suite.is_dir() { suite.join(JUDGEMENTS) } else { JUDGEMENTS.into() }, Path::to_path_buf)
}

type Put<'a> = (&'a Item, Trial, bool);

/// Everything that a judge is asked, in both orders of the options.
fn questions(suite: &Suite) -> (Vec<Put<'_>>, Vec<SamplePrompt>) {
    let items = suite.counted().into_iter().filter(|i| i.right().is_some());
    let ways = |item| Trial::ALL.into_iter().flat_map(move |t| [(item, t, false), (item, t, true)]);
    let all = items.flat_map(ways).filter_map(|(item, trial, reversed): Put<'_>| {
        let text = trial.question(item, &suite.head, reversed)?;
        let order = if reversed { "reversed" } else { "as-is" };
        let id = format!("{}@{}@{order}@{}", item.id, trial.name(), item.hash());
        Some(((item, trial, reversed), SamplePrompt { id, text, messages: None, frame: None, schema: None }))
    });
    all.unzip()
}

fn records(at: &Path) -> Result<Vec<(Place, Value)>, ReadError> {
    let file = Arc::new(at.to_path_buf());
    let placed = |(line, v)| (Place { file: file.clone(), line }, v);
    Ok(read_records(at)?.into_iter().map(placed).collect())
}

/// What earlier judgements dispute; nothing where there are none.
pub(super) fn disputed(folder: &Path, suite: &Suite) -> Result<Vec<(String, String)>, CliError> {
    let at = folder.join(JUDGEMENTS);
    if !std::fs::metadata(&at).is_ok_and(|m| m.len() > 0) {
        return Ok(Vec::new());
    }
    Ok(judgement(suite, &records(&at)?, 0).disputed)
}

fn in_words(name: &str, suite: &Path, j: &Judgement) -> String {
    let mut out = format!("{name}, judged by {}\n", line(&names(j)));
    for why in &j.odd {
        note(why);
    }
    for judge in &j.judges {
        of_judge(judge, j.chance, &mut out);
    }
    if j.judges.len() < 2 {
        out.push_str("\nOne judge alone: ask a second model, which did not write the items either.\n");
    }
    out.push_str(&format!("\nDisputed: a judge chose another option than the key in {} cases\n", j.disputed.len()));
    for (item, says) in j.disputed.iter().take(LISTED) {
        out.push_str(&line(&format!("  {item}: {says}")));
        out.push('\n');
    }
    if j.disputed.len() > LISTED {
        out.push_str(&format!("  … and {} more; --json lists every one\n", j.disputed.len() - LISTED));
    }
    if !j.disputed.is_empty() && suite.is_dir() {
        out.push_str(&format!("`gander {}` shows them early in the review.\n", suite.display()));
    }
    out
}

fn names(j: &Judgement) -> String {
    j.judges.iter().map(|j| j.model.as_str()).collect::<Vec<_>>().join(", ")
}

fn of_judge(judge: &Judged, chance: f64, out: &mut String) {
    out.push_str(&format!("\n{}\n", line(&judge.model)));
    if judge.wrote > 0 {
        out.push_str(&format!("  wrote {} of the items itself: it is no independent judge of them\n", judge.wrote));
    }
    if let Some(e) = judge.solved {
        out.push_str(&format!(
            "  finds the key in         {:.2} ({:.2} to {:.2}), chance {chance:.2}; no answer in {:.2}\n",
            e.value, e.ci[0], e.ci[1], judge.unanswered
        ));
    }
    if let Some(e) = judge.uncaused {
        let reading = if e.ci[0] > chance { "the key is known without its cause" } else { "as chance would have it" };
        out.push_str(&format!(
            "  without the event in     {:.2} ({:.2} to {:.2}): {reading}\n",
            e.value, e.ci[0], e.ci[1]
        ));
    }
    if let Some(s) = judge.sorted {
        out.push_str(&format!("  knows the subtask in     {s:.2}\n"));
    }
    for (own, row) in &judge.confusion {
        let all: usize = row.values().sum();
        let others: Vec<String> = row.iter().filter(|(to, _)| *to != own).map(|(to, n)| format!("{to} {n}")).collect();
        if !others.is_empty() {
            out.push_str(&line(&format!("    {own}, {all} items, was taken for {}", others.join(", "))));
            out.push('\n');
        }
    }
}

fn to_json(name: &str, j: &Judgement) -> Value {
    let disputed: Vec<BTreeMap<&str, &str>> = j
        .disputed
        .iter()
        .map(|(item, says)| BTreeMap::from([("item", item.as_str()), ("says", says.as_str())]))
        .collect();
    json!({
        "schema": "gander.probe.judge/1",
        "suite": name,
        "chance": j.chance,
        "judges": j.judges,
        "disputed": disputed,
        "odd": j.odd,
    })
}
