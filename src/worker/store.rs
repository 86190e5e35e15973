//! The thread that owns the session file: edits in order, texts on demand, search.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::TICK;
use crate::analysis::{Figures, Study};
use crate::app::{Msg, Reply, RequestId, SessionRequest};
use crate::cluster::{Map, Rerun, Tree};
use crate::compare::Relevance;
use crate::files::Draft;
use crate::linalg::Vectors;
use crate::model::{Opinion, QueuedTask, Record, SampleIx};
use crate::session::{Access, Session, SessionError};

/// Texts that are read one by one for a search.
const FEW: usize = 2_000;

/// What the thread is asked.
#[derive(Debug)]
pub enum StoreRequest {
    /// What the explorer or a command asks; replies carry the number.
    Asked(RequestId, SessionRequest),
    /// Store the clusters of an analysis that goes on.
    PutClusters(Box<Computed>),
    /// Store the numbers; they belong to the edits up to this one.
    PutFigures(Arc<Figures>, u64),
    /// Keep where the texts stand on the map.
    PutMap(Box<Map>),
    /// Keep a language model's reply (JSON) under the hash of its question.
    PutReply(String, String),
    /// Keep how far a task of a language model is.
    PutTask(Box<QueuedTask>),
    /// Keep an opinion.
    PutOpinion(Box<Opinion>),
    /// Keep what a batch of requests was written for.
    PutBatch(String),
    /// Keep the tokens that models can hold.
    PutContexts(BTreeMap<String, u64>),
    /// Everything asked before is done: close the session.
    Close,
}

/// An analysis, to be stored.
#[derive(Debug)]
pub struct Computed {
    /// Vectors of all texts.
    pub vectors: Arc<Vectors>,
    /// Share of each that was read.
    pub coverage: Vec<f32>,
    /// Who made them.
    pub embedder: String,
    /// The tree.
    pub tree: Tree,
    /// The numbers.
    pub figures: Figures,
    /// Where the texts stand, if the embedder could tell.
    pub stance: Option<Arc<Vectors>>,
    /// How near they are to their prompts, if it is known.
    pub relevance: Option<Relevance>,
    /// Clusters found with other seeds.
    pub reruns: Vec<Rerun>,
}

impl Computed {
    /// What a session keeps of a study.
    pub fn of(study: &Study, coverage: Vec<f32>, embedder: String, figures: Figures) -> Self {
        Self {
            vectors: study.vectors.clone(),
            coverage,
            embedder,
            tree: study.tree.clone(),
            figures,
            stance: study.stance.clone(),
            relevance: study.relevance.clone(),
            reruns: study.reruns.clone(),
        }
    }

    /// Writes it into a session, finished.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self, session: &mut Session) -> Result<(), SessionError> {
        self.store_clusters(session)?;
        session.put_figures(&self.figures, 0)
    }

    /// Writes it into a session in which some numbers are still to come.
    fn store_unfinished(&self, session: &mut Session) -> Result<(), SessionError> {
        self.store_clusters(session)?;
        session.put_unfinished_figures(&self.figures)
    }

    fn store_clusters(&self, session: &mut Session) -> Result<(), SessionError> {
        session.put_vectors(&self.vectors, &self.coverage, &self.embedder)?;
        if let Some(stance) = &self.stance {
            session.put_stance(stance)?;
        }
        if let Some(relevance) = &self.relevance {
            session.put_relevance(relevance)?;
        }
        session.put_reruns(&self.reruns)?;
        session.put_tree(&self.tree)
    }
}

/// Owner of the session.
#[derive(Debug)]
pub struct Store {
    session: Session,
    /// Edits that could not be stored yet, in order.
    waiting: Vec<Record>,
    newest_search: Arc<AtomicU64>,
}

/// A save that failed, for the explorer and for the log.
fn save_failed(e: &SessionError) -> Msg {
    tracing::warn!("not saved: {e}");
    Msg::SaveFailed(e.to_string())
}

impl Store {
    /// Takes the session over. `newest_search` is set to the number of the latest search asked for.
    pub fn new(session: Session, newest_search: Arc<AtomicU64>) -> Self {
        Self { session, waiting: Vec::new(), newest_search }
    }

    /// Does what is asked and tells what came of it.
    pub fn handle(&mut self, request: StoreRequest, tell: &dyn Fn(Msg)) {
        match request {
            StoreRequest::Asked(id, what) => self.answer(id, what, tell),
            // The thread's loop ends at it.
            StoreRequest::Close => {}
            StoreRequest::PutReply(hash, reply) => self.keep(|s| s.put_reply(&hash, &reply), tell),
            StoreRequest::PutTask(task) => self.keep(|s| s.put_task(&task), tell),
            StoreRequest::PutOpinion(opinion) => self.keep(|s| s.put_opinion(&opinion), tell),
            StoreRequest::PutMap(map) => self.keep(|s| s.put_map(&map), tell),
            StoreRequest::PutBatch(batch) => self.keep(|s| s.put_batch(&batch), tell),
            StoreRequest::PutContexts(contexts) => self.keep(|s| s.put_contexts(&contexts), tell),
            StoreRequest::PutClusters(c) => {
                if let Err(e) = c.store_unfinished(&mut self.session) {
                    tell(save_failed(&e));
                }
            }
            StoreRequest::PutFigures(figures, seq) => {
                self.keep(|s| s.put_figures(&*figures, seq), tell);
            }
        }
    }

