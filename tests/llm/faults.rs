//! What goes wrong with a language model: faults, wrong answers, limits, keys, and work that is cancelled.

use super::common::{complaint, gander, session};
use super::server::{Answer, Server, asked};
use super::{ask, command, geese, keys, text};

#[test]
fn faults_of_a_server_are_outlived() {
    let (_dir, path) = session();
    let id = geese(&path);
    let busy = "{\"error\":{\"message\":\"slow down\"}}";
    for (name, fault) in [
        ("429", Answer::Status(429, "retry-after: 0\r\n", busy.into())),
        ("503", Answer::Status(503, "", "<html>busy</html>".into())),
        ("garbage", Answer::Status(200, "", "not JSON at all".into())),
        ("other JSON", Answer::Status(200, "", "{\"hello\":1}".into())),
        ("closes", Answer::Closes),
        ("half a body", Answer::HalfBody),
        ("wrong words", Answer::Says("I would rather not.".into())),
        (
            "unknown part, called its own fault",
            Answer::Status(500, "", "{\"error\":{\"message\":\"response_format: Input should be 'text'\"}}".into()),
        ),
        (
            "unknown part",
            Answer::Status(400, "", "{\"error\":{\"message\":\"response_format is not supported\"}}".into()),
        ),
    ] {
        let (_d, copy) = session();
        let server = Server::start(move |n, seen| {
            // Without structured outputs the good answer cannot know the question; this test asks for names alone.
            if n < 2 && !(n == 1 && matches!(fault, Answer::Says(_))) {
                fault.clone()
            } else if seen.body.get("response_format").is_none() {
                Answer::Says("```json\n{\"label\":\"geese\",\"reason\":\"They are.\"}\n```".into())
            } else {
                Answer::Good
            }
        });
        let out = ask(&server.url, "label", &copy, &["--clusters", &id]);
        assert!(out.status.success() && text(&out).contains("geese"), "{name}: {}", complaint(&out));
    }
}

#[test]
fn what_cannot_work_stops_at_once_and_says_why() {
    let (_dir, path) = session();
    for (status, body, why) in [
        (401, "{\"error\":{\"message\":\"bad key sk-very-secret\"}}", "refuses the key (401)"),
        (404, "no such model", "knows no such model or path (404)"),
        (302, "", "redirects elsewhere (302)"),
    ] {
        let server =
            Server::start(move |_, _| Answer::Status(status, "location: http://127.0.0.1:1/\r\n", body.into()));
        let out =
            command(&server.url, "label", &path, &["--all"]).env("GANDER_LLM_KEY", "sk-very-secret").output().unwrap();
        let said = complaint(&out);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(
            said.contains("stopped asking: ")
                && said.contains(why)
                && said.contains("the same command asks those alone"),
            "{said}"
        );
        assert!(!said.contains("very-secret"), "{said}");
        assert!(server.requests().len() <= 4, "no more than the calls in flight");
    }
    let server = Server::start(|_, _| Answer::Status(500, "", "broken".into()));
    let out = ask(&server.url, "label", &path, &["--all", "--llm-at-once", "1"]);
    assert!(complaint(&out).contains("3 calls failed one after the other"), "{}", complaint(&out));
    let server = Server::start(|_, _| Answer::Hangs);
    let out = ask(&server.url, "label", &path, &["--clusters", &geese(&path)]);
    let said = complaint(&out);
    assert!(said.contains("did not answer within 3 s (raise --llm-timeout or lower --llm-at-once)"), "{said}");
    let out = ask("http://127.0.0.1:1/v1#m", "label", &path, &["--clusters", &geese(&path)]);
    assert!(complaint(&out).contains("cannot be reached"), "{}", complaint(&out));
}

