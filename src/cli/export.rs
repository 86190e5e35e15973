//! `gander export`: labels and assignments of a session.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::CliError;
use super::args::{ExportArgs, ExportFormat};
use crate::cluster::Tree;
use crate::jobs::Figures;
use crate::model::History;
use crate::report::{write_csv, write_jsonl};
use crate::session::{Access, Session};

pub(super) fn run(args: &ExportArgs) -> Result<(), CliError> {
    let session = Session::open(&args.session, Access::ReadOnly)?;
    let unfinished = || {
        CliError::Usage(format!(
            "{}: has no clusters yet; open it once in the explorer and let it finish",
            args.session.display()
        ))
    };
    let tree: Tree = session.result("tree")?.ok_or_else(unfinished)?;
    let figures: Option<Figures> = session.result("figures")?;
    let mut partition = tree.partition(tree.base_groups());
    History::replay(session.records()?, &mut partition);
    let corpus = session.corpus()?;
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
        ExportFormat::Jsonl => write_jsonl(&mut out, &corpus, &partition, figures.as_ref()),
        ExportFormat::Csv => write_csv(&mut out, &corpus, &partition, figures.as_ref()),
    }
    .and_then(|()| out.flush())
    .map_err(|e| failed(args, &e))
}

fn failed(args: &ExportArgs, e: &std::io::Error) -> CliError {
    let what = args.output.as_ref().map_or_else(|| "standard output".to_owned(), |p| p.display().to_string());
    CliError::Write { what, why: e.to_string() }
}
