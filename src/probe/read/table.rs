//! Tables: one item a row, one column an option.

use std::path::Path;

use super::ReadError;
use crate::ingest::IngestError;
use crate::probe::item::{Item, Keyed, Parts, Place, Role, Status};
use crate::probe::key::{Key, letter};

/// Begins the name of a column with a slot's value.
pub(crate) const SLOT: &str = "slot:";
/// Names of the column with the right option.
const KEY: [&str; 6] = ["key", "answer", "correct", "gold", "target", "label"];

/// Reads a table with commas or tabs and a header.
pub(super) fn read(path: &Path, text: &str) -> Result<Vec<Item>, ReadError> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains('\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let io = |e: csv::Error| ReadError::File(IngestError::Io { path: path.to_path_buf(), why: e.to_string() });
    let names: Vec<String> = reader.headers().map_err(io)?.iter().map(|h| h.trim().to_owned()).collect();
    let column = |name: &str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
    let missing = |missing| ReadError::Columns { path: path.to_path_buf(), missing };
    let question = column("question").or_else(|| column("prompt")).ok_or_else(|| missing("column “question”"))?;
    let key = KEY.iter().find_map(|n| column(n)).ok_or_else(|| missing("column “key”"))?;
    let options: Vec<usize> = (0..26).map_while(|i| option_column(&names, i)).collect();
    if options.len() < 2 {
        return Err(missing("columns “A” and “B”"));
    }
    let mut out = Vec::new();
    for row in reader.records() {
        let row = row.map_err(io)?;
        let cell = |at: usize| row.get(at).unwrap_or_default().trim().to_owned();
        let named = |name: &str| column(name).map(cell).unwrap_or_default();
        let slot =
            |(i, n): (usize, &String)| Some((n.strip_prefix(SLOT)?.to_owned(), cell(i))).filter(|s| !s.1.is_empty());
        out.push(Item {
            id: named("id"),
            family: named("family"),
            role: Role::named(&named("role")).unwrap_or_default(),
            subtask: named("subtask"),
            parts: Parts { value: named("value"), event: named("event"), question: cell(question) },
            options: filled(options.iter().map(|&o| cell(o)).collect()),
            key: Key::read(&cell(key).into()),
            keyed: keyed(&named("keyed")),
            slots: names.iter().enumerate().filter_map(slot).collect(),
            status: status(&named("status")),
            place: Place { line: row.position().map_or(0, |p| p.line() as usize), ..Place::default() },
            ..Item::default()
        });
    }
    Ok(out)
}

fn option_column(names: &[String], option: usize) -> Option<usize> {
    let l = letter(option);
    let known = [l.clone(), format!("option_{l}"), format!("option {l}"), format!("option{l}"), format!("choice_{l}")];
    names.iter().position(|n| known.iter().any(|k| k.eq_ignore_ascii_case(n)))
}

/// Items may have fewer options than the table has columns.
fn filled(mut options: Vec<String>) -> Vec<String> {
    while options.last().is_some_and(String::is_empty) {
        options.pop();
    }
    options
}

fn keyed(text: &str) -> Option<Keyed> {
    serde_json::from_value(text.into()).ok()
}

fn status(text: &str) -> Status {
    serde_json::from_value(text.into()).unwrap_or_default()
}
