//! A language model at work, against a real HTTP server with scripted faults; the whole program, headless and by keys.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
#[path = "llm/faults.rs"]
mod faults;
#[path = "llm/jobs.rs"]
mod jobs;
#[path = "llm/replies.rs"]
mod replies;
#[path = "llm/sampling.rs"]
mod sampling;
#[path = "common/server.rs"]
mod server;

use std::path::Path;
use std::process::{Command, Output};

use common::{complaint, gander, session};
use serde_json::Value;
use server::{Server, asked, schema_name, shown};

fn ask(url: &str, verb: &str, path: &Path, more: &[&str]) -> Output {
    command(url, verb, path, more).output().unwrap()
}

fn command(url: &str, verb: &str, path: &Path, more: &[&str]) -> Command {
    let mut c = gander();
    c.arg(verb).arg(path).args(["--llm", url, "--llm-timeout", "3"]).args(more).env("GANDER_LLM_FIRST_WAIT_MS", "5");
    c
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn keys(url: &str, path: &Path, keys: &str) -> String {
    let out = gander()
        .arg(path)
        .args(["--llm", url, "--dump", "120x40", "--dump-keys", &format!("1{keys}")])
        .env("GANDER_LLM_FIRST_WAIT_MS", "5")
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    String::from_utf8(out.stdout).unwrap().split("--- styles").next().unwrap().to_owned()
}

/// The number of the cluster of geese.
fn geese(path: &Path) -> String {
    let out = gander().arg("check").arg(path).output().unwrap();
    let all = text(&out);
    let line = all.lines().find(|l| l.contains("geese")).unwrap_or_else(|| panic!("{all}"));
    line.trim_start_matches('#').split_whitespace().next().unwrap().to_owned()
}

#[test]
fn names_are_proposed_and_nothing_changes_until_somebody_accepts() {
    let (_dir, path) = session();
    let (server, id) = (Server::good(), geese(&path));
    let out = ask(&server.url, "label", &path, &["--clusters", &id, "--dry-run"]);
    assert!(complaint(&out).contains("1 questions in 1 calls to http://127.0.0.1"), "{}", complaint(&out));
    assert!(server.requests().is_empty(), "a dry run sends nothing");
    let out = ask(&server.url, "label", &path, &["--clusters", &id]);
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(text(&out).contains(&format!("#{id}  label: statements about geese  (topic match ")), "{}", text(&out));
    let request = &server.requests()[0];
    assert_eq!((request.path.as_str(), request.body["temperature"].as_i64()), ("/v1/chat/completions", Some(0)));
    assert_eq!(schema_name(&request.body), "label");
    // Asking again costs nothing.
    ask(&server.url, "label", &path, &["--clusters", &id]);
    assert_eq!(server.requests().len(), 1);
    let exported = |path: &Path| text(&gander().arg("export").arg(path).output().unwrap());
    assert!(!exported(&path).contains("statements about geese"));
    let s = keys(&server.url, &path, "/geese<enter>");
    assert!(s.contains("proposed: “statements about geese”") && s.contains("a accept  e edit  x reject"), "{s}");
    let s = keys(&server.url, &path, "/geese<enter>a");
    assert!(s.contains("Done: label"), "{s}");
    assert!(
        exported(&path).contains(r#""label":"statements about geese","label_by":"llm:tiny-2""#),
        "{}",
        exported(&path).lines().next().unwrap()
    );
    assert!(keys(&server.url, &path, "@").contains("llm:tiny-2"), "the history names the model");
    // Taken back, the proposal is open again; turned down, it is gone.
    assert!(keys(&server.url, &path, "u/geese<enter>").contains("proposed:"));
    assert!(!keys(&server.url, &path, "/geese<enter>x<esc>/geese<enter>").contains("proposed:"));
    assert!(
        keys(&server.url, &path, "u/geese<enter>eopinions about geese<enter>").contains("opinions about geese"),
        "a person may change it"
    );
    assert!(exported(&path).contains(r#""label_by":"human""#));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn flagged_clusters_are_looked_through_and_split_after_a_preview() {
    let (_dir, path) = session();
    let server = Server::good();
    let s = keys(&server.url, &path, "/geese<enter>fboth stances<enter>L");
    assert!(s.contains("▸ relabel") && s.contains("2 questions in 2 calls to http://127.0.0.1"), "{s}");
    assert!(server.requests().is_empty(), "the box sends nothing");
    let s = keys(&server.url, &path, "/geese<enter>L<enter>");
    assert!(s.contains("a shows the split, x rejects") || s.contains("a accepts, e edits, x rejects"), "{s}");
    let s = keys(&server.url, &path, "/geese<enter>");
    assert!(s.contains("proposed split: “praises geese” | “complains of geese”"), "{s}");
    assert_eq!(server.requests().len(), 2);
    let s = keys(&server.url, &path, "/geese<enter>a");
    assert!(s.contains("as the model proposes") && s.contains("praises geese"), "{s}");
    let s = keys(&server.url, &path, "/geese<enter>a<enter>");
    assert!(s.contains("into 2 by a model’s proposal"), "{s}");
    let s = keys(&server.url, &path, "/geese");
    assert!(s.contains("praises geese") && s.contains("complains of geese"), "{s}");
    assert!(keys(&server.url, &path, "u/geese<enter>").contains("proposed split"), "one undo takes it all back");
    let s = keys(&server.url, &path, "/geese<enter>i");
    assert!(s.contains("A language model says") && s.contains("Mixed: Some praise geese"), "{s}");
    let jobs = keys(&server.url, &path, "3");
    assert!(jobs.contains("purity") && jobs.contains("done") && jobs.contains("tiny"), "{jobs}");
    let out = ask(&server.url, "label", &path, &["--flagged"]);
    assert!(out.status.success() && server.requests().len() == 2, "all of it is known already: {}", complaint(&out));
}

#[test]
fn a_check_is_blind_and_measured() {
    let (_dir, path) = session();
    let (server, id) = (Server::good(), geese(&path));
    let out = ask(&server.url, "check", &path, &["--clusters", &id, "--json"]);
    let v: Value = serde_json::from_str(text(&out).lines().next().unwrap()).unwrap();
    let blind = &v["says"]["blind"];
    assert_eq!((blind["members"].as_u64(), blind["outsiders"].as_u64()), (Some(16), Some(16)), "{v}");
    assert!(blind["hits"].as_u64() > Some(12) && blind["false_alarms"].as_u64() < Some(4), "{v}");
    let prompt = asked(&server.requests()[0].body);
    assert_eq!(shown(&prompt).len(), 32);
    assert!(!prompt.contains("base") || !prompt.contains("\"source\""), "no model is named");
    // Offline, the same command reads the figures that are there.
    let out = gander().args(["check", "--clusters", &id]).arg(&path).output().unwrap();
    assert!(text(&out).contains("texts  topic match "), "{}", text(&out));
}

#[test]
fn contrasts_are_tested_and_verdicts_ranked() {
    let (dir, path) = session();
    let (server, id) = (Server::good(), geese(&path));
    let out = ask(&server.url, "contrast", &path, &["--clusters", &id]);
    assert!(text(&out).contains("contrast, more of the"), "{} {}", text(&out), complaint(&out));
    let described = server.requests()[0].clone();
    let tested = server.requests()[1].clone();
    assert_eq!(
        (schema_name(&described.body).as_str(), schema_name(&tested.body).as_str()),
        ("contrast", "contrast_check")
    );
    let seen: Vec<String> = shown(&asked(&described.body)).iter().map(|t| t.1["text"].to_string()).collect();
    for (_, pair) in shown(&asked(&tested.body)) {
        for side in ["first", "second"] {
            assert!(!seen.contains(&pair[side].to_string()), "a text that the property was made from may not test it");
        }
    }
    let out = ask(&server.url, "judge", &path, &[]);
    assert!(complaint(&out).contains("--intent"), "a verdict needs to know what was meant: {}", complaint(&out));
    let before = server.requests().len();
    let out = ask(&server.url, "judge", &path, &["--intent", "make answers shorter", "--votes", "1"]);
    assert!(out.status.success(), "{}", complaint(&out));
    let said = text(&out);
    assert!(
        said.contains("concerning") && said.contains("The model changed in several ways.") && said.contains("  1. "),
        "{said}"
    );
    assert!(asked(&server.requests()[before].body).contains("make answers shorter"));
    let s = keys(&server.url, &path, "2");
    assert!(s.contains("model: concerning"), "{s}");
    let judged = server.requests()[before..].iter().filter(|r| schema_name(&r.body) == "verdict").count() - 8;
    assert!(s.contains(&format!(" {judged} differences ")), "{judged}, what is one is judged once: {s}");
    let s = keys(&server.url, &path, "2Vj<enter>");
    assert!(
        s.contains("you: surprising") && s.contains("model: concerning"),
        "a person's verdict stands beside it: {s}"
    );
    assert!(!keys(&server.url, &path, "u2").contains("you:"));
    assert!(keys(&server.url, &path, "2i").contains("Verdict: concerning"));
    assert!(keys(&server.url, &path, "3<enter>").contains("All verdicts, ranked"), "the newest job is the summary");
    let report = dir.path().join("report.md");
    assert!(gander().arg("report").arg(&path).arg("-o").arg(&report).status().unwrap().success());
    let report = std::fs::read_to_string(report).unwrap();
    for told in ["make answers shorter", "Summed up by a language model", "Judged by tiny-2: concerning."] {
        assert!(report.contains(told), "the report lacks “{told}”");
    }
}

#[test]
fn anthropic_speaks_its_own_format() {
    let (_dir, path) = session();
    let server = Server::good();
    let url = server.url.replace("/v1#", "/v1/messages#");
    let out =
        command(&url, "label", &path, &["--clusters", &geese(&path)]).env("GANDER_LLM_KEY", "k").output().unwrap();
    assert!(text(&out).contains("statements about geese"), "{}", complaint(&out));
    let seen = &server.requests()[0];
    assert!(
        seen.head.contains("x-api-key: k") && seen.head.contains("anthropic-version") && seen.path == "/v1/messages"
    );
    assert_eq!(seen.body["tool_choice"]["name"], "label");
}

#[test]
fn by_file_where_there_is_no_network() {
    for format in [&[][..], &["--anthropic"]] {
        let (dir, path) = session();
        let (batch, results) = (dir.path().join("batch.jsonl"), dir.path().join("out.jsonl"));
        let id = geese(&path);
        let write = |path: &Path| {
            let out = gander()
                .arg("requests")
                .arg(path)
                .args(["--clusters", &id, "--jobs", "label,contrast,check", "--model", "tiny", "-o"])
                .arg(&batch)
                .args(format)
                .output()
                .unwrap();
            assert!(out.status.success(), "{}", complaint(&out));
            std::fs::read_to_string(&batch).unwrap()
        };
        let answer = |lines: &str, keep: &dyn Fn(usize) -> bool| {
            let mut out: Vec<String> = lines
                .lines()
                .enumerate()
                .map(|(i, l)| {
                    let v: Value = serde_json::from_str(l).unwrap();
                    let id = v["custom_id"].as_str().unwrap();
                    let anthropic = v.get("params").is_some();
                    if !keep(i) {
                        return serde_json::json!({"custom_id": id, "error": {"message": "expired"}, "response": null}).to_string();
                    }
                    let body = server_reply(if anthropic { &v["params"] } else { &v["body"] }, anthropic);
                    if anthropic {
                        serde_json::json!({"custom_id": id, "result": {"type": "succeeded", "message": body}}).to_string()
                    } else {
                        serde_json::json!({"custom_id": id, "response": {"status_code": 200, "body": body}, "error": null}).to_string()
                    }
                })
                .collect();
            out.reverse();
            std::fs::write(&results, out.join("\n")).unwrap();
            gander().arg("replies").arg(&path).arg(&results).output().unwrap()
        };
        let first = write(&path);
        assert_eq!(first.lines().count(), 3);
        let out = answer(&first, &|i| i != 0);
        let said = complaint(&out);
        assert!(said.contains("2 answers read, 1 questions done, 2 still open"), "{said}");
        assert!(said.contains("not answered: ") && said.contains("expired"), "{said}");
        let second = write(&path);
        assert_eq!(second.lines().count(), 2, "the name again, and the test of the contrast: {second}");
        let out = answer(&second, &|_| true);
        assert!(complaint(&out).contains("2 questions done, 0 still open"), "{}", complaint(&out));
        assert!(keys("http://127.0.0.1:1#tiny", &path, "/geese<enter>").contains("proposed: “statements about geese”"));
    }
}

/// What the server would have said, without it.
fn server_reply(body: &Value, anthropic: bool) -> Value {
    let server = Server::good();
    let url = server.url.split('#').next().unwrap().replace("http://", "").replace("/v1", "");
    let mut s = std::net::TcpStream::connect(url).unwrap();
    let text = body.to_string();
    let path = if anthropic { "/v1/messages" } else { "/v1/chat/completions" };
    std::io::Write::write_all(
        &mut s,
        format!("POST {path} HTTP/1.1\r\ncontent-length: {}\r\n\r\n{text}", text.len()).as_bytes(),
    )
    .unwrap();
    s.shutdown(std::net::Shutdown::Write).unwrap();
    let mut all = String::new();
    std::io::Read::read_to_string(&mut s, &mut all).unwrap();
    serde_json::from_str(all.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}
