//! Replies as real models and servers give them, and what a person sees of them.

use serde_json::Value;

use super::common::{complaint, gander, session};
use super::server::{Answer, Server, asked, shown};
use super::{ask, geese, keys, text};

const LABEL: &str = r#"{"reason":"They are.","label":"statements about geese"}"#;

#[test]
fn an_answer_is_found_in_thinking_and_prose() {
    for reply in [
        format!("<think>\nIs it {{\"label\": \"dogs\"}}?\n</think>\n\n{LABEL}"),
        format!("Sure! Here is the answer:\n```json\n{LABEL}\n```\nLet me know {{if}} you need more."),
        format!(
            "{}\n",
            LABEL.replace("They are.", &"They are. ".repeat(200)).replace("geese\"", "geese\\n\",\"extra\":1")
        ),
    ] {
        let (_dir, path) = session();
        let said = reply.clone();
        let server = Server::start(move |_, _| Answer::Says(said.clone()));
        let out = ask(&server.url, "label", &path, &["--clusters", &geese(&path)]);
        assert!(text(&out).contains("label: statements about geese"), "{reply}: {}", complaint(&out));
        assert_eq!(server.requests().len(), 1, "nothing is asked twice: {reply}");
        // The raw reply is there for whoever wants to see it.
        let s = keys(&server.url, &path, "3<enter>");
        assert!(s.contains("What was asked and answered") && s.contains("Call 1, prompt label@2"), "{s}");
        let s = keys(&server.url, &path, &format!("3<enter>{}", "<pgdn>".repeat(12)));
        assert!(s.contains("tiny-2 answers (20 tokens)") || s.contains("statements about geese"), "{s}");
    }
}

