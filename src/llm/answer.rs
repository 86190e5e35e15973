//! Replies, read strictly: one JSON object of the schema's fields, ids that were shown, lengths that a screen can hold, and no
//! character that a terminal would obey. What does not pass is told to the model once; then the task fails.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::model::{SampleIx, Verdict};
use crate::text::Clean;

/// Characters of a name.
const NAME: usize = 80;
/// Characters of a sentence.
const SENTENCE: usize = 400;
/// Characters of a summary.
const OVERVIEW: usize = 1_200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Label {
    pub label: String,
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub answers: Vec<Member>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub id: String,
    pub member: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Purity {
    pub mixed: bool,
    pub reason: String,
    pub side_a: Side,
    pub side_b: Side,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Side {
    pub name: String,
    pub ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contrast {
    pub description: String,
    pub set: Set,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
pub(super) enum Set {
    A,
    B,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PairCheck {
    pub answers: Vec<Pair>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pair {
    pub id: String,
    pub which: Which,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Which {
    First,
    Second,
    Neither,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Judgement {
    pub verdict: Verdict,
    pub reasons: Vec<Cited>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cited {
    pub text: String,
    pub ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summary {
    pub overview: String,
    pub ranked: Vec<RankedLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RankedLine {
    pub id: String,
    pub sentence: String,
}

/// Reads a reply as one JSON object; a single code fence around it is forgiven, since servers without structured outputs
/// add one.
pub(super) fn parse<T: DeserializeOwned>(reply: &str) -> Result<T, String> {
    let mut text = reply.trim();
    if let Some(inner) = text.strip_prefix("```") {
        text = inner
            .strip_prefix("json")
            .unwrap_or(inner)
            .trim()
            .strip_suffix("```")
            .ok_or("the code fence is not closed")?
            .trim();
    }
    if !text.starts_with('{') {
        return Err("it is not a JSON object".into());
    }
    serde_json::from_str(text).map_err(|e| format!("it does not follow the schema ({e})"))
}

/// A name that a list can hold.
pub(super) fn name(text: &str, what: &str) -> Result<String, String> {
    line(text, what, NAME)
}

/// A sentence.
pub(super) fn sentence(text: &str, what: &str) -> Result<String, String> {
    line(text, what, SENTENCE)
}

/// A few sentences.
pub(super) fn overview(text: &str) -> Result<String, String> {
    line(text, "overview", OVERVIEW)
}

fn line(text: &str, what: &str, limit: usize) -> Result<String, String> {
    let text = text.trim();
    let n = text.chars().count();
    if text.is_empty() {
        return Err(format!("“{what}” is empty"));
    }
    if n > limit {
        return Err(format!("“{what}” has {n} characters, more than {limit}"));
    }
    if text.contains('\n') || Clean::from_untrusted(text).as_str() != text {
        return Err(format!("“{what}” holds line ends, control or invisible characters"));
    }
    Ok(text.to_owned())
}

/// The texts that ids stand for; each id must have been shown, and may stand once.
pub(super) fn resolve(ids: &[String], shown: &HashMap<String, SampleIx>) -> Result<Vec<SampleIx>, String> {
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        let s = *shown.get(id.as_str()).ok_or_else(|| format!("there is no text with the id {}", short(id)))?;
        if out.contains(&s) {
            return Err(format!("the id {} stands twice", short(id)));
        }
        out.push(s);
    }
    Ok(out)
}

/// Answers to `n` questions `{prefix}1` to `{prefix}n` in their order; each must be answered once.
pub(super) fn complete<T: Copy>(
    answers: impl Iterator<Item = (String, T)>,
    prefix: char,
    n: usize,
) -> Result<Vec<T>, String> {
    let mut out = vec![None; n];
    for (id, value) in answers {
        let at = id.strip_prefix(prefix).and_then(|d| d.parse::<usize>().ok()).filter(|d| (1..=n).contains(d));
        let slot = at.and_then(|at| out.get_mut(at - 1)).ok_or_else(|| format!("there is no id {}", short(&id)))?;
        if slot.replace(value).is_some() {
            return Err(format!("the id {} stands twice", short(&id)));
        }
    }
    let missing = out.iter().position(Option::is_none);
    if let Some(at) = missing {
        return Err(format!("the id {prefix}{} is missing", at + 1));
    }
    Ok(out.into_iter().flatten().collect())
}

fn short(id: &str) -> String {
    format!("“{}”", Clean::from_untrusted(&id.chars().take(20).collect::<String>()).as_str())
}

/// An object with all of its fields required and no other, as structured outputs want it.
fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|f| f.0).collect();
    let all: serde_json::Map<String, Value> = fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    json!({"type": "object", "properties": all, "required": names, "additionalProperties": false})
}

fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

/// Schemas of the answers, by name.
pub(super) fn schema(name: &str) -> Value {
    let text = || json!({"type": "string"});
    let side = || object(&[("name", text()), ("ids", list(text()))]);
    match name {
        "label" => object(&[("label", text()), ("reason", text())]),
        "check" => object(&[("answers", list(object(&[("id", text()), ("member", json!({"type": "boolean"}))])))]),
        "purity" => {
            object(&[("mixed", json!({"type": "boolean"})), ("reason", text()), ("side_a", side()), ("side_b", side())])
        }
        "contrast" => object(&[("description", text()), ("set", json!({"type": "string", "enum": ["A", "B"]}))]),
        "contrast_check" => {
            let which = json!({"type": "string", "enum": ["first", "second", "neither"]});
            object(&[("answers", list(object(&[("id", text()), ("which", which)])))])
        }
        "verdict" => {
            let names = Verdict::ALL.map(Verdict::name);
            object(&[
                ("verdict", json!({"type": "string", "enum": names})),
                ("reasons", list(object(&[("text", text()), ("ids", list(text()))]))),
            ])
        }
        _ => object(&[("overview", text()), ("ranked", list(object(&[("id", text()), ("sentence", text())])))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_schema_passes() {
        assert!(parse::<Label>(r#"{"label":"a","reason":"b"}"#).is_ok());
        assert!(parse::<Label>("```json\n{\"label\":\"a\",\"reason\":\"b\"}\n```").is_ok());
        for (bad, why) in [
            ("", "not a JSON object"),
            ("Sure! {\"label\":\"a\",\"reason\":\"b\"}", "not a JSON object"),
            (r#"{"label":"a"}"#, "missing field `reason`"),
            (r#"{"label":"a","reason":"b","verdict":"intended"}"#, "unknown field `verdict`"),
            (r#"{"label":7,"reason":"b"}"#, "invalid type"),
            (r#"{"label":"a","reason":"b"} {}"#, "trailing characters"),
            ("```json\n{\"label\":\"a\"", "code fence is not closed"),
        ] {
            let e = parse::<Label>(bad).unwrap_err();
            assert!(e.contains(why), "{bad}: {e}");
        }
    }

    #[test]
    fn names_are_printable_and_short() {
        assert_eq!(name(" praises geese ", "label"), Ok("praises geese".into()));
        assert!(name("a\u{1b}[31m", "label").unwrap_err().contains("control"));
        assert!(name("a\u{202e}b", "label").unwrap_err().contains("invisible"));
        assert!(name("a\nb", "label").unwrap_err().contains("line ends"));
        assert!(name("", "label").unwrap_err().contains("empty"));
        assert!(name(&"x".repeat(81), "label").unwrap_err().contains("more than 80"));
    }

    #[test]
    fn ids_must_have_been_shown() {
        let shown = HashMap::from([("t1".to_owned(), 5u32), ("t2".to_owned(), 9)]);
        let ids = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(resolve(&ids(&["t2", "t1"]), &shown), Ok(vec![9, 5]));
        assert!(resolve(&ids(&["t3"]), &shown).unwrap_err().contains("no text with the id “t3”"));
        assert!(resolve(&ids(&["t1", "t1"]), &shown).unwrap_err().contains("stands twice"));
        let answer = |list: &[(&str, bool)]| complete(list.iter().map(|(i, b)| ((*i).to_owned(), *b)), 't', 2);
        assert_eq!(answer(&[("t2", true), ("t1", false)]), Ok(vec![false, true]));
        assert!(answer(&[("t1", true)]).unwrap_err().contains("t2 is missing"));
        assert!(answer(&[("t1", true), ("t1", true)]).unwrap_err().contains("twice"));
        assert!(answer(&[("t0", true)]).unwrap_err().contains("no id “t0”"));
    }

    proptest! {
        #[test]
        fn no_reply_breaks_the_reader(reply in any::<String>()) {
            let _ = parse::<Judgement>(&reply);
            if let Ok(n) = name(&reply, "x") {
                let clean = Clean::from_untrusted(&n);
                prop_assert_eq!(clean.as_str(), n.as_str());
            }
        }
    }
}
