//! `gander export`: labels and assignments, a data set, or the history of edits.

use std::path::Path;

use super::CliError;
use super::args::{ExportArgs, ExportFormat, ExportWhat};
use super::output::{Kind, Output, Protected};
use super::session_view::SessionView;
use crate::model::{ClusterId, Corpus, SampleIx};
use crate::report::{Rows, differences_json, write_csv, write_dataset, write_edits, write_jsonl, write_parquet};
use crate::session::Access;

pub(super) fn run(args: &ExportArgs) -> Result<(), CliError> {
    let ends_in = |p: &Path, e: &str| p.extension().is_some_and(|x| x.eq_ignore_ascii_case(e));
    let format = args.format.unwrap_or(match &args.output {
        Some(p) if ends_in(p, "csv") => ExportFormat::Csv,
        Some(p) if ends_in(p, "parquet") => ExportFormat::Parquet,
        _ => ExportFormat::Jsonl,
    });
    if format == ExportFormat::Parquet && args.output.is_none() {
        return Err(CliError::Usage("Parquet is written to a file: name it with -o OUT.parquet".into()));
    }
    if args.what != ExportWhat::Assignments && format != ExportFormat::Jsonl {
        return Err(CliError::Usage(
            "a data set, the history of edits and the differences are written as JSON lines: --format jsonl".into(),
        ));
    }
    let protected = Protected::default().and([args.session.as_path()]);
    let output = Output::prepare(args.output.as_deref(), Kind::Export, &protected, args.force)?;
    let mut curated = SessionView::open(&args.session, Access::ReadOnly)?;
    if args.what == ExportWhat::Differences {
        curated.refresh()?;
    }
    let corpus = curated.session.corpus()?;
    let chosen = chosen(args, &curated, &corpus)?;
    let rows = Rows { corpus: &corpus, partition: &curated.partition, figures: &curated.figures, chosen: &chosen };
    let edits = curated.history.records();
    let differences = match args.what {
        ExportWhat::Differences => differences_json(&corpus, &curated.partition, &curated.figures),
        _ => Vec::new(),
    };
    let what = match args.what {
        ExportWhat::Edits => match edits.len() {
            1 => "1 edit".to_owned(),
            n => format!("{n} edits"),
        },
        ExportWhat::Differences => match differences.len() {
            1 => "1 difference".to_owned(),
            n => format!("{n} differences"),
        },
        _ => format!("{} texts", chosen.len()),
    };
    output.write(&what, |out| match (args.what, format) {
        (ExportWhat::Dataset, _) => write_dataset(out, &rows),
        (ExportWhat::Edits, _) => write_edits(out, edits),
        (ExportWhat::Differences, _) => differences.iter().try_for_each(|row| writeln!(out, "{row}")),
        (_, ExportFormat::Jsonl) => write_jsonl(out, &rows),
        (_, ExportFormat::Csv) => write_csv(out, &rows),
        (_, ExportFormat::Parquet) => write_parquet(out, &rows),
    })
}

/// The samples that the arguments ask for, in order.
fn chosen(args: &ExportArgs, c: &SessionView, corpus: &Corpus) -> Result<Vec<SampleIx>, CliError> {
    if let Some(lost) = args.clusters.iter().find(|id| c.partition.get(ClusterId(**id)).is_none()) {
        return Err(CliError::Usage(format!("--clusters: there is no cluster {lost} in this session")));
    }
    let of = match &args.of {
        None => None,
        Some(name) => Some(corpus.sources.iter().position(|s| s.name == *name).ok_or_else(|| {
            let names: Vec<&str> = corpus.sources.iter().map(|s| s.name.as_str()).collect();
            CliError::Usage(format!("--of: no model is called “{name}”; the models are {}", names.join(", ")))
        })?),
    };
    let wanted = |s: &SampleIx| {
        let Some(id) = c.partition.cluster_of(*s) else { return false };
        (args.clusters.is_empty() || args.clusters.contains(&id.0))
            && (!args.reviewed || c.partition.get(id).is_some_and(|k| k.reviewed))
            && of.is_none_or(|of| corpus.samples[*s as usize].source.ix() == of)
    };
    Ok((0..corpus.len() as SampleIx).filter(wanted).collect())
}
