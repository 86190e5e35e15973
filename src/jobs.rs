//! Work that takes a while: the way from files to figures, and (for the explorer) everything that runs behind it.

mod pipeline;
mod study;

pub use pipeline::{AnalysisOptions, PipelineError, Stage, Timings, analyse, study_session};
pub use study::{FigureCache, Figures, Study};
