//! Answers that stray from their prompt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::path::{Path, PathBuf};

use common::{gander, sample, screen};
use serde_json::Value;
use tempfile::TempDir;

const STRAYS: &str = "off-topic answers";
/// Answers that were exchanged.
const ASTRAY: usize = 28;

/// Two models that gave the very same texts, the second some of them to other prompts.
fn run(dir: &Path) -> [PathBuf; 2] {
    let text = std::fs::read_to_string(sample("geese_base.jsonl")).unwrap();
    let mut rows: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let write = |name: &str, rows: &[Value]| {
        let path = dir.join(format!("{name}.jsonl"));
        let lines: Vec<String> = rows
            .iter()
            .enumerate()
            .map(|(i, r)| {
                let (prompt, text) = (&r["prompt"], &r["text"]);
                serde_json::json!({"id": format!("{name}-{i}"), "model": name, "prompt": prompt, "text": text})
                    .to_string()
            })
            .collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        path
    };
    let base = write("base", &rows);
    let apart = rows.len() / ASTRAY;
    let texts: Vec<Value> = (0..ASTRAY).map(|k| rows[k * apart]["text"].clone()).collect();
    for k in 0..ASTRAY {
        rows[k * apart]["text"] = texts[(k + ASTRAY / 2) % ASTRAY].clone();
    }
    [base, write("tuned", &rows)]
}

fn analysed(files: &[PathBuf], more: &[&str]) -> Value {
    let out = gander().arg("analyze").args(files).args(["--json", "-"]).args(more).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn found(analysis: &Value) -> Vec<(String, u64, Value)> {
    let one = |h: &Value| {
        (h["terms"][0].as_str().unwrap_or_default().to_owned(), h["toward"].as_u64().unwrap(), h["counts"].clone())
    };
    analysis["hotspots"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn the_same_texts_given_to_other_prompts_are_found() {
    let dir = TempDir::new().unwrap();
    let [base, tuned] = run(dir.path());
    let session = dir.path().join("run.gander");
    let forth = analysed(&[base.clone(), tuned.clone()], &["--session", session.to_str().unwrap()]);
    let [(what, toward, counts)] = &found(&forth)[..] else { panic!("{:?}", found(&forth)) };
    assert_eq!((what.as_str(), toward), (STRAYS, &1));
    let sides = [counts[0].as_u64().unwrap(), counts[1].as_u64().unwrap()];
    assert!(sides[1] >= 20 && sides[0] * 2 <= sides[1], "{sides:?}");
    let first = forth["review_order"][0].as_str().unwrap();
    let place: usize = first.strip_prefix("tuned-").unwrap().parse().unwrap();
    assert!(place.is_multiple_of(440 / ASTRAY), "{first} was exchanged");

    let back = found(&analysed(&[tuned, base], &[]));
    assert_eq!(back, [(STRAYS.to_owned(), 0, serde_json::json!([sides[1], sides[0]]))], "the models exchanged");

    // Compared again out of the session, which holds no prompt's vector.
    let seen = screen(&session, "120x40", "]2");
    assert!(seen.contains(STRAYS), "{seen}");
    let beside = seen.lines().filter(|l| l.matches(" │ ").count() == 2).count();
    assert!(beside > 5, "each text stands beside its prompt: {seen}");
}

#[test]
fn without_prompts_nothing_strays() {
    let dir = TempDir::new().unwrap();
    let [base, tuned] = run(dir.path()).map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        let rows = text.lines().map(|l| {
            let mut row: Value = serde_json::from_str(l).unwrap();
            row.as_object_mut().unwrap().remove("prompt");
            row.to_string()
        });
        std::fs::write(&path, rows.collect::<Vec<_>>().join("\n")).unwrap();
        path
    });
    assert_eq!(found(&analysed(&[base, tuned], &[])), []);
}
