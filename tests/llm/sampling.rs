//! Sampling that is sound: independent draws, files that are gone on with, framings, several servers.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::common::{complaint, gander};
use super::server::{Answer, Server, asked};

struct Place {
    _dir: TempDir,
    prompts: PathBuf,
    out: PathBuf,
}

impl Place {
    fn new(prompts: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let (path, out) = (dir.path().join("p.txt"), dir.path().join("s.jsonl"));
        std::fs::write(&path, prompts).unwrap();
        Self { _dir: dir, prompts: path, out }
    }

    fn command(&self, models: &[String], more: &[&str]) -> std::process::Command {
        let mut c = gander();
        c.args(["sample", "--prompts"]).arg(&self.prompts);
        models.iter().for_each(|m| {
            c.args(["--model", m]);
        });
        c.arg("-o").arg(&self.out).args(more).env("GANDER_LLM_FIRST_WAIT_MS", "5");
        c
    }

    fn run(&self, models: &[String], more: &[&str]) -> Output {
        self.command(models, more).output().unwrap()
    }

    fn rows(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.out).unwrap();
        text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }
}

fn place_of(server: &Server) -> String {
    server.url.split('#').next().unwrap().to_owned()
}

fn answering() -> Server {
    Server::start(|_, seen| Answer::Says(format!("an answer to {}", asked(&seen.body))))
}

fn seeds(server: &Server) -> Vec<u64> {
    server.requests().iter().map(|r| r.body["seed"].as_u64().unwrap()).collect()
}

const THREE: &str = "Name a pet.\nName a bird.\nName a fish.\n";

#[test]
fn no_two_answers_share_their_random_numbers() {
    let server = answering();
    let url = place_of(&server);
    let both = [format!("{url}#base"), format!("{url}#tuned")];
    let place = Place::new(THREE);
    assert!(place.run(&both, &["-n", "3", "--seed", "5"]).status.success());
    let first = seeds(&server);
    assert_eq!((first.len(), first.iter().collect::<BTreeSet<_>>().len()), (18, 18), "{first:?}");
    assert!(first.iter().all(|s| *s < 1 << 31));
    // The same seeds whenever and in whatever order they are drawn.
    let again = answering();
    let url = place_of(&again);
    let other = Place::new("Name a fish.\nName a bird.\nName a pet.\n");
    assert!(other.run(&[format!("{url}#tuned"), format!("{url}#base")], &["-n", "3", "--seed", "5"]).status.success());
    let sorted = |s: &Server| seeds(s).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(sorted(&server), sorted(&again));
    // One model under two names is drawn twice, not copied.
    let twice = answering();
    let url = place_of(&twice);
    let place = Place::new(THREE);
    let out = place.run(&[format!("a={url}#base"), format!("b={url}#base")], &["-n", "2"]);
    assert!(out.status.success(), "{}", complaint(&out));
    assert_eq!(sorted(&twice).len(), 12);
    let rows = place.rows();
    assert!(rows.iter().all(|r| r["settings"]["run_seed"].is_u64()), "a run without a seed keeps the one it was given");
    assert!(rows.iter().any(|r| r["model"] == "a") && rows.iter().any(|r| r["model"] == "b"));
    assert!(rows.iter().all(|r| r["settings"]["chat_template"].is_string()), "{}", rows[0]);
}

#[test]
fn a_file_goes_on_by_the_text_of_its_prompts() {
    let server = answering();
    let url = place_of(&server);
    let both = [format!("{url}#base"), format!("{url}#tuned")];
    let place = Place::new(THREE);
    assert!(place.run(&both, &[]).status.success());
    std::fs::write(&place.prompts, "Name a tree.\nName a pet.\nName a fish.\n").unwrap();
    let out = place.run(&both, &[]);
    let said = complaint(&out);
    assert!(out.status.success() && said.contains("4 are there"), "{said}");
    assert!(said.contains("2 to prompts that are not in the list now; they stay in it"), "{said}");
    let asked_for: Vec<String> = server.requests()[6..].iter().map(|r| asked(&r.body)).collect();
    assert_eq!(asked_for, ["Name a tree.", "Name a tree."], "what is new is asked, and nothing is drawn twice");
    let ids: BTreeSet<String> = place.rows().iter().map(|r| r["id"].to_string()).collect();
    assert_eq!(ids.len(), 8, "numbers of lines have changed, and ids are still different");
    let seed = place.rows()[0]["settings"]["run_seed"].as_u64().unwrap();
    assert!(place.rows().iter().all(|r| r["settings"]["run_seed"] == seed), "one file has one seed");
    let out = place.run(&both, &["--seed", "1"]);
    assert!(complaint(&out).contains(&format!("drawn with --seed {seed}")), "{}", complaint(&out));
}

#[test]
fn what_was_sampled_with_equal_seeds_is_warned_about() {
    let place = Place::new(THREE);
    let row = |model: &str, prompt: &str| {
        json!({"id": format!("{model}/{prompt}"), "model": model, "prompt": prompt, "prompt_id": "1", "n": 0, "text": "A goose.",
               "settings": {"temperature": if model == "base" { 1.0 } else { 0.7 }, "top_p": null, "max_tokens": 512, "seed": 5,
                            "system": null}})
        .to_string()
    };
    let rows: Vec<String> = THREE.lines().flat_map(|p| [row("base", p), row("tuned", p)]).collect();
    std::fs::write(&place.out, rows.join("\n") + "\n").unwrap();
    let out = gander().arg("inspect").arg(&place.out).output().unwrap();
    let seen = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        seen.contains("the answers of “base” and “tuned” were drawn with the same seeds at every prompt"),
        "{seen}"
    );
    assert!(seen.contains("settings.temperature is base 1, tuned 0.7"), "{seen}");
    let out = place.run(&["http://127.0.0.1:1#base".into()], &["--seed", "5"]);
    assert!(
        complaint(&out).contains("drawn by an older gander") && out.status.code() == Some(2),
        "{}",
        complaint(&out)
    );
    let server = answering();
    let fresh = Place::new(THREE);
    assert!(fresh.run(&[format!("{}#base", place_of(&server))], &["-n", "4"]).status.success());
    let out = gander().arg("inspect").arg(&fresh.out).output().unwrap();
    assert!(!String::from_utf8_lossy(&out.stdout).contains("seeds"), "{}", String::from_utf8_lossy(&out.stdout));
}

