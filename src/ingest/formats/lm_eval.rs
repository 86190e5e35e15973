//! lm-evaluation-harness `--log_samples`: one line a document and filter; `resps` is a list (requests) of lists (repeats).

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::chat::{Asked, asked, content_text, of_text, turns};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct LmEval;

impl Importer for LmEval {
    const NAME: &'static str = "lm-evaluation-harness samples";

    fn sniff(record: &Record) -> bool {
        record.contains_key("doc_id") && record.contains_key("resps")
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = record.get("doc_id").and_then(scalar).unwrap_or_default();
        if !sink.met.insert(document(&id, record)) {
            sink.leave_out("the same document under another filter");
            return Ok(());
        }
        let mut answers = Vec::new();
        flatten(record.get("resps").unwrap_or(&Value::Null), &mut answers);
        let Some(answers) = answers.into_iter().collect::<Option<Vec<String>>>().filter(|a| !a.is_empty()) else {
            let (path, at) = (sink.file.path.clone(), context.at.to_string());
            return Err(IngestError::LogLikelihood { path, at });
        };
        let (asked, settings) = record.get("arguments").map(request).unwrap_or_default();
        let without =
            ["doc_id", "doc", "resps", "filtered_resps", "arguments", "doc_hash", "prompt_hash", "target_hash"];
        let mut fields = sink.fields(record, &without);
        if let Some(Value::Object(settings)) = settings {
            fields.extend(sink.fields(&settings, &[]));
        }
        for (n, text) in answers.into_iter().enumerate() {
            let id = if n == 0 { id.clone() } else { format!("{id}/{n}") };
            let (prompt, fields) = (asked.clone().map(RawPrompt::Asked), fields.clone());
            sink.answer(RawSample { id: Some(id), prompt, fields, ..RawSample::default() }, of_text(&text), None);
        }
        Ok(())
    }
}

/// What makes a document one: its number and its hashes, for the numbers of every task begin at 0. Without hashes, what
/// was asked.
fn document(id: &str, record: &Record) -> String {
    let hashes: Vec<String> = ["doc_hash", "prompt_hash", "target_hash", "task"]
        .iter()
        .filter_map(|n| record.get(*n))
        .filter_map(scalar)
        .collect();
    if hashes.is_empty() {
        let asked = record.get("arguments").or_else(|| record.get("doc")).map(Value::to_string).unwrap_or_default();
        return format!("{id}\0{asked}");
    }
    format!("{id}\0{}", hashes.join("\0"))
}

/// The strings in nested lists; `None` for a list of a number and a truth value, which is a score and no text.
fn flatten(value: &Value, out: &mut Vec<Option<String>>) {
    match value {
        Value::String(s) => out.push(Some(s.clone())),
        Value::Array(list) => {
            let is_score = list.len() == 2
                && list[0].as_f64().or_else(|| list[0].as_str().and_then(|s| s.trim().parse().ok())).is_some()
                && match &list[1] {
                    Value::Bool(_) => true,
                    Value::String(s) => matches!(s.as_str(), "True" | "False"),
                    _ => false,
                };
            if is_score {
                out.push(None);
            } else {
                list.iter().for_each(|v| flatten(v, out));
            }
        }
        Value::Null => out.push(Some(String::new())),
        _ => out.push(None),
    }
}

/// The prompt and the settings in `arguments`, which is an object of objects in new files and a list of lists in old
/// ones; a chat in it is written as JSON.
fn request(arguments: &Value) -> (Option<Asked>, Option<Value>) {
    let first = match arguments {
        Value::Object(m) => m.values().next(),
        Value::Array(list) => list.first(),
        _ => None,
    };
    let (prompt, settings) = match first {
        Some(Value::Object(m)) => (m.get("arg_0").or_else(|| m.values().next()), m.get("arg_1")),
        Some(Value::Array(list)) => (list.first(), list.get(1)),
        other => (other, None),
    };
    let prompt = match prompt {
        Some(Value::Array(list)) if list.len() == 1 => list.first(),
        other => other,
    };
    let read = |prompt: &Value| {
        let text = content_text(prompt);
        let chat = serde_json::from_str::<Value>(&text).ok().as_ref().and_then(turns);
        chat.map_or_else(|| Asked::from(text), |c| asked(&c))
    };
    (prompt.map(read), settings.cloned())
}

/// lm-evaluation-harness names the model in the folder (`org__model`) or in the results beside the samples.
pub(in super::super) fn model_of_folder(path: &Path) -> Option<String> {
    let folder = path.canonicalize().ok()?.parent()?.to_path_buf();
    if let Some((org, model)) = folder.file_name()?.to_string_lossy().split_once("__") {
        return Some(format!("{org}/{model}"));
    }
    let mut results: Vec<PathBuf> = std::fs::read_dir(&folder)
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("results")))
        .collect();
    results.sort();
    // Several results in one folder leave it open whose samples these are.
    let [only] = results.as_slice() else { return None };
    let value: Value = serde_json::from_slice(&std::fs::read(only).ok()?).ok()?;
    // Nor does a file of another task's results say it.
    let name = path.file_name()?.to_string_lossy().into_owned();
    let task = name.strip_prefix("samples_")?;
    value.get("results")?.as_object()?.keys().find(|k| task.starts_with(k.as_str()))?;
    Some(value.get("model_name")?.as_str()?.to_owned())
}
