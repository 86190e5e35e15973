//! Containers: what a file is by its first bytes, and the way to what is inside.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use super::error::IngestError;
use super::formats::{At, Kind, finish, helm_model, inspect_sample, lm_eval, take};
use super::sink::{RawFile, Sink};
use super::stream::{HEAD, Source, seekable, unpack};
use super::{Format, IngestOptions, arrow, json, table};

/// Reads one file, or standard input for `-`.
pub(super) fn read_file(path: &Path, options: &IngestOptions) -> Result<RawFile, IngestError> {
    let mut sink = Sink::new(path.to_path_buf(), options);
    let failed = |e: std::io::Error| IngestError::open(path, &e);
    if path == Path::new("-") {
        read_source(unpack(Box::new(std::io::stdin().lock())).map_err(failed)?, options, &mut sink)?;
    } else {
        // Opened once: what a pipe has given it does not give again.
        let mut file = File::open(path).map_err(failed)?;
        match &magic(&mut file).map_err(failed)? {
            b"PAR1" => read_parquet(file, options, &mut sink)?,
            b"PK\x03\x04" => read_zip(file, options, &mut sink)?,
            b"ARRO" => arrow::read_file(file, options, &mut sink)?,
            _ => read_source(unpack(Box::new(file)).map_err(failed)?, options, &mut sink)?,
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

/// The first bytes of a file that can be read again from its start; nothing of any other.
fn magic(file: &mut File) -> std::io::Result<[u8; 4]> {
    let mut head = Vec::new();
    if file.metadata()?.is_file() {
        file.by_ref().take(4).read_to_end(&mut head)?;
        file.rewind()?;
    }
    Ok(head.try_into().unwrap_or_default())
}

/// Reads what is inside all packings.
fn read_source(source: Source, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let packed = source.packed;
    read_unpacked(source, options, sink).map_err(|e| match e {
        IngestError::NotUtf8 { path, line } if packed => IngestError::PackedNotUtf8 { path, line },
        other => other,
    })
}

fn read_unpacked(source: Source, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let failed = |e: std::io::Error| IngestError::open(&path, &e);
    match source.head() {
        // These are read from their ends.
        h if h.starts_with(b"PAR1") => return read_parquet(seekable(source.whole()).map_err(failed)?, options, sink),
        h if h.starts_with(b"PK\x03\x04") => return read_zip(seekable(source.whole()).map_err(failed)?, options, sink),
        h if h.starts_with(b"ARROW1") => {
            return arrow::read_file(seekable(source.whole()).map_err(failed)?, options, sink);
        }
        h if h.starts_with(b"\xff\xff\xff\xff") => return arrow::read_stream(source.whole(), options, sink),
        h if h.starts_with(b"\x93NUMPY") => return Err(IngestError::Numbers { path }),
        h => {
            if let Some(what) = foreign(h) {
                return Err(IngestError::Foreign { path, what });
            }
        }
    }
    let mut reader = BufReader::with_capacity(HEAD, source.whole());
    let head = reader.fill_buf().map_err(failed)?;
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
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Some("text in UTF-32; convert it: iconv -f UTF-32 -t UTF-8 FILE > NEW")
        }
        [0x04, 0x22, 0x4d, 0x18, ..] => Some("packed with lz4; unpack it: lz4 -dc FILE > NEW"),
        [0x1f, 0x9d, ..] => Some("packed with compress; unpack it: gzip -dc < FILE > NEW"),
        [0x5d, 0, 0, ..] => Some("packed with lzma; unpack it: xz -dc FILE > NEW"),
        [b'7', b'z', 0xbc, 0xaf, ..] => Some("a 7z archive; unpack it: 7z x FILE"),
        [b'R', b'a', b'r', b'!', 0x1a, ..] => Some("a RAR archive; unpack it: unrar x FILE"),
        h if h.get(257..262) == Some(b"ustar") => Some("a tar archive; unpack it: tar -xf FILE"),
        [b'P', b'K', 0x05, 0x06, ..] => Some("an empty ZIP archive"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some("an old Excel or Word file; save it as CSV UTF-8"),
        h if h.starts_with(b"%PDF-") => Some("a PDF; save the texts as JSONL"),
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
fn read_zip(file: File, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
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
        return Err(IngestError::Foreign { path, what: foreign_zip(&names) });
    };
    sink.file.formats.insert(Kind::InspectAi);
    let samples = names.iter().filter(|n| n.starts_with("samples/") && n.ends_with(".json"));
    for (n, name) in samples.enumerate() {
        if let Some(sample) = json(name)? {
            inspect_sample(&sample, n + 1, &header, options, sink)?;
        }
    }
    Ok(())
}

/// Names an archive that is no log, from the files in it.
fn foreign_zip(names: &[String]) -> &'static str {
    let has = |name: &str| names.iter().any(|n| n == name);
    if has("xl/workbook.xml") {
        "an Excel workbook; save it as CSV UTF-8 (File, Save As)"
    } else if has("word/document.xml") {
        "a Word document; save the texts as JSONL"
    } else if has("content.xml") && has("mimetype") {
        "an OpenDocument file; save a sheet as CSV in UTF-8"
    } else {
        "a ZIP archive, but no inspect_ai log; unpack it: unzip FILE"
    }
}
