//! Work that takes a while: the way from files to figures, and (for the explorer) everything that runs behind it.

mod asker;
mod asking;
mod background;
mod engine;
mod figures;
mod judge;
mod listed;
mod masking;
mod naming;
mod numbers;
mod pipeline;
mod questions;
mod splits;
mod store;
mod study;
mod watch;

pub use asker::{Asker, AskerConfig, KeepReply, TellEvent};
pub use asking::LlmMemory;
pub use background::{Background, Links, Route, route};
pub use engine::{Engine, EngineRequest, MakeEmbedder};
pub use figures::{Coming, Figures};
pub use judge::{FigureCache, Judged};
pub use listed::{Difference, Listed};
pub use masking::{Fate, Left, Masked, Taken, without, wording_of};
pub use pipeline::{AnalysisOptions, PipelineError, Stage, Timings, analyse, default_contrast, study_session};
pub use store::{Computed, Store, StoreRequest};
pub use study::{Material, Study};

/// Time between two reports of progress: ten a second at most.
const TICK: std::time::Duration = std::time::Duration::from_millis(120);
