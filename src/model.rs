//! The domain: who wrote what ([`Corpus`]), how it is grouped ([`Partition`]) and how people change that ([`Edit`]).

mod cluster;
mod contrast;
mod corpus;
mod edit;
mod history;
mod partition;
mod plan;

pub use cluster::{Cluster, ClusterId, LabelBy, Proposal};
pub use contrast::Contrast;
pub use corpus::{Corpus, PromptId, Sample, SampleIx, Source, SourceId, View};
pub use edit::{Author, Delta, Edit, EditError, Record, SplitBy};
pub use history::History;
pub use partition::Partition;
