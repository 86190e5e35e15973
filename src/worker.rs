//! The threads that serve a screen or a command: one for the session, one that computes, one for language models.

mod background;
mod controls;
mod engine;
mod llm_state;
mod llm_worker;
mod numbers;
mod progress;
mod store;

pub use background::{Background, Links};
pub use controls::Controls;
pub use engine::{Engine, EngineRequest, MakeEmbedder};
pub use llm_state::LlmMemory;
pub use llm_worker::{Asker, AskerConfig, KeepReply, TellEvent};
pub use store::{Computed, Store, StoreRequest};

/// Time between two reports of progress: ten a second at most.
const TICK: std::time::Duration = std::time::Duration::from_millis(120);
