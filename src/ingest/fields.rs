//! Which fields of a record are its text, prompt, model and id.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde_json::{Map, Value};

use super::IngestError;
use super::chat::{content_text, turns};

/// Fields that hold what a model wrote, whatever else is in the record.
const ANSWERS: [&str; 24] = [
    "response",
    "completion",
    "generation",
    "generated_text",
    "model_response",
    "prediction",
    "predicted_text",
    "model_output",
    "final_response",
    "output",
    "output_text",
    "model_completion",
    "model_answer",
    "generated",
    "llm_output",
    "llm_response",
    "assistant_response",
    "responses",
    "completions",
    "generations",
    "outputs",
    "predictions",
    "continuation",
    "reply",
];
/// Fields that may hold a text; the first three may as well hold a reference, or the prompt with the answer.
pub(super) const TEXT: [&str; 3 + ANSWERS.len()] = {
    let mut all = [""; 3 + ANSWERS.len()];
    (all[0], all[1], all[2]) = ("text", "answer", "content");
    let mut i = 0;
    while i < ANSWERS.len() {
        all[3 + i] = ANSWERS[i];
        i += 1;
    }
    all
};
pub(super) const PROMPT: [&str; 13] = [
    "prompt",
    "instruction",
    "question",
    "query",
    "input_text",
    "user",
    "input",
    "user_prompt",
    "prompt_text",
    "raw_prompt",
    "problem",
    "inputs",
    "user_input",
];
/// Fields that name the model.
pub(super) const MODEL: [&str; 9] = [
    "model",
    "model_name",
    "model_id",
    "generator",
    "model_type",
    "model_name_or_path",
    "model_path",
    "checkpoint",
    "llm",
];
/// Fields that may name the model, and as often something else.
pub(super) const MAYBE_MODEL: [&str; 12] = [
    "source",
    "variant",
    "arm",
    "run",
    "run_name",
    "condition",
    "group",
    "engine",
    "system_name",
    "name",
    "side",
    "version",
];
pub(super) const ID: [&str; 4] = ["id", "sample_id", "uid", "uuid"];
/// Ids of prompts that are in another file.
pub(super) const KEY: [&str; 4] = ["qid", "question_id", "prompt_id", "custom_id"];
pub(super) const CHAT: [&str; 3] = ["messages", "conversation", "conversations"];

/// The usual name of a field that is written with capitals (“Response”, “Model Name”); `None` where it is usual as it is, or is none.
pub(super) fn usual_name(name: &str) -> Option<String> {
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let lower = name.to_ascii_lowercase().replace(' ', "_");
    let usual = [&TEXT[..], &PROMPT, &MODEL, &ID, &KEY, &CHAT].iter().any(|list| list.contains(&lower.as_str()));
    usual.then_some(lower)
}

/// Names of fields, the usual ones in lower case. A name stays as it is written where the person named it so (`named`), or where
/// another field has the usual name.
pub(super) fn in_lower_case<'a>(names: impl Iterator<Item = &'a str> + Clone, named: &[&str]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in names.clone() {
        let is_free = |u: &String| !names.clone().any(|n| n == u) && !out.contains(u) && !named.contains(&name);
        out.push(usual_name(name).filter(is_free).unwrap_or_else(|| name.to_owned()));
    }
    out
}

/// Share of records in which two fields must agree to be called the same.
const MOSTLY: f64 = 0.95;
/// A field this many times as long as another is a text beside a label.
const LONGER: f64 = 4.0;
/// Characters from which a field is long enough to be a text beside others.
const TEXT_LIKE: f64 = 12.0;
/// Fields named in a sentence.
const NAMED: usize = 12;

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

impl FieldNames {
    /// All that were given.
    pub(super) fn named(&self) -> Vec<&str> {
        let all = [&self.text, &self.prompt, &self.model, &self.id, &self.pair, &self.vector];
        all.into_iter().flatten().map(String::as_str).collect()
    }
}

