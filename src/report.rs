//! What leaves the program: the JSON of an analysis, labels and assignments, and the report.

mod analysis;
mod assignments;
mod chart;
mod differences;
mod excerpt;
mod glance;
mod judged;
mod map;
mod page;
mod part;
mod story;
mod told;

pub use analysis::{AnalysisInput, analysis_json};
pub use assignments::{CSV_HEADER, Rows, write_csv, write_dataset, write_edits, write_jsonl, write_parquet};
pub use differences::differences_json;

pub use chart::Bar;
pub use page::{Block, Cell, html, markdown};
pub use part::{Part, write_part};
pub use story::Story;

use crate::compare::{ClusterFigures, SHOWN};
use crate::model::{Cluster, LabelBy};

/// What the Parquet writer says, as an error of the output that it wrote to where that is the cause.
fn parquet_failed(e: parquet::errors::ParquetError) -> std::io::Error {
    match e {
        parquet::errors::ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(io) => *io,
            Err(other) => std::io::Error::other(other.to_string()),
        },
        other => std::io::Error::other(other.to_string()),
    }
}

/// The label that is shown: a person's or a model's, or else the distinctive terms; and who wrote it.
pub fn shown_label(c: &Cluster, f: Option<&ClusterFigures>) -> (String, LabelBy) {
    match (&c.label, f) {
        (Some(label), _) => (label.clone(), c.by.clone()),
        (None, Some(f)) if !f.terms.is_empty() => (f.terms[..f.terms.len().min(SHOWN)].join(" · "), LabelBy::Terms),
        (None, Some(_)) => ("(no words in common)".to_owned(), LabelBy::Terms),
        (None, None) => (format!("cluster {}", c.id), LabelBy::Terms),
    }
}