#[test]
fn an_answer_that_was_cut_off_gets_more_room() {
    let (_dir, path) = session();
    let id = geese(&path);
    let server = Server::start(|n, _| match n {
        0 => Answer::Thought,
        1 => Answer::Cut(r#"{"reason":"They a"#.into()),
        _ => Answer::Good,
    });
    let out = ask(&server.url, "label", &path, &["--clusters", &id]);
    assert!(out.status.success(), "{}", complaint(&out));
    let limits: Vec<u64> = server.requests().iter().map(|r| r.body["max_tokens"].as_u64().unwrap()).collect();
    assert_eq!(limits, [300, 1200, 2400]);
    let (_dir, path) = session();
    let server = Server::start(|_, _| Answer::Thought);
    let out = ask(&server.url, "label", &path, &["--clusters", &id]);
    assert!(complaint(&out).contains("tokens of the answer went into thinking"), "{}", complaint(&out));
}

#[test]
fn unusable_answers_are_forgotten_when_asked_again() {
    let (_dir, path) = session();
    let id = geese(&path);
    let server = Server::start(|n, _| if n < 2 { Answer::Says("{\"label\":\"\"}".into()) } else { Answer::Good });
    let out = ask(&server.url, "label", &path, &["--clusters", &id]);
    let said = complaint(&out);
    assert!(
        said.contains("two answers could not be used") && said.contains("the same command asks those alone"),
        "{said}"
    );
    let seen = server.requests();
    assert!(seen[0].body["temperature"] == 0 && seen[1].body["temperature"].as_f64() > Some(0.5));
    assert!(asked(&seen[1].body).contains(r#"{"reason": "…", "label": "…"}"#), "{}", asked(&seen[1].body));
    let out = ask(&server.url, "label", &path, &["--clusters", &id]);
    assert!(out.status.success() && text(&out).contains("statements about geese"), "{}", complaint(&out));
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.requests()[2].body["messages"], seen[0].body["messages"], "the question is asked afresh");
}

#[test]
fn what_failed_is_asked_again_from_the_screen() {
    let (_dir, path) = session();
    let server = Server::start(|n, _| if n < 2 { Answer::Says("no".into()) } else { Answer::Good });
    assert!(keys(&server.url, &path, "/geese<enter>L<enter>3").contains("failed"));
    assert_eq!(server.requests().len(), 2);
    let s = keys(&server.url, &path, "/geese<enter>L<enter>");
    assert!(s.contains("statements about geese") && server.requests().len() == 3, "{s}");
}

#[test]
fn answers_are_held_to_a_schema_as_far_as_the_server_takes_it() {
    let (_dir, path) = session();
    let server = Server::start(|_, seen| {
        if seen.body.to_string().contains("maxLength") {
            let why = "schema: 'maxLength' is not permitted";
            return Answer::Status(400, "", serde_json::json!({"error": {"message": why}}).to_string());
        }
        Answer::Good
    });
    let out = ask(&server.url, "purity", &path, &["--clusters", &geese(&path)]);
    assert!(out.status.success(), "{}", complaint(&out));
    let seen = server.requests();
    assert_eq!(seen.len(), 2, "it is learnt from the first complaint");
    let form = &seen[1].body["response_format"]["json_schema"];
    assert_eq!(form["strict"], true);
    let n = shown(&asked(&seen[1].body)).len();
    let required: Vec<&str> = form["schema"]["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(required.len(), 4 + n);
    assert_eq!((required[0], required[4]), ("reason", "t1"), "the reason comes before what follows from it");
    assert_eq!(form["schema"]["properties"]["t1"]["enum"], serde_json::json!(["a", "b", "neither"]));
}

#[test]
fn questions_fit_the_context() {
    let (_dir, path) = session();
    let id = geese(&path);
    let size = |body: &Value| body["messages"].to_string().len() as u64 / 4;
    let server = Server::start(move |_, seen| {
        if size(&seen.body) > 1_300 {
            let why = "This model's maximum context length is 1300 tokens. However, you requested more.";
            return Answer::Status(400, "", serde_json::json!({"error": {"message": why}}).to_string());
        }
        Answer::Good
    });
    let out = ask(&server.url, "label", &path, &["--clusters", &id, "--dry-run"]);
    assert!(complaint(&out).contains("the largest question needs a context of about "), "{}", complaint(&out));
    let out = ask(&server.url, "label", &path, &["--clusters", &id]);
    let said = complaint(&out);
    assert!(
        out.status.success() && said.contains("the model holds 1,300 tokens; 1 questions are asked again"),
        "{said}"
    );
    let seen = server.requests();
    let texts = |i: usize| shown(&asked(&seen[i].body)).len();
    assert!(seen.len() == 2 && texts(1) < texts(0) && size(&seen[1].body) < size(&seen[0].body), "{}", seen.len());
    // The session remembers it.
    let out = ask(&server.url, "purity", &path, &["--clusters", &id]);
    assert!(out.status.success() && server.requests().len() == 3, "{}", complaint(&out));
    let out = ask(&server.url, "check", &path, &["--clusters", &id, "--llm-context", "300"]);
    let said = complaint(&out);
    assert!(said.contains("left out: ") && said.contains("the model holds 300"), "{said}");
}

#[test]
fn a_server_that_cuts_the_question_is_told_of() {
    let (_dir, path) = session();
    let server = Server::start(|_, _| Answer::Read(60));
    let out = ask(&server.url, "label", &path, &["--clusters", &geese(&path)]);
    assert!(complaint(&out).contains("the server read 60 tokens of a question of"), "{}", complaint(&out));
    let (_dir, path) = session();
    let server = Server::good();
    let out = ask(&server.url, "label", &path, &["--clusters", &geese(&path)]);
    assert!(!complaint(&out).contains("the server read"), "{}", complaint(&out));
}

#[test]
fn nothing_is_written_where_nothing_was_asked() {
    let (dir, path) = session();
    let server = Server::good();
    let before = std::fs::read(&path).unwrap();
    let out = ask(&server.url, "judge", &path, &["--intent", "be kind", "--dry-run"]);
    assert!(out.status.success() && complaint(&out).contains("nothing was sent"), "{}", complaint(&out));
    assert!(
        server.requests().is_empty() && std::fs::read(&path).unwrap() == before,
        "a dry run leaves the session as it is"
    );
    let batch = dir.path().join("batch.jsonl");
    let write = |more: &[&str]| {
        let mut c = gander();
        c.arg("requests").arg(&path).args(["--jobs", "verdict", "--model", "m", "-o"]).arg(&batch).args(more);
        c.output().unwrap()
    };
    let out = write(&[]);
    assert_eq!(out.status.code(), Some(2), "{}", complaint(&out));
    assert!(complaint(&out).contains("no requests were written") && !batch.exists(), "{}", complaint(&out));
    let out = write(&["--intent", "be kind"]);
    assert!(out.status.success() && complaint(&out).contains(" requests written to "), "{}", complaint(&out));
    let lines = std::fs::read_to_string(&batch).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(first["body"]["messages"].to_string().contains("be kind"));
}

#[test]
fn what_waits_is_not_said_to_be_asked() {
    let (_dir, path) = session();
    let server = Server::good();
    let out = ask(&server.url, "label", &path, &["--all", "--llm-at-once", "1", "--budget", "6000"]);
    assert!(complaint(&out).contains("the budget of 6,000 tokens"), "{}", complaint(&out));
    let out = gander().arg(&path).args(["--dump", "120x40"]).output().unwrap();
    let screen = String::from_utf8_lossy(&out.stdout).into_owned();
    let foot = screen.split("--- styles").next().unwrap();
    assert!(foot.contains(" wait ") && !foot.contains("asking "), "{foot}");
    assert!(keys(&server.url, &path, "3").contains(" wait; R goes on with them"));
}

#[test]
fn a_judge_that_always_says_yes_is_no_evidence() {
    let (_dir, path) = session();
    let server = Server::start(|_, seen| {
        let all: Vec<String> = shown(&asked(&seen.body)).iter().map(|(id, _)| format!("\"{id}\":true")).collect();
        Answer::Says(format!("{{{}}}", all.join(",")))
    });
    let out = ask(&server.url, "check", &path, &["--clusters", &geese(&path)]);
    assert!(text(&out).contains("no evidence, since the judge said yes to 32 of 32 texts"), "{}", text(&out));
    assert!(keys(&server.url, &path, "/geese<enter>i").contains("no evidence."));
}
