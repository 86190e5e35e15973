//! What evaluation and tracing tools write, in small files of our own.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, ListArray, RecordBatch, StringArray, StructArray};
use serde_json::json;

use super::{lines, models, prompts, read, says, texts, write};

#[test]
fn promptfoo_of_both_versions() {
    let dir = tempfile::tempdir().unwrap();
    let chat = r#"[{"role":"system","content":"Be kind."},{"role":"user","content":"Name a pet."}]"#;
    let result = |provider: serde_json::Value, prompt: &str, response: serde_json::Value, error: serde_json::Value| json!({"provider": provider, "prompt": {"raw": prompt, "label": "l"}, "vars": {"topic": "pets"}, "response": response, "error": error, "success": true, "score": 1.0, "namedScores": {"kind": 0.5}});
    let new = json!({"evalId": "e", "config": {}, "results": {"version": 3, "prompts": [], "stats": {}, "results": [
        result(json!({"id": "openai:base", "label": "base"}), chat, json!({"output": "A goose."}), json!(null)),
        result(json!({"id": "openai:tuned", "label": "tuned"}), chat, json!({"output": "A gander."}), json!("Expected output to contain cat")),
        result(json!({"id": "openai:tuned", "label": "tuned"}), chat, json!(null), json!("API error: 500")),
    ]}});
    let got = read(&[write(dir.path(), "new.json", new.to_string())]);
    assert_eq!(
        (texts(&got), models(&got)),
        (vec!["A goose.", "A gander."], BTreeMap::from([("base", 1), ("tuned", 1)]))
    );
    assert_eq!(prompts(&got), ["Name a pet."; 2]);
    says(&got, "left out 1 ×: a failed request (API error)");
    assert!(got.corpus.fields.iter().any(|f| f.name == "scores.kind"));
    let old = json!({"version": 2, "results": {"version": 2, "results": [
        result(json!("openai:base"), "Name a pet.", json!({"output": "A goose."}), json!(null)),
        result(json!("openai:tuned"), "Name a pet.", json!({"output": "A gander."}), json!(null)),
    ], "stats": {}, "table": {"head": {}, "body": []}}});
    let got = read(&[write(dir.path(), "old.json", old.to_string())]);
    assert_eq!(models(&got), BTreeMap::from([("openai:base", 1), ("openai:tuned", 1)]));
    // One result a line.
    let rows = old["results"]["results"].as_array().unwrap().clone();
    assert_eq!(texts(&read(&[write(dir.path(), "rows.jsonl", lines(rows))])), ["A goose.", "A gander."]);
}

/// An Arrow stream, as `save_to_disk` writes it.
fn arrow(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut out = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut out, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    out
}

