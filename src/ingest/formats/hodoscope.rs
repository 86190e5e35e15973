//! Hodoscope's summaries of trajectories.

use serde_json::Value;

use super::super::chat::content_text;
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Hodoscope;

impl Importer for Hodoscope {
    const NAME: &'static str = "Hodoscope summaries (the summaries are the texts)";

    fn sniff(record: &Record) -> bool {
        record.get("summaries").is_some_and(Value::is_array) && record.contains_key("embedding_model")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let model = record.get("fields").and_then(|f| f.get("model")).and_then(scalar);
        for s in record.get("summaries").and_then(Value::as_array).into_iter().flatten() {
            let id = match (s.get("trajectory_id").and_then(scalar), s.get("turn_id").and_then(scalar)) {
                (Some(t), Some(n)) => Some(format!("{t}/{n}")),
                (t, _) => t,
            };
            let prompt = s.get("task_context").map(content_text).and_then(RawPrompt::text);
            let text = s.get("summary").map(content_text).unwrap_or_default();
            let fields = s.get("metadata").and_then(Value::as_object).map(|m| sink.fields(m, &[])).unwrap_or_default();
            sink.push(RawSample { id, model: model.clone(), prompt, text, fields, ..RawSample::default() });
        }
        Ok(())
    }
}
