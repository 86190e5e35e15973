//! Model-written evals (Perez et al. 2022): `question` with `Choices:`, `answer_matching_behavior`, `answer_not_matching_behavior`.

use serde_json::Value;

use super::asked::split;
use super::carried::{Carried, id_of};
use crate::probe::item::Item;
use crate::probe::key::Key;

/// Reads one record. Where the question has no choices, the two answers are the options, as in the sets of personas.
pub(super) fn item(value: &Value) -> Option<Item> {
    let text = value["question"].as_str()?;
    let carried = Carried::from(value);
    let id = id_of(value, &["id"]);
    let matching = &value["answer_matching_behavior"];
    let Some((question, options)) = split(text) else {
        let mut options: Vec<String> = [matching, &value["answer_not_matching_behavior"]]
            .iter()
            .filter_map(|v| v.as_str())
            .map(|s| s.trim().to_owned())
            .filter(|s| !s.is_empty())
            .collect();
        let right = options.first().cloned();
        // “Yes” before “No”, whichever of them matches.
        options.sort_by(|a, b| b.cmp(a));
        let key = options.iter().position(|o| Some(o) == right.as_ref()).map(Key::of).unwrap_or_default();
        return Some(Item { key, ..carried.into_item(id, text, options) });
    };
    Some(Item { key: Key::read(matching), ..carried.into_item(id, &question, options) })
}
