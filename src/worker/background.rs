//! The two threads behind the explorer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::controls::Controls;
use super::engine::{Engine, EngineRequest};
use super::llm_worker::TellEvent;
use super::store::{Store, StoreRequest};
use crate::app::{Cancel, Msg, SessionRequest};
use crate::session::Session;

/// How a run of a language model reaches the two threads.
pub struct Links {
    /// News for the computing thread.
    pub tell: TellEvent,
    /// Replies for the session.
    pub store: Arc<dyn Fn(StoreRequest) + Send + Sync>,
}

impl Links {
    /// Links over the threads' own channels. A thread that has ended needs no news.
    pub fn new(engine: Sender<EngineRequest>, store: Sender<StoreRequest>) -> Self {
        let tell = Arc::new(move |event| {
            let _ = engine.send(EngineRequest::Heard(event));
        });
        let store = Arc::new(move |request| {
            let _ = store.send(request);
        });
        Self { tell, store }
    }
}

/// Both threads.
pub struct Background {
    store: Option<Sender<StoreRequest>>,
    engine: Sender<EngineRequest>,
    newest_search: Arc<AtomicU64>,
    controls: Controls,
    store_thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts them; news goes to `tell`.
    ///
    /// # Errors
    /// When the engine cannot be made with the links it is given.
    pub fn start<E>(
        session: Session,
        make_engine: impl FnOnce(Links) -> Result<Engine, E>,
        tell: impl Fn(Msg) + Send + Sync + Clone + 'static,
    ) -> Result<Self, E> {
        let newest_search = Arc::new(AtomicU64::new(0));
        let (store_in, store_out) = channel::<StoreRequest>();
        let (engine_in, engine_out) = channel::<EngineRequest>();
        let mut engine = make_engine(Links::new(engine_in.clone(), store_in.clone()))?;
        let controls = engine.controls();
        let mut store = Store::new(session, newest_search.clone());
        let tell_store = tell.clone();
        let store_thread = std::thread::spawn(move || {
            while let Ok(request) = store_out.recv() {
                if matches!(request, StoreRequest::Close) {
                    break;
                }
                store.handle(request, &tell_store);
            }
        });
        let to_store = store_in.clone();
        std::thread::spawn(move || {
            let mut waiting = std::collections::VecDeque::new();
            // The session's thread ends only when the program does.
            let store = |r| _ = to_store.send(r);
            while let Some(next) = next_request(&engine_out, &mut waiting, engine.has_work()) {
                match next {
                    Next::Request(request) => engine.handle(*request, &tell, &store),
                    Next::Work => _ = engine.work(&tell, &store),
                }
            }
        });
        let (store, store_thread) = (Some(store_in), Some(store_thread));
        Ok(Self { store, engine: engine_in, newest_search, controls, store_thread })
    }

    /// Asks the session's thread.
    pub fn store(&self, request: StoreRequest) {
        if let StoreRequest::Asked(id, SessionRequest::Search { .. }) = &request {
            self.newest_search.store(id.0, Ordering::Relaxed);
        }
        if let Some(store) = &self.store {
            let _ = store.send(request);
        }
    }

    /// Asks the computing thread.
    pub fn engine(&self, request: EngineRequest) {
        let _ = self.engine.send(request);
    }

    /// Stops something at once, whatever the threads are busy with.
    pub fn cancel(&self, what: Cancel) {
        self.controls.cancel(what);
    }

    /// Waits until everything asked of the session so far is on the disk, at most `patience`.
    pub fn flush(&mut self, patience: std::time::Duration) {
        let (done, finished) = channel();
        if let Some(store) = self.store.take() {
            // The computing thread keeps a sender of its own, so that hanging up would not be noticed.
            let _ = store.send(StoreRequest::Close);
        }
        if let Some(thread) = self.store_thread.take() {
            std::thread::spawn(move || {
                let _ = thread.join();
                let _ = done.send(());
            });
            let _ = finished.recv_timeout(patience);
        }
    }
}

/// What the computing thread does next.
enum Next {
    /// What it was asked.
    Request(Box<EngineRequest>),
    /// Nobody waits: a part of the numbers that are being computed.
    Work,
}

/// The next request worth doing: of several numbers or fits asked for, only the latest. While there is other work nothing is
/// waited for.
fn next_request(
    incoming: &Receiver<EngineRequest>,
    waiting: &mut std::collections::VecDeque<EngineRequest>,
    has_work: bool,
) -> Option<Next> {
    if waiting.is_empty() && !has_work {
        waiting.push_back(incoming.recv().ok()?);
    }
    waiting.extend(incoming.try_iter());
    loop {
        let Some(first) = waiting.pop_front() else { return Some(Next::Work) };
        let superseded = waiting.iter().any(|later| match (&first, later) {
            (EngineRequest::Asked(_, first), EngineRequest::Asked(_, later)) => first.is_superseded_by(later),
            _ => false,
        });
        if !superseded {
            return Some(Next::Request(Box::new(first)));
        }
    }
}
