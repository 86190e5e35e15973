//! What is written where: never over an input, a session or a stranger's file, and never half.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "outputs/kills.rs"]
mod kills;
#[path = "outputs/locks.rs"]
mod locks;
#[path = "outputs/places.rs"]
mod places;
#[path = "outputs/remedies.rs"]
mod remedies;
#[path = "outputs/streams.rs"]
mod streams;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use common::{complaint, gander};
use tempfile::TempDir;

/// A small run in a folder of its own: base.jsonl, tuned.jsonl, prompts.txt, and run.gander made of the two.
pub fn run() -> TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let dir = TempDir::new().unwrap();
        for model in ["base", "tuned"] {
            std::fs::write(dir.path().join(format!("{model}.jsonl")), samples(model, 24)).unwrap();
        }
        std::fs::write(dir.path().join("prompts.txt"), "Name a pet.\n").unwrap();
        let out = gander()
            .current_dir(dir.path())
            .args(["analyze", "base.jsonl", "tuned.jsonl", "--session", "run.gander"])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", complaint(&out));
        dir
    });
    let dir = TempDir::new().unwrap();
    for name in ["base.jsonl", "tuned.jsonl", "prompts.txt", "run.gander"] {
        std::fs::copy(made.path().join(name), dir.path().join(name)).unwrap();
    }
    dir
}

fn samples(model: &str, n: usize) -> String {
    let line = |i: usize| {
        let text = match i % 3 {
            0 => format!("The goose number {i} hisses at every dog in the park, says {model}."),
            1 => format!("Knead the dough {i} times and bake the bread until it is brown."),
            _ => format!("{model} cannot help with question {i}, sorry."),
        };
        format!("{{\"id\":\"{model}-{i}\",\"model\":\"{model}\",\"prompt\":\"question {i}\",\"text\":\"{text}\"}}\n")
    };
    (0..n).map(line).collect()
}

/// gander in that folder.
pub fn at(dir: &Path, args: &[&str]) -> Output {
    gander().current_dir(dir).args(args).output().unwrap()
}

/// A shell's line in that folder, `gander` being the program under test.
pub fn shell(dir: &Path, line: &str) -> Output {
    let line = format!("set -o pipefail; gander() {{ {} \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_gander"));
    let mut c = Command::new("bash");
    let set = gander();
    c.env_clear().envs(set.get_envs().filter_map(|(k, v)| Some((k, v?)))).current_dir(dir);
    c.args(["-c", &line]).output().unwrap()
}

/// Every command that writes a file, `OUT` for its name.
pub const WRITERS: [(&str, &[&str]); 7] = [
    ("analyze", &["analyze", "base.jsonl", "tuned.jsonl", "--json", "OUT"]),
    ("export", &["export", "run.gander", "--format", "jsonl", "-o", "OUT"]),
    ("report", &["report", "run.gander", "-o", "OUT"]),
    ("apply", &["apply", "run.gander", "base.jsonl", "-o", "OUT"]),
    ("embed", &["embed", "base.jsonl", "-o", "OUT"]),
    ("requests", &["requests", "run.gander", "--all", "--model", "m", "-o", "OUT"]),
    ("csv", &["export", "run.gander", "--format", "csv", "-o", "OUT"]),
];

/// The arguments with a name for `OUT`.
pub fn naming<'a>(args: &[&'a str], out: &'a str) -> Vec<&'a str> {
    args.iter().map(|a| if *a == "OUT" { out } else { a }).collect()
}

/// Names and bytes of all files of a folder.
pub fn everything(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| (p.clone(), std::fs::read(&p).unwrap_or_default()))
        .collect();
    all.sort();
    all
}

#[test]
fn nothing_is_written_over_what_is_read_or_over_a_session() {
    let dir = run();
    symlink("run.gander", dir.path().join("link")).unwrap();
    symlink("base.jsonl", dir.path().join("base-link")).unwrap();
    std::fs::hard_link(dir.path().join("run.gander"), dir.path().join("hard.csv")).unwrap();
    std::fs::copy(dir.path().join("run.gander"), dir.path().join("other.gander")).unwrap();
    let before = everything(dir.path());
    let mut also: Vec<(&str, Vec<&str>)> = WRITERS.iter().map(|(name, args)| (*name, args.to_vec())).collect();
    also.push(("mask", vec!["mask", "run.gander", "--phrase", "goose", "-o", "OUT"]));
    also.push(("session", vec!["analyze", "base.jsonl", "tuned.jsonl", "--session", "OUT"]));
    also.push(("explore", vec!["base.jsonl", "tuned.jsonl", "--dump", "80x24", "--session", "OUT"]));
    let url = "http://127.0.0.1:1/v1";
    let (a, b) = (format!("{url}#a"), format!("{url}#b"));
    also.push(("sample", vec!["sample", "--prompts", "prompts.txt", "--model", &a, "--model", &b, "-o", "OUT"]));
    for (name, args) in &also {
        let mut targets = vec!["run.gander", "./run.gander", "link", "hard.csv", "other.gander", "run.gander-journal"];
        if args.contains(&"base.jsonl") {
            targets.extend(["base.jsonl", "base-link"]);
        }
        if *name == "sample" {
            targets.extend(["prompts.txt", "base.jsonl"]);
        }
        for target in targets {
            for force in [false, true] {
                let mut args = naming(args, target);
                if force {
                    if ["mask", "session", "explore", "sample"].contains(name) {
                        continue;
                    }
                    args.push("--force");
                }
                let out = at(dir.path(), &args);
                let said = complaint(&out);
                assert_ne!(out.status.code(), Some(0), "{args:?}: {said}");
                assert!(said.starts_with(&format!("gander: {target}")) && said.contains("other"), "{args:?}: {said}");
                assert!(everything(dir.path()) == before, "{args:?} changed something: {said}");
            }
        }
    }
}

