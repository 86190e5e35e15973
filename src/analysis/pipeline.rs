//! From files to a study, in order; used headless and behind the explorer.

use std::sync::atomic::Ordering;
use std::time::Instant;

use serde::Serialize;

use super::figures::Figures;
use super::study::{Material, STANCE_WEIGHT, Study};
use crate::cluster::{self, ClusterOptions, Neighbours};
use crate::compare::{KnownFindings, Relevance, SentenceSpace, Sentences, prompt_excerpt, residuals};
use crate::embed::{EmbedError, Embedded, Embedder, Progress, Unreadable};
use crate::linalg::Vectors;
use crate::model::{Contrast, Corpus, Partition, View};
use crate::session::{Session, SessionError};

/// Neighbours found for each text.
const NEIGHBOURS: usize = 50;

/// Why an analysis stopped.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Embedding failed or was cancelled.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// Clustering failed.
    #[error(transparent)]
    Cluster(#[from] cluster::ClusterError),
    /// The session could not be read or written.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// What to compute.
#[derive(Debug, Clone)]
pub struct AnalysisOptions {
    /// How to cluster.
    pub cluster: ClusterOptions,
    /// What to cluster.
    pub view: View,
    /// Whether the sources are rounds in order.
    pub rounds: bool,
    /// Who stands against whom; the reference against the next source when absent.
    pub contrast: Option<Contrast>,
    /// Vectors that came with the samples; nothing is embedded then.
    pub given: Option<Embedded>,
    /// How near the texts are to their prompts, where it is known already.
    pub relevance: Option<Relevance>,
    /// Whether sentences are looked at one by one.
    pub sentences: bool,
}

/// What is being done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Texts become vectors.
    Embedding,
    /// Sentences become vectors.
    Sentences,
    /// Vectors become clusters.
    Clustering,
    /// The models are compared.
    Comparing,
}

impl Stage {
    /// Whether texts are done one by one in it, so that a share of it can be said.
    pub(crate) fn counts_texts(self) -> bool {
        matches!(self, Self::Embedding | Self::Sentences)
    }
}

/// Seconds each stage took.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Timings {
    /// Reading files.
    pub load_s: f64,
    /// Texts to vectors.
    pub embed_s: f64,
    /// Sentences to vectors.
    pub sentences_s: f64,
    /// Neighbours, clusters, tree.
    pub cluster_s: f64,
    /// Of these, the nearest texts of each text.
    pub neighbours_s: f64,
    /// Of these, k-means for the clusters that are shown first.
    pub kmeans_s: f64,
    /// The comparison.
    pub compare_s: f64,
    /// Fit, opposition, phrasing, stability, and the numbers of each cluster.
    pub trust_s: f64,
}

/// What is compared unless told otherwise: the second source with the first; of rounds in order the last with the first.
pub fn default_contrast(corpus: &Corpus, rounds: bool) -> Option<Contrast> {
    let mut choices = Contrast::choices(corpus.sources.len()).into_iter();
    if rounds { choices.nth(corpus.sources.len().checked_sub(2)?) } else { choices.next() }
}

/// Embeds a corpus, clusters it and compares the models.
///
/// # Errors
/// A sentence; also when cancelled through `progress`.
pub fn analyse(
    corpus: Corpus,
    embedder: &dyn Embedder,
    options: &AnalysisOptions,
    progress: &Progress,
    timings: &mut Timings,
    on_stage: &dyn Fn(Stage),
) -> Result<(Study, Partition, Vec<f32>), PipelineError> {
    let (mut study, partition, coverage) = find_clusters(corpus, embedder, options, progress, timings, on_stage)?;
    study.compare_expected(embedder, progress, timings, on_stage)?;
    Ok((study, partition, coverage))
}