#[test]
fn answers_that_are_wrong_twice_fail_and_the_rest_goes_on() {
    let (_dir, path) = session();
    let (id, victim) = (geese(&path), std::sync::Arc::new(std::sync::Mutex::new(String::new())));
    let first = victim.clone();
    let server = Server::start(move |_, seen| {
        let mut first = first.lock().unwrap();
        let system = asked(&seen.body);
        let start = seen.body["messages"][1]["content"].as_str().unwrap().to_owned();
        if first.is_empty() {
            first.clone_from(&start);
        }
        if start == *first {
            Answer::Says(format!("{{\"label\":\"\\u001b\",\"reason\":\"{}\"}}", system.len()))
        } else {
            Answer::Good
        }
    });
    let out = ask(&server.url, "label", &path, &["--all"]);
    let said = complaint(&out);
    assert!(said.contains("two answers could not be used; of the last one, “label” is empty"), "{said}");
    assert!(said.ends_with("1 questions were not answered; the same command asks those alone"), "{said}");
    assert!(text(&out).lines().count() > 10, "the others were named");
    let again = Server::good();
    // Another port is the same model: only what failed is asked, and afresh.
    let out = ask(&again.url, "label", &path, &["--clusters", &id]);
    assert!(out.status.success() && again.requests().len() < 2, "{}", complaint(&out));
}

#[test]
fn a_budget_holds() {
    let (_dir, path) = session();
    let server = Server::good();
    let out = ask(&server.url, "label", &path, &["--all", "--llm-at-once", "1", "--budget", "4000"]);
    let said = complaint(&out);
    assert!(said.contains("the budget of 4,000 tokens has no room for the next call"), "{said}");
    let n = server.requests().len();
    assert!(n > 0 && 120 * n < 4_000, "{n}");
    let out = ask(&server.url, "label", &path, &["--all", "--budget-usd", "1"]);
    assert!(complaint(&out).contains("--llm-price") && out.status.code() == Some(2));
    // What was stopped waits in the queue, and goes on when told to.
    let s = keys(&server.url, &path, "3");
    assert!(s.contains("waiting"), "{s}");
    let s = keys(&server.url, &path, "3R<enter>");
    assert!(!s.contains("waiting"), "{s}");
}

#[test]
fn no_key_anywhere() {
    let (dir, path) = session();
    let server = Server::start(|n, _| match n {
        0 => Answer::Status(500, "", "{\"error\":\"your key sk-very-secret is fine, we are not\"}".into()),
        _ => Answer::Good,
    });
    let key_file = dir.path().join("key");
    std::fs::write(&key_file, "sk-very-secret\n").unwrap();
    let out = command(&server.url, "label", &path, &["--clusters", &geese(&path)])
        .env("GANDER_LLM_KEY_FILE", &key_file)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(server.requests()[0].head.to_lowercase().contains("authorization: bearer sk-very-secret"));
    assert!(!server.requests()[0].body.to_string().contains("very-secret"));
    std::fs::remove_file(&key_file).unwrap();
    for place in [out.stdout, out.stderr, std::fs::read(&path).unwrap()] {
        assert!(!place.windows(11).any(|w| w == b"very-secret"));
    }
}

#[test]
fn bad_arguments_are_one_sentence() {
    let (_dir, path) = session();
    for (args, why) in [
        (vec!["label", "--all"], "name the language model: --llm URL#model"),
        (vec!["label", "--all", "--llm", "localhost"], "--llm localhost: give URL#model"),
        (vec!["label", "--all", "--llm", "http://a:b@h#m"], "a password in the address would end up in logs"),
        (vec!["label", "--llm", "http://h#m"], "say which clusters: --flagged, --all, or --clusters 1,5"),
        (vec!["label", "--llm", "http://h#m", "--flagged"], "nothing is selected"),
        (vec!["label", "--llm", "http://h#m", "--clusters", "9999"], "there is no cluster 9999"),
        (vec!["label", "--llm", "http://h#m", "--all", "--llm-price", "cheap"], "give dollars per million tokens"),
    ] {
        let out = gander().args(&args).arg(&path).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        let said = complaint(&out);
        assert!(said.contains(why) && said.lines().count() == 1, "{args:?}: {said}");
    }
    let s = keys("http://127.0.0.1:1#m", &path, "1");
    assert!(s.contains("clusters"));
    let out = gander().arg(&path).args(["--dump", "120x40", "--dump-keys", "L"]).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("No language model: open gander with --llm"));
}

