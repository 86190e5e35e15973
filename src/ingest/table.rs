//! CSV and TSV: long (a model column), wide (one column a model), or plain rows of texts; and files of one text a line.

use std::io::{BufRead, Read};

use serde_json::{Map, Value};

use super::dialect::{self, Dialect};
use super::error::IngestError;
use super::fields::{ID, MODEL, PROMPT, TEXT, in_lower_case};
use super::formats::{At, Kind, finish, take as take_record};
use super::sink::{RawPrompt, RawSample, Sink};
use super::{Format, IngestOptions};

/// Rows looked at to tell columns of answers from columns of labels.
const LOOK: usize = 50;
/// Mean length in bytes from which a column may hold answers.
const LONG: usize = 25;
/// Columns that never hold answers, whatever their length.
const LABELS: [&str; 10] =
    ["preference", "winner", "category", "label", "info", "a_type", "b_type", "judge", "canary", "explanation"];
/// Bytes of a file by which its dialect is told.
const SNIFFED: u64 = 8 << 20;
/// Share of rows that do not fit from which the file is refused.
const MISFIT: f64 = 0.1;
/// Rows that do not fit and are always passed over.
const FEW: usize = 3;

/// Why a row is left out.
pub(super) const RAGGED: &str = "a row with another number of columns";

/// Reads a table, or refuses what is none. `format` is the one that was asked for.
pub(super) fn read_sniffed(
    mut reader: impl BufRead,
    options: &IngestOptions,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let mut head = Vec::new();
    reader.by_ref().take(SNIFFED).read_to_end(&mut head).map_err(|e| IngestError::open(&path, &e))?;
    let whole = (head.len() as u64) < SNIFFED;
    let crlf = head.iter().position(|b| *b == b'\n').is_some_and(|at| at > 0 && head[at - 1] == b'\r');
    let dialect = match options.format {
        Some(Format::Csv) => Some(dialect::forced(&head, whole, b",;|")),
        Some(Format::Tsv) => Some(dialect::forced(&head, whole, b"\t")),
        _ => dialect::sniff(&head, whole),
    };
    let Some(dialect) = dialect else { return Err(IngestError::NotJson { path }) };
    read(head.chain(reader), dialect, crlf, options, sink)
}

/// A row and the line where it begins.
type Row = (usize, Vec<String>);

/// Rows of text out of a CSV reader.
struct Rows<'a, R> {
    csv: csv::Reader<R>,
    options: &'a IngestOptions,
    path: std::path::PathBuf,
    skipped: usize,
    /// Lines end in a carriage return and a line feed, of which the reader counts the second with the next row.
    crlf: bool,
}

impl<R: Read> Rows<'_, R> {
    fn next(&mut self) -> Result<Option<Row>, IngestError> {
        let mut record = csv::ByteRecord::new();
        loop {
            match self.csv.read_byte_record(&mut record) {
                Ok(false) => return Ok(None),
                Err(e) => return Err(IngestError::Io { path: self.path.clone(), why: e.to_string() }),
                Ok(true) => {}
            }
            let line = record.position().map_or(0, |p| p.line() as usize + usize::from(self.crlf && p.byte() > 0));
            let cells: Result<Vec<String>, _> =
                record.iter().map(|c| std::str::from_utf8(c).map(str::to_owned)).collect();
            match cells {
                Ok(cells) => return Ok(Some((line, cells))),
                Err(_) if self.options.skip_bad_lines => self.skipped += 1,
                Err(_) => return Err(IngestError::NotUtf8 { path: self.path.clone(), line }),
            }
        }
    }
}

