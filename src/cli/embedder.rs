//! Which embedder a run uses, and the user's cache of vectors; `gander cache`.

use std::path::Path;
use std::sync::Arc;

use super::args::{CacheArgs, RunArgs};
use super::embedder_spec::EmbedderSpec;
use super::hints::of_option;
use super::output::{note, print};
use super::{CliError, folders};
use crate::analysis::PipelineError;
use crate::compare::prompt_excerpt;
use crate::embed::{
    Cached, EmbedError, Embedded, Embedder, MiniLm, Progress, SentenceModel, VectorCache, VectorsOnly, read_vectors,
};
use crate::ingest::{Given, Ingested};
use crate::llm::{EmbeddingServer, Endpoint, HUB, Key, fetch, is_hub_name};
use crate::model::Sample;

/// Mebibytes the cache keeps when `GANDER_CACHE_MIB` says nothing: about 1.3 million vectors of the built-in model.
const LIMIT_MIB: u64 = 2048;

/// What is sent where, before it is sent; nothing is without a server. Of prompts, what [`prompt_excerpt`] leaves goes along.
pub(super) fn announce(named: Option<&str>, samples: &[Sample], prompts: &[String]) -> Option<String> {
    let EmbedderSpec::Server(url) = EmbedderSpec::of(named) else { return None };
    let endpoint = Endpoint::parse_embeddings(url).ok()?;
    let characters = samples.iter().map(|s| s.text.chars().count()).sum::<usize>()
        + prompts.iter().map(|p| prompt_excerpt(p).chars().count()).sum::<usize>();
    let open = if endpoint.is_encrypted() || endpoint.is_local() { "" } else { ", unencrypted" };
    let and_prompts = if prompts.is_empty() { String::new() } else { format!(" and {} prompts", prompts.len()) };
    Some(format!(
        "{} texts{and_prompts} ({characters} characters) are embedded by {} at {}{open}, except those embedded before",
        samples.len(),
        endpoint.model(),
        endpoint.place()
    ))
}

/// Why sentences are not compared one by one, where they would be; nothing where they are.
pub(super) fn without_sentences(named: Option<&str>, sources: usize, given: bool) -> Option<&'static str> {
    if sources < 2 {
        None
    } else if given {
        Some("sentences are not compared one by one, because the vectors came with the samples")
    } else if matches!(EmbedderSpec::of(named), EmbedderSpec::Server(_)) {
        Some("sentences are not compared one by one, because a server embeds the texts")
    } else {
        None
    }
}

/// The settings with the model of a hub fetched, when `--download` asks for it.
///
/// # Errors
/// When it cannot be fetched, or when a name looks like one of a hub and nobody asked to fetch it.
pub(super) fn fetched(run: &RunArgs) -> Result<RunArgs, CliError> {
    let mut run = run.clone();
    let Some(name) = run.embedder.clone().filter(|n| is_hub_name(n) && !Path::new(n).exists()) else {
        return Ok(run);
    };
    let Some(folder) = folders::models().map(|f| f.join(name.replace('/', "--"))) else {
        return Err(CliError::Usage(
            "--download: there is no folder to keep the model in; set HOME or XDG_CACHE_HOME".into(),
        ));
    };
    let whole = folder.join("model.safetensors").exists();
    if !whole && !run.download {
        return Err(CliError::Usage(format!(
            "--embedder {name}: there is no such folder; --download fetches the model of that name from the hub"
        )));
    }
    if !whole {
        let hub = std::env::var("HF_ENDPOINT").ok().filter(|h| !h.is_empty()).unwrap_or_else(|| HUB.into());
        note(&format!("fetching {name} into {}", folder.display()));
        let tell = |file: &str, bytes: u64| note(&format!("  {file}, {:.1} MiB", bytes as f64 / f64::from(1 << 20)));
        fetch(&hub, &name, &folder, &tell).map_err(|e| CliError::Usage(format!("--download: {e}")))?;
    }
    run.embedder = Some(folder.display().to_string());
    Ok(run)
}

/// An embedder behind the cache: the built-in one, or what `named` says.
///
/// # Errors
/// When the model is damaged, or cannot be used.
pub(super) fn make(max_windows: usize, named: Option<&str>) -> Result<Arc<dyn Embedder>, EmbedError> {
    let model: Arc<dyn Embedder> = match EmbedderSpec::of(named) {
        EmbedderSpec::BuiltIn { exact } => Arc::new(MiniLm::new(max_windows, exact)?),
        EmbedderSpec::Given(name) => return Ok(Arc::new(VectorsOnly::named(name.to_owned(), 1))),
        EmbedderSpec::Server(url) => Arc::new(server(url)?),
        EmbedderSpec::Folder(folder) => Arc::new(SentenceModel::load(folder, max_windows)?),
    };
    Ok(cached(model))
}

