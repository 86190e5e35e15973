//! The session's thread and the computing thread as one, for work without a screen: what is asked is done at once.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::CliError;
use crate::app::{Msg, RequestId};
use crate::llm::{Call, Event};
use crate::session::{Session, SessionMeta};
use crate::worker::{AskerConfig, Engine, EngineRequest, LlmMemory, Store, StoreRequest};

/// Longest silence of a run of a language model: its own time limits end it earlier.
const SILENCE: Duration = Duration::from_secs(900);

/// Both threads' work, in order.
pub(super) struct Headless {
    store: Store,
    pub engine: Engine,
    /// Parts of numbers that are computed before nothing more is, as if the computing thread were busy.
    pub parts: usize,
    heard: Receiver<Event>,
    kept: Receiver<StoreRequest>,
}

impl Headless {
    /// Takes a session over.
    pub fn new(session: Session, meta: &SessionMeta, llm: Option<AskerConfig>) -> Result<Self, CliError> {
        let memory = LlmMemory::of(&session)?;
        let (tell, heard) = channel();
        let (keep, kept) = channel();
        let (windows, named) = (meta.max_windows, meta.embedder.clone());
        let make = move || super::embedder::make(windows, named.as_deref());
        let engine = Engine::new(Box::new(make), meta.seed);
        let engine = engine.with_llm(
            llm,
            memory,
            Arc::new(move |event| {
                let _ = tell.send(event);
            }),
            Arc::new(move |request| {
                let _ = keep.send(request);
            }),
            super::startup::now_ms,
        )?;
        Ok(Self { store: Store::new(session, Arc::default()), engine, parts: usize::MAX, heard, kept })
    }

    /// Asks the session.
    pub fn store(&mut self, request: StoreRequest) -> Vec<Msg> {
        let news = Mutex::new(Vec::new());
        self.store.handle(request, &|m| push(&news, m));
        news.into_inner().unwrap_or_default()
    }

    /// Asks the computer.
    pub fn compute(&mut self, request: EngineRequest) -> Vec<Msg> {
        let (news, writes) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        self.engine.handle(request, &|m| push(&news, m), &|r| push(&writes, r));
        while self.parts > 0 && self.engine.work(&|m| push(&news, m), &|r| push(&writes, r)) {
            self.parts -= 1;
        }
        self.finish(news, writes)
    }

    /// Takes what replies are known, and returns the calls that are still open.
    pub fn settle(&mut self, plan: RequestId) -> Result<(Vec<Call>, Vec<Msg>), CliError> {
        let (news, writes) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let open = self.engine.settle(plan, &|m| push(&news, m), &|r| push(&writes, r))?;
        Ok((open, self.finish(news, writes)))
    }

    fn finish(&mut self, news: Mutex<Vec<Msg>>, writes: Mutex<Vec<StoreRequest>>) -> Vec<Msg> {
        let mut news = news.into_inner().unwrap_or_default();
        for r in writes.into_inner().unwrap_or_default() {
            news.extend(self.store(r));
        }
        news
    }

    /// The next news of a run of a language model; `None` when none runs.
    pub fn listen(&mut self) -> Option<Vec<Msg>> {
        if !self.engine.is_asking() {
            return None;
        }
        let event = self.heard.recv_timeout(SILENCE).ok()?;
        let mut news = Vec::new();
        // A reply is on the disk before anybody hears of it.
        while let Ok(r) = self.kept.try_recv() {
            news.extend(self.store(r));
        }
        news.extend(self.compute(EngineRequest::Heard(event)));
        Some(news)
    }
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    if let Ok(mut list) = list.lock() {
        list.push(item);
    }
}
