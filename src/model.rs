//! The domain: who wrote what ([`Corpus`]), how it is grouped ([`Partition`]) and how people change that ([`Edit`]).

mod cluster;
mod contrast;
mod corpus;
mod edit;
mod field;
mod hash;
mod history;
mod mark;
mod opinion;
mod partition;
mod plan;
mod queue;
mod theme;
mod void;

pub use cluster::{Cluster, ClusterId, LabelBy, Void};
pub use contrast::Contrast;
pub(crate) use corpus::text_hash;
pub use corpus::{Corpus, PromptId, Sample, SampleIx, Source, SourceId, View};
pub use edit::{Author, Delta, Edit, EditError, Record, SplitBy};
pub use field::{Field, FieldValues};
pub use hash::fnv;
pub use history::History;
pub use mark::{DifferenceId, Mark, MarkChange};
pub use opinion::{
    BlindCheck, BlindPairs, Claim, Decision, FindingId, Hypothesis, Opinion, OpinionSide, Reason, Says, Target,
    Verdict, Votes, fingerprint,
};
pub use partition::Partition;
pub use queue::{Job, QueuedTask, TaskState};
pub use theme::{Theme, ThemeId};
