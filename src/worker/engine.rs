//! The thread that computes: the analysis, numbers after edits, splits, nearest clusters, label fit.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::controls::Controls;
use super::llm_state::LlmState;
use super::numbers::Going;
use super::progress::watched;
use super::store::{Computed, StoreRequest};
use crate::analysis::{
    AnalysisOptions, FigureCache, Figures, MaskTarget, Masked, PipelineError, Study, Timings, find_clusters,
    nearest_in_meaning, rerun_masked, split, study_session, texts_to_embed, wording_of,
};
use crate::app::{ComputeRequest, Msg, Nearby, Ready, Reply, RequestId};
use crate::cluster::Map;
use crate::embed::{EmbedError, Embedder, Progress};
use crate::llm::Event;
use crate::model::{ClusterId, Contrast, Corpus, Partition};
use crate::session::{Access, Session};

/// What the thread is asked.
#[derive(Debug)]
pub enum EngineRequest {
    /// Analyse a corpus.
    Analyse(Box<Corpus>, AnalysisOptions, Arc<Progress>),
    /// Take a saved session's study, which is read when something first needs it.
    Load(PathBuf, Option<Contrast>),
    /// What the explorer or a command asks; replies carry the number.
    Asked(RequestId, ComputeRequest),
    /// News of what was sent to a language model.
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
    /// Pairs of models whose difference is still to be computed, and the request for them.
    pub(super) pairs: Option<(RequestId, VecDeque<Contrast>)>,
    /// Whether the session has the clusters alone: the next finished numbers are kept at once.
    pub(super) unfinished: bool,
    pub(super) seed: u64,
    pub(super) llm: LlmState,
    /// Stops work from outside of the thread.
    pub(super) controls: Controls,
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
            pairs: None,
            unfinished: false,
            seed,
            llm: LlmState::default(),
            controls: Controls::default(),
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
        let asked = match &request {
            EngineRequest::Asked(id, what) if what.has_reply() => Some(*id),
            _ => None,
        };
        if let Err(e) = self.attempt(request, tell, store) {
            tracing::warn!("a computation failed: {e}");
            tell(match asked {
                Some(id) => Msg::Replied(id, Reply::Failed(e.to_string())),
                None => Msg::JobFailed(e.to_string()),
            });
        }
    }

    /// What stops work of this thread from outside.
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    /// Clusters and compares again without the wording, unless that has been cancelled meanwhile.
    fn mask(
        &mut self,
        id: RequestId,
        taken: MaskTarget,
        (figures, partition): (&Figures, &Partition),
        tell: &(dyn Fn(Msg) + Sync),
    ) -> Result<(), PipelineError> {
        let embedder = self.embedder()?;
        let Some(study) = &self.study else { return Ok(()) };
        let Some(progress) = self.controls.begin_masking(id) else { return Ok(()) };
        let total = study.corpus.len() + study.corpus.prompts.len();
        let moved = |stage, done, _| tell(Msg::Replied(id, Reply::MaskingMoved(stage, done, total)));
        let masks = wording_of(figures);
        let found = watched(&progress, &moved, |on_stage| {
            rerun_masked((study, figures, partition), &masks, taken, &*embedder, &progress, on_stage)
        });
        match found {
            Ok(Masked { left, .. }) => tell(Msg::Replied(id, Reply::Masked(Box::new(left)))),
            Err(PipelineError::Embed(EmbedError::Cancelled)) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn read_saved(&mut self) -> Result<(), PipelineError> {
        if let Some((path, contrast)) = &self.saved {
            let session = Session::open(path, Access::ReadOnly)?;
            self.study = study_session(&session, contrast.clone())?;
            self.unfinished = session.figures_after()?.is_none();
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
        if !matches!(request, EngineRequest::Analyse(..) | EngineRequest::Load(..)) {
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
                self.going = Some(Going::new(RequestId::default(), Arc::new(partition), progress));
            }
            EngineRequest::Load(path, contrast) => {
                self.saved = Some((path, contrast));
            }
            EngineRequest::Asked(id, what) => self.answer(id, what, tell, store)?,
            EngineRequest::Heard(event) => self.hear(event, tell, store)?,
        }
        Ok(())
    }

    /// Computes what was asked.
    fn answer(
        &mut self,
        id: RequestId,
        what: ComputeRequest,
        tell: &(dyn Fn(Msg) + Sync),
        store: &dyn Fn(StoreRequest),
    ) -> Result<(), PipelineError> {
        let reply = |reply: Reply| tell(Msg::Replied(id, reply));
        match what {
            ComputeRequest::Figures(partition) => self.start_figures(id, partition, tell)?,
            ComputeRequest::Contrast(contrast, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &mut self.study {
                    study.expect(Some(contrast));
                    study.compare_expected(&*embedder, &Progress::default(), &mut Timings::default(), &|_| {})?;
                    self.start_figures(id, partition, tell)?;
                }
            }
            ComputeRequest::Pairs(list) => self.pairs = (!list.is_empty()).then(|| (id, list.into())),
            ComputeRequest::Split(request) => {
                if let Some(study) = &self.study {
                    reply(Reply::Split(split(study, &request, self.seed)?));
                }
            }
            ComputeRequest::Mask(taken, figures, partition) => self.mask(id, taken, (&figures, &partition), tell)?,
            ComputeRequest::Nearest(cluster, partition) => {
                if let Some(study) = &self.study {
                    reply(Reply::Nearest(nearest(study, cluster, &partition)));
                }
            }
            ComputeRequest::CounterEvidence(cluster, label, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &self.study {
                    let found = study.trust_context(&partition, &*embedder).counter_evidence(cluster, &label);
                    reply(Reply::CounterEvidence(found.unwrap_or_default()));
                }
            }
            ComputeRequest::Meaning(among, words, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &self.study {
                    reply(Reply::Meant(nearest_in_meaning(study, &among, &words, &partition, &*embedder)?));
                }
            }
            ComputeRequest::Map => {
                if let Some(study) = &self.study {
                    let map = Map::of(&study.vectors, self.seed)?;
                    store(StoreRequest::PutMap(Box::new(map.clone())));
                    reply(Reply::Map(Box::new(map)));
                }
            }
            ComputeRequest::LabelFit(cluster, label, partition) => {
                let embedder = self.embedder()?;
                if let Some(study) = &self.study {
                    let context = study.trust_context(&partition, &*embedder);
                    reply(Reply::LabelFit(Box::new(context.measure_label(cluster, &label))));
                }
            }
            ComputeRequest::PlanAsk(request) => self.plan_ask(id, request, tell)?,
            ComputeRequest::SendAsk(plan) => self.send_ask(plan, tell, store),
        }
        Ok(())
    }
}

/// Clusters with the most similar mean, with the terms they share.
fn nearest(study: &Study, id: ClusterId, p: &Partition) -> Vec<Nearby> {
    let at = p.clusters().position(|c| c.id == id);
    let near = at.and_then(|at| study.related(p).into_iter().nth(at)).unwrap_or_default();
    let terms = study.terms(p.members(id)).0;
    near.into_iter()
        .map(|(other, similarity)| {
            let shared: Vec<String> =
                study.terms(p.members(other)).0.into_iter().filter(|t| terms.contains(t)).collect();
            Nearby { cluster: other, similarity, shared: shared.join(", ") }
        })
        .collect()
}
