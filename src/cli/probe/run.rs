//! `gander probe run`: answers of models to a suite, collected as `gander sample` does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::CliError;
use super::super::args::ProbeRunArgs;
use super::super::output::note;
use super::super::sample::{Key, collect};
use super::Asking;
use crate::llm::SamplePrompt;
use crate::probe::score::detectable;
use crate::probe::{Item, Suite, frame_names, frame_text, question};

/// One question in one frame and order.
struct Put<'a> {
    item: &'a Item,
    frame: &'a str,
    reversed: bool,
}

pub(super) fn run(args: &ProbeRunArgs) -> Result<(), CliError> {
    let suite = Suite::open(&args.suite)?;
    let items: Vec<&Item> = suite.counted().into_iter().filter(|i| i.right().is_some()).collect();
    let left_out = suite.counted().len() - items.len();
    if left_out > 0 {
        note(&format!("{left_out} items without exactly one key are not asked; `gander probe check` names them"));
    }
    let mut put = Vec::new();
    let mut prompts = Vec::new();
    for frame in &args.frames {
        let above = frame_text(&suite.head, frame).ok_or_else(|| {
            CliError::Usage(format!(
                "--frames: no frame is called “{frame}”; the frames are {}",
                frame_names(&suite.head).join(", ")
            ))
        })?;
        for &item in &items {
            for reversed in [false, true].into_iter().take(if args.one_order { 1 } else { 2 }) {
                let order = if reversed { "reversed" } else { "as-is" };
                prompts.push(SamplePrompt {
                    // A changed item is another question: the answers to the old one stay in the file and are not scored.
                    id: format!("{}@{frame}@{order}@{}", item.id, item.hash()),
                    text: question(item, &above, reversed),
                    messages: None,
                    frame: None,
                    schema: None,
                });
                put.push(Put { item, frame, reversed });
            }
        }
    }
    tell_power(&items, args);
    let asking = Asking {
        suite: &args.suite,
        models: &args.model,
        n: args.n,
        temperature: args.temperature,
        max_tokens: args.max_tokens,
        seed: args.seed,
        calls: &args.calls,
        output: &args.output,
    };
    let sampled = asking.settings();
    let next = format!("`gander probe score {} {}` is next", args.suite.display(), args.output.display());
    collect(&sampled, prompts, Key::Id, &next, &|prompt, model, row| {
        if let (Some(p), Value::Object(fields)) = (put.get(prompt), row) {
            fields.insert("item".into(), p.item.id.as_str().into());
            // Answers come in any order; the first model that was named is the one the others are compared with.
            fields.insert("model_place".into(), model.into());
            fields.insert("hash".into(), p.item.hash().into());
            fields.insert("frame".into(), p.frame.into());
            fields.insert("reversed".into(), p.reversed.into());
        }
    })
}

/// Says what change could be found, before anything is spent.
fn tell_power(items: &[&Item], args: &ProbeRunArgs) {
    let mut by_subtask: BTreeMap<&str, (BTreeSet<&str>, usize)> = BTreeMap::new();
    for item in items {
        let (families, n) = by_subtask.entry(&item.subtask).or_default();
        families.insert(&item.family);
        *n += 1;
    }
    let each = f64::from(args.n) * if args.one_order { 1.0 } else { 2.0 };
    let reach = |(families, items): &(BTreeSet<&str>, usize)| {
        let answers = each * *items as f64 / families.len().max(1) as f64;
        100.0 * detectable(families.len(), answers)
    };
    let least = by_subtask.values().map(reach).fold(0.0, f64::max);
    note(&format!(
        "with these families and {} answers to each item a change of about {least:.0} points in a subtask can be found (80 % power); \
         more families find more than more answers do",
        each
    ));
}
