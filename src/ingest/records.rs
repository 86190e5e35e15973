//! One JSON record to samples: the formats that carry more than a text, a prompt and a model, told by their fields.

use std::path::Path;

use serde_json::{Map, Value};

use super::chat::{content_text, last_answer, turns};
use super::error::IngestError;
use super::fields::{self, scalar};
use super::sink::{RawSample, Sink};
use super::{IngestOptions, documents};

/// Name of a format that says elsewhere which model it is of.
pub(super) const LM_EVAL: &str = "lm-evaluation-harness samples";

/// Name of another one.
pub(super) const HELM: &str = "HELM predictions";

type Record = Map<String, Value>;

/// Puts the samples of one record into the sink. `at` says where it stands.
pub(super) fn take(
    value: &Value,
    options: &IngestOptions,
    at: &dyn Fn() -> String,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let generic = |sink: &mut Sink| -> Result<(), IngestError> {
        let samples = match fields::samples(value, &options.fields, &path, at) {
            // A prompt with an id and no text belongs to answers in another file.
            Err(IngestError::NoText { .. }) if fields::prompt_by_id(value, sink) => return Ok(()),
            other => other?,
        };
        sink.file.formats.insert("records with a text field");
        if let Value::Object(record) = value {
            sink.file.draws.take(record);
        }
        samples.into_iter().for_each(|s| sink.push(s));
        Ok(())
    };
    let Value::Object(map) = value else { return generic(sink) };
    // A field named by the person overrules what the record looks like.
    if options.fields.text.is_some() {
        return generic(sink);
    }
    let has = |names: &[&str]| names.iter().all(|n| map.contains_key(*n));
    if has(&["doc_id", "resps"]) {
        lm_eval(map, &path, at, sink)
    } else if has(&["instance_id", "predicted_text"]) || has(&["instance_id", "request"]) {
        helm(map, sink);
        Ok(())
    } else if has(&["custom_id"]) {
        batch(map, sink);
        Ok(())
    } else if has(&["question_id", "turns"]) {
        question(map, sink);
        Ok(())
    } else if has(&["model_id", "choices"]) {
        mt_bench(map, sink);
        Ok(())
    } else if has(&["conversation_a", "conversation_b"]) {
        arena(map, sink);
        Ok(())
    } else if has(&["model_a_response", "model_b_response"]) {
        pair(map, sink);
        Ok(())
    } else if has(&["statement", "answer_matching_behavior"]) {
        sink.file.formats.insert("Anthropic model-written evaluations (the statements are the texts)");
        sink.push(RawSample {
            id: None,
            model: None,
            prompt: None,
            text: text_of(map.get("statement")),
            ..RawSample::default()
        });
        Ok(())
    } else if has(&["results", "versions", "config"]) {
        Err(IngestError::Foreign {
            path,
            what: "a file of lm-evaluation-harness results, which holds scores; name its samples_*.jsonl",
        })
    } else if documents::take(map, sink) {
        Ok(())
    } else {
        generic(sink)
    }
}

fn text_of(value: Option<&Value>) -> String {
    value.map(content_text).unwrap_or_default()
}

