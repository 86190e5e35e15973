//! `gander report`: one page that says what was found, for people who were not there.

use super::CliError;
use super::args::ReportArgs;
use super::output::{Kind, Output, Protected};
use super::session_view::SessionView;
use crate::cluster::Map;
use crate::report::{ReportBuilder, html, markdown};
use crate::session::Access;

pub(super) fn run(args: &ReportArgs) -> Result<(), CliError> {
    let protected = Protected::default().and([args.session.as_path()]);
    let output = Output::prepare(Some(&args.output), Kind::Report, &protected, args.force)?;
    let mut curated = SessionView::open(&args.session, Access::ReadOnly)?;
    curated.refresh()?;
    let SessionView { session, meta, partition, history, figures, .. } = curated;
    let is_markdown = args.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("md"));
    let corpus = session.corpus()?;
    let embedder = session.embedder()?.unwrap_or_default();
    let name = args.session.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // The explorer keeps the map that it drew.
    let map = match (is_markdown, session.map()?) {
        (true, _) => None,
        (false, Some(map)) => Some(map),
        (false, None) => session.vectors()?.and_then(|(vectors, _)| Map::of(&vectors, meta.seed).ok()),
    };
    let blocks = ReportBuilder {
        corpus: &corpus,
        partition: &partition,
        figures: &figures,
        records: &history.in_force(),
        slices: &super::slice::of(&corpus, &figures, args.slice.as_deref())?,
        map_of: map.as_ref(),
        opinions: &session.opinions()?,
        intent: session.intent()?.as_deref().filter(|t| !t.is_empty()),
        meta: &meta,
        embedder: &embedder,
        name: &name,
    }
    .tell();
    let page = if is_markdown { markdown(&blocks) } else { html(&blocks) };
    output.write(&format!("report on {} texts", corpus.len()), |out| out.write_all(page.as_bytes()))
}
