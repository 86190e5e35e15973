//! promptfoo's outputs: `results.results[]` of both versions, or one result a line.

use serde_json::Value;

use super::super::chat::{asked_by, content_of, of_message};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Promptfoo;

impl Importer for Promptfoo {
    const NAME: &'static str = "promptfoo results";

    fn sniff(record: &Record) -> bool {
        rows(record).is_some_and(|r| r.iter().any(|r| r.as_object().is_some_and(Row::sniff)))
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        for row in rows(record).into_iter().flatten().filter_map(Value::as_object) {
            result(row, sink);
        }
        Ok(())
    }
}

fn rows(record: &Record) -> Option<&Vec<Value>> {
    let results = record.get("results")?;
    results.get("results").unwrap_or(results).as_array()
}

/// One result.
pub(super) struct Row;

impl Importer for Row {
    const NAME: &'static str = "promptfoo results";

    fn sniff(record: &Record) -> bool {
        let has = |n: &str| record.contains_key(n);
        has("provider") && has("vars") && (has("response") || has("error")) && has("prompt")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        result(record, sink);
        Ok(())
    }
}

fn result(row: &Record, sink: &mut Sink) {
    let response = row.get("response").unwrap_or(&Value::Null);
    let output = response.get("output").filter(|o| !o.is_null());
    let Some(output) = output else {
        // A failed assertion is an error too, but has an output.
        let error = response.get("error").or_else(|| row.get("error")).unwrap_or(&Value::Null);
        return sink.failed("a failed request", error);
    };
    let provider = row.get("provider").unwrap_or(&Value::Null);
    let label = provider.get("label").and_then(scalar).or_else(|| provider.get("id").and_then(scalar));
    let prompt = row.get("prompt").unwrap_or(&Value::Null);
    let asked = prompt.get("raw").unwrap_or(prompt);
    // Chats are written as JSON in a string.
    let prompt = asked_by(asked);
    let mut fields = Vec::new();
    for (name, prefix) in [("vars", "vars"), ("namedScores", "scores")] {
        for (key, value) in row.get(name).and_then(Value::as_object).into_iter().flatten() {
            fields.extend(sink.file.pool.value(&format!("{prefix}.{key}"), value));
        }
    }
    for name in ["success", "score", "latencyMs", "cost"] {
        fields.extend(row.get(name).and_then(|v| sink.file.pool.value(name, v)));
    }
    let content = if output.get("content").is_some() { of_message(output) } else { content_of(output) };
    let id = row.get("id").and_then(scalar);
    let model = label.or_else(|| scalar(provider));
    let finish = response.get("finishReason").and_then(Value::as_str);
    let sample = RawSample { id, model, prompt: Some(RawPrompt::Asked(prompt)), fields, ..RawSample::default() };
    sink.answer(sample, content, finish);
}