/// Embeds a corpus and clusters it. The models are still to be compared ([`Study::compare_expected`]), so that clusters can be
/// shown before.
///
/// # Errors
/// A sentence; also when cancelled through `progress`.
pub(crate) fn find_clusters(
    corpus: Corpus,
    embedder: &dyn Embedder,
    options: &AnalysisOptions,
    progress: &Progress,
    timings: &mut Timings,
    on_stage: &dyn Fn(Stage),
) -> Result<(Study, Partition, Vec<f32>), PipelineError> {
    on_stage(Stage::Embedding);
    let start = Instant::now();
    let mut embedded = match &options.given {
        Some(given) => given.clone(),
        None => {
            let texts: Vec<&str> = corpus.samples.iter().map(|s| s.text.as_str()).collect();
            embedder.embed(&texts, progress)?
        }
    };
    let relevance = match embeds_prompts(embedder, options) {
        true => relevance(&corpus, &embedded.vectors, embedder, progress)?,
        false => options.relevance.clone(),
    };
    timings.embed_s = start.elapsed().as_secs_f64();
    tracing::info!(texts = corpus.len(), embedder = embedder.id(), seconds = timings.embed_s, "embedded");
    let coverage = std::mem::take(&mut embedded.coverage);
    let texts: Vec<&str> = corpus.samples.iter().map(|s| s.text.as_str()).collect();
    let unreadable = Unreadable::measure(embedder, &texts, &embedded.vectors, &corpus.canonical_ranks())?;
    let readable = unreadable.is_none() && !embedder.is_remote();
    let sentences = options.sentences && corpus.sources.len() > 1 && readable;
    let (mut study, partition) = from_vectors(corpus, embedded, relevance, options, timings, on_stage)?;
    study.unreadable = unreadable;
    study.expect_sentences(sentences);
    Ok((study, partition, coverage))
}

