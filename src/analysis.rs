//! What is known of a run: the way from files to figures, what every view of them needs, and what a language model is asked.
//! No thread, no screen: `worker` runs it behind the explorer, `cli` calls it directly.

mod differences;
mod figures;
mod judgements;
mod masking;
mod meaning;
mod naming;
mod pairs;
mod pipeline;
mod questions;
mod splits;
mod study;

pub use differences::{Difference, DifferenceRow};
pub use figures::{Coming, Figures, shown_label};
pub use judgements::{FigureCache, Judged};
pub use masking::{MaskTarget, Masked, MaskingReport, Survival, rerun_masked, wording_of};
pub use meaning::{Meant, nearest_in_meaning};
pub use pairs::{PairFigures, corrected_for_pairs};
pub use pipeline::{AnalysisOptions, PipelineError, Stage, Timings, analyse, default_contrast, study_session};
pub(crate) use pipeline::{find_clusters, texts_to_embed};
pub(crate) use questions::{Asking, LEAST};
pub(crate) use splits::split;
pub use splits::{SplitPart, SplitRequest};
pub use study::{Material, Study};
