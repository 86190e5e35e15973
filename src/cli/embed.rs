//! `gander embed`: samples with their vectors into a Parquet file, one part of them when many machines share the work.

use super::CliError;
use super::args::EmbedArgs;
use super::output::{Kind, Output, Protected, note};
use crate::analysis::PipelineError;
use crate::embed::Progress;
use crate::ingest::ingest;
use crate::report::{Part, write_part};

pub(super) fn run(args: &EmbedArgs) -> Result<(), CliError> {
    let shard = args.shard.as_deref().unwrap_or("1/1");
    let (i, n) = shard
        .split_once('/')
        .and_then(|(i, n)| Some((i.parse::<usize>().ok()?, n.parse::<usize>().ok()?)))
        .filter(|(i, n)| (1..=*n).contains(i))
        .ok_or_else(|| CliError::Usage(format!("--shard {shard}: give a part and the number of parts, such as 2/8")))?;
    let protected = Protected::samples(&args.files).and(args.run.files());
    let output = Output::prepare(Some(&args.output), Kind::Vectors, &protected, args.force)?;
    let run = super::embedder::fetched(&args.run)?;
    let ingested = ingest(&args.files, &args.input.options(run.seed))?;
    for notice in &ingested.notices {
        note(notice);
    }
    let corpus = ingested.corpus;
    let all = corpus.len();
    // Parts are stretches, so that reading them in order gives the samples in order.
    let range = all * (i - 1) / n..all * i / n;
    let samples = &corpus.samples[range.clone()];
    let texts: Vec<&str> = samples.iter().map(|s| s.text.as_str()).collect();
    if let Some(said) = super::embedder::announce(run.embedder().as_deref(), samples, &[]) {
        note(&said);
    }
    let make = if args.vectors_only { super::embedder::make_of_vectors_alone } else { super::embedder::make };
    let embedder = make(usize::from(run.max_windows), run.embedder().as_deref()).map_err(PipelineError::from)?;
    let embedded = embedder.embed(&texts, &Progress::default()).map_err(PipelineError::from)?;
    let part = Part { corpus: &corpus, range, embedded: &embedded, embedder: &embedder.id() };
    // A part that is there is whole: a job that was killed leaves none.
    output.write(&format!("{} texts with their vectors", part.range.len()), |out| write_part(out, &part))
}