#[tokio::test]
async fn cancelling_stops_one_or_all_and_keeps_what_came() {
    use gander::llm::{
        Budget, Call, Client, Control, Endpoint, Event, Excerpt, Key, Ledger, Limits, Prompts, Question, Reply, Task,
    };
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    #[derive(Default)]
    struct Kept(Mutex<HashMap<String, Reply>>);
    impl Ledger for Kept {
        fn find(&self, hash: &str) -> Option<Reply> {
            self.0.lock().unwrap().get(hash).cloned()
        }
        fn keep(&self, hash: &str, _: &Call, reply: &Reply) {
            self.0.lock().unwrap().insert(hash.to_owned(), reply.clone());
        }
    }
    let task = |text: &str| Task {
        target: gander::model::Target::Run,
        members: 0,
        question: Question::Label {
            members: vec![Excerpt::of(0, text, 100)],
            boundary: Vec::new(),
            outsiders: Vec::new(),
        },
    };
    let server =
        Server::start(|_, seen| if asked(&seen.body).contains("quick") { Answer::Good } else { Answer::Hangs });
    let endpoint = Endpoint::parse(&server.url).unwrap();
    let client = Client::new(endpoint, Key::default(), Duration::from_secs(60)).unwrap();
    let (control, wishes) = tokio::sync::mpsc::unbounded_channel();
    let (tell, mut news) = tokio::sync::mpsc::unbounded_channel();
    let (kept, budget) = (Arc::new(Kept::default()), Arc::new(Budget::new(Some(100_000), None, None)));
    let run = tokio::spawn(gander::llm::run(
        client,
        Prompts::load(None).unwrap(),
        Limits { at_once: 8, ..Limits::default() },
        budget.clone(),
        kept.clone(),
        wishes,
        move |e| tell.send(e).unwrap(),
    ));
    control.send(Control::Add(vec![(1, task("slow one")), (2, task("quick")), (3, task("slow two"))])).unwrap();
    let mut ended = Vec::new();
    while ended.len() < 3 {
        match news.recv().await.unwrap() {
            Event::Finished { task, .. } => {
                ended.push((task, "finished"));
                control.send(Control::Cancel(1)).unwrap();
            }
            Event::Cancelled { task } => {
                ended.push((task, "cancelled"));
                control.send(Control::CancelAll).unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(ended, [(2, "finished"), (1, "cancelled"), (3, "cancelled")]);
    drop(control);
    run.await.unwrap();
    assert_eq!(kept.0.lock().unwrap().len(), 1);
    assert_eq!(budget.used().calls, 1, "what cancelled calls had set aside is free again");
}

#[test]
fn a_log_says_what_was_done_and_holds_neither_texts_nor_keys() {
    let (dir, path) = session();
    let (server, log) = (Server::good(), dir.path().join("gander.log"));
    let mut all = command(&server.url, "label", &path, &["--all", "--log", log.to_str().unwrap()]);
    let out = all.env("GANDER_LLM_KEY", "sk-very-secret").output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    let said = std::fs::read_to_string(&log).unwrap();
    for event in ["# log of gander", " start version=", "session opened", "a call was answered", "status=200", " end"] {
        assert!(said.contains(event), "{event}: {said}");
    }
    assert!(!said.contains("sk-very-secret"), "{said}");
    for file in ["geese_base.jsonl", "geese_tuned.jsonl"] {
        for line in std::fs::read_to_string(super::common::sample(file)).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            for field in ["text", "prompt"] {
                let text = row[field].as_str().unwrap_or_default();
                assert!(text.len() < 12 || !said.contains(text), "{text}: {said}");
            }
        }
    }
    // A file that is something else is left alone.
    let bytes = std::fs::read(&path).unwrap();
    let out = ask(&server.url, "label", &path, &["--all", "--log", path.to_str().unwrap()]);
    assert!(complaint(&out).contains("not a log of gander") && out.status.code() == Some(2), "{}", complaint(&out));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}
