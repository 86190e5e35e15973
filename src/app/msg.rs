//! What happens (past tense) and what is to be done (imperative).

use super::key::Key;
use super::tips::Tips;
use crate::analysis::{Figures, Judged, MaskTarget, MaskingReport, SplitPart, SplitRequest, Stage};
use crate::cluster::{Map, Tree};
use crate::diagnostics::{CounterEvidence, LabelMeasured};
use crate::llm::{Kept, Usage};
use crate::model::{ClusterId, Contrast, Job, Opinion, Partition, QueuedTask, Record, SampleIx, Target};

/// Mouse actions that gander knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MouseKind {
    Click,
    WheelUp,
    WheelDown,
}

/// Clusters, figures and tree, when they are there.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The tree.
    pub tree: Tree,
    /// The cut shown first.
    pub partition: Partition,
    /// The numbers.
    pub figures: Figures,
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
    pub partition: Partition,
    /// Their numbers.
    pub figures: Figures,
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

/// What a language model has cost since gander was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Calls and tokens.
    pub used: Usage,
    /// Dollars, when there is a price.
    pub dollars: Option<f64>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    KeyPressed(Key),
    /// Text was pasted.
    Pasted(String),
    /// The mouse was used at a column and row.
    MouseUsed(MouseKind, u16, u16),
    /// The terminal has another size.
    Resized(u16, u16),
    /// A stage of the analysis began or moved on.
    Progressed {
        /// What is being done.
        stage: Stage,
        /// Texts done.
        done: usize,
        /// Texts in all.
        total: usize,
        /// Texts a second.
        rate: f64,
    },
    /// The clusters are there; of the numbers what is known then.
    ClustersFound(Box<Ready>),
    /// Something in the background failed.
    JobFailed(String),
    /// Texts were read.
    TextsRead(Vec<(SampleIx, String)>),
    /// New numbers; of an older state of the clusters when the generation is smaller.
    FiguresComputed(u64, Box<Figures>),
    /// Some clusters were judged.
    Judged(u64, Vec<Judged>),
    /// The rest of the numbers could not be computed.
    FiguresFailed(u64, String),
    /// A search found more samples; the flag says that it is over.
    SearchFound(u64, Vec<SampleIx>, bool),
    /// A split was worked out.
    SplitProposed(u64, Vec<SplitPart>),
    /// The work without the wording moved on: what is being done, texts done, texts in all.
    WordingMoved(u64, Stage, usize, usize),
    /// What is left of the differences without the wording.
    WordingTakenOut(u64, Box<MaskingReport>),
    /// The nearest clusters, with the similarity and shared terms.
    NearestFound(u64, Vec<(ClusterId, f32, String)>),
    /// How well a label matches, and what speaks against it.
    FitMeasured(u64, Box<LabelMeasured>),
    /// The texts that speak against a cluster's label.
    CounterEvidenceFound(u64, CounterEvidence),
    /// Where the texts stand on the map.
    MapLaid(u64, Box<Map>),
    /// Edits up to this one are on the disk.
    Saved(u64),
    /// An edit could not be stored.
    SaveFailed(String),
    /// Texts were written; says where to.
    TextsExported(String),
    /// Something was copied; says which way it went.
    Copied(String),
    /// What asking would send.
    AskPlanned(u64, Box<AskPlan>),
    /// A task of a language model is somewhere else now.
    TaskChanged(Box<QueuedTask>),
    /// A language model said something.
    OpinionFormed(Box<Opinion>),
    /// A reply came in.
    LlmSpent(Spent),
    /// Nothing more is sent, and why.
    LlmStopped(String),
    /// Something about the language model that a person should know.
    LlmWarned(String),
    /// What was asked and answered for a task, by its number.
    ExchangeRead(u64, Vec<Kept>),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Clear the terminal and draw everything.
    Redraw,
    /// Store an edit.
    StoreEdit(Box<Record>),
    /// Read texts.
    ReadTexts(Vec<SampleIx>),
    /// Compute the numbers of these clusters.
    ComputeFigures(u64, Box<Partition>),
    /// Search these samples for a text; the flag inverts.
    StartSearch(u64, Vec<SampleIx>, String, bool),
    /// Find the samples among these that are nearest to words in meaning.
    SearchMeaning(u64, Vec<SampleIx>, String),
    /// Work out a split.
    ProposeSplit(u64, SplitRequest),
    /// Take the wording out, cluster and compare again.
    TakeWordingOut(u64, MaskTarget, Box<Figures>, Box<Partition>),
    /// Stop doing so.
    StopTakingOut,
    /// Find the nearest clusters.
    FindNearest(u64, ClusterId, Box<Partition>),
    /// Measure how well a label fits a cluster.
    MeasureFit(u64, ClusterId, String, Box<Partition>),
    /// Find the texts that speak against a cluster's label.
    FindCounterEvidence(u64, ClusterId, String, Box<Partition>),
    /// Compare other models, then compute the numbers.
    StartContrast(u64, Contrast, Box<Partition>),
    /// Work out where the texts stand on the map.
    LayMap(u64),
    /// Keep which tips are done with.
    StoreTips(Tips),
    /// Copy a text.
    Copy(String),
    /// Write texts to a file: each a record without its text, as JSON.
    ExportTexts(Vec<(SampleIx, serde_json::Value)>),
    /// Work out what asking would send.
    PlanAsk(u64, Box<AskRequest>),
    /// Send what was planned.
    SendAsk(u64),
    /// Stop one task of a language model, or all.
    CancelAsk(Option<u64>),
    /// Keep what the fine-tuning was meant to do.
    StoreIntent(String),
    /// Read what was asked and answered for a task: its number and the hashes of its calls.
    ReadExchange(u64, Vec<String>),
}
