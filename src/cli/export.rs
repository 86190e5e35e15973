//! `gander export`: labels and assignments of a session.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::CliError;
use super::args::{ExportArgs, ExportFormat};
use super::curated::Curated;
use crate::report::{write_csv, write_jsonl};
use crate::session::Access;

pub(super) fn run(args: &ExportArgs) -> Result<(), CliError> {
    let curated = Curated::open(&args.session, Access::ReadOnly)?;
    let (corpus, partition) = (curated.session.corpus()?, &curated.partition);
    let csv_name = |p: &Path| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    let format = args.format.unwrap_or(match &args.output {
        Some(p) if csv_name(p) => ExportFormat::Csv,
        _ => ExportFormat::Jsonl,
    });
    let mut out: Box<dyn Write> = match &args.output {
        Some(p) => Box::new(BufWriter::new(File::create(p).map_err(|e| failed(args, &e))?)),
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    match format {
        ExportFormat::Jsonl => write_jsonl(&mut out, &corpus, partition, Some(&curated.figures)),
        ExportFormat::Csv => write_csv(&mut out, &corpus, partition, Some(&curated.figures)),
    }
    .and_then(|()| out.flush())
    .map_err(|e| failed(args, &e))
}

fn failed(args: &ExportArgs, e: &std::io::Error) -> CliError {
    let what = args.output.as_ref().map_or_else(|| "standard output".to_owned(), |p| p.display().to_string());
    CliError::Write { what, why: e.to_string() }
}