#[test]
fn a_file_of_another_program_stays_unless_forced_and_an_earlier_output_is_replaced() {
    let dir = run();
    let path = dir.path().join("out");
    let strangers = ["a shopping list\n", "{\"text\":\"mine\"}\n", "id,model\n1,2\n", "<!doctype html>\n<p>mine</p>\n"];
    for (name, args) in WRITERS {
        let args = naming(args, "out");
        for stranger in strangers {
            std::fs::write(&path, stranger).unwrap();
            let out = at(dir.path(), &args);
            let said = complaint(&out);
            assert_eq!(out.status.code(), Some(2), "{name}: {said}");
            assert!(said.starts_with("gander: out: already exists and is not a"), "{name}: {said}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), stranger, "{name}");
        }
        let forced = [&args[..], &["--force"]].concat();
        for args in [&forced, &args] {
            let out = at(dir.path(), args);
            assert!(out.status.success(), "{name}: {}", complaint(&out));
            assert!(complaint(&out).contains(" written to out"), "{name}: {}", complaint(&out));
        }
        // Another command's output is a stranger's; an empty file is nobody's.
        for (other, args) in WRITERS.iter().filter(|(o, _)| *o != name && !(name == "csv" && *o == "export")) {
            if name == "export" && *other == "csv" {
                continue;
            }
            let out = at(dir.path(), &naming(args, "out"));
            assert_eq!(out.status.code(), Some(2), "{other} over {name}: {}", complaint(&out));
        }
        std::fs::write(&path, "").unwrap();
        assert!(at(dir.path(), &args).status.success(), "{name} over an empty file");
    }
    let left: Vec<_> = everything(dir.path()).into_iter().map(|f| f.0.file_name().unwrap().to_owned()).collect();
    assert_eq!(left, ["base.jsonl", "out", "prompts.txt", "run.gander", "tuned.jsonl"], "nothing is left beside");
}

#[test]
fn what_was_written_is_said_with_its_count() {
    let dir = run();
    let said = |args: &[&str]| complaint(&at(dir.path(), args));
    assert_eq!(said(&["export", "run.gander", "-o", "l.csv"]), "gander: 48 texts written to l.csv");
    assert_eq!(
        said(&["export", "run.gander", "--what", "edits", "-o", "e.jsonl"]),
        "gander: 0 edits written to e.jsonl"
    );
    assert_eq!(said(&["export", "run.gander"]), "", "what goes to standard output is seen");
    assert!(said(&["embed", "base.jsonl", "-o", "p"]).ends_with("24 texts with their vectors written to p"));
    let both = ["analyze", "base.jsonl", "tuned.jsonl", "--json", "a.json", "--session", "s.gander"];
    let both = said(&both);
    assert!(both.contains("session of 48 texts written to s.gander"), "{both}");
    assert!(both.contains("analysis of 48 texts written to a.json"), "{both}");
    let same = ["analyze", "base.jsonl", "tuned.jsonl", "--json", "x", "--session", "./x"];
    assert_eq!(said(&same), "gander: x: two outputs cannot go to one file; name one file for each");
}

/// A text that differs from copied refusals in an apostrophe or a full stop is one of them.
#[test]
fn what_hardly_differs_from_copies_is_in_their_cluster() {
    let Some(report) = common::shared("reports/13-apply-none-beside-copies") else { return };
    let dir = TempDir::new().unwrap();
    let session = dir.path().join("e.gander");
    let made = gander().arg("analyze").arg(report.join("refusals_60.jsonl")).arg("--session").arg(&session).output();
    assert!(made.unwrap().status.success());
    let out = gander().arg("apply").arg(&session).arg(report.join("new.jsonl")).output().unwrap();
    let rows: Vec<serde_json::Value> =
        String::from_utf8(out.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    for row in &rows {
        let near = row["similarity"].as_f64().unwrap() > 0.9;
        assert!(!near || row["cluster"] == row["nearest_cluster"], "{row}");
    }
    let none = rows.iter().filter(|r| r["cluster"].is_null()).count();
    assert_eq!((rows.len(), none), (9, 0), "{rows:#?}");
}
