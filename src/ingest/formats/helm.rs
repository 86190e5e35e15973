//! HELM: display files (predictions, and the requests that they answer), or the whole state of a scenario.

use std::path::Path;

use serde_json::Value;

use super::super::chat::{asked_by, content_of, content_text};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

pub(super) struct Requests;

impl Importer for Requests {
    const NAME: &'static str = "HELM requests (prompts for the predictions)";

    fn sniff(record: &Record) -> bool {
        record.contains_key("instance_id") && record.contains_key("request")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let key = key(&instance(record), sink);
        let prompt = record.get("request").and_then(|r| r.get("prompt")).map(content_text).unwrap_or_default();
        sink.file.prompts.insert(key, prompt.into());
        Ok(())
    }
}

pub(super) struct Predictions;

impl Importer for Predictions {
    const NAME: &'static str = "HELM predictions";

    fn sniff(record: &Record) -> bool {
        record.contains_key("instance_id") && record.contains_key("predicted_text")
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let id = instance(record);
        let prompt = Some(RawPrompt::Id(key(&id, sink)));
        let content = record.get("predicted_text").map(content_of).unwrap_or_default();
        let fields = record.get("stats").and_then(Value::as_object).map(|s| sink.fields(s, &[])).unwrap_or_default();
        sink.answer(RawSample { id: Some(id), prompt, fields, ..RawSample::default() }, content, None);
        Ok(())
    }
}

fn instance(record: &Record) -> String {
    let id = record.get("instance_id").and_then(scalar).unwrap_or_default();
    let trial = record.get("train_trial_index").and_then(scalar).filter(|t| t != "0");
    let changed = record.get("perturbation").and_then(|p| p.get("name")).and_then(scalar);
    [Some(id), changed, trial].into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// Instances of two runs have the same ids, so the folder belongs to the name of a prompt.
fn key(id: &str, sink: &Sink) -> String {
    let folder = sink.file.path.parent().map(|p| p.display().to_string()).unwrap_or_default();
    format!("{folder}: {id}")
}

pub(super) struct State;

impl Importer for State {
    const NAME: &'static str = "HELM scenario state";

    fn sniff(record: &Record) -> bool {
        record.get("request_states").is_some_and(Value::is_array)
    }

    fn read(record: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let adapter = record.get("adapter_spec").and_then(|a| a.get("model")).and_then(scalar);
        for s in record.get("request_states").and_then(Value::as_array).into_iter().flatten() {
            let request = s.get("request").unwrap_or(&Value::Null);
            let prompt = request.get("prompt").map(asked_by).map(RawPrompt::Asked);
            let model = request.get("model").and_then(scalar).or_else(|| adapter.clone());
            let id = s.get("instance").and_then(|i| i.get("id")).and_then(scalar);
            let result = s.get("result").unwrap_or(&Value::Null);
            let completions =
                result.get("completions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            if completions.is_empty() {
                sink.failed("a failed request", result.get("error").unwrap_or(&Value::Null));
            }
            let fields = request.as_object().map(|r| sink.fields(r, &["prompt", "model"])).unwrap_or_default();
            for c in completions {
                let finish = c.get("finish_reason").and_then(|f| f.get("reason").or(Some(f))?.as_str());
                let (id, model, prompt, fields) = (id.clone(), model.clone(), prompt.clone(), fields.clone());
                let sample = RawSample { id, model, prompt, fields, ..RawSample::default() };
                sink.answer(sample, c.get("text").map(content_of).unwrap_or_default(), finish);
            }
        }
        Ok(())
    }
}

/// HELM's display files name the model in the run's specification, or in the requests beside them.
pub(in super::super) fn model_of_folder(path: &Path) -> Option<String> {
    let read =
        |name: &str| -> Option<Value> { serde_json::from_slice(&std::fs::read(path.parent()?.join(name)).ok()?).ok() };
    let named = |v: &Value| v.as_str().map(str::to_owned);
    let spec = read("run_spec.json").and_then(|v| named(&v["adapter_spec"]["model"]));
    spec.or_else(|| read("display_requests.json").and_then(|v| named(&v[0]["request"]["model"])))
}