#[test]
fn chat_templates_are_compared() {
    let (one, other) = (answering(), Server::with_template("another", |_, _| Answer::Says("yes".into())));
    let place = Place::new(THREE);
    let out = place.run(&[format!("base={}#x", place_of(&one)), format!("tuned={}#x", place_of(&other))], &[]);
    assert!(complaint(&out).contains("base and tuned use different chat templates"), "{}", complaint(&out));
    let out = gander().arg("inspect").arg(&place.out).output().unwrap();
    let seen = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(seen.contains("settings.chat_template is "), "{seen}");
}

#[test]
fn prompts_are_put_in_framings() {
    let server = answering();
    let place = Place::new(THREE);
    let frames = place.prompts.with_file_name("frames");
    std::fs::write(
        &frames,
        "{prompt}\nMy child asks: {prompt}\n{\"name\":\"clerk\",\"system\":\"You are a clerk.\"}\n",
    )
    .unwrap();
    let model = [format!("{}#base", place_of(&server))];
    let framed = |more: &[&str]| {
        let mut c = place.command(&model, more);
        c.arg("--frames").arg(&frames).output().unwrap()
    };
    let out = framed(&[]);
    assert!(out.status.success() && complaint(&out).contains("9 prompts"), "{}", complaint(&out));
    let rows = place.rows();
    let row = |prompt: &str| rows.iter().find(|r| r["prompt"] == prompt).unwrap_or_else(|| panic!("no {prompt}"));
    let child = row("My child asks: Name a pet.");
    assert_eq!((&child["frame"], &child["prompt_without_frame"]), (&json!("2"), &json!("Name a pet.")));
    assert_eq!(row("system: You are a clerk.\n\nuser: Name a pet.")["frame"], "clerk");
    let clerks = server.requests().iter().filter(|r| r.body["messages"][0]["content"] == "You are a clerk.").count();
    assert_eq!(clerks, 3);
    assert!(complaint(&framed(&[])).contains("9 are there"));
    std::fs::write(&frames, "Answer kindly.\n").unwrap();
    assert!(complaint(&framed(&[])).contains("line 1: no {prompt} in it"), "{}", complaint(&framed(&[])));
}

#[test]
fn servers_of_one_model_share_the_work_and_take_over() {
    let (one, two) = (answering(), Server::start(|_, _| Answer::Status(401, "", "no".into())));
    let place = Place::new(THREE);
    let models = [format!("m={}#x", place_of(&two)), format!("m={}#x", place_of(&one))];
    let out = place.run(&models, &["-n", "4", "--at-once", "1"]);
    let said = complaint(&out);
    assert!(out.status.success() && said.contains("refuses the key"), "{said}");
    assert_eq!((place.rows().len(), one.requests().len(), two.requests().len()), (12, 12, 1));
    assert!(place.rows().iter().all(|r| r["model"] == "m"));
    let shared = (answering(), answering());
    let place = Place::new(THREE);
    let models = [format!("m={}#x", place_of(&shared.0)), format!("m={}#x", place_of(&shared.1))];
    assert!(place.run(&models, &["-n", "4", "--at-once", "1"]).status.success());
    assert!(!shared.0.requests().is_empty() && !shared.1.requests().is_empty());
    let out = place.run(&["http://h:1#m".into(), "http://h:2#m".into()], &[]);
    assert!(complaint(&out).contains("two models have the same name, “m”"), "{}", complaint(&out));
}

#[test]
fn a_server_without_seeds_is_sampled_and_said_so() {
    let server = Server::start(|_, seen| match seen.body.get("seed") {
        Some(_) => Answer::Status(422, "", "{\"detail\":\"seed: extra inputs are not permitted\"}".into()),
        None => Answer::Says("yes".into()),
    });
    let place = Place::new(THREE);
    let out = place.run(&[format!("{}#base", place_of(&server))], &["--at-once", "1"]);
    assert!(out.status.success() && complaint(&out).contains("takes no seed"), "{}", complaint(&out));
    assert!(place.rows().iter().all(|r| r["settings"]["draw_seed"].is_null()));
    assert_eq!(server.requests().len(), 4, "it is learnt once");
}

#[test]
fn progress_is_told_before_the_first_answer() {
    let (open, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let server = Server::start(move |_, _| {
        // Nobody is left to wait for when the test has ended.
        let _ = gate.lock().unwrap().recv();
        Answer::Says("at last".into())
    });
    let place = Place::new("Name a pet.\n");
    let mut child = place
        .command(&[format!("{}#base", place_of(&server))], &[])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut said = said.skip_while(|l| !l.contains("no answer yet after"));
    let line = said.next().unwrap();
    assert!(line.contains("1 wanted; 1 call is being answered"), "{line}");
    open.send(()).unwrap();
    assert!(said.any(|l| l.contains("1 answers in")));
    assert!(child.wait().unwrap().success());
    assert!(Path::new(&place.out).exists());
}
