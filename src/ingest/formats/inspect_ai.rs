//! Logs of UK AISI's inspect_ai.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::super::IngestOptions;
use super::super::chat::{Asked, asked, content_text, of_message, turns};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::pool::RawField;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{At, Context, Importer, Record, with_named};

pub(super) struct InspectAi;

impl Importer for InspectAi {
    const NAME: &'static str = "inspect_ai log";

    fn sniff(record: &Record) -> bool {
        record.contains_key("eval") && record.get("samples").is_some_and(Value::is_array)
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let header = Value::Object(header(record));
        let samples = record.get("samples").and_then(Value::as_array).into_iter().flatten();
        samples.enumerate().try_for_each(|(n, s)| sample(s, n + 1, &header, context.options, sink))
    }
}

/// A log without its samples.
pub(super) struct Header;

impl Importer for Header {
    const NAME: &'static str = "inspect_ai log without samples";

    fn sniff(record: &Record) -> bool {
        record.contains_key("eval") && record.contains_key("version")
    }

    fn read(_: &Record, _: &Context, _: &mut Sink) -> Result<(), IngestError> {
        Ok(())
    }
}

/// What a log says of all its samples.
fn header(record: &Record) -> Map<String, Value> {
    ["eval", "plan"].iter().filter_map(|n| Some(((*n).to_owned(), record.get(*n)?.clone()))).collect()
}

/// The sample at place `n`.
///
/// # Errors
/// Where it lacks a field that the person named.
pub(in super::super) fn sample(
    s: &Value,
    n: usize,
    header: &Value,
    options: &IngestOptions,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let Value::Object(record) = s else { return Ok(()) };
    let context = Context { options, at: At::Record(n) };
    with_named(record, &context, sink, |sink| {
        answers(s, header, sink);
        Ok(())
    })
}

/// The answers of a sample. Long strings may be replaced by `attachment://HASH`.
fn answers(s: &Value, header: &Value, sink: &mut Sink) {
    let mut s = Cow::Borrowed(s);
    if let Some(attachments) = s.get("attachments").and_then(Value::as_object).filter(|a| !a.is_empty()).cloned() {
        let whole = s.to_mut();
        for part in ["input", "output", "messages"] {
            if let Some(value) = whole.get_mut(part) {
                attach(value, &attachments);
            }
        }
    }
    let s = &*s;
    if let Some(error) = s.get("error").filter(|e| !e.is_null()) {
        return sink.failed("a sample that ended in an error", &cause(error));
    }
    let output = s.get("output").unwrap_or(&Value::Null);
    let choices = output.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let completion = output.get("completion").and_then(Value::as_str).unwrap_or_default();
    if choices.is_empty() && completion.trim().is_empty() {
        let limit = s.get("limit").filter(|l| !l.is_null());
        return match (output.get("error").filter(|e| !e.is_null()), limit) {
            (Some(error), _) => sink.failed("a sample that ended in an error", &cause(error)),
            (None, Some(limit)) => sink.failed("a sample that met its limit before it answered", limit),
            (None, None) => sink.leave_out("a sample without an answer"),
        };
    }
    let base = described(s, output, header, sink);
    if choices.is_empty() {
        return sink.answer(base, super::super::chat::of_text(completion), None);
    }
    for (n, choice) in choices.iter().enumerate() {
        let content = choice.get("message").map(of_message).unwrap_or_default();
        let mut sample = base.clone();
        if n > 0 {
            sample.id = sample.id.map(|id| format!("{id}/{n}"));
        }
        sink.answer(sample, content, choice.get("stop_reason").and_then(Value::as_str));
    }
}

/// `{"message": "APIConnectionError: …"}`: the message says more than the rest.
fn cause(error: &Value) -> Value {
    error.get("message").unwrap_or(error).clone()
}

/// A sample's id, model, prompt and fields.
fn described(s: &Value, output: &Value, header: &Value, sink: &mut Sink) -> RawSample {
    let input = s.get("input").unwrap_or(&Value::Null);
    let asked = match turns(input) {
        Some(chat) => asked(&chat),
        None => Asked::from(content_text(input)),
    };
    // A system prompt that a solver adds is in the messages alone.
    let added = s.get("messages").and_then(turns).and_then(|m| super::super::chat::asked(&m).system);
    let asked = Asked { system: asked.system.clone().or(added), ..asked };
    let eval = header.get("eval");
    let name = |v: Option<&Value>| v.and_then(|v| v.get("model")).and_then(scalar).filter(|m| !m.is_empty());
    let id = s.get("id").and_then(scalar).unwrap_or_default();
    let epoch = s.get("epoch").and_then(Value::as_u64).filter(|e| *e > 1);
    let mut fields: Vec<RawField> = Vec::new();
    for (scorer, score) in s.get("scores").and_then(Value::as_object).into_iter().flatten() {
        let value = score.get("value").unwrap_or(score);
        fields.extend(sink.file.pool.value(&format!("scores.{scorer}"), value));
    }
    for part in [
        s.get("metadata"),
        eval.and_then(|e| e.get("model_generate_config")),
        header.get("plan").and_then(|p| p.get("config")),
    ] {
        if let Some(map) = part.and_then(Value::as_object) {
            fields.extend(sink.fields(map, &[]));
        }
    }
    if let Some(limit) = s.get("limit").and_then(|l| l.get("type")) {
        fields.extend(sink.file.pool.value("limit", limit));
    }
    fields.extend(eval.and_then(|e| e.get("task")).and_then(|t| sink.file.pool.value("task", t)));
    fields.sort_by_key(|f| f.0);
    fields.dedup_by_key(|f| f.0);
    RawSample {
        id: Some(epoch.map_or_else(|| id.clone(), |e| format!("{id}/epoch-{e}"))),
        model: name(Some(output)).or_else(|| name(eval)),
        prompt: Some(RawPrompt::Asked(asked)),
        fields,
        ..RawSample::default()
    }
}

/// Puts long strings back in their places.
fn attach(value: &mut Value, attachments: &Map<String, Value>) {
    match value {
        Value::String(s) => {
            if let Some(Value::String(full)) = s.strip_prefix("attachment://").and_then(|hash| attachments.get(hash)) {
                full.clone_into(s);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| attach(v, attachments)),
        Value::Object(map) => map.values_mut().for_each(|v| attach(v, attachments)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_strings_are_put_back_wherever_they_are() {
        let mut v = serde_json::json!([{"text": "attachment://a"}, "attachment://b"]);
        attach(&mut v, serde_json::json!({"a": "long"}).as_object().unwrap());
        assert_eq!(v, serde_json::json!([{"text": "long"}, "attachment://b"]));
    }
}
