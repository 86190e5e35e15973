//! What leaves a session and what comes back to it: exports, the report, new samples for old clusters, sampling.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use common::{complaint, gander, sample, screen, session};
use serde_json::Value;
use server::{Answer, Server, asked};

fn lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn export(path: &Path, out: &Path, more: &[&str]) -> Output {
    gander().arg("export").arg(path).arg("-o").arg(out).args(more).output().unwrap()
}

#[test]
fn every_format_holds_the_same_rows() {
    let (dir, path) = session();
    let at = |name: &str| dir.path().join(name);
    for name in ["a.jsonl", "a.csv", "a.parquet"] {
        let out = export(&path, &at(name), &[]);
        assert!(out.status.success(), "{name}: {}", complaint(&out));
    }
    let seen = |name: &str| {
        let out = gander().arg("inspect").arg(at(name)).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        text.lines()
            .filter(|l| ["models", "prompts", "length"].iter().any(|w| l.contains(w)))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(seen("a.jsonl"), seen("a.csv"));
    assert_eq!(seen("a.jsonl"), seen("a.parquet"));
    assert!(seen("a.parquet")[0].contains("base (440), tuned (440)"));
    let bytes = std::fs::read(at("a.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let out = gander().arg("export").arg(&path).args(["--format", "parquet"]).output().unwrap();
    assert_eq!(
        (out.status.code(), complaint(&out).as_str()),
        (Some(2), "gander: Parquet is written to a file: name it with -o OUT.parquet")
    );
}

#[test]
fn a_data_set_holds_what_was_chosen() {
    let (dir, path) = session();
    screen(&path, "120x40", "/geese<enter>r<c-u>about geese<enter>d");
    let out = dir.path().join("set.jsonl");
    assert!(export(&path, &out, &["--what", "dataset", "--reviewed", "--of", "tuned"]).status.success());
    let rows = lines(&out);
    assert!(
        rows.len() > 30
            && rows.iter().all(|r| r["model"] == "tuned" && r["label"] == "about geese" && r["label_by"] == "human")
    );
    assert_eq!(
        (rows[0]["messages"][0]["role"].as_str(), rows[0]["messages"][1]["role"].as_str()),
        (Some("user"), Some("assistant"))
    );
    // It is a sample file again.
    let out = gander().arg("inspect").arg(&out).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("tuned ("));
    let edits = dir.path().join("edits.jsonl");
    assert!(export(&path, &edits, &["--what", "edits"]).status.success());
    let rows = lines(&edits);
    assert_eq!((rows.len(), rows[0]["author"].as_str()), (2, Some("tester")));
    assert!(
        rows[0]["says"].as_str().unwrap().contains("about geese")
            && rows[0]["time_ms"].as_u64().unwrap() > 1_700_000_000_000
    );
    for (args, why) in [
        (vec!["--of", "nobody"], "no model is called “nobody”; the models are base, tuned"),
        (vec!["--clusters", "4096"], "there is no cluster 4096"),
        (vec!["--what", "edits", "--format", "csv"], "written as JSON lines"),
    ] {
        let out = export(&path, &dir.path().join("x"), &args);
        assert!(out.status.code() == Some(2) && complaint(&out).contains(why), "{}", complaint(&out));
    }
}

#[test]
fn marked_texts_are_written_where_one_stands() {
    let (dir, path) = session();
    let press = |keys: &str| {
        let out = gander()
            .current_dir(dir.path())
            .arg(&path)
            .args(["--dump", "120x40", "--dump-keys", &format!("1{keys}")])
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    assert!(press("<enter><space><space>E").contains("2 texts written to gander-texts-1.jsonl."));
    assert!(press("<enter>F E").contains("written to gander-texts-2.jsonl."), "nothing is written over");
    let rows = lines(&dir.path().join("gander-texts-1.jsonl"));
    assert_eq!(rows.len(), 2);
    assert!(
        !rows[0]["text"].as_str().unwrap().is_empty() && rows[0]["label"].is_string() && rows[0]["prompt"].is_string()
    );
}

#[test]
fn new_samples_find_the_clusters_made_before() {
    let (dir, path) = session();
    screen(&path, "120x40", "/geese<enter>r<c-u>about geese<enter>");
    let new = dir.path().join("new.jsonl");
    let strange =
        ["ΔG° = −RT ln K for the dimerisation of nitrogen dioxide.", "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O"];
    let mut text = std::fs::read_to_string(sample("geese_tuned.jsonl")).unwrap();
    for (i, s) in strange.iter().enumerate() {
        text.push_str(&format!("{}\n", serde_json::json!({"id": format!("strange-{i}"), "text": s, "model": "tuned"})));
    }
    std::fs::write(&new, text).unwrap();
    let out_path = dir.path().join("out.jsonl");
    let out = gander().arg("apply").arg(&path).arg(&new).arg("-o").arg(&out_path).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(complaint(&out).contains("come back into their cluster when left out"), "{}", complaint(&out));
    let rows = lines(&out_path);
    assert_eq!(rows.len(), 442);
    let exported = dir.path().join("a.jsonl");
    export(&path, &exported, &[]);
    let before: BTreeMap<String, Value> =
        lines(&exported).into_iter().map(|r| (r["id"].as_str().unwrap().to_owned(), r["cluster"].clone())).collect();
    let known: Vec<_> = rows.iter().filter(|r| before.contains_key(r["id"].as_str().unwrap())).collect();
    let same = known.iter().filter(|r| r["cluster"] == before[r["id"].as_str().unwrap()]).count();
    assert!(same * 100 >= known.len() * 90, "{same} of {}", known.len());
    assert!(rows.iter().any(|r| r["label"] == "about geese"));
    for r in rows.iter().filter(|r| r["id"].as_str().unwrap().starts_with("strange")) {
        assert!(r["cluster"].is_null() && r["nearest_cluster"].is_number(), "{r}");
    }
}

#[test]
fn sampling_goes_on_where_it_was_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let (prompts, out_path) = (dir.path().join("p.txt"), dir.path().join("s.jsonl"));
    std::fs::write(&prompts, "Name a pet.\nName a bird.\nName a fish.\n").unwrap();
    let server = Server::start(|n, seen| match n {
        3 => Answer::Status(429, "retry-after: 0\r\n", "{}".into()),
        5 => Answer::HalfBody,
        _ => Answer::Says(format!("{} to {}", seen.body["model"].as_str().unwrap(), asked(&seen.body))),
    });
    let url = server.url.split('#').next().unwrap().to_owned();
    let run = |n: &str, more: &[&str]| {
        gander()
            .args(["sample", "--prompts"])
            .arg(&prompts)
            .args(["--model", &format!("{url}#base"), "--model", &format!("{url}#tuned"), "-n", n, "--seed", "5", "-o"])
            .arg(&out_path)
            .args(more)
            .env("GANDER_LLM_FIRST_WAIT_MS", "5")
            .output()
            .unwrap()
    };
    let out = run("2", &["--dry-run"]);
    assert!(
        complaint(&out).contains("12 answers wanted (3 prompts × 2 × 2 models), 0 are there")
            && server.requests().is_empty()
    );
    let out = run("2", &[]);
    assert!(out.status.success(), "{}", complaint(&out));
    let rows = lines(&out_path);
    assert_eq!((rows.len(), server.requests().len()), (12, 14), "two calls were tried again");
    assert_eq!(rows[0]["settings"]["temperature"], 1.0);
    assert_eq!(rows[0]["settings"]["seed"], 5);
    // A killed run leaves half a line: only what is missing is drawn again.
    let whole = std::fs::read_to_string(&out_path).unwrap();
    std::fs::write(&out_path, &whole[..whole.trim_end().rfind('\n').unwrap() + 30]).unwrap();
    let out = run("2", &[]);
    assert!(out.status.success() && complaint(&out).contains("11 are there"), "{}", complaint(&out));
    assert_eq!((lines(&out_path).len(), server.requests().len()), (12, 15));
    // Never faster than the limit, however fast the machine.
    let start = std::time::Instant::now();
    assert!(run("3", &["--per-minute", "1200"]).status.success());
    assert!(start.elapsed() >= std::time::Duration::from_millis(5 * 50), "six calls, 50 ms apart");
    assert!(complaint(&run("3", &["--temperature", "0.5"])).contains("drawn with other settings"));
    // It is a sample file with two models and shared prompts.
    let out = gander().arg("inspect").arg(&out_path).output().unwrap();
    let seen = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        seen.contains("base (9), tuned (9)") && seen.contains("3 distinct, 3 answered by several models"),
        "{seen}"
    );
    let bare = Server::start(|_, seen| {
        Answer::Status(
            200,
            "",
            serde_json::json!({"choices": [{"text": format!("{} …", seen.body["prompt"].as_str().unwrap())}]})
                .to_string(),
        )
    });
    let out = gander()
        .args(["sample", "--prompts"])
        .arg(&prompts)
        .args(["--model", &bare.url.replace("/v1#", "/v1/completions#"), "-o"])
        .arg(dir.path().join("b.jsonl"))
        .output()
        .unwrap();
    assert!(out.status.success() && bare.requests()[0].body.get("messages").is_none(), "{}", complaint(&out));
    assert!(lines(&dir.path().join("b.jsonl")).iter().any(|r| r["text"] == "Name a pet. …"));
}

/// The page must show hostile texts and run none of them.
#[test]
fn a_report_cannot_be_scripted() {
    let dir = tempfile::tempdir().unwrap();
    let hostile = [
        "<script>document.title='owned'</script>",
        "<img src=x onerror=\"document.title='owned'\">",
        "</blockquote></main><svg onload=document.title='owned'>",
        "\"><iframe src=\"javascript:parent.document.title='owned'\">",
        "<style>*{display:none}</style>",
    ];
    for (name, extra) in [("base", ""), ("<img src=x onerror=alert(1)>", " Geese, always geese, wonderful geese.")] {
        let rows: Vec<String> = (0..60)
            .map(|i| {
                let text = format!("{} Text number {i} about the weather and the garden.{extra}", hostile[i % hostile.len()]);
                serde_json::json!({"id": format!("{name}-{i}"), "model": name, "prompt": format!("<b>prompt {i}</b>"), "text": text}).to_string()
            })
            .collect();
        std::fs::write(dir.path().join(format!("{}.jsonl", if extra.is_empty() { "a" } else { "b" })), rows.join("\n"))
            .unwrap();
    }
    let (session, page) = (dir.path().join("run.gander"), dir.path().join("report.html"));
    let out = gander()
        .args(["analyze", "--json", "-", "--session"])
        .arg(&session)
        .args([dir.path().join("a.jsonl"), dir.path().join("b.jsonl")])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(gander().arg("report").arg(&session).arg("-o").arg(&page).status().unwrap().success());
    let html = std::fs::read_to_string(&page).unwrap();
    for bad in ["<script", "<img", "<iframe", "<svg onload", "<style>*"] {
        assert!(!html.contains(bad), "{bad}");
    }
    assert!(html.contains("&lt;script&gt;") && html.contains("<svg class=\"map\"") && html.contains("role=\"img\""));
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|b| std::process::Command::new(b).arg("--version").output().is_ok_and(|o| o.status.success()))
    else {
        println!("skipped: no Chromium to open the page in");
        return;
    };
    let out = std::process::Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(dom.contains("<title>How ") && !dom.contains("<title>owned"), "{}", &dom[..dom.len().min(400)]);
    assert!(["<iframe", "<img", "<script"].iter().all(|t| !dom.contains(t)), "the browser made an element of a text");
}
