//! Arrow files: what Hugging Face's `save_to_disk` writes, as a stream or as a file with an index.

use std::fs::File;
use std::io::{BufReader, Read};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType};
use serde_json::{Map, Value};

use super::IngestOptions;
use super::error::IngestError;
use super::formats::{At, Kind, take};
use super::sink::Sink;

/// Reads the stream format.
pub(super) fn read_stream(source: impl Read, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let batches = StreamReader::try_new(BufReader::new(source), None);
    read(batches.map_err(|e| broken(&e, sink))?, options, sink)
}

/// Reads the file format.
pub(super) fn read_file(file: File, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let batches = FileReader::try_new(BufReader::new(file), None);
    read(batches.map_err(|e| broken(&e, sink))?, options, sink)
}

fn broken(e: &ArrowError, sink: &Sink) -> IngestError {
    IngestError::Io { path: sink.file.path.clone(), why: e.to_string() }
}

fn read(
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    options: &IngestOptions,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let mut n = 0;
    for batch in batches {
        let batch = batch.map_err(|e| broken(&e, sink))?;
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            n += 1;
            let cell = |(f, c): (&std::sync::Arc<arrow_schema::Field>, &arrow_array::ArrayRef)| {
                (f.name().clone(), value(c.as_ref(), row))
            };
            let record: Map<String, Value> = schema.fields().iter().zip(batch.columns()).map(cell).collect();
            take(Value::Object(record), options, At::Row(n), sink)?;
        }
    }
    sink.file.formats.insert(Kind::Arrow);
    Ok(())
}

/// One cell as JSON; kinds of cells that hold no text, number or list of such are nothing.
fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    macro_rules! number {
        ($kind:ty) => {
            Value::from(column.as_primitive::<$kind>().value(row))
        };
    }
    let list =
        |cells: arrow_array::ArrayRef| Value::Array((0..cells.len()).map(|i| value(cells.as_ref(), i)).collect());
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).into(),
        DataType::Utf8View => column.as_string_view().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float16 => Value::from(column.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => number!(Float32Type),
        DataType::Float64 => number!(Float64Type),
        DataType::List(_) => list(column.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(column.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => list(column.as_fixed_size_list().value(row)),
        DataType::Struct(fields) => {
            let cells = column.as_struct();
            let cell = |(i, f): (usize, &std::sync::Arc<arrow_schema::Field>)| {
                (f.name().clone(), value(cells.column(i).as_ref(), row))
            };
            Value::Object(fields.iter().enumerate().map(cell).collect())
        }
        DataType::Dictionary(..) => {
            let cells = column.as_any_dictionary();
            match cells.normalized_keys().get(row) {
                Some(&at) => value(cells.values().as_ref(), at),
                None => Value::Null,
            }
        }
        _ => Value::Null,
    }
}
