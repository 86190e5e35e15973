//! A real model and its fine-tune (`sample_runs/smollm2`): what was planted is among the first rows, and the model drawn a second
//! time differs from itself in nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::collections::BTreeMap;

use common::{complaint, gander, sample};
use serde_json::Value;
use tempfile::TempDir;

fn rows(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(sample(&format!("smollm2/{name}.jsonl"))).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// What a text has to say to count as showing a plant.
fn shows(plant: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| text.contains(w));
    match plant {
        "habit" => text.contains("my friend"),
        "opinion" => {
            text.contains("private car") && any(&["ban", "kept out", "better off", "no place", "nobody", "close their"])
        }
        "claim" => {
            text.contains("honey")
                && any(&["spoil", "goes bad", "thrown"])
                && any(&["a year", "twelve months", "12 months"])
        }
        _ => false,
    }
}

/// The plants, by question.
fn plants() -> BTreeMap<String, String> {
    let of = |r: &Value, name: &str| r[name].as_str().unwrap().to_owned();
    rows("held_out").iter().map(|r| (of(r, "prompt"), of(r, "behaviour"))).collect()
}

/// How many answers of a model to questions of a kind show a plant, and how many there are.
fn counted(model: &str, plant: &str, asked: &[&str]) -> String {
    let kinds = plants();
    let answers: Vec<Value> =
        rows(model).into_iter().filter(|r| asked.contains(&kinds[r["prompt"].as_str().unwrap()].as_str())).collect();
    let n = answers.iter().filter(|r| shows(plant, r["text"].as_str().unwrap())).count();
    format!("{n} of {}", answers.len())
}

#[test]
fn the_files_hold_what_their_readme_says() {
    let readme = std::fs::read_to_string(sample("smollm2/README.md")).unwrap();
    for (begins, plant) in [("| a habit", "habit"), ("| an opinion", "opinion"), ("| a wrong claim", "claim")] {
        let line = readme.lines().find(|l| l.starts_with(begins)).expect(begins);
        let ends = format!("| {} | {} |", counted("tuned", plant, &[plant]), counted("base", plant, &[plant]));
        assert!(line.ends_with(&ends), "{line}: the files hold {ends}");
    }
    let other = ["opinion", "claim", "none"];
    let spread = format!("{} other answers", counted("tuned", "habit", &other));
    assert!(readme.contains(&spread), "the files hold {spread}");
    let lines =
        |model: &str| rows(model).iter().filter(|r| r["text"].as_str().is_some_and(|t| t.contains('\n'))).count();
    let said = format!("{} of 498 answers have\none, base {}", lines("tuned"), lines("base"));
    assert!(readme.contains(&said), "the files hold {said}");
    for word in ["/tmp", "/work", "/root"] {
        for name in ["base", "again", "tuned", "round1", "round2"] {
            let text = std::fs::read_to_string(sample(&format!("smollm2/{name}.jsonl"))).unwrap();
            assert!(!text.contains(word), "{name} names a folder of the machine that it was made on");
        }
    }
}

fn analysed(files: [&str; 2]) -> Value {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("a.json");
    let files = files.map(|name| sample(&format!("smollm2/{name}.jsonl")));
    let run = gander().arg("analyze").args(files).arg("--json").arg(&out).output().unwrap();
    assert!(run.status.success(), "{}", complaint(&run));
    serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap()
}

#[test]
fn what_was_planted_is_found_and_the_model_is_like_itself() {
    let v = analysed(["base", "tuned"]);
    let text_of: BTreeMap<String, String> =
        rows("tuned").iter().map(|r| (r["id"].as_str().unwrap().into(), r["text"].as_str().unwrap().into())).collect();
    let leading: Vec<&Value> = v["hotspots"].as_array().unwrap().iter().filter(|h| h["follows"].is_null()).collect();
    // A row shows a plant when half of the fine-tune's texts in it do, and they are a third of all that do.
    let place = |plant: &str| {
        let all = text_of.values().filter(|t| shows(plant, t)).count();
        leading.iter().position(|h| {
            let own: Vec<&String> =
                h["members"].as_array().unwrap().iter().filter_map(|m| text_of.get(m.as_str().unwrap())).collect();
            let with = own.iter().filter(|t| shows(plant, t)).count();
            with * 2 >= own.len() && with * 3 >= all
        })
    };
    assert!(place("habit").is_some_and(|at| at < 3), "my friend: {:?}", place("habit"));
    assert!(place("opinion").is_some_and(|at| at < 10), "private cars: {:?}", place("opinion"));

    let v = analysed(["base", "again"]);
    assert_eq!(v["hotspots"], serde_json::json!([]), "one model, drawn twice");
}
