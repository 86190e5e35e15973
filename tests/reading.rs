//! Which field, file or folder is the model, the prompt and the text; what an answer is; tables. The right values of the
//! reports beside the project, and small files of our own for the same kinds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "reading/answers.rs"]
mod answers;
mod common;
#[path = "reading/exports.rs"]
mod exports;
#[path = "reading/models.rs"]
mod models;
#[path = "reading/tables.rs"]
mod tables;

use std::collections::BTreeMap;

use common::{read, write};
use gander::ingest::Ingested;

/// Samples of each model.
fn models(i: &Ingested) -> BTreeMap<&str, usize> {
    i.corpus.sources.iter().map(|s| (s.name.as_str(), s.samples)).collect()
}

fn texts(i: &Ingested) -> Vec<&str> {
    i.corpus.samples.iter().map(|s| s.text.as_str()).collect()
}

fn prompts(i: &Ingested) -> Vec<&str> {
    i.corpus.samples.iter().map(|s| i.corpus.prompt_of(s).unwrap_or("")).collect()
}

fn says(i: &Ingested, part: &str) {
    assert!(i.notices.iter().any(|n| n.contains(part)), "{part} is missing in {:#?}", i.notices);
}

fn lines(rows: impl IntoIterator<Item = serde_json::Value>) -> String {
    rows.into_iter().map(|r| format!("{r}\n")).collect()
}
