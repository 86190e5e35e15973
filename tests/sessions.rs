//! Sessions of every format that was ever written: each opens, and what a person put into it is found again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::path::{Path, PathBuf};

use common::{complaint, gander};
use gander::model::Decision;
use gander::session::{Access, Session};
use serde_json::Value;
use tempfile::TempDir;

/// A copy of a committed session, by the version of its format.
fn of_format(version: u32) -> (TempDir, PathBuf) {
    let name = format!("format-{version}.gander");
    let dir = TempDir::new().unwrap();
    let path = dir.path().join(&name);
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions").join(name), &path).unwrap();
    (dir, path)
}

fn version_of(path: &Path) -> i64 {
    let db = rusqlite::Connection::open(path).unwrap();
    db.pragma_query_value(None, "user_version", |r| r.get(0)).unwrap()
}

fn exported(path: &Path, what: &str) -> Vec<Value> {
    let out = gander().arg("export").arg(path).args(["--what", what, "-o", "-"]).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    String::from_utf8(out.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn screen(path: &Path, keys: &str, access: &[&str]) -> String {
    let out = gander().arg(path).args(access).args(["--dump", "120x40", "--dump-keys", keys]).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    String::from_utf8(out.stdout).unwrap()
}

/// Everything that was noted in the committed sessions.
fn holds_everything(path: &Path) {
    let differences = exported(path, "differences");
    let row = |key: &str| differences.iter().find(|d| d["key"] == key).unwrap_or_else(|| panic!("{key} is not there"));
    let lists = row("trait “list” more");
    assert_eq!((&lists["reviewed"], &lists["note"]), (&true.into(), &"style guide".into()));
    assert_eq!(lists["verdict"], "concerning");
    assert_eq!(row("words “i …” less")["note"], "I wording");
    assert_eq!(row("region 317d1cc828e4 less")["verdict"], "surprising");
    assert!(differences.iter().all(|d| d["found"] == true), "nothing that was noted is lost");
    assert!(differences.iter().any(|d| d["channel"] == "cluster" && d["label"] == "looking after things"));
    let edits = exported(path, "edits");
    assert_eq!(edits.len(), 7);
    assert_eq!(edits[0]["says"], "mark trait “list” more as reviewed");
}

#[test]
fn a_session_of_every_format_opens_and_keeps_what_was_noted() {
    for version in [1, 2, 3] {
        let (_dir, path) = of_format(version);
        assert_eq!(version_of(&path), i64::from(version));
        // Looking changes nothing.
        let before = std::fs::read(&path).unwrap();
        holds_everything(&path);
        assert!(screen(&path, "2gi", &["--read-only"]).contains("style guide"));
        assert_eq!(std::fs::read(&path).unwrap(), before, "format {version} was changed by reading");
        // Writing brings it to today's format.
        let opinions = Session::open(&path, Access::Write).unwrap().opinions().unwrap();
        assert_eq!(version_of(&path), 3);
        assert_eq!(opinions.len(), if version == 1 { 0 } else { 4 });
        holds_everything(&path);
        // Edits go on where they ended, and undo reaches back into the old ones.
        let after = screen(&path, "1uu", &[]);
        assert!(after.contains("Undone: label #1"), "{after}");
        assert_eq!(exported(&path, "edits").len(), 9);
        assert!(exported(&path, "differences").iter().all(|d| d["label"] != "looking after things"));
    }
}

#[test]
fn what_a_model_proposed_in_an_older_session_can_still_be_taken() {
    let (_dir, path) = of_format(2);
    let shown = screen(&path, "1ga", &[]);
    assert!(shown.contains("care of household things"), "{shown}");
    let session = Session::open(&path, Access::ReadOnly).unwrap();
    let records = session.records().unwrap();
    assert_eq!(records.len(), 8);
    let mut partition = {
        let tree = session.tree().unwrap().unwrap();
        tree.partition(tree.base_groups())
    };
    gander::model::History::replay(records, &mut partition);
    let taken = |id: u64| partition.decision(id) == Some(Decision::Accepted);
    assert!(session.opinions().unwrap().iter().any(|o| taken(o.id)));
}

#[test]
fn a_session_of_a_newer_format_is_refused_and_left_as_it_is() {
    let (_dir, path) = of_format(1);
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let out = gander().arg(&path).args(["--dump", "80x24"]).output().unwrap();
    assert!(!out.status.success() && complaint(&out).contains("newer"), "{}", complaint(&out));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
