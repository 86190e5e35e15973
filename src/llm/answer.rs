//! Replies, read for what they say: the one JSON object in them, whatever stands around it. What is merely untidy is put right
//! (too long, an extra field, a line break); what would be false if it were guessed is fatal: a missing answer, a text that was
//! not shown. That is told to the model once; then the task fails.

use std::collections::HashMap;

use serde_json::Value;

use crate::model::{SampleIx, Verdict};
use crate::text::Clean;

/// Characters of a name.
pub(super) const NAME: usize = 80;
/// Characters of a sentence.
pub(super) const SENTENCE: usize = 400;
/// Characters of a summary.
pub(super) const OVERVIEW: usize = 1_200;
/// Places at which an object may begin that are tried.
const TRIED: usize = 400;

/// One of the two sets of a contrast, or a side of a cluster.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) enum Set {
    A,
    B,
}

/// The text of a pair that has a property.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) enum Which {
    First,
    Second,
    Neither,
}

/// The object in a reply. Thinking before it, prose and code fences around it are left out.
pub(super) fn object(reply: &str) -> Result<Value, String> {
    let text = after_thinking(reply)?;
    let mut found: Vec<Value> = Vec::new();
    let mut at = 0;
    for _ in 0..TRIED {
        let Some(start) = text[at..].find('{').map(|i| at + i) else { break };
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                at = start + values.byte_offset();
                if value.as_object().is_some_and(|o| !o.is_empty()) && !found.contains(&value) {
                    found.push(value);
                }
            }
            _ => at = start + 1,
        }
    }
    match (found.len(), text.contains('{')) {
        (1, _) => Ok(found.remove(0)),
        (0, true) => Err("its JSON object is broken or not closed".into()),
        (0, false) => Err("there is no JSON object in it".into()),
        (n, _) => Err(format!("there are {n} different objects in it, not one")),
    }
}

/// What a model that thinks aloud says when it has done so.
fn after_thinking(reply: &str) -> Result<&str, String> {
    for (open, close) in [("<think>", "</think>"), ("<thinking>", "</thinking>")] {
        match (reply.find(open), reply.rfind(close)) {
            // Some servers leave out the opening.
            (_, Some(end)) => return Ok(&reply[end + close.len()..]),
            (Some(_), None) => return Err("it ends within its thinking".into()),
            _ => {}
        }
    }
    Ok(reply)
}

/// A field of an object.
fn field<'a>(v: &'a Value, name: &str) -> Result<&'a Value, String> {
    v.get(name).filter(|f| !f.is_null()).ok_or_else(|| format!("“{name}” is missing"))
}

fn word(v: &Value, name: &str) -> Result<String, String> {
    let text = field(v, name)?.as_str().ok_or_else(|| format!("“{name}” is no text"))?;
    Ok(text.trim().to_lowercase())
}

/// A name that a list can hold.
pub(super) fn name(v: &Value, what: &str) -> Result<String, String> {
    line(v, what, NAME)
}

/// A sentence.
pub(super) fn sentence(v: &Value, what: &str) -> Result<String, String> {
    line(v, what, SENTENCE)
}

/// A few sentences.
pub(super) fn overview(v: &Value, what: &str) -> Result<String, String> {
    line(v, what, OVERVIEW)
}

/// Text on one line without characters that a terminal would obey or that nobody sees, cut at a word where it is too long.
fn line(v: &Value, what: &str, limit: usize) -> Result<String, String> {
    let text = field(v, what)?.as_str().ok_or_else(|| format!("“{what}” is no text"))?;
    let shown = |c: &char| {
        let one = c.to_string();
        Clean::from_untrusted(&one).as_str() == one
    };
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = words.chars().filter(shown).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("“{what}” is empty"));
    }
    Ok(match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => {
            let last = text.char_indices().nth(limit - 1).map_or(end, |(at, _)| at);
            let cut = &text[..last];
            let cut = cut.rfind(' ').filter(|at| *at > last / 2).map_or(cut, |at| &cut[..at]);
            format!("{}…", cut.trim_end_matches([' ', ',', ';', ':']))
        }
    })
}

/// A description of what texts of one set do, which must make sense for one text alone.
pub(super) fn description(v: &Value, what: &str) -> Result<String, String> {
    let text = sentence(v, what)?;
    match without_set(&text, set(v, "set").ok()) {
        Some(text) => Ok(text),
        None => Err(format!("“{what}” names a set; it must make sense to a reader who sees one text and no sets")),
    }
}

/// Verbs that introduce what somebody says.
const SAYING: [&str; 11] =
    ["argue", "assert", "believe", "claim", "explain", "mention", "note", "report", "say", "state", "suggest"];

/// Words of a statement, in lower case.
fn lower_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// The set that a statement names, if it names one.
fn named_set(words: &[String]) -> Option<Set> {
    words.windows(2).filter(|w| matches!(w[0].as_str(), "set" | "group" | "author")).find_map(|w| match w[1].as_str() {
        "a" => Some(Set::A),
        "b" => Some(Set::B),
        _ => None,
    })
}