    fn answer(&mut self, id: RequestId, what: SessionRequest, tell: &dyn Fn(Msg)) {
        match what {
            SessionRequest::StoreEdit(record) => {
                if self.session.access() == Access::ReadOnly {
                    return;
                }
                self.waiting.push(*record);
                match self.drain() {
                    Ok(seq) => tell(Msg::Saved(seq)),
                    Err(e) => tell(save_failed(&e)),
                }
            }
            SessionRequest::StoreIntent(text) => self.keep(|s| s.put_intent(&text), tell),
            SessionRequest::ReadTexts(samples) => match self.session.texts(&samples) {
                Ok(texts) => tell(Msg::Replied(id, Reply::Texts(texts))),
                Err(e) => tell(Msg::JobFailed(e.to_string())),
            },
            SessionRequest::Search { among, needle, invert } => self.search(id, &among, &needle, invert, tell),
            SessionRequest::ReadExchange(calls) => match self.session.exchange(&calls) {
                Ok(kept) => tell(Msg::Replied(id, Reply::Exchange(kept))),
                Err(e) => tell(Msg::Replied(id, Reply::Failed(e.to_string()))),
            },
            SessionRequest::ExportTexts(rows) => match self.export_texts(rows) {
                Ok(said) => tell(Msg::Replied(id, Reply::Exported(said))),
                Err(why) => tell(Msg::JobFailed(why)),
            },
        }
    }

    /// Stores waiting edits in order; the number of the last.
    fn drain(&mut self) -> Result<u64, SessionError> {
        let mut last = 0;
        while let Some(record) = self.waiting.first() {
            self.session.append(record)?;
            last = record.seq;
            self.waiting.remove(0);
        }
        Ok(last)
    }

    /// Keeps something; a session that is only read keeps nothing.
    fn keep(&self, put: impl Fn(&Session) -> Result<(), SessionError>, tell: &dyn Fn(Msg)) {
        if self.session.access() == Access::Write
            && let Err(e) = put(&self.session)
        {
            tell(save_failed(&e));
        }
    }

    /// Writes records with their texts under the first free name; says which.
    fn export_texts(&self, rows: Vec<(SampleIx, serde_json::Value)>) -> Result<String, String> {
        let samples: Vec<SampleIx> = rows.iter().map(|r| r.0).collect();
        let texts = self.session.texts(&samples).map_err(|e| e.to_string())?;
        let mut out = String::new();
        for ((_, mut record), (_, text)) in rows.into_iter().zip(texts) {
            record["text"] = text.into();
            out.push_str(&format!("{record}\n"));
        }
        for n in 1..10_000 {
            let name = format!("gander-texts-{n}.jsonl");
            if Path::new(&name).exists() {
                continue;
            }
            let failed = |e: std::io::Error| format!("{name}: cannot be written ({e}); start gander in another folder");
            let draft = Draft::beside(Path::new(&name)).map_err(failed)?;
            draft.file().write_all(out.as_bytes()).map_err(failed)?;
            match draft.publish_new() {
                Ok(_) => {
                    let n = samples.len();
                    return Ok(format!("{n} text{} written to {name}.", if n == 1 { "" } else { "s" }));
                }
                // Another gander took the name just now.
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(e)),
            }
        }
        Err("there are too many gander-texts files in this folder; move them away".into())
    }

    /// Looks through texts and tells of hits as they come; stops when a newer search was asked for.
    fn search(&self, id: RequestId, among: &[SampleIx], needle: &str, invert: bool, tell: &dyn Fn(Msg)) {
        let pattern = regex::RegexBuilder::new(&regex::escape(needle)).case_insensitive(true).build();
        let pattern = match pattern {
            Ok(p) => p,
            Err(e) => return tell(Msg::Replied(id, Reply::Failed(format!("this cannot be searched for ({e})")))),
        };
        let mut wanted = vec![false; among.iter().max().map_or(0, |m| *m as usize + 1)];
        for &s in among {
            wanted[s as usize] = true;
        }
        let mut hits = Vec::new();
        let mut told = Instant::now();
        let mut look = |s: SampleIx, text: &str| {
            if wanted.get(s as usize) == Some(&true) && pattern.is_match(text) != invert {
                hits.push(s);
            }
            if told.elapsed() > TICK && !hits.is_empty() {
                told = Instant::now();
                tell(Msg::Replied(id, Reply::Hits(std::mem::take(&mut hits), false)));
            }
            self.newest_search.load(Ordering::Relaxed) <= id.0
        };
        // A few texts are quicker read one by one than found among all.
        let result = if among.len() <= FEW {
            self.session.texts(among).map(|mut texts| {
                texts.sort_by_key(|t| t.0);
                let _ = texts.iter().try_for_each(|(s, t)| look(*s, t).then_some(()));
            })
        } else {
            self.session.each_text(look)
        };
        match result {
            Ok(()) => tell(Msg::Replied(id, Reply::Hits(hits, true))),
            Err(e) => tell(Msg::Replied(id, Reply::Failed(e.to_string()))),
        }
    }
}
