//! Chats: lists of turns with a role and a content, in the shapes that files have.

use serde_json::Value;

/// A chat as (role, content) turns; `None` when the value is no chat.
pub(super) fn turns(value: &Value) -> Option<Vec<(String, String)>> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(value),
        _ => return None,
    };
    list.iter()
        .map(|turn| {
            let role = turn.get("role").or_else(|| turn.get("from"))?.as_str()?;
            let content = turn.get("content").or_else(|| turn.get("value")).unwrap_or(&Value::Null);
            Some((role.to_owned(), content_text(content)))
        })
        .collect::<Option<Vec<_>>>()
        .filter(|t| !t.is_empty())
}

/// A message's content: a string, a list of parts, an object or nothing.
pub(super) fn content_text(content: &Value) -> String {
    match content {
        Value::Array(parts) => {
            parts.iter().map(|p| p.get("text").map_or_else(|| plain(p), plain)).collect::<Vec<_>>().join("\n")
        }
        other => plain(other),
    }
}

/// The last answer of the model and what came before it.
pub(super) fn last_answer(turns: &[(String, String)]) -> (String, String) {
    let model = |role: &str| matches!(role, "assistant" | "gpt" | "model" | "bot" | "ai");
    let at = turns.iter().rposition(|(role, _)| model(role)).unwrap_or(turns.len());
    let before = &turns[..at];
    let prompt = match before {
        [(_, only)] => only.clone(),
        many => many.iter().map(|(role, text)| format!("{role}: {text}")).collect::<Vec<_>>().join("\n\n"),
    };
    (turns.get(at).map(|(_, t)| t.clone()).unwrap_or_default(), prompt)
}

/// Text of any value: strings as they are, nothing for null, JSON for the rest.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Null => String::new(),
        Value::Array(_) => turns(value).map_or_else(|| value.to_string(), |t| last_answer(&t).1),
        other => other.to_string(),
    }
}
