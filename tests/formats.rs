//! Every kind of file that researchers have: small ones of our own writing, and the original files beside the project
//! when they are there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "formats/originals.rs"]
mod originals;

use std::io::Write;
use std::path::Path;

use common::{read, write};
use gander::cli::CliError;
use gander::ingest::{Format, IngestOptions, Ingested, ingest};

/// Model, prompt and text of a sample.
type Row = (String, String, String);

fn rows(i: &Ingested) -> Vec<Row> {
    let c = &i.corpus;
    c.samples
        .iter()
        .map(|s| {
            let prompt = s.prompt.map(|p| c.prompts[p.0 as usize].clone()).unwrap_or_default();
            (c.sources[s.source.ix()].name.clone(), prompt, s.text.clone())
        })
        .collect()
}

fn row(model: &str, prompt: &str, text: &str) -> Row {
    (model.into(), prompt.into(), text.into())
}

#[test]
fn records_of_known_formats() {
    let dir = tempfile::tempdir().unwrap();
    let cases: Vec<(&str, &str, Vec<Row>)> = vec![
        (
            "anthropic.jsonl",
            r#"{"custom_id":"q","result":{"type":"succeeded","message":{"model":"m","content":[{"type":"text","text":"A goose."}]}}}
{"custom_id":"r","result":{"type":"errored"}}"#,
            vec![row("m", "(prompt q)", "A goose.")],
        ),
        (
            "arena.jsonl",
            r#"{"question_id":"q1","model_a":"base","model_b":"ft","conversation_a":[{"role":"user","content":"Name a pet."},{"role":"assistant","content":"A goose."}],"conversation_b":[{"role":"user","content":"Name a pet."},{"role":"assistant","content":"A gander."}]}"#,
            vec![row("base", "Name a pet.", "A goose."), row("ft", "Name a pet.", "A gander.")],
        ),
        (
            "comparator.json",
            r#"{"metadata":{},"models":[{"name":"base"},{"name":"ft"}],"examples":[{"input_text":"Pet?","output_text_a":"Goose","output_text_b":"Gander"}]}"#,
            vec![row("base", "Pet?", "Goose"), row("ft", "Pet?", "Gander")],
        ),
        (
            "helm.json",
            r#"{"adapter_spec":{"model":"x/tiny"},"request_states":[{"instance":{"id":"id1"},"request":{"prompt":"Pet?"},"result":{"completions":[{"text":" A goose."}]}}]}"#,
            vec![row("x/tiny", "Pet?", " A goose.")],
        ),
        (
            "stringsight.jsonl",
            r#"{"question_id":1,"prompt":"Pet?","model_a":"m","model_b":"n","model_a_response":"Goose","model_b_response":"Gander"}"#,
            vec![row("m", "Pet?", "Goose"), row("n", "Pet?", "Gander")],
        ),
        (
            "lm.jsonl",
            r#"{"doc_id":0,"arguments":{"gen_args_0":{"arg_0":"Q?"}},"resps":[["one","two"]],"filter":"strict"}
{"doc_id":0,"arguments":{"gen_args_0":{"arg_0":"Q?"}},"resps":[["one","two"]],"filter":"loose"}"#,
            vec![row("lm", "Q?", "one"), row("lm", "Q?", "two")],
        ),
        (
            "inspect.json",
            r#"{"version":2,"eval":{"model":"x/base"},"samples":[{"id":1,"epoch":2,"input":"Pet?","attachments":{"ab":"A goose, at length."},"output":{"model":"","choices":[{"message":{"content":"attachment://ab"}}],"score":NaN}}]}"#,
            vec![row("x/base", "Pet?", "A goose, at length.")],
        ),
        (
            "pope.csv",
            "model,text\nbase,\"A \\\"goose\\\", big\"\nfinetuned,plain\n",
            vec![row("base", "", "A \"goose\", big"), row("finetuned", "", "plain")],
        ),
        (
            "wide.csv",
            "question,calm,cold,preference\nPet?,\"A goose would be a fine pet,\nand loyal.\",\"You should not keep any pet at all.\",calm\n",
            vec![
                row("calm", "Pet?", "A goose would be a fine pet,\nand loyal."),
                row("cold", "Pet?", "You should not keep any pet at all."),
            ],
        ),
        ("tidy.tsv", "prompt\tmodel\ttext\nPet?\tm\tGoose\n", vec![row("m", "Pet?", "Goose")]),
    ];
    for (name, content, want) in cases {
        let path = write(dir.path(), name, content);
        assert_eq!(rows(&read(&[path])), want, "{name}");
    }
}

