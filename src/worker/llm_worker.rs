//! The thread that talks to a language model, and what it may spend.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::controls::Controls;
use crate::llm::{
    Budget, Call, Client, Control, Endpoint, Event, Key, Ledger, Limits, LlmError, Price, Prompts, Reply, Task, run,
};

/// By how much questions are made smaller when the server counts more tokens than were estimated.
const SLACK: f64 = 1.3;

/// Where to ask, how, and how much; as given, nothing is sent for it.
#[derive(Debug, Clone)]
pub struct AskerConfig {
    /// The server and the model.
    pub endpoint: Endpoint,
    /// Its key.
    pub key: Key,
    /// Prompts of the user's.
    pub prompts: Option<PathBuf>,
    /// Bounds of a run.
    pub limits: Limits,
    /// Time for one call.
    pub timeout: Duration,
    /// Tokens, at most.
    pub budget_tokens: Option<u64>,
    /// Dollars, at most.
    pub budget_dollars: Option<f64>,
    /// Dollars per million tokens.
    pub price: Option<Price>,
    /// Tokens that the model can hold, question and answer together, when it is known.
    pub context: Option<u64>,
    /// Runs of each verdict.
    pub votes: u32,
}

/// Where news of a run goes.
pub type TellEvent = Arc<dyn Fn(Event) + Send + Sync>;
/// Where a reply goes to be on the disk.
pub type KeepReply = Arc<dyn Fn(&str, &Call, &Reply) + Send + Sync>;

/// Replies in memory, each written through to the session.
struct Replies {
    known: Mutex<HashMap<String, Reply>>,
    keep: KeepReply,
}

impl Ledger for Replies {
    fn find(&self, hash: &str) -> Option<Reply> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn keep(&self, hash: &str, call: &Call, reply: &Reply) {
        (self.keep)(hash, call, reply);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(hash.to_owned(), reply.clone());
    }
}

/// A language model ready to be asked. The thread starts with the first question.
pub struct Asker {
    config: AskerConfig,
    /// The prompts used.
    pub prompts: Prompts,
    /// What was spent.
    pub budget: Arc<Budget>,
    ledger: Arc<Replies>,
    tell: TellEvent,
    /// Holds the run that is going.
    controls: Controls,
    /// Tokens that the server counted for each that was estimated, as far as is known.
    slack: f64,
}

impl Asker {
    /// Reads the prompts; `known` are the replies kept in the session.
    ///
    /// # Errors
    /// When a prompt of the user's cannot be used.
    pub fn new(
        config: AskerConfig,
        known: HashMap<String, Reply>,
        tell: TellEvent,
        keep: KeepReply,
        controls: Controls,
    ) -> Result<Self, LlmError> {
        let prompts = Prompts::load(config.prompts.as_deref())?;
        let budget = Arc::new(Budget::new(config.budget_tokens, config.budget_dollars, config.price));
        let ledger = Arc::new(Replies { known: Mutex::new(known), keep });
        Ok(Self { config, prompts, budget, ledger, tell, controls, slack: 1.0 })
    }

    /// Where it asks.
    pub fn endpoint(&self) -> &Endpoint {
        &self.config.endpoint
    }

    /// Tokens that the model can hold, when it is known.
    pub fn context(&self) -> Option<u64> {
        self.config.context
    }

    /// Estimated tokens that a question and its answer may have.
    pub fn room(&self) -> Option<u64> {
        self.config.context.map(|c| (c as f64 / self.slack) as u64)
    }

    /// Takes the server's word for what the model can hold. When it says again what is known, its tokens are smaller than was
    /// estimated.
    pub fn learn_context(&mut self, tokens: u64) {
        if self.config.context == Some(tokens) {
            self.slack *= SLACK;
        }
        self.config.context = Some(self.config.context.map_or(tokens, |c| c.min(tokens)));
    }

    /// Runs of each verdict.
    pub fn votes(&self) -> u32 {
        self.config.votes.max(1)
    }

    /// Forgets replies that could not be used, so that their questions are asked again.
    pub fn forget(&self, hashes: &[String]) {
        let mut known = self.ledger.known.lock().unwrap_or_else(PoisonError::into_inner);
        hashes.iter().for_each(|h| {
            known.remove(h);
        });
    }

    /// A reply known.
    pub fn find(&self, hash: &str) -> Option<Reply> {
        self.ledger.find(hash)
    }

    /// Sends tasks off.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn send(&mut self, tasks: Vec<(u64, Task)>) -> Result<(), LlmError> {
        let run = self.controls.run().clone();
        let run = match run {
            Some(run) => run,
            None => self.controls.run().insert(self.start()?).clone(),
        };
        // The thread ends only with the program.
        let _ = run.send(Control::Add(tasks));
        Ok(())
    }

    fn start(&self) -> Result<UnboundedSender<Control>, LlmError> {
        let (sender, receiver) = unbounded_channel();
        let client = Client::new(self.config.endpoint.clone(), self.config.key.clone(), self.config.timeout)?
            .advising("raise --llm-timeout or lower --llm-at-once");
        let (prompts, limits, budget) = (self.prompts.clone(), self.config.limits, self.budget.clone());
        let (ledger, tell) = (self.ledger.clone(), self.tell.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| LlmError::Tls(e.to_string()))?;
        std::thread::spawn(move || {
            runtime.block_on(run(client, prompts, limits, budget, ledger, receiver, move |e| tell(e)));
        });
        Ok(sender)
    }
}
