//! What leaves the program: the JSON of an analysis, labels and assignments, and the report.

mod analysis;
mod assignments;
mod builder;
mod chart;
mod differences;
mod escape;
mod excerpt;
mod glance;
mod map;
mod page;
mod part;
mod sections;
mod verdicts;

pub use analysis::{AnalysisInput, analysis_json};
pub use assignments::{CSV_HEADER, Rows, write_csv, write_dataset, write_edits, write_jsonl, write_parquet};
pub use differences::differences_json;

pub use builder::ReportBuilder;
pub use chart::Bar;
pub use page::{Block, Cell, html, markdown};
pub use part::{Part, write_part};

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
