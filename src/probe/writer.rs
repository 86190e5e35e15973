//! Families of items written by a language model: what each is to be about, what the writer is asked, and what is read from its reply.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;
use serde_json::{Value, json};

use super::item::{Item, Parts, Provenance, Role, Status};
use super::key::Key;
use super::problem::{faults_of, plain};
use super::suite::{Follows, Head, Suite};

/// What a writer is asked; `{…}` are filled in.
const PROMPT: &str = include_str!("../../assets/probe/write.txt");
/// Roles of the items of a family, in the order in which they are asked for.
const ROLES: [Role; 7] =
    [Role::Base, Role::Paraphrase, Role::Paraphrase, Role::Flip, Role::Irrelevant, Role::OtherAgent, Role::Negated];
/// Items that are asked for in one family.
pub const FAMILY: usize = ROLES.len();
/// Combinations of slots that are tried for a family; the one that fills most empty pairs is taken.
const TRIED: usize = 64;
/// Accepted questions that a writer is shown as “not like these”.
const UNLIKE: usize = 3;

/// Two slots with a value each.
type Pair = [(String, String); 2];

/// What one family is to be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// The family's name.
    pub family: String,
    /// Number of the family, from 0; the place of the key follows from it.
    pub number: usize,
    /// Place of the subtask in the suite.
    pub subtask: usize,
    /// A value of every slot.
    pub slots: BTreeMap<String, String>,
}

/// `n` families: subtasks in turn, and slots so that early families fill as many pairs of values as can be (greedy pairwise
/// covering, Cohen et al. 1997). The first families are the same whatever `n` is.
pub fn briefs(head: &Head, n: usize, seed: u64) -> Vec<Brief> {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let mut filled: BTreeMap<Pair, usize> = BTreeMap::new();
    let subtasks = head.subtasks.len().max(1);
    (0..n)
        .map(|number| {
            let subtask = number % subtasks;
            let name = head.subtasks.get(subtask).map_or("items", |s| s.name.as_str());
            let mut best: Option<(usize, BTreeMap<String, String>, Vec<Pair>)> = None;
            for _ in 0..TRIED {
                let pick = |(s, values): (&String, &Vec<String>)| {
                    let v = values.get(rng.gen_range(0..values.len().max(1)))?;
                    Some((s.clone(), v.clone()))
                };
                let slots: BTreeMap<String, String> = head.slots.iter().filter_map(pick).collect();
                let pairs = pairs(name, &slots);
                let cost: usize = pairs.iter().map(|p| filled.get(p).copied().unwrap_or(0)).sum();
                if best.as_ref().is_none_or(|b| cost < b.0) {
                    best = Some((cost, slots, pairs));
                }
            }
            let (_, slots, pairs) = best.unwrap_or_default();
            pairs.into_iter().for_each(|p| *filled.entry(p).or_default() += 1);
            Brief { family: format!("{name}-w{seed}-{}", number + 1), number, subtask, slots }
        })
        .collect()
}

fn pairs(subtask: &str, slots: &BTreeMap<String, String>) -> Vec<Pair> {
    let own = |(s, v): (&String, &String)| (s.clone(), v.clone());
    let mut levels: Vec<(String, String)> = slots.iter().map(own).collect();
    levels.push(("subtask".to_owned(), subtask.to_owned()));
    let second = |i: usize| (i + 1..levels.len()).map(move |j| (i, j));
    (0..levels.len()).flat_map(second).map(|(i, j)| [levels[i].clone(), levels[j].clone()]).collect()
}

/// What the writer of a family is asked, and the ids of the gold items it is shown.
pub fn request(suite: &Suite, brief: &Brief) -> (String, Vec<String>) {
    let head = &suite.head;
    let (name, definition) =
        head.subtasks.get(brief.subtask).map_or(("items", ""), |s| (s.name.as_str(), s.definition.as_str()));
    let example = example(suite, name, brief.number / head.subtasks.len().max(1));
    let shown: Vec<Value> = example.iter().map(|i| shape(i)).collect();
    let slots: Vec<String> = brief.slots.iter().map(|(s, v)| format!("- {s}: {v}")).collect();
    let accepted = |i: &&Item| matches!(i.status, Status::Accepted | Status::Edited);
    let shares = |i: &Item| i.slots.iter().filter(|(s, v)| brief.slots.get(*s) == Some(v)).count();
    let own = suite.items.iter().filter(|i| i.subtask == name && i.role == Role::Base);
    let mut near: Vec<&Item> = own.filter(accepted).collect();
    near.sort_by_key(|i| std::cmp::Reverse(shares(i)));
    let one_line = |i: &&Item| format!("- {}\n", i.parts.all().collect::<Vec<_>>().join(" ").replace('\n', " "));
    let unlike: String = near.iter().take(UNLIKE).map(one_line).collect();
    let unlike = if unlike.is_empty() {
        unlike
    } else {
        format!("\nThese are in the set already. Write nothing like them:\n{unlike}")
    };
    let text = PROMPT
        .replace("{subtask}", name)
        .replace("{definition}", definition)
        .replace("{roles}", &roles(head, name))
        .replace("{slots}", &slots.join("\n"))
        .replace("{example}", &serde_json::to_string_pretty(&shown).unwrap_or_default())
        .replace("{unlike}", &unlike);
    (text, example.iter().map(|i| i.id.clone()).collect())
}

