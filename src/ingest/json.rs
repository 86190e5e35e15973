//! JSON lines and JSON arrays, one record at a time.

use std::io::{BufRead, Read};
use std::path::Path;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::Value;

use super::formats::{At, take};
use super::sink::Sink;
use super::{IngestError, IngestOptions};

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
    mut reader: impl BufRead,
    options: &IngestOptions,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(|e| IngestError::open(&path, &e))? == 0 {
            break;
        }
        line += 1;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let ended = bytes.ends_with(b"\n");
        match record(&bytes, line, ended, options, sink) {
            Ok(()) => {}
            // An object printed over many lines is JSON all the same.
            Err(IngestError::BadLine { .. }) if line == 1 && is_open(&bytes) => {
                let mut rest = Vec::new();
                reader.read_to_end(&mut rest).map_err(|e| IngestError::open(&path, &e))?;
                bytes.extend_from_slice(&rest);
                return read_objects(&bytes, options, sink);
            }
            Err(IngestError::BadLine { .. } | IngestError::CutOff { .. } | IngestError::NotUtf8 { .. })
                if options.skip_bad_lines =>
            {
                sink.file.skipped += 1;
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Whether a line could be the start of an object that goes on below.
fn is_open(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    text == b"{" || (text.starts_with(b"{") && (text.ends_with(b",") || text.ends_with(b"{") || text.ends_with(b"[")))
}

/// Objects printed over several lines, one after another.
fn read_objects(bytes: &[u8], options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        IngestError::NotUtf8 { path: path.clone(), line }
    })?;
    let mended = without_nan(text);
    let stream = serde_json::Deserializer::from_str(mended.as_deref().unwrap_or(text)).into_iter::<Value>();
    for (n, value) in stream.enumerate() {
        let value = value.map_err(|e| bad(&path, e.line(), &e))?;
        // The first is the whole file more often than not.
        take(value, options, if n == 0 { At::Line(1) } else { At::Record(n + 1) }, sink)?;
    }
    Ok(())
}

fn record(bytes: &[u8], line: usize, ended: bool, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let text = std::str::from_utf8(bytes).map_err(|_| IngestError::NotUtf8 { path: path.clone(), line })?;
    let value: Value = match serde_json::from_str(text) {
        Ok(v) => v,
        Err(e) => match without_nan(text).and_then(|t| serde_json::from_str(&t).ok()) {
            Some(v) => v,
            None if e.is_eof() && !ended => return Err(IngestError::CutOff { path, line }),
            None => return Err(bad(&path, line, &e)),
        },
    };
    take(value, options, At::Line(line), sink)
}

/// Python writes NaN and Infinity, which JSON does not know: they become null. `None` when there are none.
pub(super) fn without_nan(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut from, mut in_string, mut escaped) = (0, false, false);
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        if in_string {
            if escaped {
                escaped = false;
            } else if b == b'\\' {
                escaped = true;
            } else if b == b'"' {
                in_string = false;
            }
        } else if b == b'"' {
            in_string = true;
        } else if let Some(word) = ["NaN", "-Infinity", "Infinity"].into_iter().find(|w| text[i..].starts_with(w)) {
            out.push_str(&text[from..i]);
            out.push_str("null");
            i += word.len();
            from = i;
            continue;
        }
        i += 1;
        while !text.is_char_boundary(i) {
            i += 1;
        }
    }
    if from == 0 {
        return None;
    }
    out.push_str(&text[from..]);
    Some(out)
}

fn bad(path: &Path, line: usize, e: &serde_json::Error) -> IngestError {
    // serde_json's own " at line 1 column 9" would count from the start of this record.
    let full = e.to_string();
    let why = full.split(" at line ").next().unwrap_or(&full).to_owned();
    IngestError::BadLine { path: path.to_path_buf(), line, why }
}

/// Reads an array of objects as a stream: one record is in memory at a time.
pub(super) fn read_array(reader: impl Read, options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let path = sink.file.path.clone();
    let mut failure = None;
    let mut de = serde_json::Deserializer::from_reader(reader);
    let records = Records { options, sink, failure: &mut failure };
    let result = records.deserialize(&mut de).and_then(|()| de.end());
    if let Some(e) = failure {
        return Err(e);
    }
    result.map_err(|e| bad(&path, e.line(), &e))
}

struct Records<'a> {
    options: &'a IngestOptions,
    sink: &'a mut Sink,
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
            if let Err(e) = take(value, self.options, At::Record(n), self.sink) {
                *self.failure = Some(e);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
