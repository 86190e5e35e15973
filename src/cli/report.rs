//! `gander report`: one page that says what was found, for people who were not there.

use super::CliError;
use super::args::ReportArgs;
use crate::cluster::Tree;
use crate::jobs::{FigureCache, Figures, study_session};
use crate::model::History;
use crate::report::{Story, html, markdown};
use crate::session::{Access, Session};

pub(super) fn run(args: &ReportArgs) -> Result<(), CliError> {
    let session = Session::open(&args.session, Access::ReadOnly)?;
    let shown = args.session.display().to_string();
    let unfinished =
        || CliError::Usage(format!("{shown}: has no clusters yet; open it once in the explorer and let it finish"));
    let tree: Tree = session.result("tree")?.ok_or_else(unfinished)?;
    let mut figures: Figures = session.result("figures")?.ok_or_else(unfinished)?;
    let meta = session.meta()?;
    let mut partition = tree.partition(tree.base_groups());
    let history = History::replay(session.records()?, &mut partition);
    let last = history.records().last().map_or(0, |r| r.seq);
    if session.result::<u64>("figures_seq")? != Some(last) {
        // The explorer was left before the numbers of the last edits were there.
        let study = study_session(&session, figures.contrast.clone())?.ok_or_else(unfinished)?;
        let embedder = super::embedder::make(meta.max_windows).map_err(crate::jobs::PipelineError::from)?;
        figures = study.figures(&partition, &*embedder, &mut FigureCache::default());
    }
    let corpus = session.corpus()?;
    let embedder = session.embedder()?.unwrap_or_default();
    let name = args.session.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let blocks = Story {
        corpus: &corpus,
        partition: &partition,
        figures: &figures,
        records: history.records(),
        meta: &meta,
        embedder: &embedder,
        name: &name,
    }
    .tell();
    let is_markdown = args.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("md"));
    let page = if is_markdown { markdown(&blocks) } else { html(&blocks) };
    std::fs::write(&args.output, page)
        .map_err(|e| CliError::Write { what: args.output.display().to_string(), why: e.to_string() })
}