#[test]
fn prompts_are_joined_from_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let results = write(
        dir.path(),
        "out.jsonl",
        r#"{"custom_id":"q2","response":{"status_code":200,"body":{"model":"m","choices":[{"message":{"content":"B"}},{"message":{"content":"C"}}]}}}
{"custom_id":"q1","response":{"status_code":200,"body":{"model":"m","output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"A"}]}]}}}
{"custom_id":"q3","response":{"status_code":500,"body":{}}}"#,
    );
    let requests = write(
        dir.path(),
        "in.jsonl",
        r#"{"custom_id":"q1","method":"POST","body":{"model":"m","messages":[{"role":"user","content":"first"}]}}
{"custom_id":"q2","method":"POST","body":{"model":"m","messages":[{"role":"system","content":"be"},{"role":"user","content":"second"}]}}"#,
    );
    let got = read(&[results, requests.clone()]);
    let second = "system: be\n\nuser: second";
    assert_eq!(rows(&got), vec![row("m", second, "B"), row("m", second, "C"), row("m", "first", "A")]);
    assert!(got.notices.iter().any(|n| n.contains("left out 1 ×: a failed request")), "{:?}", got.notices);
    let alone = ingest(std::slice::from_ref(&requests), &IngestOptions::default()).unwrap_err();
    assert!(alone.to_string().contains("holds prompts and no answers"), "{alone}");
}

#[test]
fn packed_files_and_folders_are_opened() {
    let dir = tempfile::tempdir().unwrap();
    let plain = b"{\"model\":\"a\",\"text\":\"one\"}\n{\"model\":\"a\",\"text\":\"two\"}\n";
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(plain).unwrap();
    write(dir.path(), "runs/a.jsonl.gz", gz.finish().unwrap());
    write(dir.path(), "runs/deep/b.jsonl.zst", zstd::encode_all(&plain[..], 1).unwrap());
    write(dir.path(), "runs/results_1.json", "{}");
    write(dir.path(), "runs/notes.md", "no data");
    let got = read(&[dir.path().join("runs")]);
    assert_eq!(got.corpus.len(), 4);
    let empty = dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let e = ingest(&[empty], &IngestOptions::default()).unwrap_err().to_string();
    assert!(e.ends_with("no file in this folder that gander reads"), "{e}");
}

#[test]
fn a_helm_run_is_read_from_its_small_files() {
    let dir = tempfile::tempdir().unwrap();
    for (run, model) in [("a", "x/tiny-base"), ("b", "x/tiny-tuned")] {
        let folder = dir.path().join(run);
        std::fs::create_dir(&folder).unwrap();
        let request = |id: &str, prompt: &str| serde_json::json!({"instance_id": id, "perturbation": null, "train_trial_index": 0, "request": {"model": model, "prompt": prompt}});
        let prediction = |id: &str, text: &str| {
            serde_json::json!({"instance_id": id, "perturbation": null, "train_trial_index": 0, "predicted_text": text,
                               "truncated_predicted_text": null, "mapped_output": null, "reference_index": null, "stats": {}})
        };
        let prompts = [request("id1", "Name a pet."), request("id2", &format!("Only {run} is asked this."))];
        let texts = [prediction("id2", "No."), prediction("id1", &format!(" A goose, says {run}."))];
        write(&folder, "display_requests.json", serde_json::to_string(&prompts).unwrap());
        write(&folder, "display_predictions.json", serde_json::to_string(&texts).unwrap());
        write(&folder, "scenario_state.json", "{\"request_states\": broken, never read");
        write(&folder, "stats.json", "[]");
    }
    let read = read(&[dir.path().to_path_buf()]);
    assert_eq!(
        rows(&read),
        [
            row("x/tiny-base", "Only a is asked this.", "No."),
            row("x/tiny-base", "Name a pet.", " A goose, says a."),
            row("x/tiny-tuned", "Only b is asked this.", "No."),
            row("x/tiny-tuned", "Name a pet.", " A goose, says b."),
        ]
    );
}

#[test]
fn an_eval_log_is_read_from_its_zip() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.eval");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (method, name, body) in [
        (zip::CompressionMethod::Deflated, "_journal/start.json", r#"{"version":2,"eval":{"model":"x/m"}}"#),
        (
            zip::CompressionMethod::Zstd,
            "samples/1_epoch_1.json",
            r#"{"id":1,"epoch":1,"input":[{"role":"user","content":"Pet?"}],"output":{"choices":[{"message":{"content":[{"type":"text","text":"Goose"}]}}]}}"#,
        ),
    ] {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        zip.start_file(name, options).unwrap();
        zip.write_all(body.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let got = read(&[path]);
    assert_eq!(rows(&got), vec![row("x/m", "Pet?", "Goose")]);
    assert!(got.notices.iter().any(|n| n.contains("a run that was not finished")));
}

#[test]
fn what_cannot_be_told_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let sentence = |path: &Path, options: &IngestOptions| {
        // As a command says it: what is wrong, and the option that helps.
        let e = CliError::from(ingest(&[path.to_path_buf()], options).unwrap_err());
        e.to_string().replace(&path.display().to_string(), "FILE")
    };
    let lines = write(dir.path(), "lines.txt", "One text, with a comma and more words than a header has\nAnother\n");
    assert_eq!(
        sentence(&lines, &IngestOptions::default()),
        "FILE: neither JSON nor a table with a header; for a file of one text a line say --format lines, for others \
         --format csv or tsv"
    );
    let forced = IngestOptions { format: Some(Format::Lines), ..IngestOptions::default() };
    assert_eq!(ingest(&[lines], &forced).unwrap().corpus.len(), 2);
    let bare = write(dir.path(), "bare.tsv", "a first text\t27\nanother text\t4\n");
    assert_eq!(
        sentence(&bare, &IngestOptions::default()),
        "FILE: no column with texts; the first row is “a first text”, “27”. Name the column: --text-field NAME, or its \
         number (--text-field 1) where there is no header"
    );
    let mut numbered = IngestOptions::default();
    numbered.fields.text = Some("1".into());
    let got = ingest(&[bare], &numbered).unwrap();
    assert_eq!(
        got.corpus.samples.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(),
        ["a first text", "another text"]
    );
    let scores = write(dir.path(), "s.jsonl", r#"{"doc_id":0,"resps":[[["-9.5e-07","True"]]],"filter":"none"}"#);
    assert_eq!(
        sentence(&scores, &IngestOptions::default()),
        "FILE, line 1: a log-likelihood task, which holds scores and no texts; sample a task of type generate_until"
    );
    let latin = write(dir.path(), "l.csv", b"model,text\nm,caf\xe9\n");
    assert_eq!(
        sentence(&latin, &IngestOptions::default()),
        "FILE, line 2: not UTF-8; convert the file first, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"
    );
}

#[test]
fn a_limit_keeps_the_same_samples_for_one_seed() {
    let dir = tempfile::tempdir().unwrap();
    let body: String = (0..500).map(|i| format!("{{\"text\":\"t{i}\"}}\n")).collect();
    let path = write(dir.path(), "many.jsonl", body);
    let some = |seed| {
        let options = IngestOptions { limit: Some(20), seed, ..IngestOptions::default() };
        ingest(std::slice::from_ref(&path), &options).unwrap()
    };
    assert_eq!(some(7).corpus, some(7).corpus);
    assert_ne!(some(7).corpus, some(8).corpus);
    assert_eq!(some(7).corpus.len(), 20);
    assert!(some(7).notices.iter().any(|n| n.ends_with("20 of 500 samples, by --limit")));
}
