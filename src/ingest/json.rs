//! JSON lines and JSON arrays, one record at a time.

use std::io::{BufRead, Read};
use std::path::Path;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::Value;

use super::{IngestError, IngestOptions, RawFile, RawSample, fields};

/// The first byte that is not white space, left in the reader.
pub(super) fn first_byte(reader: &mut impl BufRead) -> std::io::Result<Option<u8>> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        match buffer.iter().position(|b| !b.is_ascii_whitespace()) {
            Some(at) => {
                let byte = buffer[at];
                // White space stays, so that line numbers count from the start of the file.
                return Ok(Some(byte));
            }
            None => {
                let n = buffer.len();
                reader.consume(n);
            }
        }
    }
}

/// Reads one object a line.
pub(super) fn read_lines(
    path: &Path,
    mut reader: impl BufRead,
    options: &IngestOptions,
) -> Result<RawFile, IngestError> {
    let mut out = RawFile { path: path.to_path_buf(), samples: Vec::new(), skipped: 0 };
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(|e| IngestError::open(path, &e))? == 0 {
            break;
        }
        line += 1;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let ended = bytes.ends_with(b"\n");
        match record(path, &bytes, line, ended, options) {
            Ok(mut samples) => out.samples.append(&mut samples),
            // An object printed over many lines is JSON all the same.
            Err(IngestError::BadLine { .. }) if line == 1 && out.samples.is_empty() && is_open(&bytes) => {
                let mut rest = Vec::new();
                reader.read_to_end(&mut rest).map_err(|e| IngestError::open(path, &e))?;
                bytes.extend_from_slice(&rest);
                return read_objects(path, &bytes, options);
            }
            Err(IngestError::BadLine { .. } | IngestError::CutOff { .. } | IngestError::NotUtf8 { .. })
                if options.skip_bad_lines =>
            {
                out.skipped += 1;
            }
            Err(e) => return Err(e),
        }
    }
    nonempty(out)
}

/// Whether a line could be the start of an object that goes on below.
fn is_open(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    text == b"{" || (text.starts_with(b"{") && (text.ends_with(b",") || text.ends_with(b"{") || text.ends_with(b"[")))
}

/// Objects printed over several lines, one after another.
fn read_objects(path: &Path, bytes: &[u8], options: &IngestOptions) -> Result<RawFile, IngestError> {
    let mut out = RawFile { path: path.to_path_buf(), samples: Vec::new(), skipped: 0 };
    let stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    for (n, value) in stream.enumerate() {
        let value = value.map_err(|e| bad(path, e.line(), &e))?;
        let at = || format!("record {}", n + 1);
        out.samples.append(&mut fields::samples(&value, &options.fields, path, &at)?);
    }
    nonempty(out)
}

fn record(
    path: &Path,
    bytes: &[u8],
    line: usize,
    ended: bool,
    options: &IngestOptions,
) -> Result<Vec<RawSample>, IngestError> {
    let text = std::str::from_utf8(bytes).map_err(|_| IngestError::NotUtf8 { path: path.to_path_buf(), line })?;
    let value: Value = serde_json::from_str(text).map_err(|e| {
        if e.is_eof() && !ended { IngestError::CutOff { path: path.to_path_buf(), line } } else { bad(path, line, &e) }
    })?;
    fields::samples(&value, &options.fields, path, &|| format!("line {line}"))
}

fn bad(path: &Path, line: usize, e: &serde_json::Error) -> IngestError {
    // serde_json's own " at line 1 column 9" would count from the start of this record.
    let full = e.to_string();
    let why = full.split(" at line ").next().unwrap_or(&full).to_owned();
    IngestError::BadLine { path: path.to_path_buf(), line, why }
}

/// Reads an array of objects as a stream: one record is in memory at a time.
pub(super) fn read_array(path: &Path, reader: impl Read, options: &IngestOptions) -> Result<RawFile, IngestError> {
    let mut out = RawFile { path: path.to_path_buf(), samples: Vec::new(), skipped: 0 };
    let mut failure = None;
    let mut de = serde_json::Deserializer::from_reader(reader);
    let records = Records { path, options, out: &mut out.samples, failure: &mut failure };
    let result = records.deserialize(&mut de).and_then(|()| de.end());
    if let Some(e) = failure {
        return Err(e);
    }
    result.map_err(|e| bad(path, e.line(), &e))?;
    nonempty(out)
}

struct Records<'a> {
    path: &'a Path,
    options: &'a IngestOptions,
    out: &'a mut Vec<RawSample>,
    failure: &'a mut Option<IngestError>,
}

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut n = 0;
        while let Some(value) = seq.next_element::<Value>()? {
            n += 1;
            let at = || format!("record {n}");
            match fields::samples(&value, &self.options.fields, self.path, &at) {
                Ok(mut s) => self.out.append(&mut s),
                Err(e) => {
                    *self.failure = Some(e);
                    return Err(serde::de::Error::custom("stopped"));
                }
            }
        }
        Ok(())
    }
}

fn nonempty(file: RawFile) -> Result<RawFile, IngestError> {
    if file.samples.is_empty() {
        return Err(IngestError::NoSamples { path: file.path });
    }
    Ok(file)
}