#[test]
fn datasets_saved_to_disk() {
    let dir = tempfile::tempdir().unwrap();
    let strings = |list: &[&str]| Arc::new(StringArray::from(list.to_vec())) as ArrayRef;
    let field = |name: &str| Arc::new(arrow_schema::Field::new(name, arrow_schema::DataType::Utf8, true));
    let turns = StructArray::from(vec![
        (field("role"), strings(&["user", "assistant", "user", "assistant"])),
        (field("content"), strings(&["Pet?", "A goose.", "Bird?", "A gander."])),
    ]);
    let item = Arc::new(arrow_schema::Field::new("item", turns.data_type().clone(), true));
    let offsets = arrow_buffer::OffsetBuffer::new(vec![0, 2, 4].into());
    let chats = Arc::new(ListArray::new(item, offsets, Arc::new(turns), None)) as ArrayRef;
    let step = Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef;
    write(dir.path(), "base/data-00000-of-00001.arrow", arrow(vec![("messages", chats), ("step", step)]));
    write(dir.path(), "base/state.json", r#"{"_data_files": [], "_fingerprint": "x"}"#);
    write(dir.path(), "base/dataset_info.json", r#"{"citation": "", "features": {}}"#);
    let got = read(&[dir.path().join("base")]);
    assert_eq!((prompts(&got), texts(&got)), (vec!["Pet?", "Bird?"], vec!["A goose.", "A gander."]));
    assert_eq!(models(&got), BTreeMap::from([("base", 2)]));
    says(&got, "dataset_info.json: this is the description of a Hugging Face dataset");
}

#[test]
fn completions_of_trainers() {
    let dir = tempfile::tempdir().unwrap();
    // verl: a file a step.
    for step in [2, 10] {
        let rows = (0..3).map(|i| json!({"input": format!("q{i}"), "output": format!("step {step} says {i}"), "gts": "4", "score": 0.5, "step": step}));
        write(dir.path(), &format!("rollouts/{step}.jsonl"), lines(rows));
    }
    let got = read(&[dir.path().join("rollouts")]);
    let names: Vec<&str> = got.corpus.sources.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["2", "10"]);
    assert_eq!(prompts(&got)[0], "q0");
    assert!(got.corpus.fields.iter().any(|f| f.name == "score"));
    // TRL: chats as lists of messages, and the rewards beside them.
    let row = |i: usize| json!({"step": 100, "prompt": [{"role": "user", "content": format!("q{i}")}], "completion": [{"role": "assistant", "content": format!("answer {i}")}], "accuracy_reward": 1.0, "advantage": 0.2});
    let got = read(&[write(dir.path(), "completions_00100.jsonl", lines((0..3).map(row)))]);
    assert_eq!((prompts(&got)[0], texts(&got)[0]), ("q0", "answer 0"));
    assert_eq!(models(&got), BTreeMap::from([("completions_00100", 3)]));
}

#[test]
fn trees_of_open_assistant() {
    let dir = tempfile::tempdir().unwrap();
    let tree = json!({"message_tree_id": "1", "prompt": {"message_id": "1", "role": "prompter", "text": "Name a pet.", "replies": [
        {"message_id": "2", "role": "assistant", "text": "A goose.", "lang": "en", "replies": [
            {"message_id": "3", "role": "prompter", "text": "Why?", "replies": [{"message_id": "4", "role": "assistant", "text": "It guards.", "lang": "en", "replies": []}]}]},
        {"message_id": "5", "role": "assistant", "text": "A cat.", "lang": "en", "replies": []},
    ]}});
    let got = read(&[write(dir.path(), "trees.jsonl", lines([tree]))]);
    assert_eq!(texts(&got), ["It guards.", "A cat."]);
    assert_eq!(prompts(&got)[0], "prompter: Name a pet.\n\nassistant: A goose.\n\nprompter: Why?");
}

#[test]
fn spans_and_runs_of_tracing_tools() {
    let dir = tempfile::tempdir().unwrap();
    let message = |role: &str, text: &str| json!({"message.role": role, "message.content": text});
    let span = |kind: &str, status: &str, out: serde_json::Value| json!({"context.span_id": "s", "span_kind": kind, "status_code": status, "status_message": "Timeout: 60 s", "attributes.llm.model_name": "m", "attributes.llm.invocation_parameters": "{\"temperature\": 0.5}", "attributes.llm.input_messages": [message("system", "Be kind."), message("user", "Pet?")], "attributes.llm.output_messages": out});
    let phoenix = [
        span("LLM", "OK", json!([message("assistant", "A goose.")])),
        span("CHAIN", "OK", json!([message("assistant", "not one")])),
        span("LLM", "ERROR", json!(null)),
    ];
    let got = read(&[write(dir.path(), "phoenix.jsonl", lines(phoenix))]);
    assert_eq!(
        (prompts(&got), texts(&got), models(&got)),
        (vec!["Pet?"], vec!["A goose."], BTreeMap::from([("m", 1)]))
    );
    says(&got, "left out 1 ×: a span that ended in an error (Timeout)");

    let lc = |name: &str, text: &str| json!({"lc": 1, "type": "constructor", "id": ["langchain", "schema", name], "kwargs": {"content": text}});
    let run = |out: serde_json::Value, error: serde_json::Value| {
        json!({"id": "r", "run_type": "llm", "error": error, "extra": {"metadata": {"ls_model_name": "m"}, "invocation_params": {"temperature": 0.5}},
               "inputs": {"messages": [[lc("HumanMessage", "Pet?")]]}, "outputs": out})
    };
    let langsmith = [
        run(json!({"generations": [[{"text": "A goose.", "message": lc("AIMessage", "A goose.")}]]}), json!(null)),
        run(json!(null), json!("RateLimitError('busy')")),
    ];
    let got = read(&[write(dir.path(), "langsmith.jsonl", lines(langsmith))]);
    assert_eq!(
        (prompts(&got), texts(&got), models(&got)),
        (vec!["Pet?"], vec!["A goose."], BTreeMap::from([("m", 1)]))
    );
    says(&got, "left out 1 ×: a run that ended in an error (RateLimitError)");
    let csv = "id,inputs,outputs\n1,\"{\"\"question\"\": \"\"Pet?\"\"}\",\"{\"\"output\"\": \"\"A goose.\"\"}\"\n";
    let got = read(&[write(dir.path(), "langsmith.csv", csv)]);
    assert_eq!((prompts(&got), texts(&got)), (vec!["Pet?"], vec!["A goose."]));

    let generation = |model: &str, out: serde_json::Value, level: &str| {
        json!({"id": "g", "type": "GENERATION", "name": "chat", "model": model, "modelParameters": {"temperature": 0.5}, "level": level, "statusMessage": if level == "ERROR" { json!("Overloaded: later") } else { json!(null) },
               "input": [{"role": "user", "content": "Pet?"}], "output": out})
    };
    let langfuse = [
        generation("a", json!({"role": "assistant", "content": "A goose."}), "DEFAULT"),
        generation("b", json!("A gander."), "DEFAULT"),
        generation("b", json!(null), "ERROR"),
    ];
    let got = read(&[write(dir.path(), "langfuse.jsonl", lines(langfuse))]);
    assert_eq!((prompts(&got), texts(&got)), (vec!["Pet?"; 2], vec!["A goose.", "A gander."]));
    assert_eq!(models(&got), BTreeMap::from([("a", 1), ("b", 1)]));
    says(&got, "left out 1 ×: a record that ended in an error (Overloaded)");
}

#[test]
fn bare_replies_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let reply = |model: &str, text: &str| json!({"id": "x", "object": "chat.completion", "model": model, "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]});
    let got = read(&[write(dir.path(), "r.jsonl", lines([reply("a", "one"), reply("b", "two")]))]);
    assert_eq!((texts(&got), models(&got)), (vec!["one", "two"], BTreeMap::from([("a", 1), ("b", 1)])));
}

#[test]
fn what_is_no_call_of_a_model_is_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let call = |i: usize| {
        json!({"id": format!("o{i}"), "traceId": "t", "type": "GENERATION", "model": "m", "input": "Pet?",
            "output": json!({"role": "assistant", "content": format!("Goose {i}.")}).to_string()})
    };
    let span =
        json!({"id": "s", "traceId": "t", "type": "SPAN", "model": null, "input": "Pet?", "output": {"steps": 3}});
    let got = read(&[write(dir.path(), "lf.jsonl", lines([span].into_iter().chain((0..3).map(call))))]);
    assert_eq!((texts(&got), models(&got)), (vec!["Goose 0.", "Goose 1.", "Goose 2."], BTreeMap::from([("m", 3)])));
    says(&got, "left out 1 ×: a span or event that is no call of a model");
    let span = |kind: &str, status: &str, out: Option<&str>| {
        let mut span = json!({"span_kind": kind, "status_code": status, "attributes.llm.model_name": "m", "attributes.input.value": "Pet?",
            "attributes.openinference.span.kind": kind});
        if let Some(out) = out {
            span["attributes.output.value"] = out.into();
        }
        span
    };
    let spans = [
        span("LLM", "OK", Some("A goose.")),
        span("LLM", "ERROR", None),
        span("CHAIN", "OK", None),
        span("LLM", "OK", None),
    ];
    let got = read(&[write(dir.path(), "px.jsonl", lines(spans))]);
    assert_eq!(texts(&got), ["A goose."]);
    says(&got, "left out 1 ×: a span that is no call of a model");
    says(&got, "left out 1 ×: a span without an output");
}