/// lm-evaluation-harness `--log_samples`: one line a document and filter; `resps` is a list (requests) of lists (repeats).
fn lm_eval(map: &Record, path: &Path, at: &dyn Fn() -> String, sink: &mut Sink) -> Result<(), IngestError> {
    sink.file.formats.insert(LM_EVAL);
    let id = map.get("doc_id").and_then(scalar).unwrap_or_default();
    if !sink.met.insert(id.clone()) {
        sink.leave_out("the same document under another filter");
        return Ok(());
    }
    let mut answers = Vec::new();
    flatten(map.get("resps").unwrap_or(&Value::Null), &mut answers);
    let Some(answers) = answers.into_iter().collect::<Option<Vec<String>>>().filter(|a| !a.is_empty()) else {
        return Err(IngestError::LogLikelihood { path: path.to_path_buf(), at: at() });
    };
    let prompt = map.get("arguments").and_then(lm_prompt);
    for (n, text) in answers.into_iter().enumerate() {
        let id = if n == 0 { id.clone() } else { format!("{id}/{n}") };
        sink.push(RawSample { id: Some(id), model: None, prompt: prompt.clone(), text, ..RawSample::default() });
    }
    Ok(())
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

/// The prompt in `arguments`, which is an object of objects in new files and a list of lists in old ones; a chat in it
/// is written as JSON.
fn lm_prompt(arguments: &Value) -> Option<String> {
    let first = match arguments {
        Value::Object(m) => m.values().next()?,
        Value::Array(list) => list.first()?,
        _ => return None,
    };
    let prompt = match first {
        Value::Object(m) => m.get("arg_0").or_else(|| m.values().next())?,
        Value::Array(list) => list.first()?,
        other => other,
    };
    let prompt = match prompt {
        Value::Array(list) if list.len() == 1 => &list[0],
        other => other,
    };
    let text = content_text(prompt);
    match serde_json::from_str::<Value>(&text).ok().as_ref().and_then(turns) {
        Some(chat) => Some(chat.iter().map(|(_, t)| t.as_str()).collect::<Vec<_>>().join("\n\n")),
        None => Some(text),
    }
}

/// HELM's display files: predictions, and the requests that they answer. Instances of two runs have the same ids, so the
/// folder belongs to the name of a prompt.
fn helm(map: &Record, sink: &mut Sink) {
    let id = map.get("instance_id").and_then(scalar).unwrap_or_default();
    let trial = map.get("train_trial_index").and_then(scalar).filter(|t| t != "0");
    let changed = map.get("perturbation").and_then(|p| p.get("name")).and_then(scalar);
    let id = [Some(id), changed, trial].into_iter().flatten().collect::<Vec<_>>().join("/");
    let folder = sink.file.path.parent().map(|p| p.display().to_string()).unwrap_or_default();
    let key = format!("{folder}: {id}");
    if let Some(request) = map.get("request") {
        sink.file.formats.insert("HELM requests (prompts for the predictions)");
        sink.file.prompts.insert(key, text_of(request.get("prompt")));
        return;
    }
    sink.file.formats.insert(HELM);
    let text = text_of(map.get("predicted_text"));
    sink.push(RawSample { id: Some(id), model: None, prompt: Some(prompt_key(&key)), text, ..RawSample::default() });
}

/// OpenAI's and Anthropic's batches: requests give prompts by `custom_id`, results give texts.
fn batch(map: &Record, sink: &mut Sink) {
    let id = map.get("custom_id").and_then(scalar).unwrap_or_default();
    if let Some(request) = map.get("params").or_else(|| map.get("body")) {
        sink.file.formats.insert("batch requests (prompts for the results)");
        if let Some(prompt) = request_prompt(request) {
            sink.file.prompts.insert(id, prompt);
        }
        return;
    }
    sink.file.formats.insert("batch results");
    if let Some(result) = map.get("result") {
        match result.get("message") {
            Some(message) if result.get("type").and_then(Value::as_str) == Some("succeeded") => {
                let model = message.get("model").and_then(scalar);
                sink.push(answer_to(&id, model, content_text(message.get("content").unwrap_or(&Value::Null))));
            }
            _ => sink.leave_out("a failed request"),
        }
        return;
    }
    let response = map.get("response").unwrap_or(&Value::Null);
    let body = response.get("body").unwrap_or(response);
    let model = body.get("model").and_then(scalar);
    let failed = response.get("status_code").and_then(Value::as_u64).is_some_and(|s| s >= 400);
    let mut texts: Vec<String> = Vec::new();
    if let Some(choices) = body.get("choices").and_then(Value::as_array) {
        texts.extend(choices.iter().map(|c| {
            let message = c.get("message").and_then(|m| m.get("content"));
            message.or_else(|| c.get("text")).map(content_text).unwrap_or_default()
        }));
    } else if let Some(output) = body.get("output").and_then(Value::as_array) {
        let parts = output.iter().filter(|o| o.get("type").and_then(Value::as_str).is_none_or(|t| t == "message"));
        texts
            .push(parts.map(|o| content_text(o.get("content").unwrap_or(&Value::Null))).collect::<Vec<_>>().join("\n"));
    }
    if failed || texts.is_empty() {
        sink.leave_out("a failed request");
    }
    if !failed {
        texts.into_iter().for_each(|t| sink.push(answer_to(&id, model.clone(), t)));
    }
}

/// The prompt is known by its id until the file with the prompts is read.
fn answer_to(id: &str, model: Option<String>, text: String) -> RawSample {
    RawSample { id: Some(id.to_owned()), model, prompt: Some(prompt_key(id)), text, ..RawSample::default() }
}

/// How an answer names a prompt that stands in another file.
pub(super) fn prompt_key(id: &str) -> String {
    format!("\u{0}{id}")
}

fn request_prompt(request: &Value) -> Option<String> {
    let messages = request.get("messages").or_else(|| request.get("input")).or_else(|| request.get("prompt"))?;
    match turns(messages) {
        Some(chat) if chat.len() == 1 => Some(chat[0].1.clone()),
        Some(chat) => Some(chat.iter().map(|(r, t)| format!("{r}: {t}")).collect::<Vec<_>>().join("\n\n")),
        None => Some(content_text(messages)),
    }
}

/// MT-Bench questions.
fn question(map: &Record, sink: &mut Sink) {
    sink.file.formats.insert("MT-Bench questions (prompts for the answers)");
    let id = map.get("question_id").and_then(scalar).unwrap_or_default();
    for (n, turn) in map.get("turns").and_then(Value::as_array).into_iter().flatten().enumerate() {
        sink.file.prompts.insert(format!("{id}/{}", n + 1), content_text(turn));
    }
}

/// MT-Bench answers: every turn is a sample.
fn mt_bench(map: &Record, sink: &mut Sink) {
    sink.file.formats.insert("MT-Bench answers");
    let id = map.get("question_id").and_then(scalar).unwrap_or_default();
    let model = map.get("model_id").and_then(scalar);
    for choice in map.get("choices").and_then(Value::as_array).into_iter().flatten() {
        for (n, turn) in choice.get("turns").and_then(Value::as_array).into_iter().flatten().enumerate() {
            sink.push(answer_to(&format!("{id}/{}", n + 1), model.clone(), content_text(turn)));
        }
    }
}

/// Arena pairs: one row is two samples of one prompt.
fn arena(map: &Record, sink: &mut Sink) {
    sink.file.formats.insert("arena pairs");
    let id = map.get("question_id").and_then(scalar);
    for side in ["a", "b"] {
        let chat = map.get(&format!("conversation_{side}")).and_then(turns).unwrap_or_default();
        let (text, prompt) = last_answer(&chat);
        let model = map.get(&format!("model_{side}")).and_then(scalar);
        let id = id.as_ref().map(|i| format!("{i}/{side}"));
        sink.push(RawSample { id, model, prompt: Some(prompt), text, ..RawSample::default() });
    }
}

/// StringSight's paired rows.
fn pair(map: &Record, sink: &mut Sink) {
    sink.file.formats.insert("pairs of answers");
    let prompt = map.get("prompt").or_else(|| map.get("question")).map(content_text);
    for side in ["model_a", "model_b"] {
        let answer = map.get(&format!("{side}_response")).unwrap_or(&Value::Null);
        let text = turns(answer).map_or_else(|| content_text(answer), |t| last_answer(&t).0);
        let model = map.get(side).and_then(scalar).or_else(|| Some(side.to_owned()));
        sink.push(RawSample { id: None, model, prompt: prompt.clone(), text, ..RawSample::default() });
    }
}
