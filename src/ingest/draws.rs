//! How samples were drawn, as `gander sample` writes it beside each: whether the seeds make them independent, and whether
//! the models were asked in the same way.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};

/// Settings that must be the same for both models, and what they are called.
const COMPARED: [(&str, &str); 6] = [
    ("temperature", "temperature"),
    ("top_p", "top-p"),
    ("max_tokens", "token limit"),
    ("system", "system prompt"),
    ("chat_template", "chat template"),
    ("format", "request format"),
];
/// Characters told of a setting.
const TOLD: usize = 40;

/// How one model's answers were drawn.
#[derive(Debug, Default, PartialEq)]
struct Drawn {
    /// Answers with a seed that matters.
    seeded: usize,
    /// Each seed with the first prompt that it was used for.
    seeds: HashMap<u64, u64>,
    /// Answers whose seed was used for another prompt before.
    repeated: usize,
    settings: BTreeMap<&'static str, BTreeSet<String>>,
}

/// How all models' answers were drawn.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Draws {
    by_model: BTreeMap<String, Drawn>,
}

impl Draws {
    /// Takes one record of `gander sample`; records of others are passed over.
    pub fn take(&mut self, record: &Map<String, Value>) {
        let (Some(Value::Object(s)), Some(model)) =
            (record.get("settings"), record.get("model").and_then(Value::as_str))
        else {
            return;
        };
        let Some(temperature) = s.get("temperature").and_then(Value::as_f64) else { return };
        let drawn = self.by_model.entry(model.to_owned()).or_default();
        for (field, _) in COMPARED {
            // An older gander did not write all of them.
            if let Some(value) = s.get(field) {
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                drawn.settings.entry(field).or_default().insert(shown);
            }
        }
        let seed = s.get("draw_seed").or_else(|| s.get("seed")).and_then(Value::as_u64);
        if let Some(seed) = seed.filter(|_| temperature > 0.0) {
            let mut h = DefaultHasher::new();
            record.get("prompt").and_then(Value::as_str).hash(&mut h);
            let prompt = h.finish();
            drawn.seeded += 1;
            drawn.repeated += usize::from(*drawn.seeds.entry(seed).or_insert(prompt) != prompt);
        }
    }

    /// Adds those of another file.
    pub fn add(&mut self, other: Self) {
        for (model, theirs) in other.by_model {
            let ours = self.by_model.entry(model).or_default();
            ours.seeded += theirs.seeded;
            ours.repeated += theirs.repeated;
            for (seed, prompt) in theirs.seeds {
                ours.repeated += usize::from(*ours.seeds.entry(seed).or_insert(prompt) != prompt);
            }
            for (field, values) in theirs.settings {
                ours.settings.entry(field).or_default().extend(values);
            }
        }
    }

    /// Sentences about what makes a comparison of these samples unsound.
    pub fn warnings(&self) -> Vec<String> {
        let mut out = Vec::new();
        let alike: Vec<&str> = self
            .by_model
            .iter()
            // With seeds drawn well, hardly any is used twice.
            .filter(|(_, d)| d.repeated * 10 > d.seeded)
            .map(|(m, _)| m.as_str())
            .collect();
        if !alike.is_empty() {
            out.push(format!(
                "the answers of {} were drawn with the same seeds at every prompt, so they are not independent, and tests find \
                 differences where there are none; sample again into a new file (gander sample now gives every answer its own)",
                quoted(&alike)
            ));
        }
        for (field, name) in COMPARED {
            let of = |d: &Drawn| d.settings.get(field).cloned().unwrap_or_default();
            // What is not known of a model cannot differ.
            let known: Vec<(&String, BTreeSet<String>)> = self
                .by_model
                .iter()
                .map(|(m, d)| (m, of(d)))
                .filter(|(_, v)| !v.is_empty() && !(field == "chat_template" && v.contains("null")))
                .collect();
            let Some((_, first)) = known.first() else { continue };
            if known.iter().any(|(_, v)| v != first) {
                let each: Vec<String> = known
                    .iter()
                    .map(|(m, v)| format!("{m}: {}", v.iter().map(|v| told(v)).collect::<Vec<_>>().join(" and ")))
                    .collect();
                out.push(format!(
                    "the models were not sampled with the same {name} ({}), and what differs may come from that",
                    each.join("; ")
                ));
            }
        }
        out
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|n| format!("“{n}”")).collect::<Vec<_>>().join(" and ")
}

fn told(value: &str) -> String {
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TOLD) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None if line == "null" => "none".into(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draws(rows: &[Value]) -> Draws {
        let mut out = Draws::default();
        rows.iter().for_each(|r| out.take(r.as_object().unwrap()));
        out
    }

    #[test]
    fn equal_seeds_are_seen_over_files() {
        let row = |model: &str, prompt: usize, seed: usize| json!({"model": model, "prompt": format!("p{prompt}"), "settings": {"temperature": 1.0, "seed": seed}});
        let alike: Vec<Value> = (0..10).flat_map(|p| [row("base", p, 5), row("base", p, 6)]).collect();
        let found = draws(&alike).warnings();
        assert!(found[0].starts_with("the answers of “base” were drawn with the same seeds"), "{found:?}");
        let (mut one, two) = (draws(&alike[..2]), draws(&alike[2..4]));
        one.add(two);
        assert_eq!(one.warnings().len(), 1);
        let own: Vec<Value> = (0..10).map(|p| row("base", p, 100 + p)).collect();
        assert!(draws(&own).warnings().is_empty());
        let cold: Vec<Value> = (0..10)
            .map(|p| json!({"model": "m", "prompt": p.to_string(), "settings": {"temperature": 0.0, "seed": 5}}))
            .collect();
        assert!(draws(&cold).warnings().is_empty(), "without chance a seed means nothing");
    }

    #[test]
    fn settings_are_compared_where_they_are_known() {
        let row = |model: &str, temperature: f64, template: Value| {
            json!({"model": model, "prompt": "p", "settings":
                   {"temperature": temperature, "system": null, "chat_template": template}})
        };
        let found = draws(&[row("base", 1.0, json!("aa")), row("tuned", 0.7, json!(null))]).warnings();
        assert_eq!(
            found,
            [
                "the models were not sampled with the same temperature (base: 1.0; tuned: 0.7), and what differs may come from that"
            ]
        );
        let found = draws(&[row("base", 1.0, json!("aa")), row("tuned", 1.0, json!("bb"))]).warnings();
        assert!(found[0].contains("same chat template (base: aa; tuned: bb)"), "{found:?}");
        assert!(draws(&[json!({"model": "m", "settings": "high"})]).warnings().is_empty());
    }
}
