//! Runs of LangSmith: `inputs` and `outputs` as objects, or as JSON in the cells of a table.

use serde_json::Value;

use super::super::chat::{Content, asked, asked_by, content_of, of_message, turns};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Run;

impl Importer for Run {
    const NAME: &'static str = "LangSmith runs";

    fn sniff(record: &Record) -> bool {
        record.get("inputs").is_some_and(|v| object(v).is_some())
            && record.get("outputs").is_some_and(|v| v.is_null() || object(v).is_some() || v.as_str() == Some(""))
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let kind = record.get("run_type").and_then(Value::as_str);
        if kind.is_some_and(|k| !matches!(k, "llm" | "chain")) {
            sink.leave_out("a run that is no call of a model");
            return Ok(());
        }
        let error = record.get("error").filter(|e| !e.is_null() && e.as_str() != Some(""));
        let outputs = record.get("outputs").and_then(object);
        let content = outputs.as_ref().map(answer).unwrap_or_default();
        if let (Some(error), true) = (error, content.text.trim().is_empty()) {
            sink.failed("a run that ended in an error", error);
            return Ok(());
        }
        let inputs = record.get("inputs").and_then(object).unwrap_or_default();
        let extra = record.get("extra").unwrap_or(&Value::Null);
        let metadata = extra.get("metadata").unwrap_or(&Value::Null);
        let invocation = extra.get("invocation_params").unwrap_or(&Value::Null);
        let model = ["ls_model_name", "model_name", "model"]
            .iter()
            .find_map(|n| metadata.get(*n).or_else(|| invocation.get(*n)))
            .and_then(scalar);
        let id = ["id", "run_id", "example_id"].iter().find_map(|n| record.get(*n)).and_then(scalar);
        let fields = invocation.as_object().map(|i| sink.fields(i, &["model", "model_name"])).unwrap_or_default();
        let prompt = question(&inputs).map(RawPrompt::Asked);
        sink.answer(RawSample { id, model, prompt, fields, ..RawSample::default() }, content, None);
        Ok(())
    }
}

/// An object, or the one that a string holds.
fn object(value: &Value) -> Option<Value> {
    match value {
        Value::Object(_) => Some(value.clone()),
        Value::String(s) if s.starts_with('{') => serde_json::from_str(s).ok().filter(Value::is_object),
        _ => None,
    }
}

/// What a run was asked: its messages, or the field of the usual name, or the only one.
fn question(inputs: &Value) -> Option<super::super::chat::Asked> {
    if let Some(chat) = turns(inputs) {
        return Some(asked(&chat));
    }
    let map = inputs.as_object()?;
    let named = ["input", "question", "prompt", "query", "prompts", "text"].iter().find_map(|n| map.get(*n));
    let value = named.or_else(|| if map.len() == 1 { map.values().next() } else { None })?;
    Some(asked_by(value))
}

/// What a run said: a message, the generations of LangChain, or the field of the usual name, or the only one.
fn answer(outputs: &Value) -> Content {
    if let Some(generation) = outputs.get("generations").and_then(innermost) {
        return match generation.get("message") {
            Some(message) => of_message(message.get("kwargs").unwrap_or(message)),
            None => generation.get("text").map(content_of).unwrap_or_default(),
        };
    }
    if let Some(message) = outputs.get("choices").and_then(innermost).and_then(|c| c.get("message")) {
        return of_message(message);
    }
    if let Some(last) = turns(outputs).and_then(|t| t.into_iter().next_back()) {
        return last.content;
    }
    let Some(map) = outputs.as_object() else { return Content::default() };
    let named = ["output", "answer", "text", "response", "content", "result"].iter().find_map(|n| map.get(*n));
    match named.or_else(|| if map.len() == 1 { map.values().next() } else { None }) {
        Some(value) => super::pairs::last_answer(value),
        None => Content::default(),
    }
}

/// The first element of lists within each other.
fn innermost(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(list) => list.first().and_then(innermost),
        other => Some(other),
    }
}
