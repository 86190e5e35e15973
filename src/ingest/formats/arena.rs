//! Arena pairs: one row is two samples of one prompt.

use super::super::chat::{answers, turns};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Arena;

impl Importer for Arena {
    const NAME: &'static str = "arena pairs";

    fn sniff(record: &Record) -> bool {
        record.contains_key("conversation_a") && record.contains_key("conversation_b")
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = record.get("question_id").and_then(scalar);
        let fields = sink.fields(record, &["conversation_a", "conversation_b", "model_a", "model_b", "question_id"]);
        for side in ["a", "b"] {
            let chat = record.get(&format!("conversation_{side}")).and_then(turns).unwrap_or_default();
            let model = record.get(&format!("model_{side}")).and_then(scalar);
            let (found, several) = answers(&chat, context.options.turn);
            sink.conversation(several, found.len());
            for exchange in found {
                let mut id = id.as_ref().map(|i| format!("{i}/{side}"));
                if exchange.turn > 1 && context.options.turn == super::super::Turns::All {
                    id = id.map(|i| format!("{i}/turn-{}", exchange.turn));
                }
                let prompt = Some(RawPrompt::Asked(exchange.asked));
                let sample =
                    RawSample { id, model: model.clone(), prompt, fields: fields.clone(), ..RawSample::default() };
                sink.answer(sample, exchange.content, None);
            }
        }
        Ok(())
    }
}
