//! What other formats have no place for and is carried along in fields of its own, so that a suite comes back whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::probe::item::{Item, Keyed, Parts, Role, Status};

/// Fields beside those of the format.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Carried {
    pub family: String,
    pub role: Role,
    pub subtask: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyed: Option<Keyed>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, String>,
    pub status: Status,
}

impl Carried {
    /// Of an item.
    pub fn of(item: &Item) -> Self {
        let lone_question = item.parts.value.is_empty() && item.parts.event.is_empty();
        Self {
            family: item.family.clone(),
            role: item.role,
            subtask: item.subtask.clone(),
            parts: (!lone_question).then(|| item.parts.clone()),
            keyed: item.keyed,
            slots: item.slots.clone(),
            status: item.status,
        }
    }

    /// From a record of another format; what is not there or not ours is left out.
    pub fn from(value: &Value) -> Self {
        serde_json::from_value(value.clone()).unwrap_or_default()
    }

    /// An item of these fields; `asked` is the question where the parts were not carried.
    pub fn into_item(self, id: String, asked: &str, options: Vec<String>) -> Item {
        Item {
            id,
            family: self.family,
            role: self.role,
            subtask: self.subtask,
            parts: self.parts.unwrap_or_else(|| Parts { question: asked.trim().to_owned(), ..Parts::default() }),
            keyed: self.keyed,
            slots: self.slots,
            status: self.status,
            options,
            ..Item::default()
        }
    }
}

/// An id, which may be a number.
pub(super) fn id_of(value: &Value, names: &[&str]) -> String {
    let found = names.iter().filter_map(|n| value.get(*n)).find_map(|v| match v {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    });
    found.unwrap_or_default()
}

/// A list of strings.
pub(super) fn strings(value: &Value) -> Option<Vec<String>> {
    let text = |v: &Value| match v {
        Value::String(s) => Some(s.trim().to_owned()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    };
    value.as_array()?.iter().map(text).collect()
}
