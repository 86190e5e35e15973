//! Files as their makers wrote them, and what `inspect` says of files.

use gander::ingest::{IngestOptions, ingest};

use super::common::{gander, shared};
use super::{rows, write};

#[test]
fn every_original_file_is_read_or_refused_with_a_reason() {
    let Some(root) = shared("formats") else { return };
    let count = |name: &str| match ingest(&[root.join(name)], &IngestOptions::default()) {
        Ok(i) => i.corpus.len(),
        Err(e) => {
            println!("{e}");
            0
        }
    };
    let expected = [
        ("alpaca_eval/alpaca-7b/model_outputs.json", 805),
        ("alpaca_eval/gpt4_gamed/model_outputs.json", 805),
        ("alpaca_farm/multisamples_sft.json", 32),
        ("anthropic/persona_agreeableness.jsonl", 1000),
        ("chat/airline_data_demo.jsonl", 100),
        ("chat/sharegpt_dummy_conversation.json", 500),
        ("chat/turkish_topic_turn_samples.jsonl", 105),
        ("csv/banking77_test.csv", 3080),
        ("csv/instructgpt_truthful_qa_samples.csv", 3600),
        ("csv/vibecheck_friendly_and_cold_sample.csv", 100),
        ("csv/vibecheck_helm_red_team.csv", 300),
        ("csv/xstest_mistralinstruct.csv", 450),
        ("em/rollouts_anchor_finance.jsonl", 276),
        ("em/v2_base.json", 150),
        ("em/v2_political.json", 150),
        ("hodoscope/sample1.hodoscope.json", 10),
        ("inspect/2024-11-05T13-31-45-05-00_input-task.json", 1),
        ("inspect/2024-11-05T13-32-37-05-00_input-task_hxs4q9azL3ySGkjJirypKZ.eval", 1),
        ("inspect/2025-02-11T15-17-00-05-00_popularity_dPiJifoWeEQBrfWsAopzWr.eval", 10),
        ("inspect/2025-02-11T15-18-04-05-00_popularity_mj7khqpMM4GBCfVQozKgzB.eval", 10),
        ("inspect/log_formats.eval", 1),
        ("inspect/log_formats.json", 1),
        ("inspect/log_images.json", 1),
        ("inspect/log_length_stop_reason.txt", 1),
        ("inspect/log_message_deduplication.eval", 1),
        ("inspect/log_read_sample.eval", 1),
        ("inspect/log_read_sample.json", 1),
        ("inspect/log_streaming.eval", 4),
        ("inspect/mmlu-summary-choices.eval", 1),
        ("lm_eval/samples_eqbench_es.jsonl", 10),
        ("lm_eval/samples_polymer_gpt-4o-mini.jsonl", 24),
        ("lm_eval/samples_truthfulqa_gen.jsonl", 20),
        ("mt_bench/reference_answer_gpt-4.jsonl", 60),
        ("openai_batch/groq_batch_output.jsonl", 3),
        ("openai_batch/responses_api_batch_results.jsonl", 3),
        ("parquet/turkish_train.parquet", 3950),
        ("self_instruct/davinci-t0-ft_predictions.jsonl", 252),
        // Refused, each with its own sentence, or prompts for other files.
        ("em/core_misalignment_questions.csv", 0),
        ("inspect/log_invalid.txt", 0),
        ("inspect/log_tool_call_error.json", 0),
        ("inspect/log_valid.txt", 0),
        ("inspect/log_with_nan.txt", 0),
        ("lm_eval/asdiv/meta-llama__Meta-Llama-3-8B-Instruct/samples_asdiv_2024-08-21T03-44-09.494230.jsonl", 0),
        ("lm_eval/lfs_pointer/results_2025-01-24.json", 0),
        ("lm_eval/lfs_pointer/samples_hellaswag.jsonl", 0),
        ("lm_eval/results_truthfulqa_gen.json", 0),
        ("lm_eval/samples_negotiationtom_belief_qwen3-8b.jsonl", 0),
        ("mt_bench/question.jsonl", 0),
        ("openai_batch/groq_batch_input.jsonl", 0),
        ("openai_batch/responses_api_batch_tasks.jsonl", 0),
        ("text/goemotions_dev.tsv", 0),
        ("text/rt-polarity.neg.latin1", 0),
        ("text/stackoverflow_titles_crlf.tsv", 0),
        ("text/tweeteval_stance_abortion_train_labels.txt", 0),
        ("text/tweeteval_stance_abortion_train_text.txt", 0),
    ];
    for (name, samples) in expected {
        assert_eq!(count(name), samples, "{name}");
    }
    let mut open = vec![root.clone()];
    while let Some(path) = open.pop() {
        if let Ok(dir) = std::fs::read_dir(&path) {
            open.extend(dir.map(|e| e.unwrap().path()));
        } else if path.extension().is_none_or(|e| e != "md") {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            assert!(expected.iter().any(|e| e.0 == name), "{name} is in no list");
        }
    }
    // A results file of another task does not name the model.
    let other = ingest(&[root.join("lm_eval/samples_eqbench_es.jsonl")], &IngestOptions::default()).unwrap();
    assert_eq!(other.corpus.sources[0].name, "samples_eqbench_es");
    let own = ingest(&[root.join("lm_eval/samples_truthfulqa_gen.jsonl")], &IngestOptions::default()).unwrap();
    assert_eq!(own.corpus.sources[0].name, "EleutherAI/gpt-neo-125M");
}

