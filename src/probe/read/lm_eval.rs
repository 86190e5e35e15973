//! Documents of lm-evaluation-harness: a question, `choices`, and the right one by number, letter or text.

use serde_json::Value;

use super::carried::{Carried, id_of, strings};
use crate::probe::item::Item;
use crate::probe::key::{Key, letter};

/// Fields that may hold the question.
const QUESTION: [&str; 6] = ["question", "query", "prompt", "input", "sentence", "goal"];
/// Fields that may hold the right option.
const RIGHT: [&str; 7] = ["gold", "answer", "answerKey", "label", "target", "correct", "answer_index"];

/// Reads one document.
pub(super) fn item(value: &Value) -> Option<Item> {
    let question = QUESTION.iter().find_map(|n| value.get(*n)?.as_str())?;
    let choices = value.get("choices").or_else(|| value.get("options")).or_else(|| value.get("endings"))?;
    // ARC has texts and labels side by side.
    let options = strings(choices).or_else(|| strings(choices.get("text")?))?;
    let labels = choices.get("label").and_then(strings);
    let right = RIGHT.iter().find_map(|n| value.get(*n));
    let key = right.map(|r| key(r, &options, labels.as_deref())).unwrap_or_default();
    let id = id_of(value, &["id", "question_id"]);
    Some(Item { key, ..Carried::from(value).into_item(id, question, options) })
}

/// The right option by its number from 0, its label, its letter or its text.
fn key(right: &Value, options: &[String], labels: Option<&[String]>) -> Key {
    match right {
        Value::Number(n) => n.as_u64().map(|n| Key::of(n as usize)).unwrap_or_default(),
        Value::Array(list) => {
            let all = list.iter().filter_map(|v| key(v, options, labels).only()).collect();
            Key::all(all)
        }
        Value::String(s) => {
            let s = s.trim();
            let by_label = labels.and_then(|l| l.iter().position(|l| l == s));
            let by_letter = (0..options.len()).find(|&i| letter(i) == s.trim_matches(['(', ')', '.', ' ']));
            let by_text = options.iter().position(|o| o == s);
            let by_number = s.parse::<usize>().ok();
            by_label.or(by_letter).or(by_text).or(by_number).map(Key::of).unwrap_or_default()
        }
        _ => Key::default(),
    }
}
