//! Containers: what a file is by its first bytes, and the way to what is inside.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use super::error::IngestError;
use super::sink::{RawFile, Sink};
use super::{Format, IngestOptions, documents, json, records, table};

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
            _ => read_stream(Box::new(file), options, &mut sink)?,
        }
    }
    let mut file = sink.finish();
    if file.formats.contains(records::LM_EVAL)
        && let Some(model) = lm_eval_model(path)
    {
        file.samples.iter_mut().for_each(|s| s.model = Some(model.clone()));
    }
    if file.formats.contains(records::HELM)
        && let Some(model) = helm_model(path)
    {
        file.samples.iter_mut().for_each(|s| s.model = Some(model.clone()));
    }
    if file.samples.is_empty() && file.prompts.is_empty() {
        return Err(IngestError::NoSamples { path: file.path });
    }
    Ok(file)
}

/// lm-evaluation-harness names the model in the folder (`org__model`) or in the results beside the samples.
fn lm_eval_model(path: &Path) -> Option<String> {
    let folder = path.canonicalize().ok()?.parent()?.to_path_buf();
    if let Some((org, model)) = folder.file_name()?.to_string_lossy().split_once("__") {
        return Some(format!("{org}/{model}"));
    }
    let mut results: Vec<PathBuf> = std::fs::read_dir(&folder)
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("results")))
        .collect();
    results.sort();
    // Several results in one folder leave it open whose samples these are.
    let [only] = results.as_slice() else { return None };
    let value: Value = serde_json::from_slice(&std::fs::read(only).ok()?).ok()?;
    // Nor does a file of another task's results say it.
    let name = path.file_name()?.to_string_lossy().into_owned();
    let task = name.strip_prefix("samples_")?;
    value.get("results")?.as_object()?.keys().find(|k| task.starts_with(k.as_str()))?;
    Some(value.get("model_name")?.as_str()?.to_owned())
}

/// HELM's display files name the model in the run's specification, or in the requests beside them.
fn helm_model(path: &Path) -> Option<String> {
    let read =
        |name: &str| -> Option<Value> { serde_json::from_slice(&std::fs::read(path.parent()?.join(name)).ok()?).ok() };
    let named = |v: &Value| v.as_str().map(str::to_owned);
    let spec = read("run_spec.json").and_then(|v| named(&v["adapter_spec"]["model"]));
    spec.or_else(|| read("display_requests.json").and_then(|v| named(&v[0]["request"]["model"])))
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
    let head = reader.fill_buf().map_err(failed)?;
    let escaped = head.windows(2).any(|w| w == b"\\\"") && !head.windows(2).any(|w| w == b"\"\"");
    match (options.format, first) {
        (Some(Format::Csv), _) => table::read(reader, b',', escaped, options, sink),
        (Some(Format::Tsv), _) => table::read(reader, b'\t', false, options, sink),
        (Some(Format::Lines), _) => table::read_plain(reader, options, sink),
        (_, b'[') => json::read_array(reader, options, sink),
        (_, b'{') => json::read_lines(reader, options, sink),
        (Some(Format::Json), _) => Err(IngestError::NotJson { path }),
        (None, _) => match table::delimiter(head) {
            Some(delimiter) => table::read(reader, delimiter, escaped && delimiter == b',', options, sink),
            None => Err(IngestError::NotJson { path }),
        },
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
        records::take(&value, options, &|| format!("row {}", n + 1), sink)?;
    }
    sink.file.formats.insert("Parquet");
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
    sink.file.formats.insert("inspect_ai log");
    let model = header.get("eval").and_then(|e| e.get("model")).and_then(Value::as_str);
    for name in names.iter().filter(|n| n.starts_with("samples/") && n.ends_with(".json")) {
        if let Some(sample) = json(name)? {
            documents::inspect_sample(&sample, model, sink);
        }
    }
    Ok(())
}

/// The files in a folder and the folders in it, by name; hidden files and results of whole runs are left out.
pub(super) fn expand(path: &Path) -> Result<Vec<PathBuf>, IngestError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    const READ: [&str; 12] =
        ["jsonl", "json", "csv", "tsv", "parquet", "eval", "gz", "zst", "ndjson", "jsonlines", "jl", "txt"];
    let failed = |e: std::io::Error| IngestError::open(path, &e);
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        inside.push(entry.map_err(failed)?.path());
    }
    inside.sort();
    let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // HELM keeps the same answers in small display files and in a large state of the scenario.
    let has = |wanted: &str| inside.iter().any(|p| name(p) == wanted);
    let displayed = has("display_predictions.json") && has("display_requests.json");
    let is_helm = displayed || has("scenario_state.json");
    let mut out = Vec::new();
    for p in inside {
        let n = name(&p);
        let wanted = match (is_helm, displayed) {
            (_, true) => n.starts_with("display_"),
            (true, _) => n == "scenario_state.json",
            _ => !n.starts_with("results_") && !n.starts_with('.'),
        };
        if p.is_dir() {
            out.extend(expand(&p)?);
        } else if wanted && p.extension().is_some_and(|e| READ.iter().any(|r| e.eq_ignore_ascii_case(r))) {
            out.push(p);
        }
    }
    if out.is_empty() {
        return Err(IngestError::EmptyDirectory { path: path.to_path_buf() });
    }
    Ok(out)
}