/// A choice among fields, with those that could have been it too.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Choice {
    pub field: Option<String>,
    pub others: Vec<String>,
}

/// What is known of one field in the first records.
struct Candidate {
    name: &'static str,
    values: Vec<Option<String>>,
    /// Mean length in characters.
    length: f64,
}

impl Candidate {
    fn of(name: &'static str, records: &[Map<String, Value>]) -> Option<Self> {
        let values: Vec<Option<String>> = records.iter().map(|r| r.get(name).and_then(shown)).collect();
        let said: Vec<&String> = values.iter().flatten().collect();
        let length = said.iter().map(|s| s.chars().count()).sum::<usize>() as f64 / said.len().max(1) as f64;
        (!said.is_empty()).then_some(Self { name, values, length })
    }

    fn is_answer(&self) -> bool {
        ANSWERS.contains(&self.name)
    }

    fn agrees(&self, other: &Self, how: impl Fn(&str, &str) -> bool) -> bool {
        let both: Vec<(&String, &String)> =
            self.values.iter().zip(&other.values).filter_map(|(a, b)| Some((a.as_ref()?, b.as_ref()?))).collect();
        let agreed = both.iter().filter(|(a, b)| how(a, b)).count();
        !both.is_empty() && agreed as f64 >= MOSTLY * both.len() as f64
    }

    /// Whether each prompt has one value only, and some prompt stands more than once: then it is a reference.
    fn follows(&self, prompts: &[Option<String>]) -> bool {
        let mut of: HashMap<&str, &str> = HashMap::new();
        let mut repeated = 0;
        for (p, v) in prompts.iter().zip(&self.values) {
            let (Some(p), Some(v)) = (p, v) else { continue };
            match of.insert(p, v) {
                Some(old) if old != v.as_str() => return false,
                Some(_) => repeated += 1,
                None => {}
            }
        }
        repeated > 1
    }
}

/// A value as it would be read as a text; `None` for what is none.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.trim().is_empty() => Some(s.clone()),
        Value::Array(list) if !list.is_empty() => match turns(value) {
            Some(_) => Some(value.to_string()),
            None if list.iter().all(|v| v.is_string() || v.is_null()) => {
                Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"))
            }
            None => None,
        },
        Value::Object(_) if turns(value).is_some() || value.get("content").is_some() => Some(value.to_string()),
        _ => None,
    }
}

/// The field with the texts, by the first records of a file.
///
/// # Errors
/// When several are as likely.
pub(super) fn choose_text(
    records: &[Map<String, Value>],
    prompt: Option<&str>,
    chat: bool,
    path: &Path,
) -> Result<Choice, IngestError> {
    let mut candidates: Vec<Candidate> =
        TEXT.iter().filter(|n| prompt != Some(**n)).filter_map(|n| Candidate::of(n, records)).collect();
    let all: Vec<&'static str> = candidates.iter().map(|c| c.name).collect();
    let prompts: Vec<Option<String>> = records.iter().map(|r| prompt.and_then(|p| r.get(p)).and_then(shown)).collect();
    // A chat says who said what; a text beside it is the same rendered.
    if chat && !candidates.iter().any(Candidate::is_answer) {
        return Ok(Choice { field: None, others: all.iter().map(|n| (*n).to_owned()).collect() });
    }
    let longest = candidates.iter().map(|c| c.length).fold(0.0, f64::max);
    if longest >= TEXT_LIKE {
        candidates.retain(|c| c.length * LONGER >= longest || (c.is_answer() && c.length >= TEXT_LIKE));
    }
    if candidates.iter().any(Candidate::is_answer) {
        candidates.retain(Candidate::is_answer);
    }
    if candidates.iter().any(|c| !c.follows(&prompts)) {
        candidates.retain(|c| !c.follows(&prompts));
    }
    // The same text under two names, or a part of the other.
    let mut kept: Vec<Candidate> = Vec::new();
    for c in candidates {
        if kept.iter().any(|k| k.agrees(&c, |a, b| a == b)) {
            continue;
        }
        if let Some(k) = kept.iter_mut().find(|k| c.agrees(k, |a, b| a.contains(b.trim()))) {
            *k = whole_or_part(
                c,
                std::mem::replace(k, Candidate { name: "", values: Vec::new(), length: 0.0 }),
                &prompts,
            );
            continue;
        }
        if let Some(k) = kept.iter_mut().find(|k| k.agrees(&c, |a, b| a.contains(b.trim()))) {
            let old = std::mem::replace(k, Candidate { name: "", values: Vec::new(), length: 0.0 });
            *k = whole_or_part(old, c, &prompts);
            continue;
        }
        kept.push(c);
    }
    if kept.len() > 1 {
        let found = kept.iter().map(|c| format!("“{}”", c.name)).collect::<Vec<_>>().join(", ");
        let first = kept[0].name.to_owned();
        return Err(IngestError::SeveralTexts { path: path.to_path_buf(), found, first });
    }
    let field = kept.first().map(|c| c.name.to_owned());
    let others = all.into_iter().filter(|n| field.as_deref() != Some(*n)).map(str::to_owned).collect();
    Ok(Choice { field, others })
}

