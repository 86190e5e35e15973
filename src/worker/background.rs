//! The two threads behind the explorer, and what goes to which.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::engine::{Engine, EngineRequest};
use super::llm_worker::TellEvent;
use super::store::{Store, StoreRequest};
use crate::app::{Effect, Msg};
use crate::embed::Progress;
use crate::session::Session;

/// Where an effect goes.
pub enum Route {
    /// To the session.
    Store(StoreRequest),
    /// To the computer.
    Engine(EngineRequest),
    /// To whoever holds the terminal.
    Terminal(Effect),
}

/// Sorts an effect.
pub fn route(effect: Effect) -> Route {
    match effect {
        Effect::StoreEdit(r) => Route::Store(StoreRequest::Append(r)),
        Effect::ReadTexts(list) => Route::Store(StoreRequest::Texts(list)),
        Effect::StartSearch(generation, among, needle, invert) => {
            Route::Store(StoreRequest::Search { generation, among, needle, invert })
        }
        Effect::SearchMeaning(g, among, words) => Route::Engine(EngineRequest::Meaning(g, among, words)),
        Effect::ComputeFigures(g, p) => Route::Engine(EngineRequest::Figures(g, p)),
        Effect::StartContrast(g, c, p) => Route::Engine(EngineRequest::Contrast(g, c, p)),
        Effect::ProposeSplit(g, r) => Route::Engine(EngineRequest::Split(g, r)),
        Effect::TakeWordingOut(g, taken, f, p) => Route::Engine(EngineRequest::TakeOut(g, taken, f, p)),
        Effect::StopTakingOut => Route::Engine(EngineRequest::StopTakingOut),
        Effect::FindNearest(g, id, p) => Route::Engine(EngineRequest::Nearest(g, id, p)),
        Effect::FindCounterEvidence(g, id, label, p) => Route::Engine(EngineRequest::CounterEvidence(g, id, label, p)),
        Effect::MeasureFit(g, id, label, p) => Route::Engine(EngineRequest::Fit(g, id, label, p)),
        Effect::LayMap(g) => Route::Engine(EngineRequest::Map(g)),
        Effect::PlanAsk(g, request) => Route::Engine(EngineRequest::PlanAsk(g, request)),
        Effect::SendAsk(g) => Route::Engine(EngineRequest::SendAsk(g)),
        Effect::CancelAsk(id) => Route::Engine(EngineRequest::CancelAsk(id)),
        Effect::ExportTexts(rows) => Route::Store(StoreRequest::ExportTexts(rows)),
        Effect::ReadExchange(task, calls) => Route::Store(StoreRequest::Exchange(task, calls)),
        Effect::StoreIntent(text) => Route::Store(StoreRequest::PutIntent(text)),
        other @ (Effect::Quit | Effect::Redraw | Effect::Copy(_) | Effect::StoreTips(_)) => Route::Terminal(other),
    }
}

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
    taking_out: Arc<Progress>,
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
        let taking_out = engine.taking_out.clone();
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
        Ok(Self { store, engine: engine_in, newest_search, taking_out, store_thread })
    }

    /// Asks the session's thread.
    pub fn store(&self, request: StoreRequest) {
        if let StoreRequest::Search { generation, .. } = &request {
            self.newest_search.store(*generation, Ordering::Relaxed);
        }
        if let Some(store) = &self.store {
            let _ = store.send(request);
        }
    }

    /// Asks the computing thread.
    pub fn engine(&self, request: EngineRequest) {
        // The thread is busy with the one before, and would hear of it too late.
        if matches!(request, EngineRequest::TakeOut(..) | EngineRequest::StopTakingOut) {
            self.taking_out.cancel.store(true, Ordering::Relaxed);
        }
        let _ = self.engine.send(request);
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
        let superseded = waiting.iter().any(|later| {
            matches!(
                (&first, later),
                (EngineRequest::Figures(..), EngineRequest::Figures(..) | EngineRequest::Contrast(..))
                    | (EngineRequest::Fit(..), EngineRequest::Fit(..))
                    | (EngineRequest::CounterEvidence(..), EngineRequest::CounterEvidence(..))
                    | (EngineRequest::Split(..), EngineRequest::Split(..))
                    | (EngineRequest::TakeOut(..), EngineRequest::TakeOut(..) | EngineRequest::StopTakingOut)
                    | (EngineRequest::PlanAsk(..), EngineRequest::PlanAsk(..))
            )
        });
        if !superseded {
            return Some(Next::Request(Box::new(first)));
        }
    }
}
