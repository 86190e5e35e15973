//! Carries tasks out: a few calls at once, retried when that may help, within the budget, stopped with a reason.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};

use super::budget::{Budget, Usage};
use super::call::{Call, Reply};
use super::client::{CallError, Client};
use super::prompts::Prompts;
use super::step::Step;
use super::task::Task;
use crate::model::Says;

/// Longest wait between two tries, whatever the server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What a failure says when the question did not fit the model's context.
pub const DOES_NOT_FIT: &str = "the question does not fit the model's context";

/// Bounds of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls in flight.
    pub at_once: usize,
    /// Tries of one call.
    pub tries: u32,
    /// First wait between two tries; doubled each time.
    pub first_wait: Duration,
    /// Calls that fail one after the other, every try of them, before all stop.
    pub failures: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { at_once: 4, tries: 6, first_wait: Duration::from_millis(500), failures: 3 }
    }
}

impl Limits {
    /// Time before the next try: doubled each time, spread over half of itself so that calls do not come back together, and
    /// not below what the server asked for. `name` spreads it, the same way every time.
    pub(super) fn wait(&self, name: &str, attempt: u32, asked: Option<Duration>) -> Duration {
        let full = self.first_wait.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_WAIT);
        let spread = blake3::hash(format!("{name}{attempt}").as_bytes()).as_bytes()[0];
        let wait = full.mul_f64(0.5 + f64::from(spread) / 510.0);
        wait.max(asked.unwrap_or_default()).min(LONGEST_WAIT)
    }
}

/// Where replies are kept, so that no question is paid for twice.
pub trait Ledger: Send + Sync {
    /// A reply known.
    fn find(&self, hash: &str) -> Option<Reply>;
    /// Keeps a reply, and what it answers, before anything else is done with it.
    fn keep(&self, hash: &str, call: &Call, reply: &Reply);
}

/// What a person tells a run.
#[derive(Debug)]
pub enum Control {
    /// More tasks, by number.
    Add(Vec<(u64, Task)>),
    /// One task is to stop.
    Cancel(u64),
    /// All are to stop.
    CancelAll,
}

/// What happens in a run. Tasks that are neither finished nor failed when it stops can go on later.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the names say what each is
pub enum Event {
    /// A call is sent.
    Called {
        task: u64,
    },
    /// A call is tried again after a while.
    Waiting {
        task: u64,
        why: String,
        wait: Duration,
    },
    /// A reply came.
    Answered {
        used: Usage,
    },
    Finished {
        task: u64,
        says: Box<Says>,
        model: String,
        prompt: String,
        /// Hashes of its calls, in order.
        calls: Vec<String>,
    },
    Failed {
        task: u64,
        why: String,
        calls: Vec<String>,
    },
    /// A question did not fit the model's context, which is of so many tokens.
    Context {
        tokens: u64,
    },
    /// The server read fewer tokens than the question has: it cut it.
    Cut {
        read: u64,
        sent: u64,
    },
    Cancelled {
        task: u64,
    },
    /// Nothing more is sent, and why.
    Stopped {
        why: String,
    },
    /// The task was not done before that.
    Left {
        task: u64,
    },
}

/// What the tasks of a run share.
struct Shared<T> {
    client: Client,
    prompts: Prompts,
    limits: Limits,
    budget: Arc<Budget>,
    ledger: Arc<dyn Ledger>,
    slots: Semaphore,
    failed_in_a_row: AtomicU32,
    stopped: AtomicBool,
    tell: T,
}

/// Works until `control` is closed and everything asked for is done.
pub async fn run<T: Fn(Event) + Send + Sync + 'static>(
    client: Client,
    prompts: Prompts,
    limits: Limits,
    budget: Arc<Budget>,
    ledger: Arc<dyn Ledger>,
    mut control: mpsc::UnboundedReceiver<Control>,
    tell: T,
) {
    let slots = Semaphore::new(limits.at_once.max(1));
    let shared = Arc::new(Shared {
        client,
        prompts,
        limits,
        budget,
        ledger,
        slots,
        failed_in_a_row: AtomicU32::new(0),
        stopped: AtomicBool::new(false),
        tell,
    });
    let mut running: JoinSet<(u64, Outcome)> = JoinSet::new();
    let mut handles: HashMap<u64, AbortHandle> = HashMap::new();
    let mut open = true;
    let mut told = false;
    while open || !running.is_empty() {
        tokio::select! {
            biased;
            wish = control.recv(), if open => match wish {
                None => open = false,
                Some(Control::Add(tasks)) => {
                    shared.stopped.store(false, Ordering::SeqCst);
                    told = false;
                    shared.failed_in_a_row.store(0, Ordering::SeqCst);
                    for (id, task) in tasks {
                        let shared = shared.clone();
                        handles.insert(id, running.spawn(async move { (id, shared.carry_out(id, &task).await) }));
                    }
                }
                Some(Control::Cancel(id)) => cancel(&shared, &mut handles, Some(id)),
                Some(Control::CancelAll) => cancel(&shared, &mut handles, None),
            },
            Some(ended) = running.join_next(), if !running.is_empty() => {
                // A cancelled task has said so already.
                if let Ok((id, outcome)) = ended
                    && handles.remove(&id).is_some()
                {
                    match outcome {
                        Outcome::Said(event) => (shared.tell)(*event),
                        Outcome::Stopped(why) => {
                            if let Some(why) = why.filter(|_| !std::mem::replace(&mut told, true)) {
                                (shared.tell)(Event::Stopped { why });
                            }
                            (shared.tell)(Event::Left { task: id });
                        }
                    }
                }
            }
        }
    }
}

