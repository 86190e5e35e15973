//! Finds id, model, prompt and text in a JSON object.

use std::path::Path;

use serde_json::{Map, Value};

use super::IngestError;
use super::chat::{last_answer, plain, turns};
use super::sink::{RawSample, Sink};

pub(super) const TEXT: [&str; 13] = [
    "text",
    "output",
    "response",
    "completion",
    "answer",
    "generation",
    "generated_text",
    "model_response",
    "prediction",
    "predicted_text",
    "model_output",
    "content",
    "final_response",
];
pub(super) const PROMPT: [&str; 7] = ["prompt", "instruction", "question", "query", "input_text", "user", "input"];
const MODEL: [&str; 6] = ["model", "generator", "model_id", "model_name", "model_type", "source"];
pub(super) const ID: [&str; 4] = ["id", "sample_id", "uid", "uuid"];
/// Ids of prompts that stand in another file.
const KEY: [&str; 4] = ["qid", "question_id", "prompt_id", "custom_id"];
const CHAT: [&str; 3] = ["messages", "conversation", "conversations"];

/// Field names given by the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldNames {
    /// `--text-field`
    pub text: Option<String>,
    /// `--prompt-field`
    pub prompt: Option<String>,
    /// `--model-field`
    pub model: Option<String>,
    /// `--id-field`
    pub id: Option<String>,
    /// `--pair-by`
    #[serde(default)]
    pub pair: Option<String>,
    /// `--vector-field`
    #[serde(default)]
    pub vector: Option<String>,
}

/// The samples of one record: several when its text is a list of answers.
pub(super) fn samples(
    value: &Value,
    names: &FieldNames,
    path: &Path,
    at: &dyn Fn() -> String,
) -> Result<Vec<RawSample>, IngestError> {
    let Value::Object(map) = value else {
        return Err(IngestError::NotObject { path: path.to_path_buf(), at: at(), what: kind(value) });
    };
    let named = |name: &Option<String>, usual: &[&str]| -> Result<Option<(String, Value)>, IngestError> {
        match name {
            Some(n) => match map.get(n) {
                Some(v) => Ok(Some((n.clone(), v.clone()))),
                None => Err(IngestError::NoField {
                    path: path.to_path_buf(),
                    at: at(),
                    field: n.clone(),
                    found: found(map),
                }),
            },
            None => Ok(usual.iter().find_map(|u| map.get(*u).map(|v| ((*u).to_owned(), v.clone())))),
        }
    };
    let chat = CHAT.iter().find_map(|c| map.get(*c)).and_then(turns);
    let (texts, mut prompt) = match named(&names.text, &TEXT)? {
        Some((field, value)) => (texts(&field, &value, path, at)?, None),
        None => match &chat {
            Some(turns) => {
                let (answer, before) = last_answer(turns);
                (vec![answer], Some(before))
            }
            None => {
                return Err(IngestError::NoText { path: path.to_path_buf(), at: at(), found: found(map) });
            }
        },
    };
    if let Some((field, value)) = named(&names.prompt, &PROMPT)? {
        prompt = Some(with_input(plain(&value), map, &field));
    } else if prompt.is_none() {
        prompt = chat.as_deref().map(|t| last_answer(t).1);
    }
    let key = KEY.iter().find_map(|k| map.get(*k)).and_then(scalar).map(|k| super::records::prompt_key(&k));
    let prompt = prompt.filter(|p| !p.trim().is_empty()).or(key);
    let model = named(&names.model, &MODEL)?.and_then(|(_, v)| scalar(&v));
    let id = named(&names.id, &ID)?.and_then(|(_, v)| scalar(&v));
    let vector = super::vectors::of_record(map, names.vector.as_deref(), path, at)?;
    if vector.is_some() && texts.len() > 1 {
        let why = format!("there are {} texts but one vector; give each text a record of its own", texts.len());
        return Err(IngestError::Vector { path: path.to_path_buf(), at: at(), why });
    }
    // `--pair-by` must be there in every record: a missing key would unpair samples without a word.
    let pair = named(&names.pair, &[])?.and_then(|(_, v)| scalar(&v));
    let sample = |text| RawSample {
        id: id.clone(),
        model: model.clone(),
        prompt: prompt.clone(),
        pair: pair.clone(),
        text,
        vector: vector.clone(),
    };
    Ok(texts.into_iter().map(sample).collect())
}