/// The sentences of the texts, embedded; nothing where nearly all texts are one sentence, or where what made the vectors
/// cannot embed others.
pub(crate) fn sentence_space(
    corpus: &Corpus,
    embedder: &dyn Embedder,
    progress: &Progress,
) -> Result<Option<SentenceSpace>, PipelineError> {
    let Some(sentences) = Sentences::of(corpus, &corpus.canonical_ranks()) else { return Ok(None) };
    let texts = sentences.texts(corpus);
    progress.total.store(texts.len(), Ordering::Relaxed);
    let made = match embedder.embed(&texts, progress) {
        Ok(made) => made,
        Err(EmbedError::NoTextModel) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    Ok(Some(SentenceSpace::new(sentences, &made)?))
}

/// Whether prompts are embedded: not where vectors came with the samples and prompts would have to be sent away, which
/// nobody was told of.
fn embeds_prompts(embedder: &dyn Embedder, options: &AnalysisOptions) -> bool {
    options.relevance.is_none() && (options.given.is_none() || !embedder.is_remote())
}

/// Texts that an analysis embeds.
pub(crate) fn texts_to_embed(corpus: &Corpus, embedder: &dyn Embedder, options: &AnalysisOptions) -> usize {
    let texts = if options.given.is_none() { corpus.len() } else { 0 };
    texts + if embeds_prompts(embedder, options) { corpus.prompts.len() } else { 0 }
}

/// How near texts are to their prompts; nothing when what made their vectors cannot embed prompts.
fn relevance(
    corpus: &Corpus,
    vectors: &Vectors,
    embedder: &dyn Embedder,
    progress: &Progress,
) -> Result<Option<Relevance>, EmbedError> {
    if corpus.prompts.is_empty() {
        return Ok(None);
    }
    let read: Vec<_> = corpus.prompts.iter().map(|p| prompt_excerpt(p)).collect();
    match embedder.embed_without_stance(&read.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), progress) {
        Ok(prompts) => Ok(Relevance::of(corpus, vectors, &prompts.vectors)),
        Err(EmbedError::NoTextModel) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The vectors that a view looks at, when they are not the texts' own.
pub(crate) fn residuals_for(view: View, corpus: &Corpus, vectors: &Vectors) -> Option<Vectors> {
    (view == View::Behaviour).then(|| residuals(corpus, vectors))
}

/// The nearest texts of each text by meaning and by stance towards it, where there is a stance.
pub(crate) fn near(
    view: View,
    corpus: &Corpus,
    (seen, neighbours): (&Vectors, &Neighbours),
    stance: Option<&Vectors>,
) -> Result<Option<Neighbours>, cluster::ClusterError> {
    let Some(stance) = stance else { return Ok(None) };
    let residual = residuals_for(view, corpus, stance);
    let stance = residual.as_ref().unwrap_or(stance);
    neighbours.also_by(seen, stance, STANCE_WEIGHT, NEIGHBOURS).map(Some)
}

/// Clusters what is embedded already.
fn from_vectors(
    corpus: Corpus,
    Embedded { vectors, stance, .. }: Embedded,
    relevance: Option<Relevance>,
    options: &AnalysisOptions,
    timings: &mut Timings,
    on_stage: &dyn Fn(Stage),
) -> Result<(Study, Partition), PipelineError> {
    on_stage(Stage::Clustering);
    let start = Instant::now();
    let residual = residuals_for(options.view, &corpus, &vectors);
    let seen = residual.as_ref().unwrap_or(&vectors);
    let neighbours = Neighbours::find(seen, NEIGHBOURS)?;
    timings.neighbours_s = start.elapsed().as_secs_f64();
    let clustering = cluster::cluster(seen, &neighbours, options.cluster)?;
    timings.kmeans_s = clustering.kmeans_s;
    timings.cluster_s = start.elapsed().as_secs_f64();
    let clusters = clustering.partition.clusters().len();
    tracing::info!(clusters, neighbours_seconds = timings.neighbours_s, seconds = timings.cluster_s, "clustered");
    let start = Instant::now();
    let contrast = options.contrast.clone().or_else(|| default_contrast(&corpus, options.rounds));
    let mut study = Study::new(Material {
        corpus,
        vectors,
        residual,
        stance,
        relevance,
        neighbours,
        near: None,
        sentences: None,
        tree: clustering.tree,
        reruns: clustering.reruns,
        rounds: options.rounds,
        seed: options.cluster.seed,
    });
    study.expect(contrast);
    timings.compare_s = start.elapsed().as_secs_f64();
    Ok((study, clustering.partition))
}

/// Rebuilds the study of a saved session: reads the texts, finds neighbours, and takes up the contrast that was tested. Another
/// contrast, or that of a run that was left before it was tested, is still to be tested ([`Study::compare_expected`]).
///
/// # Errors
/// When the session has no vectors yet, or cannot be read.
pub fn study_session(session: &Session, contrast: Option<Contrast>) -> Result<Option<Study>, PipelineError> {
    let Some((vectors, _)) = session.vectors()? else {
        return Ok(None);
    };
    let Some(tree) = session.tree()? else {
        return Ok(None);
    };
    let corpus = session.corpus()?;
    let meta = session.meta()?;
    let residual = residuals_for(meta.view, &corpus, &vectors);
    let stance = session.stance()?;
    let seen = residual.as_ref().unwrap_or(&vectors);
    let neighbours = Neighbours::find(seen, NEIGHBOURS)?;
    let near = near(meta.view, &corpus, (seen, &neighbours), stance.as_ref())?;
    let contrast = contrast.or_else(|| default_contrast(&corpus, meta.rounds));
    let mut study = Study::new(Material {
        corpus,
        vectors,
        residual,
        stance,
        relevance: session.relevance()?,
        neighbours,
        near,
        sentences: None,
        tree,
        reruns: session.reruns()?,
        rounds: meta.rounds,
        seed: meta.seed,
    });
    study.expect_sentences(meta.sentences);
    let before = session.figures::<Figures>()?;
    if let Some(before) = &before {
        study.unreadable = before.unreadable;
        study.known = KnownFindings::of(&before.hotspots.findings);
    }
    if let Some(contrast) = contrast {
        // What was found without clusters does not change with them.
        match before.filter(|f| f.contrast.as_ref() == Some(&contrast)) {
            Some(figures) => study.resume(contrast, figures),
            None => study.expect(Some(contrast)),
        }
    }
    Ok(Some(study))
}
