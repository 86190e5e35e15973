//! The thread that computes: the analysis, numbers after edits, splits, nearest clusters, label fit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::TICK;
use super::asking::LlmDesk;
use super::pipeline::{AnalysisOptions, PipelineError, Stage, Timings, analyse, study_session};
use super::store::{Computed, StoreRequest};
use super::study::{FigureCache, Study};
use crate::app::{AskRequest, Msg, Ready, SplitPart, SplitRequest};
use crate::cluster::{KMeansParams, Map, kmeans};
use crate::compare::exemplars;
use crate::embed::{EmbedError, Embedder, Progress};
use crate::llm::Event;
use crate::model::{ClusterId, Contrast, Corpus, Partition, SampleIx, SplitBy};
use crate::session::{Access, Session};

/// What the thread is asked.
#[derive(Debug)]
pub enum EngineRequest {
    /// Analyse a corpus.
    Analyse(Box<Corpus>, AnalysisOptions, Arc<Progress>),
    /// Take a saved session's study, which is read when something first needs it.
    Load(PathBuf, Option<Contrast>),
    /// Compute the numbers.
    Figures(u64, Box<Partition>),
    /// Compare other models, then compute the numbers.
    Contrast(u64, Contrast, Box<Partition>),
    /// Work out a split.
    Split(u64, SplitRequest),
    /// Find the nearest clusters.
    Nearest(u64, ClusterId, Box<Partition>),
    /// Find what speaks against a label.
    CounterEvidence(u64, ClusterId, String, Box<Partition>),
    /// Find the samples among these that are nearest to words in meaning.
    Meaning(u64, Vec<SampleIx>, String),
    /// Work out where the texts stand on the map.
    Map(u64),
    /// Measure a label's fit.
    Fit(u64, ClusterId, String, Box<Partition>),
    /// Work out what would be sent to a language model.
    PlanAsk(u64, Box<AskRequest>),
    /// Send what was planned.
    SendAsk(u64),
    /// Stop one task of a language model, or all.
    CancelAsk(Option<u64>),
    /// News of what was sent.
    Heard(Event),
}

/// Unpacks the embedder; called on the thread that computes, when it is first needed.
pub type MakeEmbedder = Box<dyn Fn() -> Result<Arc<dyn Embedder>, EmbedError> + Send>;

/// The study, once it is there, and the embedder.
pub struct Engine {
    /// A saved study that nothing has needed yet: looking on needs none of it.
    saved: Option<(PathBuf, Option<Contrast>)>,
    pub(super) study: Option<Study>,
    embedder: Option<Arc<dyn Embedder>>,
    make_embedder: MakeEmbedder,
    cache: FigureCache,
    pub(super) seed: u64,
    pub(super) desk: LlmDesk,
}

impl Engine {
    /// An engine that has not loaded anything yet.
    pub fn new(make_embedder: MakeEmbedder, seed: u64) -> Self {
        Self {
            saved: None,
            study: None,
            embedder: None,
            make_embedder,
            cache: FigureCache::default(),
            seed,
            desk: LlmDesk::default(),
        }
    }

    /// The texts, once they are there.
    pub fn corpus(&self) -> Option<&Corpus> {
        self.study.as_ref().map(|s| &s.corpus)
    }

    pub(super) fn embedder(&mut self) -> Result<Arc<dyn Embedder>, PipelineError> {
        match &self.embedder {
            Some(e) => Ok(e.clone()),
            None => {
                let e = (self.make_embedder)()?;
                self.embedder = Some(e.clone());
                Ok(e)
            }
        }
    }

    /// Does what is asked; `tell` reports to the explorer, `store` to the session.
    pub fn handle(&mut self, request: EngineRequest, tell: &(dyn Fn(Msg) + Sync), store: &dyn Fn(StoreRequest)) {
        if let Err(e) = self.attempt(request, tell, store) {
            tell(Msg::JobFailed(e.to_string()));
        }
    }

    fn read_saved(&mut self) -> Result<(), PipelineError> {
        if let Some((path, contrast)) = &self.saved {
            let session = Session::open(path, Access::ReadOnly)?;
            self.study = study_session(&session, contrast.clone())?;
            self.saved = None;
        }
        Ok(())
    }

