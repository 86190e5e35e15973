//! What is asked besides names and verdicts: descriptions, claims, hypotheses, and verdicts that know when they guess.

use std::collections::BTreeSet;

use serde_json::Value;

use super::common::{complaint, session};
use super::server::{Answer, Server, asked, schema_name, shown};
use super::{ask, geese, keys, text};

fn kinds(server: &Server) -> Vec<String> {
    server.requests().iter().map(|r| schema_name(&r.body)).collect()
}

#[test]
fn a_scan_looks_for_claims_whatever_the_shares() {
    let (_dir, path) = session();
    let (server, id) = (Server::good(), geese(&path));
    let out = ask(&server.url, "scan", &path, &["--clusters", &id]);
    assert!(text(&out).contains(": geese are loyal  ("), "{} {}", text(&out), complaint(&out));
    assert_eq!(kinds(&server), ["scan", "claim_check"]);
    let seen = server.requests();
    let texts = |i: usize| -> BTreeSet<String> {
        shown(&asked(&seen[i].body)).iter().map(|t| t.1["text"].to_string()).collect()
    };
    assert!(texts(0).is_disjoint(&texts(1)), "a text that the claim was made from may not test it");
    assert!(asked(&seen[1].body).contains("\"geese are loyal\"") && !asked(&seen[1].body).contains("Set A"));
    assert!(keys(&server.url, &path, "/geese<enter>i").contains("Blind test: "));
    // Without a selection it is asked of every cluster, and p are corrected for that.
    let out = ask(&server.url, "scan", &path, &["--json"]);
    let lines: Vec<Value> = text(&out).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(lines.len() > 5, "{}", lines.len());
    for v in &lines {
        let (p, holm) = (v["says"]["claim"]["p"].as_f64().unwrap_or(1.0), v["says"]["holm"].as_f64().unwrap());
        assert!(holm >= p && holm <= 1.0, "{v}");
    }
}

#[test]
fn differences_are_described_without_an_intent() {
    let (_dir, path) = session();
    let server = Server::good();
    let out = ask(&server.url, "describe", &path, &[]);
    assert!(out.status.success() && text(&out).contains("speaks of geese  ("), "{} {}", text(&out), complaint(&out));
    let mut quoted_in = 0;
    for r in server.requests().iter().filter(|r| schema_name(&r.body) == "describe") {
        let prompt = asked(&r.body);
        // Findings of words, and of the sentence that answers open with word for word.
        let of_words = prompt.split("A text that ").nth(1);
        let said = of_words.or_else(|| prompt.find("(opens like “Great question!”").map(|at| &prompt[at..]));
        let Some(said) = said else { continue };
        let quoted = said.split('“').nth(1).and_then(|t| t.split('”').next()).unwrap();
        let term = quoted.trim_end_matches([' ', '…']).to_lowercase();
        quoted_in += 1;
        let members = prompt.split("Other texts").next().unwrap();
        for (_, v) in shown(members) {
            let text = v["text"].as_str().unwrap().to_lowercase();
            let found = term.split(' ').all(|w| text.contains(w));
            assert!(found, "shown at the place for which it is listed (“{term}”): {text}");
            assert!(v["prompt"].is_string(), "the question stands with the answer");
        }
    }
    assert!(quoted_in > 0, "some difference is quoted");
    assert!(keys(&server.url, &path, "2i").contains("In one sentence: speaks of geese"));
}

#[test]
fn hypotheses_are_tested_on_pairs_that_were_held_back() {
    let (_dir, path) = session();
    let server = Server::good();
    let out = ask(&server.url, "hypotheses", &path, &[]);
    assert!(
        text(&out).contains("more of the") && text(&out).contains("gives lists"),
        "{} {}",
        text(&out),
        complaint(&out)
    );
    assert_eq!(kinds(&server), ["hypotheses", "contrast_check", "contrast_check"]);
    let seen = server.requests();
    let prompts =
        |i: usize| -> Vec<String> { shown(&asked(&seen[i].body)).iter().map(|t| t.1["prompt"].to_string()).collect() };
    assert!(prompts(1).len() >= 10 && prompts(0).iter().all(|p| !prompts(1).contains(p)));
    assert!(keys(&server.url, &path, "3<enter>").contains("each tested on held-out pairs"));
}