fn cancel<T: Fn(Event)>(shared: &Shared<T>, handles: &mut HashMap<u64, AbortHandle>, which: Option<u64>) {
    let mut ids: Vec<u64> = match which {
        Some(id) => vec![id],
        None => handles.keys().copied().collect(),
    };
    ids.sort_unstable();
    for id in ids {
        if let Some(handle) = handles.remove(&id) {
            handle.abort();
            (shared.tell)(Event::Cancelled { task: id });
        }
    }
}

enum Outcome {
    Said(Box<Event>),
    /// The run has stopped; the first to say so knows why.
    Stopped(Option<String>),
}

fn failed(task: u64, why: String) -> Outcome {
    Outcome::Said(Box::new(Event::Failed { task, why, calls: Vec::new() }))
}

/// What a call sets aside of the budget; given back when the call ends in any way, being cancelled too.
struct Reserved<'a> {
    budget: &'a Budget,
    tokens: (u64, u64),
    open: bool,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if self.open {
            self.budget.settle(self.tokens, None);
        }
    }
}

impl<T: Fn(Event) + Send + Sync> Shared<T> {
    async fn carry_out(&self, id: u64, task: &Task) -> Outcome {
        let model = self.client.endpoint().model().to_owned();
        loop {
            let (step, calls) = task.advance_counting(&model, &self.prompts, &|hash| self.ledger.find(hash));
            match step {
                Step::Done { says, model, prompt } => {
                    return Outcome::Said(Box::new(Event::Finished { task: id, says, model, prompt, calls }));
                }
                Step::Failed { why, .. } => return Outcome::Said(Box::new(Event::Failed { task: id, why, calls })),
                Step::Ask(call) => match self.call(id, &call).await {
                    Ok(()) => {}
                    Err(Outcome::Said(event)) => {
                        // A call that failed has no reply; those before it do.
                        let event = match *event {
                            Event::Failed { task, why, .. } => Event::Failed { task, why, calls },
                            other => other,
                        };
                        return Outcome::Said(Box::new(event));
                    }
                    Err(outcome) => return outcome,
                },
            }
        }
    }

    /// Nothing more is sent; the first to say so is told why, and the others follow it silently.
    fn stop(&self, why: String) -> Outcome {
        self.stopped.store(true, Ordering::SeqCst);
        Outcome::Stopped(Some(why))
    }

    async fn call(&self, id: u64, call: &Call) -> Result<(), Outcome> {
        let Ok(_slot) = self.slots.acquire().await else { return Err(Outcome::Stopped(None)) };
        if self.stopped.load(Ordering::SeqCst) {
            return Err(Outcome::Stopped(None));
        }
        let tokens = (call.tokens_in(), u64::from(call.max_tokens));
        self.budget.reserve(tokens.0, tokens.1).map_err(|why| self.stop(why))?;
        let mut reserved = Reserved { budget: &self.budget, tokens, open: true };
        let hash = call.hash();
        for attempt in 1..=self.limits.tries {
            (self.tell)(Event::Called { task: id });
            match self.client.send(call).await {
                Ok(reply) => {
                    self.ledger.keep(&hash, call, &reply);
                    reserved.open = false;
                    // A server that counts nothing says 0.
                    let least = call.tokens_at_least();
                    if reply.tokens_in > 0 && reply.tokens_in < least {
                        (self.tell)(Event::Cut { read: reply.tokens_in, sent: least });
                    }
                    // A server that counts nothing is counted for.
                    let counted = reply.tokens_in + reply.tokens_out > 0;
                    let used = if counted { (reply.tokens_in, reply.tokens_out) } else { tokens };
                    let used = self.budget.settle(tokens, Some(used));
                    self.failed_in_a_row.store(0, Ordering::SeqCst);
                    (self.tell)(Event::Answered { used });
                    return Ok(());
                }
                Err(CallError::Server(why)) => return Err(self.stop(why)),
                Err(CallError::TooLong(why, tokens)) => {
                    let mut remedy = "say how many tokens it holds with --llm-context";
                    if let Some(tokens) = tokens {
                        (self.tell)(Event::Context { tokens });
                        remedy = "asked again, it shows fewer and shorter texts";
                    }
                    return Err(failed(id, format!("{DOES_NOT_FIT} ({why}); {remedy}")));
                }
                Err(CallError::Call(why)) => return Err(failed(id, why)),
                Err(CallError::Later(why, asked)) => {
                    if self.stopped.load(Ordering::SeqCst) {
                        return Err(Outcome::Stopped(None));
                    }
                    if attempt == self.limits.tries {
                        let row = self.failed_in_a_row.fetch_add(1, Ordering::SeqCst) + 1;
                        if row >= self.limits.failures {
                            return Err(
                                self.stop(format!("{row} calls failed one after the other; of the last one: {why}"))
                            );
                        }
                        let why = format!("{why} ({attempt} tries)");
                        return Err(failed(id, why));
                    }
                    let wait = self.limits.wait(&hash, attempt, asked);
                    (self.tell)(Event::Waiting { task: id, why, wait });
                    tokio::time::sleep(wait).await;
                }
            }
        }
        Ok(())
    }
}
