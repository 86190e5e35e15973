//! Results by category: `results: {category: [{probe, response}]}`.

use serde_json::Value;

use super::super::chat::asked_by;
use super::super::error::IngestError;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::pairs::last_answer;
use super::{Context, Importer, Record};

const PROBE: [&str; 4] = ["probe", "prompt", "question", "instruction"];
const ANSWER: [&str; 4] = ["response", "answer", "output", "completion"];

pub(super) struct Categories;

impl Importer for Categories {
    const NAME: &'static str = "results by category";

    fn sniff(record: &Record) -> bool {
        let Some(categories) = record.get("results").and_then(Value::as_object) else { return false };
        let mut lists = categories.values().filter_map(Value::as_array).flatten().peekable();
        lists.peek().is_some() && lists.all(|r| first(r, &ANSWER).is_some_and(|(_, a)| !a.is_object()))
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let Some(categories) = record.get("results").and_then(Value::as_object) else { return Ok(()) };
        for (category, list) in categories {
            for (n, r) in list.as_array().into_iter().flatten().enumerate() {
                let (answer, text) = first(r, &ANSWER).unwrap_or(("", &Value::Null));
                let asked = first(r, &PROBE);
                let mut fields =
                    r.as_object().map(|m| sink.fields(m, &[answer, asked.map_or("", |a| a.0)])).unwrap_or_default();
                fields.extend(sink.file.pool.value("category", &Value::from(category.as_str())));
                let prompt = asked.map(|a| RawPrompt::Asked(asked_by(a.1)));
                let id = Some(format!("{category}/{}", n + 1));
                sink.answer(RawSample { id, prompt, fields, ..RawSample::default() }, last_answer(text), None);
            }
        }
        Ok(())
    }
}

fn first<'a>(value: &'a Value, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
    names.iter().find_map(|n| Some((*n, value.get(*n)?)))
}
