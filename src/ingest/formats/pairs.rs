//! StringSight's paired rows: two answers in one record.

use serde_json::Value;

use super::super::chat::{Content, answers, asked_by, content_of, turns};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Pairs;

impl Importer for Pairs {
    const NAME: &'static str = "pairs of answers";

    fn sniff(record: &Record) -> bool {
        record.contains_key("model_a_response") && record.contains_key("model_b_response")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let asked = record.get("prompt").or_else(|| record.get("question")).map(asked_by);
        let without = ["prompt", "question", "model_a", "model_b", "model_a_response", "model_b_response"];
        let fields = sink.fields(record, &without);
        for side in ["model_a", "model_b"] {
            let answer = record.get(&format!("{side}_response")).unwrap_or(&Value::Null);
            let model = record.get(side).and_then(scalar).or_else(|| Some(side.to_owned()));
            let prompt = asked.clone().map(RawPrompt::Asked);
            let sample = RawSample { model, prompt, fields: fields.clone(), ..RawSample::default() };
            sink.answer(sample, last_answer(answer), None);
        }
        Ok(())
    }
}

/// The last answer of a chat, or the text itself.
pub(super) fn last_answer(value: &Value) -> Content {
    match turns(value) {
        Some(chat) => answers(&chat, super::super::Turns::Last).0.pop().map(|e| e.content).unwrap_or_default(),
        None => content_of(value),
    }
}
