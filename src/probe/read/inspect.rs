//! Samples of inspect_ai: `input`, `choices`, `target` (a letter, or several), `metadata`.

use serde_json::Value;

use super::carried::{Carried, id_of, strings};
use crate::probe::item::Item;
use crate::probe::key::Key;

/// Reads one sample.
pub(super) fn item(value: &Value) -> Option<Item> {
    let input = match &value["input"] {
        Value::String(s) => s.clone(),
        // A chat: the last turn of the user is the question.
        Value::Array(turns) => {
            let asked = turns.iter().rev().find(|t| t["role"] == "user")?;
            asked["content"].as_str()?.to_owned()
        }
        _ => return None,
    };
    let options = strings(&value["choices"])?;
    let carried = Carried::from(&value["metadata"]);
    Some(Item { key: Key::read(&value["target"]), ..carried.into_item(id_of(value, &["id"]), &input, options) })
}
