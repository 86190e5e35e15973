//! What answers look like: a JSON schema for servers that hold a model to it, and the same as a shape that a model reads.

use serde_json::{Map, Value, json};

use super::answer::{NAME, OVERVIEW, SENTENCE};
use crate::model::Verdict;

/// Fields alike that are shown one by one; of more, the first and the last.
const LISTED: usize = 4;

/// An object with all of its fields required and no other, as structured outputs want it, in this order: what comes first is
/// written first.
pub(super) fn object(fields: Vec<(String, Value)>) -> Value {
    let names: Vec<&str> = fields.iter().map(|f| f.0.as_str()).collect();
    let required = json!(names);
    let all: Map<String, Value> = fields.into_iter().collect();
    json!({"type": "object", "properties": all, "required": required, "additionalProperties": false})
}

fn named(name: &str, value: Value) -> (String, Value) {
    (name.to_owned(), value)
}

fn text(limit: usize) -> Value {
    json!({"type": "string", "maxLength": limit})
}

fn one_of(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

fn truth() -> Value {
    json!({"type": "boolean"})
}

fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

/// A name after the reason for it.
pub(super) fn label() -> Value {
    object(vec![named("reason", text(SENTENCE)), named("label", text(NAME))])
}

/// Fields `{prefix}1` to `{prefix}n`.
fn each(prefix: char, n: usize, value: &Value) -> impl Iterator<Item = (String, Value)> {
    (1..=n).map(move |i| (format!("{prefix}{i}"), value.clone()))
}

/// Yes or no to each of `n` texts.
pub(super) fn members(n: usize) -> Value {
    object(each('t', n, &truth()).collect())
}

/// Which text of each of `n` pairs.
pub(super) fn pairs(n: usize) -> Value {
    object(each('p', n, &one_of(&["first", "second", "neither"])).collect())
}

/// Two sides and which text is on which.
pub(super) fn purity(n: usize) -> Value {
    let mut fields = vec![
        named("reason", text(SENTENCE)),
        named("mixed", truth()),
        named("side_a", text(NAME)),
        named("side_b", text(NAME)),
    ];
    fields.extend(each('t', n, &one_of(&["a", "b", "neither"])));
    object(fields)
}

/// What one of two sets has.
pub(super) fn contrast() -> Value {
    object(vec![named("description", text(SENTENCE)), named("set", one_of(&["A", "B"]))])
}

/// What texts of a difference do.
pub(super) fn describe() -> Value {
    object(vec![named("description", text(SENTENCE))])
}

/// Whether two sets claim the same, and what one claims that the other does not.
pub(super) fn scan() -> Value {
    object(vec![
        named("reason", text(SENTENCE)),
        named("same", truth()),
        named("claim", text(SENTENCE)),
        named("set", one_of(&["A", "B"])),
    ])
}

/// Several things that one of two sets has.
pub(super) fn hypotheses(most: usize) -> Value {
    let mut all = list(contrast());
    all["maxItems"] = most.into();
    object(vec![named("hypotheses", all)])
}

/// Reasons that cite some of the texts, then the verdict.
pub(super) fn verdict(texts: usize) -> Value {
    let ids: Vec<String> = (1..=texts).map(|i| format!("t{i}")).collect();
    let id = json!({"type": "string", "enum": ids});
    let reason = object(vec![named("ids", list(id)), named("text", text(SENTENCE))]);
    object(vec![named("reasons", list(reason)), named("verdict", one_of(&Verdict::ALL.map(Verdict::name)))])
}

/// A summary and an order of `n` differences.
pub(super) fn summary(n: usize) -> Value {
    let ids: Vec<String> = (1..=n).map(|i| format!("d{i}")).collect();
    let line = object(vec![named("id", json!({"type": "string", "enum": ids})), named("sentence", text(SENTENCE))]);
    object(vec![named("overview", text(OVERVIEW)), named("ranked", list(line))])
}

/// The schema without limits of length and number, which some servers refuse.
pub(super) fn without_limits(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(k, v)| !((*k == "maxLength" || *k == "maxItems") && v.is_number()));
            kept.map(|(k, v)| (k.clone(), without_limits(v))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(without_limits).collect(),
        other => other.clone(),
    }
}

/// The shape of an answer as a model reads it: `{"t1": true|false, "t2": true|false, …}`.
pub(super) fn shape(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return match words.as_slice() {
            [first, second, .., last] if words.len() > 6 => format!("\"{first}|{second}|…|{last}\""),
            _ => format!("\"{}\"", words.join("|")),
        };
    }
    match schema["type"].as_str() {
        Some("boolean") => "true|false".into(),
        Some("array") => format!("[{}, …]", shape(&schema["items"])),
        Some("object") => {
            let Some(all) = schema["properties"].as_object() else { return "{}".into() };
            let fields: Vec<(&String, &Value)> = all.iter().collect();
            let mut out: Vec<String> = Vec::new();
            let mut at = 0;
            while at < fields.len() {
                let alike = fields[at..].iter().take_while(|f| f.1 == fields[at].1).count();
                let shown = |i: usize| format!("\"{}\": {}", fields[i].0, shape(fields[i].1));
                if alike > LISTED {
                    out.extend([shown(at), shown(at + 1), "…".into(), shown(at + alike - 1)]);
                } else {
                    out.extend((at..at + alike).map(shown));
                }
                at += alike;
            }
            format!("{{{}}}", out.join(", "))
        }
        _ => "\"…\"".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_short_and_in_order() {
        assert_eq!(shape(&label()), r#"{"reason": "…", "label": "…"}"#);
        assert_eq!(shape(&members(32)), r#"{"t1": true|false, "t2": true|false, …, "t32": true|false}"#);
        assert_eq!(
            shape(&verdict(14)),
            r#"{"reasons": [{"ids": ["t1|t2|…|t14", …], "text": "…"}, …], "verdict": "concerning|surprising|intended|artefact|unclear"}"#
        );
        assert!(shape(&purity(9)).ends_with(r#""t1": "a|b|neither", "t2": "a|b|neither", …, "t9": "a|b|neither"}"#));
    }

    #[test]
    fn limits_can_be_left_out() {
        assert!(label().to_string().contains("maxLength"));
        let plain = without_limits(&hypotheses(5));
        assert!(!plain.to_string().contains("max"), "{plain}");
        assert_eq!(plain["required"], json!(["hypotheses"]));
    }
}
