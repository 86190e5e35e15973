//! Any bytes as a sample file: read or refused with a sentence, never a panic, a hang or memory without bound.
#![no_main]

use std::io::Write;

use gander::ingest::{Format, IngestOptions, ingest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&how, bytes)) = data.split_first() else { return };
    let path = std::env::temp_dir().join(format!("gander-fuzz-{}", std::process::id()));
    let written = std::fs::File::create(&path).and_then(|mut f| f.write_all(bytes));
    if written.is_err() {
        return;
    }
    let format = match how & 7 {
        0 => Some(Format::Json),
        1 => Some(Format::Csv),
        2 => Some(Format::Tsv),
        3 => Some(Format::Lines),
        _ => None,
    };
    let options = IngestOptions {
        format,
        skip_bad_lines: how & 8 != 0,
        limit: (how & 16 != 0).then_some(3),
        ..IngestOptions::default()
    };
    match ingest(&[path], &options) {
        Ok(read) => {
            // Every sample belongs to a model and, if it has one, to a prompt that is there.
            for s in &read.corpus.samples {
                assert!(s.source.ix() < read.corpus.sources.len());
                assert!(s.prompt.is_none_or(|p| (p.0 as usize) < read.corpus.prompts.len()));
            }
        }
        Err(e) => assert!(!e.to_string().is_empty()),
    }
});
