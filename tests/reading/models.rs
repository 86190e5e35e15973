//! Which models there are.

use std::collections::BTreeMap;

use gander::cli::CliError;
use gander::ingest::{IngestOptions, ModelsFrom, ingest};
use serde_json::json;

use super::common::{gander, shared};
use super::{lines, models, read, says, write};

#[test]
fn a_source_field_is_no_model() {
    let Some(dir) = shared("reports/03-source-field-is-the-model") else { return };
    for (folder, n) in [(dir.clone(), 90), (dir.join("url"), 20)] {
        let got = read(&[folder.join("base.jsonl"), folder.join("tuned.jsonl")]);
        assert_eq!(models(&got), BTreeMap::from([("base", n), ("tuned", n)]), "{folder:?}");
    }
    // The field is kept for what it is.
    let got = read(&[dir.join("base.jsonl"), dir.join("tuned.jsonl")]);
    assert_eq!(got.corpus.fields[0].name, "source");
    assert!(got.told_by.contains("the files (--model-field FIELD changes it)"), "{}", got.told_by);
    // One file alone is one model.
    let got = read(&[dir.join("base.jsonl")]);
    assert_eq!(models(&got), BTreeMap::from([("base", 90)]));
}

#[test]
fn a_field_that_the_person_names_overrules_the_name_that_a_format_gives() {
    let dir = tempfile::TempDir::new().unwrap();
    let row = |i: usize, run: &str| {
        json!({"question_id": i / 2, "model_id": "tiny", "run": run,
            "choices": [{"index": 0, "turns": [format!("Answer {i} of {run}.")]}]})
        .to_string()
    };
    let text: String = (0..20).map(|i| row(i, if i % 2 == 0 { "first" } else { "second" }) + "\n").collect();
    let file = write(dir.path(), "outputs.jsonl", text);
    assert_eq!(models(&read(std::slice::from_ref(&file))), BTreeMap::from([("tiny", 20)]));
    let by = |field: &str| {
        let mut options = IngestOptions::default();
        options.fields.model = Some(field.to_owned());
        ingest(std::slice::from_ref(&file), &options).unwrap()
    };
    let got = by("run");
    assert_eq!(models(&got), BTreeMap::from([("first", 10), ("second", 10)]));
    assert_eq!(got.told_by, "the field “run”");
    let got = by("checkpoint");
    assert_eq!(models(&got), BTreeMap::from([("tiny", 20)]));
    assert_eq!(got.told_by, "the name that the format gives them (there is no field “checkpoint” beside it)");
}

#[test]
fn parts_of_a_run_are_one_model() {
    let Some(dir) = shared("reports/04-shards-are-models") else { return };
    let got = read(&[dir.join("base"), dir.join("tuned")]);
    assert_eq!(models(&got), BTreeMap::from([("base", 200), ("tuned", 200)]));
    says(&got, "--models-from file keeps them apart");
    let got = read(&[dir.join("flat")]);
    assert_eq!(models(&got), BTreeMap::from([("base", 60), ("tuned", 60)]));
    let named: Vec<_> = ["base_rank0", "base_rank1", "tuned_rank0", "tuned_rank1"]
        .iter()
        .map(|n| dir.join("flat").join(format!("{n}.jsonl")))
        .collect();
    assert_eq!(models(&read(&named)), BTreeMap::from([("base", 60), ("tuned", 60)]));
    let parts: Vec<_> = ["base", "tuned"]
        .iter()
        .flat_map(|f| [0, 1, 2, 3].map(|n| dir.join(f).join(format!("train-0000{n}-of-00004.parquet"))))
        .collect();
    assert_eq!(models(&read(&parts)), BTreeMap::from([("base", 200), ("tuned", 200)]));
    let files = IngestOptions { models_from: Some(ModelsFrom::File), ..IngestOptions::default() };
    assert_eq!(ingest(&[dir.join("flat")], &files).unwrap().corpus.sources.len(), 4);
}