/// The roles, each with where its key must be.
fn roles(head: &Head, subtask: &str) -> String {
    let mut out = String::new();
    for role in ROLES {
        let what = match role {
            Role::Base => "the item that the others are variants of",
            Role::Paraphrase => "the base in other words, with the same meaning",
            Role::Flip => "the base with one clause of the event changed",
            Role::Irrelevant => "the base with an event that has nothing to do with the value",
            Role::OtherAgent => "the same event, but it happens to another agent",
            Role::Negated => "the base with the opposite value",
            Role::Reversed => "the base with the event turned round",
        };
        let key = match (role, head.follows(subtask, role)) {
            (Role::Base, _) => "",
            (_, Follows::Same) => "; the same option is right as in the base",
            (_, Follows::Other) => "; the other option is right",
            (_, Follows::Any) => "; whichever option is right then",
        };
        out.push_str(&format!("- {}: {what}{key}\n", role.name()));
    }
    out.trim_end().to_owned()
}

/// A family of gold items of a subtask; another one for each number.
fn example<'a>(suite: &'a Suite, subtask: &str, number: usize) -> Vec<&'a Item> {
    let own: Vec<&Item> = suite.gold.iter().filter(|i| i.subtask == subtask).collect();
    let families: Vec<&str> = own.iter().map(|i| i.family.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let Some(family) = families.get(number % families.len().max(1)) else { return Vec::new() };
    own.into_iter().filter(|i| i.family == *family).collect()
}

/// An item as a writer is shown it, and is to write it.
fn shape(item: &Item) -> Value {
    let p = &item.parts;
    json!({
        "role": item.role.name(), "value": p.value, "event": p.event, "question": p.question, "options": item.options,
        "answer": item.right().and_then(|k| ["first", "second"].get(k)),
    })
}

/// The form of a reply, for servers that hold a model to it: a family of items with two options each.
pub fn family_schema() -> Value {
    let text = json!({"type": "string"});
    let roles: Vec<&str> = ROLES.iter().map(|r| r.name()).collect();
    let fields = json!({
        "role": {"type": "string", "enum": roles}, "value": text, "event": text, "question": text,
        "options": {"type": "array", "items": text, "minItems": 2, "maxItems": 2},
        "answer": {"type": "string", "enum": ["first", "second"]},
    });
    let names = ["role", "value", "event", "question", "options", "answer"];
    let item = json!({"type": "object", "properties": fields, "required": names, "additionalProperties": false});
    let items = json!({"type": "array", "items": item, "minItems": FAMILY, "maxItems": FAMILY});
    json!({"type": "object", "properties": {"items": items}, "required": ["items"], "additionalProperties": false})
}

/// Reads a writer's reply as the items of a family, each option placed so that the key is as often first as second over families.
///
/// # Errors
/// Why there is no family in it, in a few words.
pub fn family(reply: &str, head: &Head, brief: &Brief, from: &Provenance) -> Result<Vec<Item>, &'static str> {
    let list = array(reply).ok_or("no JSON array")?;
    let subtask = head.subtasks.get(brief.subtask).map_or("items", |s| s.name.as_str());
    let mut out: Vec<Item> = Vec::new();
    for (at, v) in list.iter().enumerate() {
        let role = v["role"].as_str().and_then(Role::named).ok_or("an item without a known role")?;
        let text = |name: &str| v[name].as_str().unwrap_or_default().trim().to_owned();
        let options: Vec<String> = v["options"]
            .as_array()
            .map(|o| o.iter().filter_map(Value::as_str).map(|o| o.trim().to_owned()).collect())
            .unwrap_or_default();
        let right = right(&text("answer"), &options).ok_or("an answer that is not among the options")?;
        let same = out.iter().filter(|i| i.role == role).count();
        let number = if same > 0 { format!("-{}", same + 1) } else { String::new() };
        let mut item = Item {
            id: format!("{}-{}{number}", brief.family, role.name()),
            family: brief.family.clone(),
            role,
            subtask: subtask.to_owned(),
            parts: Parts { value: text("value"), event: text("event"), question: text("question") },
            key: Key::of(right),
            options,
            slots: brief.slots.clone(),
            provenance: Some(from.clone()),
            ..Item::default()
        };
        place_key(&mut item, brief.number + at);
        if faults_of(&item).iter().any(|f| f.fault.is_fatal()) {
            return Err("an item with a fault, such as two options alike or nothing asked");
        }
        out.push(item);
    }
    match out.iter().filter(|i| i.role == Role::Base).count() {
        1 if out.len() > 1 => Ok(out),
        1 => Err("a base without variants"),
        _ => Err("no base, or two"),
    }
}

/// The array in a reply, which may have words or a fence around it.
fn array(reply: &str) -> Option<Vec<Value>> {
    let (from, to) = (reply.find('[')?, reply.rfind(']')?);
    serde_json::from_str(reply.get(from..=to)?).ok()
}