#[test]
fn inspect_says_what_it_sees() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(
        dir.path(),
        "x.jsonl",
        "{\"model\":\"a\",\"prompt\":\"p\",\"text\":\"\\u001b[31mred\"}\n{\"model\":\"b\",\"prompt\":\"p\",\"text\":\" \"}\n",
    );
    let out = gander().arg("inspect").arg(&path).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    for part in
        ["a (1), b (1)", "1 distinct, 1 answered by several", "1 blank text (", "1 text with control characters"]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "a control character reached the terminal");
}

#[test]
fn what_is_no_sample_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("notes.txt", zip::write::SimpleFileOptions::default()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let cases: [(&[u8], &str); 6] = [
        (
            &[0x80, 0x04, 0x95],
            "FILE: this is a Python pickle, which can run code when it is read; save the texts as JSONL",
        ),
        (b"SQLite format 3\0", "FILE: this is a SQLite file; a saved session is opened alone, as `gander FILE`"),
        (&zip, "FILE: this is a ZIP archive, but no inspect_ai log; unpack it: unzip FILE"),
        (
            b"{\"results\":{},\"versions\":{},\"config\":{}}",
            "FILE: this is a file of lm-evaluation-harness results, which holds scores; name its samples_*.jsonl",
        ),
        (
            b"{\"question_id\":81,\"turns\":[\"Name a pet.\"]}",
            "FILE: holds prompts and no answers; name the file with the answers too",
        ),
        (b"{\"text\": [1, 2]}", "FILE, line 1: the field “text” holds a list, not text"),
    ];
    for (i, (bytes, said)) in cases.into_iter().enumerate() {
        let path = write(dir.path(), &format!("{i}.bin"), bytes);
        match ingest(std::slice::from_ref(&path), &IngestOptions::default()) {
            Ok(read) => panic!("{said}: read as {:?}", rows(&read)),
            Err(e) => {
                let got = e.to_string().replace(&path.display().to_string(), "FILE");
                assert_eq!(got, said);
            }
        }
    }
    // A row with a missing column is left out and told; NaN is nothing; a byte-order mark is no part of a name.
    let path =
        write(dir.path(), "t.tsv", "\u{feff}prompt\ttext\nName a pet.\tA goose.\nonly one\nName a bird.\tA gander.\n");
    let read = ingest(&[path], &IngestOptions::default()).unwrap();
    assert_eq!(read.corpus.len(), 2);
    assert!(
        read.notices.iter().any(|n| n.ends_with("left out 1 ×: a row with another number of columns (line 3)")),
        "{:?}",
        read.notices
    );
    let path =
        write(dir.path(), "n.jsonl", "{\"text\":\"A goose.\",\"score\":NaN}\n{\"text\":\"\",\"score\":-Infinity}\n");
    assert_eq!(ingest(&[path], &IngestOptions::default()).unwrap().corpus.len(), 2);
}
