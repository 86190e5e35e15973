//! LLM Comparator: two models, and an answer of each to every example.

use serde_json::Value;

use super::super::chat::{asked_by, content_of};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Comparator;

impl Importer for Comparator {
    const NAME: &'static str = "LLM Comparator";

    fn sniff(record: &Record) -> bool {
        ["models", "examples"].iter().all(|n| record.get(*n).is_some_and(Value::is_array))
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let list = |name: &str| record.get(name).and_then(Value::as_array);
        let name = |n: usize| list("models").and_then(|m| m.get(n)?.get("name")).and_then(scalar);
        for example in list("examples").into_iter().flatten() {
            let prompt = example.get("input_text").map(asked_by).map(RawPrompt::Asked);
            let own = example.as_object().map(|e| sink.fields(e, &["input_text", "output_text_a", "output_text_b"]));
            for (n, field) in ["output_text_a", "output_text_b"].into_iter().enumerate() {
                let content = example.get(field).map(content_of).unwrap_or_default();
                let (prompt, fields) = (prompt.clone(), own.clone().unwrap_or_default());
                sink.answer(RawSample { model: name(n), prompt, fields, ..RawSample::default() }, content, None);
            }
        }
        Ok(())
    }
}