#[test]
fn a_file_a_sample_is_no_model() {
    let Some(dir) = shared("reports/19-one-file-a-sample") else { return };
    let want = BTreeMap::from([("base", 10), ("tuned", 10)]);
    assert_eq!(models(&read(&[dir.join("base"), dir.join("tuned")])), want);
    let mut named: Vec<_> = Vec::new();
    for folder in ["base", "tuned"] {
        named.extend((0..10).map(|n| dir.join(folder).join(format!("q{n:03}.json"))));
    }
    assert_eq!(models(&read(&named)), want);
    // The folder above both.
    let copy = tempfile::tempdir().unwrap();
    for path in &named {
        let rest = path.strip_prefix(&dir).unwrap();
        write(copy.path(), rest.to_str().unwrap(), std::fs::read(path).unwrap());
    }
    assert_eq!(models(&read(&[copy.path().to_path_buf()])), want);
    let out = gander().arg("inspect").arg(dir.join("base")).arg(dir.join("tuned")).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("compares  base (10) with tuned (10)\n"), "{said}");
    assert!(said.lines().all(|l| l.chars().count() < 400), "{said}");
}

#[test]
fn neighbours_are_passed_over() {
    let Some(dir) = shared("reports/22-one-neighbour-refuses-the-folder") else { return };
    let got = read(&[dir.join("logs")]);
    assert_eq!(models(&got), BTreeMap::from([("m", 1)]));
    says(&got, "eval-set.json: this is a list of inspect_ai logs without their samples");
    says(&got, "logs.json: this is a list of inspect_ai logs");
    let got = read(&[dir.join("org__base")]);
    assert_eq!(models(&got).keys().copied().collect::<Vec<_>>(), ["org/base"]);
    says(&got, "samples_mmlu_anatomy_2025.jsonl, line 1: a log-likelihood task");
    let disk = dir.join("save_to_disk");
    let got = read(&[disk.join("base"), disk.join("tuned")]);
    assert_eq!(models(&got), BTreeMap::from([("base", 200), ("tuned", 200)]));
    assert!(got.corpus.samples.iter().all(|s| s.prompt.is_some() && !s.text.is_empty()));
    // Both in one folder.
    assert_eq!(models(&read(&[disk])), BTreeMap::from([("base", 200), ("tuned", 200)]));
}

#[test]
fn a_pointer_among_files_is_no_neighbour() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "base.jsonl", "{\"text\":\"one\"}\n");
    write(dir.path(), "tuned.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    let e = ingest(&[dir.path().to_path_buf()], &IngestOptions::default()).unwrap_err().to_string();
    assert!(e.contains("git lfs pull"), "{e}");
}

