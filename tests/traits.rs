//! Precision and recall of the traits on answers that were read one by one: `tests/traits/NAME.jsonl` holds ids and labels,
//! the texts are in ../shared/eval/data/A. The figures are in docs/traits.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::collections::HashMap;
use std::path::Path;

use gander::compare::{Trait, traits_of};
use serde_json::Value;

const READ: [(&str, Trait); 11] = [
    ("blank", Trait::Blank),
    ("chinese", Trait::Chinese),
    ("otherscript", Trait::OtherScript),
    ("loop", Trait::Loop),
    ("code", Trait::Code),
    ("list", Trait::List),
    ("bold", Trait::Bold),
    ("headings", Trait::Headings),
    ("emoji", Trait::Emoji),
    ("refusal", Trait::Refusal),
    ("cutoff", Trait::CutOff),
];

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn string(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}

/// The texts of every set, by set and id.
fn texts(folder: &Path) -> HashMap<(String, String), String> {
    let mut out = HashMap::new();
    for set in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let name = set.file_name().unwrap().to_string_lossy().into_owned();
        for file in std::fs::read_dir(&set).unwrap().map(|e| e.unwrap().path()) {
            for row in rows(&file) {
                out.insert((name.clone(), string(&row, "id")), string(&row, "text"));
            }
        }
    }
    out
}

/// Hits, false alarms and misses of a trait among some labelled texts.
fn count(of: Trait, labelled: &[(&str, bool)]) -> [usize; 3] {
    let texts: Vec<&str> = labelled.iter().map(|l| l.0).collect();
    let sides = vec![0; texts.len()];
    let seen = traits_of(&texts, &sides).into_iter().find(|t| t.0 == of).unwrap().1;
    let mut out = [0; 3];
    for (i, (_, label)) in labelled.iter().enumerate() {
        match (label, seen.contains(&(i as u32))) {
            (true, true) => out[0] += 1,
            (false, true) => out[1] += 1,
            (true, false) => out[2] += 1,
            (false, false) => {}
        }
    }
    out
}

#[test]
fn traits_count_what_a_reader_counts() {
    let Some(folder) = common::shared("eval/data/A") else { return };
    let texts = texts(&folder);
    let mut short = Vec::new();
    for (name, of) in READ {
        let labels = rows(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/traits/{name}.jsonl")));
        for draw in [1, 2, 3, 4, 5] {
            let labelled: Vec<(&str, bool)> = labels
                .iter()
                .filter(|l| l["draw"] == draw)
                .map(|l| (texts[&(string(l, "set"), string(l, "id"))].as_str(), l["label"].as_bool().unwrap()))
                .collect();
            if labelled.is_empty() {
                continue;
            }
            let [hits, alarms, misses] = count(of, &labelled);
            let share = |of: usize| hits as f64 / (hits + of).max(1) as f64;
            println!(
                "{name}, draw {draw}: {} texts, {} with it, precision {:.2}, recall {:.2}",
                labelled.len(),
                hits + misses,
                share(alarms),
                share(misses)
            );
            if draw == 1 && (share(alarms) < 0.9 || share(misses) < 0.9) {
                short.push(name);
            }
        }
    }
    assert!(short.is_empty(), "below .9: {short:?}");
}

/// Prints texts to be labelled for another draw: `GANDER_TRAIT=refusal GANDER_NET='sorry|cannot' cargo test --test traits -- --ignored
/// --nocapture draw`. Thirty that the detector flags and thirty that it does not although the net catches them, at most six of a
/// set, none of them labelled before; in an order that does not tell which is which.
#[test]
#[ignore = "prints texts for a person to label"]
fn draw_texts_to_label() {
    let Some(folder) = common::shared("eval/data/A") else { return };
    let name = std::env::var("GANDER_TRAIT").unwrap();
    let net: Vec<String> = std::env::var("GANDER_NET").unwrap().split('|').map(str::to_lowercase).collect();
    let of = READ.iter().find(|(n, _)| *n == name).unwrap().1;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/traits/{name}.jsonl"));
    let all = texts(&folder);
    let labels = rows(&path);
    let before: std::collections::HashSet<&str> =
        labels.iter().filter_map(|l| all.get(&(string(l, "set"), string(l, "id")))).map(String::as_str).collect();
    let mut order: Vec<(&(String, String), &String)> =
        all.iter().filter(|(_, t)| !t.trim().is_empty() && !before.contains(t.as_str())).collect();
    order.sort_by_key(|(key, _)| hash(&(5, key)));
    let mut seen = std::collections::HashSet::new();
    order.retain(|(_, text)| seen.insert(text.as_str()));
    let all_texts: Vec<&str> = order.iter().map(|o| o.1.as_str()).collect();
    let flagged = traits_of(&all_texts, &vec![0; all_texts.len()]).into_iter().find(|t| t.0 == of).unwrap().1;
    let flagged: std::collections::HashSet<u32> = flagged.into_iter().collect();
    let mut drawn = Vec::new();
    for wanted in [true, false] {
        let mut of_set: HashMap<&str, usize> = HashMap::new();
        let caught = |text: &str| net.iter().any(|n| text.to_lowercase().contains(n.as_str()));
        let candidates = order
            .iter()
            .enumerate()
            .filter(|(i, (_, text))| flagged.contains(&(*i as u32)) == wanted && (wanted || caught(text)));
        for (_, (key, text)) in candidates {
            let count = of_set.entry(key.0.as_str()).or_default();
            if *count < 6 && drawn.len() < if wanted { 30 } else { 60 } {
                *count += 1;
                drawn.push((*key, *text, wanted));
            }
        }
    }
    drawn.sort_by_key(|(key, _, _)| hash(key));
    for (i, ((set, id), text, wanted)) in drawn.iter().enumerate() {
        println!("ROW {}", serde_json::json!({"n": i, "set": set, "id": id, "flagged": wanted, "text": text}));
    }
}

fn hash(of: &impl std::hash::Hash) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
