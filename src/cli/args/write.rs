//! Arguments of what leaves a session, of new samples for it, and of sampling.

use std::path::PathBuf;

use clap::ValueEnum;

use super::InputArgs;

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ExportFormat {
    /// JSON lines.
    Jsonl,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Parquet, compressed.
    Parquet,
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ExportWhat {
    /// Every sample with its cluster and label.
    Assignments,
    /// Chats with their label, for training or evaluation.
    Dataset,
    /// Every edit with its time and author.
    Edits,
    /// Every difference, with what was noted of it.
    Differences,
}

/// Write what a session holds, with the edits made in the explorer.
///
/// `assignments`: one row a sample: id, model, prompt, text, cluster, label, who wrote the label (terms, human, or llm:MODEL),
/// flag, note, and whether the cluster was reviewed. `dataset`: one chat a line (`messages`), with label, cluster, model and id
/// beside it, for training or evaluation; choose its texts with --clusters, --reviewed and --of. `edits`: the history.
/// `differences`: one object a difference, as in the JSON of `analyze`, with `reviewed`, `dismissed` (the reason), `note` and
/// `verdict`; those that were dismissed come last.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExportArgs {
    /// A saved session.
    #[arg(value_name = "RUN.gander")]
    pub session: PathBuf,
    /// What to write.
    #[arg(long, value_enum, default_value_t = ExportWhat::Assignments)]
    pub what: ExportWhat,
    /// Format of the output [default: by the ending of OUT, else jsonl]
    #[arg(long, value_enum)]
    pub format: Option<ExportFormat>,
    /// Only texts of these clusters.
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    pub clusters: Vec<u32>,
    /// Only texts of reviewed clusters.
    #[arg(long)]
    pub reviewed: bool,
    /// Only texts of this model.
    #[arg(long, value_name = "MODEL")]
    pub of: Option<String>,
    /// Where to write; standard output when absent.
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Replace a file that gander did not write (never an input or a session).
    #[arg(long)]
    pub force: bool,
}

/// Assign new samples to the clusters of a curated session.
///
/// Nearest texts of the session vote. One JSON object a sample: cluster and label, the similarity to the nearest members,
/// the margin of the vote, and how typical the text is of that cluster; `cluster` is null for a text unlike all members.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ApplyArgs {
    /// A saved session.
    #[arg(value_name = "RUN.gander")]
    pub session: PathBuf,
    /// New samples.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Typicality below which a text is in no cluster, unless it is far nearer to it than the clusters are to each
    /// other: about this share of texts that do belong is lost.
    #[arg(long, value_name = "P", default_value_t = 0.02)]
    pub none_below: f32,
    /// Where to write; standard output when absent.
    #[arg(short, long, value_name = "OUT.jsonl")]
    pub output: Option<PathBuf>,
    /// Replace a file that gander did not write (never an input or a session).
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

/// How models are asked for many answers.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct CallArgs {
    /// Concurrent requests to each model.
    #[arg(long, default_value_t = 8)]
    pub at_once: usize,
    /// Maximum number of requests a minute, over all models.
    #[arg(long, value_name = "N")]
    pub per_minute: Option<u32>,
    /// Timeout of a request in seconds.
    #[arg(long, value_name = "S", default_value_t = 300)]
    pub timeout: u64,
    /// Maximum number of tokens, read and written; nothing is asked when more may be needed.
    #[arg(long, value_name = "TOKENS")]
    pub budget: Option<u64>,
    /// Say how much would be asked, and ask nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Collect samples from two or more models at a list of prompts.
///
/// Every answer is written at once, with its settings; the same command goes on where a run was stopped, and after the prompts
/// were edited asks what is new. Every answer has a seed of its own. An address that ends in /completions is sent the bare
/// prompt, for base models.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SampleArgs {
    /// Prompts: one a line, or JSON with the usual field names.
    #[arg(long, value_name = "FILE")]
    pub prompts: PathBuf,
    /// A model: a server's address, #, its name there; NAME= before it is its name in the file. The first is the precursor.
    /// The same NAME= twice is one model on two servers, which share the work.
    #[arg(long, value_name = "[NAME=]URL#MODEL", required = true)]
    pub model: Vec<String>,
    /// Answers to each prompt.
    #[arg(short, long, default_value_t = 1)]
    pub n: u32,
    /// Temperature.
    #[arg(long, default_value_t = 1.0)]
    pub temperature: f64,
    /// Nucleus sampling: share of the probability that is drawn from.
    #[arg(long)]
    pub top_p: Option<f64>,
    /// Maximum number of tokens in an answer.
    #[arg(long, default_value_t = 512)]
    pub max_tokens: u32,
    /// Makes the run one that can be drawn again: the seed of each answer is made from this, the model's name, the prompt and
    /// the number of the answer [default: that of the file, or chance]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Ask every prompt in several framings: a file with one a line and {prompt} in it, or JSON lines (name, system, prompt).
    #[arg(long, value_name = "FILE")]
    pub frames: Option<PathBuf>,
    /// System prompt, sent with every prompt.
    #[arg(long, value_name = "TEXT")]
    pub system: Option<String>,
    #[command(flatten)]
    pub calls: CallArgs,
    /// Where to write.
    #[arg(short, long, value_name = "OUT.jsonl", default_value = "samples.jsonl")]
    pub output: PathBuf,
}
