//! `gander apply`: new samples into the clusters of a curated session, so that labels made once serve the next fine-tune.

use std::collections::BTreeMap;

use serde_json::json;

use super::CliError;
use super::args::ApplyArgs;
use super::output::{Kind, Output, Protected, note};
use super::session_view::SessionView;
use crate::analysis::shown_label;
use crate::cluster::Assigner;
use crate::embed::Progress;
use crate::ingest::ingest;
use crate::model::{ClusterId, View};
use crate::session::Access;

/// Clusters told at the end.
const TOLD: usize = 12;

pub(super) fn run(args: &ApplyArgs) -> Result<(), CliError> {
    let protected = Protected::samples(&args.files).and([args.session.as_path()]);
    let output = Output::prepare(args.output.as_deref(), Kind::Applied, &protected, args.force)?;
    let mut c = SessionView::open(&args.session, Access::ReadOnly)?;
    c.refresh()?;
    if c.meta.view == View::Behaviour {
        return Err(CliError::Usage(format!(
            "{}: the behaviour view compares answers to one prompt with each other, and new samples have no such answers; use a session of the topic view",
            args.session.display()
        )));
    }
    let unfinished =
        || CliError::Usage(format!("{}: has no vectors; open it once in the explorer", args.session.display()));
    let (vectors, made_by) = c.session.vectors()?.ok_or_else(unfinished)?;
    let embedder = super::embedder::make(c.meta.max_windows, c.meta.embedder.as_deref())?;
    if embedder.id() != made_by {
        return Err(CliError::Usage(format!(
            "{}: its vectors come from {made_by}, and this gander has {}; vectors of two embedders cannot be compared. Make \
             the session anew from its sample files, or use the gander that made it",
            args.session.display(),
            embedder.id()
        )));
    }
    let ingested = ingest(&args.files, &args.input.options(c.meta.seed))?;
    for n in &ingested.notices {
        note(n);
    }
    let corpus = ingested.corpus;
    let texts: Vec<&str> = corpus.samples.iter().map(|s| s.text.as_str()).collect();
    let new = embedder.embed(&texts, &Progress::default())?.vectors;
    let assigner = Assigner::new(&vectors, &c.partition, args.none_below);
    let (right, lost) = assigner.self_check();
    let found = assigner.assign(&new);
    let label = |id: ClusterId| -> Option<String> {
        let figures = c.figures.clusters.iter().find(|f| f.id == id);
        c.partition.get(id).map(|k| shown_label(k, figures).0)
    };
    let mut counts: BTreeMap<Option<ClusterId>, Vec<usize>> = BTreeMap::new();
    for (s, a) in corpus.samples.iter().zip(&found) {
        counts.entry(a.cluster).or_insert_with(|| vec![0; corpus.sources.len()])[s.source.ix()] += 1;
    }
    output.write(&format!("{} texts", corpus.len()), |out| {
        for (s, a) in corpus.samples.iter().zip(&found) {
            let row = json!({
                "id": s.id,
                "model": corpus.sources[s.source.ix()].name,
                "prompt": corpus.prompt_of(s),
                "text": s.text,
                "cluster": a.cluster,
                "label": a.cluster.and_then(label),
                "nearest_cluster": a.nearest,
                "similarity": (f64::from(a.similarity) * 1e4).round() / 1e4,
                "margin": (f64::from(a.margin) * 1e4).round() / 1e4,
                "typicality": (f64::from(a.typicality) * 1e4).round() / 1e4,
            });
            serde_json::to_writer(&mut *out, &row)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    note(&format!(
        "of the session’s own texts {:.1} % come back into their cluster when left out, and {:.1} % would be in none",
        100.0 * right,
        100.0 * lost
    ));
    let mut ranked: Vec<(Option<ClusterId>, Vec<usize>)> = counts.into_iter().collect();
    ranked.sort_by_key(|(id, n)| (std::cmp::Reverse(n.iter().sum::<usize>()), *id));
    for (id, n) in ranked.iter().take(TOLD) {
        let by: Vec<String> = corpus.sources.iter().zip(n).map(|(s, n)| format!("{} {n}", s.name)).collect();
        let what =
            id.map_or_else(|| "none of these".to_owned(), |id| format!("#{id} {}", label(id).unwrap_or_default()));
        note(&format!("{:>6}  {what}  ({})", n.iter().sum::<usize>(), by.join(", ")));
    }
    if ranked.len() > TOLD {
        note(&format!("and {} smaller clusters", ranked.len() - TOLD));
    }
    Ok(())
}