/// Keeps a record that holds an id and a prompt alone, for answers in another file; false for any other record.
pub(super) fn prompt_by_id(value: &Value, sink: &mut Sink) -> bool {
    let first = |names: &[&str]| names.iter().find_map(|n| value.get(*n));
    let id = first(&ID).or_else(|| first(&KEY)).and_then(scalar);
    match (id, first(&PROMPT)) {
        (Some(id), Some(prompt)) => {
            sink.file.formats.insert("prompts by id (for answers in other files)");
            sink.file.prompts.insert(id, plain(prompt));
            true
        }
        _ => false,
    }
}

/// Alpaca's `instruction` is completed by a non-empty `input`.
fn with_input(prompt: String, map: &Map<String, Value>, field: &str) -> String {
    match map.get("input") {
        Some(Value::String(s)) if field == "instruction" && !s.trim().is_empty() => {
            format!("{prompt}\n\n{s}")
        }
        _ => prompt,
    }
}

fn texts(field: &str, value: &Value, path: &Path, at: &dyn Fn() -> String) -> Result<Vec<String>, IngestError> {
    match value {
        Value::String(s) => Ok(vec![s.clone()]),
        // A model that said nothing is evidence, not a fault.
        Value::Null => Ok(vec![String::new()]),
        Value::Number(n) => Ok(vec![n.to_string()]),
        Value::Array(list) if list.iter().all(|v| v.is_string() || v.is_null()) && !list.is_empty() => {
            Ok(list.iter().map(plain).collect())
        }
        Value::Array(_) | Value::Object(_) => match turns(value) {
            Some(t) => Ok(vec![last_answer(&t).0]),
            None => Err(IngestError::FieldType {
                path: path.to_path_buf(),
                at: at(),
                field: field.to_owned(),
                what: kind(value),
            }),
        },
        Value::Bool(_) => Err(IngestError::FieldType {
            path: path.to_path_buf(),
            at: at(),
            field: field.to_owned(),
            what: kind(value),
        }),
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

fn found(map: &Map<String, Value>) -> String {
    map.keys().map(|k| format!("“{k}”")).collect::<Vec<_>>().join(", ")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(v: Value) -> Vec<RawSample> {
        samples(&v, &FieldNames::default(), Path::new("f"), &|| "line 1".into()).unwrap()
    }

    #[test]
    fn usual_names_are_found() {
        let s = read(
            json!({"id": 7, "generator": "m", "instruction": "Name a pet.", "input": "short", "output": "A goose."}),
        );
        assert_eq!(s[0].id.as_deref(), Some("7"));
        assert_eq!(s[0].model.as_deref(), Some("m"));
        assert_eq!(s[0].prompt.as_deref(), Some("Name a pet.\n\nshort"));
        assert_eq!(s[0].text, "A goose.");
        assert_eq!(read(json!({"prompt": "p", "completion": null}))[0].text, "");
        assert_eq!(read(json!({"prompt": "p", "response": ["a", "b"]})).len(), 2);
    }

    #[test]
    fn chats_are_read_to_the_last_answer() {
        let s = read(
            json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}]}),
        );
        assert_eq!((s[0].prompt.as_deref(), s[0].text.as_str()), (Some("Hi"), "Hello"));
        let s = read(
            json!({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}, {"from": "human", "value": "c"}, {"from": "gpt", "value": "d"}]}),
        );
        assert_eq!(s[0].text, "d");
        assert_eq!(s[0].prompt.as_deref(), Some("human: a\n\ngpt: b\n\nhuman: c"));
        let s = read(json!({"prompt": [{"role": "user", "content": "q"}], "text": "t"}));
        assert_eq!(s[0].prompt.as_deref(), Some("q"));
    }

    #[test]
    fn unknown_fields_are_listed() {
        let at = || "line 3".to_owned();
        let e = samples(&json!({"body": "x", "n": 1}), &FieldNames::default(), Path::new("a.jsonl"), &at).unwrap_err();
        assert_eq!(
            e.to_string(),
            "a.jsonl, line 3: no text; the fields are “body”, “n”. Name the one with the text: --text-field FIELD"
        );
        let names = FieldNames { text: Some("body".into()), ..FieldNames::default() };
        assert_eq!(samples(&json!({"body": "x"}), &names, Path::new("f"), &at).unwrap()[0].text, "x");
    }
}
