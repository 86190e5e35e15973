//! Files that other programs write beside their samples: known, and refused by name.

use serde_json::Value;

use super::super::error::IngestError;
use super::super::sink::Sink;
use super::{Context, Importer, Record};

fn refuse(sink: &Sink, what: &'static str) -> Result<(), IngestError> {
    Err(IngestError::Foreign { path: sink.file.path.clone(), what })
}

pub(super) struct LmEvalResults;

impl Importer for LmEvalResults {
    const NAME: &'static str = "lm-evaluation-harness results";

    fn sniff(record: &Record) -> bool {
        ["results", "versions", "config"].iter().all(|n| record.contains_key(*n))
    }

    fn read(_: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        refuse(sink, "a file of lm-evaluation-harness results, which holds scores; name its samples_*.jsonl")
    }
}

/// inspect_ai's `logs.json` and `eval-set.json`.
pub(super) struct LogListing;

impl Importer for LogListing {
    const NAME: &'static str = "list of inspect_ai logs";

    fn sniff(record: &Record) -> bool {
        let header = |v: &Value| v.get("eval").is_some() && v.get("samples").is_none();
        record.contains_key("eval_set_id") || (!record.is_empty() && record.values().all(header))
    }

    fn read(_: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        refuse(sink, "a list of inspect_ai logs without their samples; name the logs themselves")
    }
}

/// `dataset_info.json`, `state.json` and `dataset_dict.json` of Hugging Face's `save_to_disk`.
pub(super) struct DatasetInfo;

impl Importer for DatasetInfo {
    const NAME: &'static str = "description of a Hugging Face dataset";

    fn sniff(record: &Record) -> bool {
        let has = |n: &str| record.contains_key(n);
        (has("features") && (has("citation") || has("splits") || has("builder_name")))
            || has("_data_files")
            || (record.len() == 1 && record.get("splits").is_some_and(Value::is_array))
    }

    fn read(_: &Record, _: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        refuse(
            sink,
            "the description of a Hugging Face dataset; name its folder, or the .arrow or .parquet files in it",
        )
    }
}
