//! Anthropic's model-written evaluations.

use super::super::chat::content_text;
use super::super::error::IngestError;
use super::super::sink::{RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Statements;

impl Importer for Statements {
    const NAME: &'static str = "Anthropic model-written evaluations (the statements are the texts)";

    fn sniff(record: &Record) -> bool {
        record.contains_key("statement") && record.contains_key("answer_matching_behavior")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let text = record.get("statement").map(content_text).unwrap_or_default();
        let fields = sink.fields(record, &["statement", "question"]);
        sink.push(RawSample { text, fields, ..RawSample::default() });
        Ok(())
    }
}
