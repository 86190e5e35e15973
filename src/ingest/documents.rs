//! Whole files that are one JSON object with the samples inside: logs of inspect_ai, LLM Comparator, Hodoscope, HELM, and
//! results by category.

use serde_json::{Map, Value};

use super::chat::{content_text, last_answer, turns};
use super::fields::scalar;
use super::sink::{RawSample, Sink};

type Record = Map<String, Value>;

/// Takes a document apart; false when it is none that is known.
pub(super) fn take(map: &Record, sink: &mut Sink) -> bool {
    let list = |name: &str| map.get(name).and_then(Value::as_array);
    if let (Some(eval), Some(samples)) = (map.get("eval"), list("samples")) {
        sink.file.formats.insert("inspect_ai log");
        let model = eval.get("model").and_then(scalar);
        samples.iter().for_each(|s| inspect_sample(s, model.as_deref(), sink));
    } else if map.contains_key("eval") && map.contains_key("version") {
        sink.file.formats.insert("inspect_ai log without samples");
    } else if let (Some(models), Some(examples)) = (list("models"), list("examples")) {
        comparator(models, examples, sink);
    } else if let (Some(summaries), true) = (list("summaries"), map.contains_key("embedding_model")) {
        sink.file.formats.insert("Hodoscope summaries (the summaries are the texts)");
        let model = map.get("fields").and_then(|f| f.get("model")).and_then(scalar);
        for s in summaries {
            let id = match (s.get("trajectory_id").and_then(scalar), s.get("turn_id").and_then(scalar)) {
                (Some(t), Some(n)) => Some(format!("{t}/{n}")),
                (t, _) => t,
            };
            let prompt = s.get("task_context").map(content_text);
            let text = s.get("summary").map(content_text).unwrap_or_default();
            sink.push(RawSample { id, model: model.clone(), prompt, text, ..RawSample::default() });
        }
    } else if let Some(states) = list("request_states") {
        helm(map, states, sink);
    } else if let Some(categories) = map.get("results").and_then(Value::as_object).filter(|c| is_probes(c)) {
        by_category(categories, sink);
    } else {
        return false;
    }
    true
}

/// One sample of inspect_ai. Long strings may stand as `attachment://HASH` in place of themselves.
pub(super) fn inspect_sample(s: &Value, model: Option<&str>, sink: &mut Sink) {
    let resolve = |text: String| -> String {
        match text.strip_prefix("attachment://").and_then(|hash| s.get("attachments")?.get(hash)?.as_str()) {
            Some(full) => full.to_owned(),
            None => text,
        }
    };
    let input = s.get("input").unwrap_or(&Value::Null);
    let prompt = match turns(input) {
        Some(chat) => chat.into_iter().map(|(_, t)| resolve(t)).collect::<Vec<_>>().join("\n\n"),
        None => resolve(content_text(input)),
    };
    let output = s.get("output").unwrap_or(&Value::Null);
    let model = output.get("model").and_then(scalar).filter(|m| !m.is_empty()).or_else(|| model.map(str::to_owned));
    let id = s.get("id").and_then(scalar).unwrap_or_default();
    let epoch = s.get("epoch").and_then(Value::as_u64).filter(|e| *e > 1);
    let id = epoch.map_or_else(|| id.clone(), |e| format!("{id}/epoch-{e}"));
    let choices = output.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if choices.is_empty() {
        match output.get("completion").and_then(Value::as_str) {
            Some(text) => {
                sink.push(RawSample {
                    id: Some(id),
                    model,
                    prompt: Some(prompt),
                    text: resolve(text.to_owned()),
                    ..RawSample::default()
                });
            }
            None => sink.leave_out("a sample without an answer"),
        }
        return;
    }
    for (n, choice) in choices.iter().enumerate() {
        let text = choice.get("message").and_then(|m| m.get("content")).map(content_text).unwrap_or_default();
        let id = if n == 0 { id.clone() } else { format!("{id}/{n}") };
        let (model, prompt) = (model.clone(), Some(prompt.clone()));
        sink.push(RawSample { id: Some(id), model, prompt, text: resolve(text), ..RawSample::default() });
    }
}

fn comparator(models: &[Value], examples: &[Value], sink: &mut Sink) {
    sink.file.formats.insert("LLM Comparator");
    let name = |n: usize| models.get(n).and_then(|m| m.get("name")).and_then(scalar);
    for e in examples {
        let prompt = e.get("input_text").map(content_text);
        for (n, field) in ["output_text_a", "output_text_b"].into_iter().enumerate() {
            let text = e.get(field).map(content_text).unwrap_or_default();
            sink.push(RawSample { id: None, model: name(n), prompt: prompt.clone(), text, ..RawSample::default() });
        }
    }
}

fn helm(map: &Record, states: &[Value], sink: &mut Sink) {
    sink.file.formats.insert("HELM scenario state");
    let adapter = map.get("adapter_spec").and_then(|a| a.get("model")).and_then(scalar);
    for s in states {
        let request = s.get("request").unwrap_or(&Value::Null);
        let prompt = request.get("prompt").map(content_text);
        let model = request.get("model").and_then(scalar).or_else(|| adapter.clone());
        let id = s.get("instance").and_then(|i| i.get("id")).and_then(scalar);
        let completions = s.get("result").and_then(|r| r.get("completions")).and_then(Value::as_array);
        for c in completions.into_iter().flatten() {
            let text = c.get("text").map(content_text).unwrap_or_default();
            sink.push(RawSample {
                id: id.clone(),
                model: model.clone(),
                prompt: prompt.clone(),
                text,
                ..RawSample::default()
            });
        }
    }
}

const PROBE: [&str; 4] = ["probe", "prompt", "question", "instruction"];
const ANSWER: [&str; 4] = ["response", "answer", "output", "completion"];

fn first<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|n| value.get(*n))
}

fn is_probes(categories: &Record) -> bool {
    let mut lists = categories.values().filter_map(Value::as_array).flatten().peekable();
    lists.peek().is_some() && lists.all(|r| first(r, &ANSWER).is_some())
}

/// `results: {category: [{probe, response}]}`.
fn by_category(categories: &Record, sink: &mut Sink) {
    sink.file.formats.insert("results by category");
    for (category, list) in categories {
        for (n, r) in list.as_array().into_iter().flatten().enumerate() {
            let answer = first(r, &ANSWER).unwrap_or(&Value::Null);
            let text = turns(answer).map_or_else(|| content_text(answer), |t| last_answer(&t).0);
            let prompt = first(r, &PROBE).map(content_text);
            sink.push(RawSample {
                id: Some(format!("{category}/{}", n + 1)),
                model: None,
                prompt,
                text,
                ..RawSample::default()
            });
        }
    }
}
