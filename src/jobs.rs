//! Work that takes a while: the way from files to figures, and (for the explorer) everything that runs behind it.

mod background;
mod engine;
mod pipeline;
mod store;
mod study;

pub use background::{Background, Route, route};
pub use engine::{Engine, EngineRequest, MakeEmbedder};
pub use pipeline::{AnalysisOptions, PipelineError, Stage, Timings, analyse, default_contrast, study_session};
pub use store::{Computed, Store, StoreRequest};
pub use study::{FigureCache, Figures, Material, Study};
