//! What an answer is.

use gander::ingest::{IngestOptions, Turns, ingest};
use serde_json::json;

use super::common::shared;
use super::{lines, prompts, read, says, texts, write};

#[test]
fn samples_that_ended_in_an_error_are_no_answers() {
    let Some(dir) = shared("reports/08-errored-samples-are-blank-answers") else { return };
    let got = read(&[dir.join("base.json"), dir.join("tuned.json")]);
    assert_eq!(got.corpus.source_sizes(), [200, 150]);
    assert!(texts(&got).iter().all(|t| !t.trim().is_empty()));
    says(&got, "tuned.json: left out 50 ×: a sample that ended in an error (APIConnectionError)");
}

#[test]
fn parts_of_an_answer_are_told_apart() {
    let Some(dir) = shared("reports/09-parts-read-as-json") else { return };
    for (file, calls) in [("inspect_log.json", true), ("claude_batch.jsonl", false)] {
        let got = read(&[dir.join(file)]);
        for t in texts(&got) {
            assert!(!t.contains(['{', '}']) && !t.contains("attachment") && t.len() > 60, "{file}: {t}");
        }
        says(&got, "reasoning, which is not read (--with-reasoning reads it)");
        if calls {
            says(&got, "1 answer also calls tools");
        } else {
            says(&got, "left out 1 ×: an answer that only calls tools");
            says(&got, "left out 1 ×: a refusal without a text");
        }
        let with = IngestOptions { with_reasoning: true, ..IngestOptions::default() };
        let all = ingest(&[dir.join(file)], &with).unwrap();
        let thought = ["Let me weigh this.", "The person wants 0"];
        assert!(texts(&all).iter().any(|t| thought.iter().any(|w| t.starts_with(w))), "{:?}", texts(&all));
        assert!(texts(&all).iter().all(|t| !t.contains("EuYBCkQYAiJAZ0") && !t.contains("Eq8BCkYIARgCKkBh")));
    }
}

#[test]
fn refusals_are_answers_and_calls_are_none() {
    let Some(dir) = shared("reports/10-refusal-field-lost") else { return };
    let got = read(&[dir.join("chat.jsonl")]);
    assert!(texts(&got).iter().all(|t| !t.trim().is_empty()), "{:?}", texts(&got));
    assert_eq!(texts(&got)[1], "I'm sorry, but I cannot assist with that.");
    says(&got, "left out 1 ×: an answer that only calls tools");
    says(&got, "2 answers are refusals in a field of their own");
    let got = read(&[dir.join("responses.jsonl")]);
    assert_eq!(texts(&got)[1], "I'm sorry, but I cannot assist with that.");
    let got = read(&[dir.join("messages.jsonl")]);
    assert_eq!(texts(&got), ["I cannot do that.", "Hello there.", "It is 42."]);
}

#[test]
fn tasks_in_one_file_are_told_apart() {
    let Some(dir) = shared("reports/17-lm-eval-several-tasks") else { return };
    let got = read(&[dir.join("all_tasks.jsonl")]);
    assert_eq!(got.corpus.len(), 60);
    assert!(got.notices.iter().all(|n| !n.contains("another filter")), "{:?}", got.notices);
    // Filters of one document are still one.
    let own = tempfile::tempdir().unwrap();
    let row = |task: &str, filter: &str| json!({"doc_id": 0, "doc_hash": task, "prompt_hash": task, "arguments": {"gen_args_0": {"arg_0": task, "arg_1": {"temperature": 0.5}}}, "resps": [["a"]], "filter": filter});
    let path = write(own.path(), "s.jsonl", lines([row("x", "strict"), row("x", "loose"), row("y", "strict")]));
    let got = read(&[path]);
    assert_eq!(prompts(&got), ["x", "y"]);
    says(&got, "left out 1 ×: the same document under another filter");
}

#[test]
fn messages_a_line_are_joined() {
    let Some(dir) = shared("reports/20-messages-a-line") else { return };
    for file in ["oasst.jsonl", "messages_per_line.jsonl"] {
        let got = read(&[dir.join(file)]);
        assert_eq!(got.corpus.len(), 10, "{file}");
        assert!(prompts(&got).iter().all(|p| p.ends_with('?')), "{file}: {:?}", prompts(&got));
        assert!(!texts(&got).iter().any(|t| t.ends_with('?')), "{file}");
    }
}

#[test]
fn the_turn_that_counts_can_be_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let turn = |role: &str, text: &str| json!({"role": role, "content": text});
    let chat = json!({"id": "c", "messages": [turn("user", "a?"), turn("assistant", "a."), turn("user", "b?"), turn("assistant", "b.")]});
    let short = json!({"id": "d", "messages": [turn("user", "c?"), turn("assistant", "c.")]});
    let path = write(dir.path(), "chats.jsonl", lines([chat, short]));
    let with = |turn| ingest(std::slice::from_ref(&path), &IngestOptions { turn, ..IngestOptions::default() }).unwrap();
    let last = with(Turns::Last);
    assert_eq!(texts(&last), ["b.", "c."]);
    says(&last, "1 other answer is not read: the last of each conversation is (--turn all or --turn N changes it)");
    assert_eq!(texts(&with(Turns::All)), ["a.", "b.", "c."]);
    let second = with(Turns::Nth(2));
    assert_eq!(texts(&second), ["b."]);
    says(&second, "left out 1 ×: a conversation without that turn");
}

#[test]
fn a_chain_of_messages_leads_to_its_last_answer() {
    let dir = tempfile::tempdir().unwrap();
    let m = |id: &str, parent: Option<&str>, role: &str, text: &str| json!({"message_id": id, "parent_id": parent, "role": role, "text": text});
    let rows = [
        m("1", None, "prompter", "Name a pet."),
        m("2", Some("1"), "assistant", "A goose."),
        m("3", Some("1"), "assistant", "A cat."),
        m("4", Some("2"), "prompter", "Why?"),
        m("5", Some("4"), "assistant", "It guards the house."),
    ];
    let path = write(dir.path(), "tree.jsonl", lines(rows));
    let got = read(std::slice::from_ref(&path));
    assert_eq!(texts(&got), ["A cat.", "It guards the house."]);
    assert_eq!(prompts(&got)[1], "prompter: Name a pet.\n\nassistant: A goose.\n\nprompter: Why?");
    let all = IngestOptions { turn: Turns::All, ..IngestOptions::default() };
    assert_eq!(texts(&ingest(&[path], &all).unwrap()).len(), 3);
    // Conversations that are mixed line by line.
    let m = |c: &str, role: &str, text: &str| json!({"conversation_id": c, "role": role, "content": text});
    let rows = [m("x", "user", "x?"), m("y", "user", "y?"), m("x", "assistant", "x."), m("y", "assistant", "y.")];
    let got = read(&[write(dir.path(), "mixed.jsonl", lines(rows))]);
    assert_eq!((texts(&got), prompts(&got)), (vec!["x.", "y."], vec!["x?", "y?"]));
}

#[test]
fn reasoning_is_no_answer_however_it_is_marked() {
    let dir = tempfile::tempdir().unwrap();
    let said = [
        "<think>It never ends",
        "It may be a goose.\n</think>\n\nA goose.",
        "<think>Hm.</think>A swan.",
        "The mark `</think>` ends it.",
    ];
    let got = read(&[write(dir.path(), "t.jsonl", lines(said.iter().map(|t| json!({"model": "m", "text": t}))))]);
    assert_eq!(texts(&got), ["A goose.", "A swan.", said[3]]);
    says(&got, "left out 1 ×: an answer that ends within its reasoning");
}
