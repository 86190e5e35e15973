//! Files of items: gander's own, model-written evals, lm-evaluation-harness, inspect_ai, tables. Told by content.

mod asked;
mod carried;
mod inspect;
mod lm_eval;
mod mwe;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::item::{Item, Place};
pub(super) use asked::with_choices;
pub(super) use carried::Carried;

/// Why a file of items or answers was not read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say what each is
pub enum ReadError {
    #[error(transparent)]
    File(#[from] crate::ingest::IngestError),
    #[error("{}, line {line}: broken JSON ({why}); correct the line", path.display())]
    BadLine { path: PathBuf, line: usize, why: String },
    #[error("{}, line {line}: {why}; correct the file", path.display())]
    Head { path: PathBuf, line: usize, why: String },
    #[error(
        "{}, line {line}: not an item that gander knows; the fields are {found}. Known are gander's own (parts, options, key), \
         model-written evals (question, answer_matching_behavior), lm-evaluation-harness (question, choices, answer or gold) \
         and inspect_ai (input, choices, target)", path.display()
    )]
    Unknown { path: PathBuf, line: usize, found: String },
    #[error(
        "{}: the header has no {missing}; a table of items has the columns question, A, B, … (or option_a, …) and key",
        path.display()
    )]
    Columns { path: PathBuf, missing: &'static str },
    #[error("{}: no items; write them, or import a file with `gander probe import`", path.display())]
    NoItems { path: PathBuf },
}

impl ReadError {
    /// Sorts an operating-system error.
    pub fn open(path: &Path, e: &std::io::Error) -> Self {
        crate::ingest::IngestError::open(path, e).into()
    }
}

/// The text of a file.
///
/// # Errors
/// When it is missing, empty or not UTF-8.
pub(super) fn text_of(path: &Path) -> Result<String, ReadError> {
    use crate::ingest::IngestError;
    let bytes = std::fs::read(path).map_err(|e| ReadError::open(path, &e))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let whole = e.utf8_error().valid_up_to();
        let line = 1 + e.as_bytes()[..whole].iter().filter(|b| **b == b'\n').count();
        IngestError::NotUtf8 { path: path.to_path_buf(), line }
    })?;
    if text.trim().is_empty() {
        return Err(IngestError::Empty { path: path.to_path_buf() }.into());
    }
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// The objects of JSON lines or of a JSON array, with their lines (of an array: their numbers).
///
/// # Errors
/// On broken JSON, with the line.
pub(super) fn records(path: &Path, text: &str) -> Result<Vec<(usize, Value)>, ReadError> {
    let bad =
        |line: usize, e: &serde_json::Error| ReadError::BadLine { path: path.to_path_buf(), line, why: why_of(e) };
    if text.trim_start().starts_with('[') {
        let list: Vec<Value> = serde_json::from_str(text).map_err(|e| bad(e.line(), &e))?;
        return Ok(list.into_iter().enumerate().map(|(i, v)| (i + 1, v)).collect());
    }
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    lines.map(|(i, l)| serde_json::from_str(l).map(|v| (i + 1, v)).map_err(|e| bad(i + 1, &e))).collect()
}

/// The records of a file that lines are added to; a last line that a killed run left open is none.
///
/// # Errors
/// As [`read_items`].
pub fn read_records(path: &Path) -> Result<Vec<(usize, Value)>, ReadError> {
    let text = text_of(path)?;
    records(path, &text[..text.rfind('\n').map_or(text.len(), |at| at + 1)])
}

/// Reads a file of items. Items without an id are called by the file and their line, and those without a family are families
/// of one.
///
/// # Errors
/// One sentence with file, line and remedy.
pub fn read_items(path: &Path) -> Result<Vec<Item>, ReadError> {
    let text = text_of(path)?;
    let json = text.trim_start().starts_with(['{', '[']);
    let mut items = if json { from_json(path, &text)? } else { table::read(path, &text)? };
    let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let file = Arc::new(path.to_path_buf());
    for item in &mut items {
        item.place.file = file.clone();
        if item.id.is_empty() {
            item.id = format!("{stem}-{}", item.place.line);
        }
        if item.family.is_empty() {
            item.family.clone_from(&item.id);
        }
        if item.subtask.is_empty() {
            item.subtask.clone_from(&stem);
        }
    }
    if items.is_empty() { Err(ReadError::NoItems { path: path.to_path_buf() }) } else { Ok(items) }
}

fn from_json(path: &Path, text: &str) -> Result<Vec<Item>, ReadError> {
    let mut out = Vec::new();
    for (line, value) in records(path, text)? {
        let has = |name: &str| value.get(name).is_some();
        let item = if has("answer_matching_behavior") {
            mwe::item(&value)
        } else if has("options") && has("parts") {
            let own = serde_json::from_value(value.clone());
            Some(own.map_err(|e| ReadError::Head { path: path.to_path_buf(), line, why: why_of(&e) })?)
        } else if has("input") && has("choices") {
            inspect::item(&value)
        } else {
            lm_eval::item(value.get("doc").unwrap_or(&value))
        };
        let Some(mut item) = item else {
            let found = value.as_object().map_or_else(
                || "none".to_owned(),
                |o| o.keys().take(12).map(String::as_str).collect::<Vec<_>>().join(", "),
            );
            return Err(ReadError::Unknown { path: path.to_path_buf(), line, found });
        };
        item.place = Place { line, ..Place::default() };
        out.push(item);
    }
    Ok(out)
}

/// What serde_json says, without the place, which is said before.
pub(super) fn why_of(e: &serde_json::Error) -> String {
    let full = e.to_string();
    full.split(" at line ").next().unwrap_or(&full).to_owned()
}