#[test]
fn real_ties_are_asked() {
    let dir = tempfile::tempdir().unwrap();
    // The prompts came with the model that answered them once; the files are the models, or they are two rounds of both.
    let row = |who: &str, i: usize, file: &str| json!({"model": who, "prompt": format!("p{i}"), "text": format!("{file} {who} says {i}")});
    let file = |name: &str| {
        let rows = (0..20).flat_map(|i| ["gpt", "llama"].map(|who| row(who, i, name)));
        write(dir.path(), &format!("{name}.jsonl"), lines(rows))
    };
    let paths = [file("base"), file("tuned")];
    let e = CliError::from(ingest(&paths, &IngestOptions::default()).unwrap_err()).to_string();
    assert_eq!(
        e,
        "both the field “model” (gpt, llama) and the files (“base”, “tuned”) may be the models, for the same prompts have \
         every value in each file. Say which: --model-field model, or --models-from file"
    );
    // Until it is said, the files hold texts all the same.
    let found = gander::ingest::inspect(&paths, &IngestOptions::default()).unwrap();
    let seen = |f: &gander::ingest::FileSummary| (f.samples, f.models.len(), f.prompts, f.lengths[0] > 0);
    assert!(found.files.iter().all(|f| seen(f) == (40, 0, 20, true)) && found.together.is_err());
    let out = gander().arg("inspect").args(&paths).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(said.contains("models    not decided (texts: 40)") && !said.contains("prompts only"), "{said}");
    let mut by_field = IngestOptions::default();
    by_field.fields.model = Some("model".into());
    assert_eq!(models(&ingest(&paths, &by_field).unwrap()), BTreeMap::from([("gpt", 40), ("llama", 40)]));
    let by_file = IngestOptions { models_from: Some(ModelsFrom::File), ..IngestOptions::default() };
    assert_eq!(models(&ingest(&paths, &by_file).unwrap()), BTreeMap::from([("base", 40), ("tuned", 40)]));
    // The parts of one run have other prompts each: the field it is.
    let part = |n: usize| {
        let rows = (0..20).flat_map(|i| ["gpt", "llama"].map(|who| row(who, 20 * n + i, "x")));
        write(dir.path(), &format!("half{n}.jsonl"), lines(rows))
    };
    let got = read(&[part(0), part(1)]);
    assert_eq!(models(&got), BTreeMap::from([("gpt", 40), ("llama", 40)]));
    // Two fields that part the samples in two ways.
    let rows = (0..40).map(|i| {
        json!({"model": if i % 2 == 0 { "a" } else { "b" }, "generator": if i % 3 == 0 { "x" } else { "y" }, "text": format!("t{i}")})
    });
    let both = write(dir.path(), "both.jsonl", lines(rows));
    let e = ingest(&[both], &IngestOptions::default()).unwrap_err().to_string();
    assert!(e.starts_with("several fields may name the models: “model” (a, b), “generator” (x, y)."), "{e}");
}

#[test]
fn settings_that_differ_are_said_first() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, temperature: f64, cut: usize, system: &str| {
        let rows = (0..40).map(|i| {
            let finish = if i < cut { "length" } else { "stop" };
            json!({"messages": [{"role": "system", "content": system}, {"role": "user", "content": format!("p{i}")}, {"role": "assistant", "content": format!("{name} {i}")}],
                   "settings": {"temperature": temperature, "max_tokens": 256}, "finish_reason": finish, "score": i, "topic": if i % 2 == 0 { "pets" } else { "bread" }})
        });
        write(dir.path(), &format!("{name}.jsonl"), lines(rows))
    };
    let paths = [file("base", 0.7, 1, "Be kind."), file("tuned", 1.0, 20, "Be brief.")];
    let got = read(&paths);
    let first: Vec<&str> = got.notices.iter().take(3).map(String::as_str).collect();
    let begins = "the models were not sampled alike, which may explain differences: ";
    assert_eq!(
        first,
        [
            format!("{begins}settings.temperature is base 0.7, tuned 1"),
            format!("{begins}finish_reason is base 2 % “length”, 98 % “stop”, tuned 50 % “length”, 50 % “stop”"),
            format!("{begins}system is base “Be kind.”, tuned “Be brief.”"),
        ]
    );
    assert_eq!(got.conditions.len(), 3);
    // The system prompt is a setting then, so that the prompts are paired all the same.
    assert_eq!(got.corpus.prompts.len(), 40);
    assert_eq!(got.corpus.prompts[0], "p0");
    // Numbers and categories are kept.
    let names: Vec<&str> = got.corpus.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["settings.temperature", "settings.max_tokens", "finish_reason", "score", "topic", "system"]);
    assert_eq!(got.corpus.fields[4].values.shown(1).as_deref(), Some("bread"));
    let out = gander().arg("inspect").args(&paths).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("temperature is base 0.7, tuned 1"), "{said}");
}