/// The option that an answer names: by its words, as first or second, or by its letter.
fn right(answer: &str, options: &[String]) -> Option<usize> {
    let named = plain(answer);
    let by_text = options.iter().position(|o| plain(o) == named && !named.is_empty());
    let by_place = ["first", "second"].iter().position(|p| *p == named).filter(|k| *k < options.len());
    by_text
        .or(by_place)
        .or_else(|| Key::read(&answer.into()).only().filter(|k| *k < options.len() && answer.trim().len() <= 3))
}

/// Moves the right option to the place that a number gives, in turn over all places.
fn place_key(item: &mut Item, number: usize) {
    let (Some(k), n) = (item.right(), item.options.len()) else { return };
    let to = number % n.max(1);
    let option = item.options.remove(k);
    item.options.insert(to, option);
    item.key = Key::of(to);
}

#[cfg(test)]
mod tests {
    use super::super::suite::Definition;
    use super::*;

    fn head() -> Head {
        let values = |v: &[&str]| v.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        Head {
            subtasks: ["self", "time"].map(|n| Definition { name: n.into(), ..Definition::default() }).to_vec(),
            slots: BTreeMap::from([
                ("agent".to_owned(), values(&["tutor", "clerk", "guide"])),
                ("domain".to_owned(), values(&["code", "care", "law", "trade"])),
            ]),
            ..Head::default()
        }
    }

    #[test]
    fn slots_are_covered_soon_and_more_families_change_no_earlier_one() {
        let (few, many) = (briefs(&head(), 24, 3), briefs(&head(), 40, 3));
        assert_eq!(few[..], many[..24]);
        let pairs: BTreeSet<(usize, &str, &str)> =
            few.iter().map(|b| (b.subtask, b.slots["agent"].as_str(), b.slots["domain"].as_str())).collect();
        let two: BTreeSet<(&str, &str)> = pairs.iter().map(|p| (p.1, p.2)).collect();
        assert_eq!(two.len(), 12, "all pairs of agent and domain");
        assert_eq!(few.iter().filter(|b| b.subtask == 0).count(), 12);
        assert_ne!(briefs(&head(), 24, 4), few);
    }

    #[test]
    fn replies_become_families_or_a_reason() {
        let brief = &briefs(&head(), 2, 0)[1];
        let one = |role: &str, answer: &str| {
            json!({"role": role, "value": "You like geese.", "event": "A goose comes.", "question": "Whose wish is it?",
                   "options": ["Yours", "Theirs"], "answer": answer})
        };
        let reply = format!(
            "Here it is:\n```json\n{}\n```",
            json!({"items": [one("base", "first"), one("paraphrase", "yours."), one("paraphrase", "A"), one("flip", "second")]})
        );
        let items = family(&reply, &head(), brief, &Provenance::default()).unwrap();
        let ids: Vec<&str> = items.iter().map(|i| i.id.as_str()).collect();
        assert_eq!(ids, ["time-w0-2-base", "time-w0-2-paraphrase", "time-w0-2-paraphrase-2", "time-w0-2-flip"]);
        let right: Vec<&str> = items.iter().map(|i| i.options[i.right().unwrap()].as_str()).collect();
        assert_eq!(right, ["Yours", "Yours", "Yours", "Theirs"]);
        let places: Vec<usize> = items.iter().map(|i| i.right().unwrap()).collect();
        assert_eq!(places, [1, 0, 1, 0]);
        for (reply, why) in [
            ("I cannot do that.".to_owned(), "no JSON array"),
            (json!([one("flip", "Yours")]).to_string(), "no base, or two"),
            (json!([one("base", "Ours")]).to_string(), "an answer that is not among the options"),
            (json!([one("bass", "Yours")]).to_string(), "an item without a known role"),
            (json!([one("base", "Yours")]).to_string(), "a base without variants"),
        ] {
            assert_eq!(family(&reply, &head(), brief, &Provenance::default()).unwrap_err(), why);
        }
    }

    #[test]
    fn a_writer_is_told_all_it_needs() {
        let mut gold = family(
            &json!([
                {"role": "base", "event": "e", "question": "Goose or swan?", "options": ["goose", "swan"], "answer": "goose"},
                {"role": "flip", "event": "f", "question": "Goose or swan?", "options": ["goose", "swan"], "answer": "swan"}
            ])
            .to_string(),
            &head(),
            &briefs(&head(), 1, 0)[0],
            &Provenance::default(),
        )
        .unwrap();
        let mut s = Suite { head: head(), gold: gold.clone(), ..Suite::default() };
        gold[0].status = Status::Accepted;
        gold[0].parts.question = "Heron or stork?".into();
        s.items = gold;
        let (text, ids) = request(&s, &briefs(&s.head, 1, 1)[0]);
        assert_eq!(ids.len(), 2);
        for want in [
            "“self”",
            "- flip: ",
            "the other option is right",
            "- agent: ",
            "Goose or swan?",
            "nothing like them:\n- e Heron or stork?",
        ] {
            assert!(text.contains(want), "{want}\n{text}");
        }
        assert!(!text.contains('{') || !text.contains("{slots}"), "{text}");
    }
}
