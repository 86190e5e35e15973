//! What the explorer asks of the threads behind it, and what they reply. A reply carries the number of its request, by which it
//! finds whoever asked.

use std::sync::Arc;

use crate::analysis::{Figures, Judged, MaskTarget, MaskingReport, Meant, PairFigures, SplitPart, SplitRequest, Stage};
use crate::cluster::Map;
use crate::diagnostics::{CounterEvidence, LabelMeasured};
use crate::llm::Kept;
use crate::model::{ClusterId, Contrast, Job, Partition, Record, SampleIx, Target};

/// Number of a request, larger than those of all requests before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What the thread that owns the session is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionRequest {
    /// Store an edit.
    StoreEdit(Box<Record>),
    /// Keep what the fine-tuning was meant to do.
    StoreIntent(String),
    /// Read texts.
    ReadTexts(Vec<SampleIx>),
    /// Find the samples whose text holds a needle.
    Search {
        /// Where.
        among: Vec<SampleIx>,
        /// What, in any case.
        needle: String,
        /// Find those that do not hold it instead.
        invert: bool,
    },
    /// Read what was asked and answered, by the hashes of the calls.
    ReadExchange(Vec<String>),
    /// Write texts to a file in the working folder: each a record without its text, as JSON.
    ExportTexts(Vec<(SampleIx, serde_json::Value)>),
}

/// What the thread that computes is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum ComputeRequest {
    /// The numbers of these clusters.
    Figures(Arc<Partition>),
    /// Another contrast, then the numbers.
    Contrast(Contrast, Arc<Partition>),
    /// How much each of these pairs differs, one after the other; what was asked for before is not needed any more.
    Pairs(Vec<Contrast>),
    /// The parts of a split.
    Split(SplitRequest),
    /// The differences that are left when wording is masked: clustered and compared again.
    Mask(MaskTarget, Arc<Figures>, Arc<Partition>),
    /// The clusters nearest to one.
    Nearest(ClusterId, Arc<Partition>),
    /// The texts that speak against a cluster's label.
    CounterEvidence(ClusterId, String, Arc<Partition>),
    /// How well a label fits a cluster.
    LabelFit(ClusterId, String, Arc<Partition>),
    /// The samples among these that are nearest to words in meaning.
    Meaning(Vec<SampleIx>, String, Arc<Partition>),
    /// Coordinates of the texts on the map.
    Map,
    /// What asking a language model would send.
    PlanAsk(Box<AskRequest>),
    /// Send what was planned by that request.
    SendAsk(RequestId),
}

impl ComputeRequest {
    /// Whether somebody waits for a reply to this very request.
    pub fn has_reply(&self) -> bool {
        !matches!(self, Self::SendAsk(_))
    }

    /// Whether one that is asked later makes this one needless: it is of the same kind, and only its reply counts.
    pub fn is_superseded_by(&self, later: &Self) -> bool {
        use ComputeRequest::{Contrast, CounterEvidence, Figures, LabelFit, Mask, Pairs, PlanAsk, Split};
        matches!(
            (self, later),
            (Figures(_), Figures(_) | Contrast(..))
                | (LabelFit(..), LabelFit(..))
                | (CounterEvidence(..), CounterEvidence(..))
                | (Pairs(_), Pairs(_))
                | (Split(_), Split(_))
                | (Mask(..), Mask(..))
                | (PlanAsk(_), PlanAsk(_))
        )
    }
}

/// What is stopped at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// The masked run that was asked for by this request.
    Masking(RequestId),
    /// One task of a language model, or all.
    Questions(Option<u64>),
}

/// A cluster near another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearby {
    /// The cluster.
    pub cluster: ClusterId,
    /// Cosine of the two means.
    pub similarity: f32,
    /// Terms that both have, separated by commas.
    pub shared: String,
}

/// What comes back.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Texts that were read.
    Texts(Vec<(SampleIx, String)>),
    /// More hits of a search; the flag says that it is over.
    Hits(Vec<SampleIx>, bool),
    /// What a search by meaning found.
    Meant(Meant),
    /// What was asked and answered.
    Exchange(Vec<Kept>),
    /// The file that texts were written to, in a sentence.
    Exported(String),
    /// Numbers, of which some may be still to come.
    Figures(Arc<Figures>),
    /// How much one pair of models differs.
    Pair(Box<PairFigures>),
    /// Some clusters were judged.
    Judged(Vec<Judged>),
    /// The parts of a split.
    Split(Vec<SplitPart>),
    /// The work without the wording moved on: what is being done, texts done, texts in all.
    MaskingMoved(Stage, usize, usize),
    /// What is left of the differences without the wording.
    Masked(Box<MaskingReport>),
    /// The nearest clusters.
    Nearest(Vec<Nearby>),
    /// How well a label matches, and what speaks against it.
    LabelFit(Box<LabelMeasured>),
    /// The texts that speak against a cluster's label.
    CounterEvidence(CounterEvidence),
    /// Coordinates of the texts on the map.
    Map(Box<Map>),
    /// What asking would send.
    AskPlan(Box<AskPlan>),
    /// It could not be done, and why.
    Failed(String),
}

/// One thing to ask a language model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskItem {
    /// Its number, when it is in the queue already.
    pub id: Option<u64>,
    /// The kind of work.
    pub job: Job,
    /// What about.
    pub target: Target,
}

/// What to ask, of which state of the clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct AskRequest {
    /// The questions.
    pub items: Vec<AskItem>,
    /// The clusters.
    pub partition: Arc<Partition>,
    /// Their numbers.
    pub figures: Arc<Figures>,
    /// What the fine-tuning was meant to do.
    pub intent: Option<String>,
    /// Whether questions are asked again whose replies could not be used.
    pub again: bool,
}

/// What asking would send.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AskPlan {
    /// Questions that can be asked.
    pub tasks: usize,
    /// Calls for them, less those whose reply is known.
    pub calls: u32,
    /// Tokens to read, about.
    pub tokens_in: u64,
    /// Tokens to write, at most.
    pub tokens_out: u64,
    /// Tokens of the largest question with its answer: what the model must be able to hold.
    pub largest: u64,
    /// Questions that show less than they would, so that the model can hold them.
    pub shortened: usize,
    /// What that costs at most, when there is a price.
    pub dollars: Option<f64>,
    /// Questions that cannot be asked, and why.
    pub skipped: Vec<String>,
}
