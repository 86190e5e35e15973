//! A language model at work: it names, checks, splits, contrasts and judges; a person decides.
//!
//! A [`Task`] is a question about one [`Target`](crate::model::Target). [`Task::advance`] is a pure function of the
//! replies known so far: it asks for more calls, or ends with what was said. So a run can stop anywhere and go on later, a
//! reply is never asked for twice, and the same questions can travel in a batch file ([`batch`]) where there is no
//! network. [`run`] sends the calls: bounded, retried, within a [`Budget`], and stopped with a reason.

mod answer;
pub mod batch;
mod binomial;
mod budget;
mod call;
mod client;
mod dialect;
mod driver;
mod embeddings;
mod endpoint;
mod excerpt;
mod hub;
mod key;
mod prompts;
mod runner;
mod sampling;
mod schema;
mod step;
mod task;

pub use binomial::{holm, scans_together};
pub use budget::{Budget, Price, Usage, dollars, grouped};
pub use call::{Asked, Call, Kept, Reply, Turn};
pub use client::{CallError, Client};
pub use embeddings::EmbeddingServer;
pub use endpoint::{Dialect, Endpoint};
pub use excerpt::{Excerpt, clip};
pub use hub::{HUB, fetch, is_hub_name};
pub use key::Key;
pub use prompts::Prompts;
pub use runner::{Control, DOES_NOT_FIT, Event, Ledger, Limits, run};
pub use sampling::{SamplePrompt, SampleSettings, Sampled, SampledModel, Wanted, sample, seed_of};
pub use step::Step;
pub use task::{BlankTrial, Evidence, Question, Ranked, Task};

/// Why a language model cannot be asked; each is one sentence with its remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the sentences say what each is
pub enum LlmError {
    #[error("{0}: give URL#model, such as http://localhost:8000/v1#my-model")]
    Endpoint(String),
    #[error("a password in the address would end up in logs; put the key into GANDER_LLM_KEY instead")]
    Credentials,
    #[error("{0}: the key cannot be read from there ({1}); check GANDER_LLM_KEY_FILE")]
    KeyFile(String, String),
    #[error("the key holds characters that no header may hold; check GANDER_LLM_KEY or the file it is in")]
    KeyCharacters,
    #[error("{0}: {1}; see the built-in prompts in assets/prompts")]
    Prompt(String, String),
    #[error("{0} completes text and cannot be asked; give the address of its chat (…/chat/completions)")]
    NoChat(String),
    #[error("encrypted connections cannot be set up ({0})")]
    Tls(String),
    #[error("{0}")]
    Hub(String),
}
