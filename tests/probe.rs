//! `gander probe` from the command line: import, check, export and back, score, and every kind of bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::path::{Path, PathBuf};

use common::{complaint, gander, shared};
use serde_json::{Value, json};
use server::{Answer, Server};
use tempfile::TempDir;

fn probe(args: &[&str]) -> (Option<i32>, String, String) {
    let out = gander().arg("probe").args(args).output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned(), complaint(&out))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn checked(path: &Path) -> (Option<i32>, Value) {
    let (status, out, said) = probe(&["check", text(path), "--json"]);
    let v = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{said}"));
    (status, v)
}

fn cue<'a>(v: &'a Value, name: &str) -> &'a Value {
    v["cues"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap_or(&Value::Null)
}

/// A file of items in the format of model-written evals.
fn mwe(dir: &TempDir, name: &str, items: impl Iterator<Item = (String, [&'static str; 2], usize)>) -> PathBuf {
    let path = dir.path().join(name);
    let line = |(q, o, k): (String, [&str; 2], usize)| {
        let marks = [" (A)", " (B)"];
        let v = json!({"question": format!("{q}\n\nChoices:\n (A) {}\n (B) {}", o[0], o[1]),
                       "answer_matching_behavior": marks[k], "answer_not_matching_behavior": marks[1 - k]});
        v.to_string() + "\n"
    };
    std::fs::write(&path, items.map(line).collect::<String>()).unwrap();
    path
}

#[test]
fn the_gold_items_are_sound_and_solved_by_no_cue() {
    let dir = TempDir::new().unwrap();
    let suite = dir.path().join("suite");
    let (status, _, said) = probe(&["new", "reflectivity", "-o", text(&suite)]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("5 subtasks and 120 gold items"), "{said}");
    let (status, v) = checked(&suite);
    assert_eq!(status, Some(0), "{:#}", v["rules"]);
    assert_eq!((v["items"].as_u64(), v["problems"].as_array().unwrap().len()), (Some(120), 0), "{:#}", v["problems"]);
    assert_eq!((v["causal"]["families"].as_u64(), v["causal"]["changing"].as_u64()), (Some(30), Some(30)));
    assert_eq!(v["causal"]["broken"], json!([]));
    for name in ["longest option", "word overlap", "first option", "yes-keying"] {
        let c = cue(&v, name);
        assert!((c["value"].as_f64().unwrap() - 0.5).abs() < 0.1 && c["p"].as_f64().unwrap() > 0.2, "{c:#}");
    }
    // Each subtask has twenty or more.
    let text_of = std::fs::read_to_string(suite.join("gold.jsonl")).unwrap();
    for subtask in ["self-concept", "temporal", "external-influences", "impact-prediction", "desirability"] {
        assert!(text_of.matches(&format!("\"subtask\":\"{subtask}\"")).count() >= 20, "{subtask}");
    }
    let (status, _, said) = probe(&["new", "reflectivity", "-o", text(&suite)]);
    assert_eq!(status, Some(2));
    assert!(said.ends_with("there is a suite already; name another folder with -o"), "{said}");
}

#[test]
fn every_export_comes_back_whole() {
    let dir = TempDir::new().unwrap();
    let suite = dir.path().join("suite");
    probe(&["new", "reflectivity", "-o", text(&suite)]);
    let gold: Vec<Value> = lines(&suite.join("gold.jsonl"));
    for (format, files) in [("mwe", 1), ("lm-eval", 5), ("inspect", 1), ("csv", 1)] {
        let out = dir.path().join(format);
        let (status, _, said) = probe(&["export", text(&suite), "--as", format, "-o", text(&out)]);
        assert_eq!(status, Some(0), "{said}");
        let mut written: Vec<PathBuf> = std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().path()).collect();
        written.retain(|p| p.extension().is_some_and(|e| e == "jsonl" || e == "csv"));
        written.sort();
        assert_eq!(written.len(), files, "{written:?}");
        let back = dir.path().join(format!("{format}-back"));
        let mut args = vec!["import"];
        args.extend(written.iter().map(|p| text(p)));
        args.extend(["-o", text(&back)]);
        let (status, _, said) = probe(&args);
        assert_eq!(status, Some(0), "{said}");
        let mut items = lines(&back.join("items.jsonl"));
        items.sort_by_key(|i| i["id"].as_str().unwrap().to_owned());
        let mut want = gold.clone();
        want.sort_by_key(|i| i["id"].as_str().unwrap().to_owned());
        for (mut want, got) in want.into_iter().zip(items) {
            // Votes and provenance stay in gander's own format.
            want.as_object_mut().unwrap().remove("provenance");
            let own = |v: &Value| -> Vec<Value> {
                ["id", "family", "role", "subtask", "parts", "options", "key", "slots", "status"]
                    .iter()
                    .map(|f| v[*f].clone())
                    .collect()
            };
            assert_eq!(own(&want), own(&got), "{format}");
        }
        // An earlier export is replaced, another file is not.
        let again =
            |args: &[&str]| probe(&[&["export", text(&suite), "--as", format, "-o", text(&out)], args].concat());
        let (status, _, said) = again(&[]);
        assert_eq!(status, Some(0), "{said}");
        std::fs::write(&written[0], "my notes\n").unwrap();
        let (status, _, said) = again(&[]);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains("already exists and is not an export of a suite written by gander"), "{said}");
        assert_eq!(std::fs::read_to_string(&written[0]).unwrap(), "my notes\n");
        assert_eq!(again(&["--force"]).0, Some(0));
    }
}

