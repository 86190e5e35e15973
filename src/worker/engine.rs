//! The thread that computes: the analysis, numbers after edits, splits, nearest clusters, label fit.

use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::llm_state::LlmDesk;
use super::numbers::Going;
use super::progress::watched;
use super::store::{Computed, StoreRequest};
use crate::analysis::{
    AnalysisOptions, FigureCache, Figures, MaskTarget, Masked, PipelineError, SplitRequest, Study, Timings,
    find_clusters, rerun_masked, split, study_session, texts_to_embed, wording_of,
};
use crate::app::{AskRequest, Msg, Ready};
use crate::cluster::Map;
use crate::embed::{EmbedError, Embedder, Progress};
use crate::llm::Event;
use crate::model::{ClusterId, Contrast, Corpus, Partition, SampleIx};
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
    /// Take the wording out, cluster and compare again.
    TakeOut(u64, MaskTarget, Box<Figures>, Box<Partition>),
    /// Stop doing so.
    StopTakingOut,
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
    pub(super) cache: FigureCache,
    /// Numbers that are being computed.
    pub(super) going: Option<Going>,
    /// Whether the session has the clusters alone: the next finished numbers are kept at once.
    pub(super) unfinished: bool,
    pub(super) seed: u64,
    pub(super) desk: LlmDesk,
    /// Of the work without the wording; whoever asks for other work stops it here.
    pub(super) taking_out: Arc<Progress>,
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
            going: None,
            unfinished: false,
            seed,
            desk: LlmDesk::default(),
            taking_out: Arc::default(),
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

    fn take_out(
        &mut self,
        generation: u64,
        taken: MaskTarget,
        (figures, partition): (&Figures, &Partition),
        tell: &(dyn Fn(Msg) + Sync),
    ) -> Result<(), PipelineError> {
        let embedder = self.embedder()?;
        let Some(study) = &self.study else { return Ok(()) };
        let progress = &self.taking_out;
        let total = study.corpus.len() + study.corpus.prompts.len();
        progress.restart();
        let moved = |stage, done, _| tell(Msg::WordingMoved(generation, stage, done, total));
        let masks = wording_of(figures);
        let found = watched(progress, &moved, |on_stage| {
            rerun_masked((study, figures, partition), &masks, taken, &*embedder, progress, on_stage)
        });
        match found {
            Ok(Masked { left, .. }) => tell(Msg::WordingTakenOut(generation, Box::new(left))),
            Err(PipelineError::Embed(EmbedError::Cancelled)) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn read_saved(&mut self) -> Result<(), PipelineError> {
        if let Some((path, contrast)) = &self.saved {
            let session = Session::open(path, Access::ReadOnly)?;
            self.study = study_session(&session, contrast.clone())?;
            self.unfinished = session.result::<u64>("figures_seq")?.is_none();
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
                let total = texts_to_embed(&corpus, &*embedder, &options);
                let moved = |stage, done, rate| tell(Msg::Progressed { stage, done, total, rate });
                let (study, partition, coverage) = watched(&progress, &moved, |on_stage| {
                    find_clusters(*corpus, &*embedder, &options, &progress, &mut Timings::default(), on_stage)
                })?;
                let figures = study.figures_so_far(&partition, &*embedder, &mut self.cache);
                let computed = Computed::of(&study, coverage, embedder.id(), figures.unfinished());
                // Edits that are made from now on find their clusters in the session.
                store(StoreRequest::PutClusters(Box::new(computed)));
                let shown = Ready { tree: study.tree.clone(), partition: partition.clone(), figures };
                tell(Msg::ClustersFound(Box::new(shown)));
                self.study = Some(study);
                self.unfinished = true;
                self.going = Some(Going::new(0, partition, progress));
            }
            EngineRequest::Load(path, contrast) => {
                self.saved = Some((path, contrast));
            }
            EngineRequest::Figures(generation, partition) => {
                self.start_figures(generation, *partition, tell)?;
            }
            EngineRequest::Contrast(generation, contrast, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &mut self.study {
                    study.expect(Some(contrast));
                    study.compare_expected(&*embedder, &Progress::default(), &mut Timings::default(), &|_| {})?;
                    self.start_figures(generation, *partition, tell)?;
                }
            }
            EngineRequest::Split(generation, request) => {
                if let Some(study) = &self.study {
                    tell(Msg::SplitProposed(generation, split(study, &request, self.seed)?));
                }
            }
            EngineRequest::TakeOut(generation, taken, figures, partition) => {
                self.take_out(generation, taken, (&figures, &partition), tell)?;
            }
            EngineRequest::StopTakingOut => {}
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
                    tell(Msg::FitMeasured(generation, Box::new(context.measure_label(id, &label))));
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

/// Texts found by meaning, at most.
const MEANT: usize = 200;

/// The samples among some that are nearest to words in meaning, the nearest first.
fn nearest_to(
    study: &Study,
    among: &[SampleIx],
    words: &str,
    embedder: &dyn Embedder,
) -> Result<Vec<SampleIx>, PipelineError> {
    let asked = embedder.embed_without_stance(&[words], &Progress::default())?.vectors;
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