/// Of a text and a part of it: the part where the rest is the prompt, otherwise the whole.
fn whole_or_part(whole: Candidate, part: Candidate, prompts: &[Option<String>]) -> Candidate {
    let begins = whole
        .values
        .iter()
        .zip(prompts)
        .filter(|(w, p)| matches!((w, p), (Some(w), Some(p)) if w.trim_start().starts_with(p.trim())))
        .count();
    if begins * 2 > whole.values.len() { part } else { whole }
}

/// The field with the prompts: the first of the usual names, unless it is the same in all records and another is not.
pub(super) fn choose_prompt(records: &[Map<String, Value>], text: Option<&str>) -> Choice {
    let found: Vec<Candidate> =
        PROMPT.iter().filter(|n| text != Some(**n)).filter_map(|n| Candidate::of(n, records)).collect();
    let distinct = |c: &Candidate| c.values.iter().flatten().collect::<HashSet<_>>().len();
    let varied = found.iter().position(|c| distinct(c) > 1).unwrap_or(0);
    let field = found.get(varied).map(|c| c.name.to_owned());
    // Alpaca's input belongs to its instruction.
    let beside = |c: &&Candidate| Some(c.name) != field.as_deref() && c.name != "input";
    let others = found.iter().filter(beside).map(|c| c.name.to_owned()).collect();
    Choice { field, others }
}

/// Alpaca's `instruction` is completed by a non-empty `input`.
pub(super) fn with_input(prompt: String, map: &Map<String, Value>, field: &str) -> String {
    match map.get("input") {
        Some(Value::String(s)) if field == "instruction" && !s.trim().is_empty() => {
            format!("{prompt}\n\n{s}")
        }
        _ => prompt,
    }
}

/// Keeps a record that holds an id and a prompt alone, for answers in another file: its id and prompt.
pub(super) fn prompt_by_id(map: &Map<String, Value>) -> Option<(String, String)> {
    let first = |names: &[&str]| names.iter().find_map(|n| map.get(*n));
    let id = first(&ID).or_else(|| first(&KEY)).and_then(scalar)?;
    Some((id, content_text(first(&PROMPT)?)))
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// The names of a record's fields, for a sentence.
pub(super) fn found(map: &Map<String, Value>) -> String {
    listed(map.keys().map(|k| format!("“{}”", crate::text::shorten(k, 60))))
}

/// The first dozen of a list, and how many there are besides.
pub(super) fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let n = names.len();
    let some = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if n > NAMED { format!("{some} and {} more", n - NAMED) } else { some }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