/// A statement without the set that makes it: small models write “The texts of Set A claim that …” whatever they are asked. What
/// is said of the other set beside it is left out. `None` where no statement of the set `of` is left.
fn without_set(text: &str, of: Option<Set>) -> Option<String> {
    let mut out = String::new();
    for one in text.split_inclusive(". ") {
        match named_set(&lower_words(one)) {
            None => out.push_str(one),
            Some(set) if out.is_empty() && of.is_none_or(|of| of == set) => {
                let (who, said) = one.split_once(" that ")?;
                let who = lower_words(who);
                let says = |w: &String| SAYING.contains(&w.strip_suffix('s').unwrap_or(w));
                if who.len() > 8 || !who.last().is_some_and(says) || named_set(&lower_words(said)).is_some() {
                    return None;
                }
                let mut letters = said.chars();
                out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                out.push_str(letters.as_str());
            }
            // Of the other set, or more of this one.
            Some(_) => {}
        }
    }
    let out = out.trim();
    (!out.is_empty()).then(|| out.to_owned())
}

/// Yes or no.
pub(super) fn yes(v: &Value, what: &str) -> Result<bool, String> {
    truth(field(v, what)?).ok_or_else(|| format!("“{what}” is neither true nor false"))
}

fn truth(v: &Value) -> Option<bool> {
    match v {
        Value::Bool(b) => Some(*b),
        Value::String(s) => match s.trim().to_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The set that has a property.
pub(super) fn set(v: &Value, what: &str) -> Result<Set, String> {
    match word(v, what)?.as_str() {
        "a" | "set a" => Ok(Set::A),
        "b" | "set b" => Ok(Set::B),
        _ => Err(format!("“{what}” is neither A nor B")),
    }
}

/// A verdict.
pub(super) fn verdict(v: &Value) -> Result<Verdict, String> {
    let said = word(v, "verdict")?;
    Verdict::ALL.into_iter().find(|k| k.name() == said).ok_or_else(|| {
        let names = Verdict::ALL.map(Verdict::name).join(", ");
        format!("“verdict” is none of {names}")
    })
}

/// Answers to `n` questions `{prefix}1` to `{prefix}n` in their order; every one must be there, and others are passed over.
fn each<T>(v: &Value, prefix: char, n: usize, read: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, String> {
    (1..=n)
        .map(|i| {
            let id = format!("{prefix}{i}");
            let found = v.get(&id).ok_or_else(|| format!("the answer for {id} is missing"))?;
            read(found).ok_or_else(|| format!("the answer for {id} is none of those asked for"))
        })
        .collect()
}

/// Yes or no to each of `n` texts.
pub(super) fn members(v: &Value, n: usize) -> Result<Vec<bool>, String> {
    each(v, 't', n, truth)
}

/// Which text of each of `n` pairs.
pub(super) fn pairs(v: &Value, n: usize) -> Result<Vec<Which>, String> {
    each(v, 'p', n, |v| match v.as_str()?.trim().to_lowercase().as_str() {
        "first" => Some(Which::First),
        "second" => Some(Which::Second),
        "neither" => Some(Which::Neither),
        _ => None,
    })
}

/// The side of each of `n` texts, if it is on one.
pub(super) fn sides(v: &Value, n: usize) -> Result<Vec<Option<Set>>, String> {
    each(v, 't', n, |v| match v.as_str()?.trim().to_lowercase().as_str() {
        "a" => Some(Some(Set::A)),
        "b" => Some(Some(Set::B)),
        "neither" => Some(None),
        _ => None,
    })
}

/// The objects in a list.
pub(super) fn list<'a>(v: &'a Value, what: &str) -> Result<&'a Vec<Value>, String> {
    field(v, what)?.as_array().ok_or_else(|| format!("“{what}” is no list"))
}

/// The texts that a list of ids cites. Ids of texts that were not shown cite nothing.
pub(super) fn cited(v: &Value, what: &str, shown: &HashMap<String, SampleIx>) -> Vec<SampleIx> {
    let ids = v.get(what).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut out = Vec::new();
    for sample in ids.filter_map(|id| shown.get(id.trim())) {
        if !out.contains(sample) {
            out.push(*sample);
        }
    }
    out
}

/// An order of `n` things `{prefix}1` to `{prefix}n`: each exactly once, as places from 0.
pub(super) fn order(ids: &[&str], prefix: char, n: usize) -> Result<Vec<usize>, String> {
    let mut out = Vec::with_capacity(n);
    for id in ids {
        let at = id.trim().strip_prefix(prefix).and_then(|d| d.parse::<usize>().ok()).filter(|d| (1..=n).contains(d));
        let at = at.ok_or_else(|| format!("there is no id {}", short(id)))?;
        if out.contains(&(at - 1)) {
            return Err(format!("the id {} is given twice", short(id)));
        }
        out.push(at - 1);
    }
    match (0..n).find(|at| !out.contains(at)) {
        Some(at) => Err(format!("the id {prefix}{} is missing", at + 1)),
        None => Ok(out),
    }
}

fn short(id: &str) -> String {
    format!("“{}”", Clean::from_untrusted(&id.chars().take(20).collect::<String>()).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_one_object_is_found_wherever_it_stands() {
        let want = json!({"label": "a", "reason": "b"});
        for reply in [
            r#"{"label":"a","reason":"b"}"#,
            "```json\n{\"label\":\"a\",\"reason\":\"b\"}\n```",
            "Sure! Here it is:\n{\"label\":\"a\",\"reason\":\"b\"}\nI hope this helps {smile}.",
            "<think>maybe {\"label\":\"x\"}</think>{\"label\":\"a\",\"reason\":\"b\"}",
            "maybe {\"label\":\"x\"} no</think>\n\n{\"label\":\"a\",\"reason\":\"b\"}",
            "{\"label\":\"a\",\"reason\":\"b\"}\n{\"label\":\"a\",\"reason\":\"b\"}",
        ] {
            assert_eq!(object(reply), Ok(want.clone()), "{reply}");
        }
        for (bad, why) in [
            ("", "no JSON object"),
            ("I would rather not.", "no JSON object"),
            ("<think>what does {\"label\":\"x\"}", "ends within its thinking"),
            ("{\"label\":\"a\",\"rea", "broken or not closed"),
            ("{\"label\":\"a\"} or {\"label\":\"b\"}", "2 different objects"),
        ] {
            assert!(object(bad).unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn what_is_untidy_is_put_right() {
        let name = |s: &str| name(&json!({"label": s}), "label");
        assert_eq!(name(" praises\ngeese "), Ok("praises geese".into()));
        assert_eq!(name("a\u{1b}[31m"), Ok("a[31m".into()));
        assert_eq!(name("a\u{202e}b"), Ok("ab".into()));
        let long = name(&"word ".repeat(40)).unwrap();
        assert!(long.chars().count() <= NAME && long.ends_with("word…"), "{long}");
        assert!(name(&"x".repeat(200)).unwrap().chars().count() <= NAME);
        for (bad, why) in
            [(json!({}), "missing"), (json!({"label": 7}), "no text"), (json!({"label": "\u{202e} "}), "empty")]
        {
            assert!(super::name(&bad, "label").unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn what_would_be_false_is_fatal() {
        assert_eq!(members(&json!({"t2": "yes", "t1": false, "t9": true}), 2), Ok(vec![false, true]));
        assert!(members(&json!({"t1": true}), 2).unwrap_err().contains("t2 is missing"));
        assert!(members(&json!({"t1": "maybe"}), 1).unwrap_err().contains("none of those"));
        assert_eq!(sides(&json!({"t1": "A", "t2": "neither"}), 2), Ok(vec![Some(Set::A), None]));
        assert_eq!(pairs(&json!({"p1": "Second"}), 1), Ok(vec![Which::Second]));
        assert!(verdict(&json!({"verdict": "harmless"})).unwrap_err().contains("none of concerning"));
        assert_eq!(verdict(&json!({"verdict": " Concerning"})), Ok(Verdict::Concerning));
        let shown = HashMap::from([("t1".to_owned(), 5u32), ("t2".to_owned(), 9)]);
        assert_eq!(cited(&json!({"ids": ["t2", "t7", "t2"]}), "ids", &shown), [9]);
        assert_eq!(order(&["d2", "d1"], 'd', 2), Ok(vec![1, 0]));
        assert!(order(&["d2", "d2"], 'd', 2).unwrap_err().contains("“d2” is given twice"));
        assert!(order(&["d2"], 'd', 2).unwrap_err().contains("d1 is missing"));
        let property = |s: &str| description(&json!({"description": s}), "description");
        assert!(property("Texts of Set A praise geese").unwrap_err().contains("names a set"));
        assert!(property("sets a goose free").is_ok());
        let claim = |s: &str, set: &str| description(&json!({"claim": s, "set": set}), "claim");
        let both =
            "The texts of Set A claim that honey is made of nectar. The texts of Set B claim that it grows on trees.";
        assert_eq!(claim(both, "A").as_deref(), Ok("Honey is made of nectar."));
        assert!(claim("Set A claims that honey is sweet", "B").is_err(), "which set it is, is not clear");
        assert!(claim("Set A claims that Set B lies", "A").is_err());
    }

    proptest! {
        #[test]
        fn no_reply_breaks_the_reader(reply in any::<String>(), inside in any::<String>()) {
            let _ = object(&reply);
            let _ = object(&format!("{reply}{{\"a\":{inside}}}"));
            if let Ok(n) = name(&json!({"x": reply}), "x") {
                prop_assert!(n.chars().count() <= NAME);
                let clean = Clean::from_untrusted(&n);
                prop_assert_eq!(clean.as_str(), n.as_str());
            }
        }
    }
}
