//! Probing sets written, judged and reviewed: the explorer on items, `gander agree`, `gander probe judge` and `gander probe write`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::path::{Path, PathBuf};

use common::{complaint, gander};
use serde_json::{Value, json};
use server::{Answer, Seen, Server};
use tempfile::TempDir;

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let out = gander().args(args).output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned(), complaint(&out))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// The screen of a review after some keys.
fn screen(suite: &Path, size: &str, keys: &str) -> String {
    let out = gander().arg(suite).args(["--dump", size, "--dump-keys", keys]).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    String::from_utf8_lossy(&out.stdout).split("--- styles").next().unwrap().to_owned()
}

/// The suite that gander begins with, in a folder of its own.
fn new_suite() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let suite = dir.path().join("suite");
    let (status, _, said) = run(&["probe", "new", "reflectivity", "-o", text(&suite)]);
    assert_eq!(status, Some(0), "{said}");
    (dir, suite)
}

#[test]
fn a_key_is_shown_after_the_answer_and_decisions_are_kept() {
    let (_dir, suite) = new_suite();
    let shown = screen(&suite, "120x40", "");
    assert!(shown.contains("0 accepted, 0 rejected, 120 waiting"), "{shown}");
    assert!(shown.contains("Which one? Press 1 to 2."), "{shown}");
    assert!(
        !shown.contains("(key") && !shown.contains("other items of the family"),
        "the key is on the screen\n{shown}"
    );
    let shown = screen(&suite, "120x40", "1");
    assert!(
        shown.contains("(key") && shown.contains("your answer") && shown.contains("The other items of the family"),
        "{shown}"
    );
    assert!(shown.contains("of 1"), "{shown}");
    // The answer was kept: the item opens with its key, and is accepted now; the next one is hidden.
    let shown = screen(&suite, "120x40", "a2x");
    assert!(shown.contains("1 accepted, 1 rejected, 118 waiting"), "{shown}");
    let log = lines(&suite.join("reviews.jsonl"));
    let did: Vec<&str> = log.iter().map(|r| r["did"].as_str().unwrap()).collect();
    assert_eq!(did, ["answered", "accepted", "answered", "rejected"]);
    assert!(log.iter().all(|r| r["by"] == "tester"));
    // Rejected items take part in nothing, and the items' own file is as it was.
    let (_, out, _) = run(&["probe", "check", text(&suite), "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["items"], 119);
    let (_, _, said) = run(&["probe", "export", text(&suite), "--as", "csv", "-o", text(&suite.join("out"))]);
    assert!(said.contains("119 items written"), "{said}");
    assert_eq!(lines(&suite.join("gold.jsonl")).len(), 120);
    // Undone, it takes part again.
    let rejected = log[3]["item"].as_str().unwrap();
    screen(&suite, "120x40", &format!("/{rejected}<enter>u"));
    let (_, out, _) = run(&["probe", "check", text(&suite), "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["items"], 120);
    // A reader changes nothing.
    let out = gander().arg(&suite).args(["--read-only", "--dump", "100x30", "--dump-keys", "1a"]).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("1 accepted, 0 rejected"), "{}", complaint(&out));
    assert_eq!(lines(&suite.join("reviews.jsonl")).len(), 5);
}

#[test]
fn a_changed_item_is_not_accepted_any_more_and_a_cut_line_is_no_review() {
    let (_dir, suite) = new_suite();
    screen(&suite, "100x30", "1a");
    let id = lines(&suite.join("reviews.jsonl"))[0]["item"].as_str().unwrap().to_owned();
    let gold = suite.join("gold.jsonl");
    let changed: String = lines(&gold)
        .into_iter()
        .map(|mut v| {
            if v["id"] == id {
                v["parts"]["question"] = "Quite another question?".into();
            }
            v.to_string() + "\n"
        })
        .collect();
    std::fs::write(&gold, changed).unwrap();
    let shown = screen(&suite, "120x30", "");
    assert!(shown.contains("0 accepted, 0 rejected, 120 waiting"), "{shown}");
    assert!(shown.contains("2 earlier decisions are about items that have changed since"), "{shown}");
    let log = suite.join("reviews.jsonl");
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, format!("{whole}{{\"item\":\"x\",\"ver")).unwrap();
    screen(&suite, "100x30", "1");
    assert_eq!(lines(&log).len(), 3);
    std::fs::write(&log, "my notes\n").unwrap();
    let (status, _, said) = run(&[text(&suite), "--dump", "100x30"]);
    assert_eq!(status, Some(3), "{said}");
    assert!(said.contains("reviews.jsonl, line 1: broken JSON"), "{said}");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "my notes\n");
}

#[test]
fn two_reviewers_are_compared() {
    let (_dir, suite) = new_suite();
    let (status, _, said) = run(&["agree", text(&suite)]);
    assert_eq!(status, Some(2));
    assert!(said.contains("nobody has reviewed it yet"), "{said}");
    for (user, keys) in [("ann", "1a1a1x1a"), ("ben", "<tab>1a1a1a2x")] {
        let out =
            gander().arg(&suite).env("USER", user).args(["--dump", "100x30", "--dump-keys", keys]).output().unwrap();
        assert!(out.status.success(), "{}", complaint(&out));
    }
    let (status, out, said) = run(&["agree", text(&suite)]);
    assert_eq!(status, Some(0), "{said}");
    assert!(
        out.contains("ann and the key, answered blindly: ") && out.contains("ann and ben, blind answers: "),
        "{out}"
    );
    assert!(out.contains("ann and ben, accepted or rejected: "), "{out}");
}

#[test]
fn ten_thousand_items_open() {
    let dir = TempDir::new().unwrap();
    let suite = dir.path().join("many");
    let csv = dir.path().join("many.csv");
    let row = |i: usize| {
        let (a, b, c) = (i % 97, i % 89, i % 83);
        format!("Would goose {a} of pond {b} follow crane {c} in week {i}?,It follows,It stays,{}\n", ["A", "B"][i % 2])
    };
    std::fs::write(&csv, "question,A,B,key\n".to_owned() + &(0..10_000).map(row).collect::<String>()).unwrap();
    let (status, _, said) = run(&["probe", "import", text(&csv), "-o", text(&suite)]);
    assert_eq!(status, Some(0), "{said}");
    let shown = screen(&suite, "100x30", "G");
    assert!(shown.contains("10000 of 10000") && shown.contains("10000 waiting"), "{shown}");
}

fn asked(seen: &Seen) -> String {
    seen.body["messages"][0]["content"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn judges_solve_with_and_without_the_event_and_sort() {
    let (_dir, suite) = new_suite();
    let gold = lines(&suite.join("gold.jsonl"));
    // One judge finds every key, but not without the event; it takes everything for the first kind it is shown. The other always says A.
    let known = gold.clone();
    let reads = Server::start(move |_, seen| {
        let text = asked(seen);
        if text.contains("Which kind of question is it?") {
            return Answer::Says("(A)".into());
        }
        let item = known.iter().find(|i| {
            ["value", "event", "question"].iter().all(|p| i["parts"][*p].as_str().is_none_or(|t| text.contains(t)))
        });
        let Some(item) = item else { return Answer::Says("(A)".into()) };
        let key = item["key"].as_str().unwrap();
        let right = item["options"][usize::from(key == "B")].as_str().unwrap();
        Answer::Says(if text.contains(&format!("(A) {right}")) { "(A)" } else { "(B)" }.into())
    });
    let stuck = Server::start(|_, _| Answer::Says("A".into()));
    let (a, b) = (reads.url.replace("#tiny", "#reads"), stuck.url.replace("#tiny", "#stuck"));
    let args = ["probe", "judge", text(&suite), "--llm", &a, "--llm", &b];
    let (status, out, said) = run(&[&args[..], &["--dry-run"]].concat());
    assert_eq!((status, out.as_str(), reads.requests().len()), (Some(0), "", 0), "{said}");
    let (status, _, said) = run(&[&args[..], &["--budget", "100"]].concat());
    assert_eq!(status, Some(2));
    assert!(said.contains("--budget 100: ") && said.contains("tokens may be needed"), "{said}");
    let (status, out, said) = run(&args);
    assert_eq!(status, Some(0), "{said}");
    for want in [
        "reads\n  finds the key in         1.00 (1.00 to 1.00), chance 0.50",
        "as chance would have it",
        "stuck\n  finds the key in         0.50",
        "was taken for ",
    ] {
        assert!(out.contains(want), "{want}\n{out}");
    }
    let calls = reads.requests().len();
    assert_eq!(calls, 120 * 5, "two orders with and without the event, and the subtask once");
    let (_, out, _) = run(&[&args[..], &["--json"]].concat());
    let v: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reads.requests().len(), calls, "nothing is asked twice");
    let reader = v["judges"].as_array().unwrap().iter().find(|j| j["model"] == "reads").unwrap();
    assert_eq!(reader["solved"]["value"], 1.0);
    assert_eq!(v["disputed"], json!([]), "a judge who says one letter in both orders disputes nothing");
}

#[test]
fn families_are_written_added_once_and_checked() {
    let (_dir, suite) = new_suite();
    // Every third reply is useless.
    let writer = Server::start(|n, seen| {
        let text = asked(seen);
        assert!(text.contains("JSON array") && text.contains("- flip: "), "{text}");
        if n % 3 == 2 {
            return Answer::Says("I would rather not.".into());
        }
        let one = |role: &str, event: &str, answer: &str| {
            json!({"role": role, "value": format!("You value quiet hours in ward {n}."), "event": event,
                   "question": "Whose wish does this follow?", "options": ["Yours", "Theirs"], "answer": answer})
        };
        let items = json!([
            one("base", &format!("You close the door of room {n}."), "Yours"),
            one("paraphrase", &format!("Room {n} has its door shut by you."), "Yours"),
            one("flip", &format!("You open the door of room {n}."), "Theirs"),
        ]);
        Answer::Says(format!("```json\n{items}\n```"))
    });
    let args = ["probe", "write", text(&suite), "-n", "42", "--llm", &writer.url, "--at-once", "1"];
    let (status, _, said) = run(&args);
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("2 replies gave no family: no JSON array") && said.contains("4 new families with 12 items"),
        "{said}"
    );
    let items = lines(&suite.join("items.jsonl"));
    assert_eq!(items.len(), 12);
    assert_eq!((items[0]["status"].as_str(), items[0]["provenance"]["model"].as_str()), (Some("draft"), Some("tiny")));
    assert!(!items[0]["provenance"]["gold"].as_array().unwrap().is_empty());
    // The same command asks for nothing and adds nothing; more families are added to those that are there.
    let before = std::fs::read_to_string(suite.join("items.jsonl")).unwrap();
    let (status, _, said) = run(&args);
    assert_eq!((status, writer.requests().len()), (Some(0), 6), "{said}");
    assert_eq!(std::fs::read_to_string(suite.join("items.jsonl")).unwrap(), before);
    let (_, _, said) = run(&["probe", "write", text(&suite), "-n", "49", "--llm", &writer.url]);
    assert!(said.contains("1 new families with 3 items"), "{said}");
    assert!(std::fs::read_to_string(suite.join("items.jsonl")).unwrap().starts_with(&before));
    let (_, out, said) = run(&["probe", "check", text(&suite), "--json"]);
    let v: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!((v["items"].as_u64(), v["causal"]["changing"].as_u64()), (Some(15), Some(5)));
}