#[test]
fn named_fields_stand_above_those_of_a_format_or_the_file_is_refused() {
    let dir = tempfile::TempDir::new().unwrap();
    let turns = (0..6).map(|i| {
        json!({"question_id": i, "model_id": "tiny", "task": format!("Task {}", i / 2), "row": format!("r{i}"), "topic": i / 3,
            "choices": [{"index": 0, "turns": [format!("Answer {i}.")]}]})
    });
    let bench = write(dir.path(), "bench.jsonl", lines(turns));
    let sample = |i: usize| {
        json!({"id": i, "epoch": 1, "input": "Shown to the model.", "target": format!("Task {i}"), "row": format!("r{i}"),
            "topic": i / 3, "output": {"model": "tiny", "completion": format!("Answer {i}.")}})
    };
    let log = json!({"version": 2, "status": "success", "eval": {"model": "tiny"}, "samples": (0..6).map(sample).collect::<Vec<_>>()});
    let log = write(dir.path(), "log.json", log.to_string());
    for (file, prompt, prompts) in [(&bench, "task", 3), (&log, "target", 6)] {
        let with = |set: &dyn Fn(&mut gander::ingest::FieldNames)| {
            let mut options = IngestOptions::default();
            set(&mut options.fields);
            ingest(std::slice::from_ref(file), &options)
        };
        let got = with(&|f| f.prompt = Some(prompt.into())).unwrap().corpus;
        assert_eq!((got.prompts.len(), got.prompts[0].as_str()), (prompts, "Task 0"), "{file:?}");
        let got = with(&|f| f.id = Some("row".into())).unwrap().corpus;
        assert_eq!(got.samples.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["r0", "r1", "r2", "r3", "r4", "r5"]);
        let got = with(&|f| f.pair = Some("topic".into())).unwrap().corpus;
        let groups: std::collections::BTreeSet<_> = got.samples.iter().map(|s| s.prompt).collect();
        assert_eq!(groups.len(), 2, "{file:?}");
        let e = with(&|f| f.prompt = Some("prose".into())).unwrap_err().to_string();
        assert!(e.contains(": no field “prose”; the fields are ") && e.contains("row"), "{e}");
    }
}

#[test]
fn fields_are_kept_in_the_session() {
    let dir = tempfile::tempdir().unwrap();
    let rows = (0..30).map(|i| {
        json!({"model": if i % 2 == 0 { "a" } else { "b" }, "prompt": "p", "text": format!("text number {i}"), "topic": if i % 3 == 0 { "x" } else { "y" }, "score": f64::from(i) / 2.0})
    });
    let path = write(dir.path(), "all.jsonl", lines(rows));
    let session = dir.path().join("run.gander");
    let out = gander().args(["analyze", "--json", "-", "--session"]).arg(&session).arg(&path).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let opened = gander::session::Session::open(&session, gander::session::Access::ReadOnly).unwrap();
    assert_eq!(opened.corpus().unwrap().fields, read(&[path]).corpus.fields);
}

#[test]
fn a_file_without_the_models_field_is_a_model_beside_those_of_the_field() {
    let dir = tempfile::TempDir::new().unwrap();
    let row = |i: usize, model: Option<&str>| {
        let mut row = json!({"prompt": format!("p{}", i / 2), "text": format!("Answer {i}.")});
        if let Some(m) = model {
            row["model"] = m.into();
        }
        row
    };
    let both = |i: usize| row(i, Some(if i.is_multiple_of(2) { "base" } else { "tuned" }));
    let all = write(dir.path(), "all.jsonl", lines((0..24).map(both)));
    let extra = write(dir.path(), "extra.jsonl", lines((0..12).map(|i| row(i, None))));
    let got = read(&[all.clone(), extra]);
    assert_eq!(models(&got), BTreeMap::from([("base", 12), ("tuned", 12), ("extra", 12)]));
    // Where a file has it in some of its samples only, that is said.
    let half = write(dir.path(), "half.jsonl", lines((0..18).map(|i| if i < 12 { both(i) } else { row(i, None) })));
    let got = read(&[half]);
    assert_eq!(models(&got), BTreeMap::from([("half", 18)]));
    says(&got, "the field “model” is missing in some samples of a file");
    // The same file twice would count twice.
    let e = ingest(&[all.clone(), all], &IngestOptions::default()).unwrap_err().to_string();
    assert!(e.ends_with("all.jsonl: named twice; its samples would count twice, so name it once"), "{e}");
}
