//! MT-Bench: questions of several turns, and the answers to each.

use serde_json::Value;

use super::super::Turns;
use super::super::chat::{content_of, content_text};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Questions;

impl Importer for Questions {
    const NAME: &'static str = "MT-Bench questions (prompts for the answers)";

    fn sniff(record: &Record) -> bool {
        record.contains_key("question_id") && record.contains_key("turns")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = record.get("question_id").and_then(scalar).unwrap_or_default();
        for (n, turn) in record.get("turns").and_then(Value::as_array).into_iter().flatten().enumerate() {
            sink.file.prompts.insert(format!("{id}/{}", n + 1), content_text(turn).into());
        }
        Ok(())
    }
}

/// Every turn is a sample, for each has a question of its own; `--turn N` keeps one.
pub(super) struct Answers;

impl Importer for Answers {
    const NAME: &'static str = "MT-Bench answers (every turn is a sample)";

    fn sniff(record: &Record) -> bool {
        record.contains_key("model_id") && record.contains_key("choices")
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = record.get("question_id").and_then(scalar).unwrap_or_default();
        let model = record.get("model_id").and_then(scalar);
        let fields = sink.fields(record, &["question_id", "answer_id", "model_id", "choices", "tstamp"]);
        for choice in record.get("choices").and_then(Value::as_array).into_iter().flatten() {
            for (n, turn) in choice.get("turns").and_then(Value::as_array).into_iter().flatten().enumerate() {
                if matches!(context.options.turn, Turns::Nth(k) if k != n + 1) {
                    continue;
                }
                let id = format!("{id}/{}", n + 1);
                let (prompt, fields) = (Some(RawPrompt::Id(id.clone())), fields.clone());
                let sample = RawSample { id: Some(id), model: model.clone(), prompt, fields, ..RawSample::default() };
                sink.answer(sample, content_of(turn), None);
            }
        }
        Ok(())
    }
}