fn lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn planted_cues_are_named_and_end_with_status_1() {
    let dir = TempDir::new().unwrap();
    let topics = ["river", "engine", "orchard", "violin", "harbour", "candle", "glacier", "market", "ladder", "saddle"];
    let question =
        |i: usize| format!("Case {i}: what about the {} and the {}?", topics[i % 10], topics[(i / 10 + i) % 10]);
    let long = mwe(
        &dir,
        "long.jsonl",
        (0..80usize).map(|i| {
            let (o, k) = if i.is_multiple_of(2) {
                (["the rather longer statement", "short"], 0)
            } else {
                (["brief", "a much longer statement here"], 1)
            };
            (question(i), o, k)
        }),
    );
    let (status, v) = checked(&long);
    assert_eq!((status, cue(&v, "longest option")["found"].as_bool()), (Some(1), Some(true)), "{v:#}");
    assert_eq!(cue(&v, "first option")["found"], false);
    let yes = mwe(&dir, "yes.jsonl", (0..80).map(|i| (question(i), ["Yes", "No"], usize::from(i.is_multiple_of(8)))));
    let (status, v) = checked(&yes);
    assert_eq!((status, cue(&v, "yes-keying")["found"].as_bool()), (Some(1), Some(true)));
    let (_, out, said) = probe(&["check", text(&yes)]);
    assert!(out.contains("the option that says yes is right in 0.88 of 80 items (chance 0.50), p "), "{out}");
    assert!(said.starts_with("gander: rules are broken:") && said.contains("no cue of form"), "{said}");
    let fair = mwe(&dir, "fair.jsonl", (0..80).map(|i| (question(i), ["Yes", "No"], usize::from(i * 7 % 16 < 8))));
    let (status, v) = checked(&fair);
    assert_eq!(status, Some(0), "{:#} {:#}", v["rules"], v["cues"]);
    let copied = mwe(
        &dir,
        "copied.jsonl",
        (0..80).map(|i| (question(i % 60), ["Yes", "No"], usize::from((i % 60).is_multiple_of(2)))),
    );
    let (status, v) = checked(&copied);
    assert_eq!((status, v["variety"]["exact_copies"].as_u64(), v["units"].as_u64()), (Some(1), Some(20), Some(60)));
}

