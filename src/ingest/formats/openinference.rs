//! Spans of Arize Phoenix (OpenInference): the columns of `get_spans_dataframe`, or the attributes as objects.

use serde_json::{Map, Value};

use super::super::chat::{Content, asked, asked_by, content_of, turns};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Span;

impl Importer for Span {
    const NAME: &'static str = "Phoenix spans";

    fn sniff(record: &Record) -> bool {
        let said = ["llm.output_messages", "output.value", "openinference.span.kind", "llm.model_name"];
        let column = |name: &&str| record.contains_key(&format!("attributes.{name}"));
        said.iter().any(column) || said.iter().any(|name| attribute(record, name).is_some())
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let kind = record.get("span_kind").or_else(|| attribute(record, "openinference.span.kind"));
        if kind.and_then(Value::as_str).is_some_and(|k| !k.eq_ignore_ascii_case("LLM")) {
            sink.leave_out("a span that is no call of a model");
            return Ok(());
        }
        let failed = record.get("status_code").and_then(Value::as_str).is_some_and(|s| s.eq_ignore_ascii_case("ERROR"));
        let said = attribute(record, "llm.output_messages").and_then(turns);
        let content = match said.and_then(|t| t.into_iter().next_back()) {
            Some(turn) => turn.content,
            None => attribute(record, "output.value").map(content_of).unwrap_or_default(),
        };
        if failed && content.text.trim().is_empty() {
            sink.failed("a span that ended in an error", record.get("status_message").unwrap_or(&Value::Null));
            return Ok(());
        }
        if content == Content::default() {
            sink.leave_out("a span without an output");
            return Ok(());
        }
        let prompt = match attribute(record, "llm.input_messages").and_then(turns) {
            Some(chat) => Some(asked(&chat)),
            None => attribute(record, "input.value").map(asked_by),
        };
        let id = ["context.span_id", "span_id", "id"].iter().find_map(|n| record.get(*n)).and_then(scalar);
        let model = attribute(record, "llm.model_name").and_then(scalar);
        let settings = attribute(record, "llm.invocation_parameters").and_then(|p| match p {
            Value::String(s) => serde_json::from_str::<Map<String, Value>>(s).ok(),
            Value::Object(map) => Some(map.clone()),
            _ => None,
        });
        let fields = settings.map(|s| sink.fields(&s, &["model", "messages"])).unwrap_or_default();
        let sample = RawSample { id, model, prompt: prompt.map(RawPrompt::Asked), fields, ..RawSample::default() };
        sink.answer(sample, content, None);
        Ok(())
    }
}

/// An attribute by its dotted name: a column of that name, or objects within each other.
fn attribute<'a>(record: &'a Record, name: &str) -> Option<&'a Value> {
    if let Some(value) = record.get(&format!("attributes.{name}")) {
        return Some(value).filter(|v| !v.is_null());
    }
    let attributes = record.get("attributes")?;
    if let Some(value) = attributes.get(name) {
        return Some(value);
    }
    name.split('.').try_fold(attributes, |at, part| at.get(part)).filter(|v| !v.is_null())
}