    fn attempt(
        &mut self,
        request: EngineRequest,
        tell: &(dyn Fn(Msg) + Sync),
        store: &dyn Fn(StoreRequest),
    ) -> Result<(), PipelineError> {
        if !matches!(request, EngineRequest::Analyse(..) | EngineRequest::Load(..) | EngineRequest::CancelAsk(_)) {
            self.read_saved()?;
        }
        match request {
            EngineRequest::Analyse(corpus, options, progress) => {
                let embedder = self.embedder()?;
                let (study, partition, coverage) = with_progress(*corpus, &*embedder, &options, &progress, tell)?;
                let figures = study.figures(&partition, &*embedder, &mut self.cache);
                store(StoreRequest::PutAnalysis(Box::new(Computed::of(
                    &study,
                    coverage,
                    embedder.id(),
                    figures.clone(),
                ))));
                tell(Msg::AnalysisFinished(Box::new(Ready { tree: study.tree.clone(), partition, figures })));
                self.study = Some(study);
            }
            EngineRequest::Load(path, contrast) => {
                self.saved = Some((path, contrast));
            }
            EngineRequest::Figures(generation, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &self.study {
                    let figures = study.figures(&partition, &*embedder, &mut self.cache);
                    tell(Msg::FiguresComputed(generation, Box::new(figures)));
                }
            }
            EngineRequest::Contrast(generation, contrast, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &mut self.study {
                    study.compare(contrast);
                    let figures = study.figures(&partition, &*embedder, &mut self.cache);
                    tell(Msg::FiguresComputed(generation, Box::new(figures)));
                }
            }
            EngineRequest::Split(generation, request) => {
                if let Some(study) = &self.study {
                    tell(Msg::SplitProposed(generation, split(study, &request, self.seed)?));
                }
            }
            EngineRequest::Nearest(generation, id, partition) => {
                if let Some(study) = &self.study {
                    tell(Msg::NearestFound(generation, nearest(study, id, &partition)));
                }
            }
            EngineRequest::CounterEvidence(generation, id, label, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &self.study {
                    let found = study.trust_context(&partition, &*embedder).counter_evidence(id, &label);
                    tell(Msg::CounterEvidenceFound(generation, found.unwrap_or_default()));
                }
            }
            EngineRequest::Meaning(generation, among, words) => {
                let embedder = self.embedder()?;
                if let Some(study) = &self.study {
                    let found = nearest_to(study, &among, &words, &*embedder)?;
                    tell(Msg::SearchFound(generation, found, true));
                }
            }
            EngineRequest::Map(generation) => {
                if let Some(study) = &self.study {
                    let map = Map::of(&study.vectors, self.seed)?;
                    store(StoreRequest::PutMap(Box::new(map.clone())));
                    tell(Msg::MapLaid(generation, Box::new(map)));
                }
            }
            EngineRequest::Fit(generation, id, label, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &self.study {
                    let context = study.trust_context(&partition, &*embedder);
                    tell(Msg::FitMeasured(generation, context.label_fit(id, &label, None)));
                }
            }
            EngineRequest::PlanAsk(generation, request) => self.plan_ask(generation, request, tell)?,
            EngineRequest::SendAsk(generation) => self.send_ask(generation, tell, store),
            EngineRequest::CancelAsk(id) => self.cancel_ask(id),
            EngineRequest::Heard(event) => self.hear(event, tell, store)?,
        }
        Ok(())
    }
}

/// Analyses while another thread reports how far it is.
fn with_progress(
    corpus: Corpus,
    embedder: &dyn Embedder,
    options: &AnalysisOptions,
    progress: &Progress,
    tell: &(dyn Fn(Msg) + Sync),
) -> Result<(Study, Partition, Vec<f32>), PipelineError> {
    use std::sync::atomic::{AtomicBool, Ordering};
    let total = corpus.len();
    let embedding = AtomicBool::new(true);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let reporter = scope.spawn(|| {
            let mut before = usize::MAX;
            while embedding.load(Ordering::Relaxed) {
                let done = progress.done.load(Ordering::Relaxed);
                if done != before {
                    before = done;
                    let rate = done as f64 / start.elapsed().as_secs_f64().max(1e-3);
                    tell(Msg::Progressed { stage: Stage::Embedding, done, total, rate });
                }
                std::thread::park_timeout(TICK);
            }
        });
        let on_stage = |stage| {
            if stage != Stage::Embedding {
                embedding.store(false, Ordering::Relaxed);
                reporter.thread().unpark();
                tell(Msg::Progressed { stage, done: total, total, rate: 0.0 });
            }
        };
        let result = analyse(corpus, embedder, options, progress, &mut Timings::default(), &on_stage);
        embedding.store(false, Ordering::Relaxed);
        reporter.thread().unpark();
        result
    })
}

