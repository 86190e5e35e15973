//! What is refused, and in which words.

use serde_json::Value;
use tempfile::TempDir;

use super::analyze;
use super::common::{complaint, gander, sample, session};

/// Writes a file and returns what gander says of it.
fn refusal(name: &str, content: &[u8], extra: &[&str]) -> String {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    let (status, out, said) = analyze(&[&path], extra);
    assert_eq!((status, out.as_str()), (Some(3), ""), "{said}");
    said.replace(&path.display().to_string(), "FILE")
}

#[test]
fn bad_files_get_one_sentence() {
    assert_eq!(refusal("e.jsonl", b"", &[]), "gander: FILE: the file is empty; did the sampling run finish?");
    assert_eq!(refusal("w.jsonl", b" \n\n", &[]), "gander: FILE: the file is empty; did the sampling run finish?");
    assert_eq!(
        refusal("n.jsonl", b"hello there", &[]),
        "gander: FILE: neither JSON nor a table with a header; for a file of one text a line say --format lines, for \
         others --format csv or tsv"
    );
    assert_eq!(
        refusal("b.jsonl", b"{\"text\":\"a\"}\n{\"text\": oops}\n{\"text\":\"c\"}\n", &[]),
        "gander: FILE, line 2: broken JSON (expected value); mend the line, or go on without it with --skip-bad-lines"
    );
    assert_eq!(
        refusal("c.jsonl", b"{\"text\":\"a\"}\n{\"text\":\"b", &[]),
        "gander: FILE, line 2: the last line is cut off; is the file still being written? --skip-bad-lines reads the rest"
    );
    assert_eq!(
        refusal("u.jsonl", b"{\"text\":\"caf\xe9\"}\n", &[]),
        "gander: FILE, line 1: not UTF-8; convert the file first, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"
    );
    assert_eq!(
        refusal("f.jsonl", b"{\"body\":\"a\",\"n\":1}\n", &[]),
        "gander: FILE, line 1: no text; the fields are \u{201c}body\u{201d}, \u{201c}n\u{201d}. Name the one with the text: --text-field FIELD"
    );
    assert_eq!(
        refusal("g.json", b"[{\"text\":\"a\"}, {\"text\": true}]", &[]),
        "gander: FILE, record 2: the field \u{201c}text\u{201d} holds true or false, not text"
    );
    assert_eq!(refusal("z.json", b"[]", &[]), "gander: FILE: holds no samples");
    assert_eq!(
        refusal("l.jsonl", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", &[]),
        "gander: FILE: this is a git-LFS pointer, not the data; run `git lfs pull` where it came from"
    );
    assert_eq!(
        refusal("t.jsonl", b"{\"text\":\"a\"}\n", &["--text-field", "body"]),
        "gander: FILE, line 1: no field \u{201c}body\u{201d}; the fields are \u{201c}text\u{201d}"
    );
}

#[test]
fn bad_places_get_one_sentence() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("none.jsonl");
    let (status, _, said) = analyze(&[&missing], &[]);
    assert_eq!((status, said), (Some(3), format!("gander: {}: no such file; check the path", missing.display())));
    let (status, _, said) = analyze(&[dir.path()], &[]);
    let d = dir.path().display();
    assert_eq!((status, said), (Some(3), format!("gander: {d}: no file in this folder that gander reads")));
    assert_eq!(gander().output().unwrap().status.code(), Some(2));
    assert_eq!(gander().args(["analyze", "--nonsense"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn without_a_terminal_the_explorer_says_so() {
    let out = gander().arg(sample("geese_base.jsonl")).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(
        complaint(&out),
        "gander: there is no terminal to open the explorer in; use `gander analyze FILES --json OUT` instead"
    );
}

#[test]
fn broken_lines_can_be_skipped_and_repeated_ids_are_told() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a.jsonl");
    let lines =
        "{\"id\":\"x\",\"text\":\"geese fly\"}\nnot json\n{\"id\":\"x\",\"text\":\"bread rises\"}\n{\"text\":\"\"}";
    std::fs::write(&path, lines).unwrap();
    let (status, out, said) = analyze(&[&path], &["--skip-bad-lines"]);
    assert_eq!(status, Some(0), "{said}");
    let v: Value = serde_json::from_str(&out).unwrap();
    let ids: Vec<&str> = v["samples"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["x", "x#2", "a/3"]);
    let notices = v["notices"].to_string();
    assert!(notices.contains("skipped 1 broken line") && notices.contains("is now \u{201c}x#2\u{201d}"), "{notices}");
    assert!(v["review_order"].as_array().unwrap().is_empty());
    assert!(v["clusters"][0]["p"].is_null() && v["overall"]["auc"].is_null());
}

#[test]
fn sessions_of_others_are_refused() {
    let (dir, path) = session();
    let newer = dir.path().join("newer.gander");
    let mut bytes = std::fs::read(&path).unwrap();
    // user_version stands at offset 60 of an SQLite header.
    bytes[60..64].copy_from_slice(&9u32.to_be_bytes());
    std::fs::write(&newer, &bytes).unwrap();
    let out = gander().arg("export").arg(&newer).output().unwrap();
    assert_eq!(out.status.code(), Some(3));
    let n = newer.display();
    assert_eq!(
        complaint(&out),
        format!("gander: {n}: made by a newer gander (session format 9, this one knows 3); update gander to open it")
    );
    let torn = dir.path().join("torn.gander");
    std::fs::write(&torn, &bytes[..5000]).unwrap();
    assert_eq!(gander().arg("export").arg(&torn).output().unwrap().status.code(), Some(3));
}