/// As [`make`], but nothing is read of where texts stand.
///
/// # Errors
/// As [`make`].
pub(super) fn make_of_vectors_alone(max_windows: usize, named: Option<&str>) -> Result<Arc<dyn Embedder>, EmbedError> {
    match EmbedderSpec::of(named) {
        EmbedderSpec::BuiltIn { exact } => Ok(cached(Arc::new(MiniLm::new(max_windows, exact)?.of_vectors_alone()))),
        _ => make(max_windows, named),
    }
}

fn cached(model: Arc<dyn Embedder>) -> Arc<dyn Embedder> {
    match cache() {
        Some(cache) => Arc::new(Cached::new(model, cache)),
        None => model,
    }
}

fn server(url: &str) -> Result<EmbeddingServer, EmbedError> {
    let failed = |e: crate::llm::LlmError| EmbedError::Server(of_option("--embedder", &e));
    let endpoint = Endpoint::parse_embeddings(url).map_err(failed)?;
    let key = Key::find(&endpoint, &|n| std::env::var(n).ok()).map_err(failed)?;
    let server = EmbeddingServer::new(endpoint, key).map_err(failed)?;
    // Only a reply tells how long its vectors are.
    server.embed(&["goose"], &Progress::default())?;
    Ok(server)
}

/// As [`make`], for a session whose texts are embedded: without its server it is curated all the same, and labels have no fit.
///
/// # Errors
/// As [`make`], but for servers.
pub(super) fn make_for_session(max_windows: usize, named: Option<&str>) -> Result<Arc<dyn Embedder>, EmbedError> {
    match (make(max_windows, named), named) {
        (Err(EmbedError::Server(_)), Some(url)) => Ok(Arc::new(VectorsOnly::named(url.to_owned(), 1))),
        (made, _) => made,
    }
}

/// Vectors that came with the samples or stand in a file, with what can embed words beside them.
///
/// # Errors
/// When the vectors do not fit the samples.
pub(super) fn given(ingested: &mut Ingested, run: &mut RunArgs) -> Result<Option<Given>, CliError> {
    let samples = ingested.corpus.len();
    let given = match &run.vectors {
        Some(path) => {
            let vectors = read_vectors(path).map_err(PipelineError::from)?;
            if vectors.len() != samples {
                return Err(CliError::Usage(format!(
                    "{}: {} rows, but there are {samples} samples; give one row a sample, in the order of the files",
                    path.display(),
                    vectors.len()
                )));
            }
            Given { embedded: Embedded { vectors, coverage: vec![1.0; samples], stance: None }, embedder: None }
        }
        None => match ingested.given.take() {
            Some(g) => g,
            None => return Ok(None),
        },
    };
    let id = given.embedder.unwrap_or_else(|| VectorsOnly::of(&given.embedded.vectors).id());
    if run.embedder.is_none() {
        match [false, true].into_iter().find(|&exact| MiniLm::id_of(usize::from(run.max_windows), exact) == id) {
            Some(exact) => run.exact = exact,
            None => run.embedder = Some(VectorsOnly::of(&given.embedded.vectors).id()),
        }
    }
    Ok(Some(Given { embedded: given.embedded, embedder: Some(id) }))
}

fn limit() -> u64 {
    let mib = std::env::var("GANDER_CACHE_MIB").ok().and_then(|v| v.parse().ok()).unwrap_or(LIMIT_MIB);
    mib.saturating_mul(1 << 20)
}

pub(super) fn cache() -> Option<VectorCache> {
    if limit() == 0 {
        return None;
    }
    VectorCache::open(&folders::vectors()?, limit())
}

/// `gander cache`: what is kept, or nothing any more.
pub(super) fn show(args: &CacheArgs) -> Result<(), CliError> {
    let Some(cache) = cache() else {
        return print(
            "No cache: GANDER_CACHE_MIB is 0, or there is no folder to write to. Vectors are computed every time.\n",
        );
    };
    if args.clear {
        cache.clear().map_err(|e| CliError::Write { what: cache.path().display().to_string(), why: e.to_string() })?;
    }
    let size = cache.size();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    print(&format!(
        "{}: {} vectors, {:.1} MiB of {:.0} MiB (GANDER_CACHE_MIB; 0 turns it off). {}\n",
        cache.path().display(),
        size.entries,
        mib(size.bytes),
        mib(cache.limit()),
        if args.clear { "Cleared." } else { "The least recently used go first; --clear forgets all." }
    ))
}
