//! What each command writes, and how a file of that kind is known again.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::ingest::{COVERAGE, EMBEDDER, VECTOR};
use crate::probe::{PROBE_TABLE, WRITTEN_BY};
use crate::report::CSV_HEADER;

/// Bytes of a first line that are looked at; one text is rarely longer.
const LINE: u64 = 1 << 26;
/// Bytes of a page that are looked at.
const PAGE: u64 = 1 << 26;

/// A kind of output. An earlier output of the same kind may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    /// The JSON of `analyze`.
    Analysis,
    /// What `export` writes.
    Export,
    /// What `apply` writes.
    Applied,
    /// The page of `report`.
    Report,
    /// What `requests` writes.
    Requests,
    /// What `embed` writes.
    Vectors,
    /// A suite of `probe`. It may hold a person's work, so that it is never replaced.
    ProbeSuite,
    /// What `probe export` writes.
    ProbeExport,
}

impl Kind {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Analysis => "an analysis",
            Self::Export => "an export",
            Self::Applied => "a list of applied labels",
            Self::Report => "a report",
            Self::Requests => "a batch of requests",
            Self::Vectors => "a file of vectors",
            Self::ProbeSuite => "a part of a new suite",
            Self::ProbeExport => "an export of a suite",
        }
    }

    /// A name for a file of this kind.
    pub fn usual_name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis.json",
            Self::Export => "labels.csv",
            Self::Applied => "applied.jsonl",
            Self::Report => "report.html",
            Self::Requests => "batch.jsonl",
            Self::Vectors => "part.parquet",
            Self::ProbeSuite => "suite.json",
            Self::ProbeExport => "probe.jsonl",
        }
    }

    /// Whether a file is an earlier output of this kind. An empty file is anybody's.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn wrote(self, path: &Path) -> io::Result<bool> {
        let mut file = BufReader::new(File::open(path)?);
        let head = file.fill_buf()?;
        if head.is_empty() {
            return Ok(true);
        }
        if head.starts_with(b"PAR1") {
            let columns = parquet_columns(path);
            let all = |wanted: &[&str]| wanted.iter().all(|w| columns.iter().any(|c| c == w));
            return Ok(match self {
                Self::Vectors => all(&["id", "text", EMBEDDER, COVERAGE, VECTOR]),
                Self::Export => all(&["id", "text", "cluster", "label", "label_by", "reviewed"]),
                _ => false,
            });
        }
        match self {
            Self::Analysis => Ok(head.starts_with(b"{\"schema\":\"gander.analysis/")),
            Self::Report => {
                let mut page = Vec::new();
                let is_page = head.starts_with(b"<!doctype html>") || head.starts_with(b"# How ");
                file.take(PAGE).read_to_end(&mut page)?;
                Ok(is_page && String::from_utf8_lossy(&page).contains("Made by gander"))
            }
            Self::Vectors | Self::ProbeSuite => Ok(false),
            Self::ProbeExport => Ok(is_probe_export(file)),
            Self::Export => {
                // Exports made before a text could be void lack the last column.
                let is_csv = head.starts_with(CSV_HEADER.trim_end_matches(",void").as_bytes());
                Ok(is_csv || first_record(file).is_some_and(|r| is_export(&r)))
            }
            Self::Applied => Ok(first_record(file)
                .is_some_and(|r| has(&r, &["cluster", "nearest_cluster", "similarity", "margin", "typicality"]))),
            Self::Requests => Ok(first_record(file).is_some_and(|r| is_request(&r))),
        }
    }
}

fn has(record: &Value, fields: &[&str]) -> bool {
    fields.iter().all(|f| record.get(f).is_some())
}

fn is_export(record: &Value) -> bool {
    has(record, &["cluster", "label", "label_by", "reviewed"])
        || has(record, &["messages", "label", "label_by", "cluster"])
        || has(record, &["seq", "time_ms", "author", "blind", "edit"])
        || has(record, &["key", "found", "reviewed", "dismissed"])
}

/// The ids are hashes of ours.
fn is_request(record: &Value) -> bool {
    let id = record["custom_id"].as_str().unwrap_or_default();
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) && (has(record, &["body"]) || has(record, &["params"]))
}

/// Programs and tables are known by their first line, items by the fields that carry what the format has no place for.
fn is_probe_export(file: impl BufRead) -> bool {
    let mut line = Vec::new();
    if file.take(LINE).read_until(b'\n', &mut line).is_err() {
        return false;
    }
    let carried = |r: &Value| has(r, &["family", "role", "status"]);
    match serde_json::from_slice::<Value>(&line) {
        Ok(r) => carried(&r) && !has(&r, &["parts", "key"]) || r.get("metadata").is_some_and(carried),
        Err(_) => line.starts_with(PROBE_TABLE.as_bytes()) || line.trim_ascii_end().ends_with(WRITTEN_BY.as_bytes()),
    }
}

/// The first line as JSON.
fn first_record(file: impl BufRead) -> Option<Value> {
    let mut line = Vec::new();
    file.take(LINE).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// The names of a Parquet file's columns; none when it is broken.
fn parquet_columns(path: &Path) -> Vec<String> {
    let reader = File::open(path).ok().and_then(|f| SerializedFileReader::new(f).ok());
    let fields = reader.map(|r| r.metadata().file_metadata().schema().get_fields().to_vec());
    fields.unwrap_or_default().iter().map(|f| f.name().to_owned()).collect()
}
