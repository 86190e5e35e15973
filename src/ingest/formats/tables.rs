//! Tables inside JSON: the orients of pandas, and the tables of Weights & Biases and MLflow.

use serde_json::{Map, Value};

use super::super::error::IngestError;
use super::super::fields::{PROMPT, TEXT};
use super::super::sink::Sink;
use super::{At, Context, Importer, Record};

fn known(name: &str) -> bool {
    TEXT.contains(&name) || PROMPT.contains(&name) || name == "messages"
}

fn row(record: Map<String, Value>, n: usize, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
    super::take(Value::Object(record), context.options, At::Row(n + 1), sink)
}

/// `{"columns": [names], "data": [[cells]]}`: pandas `orient="split"`, `*.table.json` of W&B, MLflow.
pub(super) struct ColumnsAndData;

impl Importer for ColumnsAndData {
    const NAME: &'static str = "a table in JSON (columns and data)";

    fn sniff(record: &Record) -> bool {
        let lists = |n: &str| record.get(n).and_then(Value::as_array);
        lists("columns").is_some_and(|c| c.iter().all(Value::is_string))
            && lists("data").is_some_and(|d| d.first().is_none_or(Value::is_array))
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let list = |n: &str| record.get(n).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&str> = list("columns").iter().filter_map(Value::as_str).collect();
        for (n, cells) in list("data").iter().enumerate() {
            let cells = cells.as_array().map(Vec::as_slice).unwrap_or_default();
            if cells.len() != names.len() {
                sink.leave_out_at(super::super::table::RAGGED, n + 1);
                continue;
            }
            let record = names.iter().zip(cells).map(|(n, c)| ((*n).to_owned(), c.clone())).collect();
            row(record, n, context, sink)?;
        }
        Ok(())
    }
}

/// `{name: {row: cell}}` or `{name: [cells]}`: pandas `orient="columns"` and `"list"`.
pub(super) struct ByColumn;

impl Importer for ByColumn {
    const NAME: &'static str = "a table in JSON (by column)";

    fn sniff(record: &Record) -> bool {
        let objects =
            record.len() > 1 && record.values().all(|v| v.as_object().is_some_and(|c| c.values().all(is_cell)));
        let rows: Vec<usize> = record.values().filter_map(|v| v.as_array().map(Vec::len)).collect();
        let lists = record.len() > 1 && rows.len() == record.len() && rows.iter().all(|n| *n == rows[0] && *n > 1);
        record.keys().any(|k| known(k)) && (objects || lists)
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let mut rows: Vec<Map<String, Value>> = Vec::new();
        let mut at: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
        for (name, column) in record {
            let mut put = |n: usize, value: &Value| {
                rows.resize_with(rows.len().max(n + 1), Map::new);
                rows[n].insert(name.clone(), value.clone());
            };
            match column {
                Value::Array(cells) => cells.iter().enumerate().for_each(|(n, c)| put(n, c)),
                Value::Object(cells) => {
                    for (key, cell) in cells {
                        let next = at.len();
                        put(*at.entry(key).or_insert(next), cell);
                    }
                }
                _ => {}
            }
        }
        rows.into_iter().enumerate().try_for_each(|(n, r)| row(r, n, context, sink))
    }
}

fn is_cell(value: &Value) -> bool {
    !value.is_object()
}

/// `{row: {name: cell}}`: pandas `orient="index"`.
pub(super) struct ByRow;

impl Importer for ByRow {
    const NAME: &'static str = "a table in JSON (by row)";

    fn sniff(record: &Record) -> bool {
        let is_row = |v: &Value| v.as_object().is_some_and(|r| r.keys().any(|k| known(k)));
        !record.is_empty() && !record.keys().any(|k| known(k)) && record.values().all(is_row)
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        for (n, (key, cells)) in record.iter().enumerate() {
            let mut cells = cells.as_object().cloned().unwrap_or_default();
            cells.entry("id").or_insert_with(|| key.as_str().into());
            row(cells, n, context, sink)?;
        }
        Ok(())
    }
}

/// Records in a list under one name: `{"data": [{…}]}` (pandas `orient="table"`), `rows`, `samples`, `predictions` ….
pub(super) struct Wrapped;

impl Importer for Wrapped {
    const NAME: &'static str = "records in a list of one object";

    fn sniff(record: &Record) -> bool {
        !record.keys().any(|k| known(k)) && list(record).is_some()
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        // What the object says of all its records is a field of each.
        let common: Map<String, Value> = record
            .iter()
            .filter(|(_, v)| matches!(v, Value::String(_) | Value::Number(_) | Value::Bool(_)))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        for (n, r) in list(record).into_iter().flatten().enumerate() {
            let mut r = r.as_object().cloned().unwrap_or_default();
            if let Some(Value::Object(inner)) = r.get("row").filter(|_| r.contains_key("row_idx")) {
                r = inner.clone();
            }
            for (name, value) in &common {
                r.entry(name.clone()).or_insert_with(|| value.clone());
            }
            row(r, n, context, sink)?;
        }
        Ok(())
    }
}

/// The only list of objects whose first is a record that is known.
fn list(record: &Record) -> Option<&Vec<Value>> {
    let is_record = |v: &Value| {
        let inner = v.get("row").filter(|_| v.get("row_idx").is_some()).unwrap_or(v);
        inner.as_object().is_some_and(|r| r.keys().any(|k| known(k)))
    };
    let mut found = record.values().filter_map(Value::as_array).filter(|l| l.first().is_some_and(is_record));
    let only = found.next()?;
    found.next().is_none().then_some(only)
}