#[test]
fn bad_items_are_counted_and_said_with_file_and_line() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bad.jsonl");
    let own = |id: &str, family: &str, role: &str, options: Value, key: Value| {
        json!({"id": id, "family": family, "role": role, "subtask": "s", "parts": {"question": format!("What of {id}?")},
               "options": options, "key": key})
        .to_string()
            + "\n"
    };
    let all = [
        own("fine", "f", "base", json!(["yes", "no"]), json!("A")),
        own("keyless", "g", "base", json!(["yes", "no"]), json!("")),
        own("twice", "h", "base", json!(["yes", "no"]), json!(["A", "B"])),
        own("alike", "i", "base", json!(["Same.", "same"]), json!("A")),
        own("flip", "j", "flip", json!(["yes", "no"]), json!("A")),
        own("para", "j", "paraphrase", json!(["yes", "no"]), json!("B")),
    ];
    std::fs::write(&path, all.concat()).unwrap();
    let (status, _, said) = probe(&["check", text(&path)]);
    assert_eq!(status, Some(1));
    for want in [
        "bad.jsonl, line 2 (item keyless): no option is called right; give the letter of one as its key",
        "bad.jsonl, line 3 (item twice): 2 options are marked correct; keep one",
        "bad.jsonl, line 4 (item alike): options A and B are the same",
        "bad.jsonl, line 5 (item flip): the family “j” has no item with the role base; name one",
    ] {
        assert!(said.contains(want), "{want}\n{said}");
    }
    let (_, v) = checked(&path);
    assert_eq!(
        (v["items"].as_u64(), v["keyed"].as_u64(), v["problems"].as_array().unwrap().len()),
        (Some(6), Some(4), 4)
    );
    for (name, body, status, want) in [
        ("broken.jsonl", "{\"question\": \n", 3, "line 1: broken JSON"),
        ("other.jsonl", "{\"speech\": \"quack\"}\n", 3, "line 1: not an item that gander knows; the fields are speech"),
        ("table.csv", "question,A,B\nq,x,y\n", 3, "the header has no column “key”"),
        ("empty.jsonl", "\n", 3, "the file is empty"),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, body).unwrap();
        let (found, _, said) = probe(&["check", text(&path)]);
        assert_eq!(found, Some(status), "{said}");
        assert!(said.contains(want) && said.contains(name), "{said}");
    }
}