fn read(
    reader: impl Read,
    dialect: Dialect,
    crlf: bool,
    options: &IngestOptions,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let csv = csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter)
        .has_headers(false)
        .flexible(true)
        // Spark writes an empty string as two quotes also where it escapes quotes inside of strings.
        .double_quote(true)
        .escape(dialect.escaped.then_some(b'\\'))
        .quoting(dialect.quoted)
        .from_reader(reader);
    let mut rows = Rows { csv, options, path: sink.file.path.clone(), skipped: 0, crlf };
    let Some((_, header)) = rows.next()? else { return Ok(()) };
    let fields = &options.fields;
    let numbered = [&fields.text, &fields.prompt, &fields.model, &fields.id]
        .into_iter()
        .flatten()
        .any(|f| f.parse::<usize>().is_ok() && !header.contains(f));
    let mut first = Vec::new();
    let mut names: Vec<String> = if numbered {
        first.push((1, header.clone()));
        (1..=header.len()).map(|n| n.to_string()).collect()
    } else {
        column_names(&header, &fields.named())
    };
    while first.len() < LOOK
        && let Some(row) = rows.next()?
    {
        first.push(row);
    }
    // R's write.table gives the column of row names no header.
    if !first.is_empty() && first.iter().all(|(_, cells)| cells.len() == names.len() + 1) {
        names.insert(0, String::new());
    }
    let wide = if fields.text.is_none() { wide_columns(&names, &first) } else { Vec::new() };
    let table = Table { names, wide, options };
    let (mut read, mut ragged) = (0, 0);
    let mut lines = Vec::new();
    let mut take = |sink: &mut Sink, (line, cells): Row| -> Result<(), IngestError> {
        read += 1;
        if cells.len() != table.names.len() {
            ragged += 1;
            lines.push(line);
            lines.truncate(FEW);
            sink.leave_out_at(RAGGED, line);
            return Ok(());
        }
        table.take(line, cells, sink)
    };
    for row in first {
        take(sink, row)?;
    }
    while let Some(row) = rows.next()? {
        take(sink, row)?;
    }
    finish(options, sink).map_err(as_column)?;
    if ragged > FEW && ragged as f64 > MISFIT * read as f64 && !options.skip_bad_lines {
        let lines = lines.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let (path, columns) = (rows.path, table.names.len());
        return Err(IngestError::Ragged { path, ragged, rows: read, columns, lines });
    }
    sink.file.skipped += rows.skipped;
    sink.file.formats.insert(match (table.wide.is_empty(), dialect.delimiter) {
        (false, _) => Kind::WideTable,
        (true, b'\t') => Kind::Tsv,
        (true, _) => Kind::Csv,
    });
    Ok(())
}

/// Names of columns: usual ones in lower case, and a number behind one that is there before.
fn column_names(header: &[String], named: &[&str]) -> Vec<String> {
    let trimmed = header.iter().map(|h| h.trim_start_matches('\u{feff}').trim());
    let mut out: Vec<String> = Vec::with_capacity(header.len());
    for name in in_lower_case(trimmed, named) {
        let before = out.iter().filter(|n| **n == name || n.starts_with(&format!("{name} ("))).count();
        out.push(if before == 0 || name.is_empty() { name } else { format!("{name} ({})", before + 1) });
    }
    out
}

/// In a table the fields of a record are its columns.
fn as_column(e: IngestError) -> IngestError {
    match e {
        IngestError::NoText { path, found, .. } => IngestError::NoColumn { path, found },
        other => other,
    }
}

/// What is known of a table before its rows are read.
struct Table<'a> {
    names: Vec<String>,
    /// Columns with one model's answers each.
    wide: Vec<usize>,
    options: &'a IngestOptions,
}

impl Table<'_> {
    fn take(&self, line: usize, cells: Vec<String>, sink: &mut Sink) -> Result<(), IngestError> {
        if self.wide.is_empty() {
            let record: Map<String, Value> =
                self.names.iter().cloned().zip(cells.into_iter().map(Value::String)).collect();
            return take_record(Value::Object(record), self.options, At::Line(line), sink).map_err(as_column);
        }
        let cell =
            |list: &[&str]| self.names.iter().position(|n| list.contains(&n.as_str())).map(|at| cells[at].clone());
        let others: Map<String, Value> = self
            .names
            .iter()
            .zip(&cells)
            .enumerate()
            .filter(|(at, (n, _))| {
                !self.wide.contains(at) && !PROMPT.contains(&n.as_str()) && !ID.contains(&n.as_str())
            })
            .map(|(_, (n, c))| (n.clone(), Value::String(c.clone())))
            .collect();
        let fields = sink.fields(&others, &[]);
        for &at in &self.wide {
            sink.push(RawSample {
                id: cell(&ID).map(|id| format!("{id}/{}", self.names[at])),
                model: Some(self.names[at].clone()),
                prompt: cell(&PROMPT).and_then(RawPrompt::text),
                pair: self.options.fields.pair.as_deref().and_then(|p| cell(&[p])),
                text: cells[at].clone(),
                fields: fields.clone(),
                ..RawSample::default()
            });
        }
        Ok(())
    }
}

/// The columns of a wide table that hold one model's answers each: there is a prompt, no column known to hold texts, and
/// at least two columns of long texts.
fn wide_columns(names: &[String], rows: &[Row]) -> Vec<usize> {
    let known = |list: &[&str]| names.iter().any(|n| list.contains(&n.as_str()));
    if known(&TEXT) || !known(&PROMPT) || known(&MODEL) {
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
    sink.file.formats.insert(Kind::Lines);
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
                sink.push(RawSample { text, ..RawSample::default() });
            }
            Err(_) if options.skip_bad_lines => sink.file.skipped += 1,
            Err(_) => return Err(IngestError::NotUtf8 { path, line }),
        }
    }
}
