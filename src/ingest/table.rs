//! CSV and TSV: long (a model column), wide (one column a model), or plain rows of texts; and files of one text a line.

use std::io::{BufRead, Read};

use serde_json::{Map, Value};

use super::error::IngestError;
use super::fields::{ID, PROMPT, TEXT};
use super::sink::{RawSample, Sink};
use super::{IngestOptions, records};

/// Rows looked at to tell columns of answers from columns of labels.
const LOOK: usize = 50;
/// Mean length in bytes from which a column may hold answers.
const LONG: usize = 25;
/// Columns that never hold answers, whatever their length.
const LABELS: [&str; 10] =
    ["preference", "winner", "category", "label", "info", "a_type", "b_type", "judge", "canary", "explanation"];

/// Reads rows. `escaped`: quotes inside fields are written `\"`.
pub(super) fn read(
    reader: impl Read,
    delimiter: u8,
    escaped: bool,
    options: &IngestOptions,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .double_quote(!escaped)
        .escape(escaped.then_some(b'\\'))
        // Headerless TSV files hold bare quotes.
        .quoting(delimiter != b'\t')
        .from_reader(reader);
    let mut next = |skipped: &mut usize| -> Result<Option<(usize, Vec<String>)>, IngestError> {
        let mut record = csv::ByteRecord::new();
        loop {
            let line = rows.position().line() as usize;
            match rows.read_byte_record(&mut record) {
                Ok(false) => return Ok(None),
                Err(e) => return Err(IngestError::Io { path: path.clone(), why: e.to_string() }),
                Ok(true) => {}
            }
            let cells: Result<Vec<String>, _> =
                record.iter().map(|c| std::str::from_utf8(c).map(str::to_owned)).collect();
            match cells {
                Ok(cells) => return Ok(Some((line, cells))),
                Err(_) if options.skip_bad_lines => *skipped += 1,
                Err(_) => return Err(IngestError::NotUtf8 { path: path.clone(), line }),
            }
        }
    };
    let mut skipped = 0;
    let Some((_, header)) = next(&mut skipped)? else { return Ok(()) };
    let numbered = [&options.fields.text, &options.fields.prompt, &options.fields.model, &options.fields.id]
        .into_iter()
        .flatten()
        .any(|f| f.parse::<usize>().is_ok() && !header.contains(f));
    let mut first = Vec::new();
    let names: Vec<String> = if numbered {
        first.push((1, header.clone()));
        (1..=header.len()).map(|n| n.to_string()).collect()
    } else {
        header.iter().map(|h| h.trim_start_matches('\u{feff}').trim().to_owned()).collect()
    };
    while first.len() < LOOK
        && let Some(row) = next(&mut skipped)?
    {
        first.push(row);
    }
    let wide = if options.fields.text.is_none() { wide_columns(&names, &first) } else { Vec::new() };
    let take = |sink: &mut Sink, line: usize, cells: Vec<String>| -> Result<(), IngestError> {
        if cells.len() != names.len() {
            sink.leave_out("a row with another number of columns");
            return Ok(());
        }
        if wide.is_empty() {
            let record: Map<String, Value> = names.iter().cloned().zip(cells.into_iter().map(Value::String)).collect();
            return match records::take(&Value::Object(record), options, &|| format!("line {line}"), sink) {
                Err(IngestError::NoText { path, found, .. }) => Err(IngestError::NoColumn { path, found }),
                other => other,
            };
        }
        let cell = |list: &[&str]| names.iter().position(|n| list.contains(&n.as_str())).map(|at| cells[at].clone());
        for &at in &wide {
            sink.push(RawSample {
                id: cell(&ID).map(|id| format!("{id}/{}", names[at])),
                model: Some(names[at].clone()),
                prompt: cell(&PROMPT),
                pair: options.fields.pair.as_deref().and_then(|p| cell(&[p])),
                text: cells[at].clone(),
                ..RawSample::default()
            });
        }
        Ok(())
    };
    for (line, cells) in first {
        take(sink, line, cells)?;
    }
    while let Some((line, cells)) = next(&mut skipped)? {
        take(sink, line, cells)?;
    }
    sink.file.skipped += skipped;
    sink.file.formats.insert(match (wide.is_empty(), delimiter) {
        (false, _) => "a table with one column a model",
        (true, b'\t') => "TSV",
        (true, _) => "CSV",
    });
    Ok(())
}

/// The columns of a wide table that hold one model's answers each: there is a prompt, no column known to hold texts, and
/// at least two columns of long texts.
fn wide_columns(names: &[String], rows: &[(usize, Vec<String>)]) -> Vec<usize> {
    let known = |list: &[&str]| names.iter().any(|n| list.contains(&n.as_str()));
    if known(&TEXT) || !known(&PROMPT) || known(&["model", "model_type", "generator"]) {
        return Vec::new();
    }
    let found: Vec<usize> = (0..names.len())
        .filter(|&at| {
            let name = names[at].as_str();
            let cells: Vec<&str> = rows.iter().filter_map(|(_, r)| r.get(at)).map(String::as_str).collect();
            let bytes: usize = cells.iter().map(|c| c.len()).sum();
            let texts = bytes >= LONG * cells.len().max(1) && !cells.iter().all(|c| c.parse::<f64>().is_ok());
            !name.is_empty() && !PROMPT.contains(&name) && !ID.contains(&name) && !LABELS.contains(&name) && texts
        })
        .collect();
    if found.len() >= 2 { found } else { Vec::new() }
}

/// Reads one text a line.
pub(super) fn read_plain(
    mut reader: impl BufRead,
    options: &IngestOptions,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    sink.file.formats.insert("one text a line");
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(|e| IngestError::open(&path, &e))? == 0 {
            return Ok(());
        }
        line += 1;
        match std::str::from_utf8(&bytes) {
            Ok(text) => {
                let text = text.trim_end_matches(['\n', '\r']).to_owned();
                sink.push(RawSample { id: None, model: None, prompt: None, text, ..RawSample::default() });
            }
            Err(_) if options.skip_bad_lines => sink.file.skipped += 1,
            Err(_) => return Err(IngestError::NotUtf8 { path, line }),
        }
    }
}

/// Which delimiter the first line speaks for: one that stands in it outside quotes; none for plain text.
pub(super) fn delimiter(head: &[u8]) -> Option<u8> {
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    if line.contains(&b'\t') {
        return Some(b'\t');
    }
    let text = String::from_utf8_lossy(line);
    let names: Vec<&str> = text.trim().split(',').map(|n| n.trim().trim_matches('"')).collect();
    let known = |n: &&str| TEXT.contains(n) || PROMPT.contains(n) || ["model", "model_type", "generator"].contains(n);
    // A sentence may hold commas; a header holds a name that is known, or short names alone.
    let short = |n: &&str| n.len() <= 24 && !n.contains(' ');
    (names.len() > 1 && (names.iter().any(known) || names.iter().all(short))).then_some(b',')
}
