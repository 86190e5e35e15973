//! OpenAI's and Anthropic's batches, and those like them: requests give prompts by `custom_id`, results give texts.

use serde_json::{Map, Value};

use super::super::chat::{Asked, Content, asked, asked_by, content_of, of_message, turns};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::pool::RawField;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

/// Fields of a request that are no settings.
const ASKED: [&str; 6] = ["messages", "input", "prompt", "model", "tools", "instructions"];

pub(super) struct Requests;

impl Importer for Requests {
    const NAME: &'static str = "batch requests (prompts for the results)";

    fn sniff(record: &Record) -> bool {
        record.contains_key("custom_id") && (record.contains_key("params") || record.contains_key("body"))
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = record.get("custom_id").and_then(scalar).unwrap_or_default();
        let request = record.get("params").or_else(|| record.get("body")).unwrap_or(&Value::Null);
        if let Some(asked) = asked_in(request) {
            sink.file.prompts.insert(id.clone(), asked);
        }
        let settings = request.as_object().map(|r| sink.fields(r, &ASKED)).unwrap_or_default();
        if !settings.is_empty() {
            sink.file.settings.insert(id, settings);
        }
        Ok(())
    }
}

fn asked_in(request: &Value) -> Option<Asked> {
    let messages = request.get("messages").or_else(|| request.get("input")).or_else(|| request.get("prompt"))?;
    let mut found = match turns(messages) {
        Some(chat) => asked(&chat),
        None => asked_by(messages),
    };
    // Anthropic and the Responses API name the system prompt beside the messages.
    let system = request.get("system").or_else(|| request.get("instructions")).map(|s| content_of(s).text);
    found.system = found.system.or(system.filter(|s| !s.trim().is_empty()));
    Some(found)
}

pub(super) struct Results;

impl Importer for Results {
    const NAME: &'static str = "batch results";

    fn sniff(record: &Record) -> bool {
        let has = |n: &str| record.contains_key(n);
        has("custom_id") && (has("result") || has("response") || has("error"))
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = record.get("custom_id").and_then(scalar).unwrap_or_default();
        if let Some(result) = record.get("result") {
            anthropic(&id, result, sink);
        } else {
            openai(&id, record, sink);
        }
        Ok(())
    }
}

/// A bare reply of a completions endpoint, as it is saved a line.
pub(super) struct Completion;

impl Importer for Completion {
    const NAME: &'static str = "replies of a completions endpoint";

    fn sniff(record: &Record) -> bool {
        let choice = record.get("choices").and_then(Value::as_array).and_then(|c| c.first());
        let spoken = choice.is_some_and(|c| c.get("message").is_some_and(Value::is_object) || c.get("text").is_some());
        spoken && !record.contains_key("question_id")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = record.get("id").and_then(scalar).unwrap_or_default();
        let from = sink.file.samples.len();
        openai(&id, record, sink);
        // There is no request to look the prompt up in.
        sink.file.samples.iter_mut().skip(from).for_each(|s| s.prompt = None);
        Ok(())
    }
}

fn anthropic(id: &str, result: &Value, sink: &mut Sink) {
    let Some(message) = result.get("message").filter(|_| kind(result) == Some("succeeded")) else {
        let cause = result.get("error").cloned().or_else(|| result.get("type").cloned()).unwrap_or(Value::Null);
        // {"type": "error", "error": {"type": …}}: what happened is the inner one.
        let cause = cause.get("error").cloned().unwrap_or(cause);
        return sink.failed("a failed request", &cause);
    };
    let finish = message.get("stop_reason").and_then(Value::as_str);
    let sample = answer_to(id, message, sink);
    sink.answer(sample, of_message(message), finish);
}

fn kind(value: &Value) -> Option<&str> {
    value.get("type").and_then(Value::as_str)
}

fn openai(id: &str, record: &Record, sink: &mut Sink) {
    let whole = Value::Object(record.clone());
    let response = record.get("response").unwrap_or(&whole);
    let body = response.get("body").unwrap_or(response);
    let failed = response.get("status_code").and_then(Value::as_u64).is_some_and(|s| s >= 400);
    let error = [record.get("error"), body.get("error")].into_iter().flatten().find(|e| !e.is_null());
    let mut found: Vec<(Content, Option<&str>)> = Vec::new();
    if let Some(choices) = body.get("choices").and_then(Value::as_array) {
        found.extend(choices.iter().map(|c| {
            let content = match c.get("message") {
                Some(message) => of_message(message),
                None => c.get("text").map(content_of).unwrap_or_default(),
            };
            (content, c.get("finish_reason").and_then(Value::as_str))
        }));
    } else if let Some(output) = body.get("output").and_then(Value::as_array) {
        let cut = body.get("incomplete_details").and_then(|d| d.get("reason")).and_then(Value::as_str);
        found.push((responses(output), cut.or_else(|| body.get("status").and_then(Value::as_str))));
    }
    if failed || found.is_empty() {
        let code = response.get("status_code").cloned().unwrap_or(Value::Null);
        return sink.failed("a failed request", error.unwrap_or(&code));
    }
    let several = found.len() > 1;
    for (n, (content, finish)) in found.into_iter().enumerate() {
        let mut sample = answer_to(id, body, sink);
        if several && n > 0 {
            sample.id = Some(format!("{id}/{n}"));
        }
        sink.answer(sample, content, finish);
    }
}

/// The items of the Responses API: messages, reasoning and calls.
fn responses(output: &[Value]) -> Content {
    let mut all = Content::default();
    for item in output {
        let one = match kind(item) {
            None | Some("message") => of_message(item),
            Some(_) => content_of(&Value::Array(vec![item.clone()])),
        };
        for (to, from) in [(&mut all.text, one.text), (&mut all.reasoning, one.reasoning)] {
            if !to.is_empty() && !from.is_empty() {
                to.push('\n');
            }
            to.push_str(&from);
        }
        all.refused |= one.refused;
        all.calls += one.calls;
        all.media += one.media;
    }
    all
}

/// The prompt is known by its id until the file with the prompts is read.
fn answer_to(id: &str, body: &Value, sink: &mut Sink) -> RawSample {
    let names = ["temperature", "top_p", "max_output_tokens", "system_fingerprint", "service_tier"];
    let mut kept = Map::new();
    for name in names {
        if let Some(value) = body.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    let fields: Vec<RawField> = sink.fields(&kept, &[]);
    let (id, model) = (id.to_owned(), body.get("model").and_then(scalar));
    RawSample { id: Some(id.clone()), model, prompt: Some(RawPrompt::Id(id)), fields, ..RawSample::default() }
}
