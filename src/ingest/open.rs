//! Containers: what a file is by its first bytes, and the way to what is inside.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use super::error::IngestError;
use super::formats::{At, Kind, finish, helm_model, inspect_sample, lm_eval, take};
use super::sink::{RawFile, Sink};
use super::{Format, IngestOptions, arrow, json, table};

/// Bytes looked at to tell the format.
const HEAD: usize = 1 << 18;

/// Reads one file, or standard input for `-`.
pub(super) fn read_file(path: &Path, options: &IngestOptions) -> Result<RawFile, IngestError> {
    let mut sink = Sink::new(path.to_path_buf(), options);
    if path == Path::new("-") {
        read_stream(Box::new(std::io::stdin().lock()), options, &mut sink)?;
    } else {
        let file = File::open(path).map_err(|e| IngestError::open(path, &e))?;
        let mut head = [0u8; 4];
        let mut peek = File::open(path).map_err(|e| IngestError::open(path, &e))?;
        let n = peek.read(&mut head).map_err(|e| IngestError::open(path, &e))?;
        match &head[..n] {
            b"PAR1" => read_parquet(file, options, &mut sink)?,
            b"PK\x03\x04" => read_zip(file, &mut sink)?,
            b"ARRO" => arrow::read_file(file, options, &mut sink)?,
            b"\xff\xff\xff\xff" => arrow::read_stream(file, options, &mut sink)?,
            _ => read_stream(Box::new(file), options, &mut sink)?,
        }
    }
    finish(options, &mut sink)?;
    let mut file = sink.finish();
    // Some formats name the model in files beside them.
    let beside = if file.formats.contains(&Kind::LmEval) {
        lm_eval::model_of_folder(path)
    } else if file.formats.contains(&Kind::HelmPredictions) {
        helm_model(path)
    } else {
        None
    };
    if let Some(model) = beside {
        file.samples.iter_mut().for_each(|s| s.model = Some(model.clone()));
    }
    if file.samples.is_empty() && file.prompts.is_empty() {
        let why = file.left_out.iter().map(|(why, n)| format!("{} × {why}", n.times)).collect::<Vec<_>>().join("; ");
        let why = if why.is_empty() { why } else { format!(" (left out: {why})") };
        return Err(IngestError::NoSamples { path: file.path, why });
    }
    Ok(file)
}

fn read_stream(input: Box<dyn Read + '_>, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let failed = |e: std::io::Error| IngestError::open(&path, &e);
    let mut reader = BufReader::with_capacity(HEAD, input);
    let head = reader.fill_buf().map_err(failed)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        let inner = flate2::bufread::MultiGzDecoder::new(reader);
        return read_stream(Box::new(inner), options, sink);
    }
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let inner = zstd::stream::read::Decoder::with_buffer(reader).map_err(failed)?;
        return read_stream(Box::new(inner), options, sink);
    }
    if let Some(what) = foreign(head) {
        return Err(IngestError::Foreign { path, what });
    }
    if head.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    let first = json::first_byte(&mut reader).map_err(failed)?;
    let Some(first) = first else { return Err(IngestError::Empty { path }) };
    match (options.format, first) {
        (Some(Format::Csv | Format::Tsv), _) => table::read_sniffed(reader, options, sink),
        (Some(Format::Lines), _) => table::read_plain(reader, options, sink),
        (_, b'[') => json::read_array(reader, options, sink),
        (_, b'{') => json::read_lines(reader, options, sink),
        (Some(Format::Json), _) => Err(IngestError::NotJson { path }),
        (None, _) => table::read_sniffed(reader, options, sink),
    }
}

/// Names a format that is known and not read, from the first bytes.
fn foreign(head: &[u8]) -> Option<&'static str> {
    match head {
        h if h.starts_with(b"version https://git-lfs") => {
            Some("a git-LFS pointer, not the data; run `git lfs pull` where it came from")
        }
        h if h.starts_with(b"SQLite format 3\0") => {
            Some("a SQLite file; a saved session is opened alone, as `gander FILE`")
        }
        [0x80, 0x02..=0x05, ..] => Some("a Python pickle, which can run code when it is read; save the texts as JSONL"),
        _ => None,
    }
}

/// Every row of a Parquet file is a record.
fn read_parquet(file: File, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let broken = |e: parquet::errors::ParquetError| IngestError::Io { path: path.clone(), why: e.to_string() };
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let rows = reader.get_row_iter(None).map_err(broken)?;
    for (n, row) in rows.enumerate() {
        let value = row.map_err(broken)?.to_json_value();
        take(value, options, At::Row(n + 1), sink)?;
    }
    sink.file.formats.insert(Kind::Parquet);
    Ok(())
}

/// inspect_ai's `.eval`: a ZIP of one JSON file a sample, deflated or zstd.
fn read_zip(file: File, sink: &mut Sink) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let broken = |why: String| IngestError::Io { path: path.clone(), why };
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| broken(e.to_string()))?;
    let mut names: Vec<String> = zip.file_names().flatten().map(|n| n.into_owned()).collect();
    names.sort();
    let mut json = |name: &str| -> Result<Option<Value>, IngestError> {
        let Ok(mut member) = zip.by_name(name) else { return Ok(None) };
        let mut text = String::new();
        member.read_to_string(&mut text).map_err(|e| broken(format!("{name}: {e}")))?;
        let mended = json::without_nan(&text);
        let value = serde_json::from_str(mended.as_deref().unwrap_or(&text));
        value.map(Some).map_err(|e| broken(format!("{name}: {e}")))
    };
    // A run that was cut short has no header yet.
    let header = match json("header.json")? {
        Some(h) => Some(h),
        None => {
            sink.leave_out("the end of a run that was not finished");
            json("_journal/start.json")?
        }
    };
    let Some(header) = header else {
        return Err(IngestError::Foreign { path, what: "a ZIP archive, but no inspect_ai log; unpack it first" });
    };
    sink.file.formats.insert(Kind::InspectAi);
    for name in names.iter().filter(|n| n.starts_with("samples/") && n.ends_with(".json")) {
        if let Some(sample) = json(name)? {
            inspect_sample(&sample, &header, sink);
        }
    }
    Ok(())
}