fn split(study: &Study, r: &SplitRequest, seed: u64) -> Result<Vec<SplitPart>, PipelineError> {
    let groups: Vec<Vec<SampleIx>> = match r.by {
        SplitBy::Meaning => by_meaning(study, &r.members, r.parts, seed)?,
        SplitBy::Opposition => {
            match study.opposition_of(&r.members) {
                // Texts without a stance (blank ones) stay with the larger side.
                Some(found) => {
                    let second: std::collections::HashSet<SampleIx> = found.sides[1].iter().copied().collect();
                    let (b, a) = r.members.iter().partition(|s| second.contains(s));
                    vec![a, b]
                }
                None => vec![r.members.clone()],
            }
        }
        SplitBy::Llm => by_examples(study, &r.members, &r.against, &r.chosen),
        SplitBy::Model => {
            let mut by_source: std::collections::BTreeMap<u16, Vec<SampleIx>> = std::collections::BTreeMap::new();
            for &s in &r.members {
                by_source.entry(study.corpus.samples[s as usize].source.0).or_default().push(s);
            }
            by_source.into_values().collect()
        }
        SplitBy::Search | SplitBy::Marks => {
            let (inside, outside) = r.members.iter().partition(|s| r.chosen.contains(s));
            vec![inside, outside]
        }
    };
    let part = |members: Vec<SampleIx>| SplitPart {
        label: None,
        terms: study.terms(&members).label(),
        exemplar: exemplars(&study.vectors, &members, 1).first().copied(),
        members,
    };
    let mut labels = r.labels.iter();
    let named = groups.into_iter().map(|g| (labels.next(), g)).filter(|(_, g)| !g.is_empty());
    Ok(named.map(|(label, g)| SplitPart { label: label.cloned(), ..part(g) }).collect())
}

/// The examples of two sides, and every other text with the side whose mean it is nearer to, where it stands if the
/// embedder could tell, else in meaning.
fn by_examples(study: &Study, members: &[SampleIx], a: &[SampleIx], b: &[SampleIx]) -> Vec<Vec<SampleIx>> {
    let vectors = study.stance.as_ref().unwrap_or(&study.vectors);
    let means = [a, b].map(|side| vectors.unit_mean(side));
    let near =
        |s: SampleIx, mean: &[f32]| -> f32 { vectors.row(s as usize).iter().zip(mean).map(|(x, y)| x * y).sum() };
    let (second, first) =
        members.iter().partition(|s| b.contains(s) || (!a.contains(s) && near(**s, &means[1]) > near(**s, &means[0])));
    vec![first, second]
}

/// k-means in the reduced space; texts without a vector form a part of their own.
fn by_meaning(
    study: &Study,
    members: &[SampleIx],
    parts: usize,
    seed: u64,
) -> Result<Vec<Vec<SampleIx>>, PipelineError> {
    let (space, row_of) = study.space();
    let (rows, with): (Vec<usize>, Vec<SampleIx>) =
        members.iter().filter_map(|&s| row_of[s as usize].map(|r| (r as usize, s))).unzip();
    let blank: Vec<SampleIx> = members.iter().copied().filter(|&s| row_of[s as usize].is_none()).collect();
    let mut out = Vec::new();
    if !with.is_empty() {
        let points = space.select(ndarray::Axis(0), &rows);
        let params = KMeansParams::new(parts.min(with.len()), seed).check(with.len())?;
        let groups = kmeans(&points, &params)?;
        out = vec![Vec::new(); groups.iter().max().map_or(0, |m| *m as usize + 1)];
        for (&s, &g) in with.iter().zip(&groups) {
            out[g as usize].push(s);
        }
    }
    out.push(blank);
    Ok(out)
}

/// Texts found by meaning, at most.
const MEANT: usize = 200;

/// The samples among some that are nearest to words in meaning, the nearest first.
fn nearest_to(
    study: &Study,
    among: &[SampleIx],
    words: &str,
    embedder: &dyn Embedder,
) -> Result<Vec<SampleIx>, PipelineError> {
    let asked = embedder.embed(&[words], &Progress::default())?.vectors;
    let cos = |s: SampleIx| -> f32 { study.vectors.row(s as usize).iter().zip(asked.row(0)).map(|(a, b)| a * b).sum() };
    let mut scored: Vec<(f32, SampleIx)> = among.par_iter().map(|&s| (-cos(s), s)).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    Ok(scored.into_iter().take(MEANT).map(|(_, s)| s).collect())
}

/// Clusters with the most similar mean, with the terms they share.
fn nearest(study: &Study, id: ClusterId, p: &Partition) -> Vec<(ClusterId, f32, String)> {
    let at = p.clusters().position(|c| c.id == id);
    let near = at.and_then(|at| study.related(p).into_iter().nth(at)).unwrap_or_default();
    let terms = study.terms(p.members(id)).0;
    near.into_iter()
        .map(|(other, similarity)| {
            let shared: Vec<String> =
                study.terms(p.members(other)).0.into_iter().filter(|t| terms.contains(t)).collect();
            (other, similarity, shared.join(", "))
        })
        .collect()
}
