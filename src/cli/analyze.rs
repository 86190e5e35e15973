//! `gander analyze`: the whole way without a terminal.

use std::time::Instant;

use rayon::prelude::*;

use super::CliError;
use super::args::AnalyzeArgs;
use super::output::{Kind, Output, Protected, note, session_place};
use crate::analysis::{AnalysisOptions, FigureCache, Timings, analyse};
use crate::diagnostics::Opposition;
use crate::embed::Progress;
use crate::ingest::ingest;
use crate::model::Contrast;
use crate::report::{AnalysisInput, analysis_json};
use crate::session::Session;
use crate::worker::Computed;

pub(super) fn run(args: &AnalyzeArgs) -> Result<(), CliError> {
    let protected = Protected::samples(&args.files).and(args.run.files());
    let session = args.session.as_deref().map(|p| session_place(p, &protected)).transpose()?;
    let output = args.json.as_deref().map(|p| Output::prepare(Some(p), Kind::Analysis, &protected, args.force));
    let output = output.transpose()?;
    if let (Some(output), Some(session)) = (&output, &session) {
        output.differs_from(session)?;
    }
    let start = Instant::now();
    let mut run = super::embedder::fetched(&args.run)?;
    let mut ingested = ingest(&args.files, &args.input.options(run.seed))?;
    ingested.expect_two_models();
    let mut timings = Timings { load_s: start.elapsed().as_secs_f64(), ..Timings::default() };
    for n in &ingested.notices {
        note(n);
    }
    let given = super::embedder::given(&mut ingested, &mut run)?;
    if given.is_none()
        && let Some(said) =
            super::embedder::announce(run.embedder().as_deref(), &ingested.corpus.samples, &ingested.corpus.prompts)
    {
        note(&said);
    }
    let sources = ingested.corpus.sources.len();
    if let Some(why) = super::embedder::without_sentences(run.embedder().as_deref(), sources, given.is_some())
        && !run.no_sentences
    {
        note(why);
        ingested.notices.push(why.to_owned());
        run.no_sentences = true;
    }
    let embedder = super::embedder::make(usize::from(run.max_windows), run.embedder().as_deref())?;
    let options = AnalysisOptions {
        cluster: args.run.cluster_options(),
        view: args.run.view(),
        rounds: args.run.rounds,
        contrast: args.run.contrast(&ingested.corpus)?,
        given: given.map(|g| g.embedded),
        relevance: None,
        sentences: !run.no_sentences,
    };
    if let Some(field) = &args.slice {
        // Before anything that takes time.
        super::slice::check(&ingested.corpus, options.contrast.as_ref(), field)?;
    }
    let (mut study, partition, coverage) =
        analyse(ingested.corpus, &*embedder, &options, &Progress::default(), &mut timings, &|_| {})?;
    let start = Instant::now();
    let figures = study.figures(&partition, &*embedder, &mut FigureCache::default());
    timings.trust_s = start.elapsed().as_secs_f64();
    let pairs = match args.pairs {
        true => {
            Contrast::choices(sources).into_iter().map(|c| study.glance(c, &*embedder)).collect::<Result<_, _>>()?
        }
        false => Vec::new(),
    };
    if let Some(unreadable) = &figures.unreadable {
        note(&unreadable.sentence());
    }
    let splits = if args.propose_splits {
        figures.clusters.par_iter().map(|f| study.opposition_of(partition.members(f.id))).collect()
    } else {
        figures.trust.iter().map(|t| t.opposition.clone().filter(Opposition::is_opposed)).collect()
    };
    let json = analysis_json(&AnalysisInput {
        corpus: &study.corpus,
        partition: &partition,
        figures: &figures,
        slices: &super::slice::of(&study.corpus, &figures, args.slice.as_deref())?,
        splits,
        pairs: &pairs,
        view: args.run.view(),
        seed: args.run.seed,
        embedder: embedder.id(),
        dims: study.vectors.dims(),
        precision: embedder.precision(),
        coverage: &coverage,
        timings,
        notices: &ingested.notices,
        conditions: &ingested.conditions,
    });
    let n = study.corpus.len();
    if let Some(path) = &args.session {
        let meta = run.meta(figures.contrast.clone(), ingested.notices.clone());
        let computed = Computed::of(&study, coverage, embedder.id(), figures);
        Session::create_whole(path, &study.corpus, &meta, |session| computed.store(session))?;
        note(&format!("session of {n} texts written to {}", path.display()));
    }
    output.map_or(Ok(()), |output| {
        output.write(&format!("analysis of {n} texts"), |out| {
            serde_json::to_writer(&mut *out, &json)?;
            writeln!(out)
        })
    })
}