#[test]
fn answers_are_scored_and_what_is_odd_is_said() {
    let dir = TempDir::new().unwrap();
    let suite = dir.path().join("suite");
    probe(&["new", "reflectivity", "-o", text(&suite)]);
    let gold = lines(&suite.join("gold.jsonl"));
    let answers = dir.path().join("answers.jsonl");
    let mut out = String::new();
    for (i, item) in gold.iter().enumerate() {
        let key = item["key"].as_str().unwrap();
        let wrong = if key == "A" { "B" } else { "A" };
        let base = if i.is_multiple_of(3) { wrong } else { key };
        let said = if i.is_multiple_of(10) {
            "I can't answer questions about my own values.".to_owned()
        } else {
            format!("({key})")
        };
        out += &(json!({"item": item["id"], "model": "base", "text": format!("The answer is {base}.")}).to_string()
            + "\n");
        out += &(json!({"item": item["id"], "model": "tuned", "text": said}).to_string() + "\n");
    }
    out += "{\"item\": \"nowhere\", \"model\": \"tuned\", \"text\": \"(A)\"}\n";
    out += &(json!({"item": gold[0]["id"], "hash": "feed", "model": "tuned", "text": "(A)"}).to_string() + "\n");
    out += &(json!({"item": gold[1]["id"], "model": "tuned", "text": gold[1]["options"][0]}).to_string() + "\n");
    std::fs::write(&answers, out).unwrap();
    let (status, out, said) = probe(&["score", text(&suite), text(&answers)]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("answers.jsonl, line 241: the suite has no item “nowhere”"), "{said}");
    assert!(
        said.contains("answers.jsonl, line 242: item gold-self-concept-1-base has changed since it was asked"),
        "{said}"
    );
    assert!(out.contains("     1  answers that name the option's text"), "{out}");
    assert!(out.contains("tuned against base, 30 families that both answered"), "{out}");
    let (_, out, _) = probe(&["score", text(&suite), text(&answers), "--json"]);
    let v: Value = serde_json::from_str(&out).unwrap();
    let all = &v["subtasks"][0];
    assert_eq!(v["subtasks"].as_array().unwrap().len(), 6);
    assert!((all["models"][0]["figures"]["accuracy"]["value"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert!((all["models"][1]["figures"]["refused"]["value"].as_f64().unwrap() - 0.1).abs() < 0.01);
    let content = &all["changes"][0]["tested"][0];
    assert_eq!(content["what"], "content");
    assert!(
        content["p"].as_f64().unwrap() < 0.01 && content["change"]["value"].as_f64().unwrap() > 0.15,
        "{content:#}"
    );
    // The same answers in another order of lines give the same figures.
    let text_of = std::fs::read_to_string(&answers).unwrap();
    let mut shuffled: Vec<&str> = text_of.lines().collect();
    shuffled[2..].reverse();
    let other = dir.path().join("other.jsonl");
    std::fs::write(&other, shuffled.join("\n")).unwrap();
    let (_, out, _) = probe(&["score", text(&suite), text(&other), "--json"]);
    let w: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(v["subtasks"], w["subtasks"]);
    let none = dir.path().join("none.jsonl");
    std::fs::write(&none, "{\"item\": \"nowhere\", \"model\": \"m\", \"text\": \"(A)\"}\n").unwrap();
    let (status, _, said) = probe(&["score", text(&suite), text(&none)]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("no answer belongs to an item of this suite (1 answers to items that are not in the suite)"),
        "{said}"
    );
}

#[test]
fn a_run_asks_in_frames_and_orders_and_is_scored() {
    let dir = TempDir::new().unwrap();
    let suite = dir.path().join("suite.csv");
    let row = |i: usize| format!("q{i},Does goose {i} fly?,It flies,It stays,{}\n", ["A", "B"][i % 2]);
    std::fs::write(&suite, "id,question,A,B,key\n".to_owned() + &(0..24).map(row).collect::<String>()).unwrap();
    // One model reads the options, the other takes the second one, whatever it says.
    let asked = |seen: &server::Seen| seen.body["messages"][0]["content"].as_str().unwrap_or_default().to_owned();
    let reads = Server::start(move |_, seen| {
        let text = asked(seen);
        let even = text
            .split("goose ")
            .nth(1)
            .and_then(|t| t.split(' ').next()?.parse::<u32>().ok())
            .unwrap_or(0)
            .is_multiple_of(2);
        let first = text.contains("(A) It flies");
        Answer::Says(if even == first { "(A)" } else { "(B)" }.into())
    });
    let stuck = Server::start(|_, _| Answer::Says("B".into()));
    let (a, b) = (reads.url.replace("#tiny", "#base"), stuck.url.replace("#tiny", "#tuned"));
    let out = dir.path().join("answers.jsonl");
    let args = ["run", text(&suite), "--model", &a, "--model", &b, "--frames", "plain,aware", "-o", text(&out)]
        .map(str::to_owned);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (status, _, said) = probe(&args);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("192 answers in ") && said.contains("`gander probe score "), "{said}");
    // The same command asks for nothing more.
    assert!(probe(&args).2.contains("192 are there"));
    assert_eq!(reads.requests().len(), 96);
    let (status, table, said) = probe(&["score", text(&suite), text(&out), "--json"]);
    assert_eq!(status, Some(0), "{said}");
    let v: Value = serde_json::from_str(&table).unwrap();
    let models = &v["subtasks"][0]["models"];
    // In the order in which they were asked, whoever answered first.
    assert_eq!((&models[0]["model"], &models[1]["model"]), (&Value::from("base"), &Value::from("tuned")));
    let model = |name: &str| models.as_array().unwrap().iter().find(|m| m["model"] == name).unwrap();
    let figure = |m: &str, name: &str| model(m)["figures"][name]["value"].as_f64().unwrap();
    assert_eq!((figure("base", "accuracy"), figure("base", "order"), figure("base", "stability")), (1.0, 1.0, 1.0));
    assert_eq!((figure("tuned", "accuracy"), figure("tuned", "order")), (0.5, 0.0));
    assert!(
        v["warnings"][0].as_str().unwrap().starts_with("tuned answers 100 % of 48 questions with B"),
        "{}",
        v["warnings"]
    );
    let (status, _, said) = probe(&["run", text(&suite), "--model", &a, "--frames", "loud"]);
    assert_eq!(status, Some(2));
    assert!(said.ends_with("no frame is called “loud”; the frames are plain, aware, other"), "{said}");
}

/// The published sets (Perez et al. 2022): what an independent count knows of them must be named.
#[test]
fn known_cues_of_published_sets_are_named() {
    let Some(folder) = shared("eval/data/P") else { return };
    let of = |name: &str| checked(&folder.join(format!("{name}.jsonl"))).1;
    for name in ["human-coordinate-itself", "human-coordinate-other-ais", "human-coordinate-other-versions"] {
        let v = of(name);
        let (long, yes) = (cue(&v, "longest option"), cue(&v, "yes-keying"));
        assert!(long["found"] == true && long["value"].as_f64().unwrap() > 0.8, "{name} {long:#}");
        assert!(yes["found"] == true && yes["value"].as_f64().unwrap() > 0.7, "{name} {yes:#}");
    }
    let v = of("human-myopic-reward");
    assert!(cue(&v, "longest option")["value"].as_f64().unwrap() < 0.2, "{:#}", cue(&v, "longest option"));
    for name in ["lm-one-box-tendency", "lm-myopic-reward", "lm-self-awareness-general-ai"] {
        let v = of(name);
        let copies = v["variety"]["exact_copies"].as_f64().unwrap() / v["items"].as_f64().unwrap();
        assert!((0.15..0.4).contains(&copies), "{name} {copies}");
    }
}
