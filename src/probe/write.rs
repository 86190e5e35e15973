//! A suite in the formats of other programs. What a format has no place for goes along in fields of its own, so that
//! reading it back gives the same items; votes and provenance stay in gander's own format.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::item::Item;
use super::key::letter;
use super::read::{Carried, with_choices};
use super::suite::Suite;

/// Formats to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportAs {
    /// Model-written evals.
    Mwe,
    /// lm-evaluation-harness: tasks and documents.
    LmEval,
    /// inspect_ai: samples and a task.
    Inspect,
    /// A table.
    Csv,
}

/// How the first line of every program in an export ends.
pub const WRITTEN_BY: &str = "Written by gander.";
/// How the header of an exported table begins.
pub const PROBE_TABLE: &str = "id,family,role,subtask,value,event,question,";

/// The files of an export: name, text, and what is in it, for people.
///
/// # Errors
/// One sentence: an item has not exactly one key.
pub fn export(suite: &Suite, to: ExportAs) -> Result<Vec<(String, String, String)>, String> {
    let items = suite.counted();
    if let Some(bad) = items.iter().find(|i| i.right().is_none()) {
        return Err(format!(
            "{} (item {}): there is not exactly one key, so the item cannot be exported; `gander probe check` lists all \
             such items, and rejected ones are left out",
            bad.place, bad.id
        ));
    }
    let name = file_name(if suite.head.name.is_empty() { "probe" } else { &suite.head.name });
    let count = format!("{} items", items.len());
    Ok(match to {
        ExportAs::Mwe => vec![(format!("{name}.jsonl"), lines(items.iter().map(|i| mwe(i))), count)],
        ExportAs::LmEval => lm_eval(&name, &items),
        ExportAs::Inspect => vec![
            (format!("{name}.jsonl"), lines(items.iter().map(|i| inspect(i))), count),
            (format!("{name}.py"), inspect_task(&name), "a task".to_owned()),
        ],
        ExportAs::Csv => vec![(format!("{name}.csv"), table(&items)?, count)],
    })
}

/// A name of letters that any file system and any Python takes.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

fn lines(values: impl Iterator<Item = Value>) -> String {
    values.map(|v| v.to_string() + "\n").collect()
}

/// `fields` with what the format has no place for.
fn with_carried(mut fields: Map<String, Value>, item: &Item) -> Value {
    if let Ok(Value::Object(more)) = serde_json::to_value(Carried::of(item)) {
        fields.extend(more);
    }
    Value::Object(fields)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(o) => o,
        _ => Map::new(),
    }
}

fn mwe(item: &Item) -> Value {
    let right = item.right().unwrap_or_default();
    let marked = |i: usize| format!(" ({})", letter(i));
    let others: Vec<String> = (0..item.options.len()).filter(|&i| i != right).map(marked).collect();
    let others = if let [only] = others.as_slice() { json!(only) } else { json!(others) };
    let fields = json!({
        "question": with_choices(&item.asked(), &item.options),
        "answer_matching_behavior": marked(right),
        "answer_not_matching_behavior": others,
        "id": item.id,
    });
    with_carried(object(fields), item)
}

fn inspect(item: &Item) -> Value {
    json!({
        "id": item.id,
        "input": item.asked(),
        "choices": item.options,
        "target": item.right().map(letter),
        "metadata": Carried::of(item),
    })
}

fn inspect_task(name: &str) -> String {
    format!(
        "\"\"\"{name}. {WRITTEN_BY}\n\nRun in this folder: inspect eval {name}.py --model …\n\"\"\"\n\
         from inspect_ai import Task, task\n\
         from inspect_ai.dataset import json_dataset\n\
         from inspect_ai.scorer import choice\n\
         from inspect_ai.solver import multiple_choice\n\n\n\
         @task\n\
         def {name}():\n    \
             return Task(dataset=json_dataset(\"{name}.jsonl\"), solver=multiple_choice(), scorer=choice())\n"
    )
}

/// One file of documents and one task a subtask, and a group of all.
fn lm_eval(name: &str, items: &[&Item]) -> Vec<(String, String, String)> {
    let mut by_subtask: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    items.iter().for_each(|i| by_subtask.entry(&i.subtask).or_default().push(i));
    let document = |item: &&Item| {
        let fields = json!({
            "id": item.id, "question": item.asked(), "choices": item.options, "gold": item.right(), "hash": item.hash(),
        });
        with_carried(object(fields), item)
    };
    let mut out = Vec::new();
    let mut tasks = Vec::new();
    for (subtask, items) in by_subtask {
        let task = format!("{name}_{}", file_name(subtask));
        out.push((format!("{task}.jsonl"), lines(items.iter().map(document)), format!("{} items", items.len())));
        out.push((format!("{task}.yaml"), lm_eval_task(&task), "a task".to_owned()));
        tasks.push(format!("  - {task}\n"));
    }
    let group = format!(
        "# {name}. {WRITTEN_BY}\n# Run in this folder: lm_eval --include_path . --tasks {name} --log_samples --output_path out --model …\n\
         group: {name}\ntask:\n{}aggregate_metric_list:\n  - metric: acc\n    weight_by_size: true\n",
        tasks.concat()
    );
    out.push((format!("{name}.yaml"), group, format!("a group of {} tasks", tasks.len())));
    out
}

fn lm_eval_task(task: &str) -> String {
    format!(
        "# {task}. {WRITTEN_BY}\n\
         task: {task}\n\
         dataset_path: json\n\
         dataset_kwargs:\n  data_files:\n    test: {task}.jsonl\n\
         test_split: test\n\
         output_type: multiple_choice\n\
         doc_to_text: \"{{{{question}}}}\\nAnswer:\"\n\
         doc_to_choice: \"{{{{choices}}}}\"\n\
         doc_to_target: gold\n\
         metric_list:\n  - metric: acc\n    aggregation: mean\n    higher_is_better: true\n\
         metadata:\n  version: 1.0\n"
    )
}

fn table(items: &[&Item]) -> Result<String, String> {
    let most = items.iter().map(|i| i.options.len()).max().unwrap_or(2).max(2);
    let mut slots: Vec<&str> = items.iter().flat_map(|i| i.slots.keys().map(String::as_str)).collect();
    slots.sort_unstable();
    slots.dedup();
    let mut header: Vec<String> =
        ["id", "family", "role", "subtask", "value", "event", "question"].map(str::to_owned).to_vec();
    header.extend((0..most).map(letter));
    header.extend(["key", "keyed", "status"].map(str::to_owned));
    header.extend(slots.iter().map(|s| format!("slot:{s}")));
    let failed = |e: csv::Error| e.to_string();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&header).map_err(failed)?;
    let word = |v: Value| v.as_str().unwrap_or_default().to_owned();
    for item in items {
        let p = &item.parts;
        let mut row = vec![item.id.clone(), item.family.clone(), item.role.name().to_owned(), item.subtask.clone()];
        row.extend([p.value.clone(), p.event.clone(), p.question.clone()]);
        row.extend((0..most).map(|i| item.options.get(i).cloned().unwrap_or_default()));
        row.push(item.right().map(letter).unwrap_or_default());
        row.push(item.keyed.map(|k| word(json!(k))).unwrap_or_default());
        row.push(word(json!(item.status)));
        row.extend(slots.iter().map(|s| item.slots.get(*s).cloned().unwrap_or_default()));
        out.write_record(&row).map_err(failed)?;
    }
    let bytes = out.into_inner().map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| e.to_string())
}