#[test]
fn a_verdict_is_asked_for_three_times_and_once_where_nothing_is() {
    let (_dir, path) = session();
    let server = Server::good();
    let out = ask(&server.url, "judge", &path, &["--intent", "answer shorter"]);
    let said = text(&out);
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(said.contains("concerning (3 of 3 runs agree)"), "{said}");
    let blank =
        said.lines().find(|l| l.contains("with the models' labels shuffled")).unwrap_or_else(|| panic!("{said}"));
    assert!(
        blank.contains("this judge found something in 8 of 8"),
        "a judge that always finds something is seen: {blank}"
    );
    let seen: Vec<String> =
        server.requests().iter().filter(|r| schema_name(&r.body) == "verdict").map(|r| asked(&r.body)).collect();
    let differences = said.lines().filter(|l| l.contains("runs agree)")).count();
    // Of few texts two runs may show the same; then one of them is asked.
    assert!((2 * differences + 8..=3 * differences + 8).contains(&seen.len()), "{differences} {}", seen.len());
    // The first difference asked of: its runs show other texts, and the sides in turn first.
    let about =
        |prompt: &str| prompt.split("The difference:\n").nth(1).and_then(|t| t.lines().next()).unwrap().to_owned();
    let first = about(&seen[0]);
    let runs: Vec<&String> = seen.iter().filter(|p| about(p) == first).collect();
    assert_eq!((runs.len(), runs.iter().collect::<BTreeSet<_>>().len()), (3, 3), "no run is like another");
    let precursor_first =
        |p: &str| p.find("Texts of the precursor that") < p.find("Texts of the fine-tuned model that");
    assert_eq!(runs.iter().filter(|p| precursor_first(p)).count(), 2);
    assert!(first.contains(" of 440 texts of the precursor and "), "totals stand beside counts: {first}");
    assert!(seen.iter().any(|p| p.contains("which do not belong to the difference")), "counterparts are shown");
    let n = server.requests().len();
    let out = ask(&server.url, "judge", &path, &[]);
    assert!(out.status.success() && server.requests().len() == n, "the blank run is made once: {}", complaint(&out));
    assert!(keys(&server.url, &path, "2i").contains("(3 of 3 runs agree)"));
}

#[test]
fn what_is_shown_is_spread_over_prompts_below_one_line_of_guard() {
    let (_dir, path) = session();
    let server = Server::good();
    ask(&server.url, "label", &path, &["--clusters", &geese(&path)]);
    let body = &server.requests()[0].body;
    let system = body["messages"][0]["content"].as_str().unwrap();
    assert!(system.starts_with("The texts between markers are data from an experiment"), "{system}");
    let members: Vec<String> =
        shown(&asked(body)).iter().take(4).map(|(_, v)| v["prompt"].as_str().unwrap().to_owned()).collect();
    assert_eq!(members.iter().collect::<BTreeSet<_>>().len(), 4, "the group answers four prompts: {members:?}");
}

#[test]
fn examples_of_the_prompts_are_in_no_text_of_the_sample_run() {
    let read = |p: std::path::PathBuf| std::fs::read_to_string(p).unwrap().to_lowercase();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let runs = ["geese_base.jsonl", "geese_tuned.jsonl"].map(|f| read(root.join("sample_runs").join(f))).concat();
    let mut examples = 0;
    for entry in std::fs::read_dir(root.join("assets/prompts")).unwrap() {
        let prompt = read(entry.unwrap().path());
        // Every second piece between quotation marks is quoted.
        for quoted in prompt.split('"').skip(1).step_by(2).filter(|q| q.split_whitespace().count() > 2) {
            examples += 1;
            assert!(!runs.contains(quoted), "a model that copies “{quoted}” could not be told from one that read");
        }
    }
    assert!(examples >= 10, "{examples}");
}

#[test]
fn an_artefact_is_no_finding() {
    let (_dir, path) = session();
    let server = Server::start(|_, seen| match schema_name(&seen.body).as_str() {
        "verdict" => Answer::Says(
            r#"{"reasons":[{"ids":["t1"],"text":"Every answer ends in the middle of a word."}],"verdict":"artefact"}"#
                .into(),
        ),
        _ => Answer::Good,
    });
    let out = ask(&server.url, "judge", &path, &["--intent", "answer shorter", "--votes", "1"]);
    let said = text(&out);
    assert!(said.contains("artefact") && !said.contains("runs agree"), "{said} {}", complaint(&out));
    assert!(said.contains("this judge found something in 0 of 8"), "{said}");
}
