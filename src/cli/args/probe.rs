//! Arguments about probing sets.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::CallArgs;
use crate::probe::ExportAs;

/// Make, check and score probing sets: questions with a key that measure whether a model can keep track of its values.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ProbeArgs {
    #[command(subcommand)]
    pub command: ProbeCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ProbeCommand {
    /// Begin a suite: definitions of the subtasks, gold items, slots of a design, rules.
    New(NewArgs),
    /// Say whether items are sound, vary, do not give their key away and follow their cause; ends with status 1 when a rule is broken.
    Check(ProbeCheckArgs),
    /// Score answers: by subtask, model and round, with families as the unit.
    Score(ScoreArgs),
    /// Make a suite of files in other formats: model-written evals, lm-evaluation-harness, inspect_ai, CSV.
    Import(ImportArgs),
    /// Write a suite in another format.
    Export(ProbeExportArgs),
    /// Have a language model write families of items, by the design of the suite; they are drafts.
    Write(ProbeWriteArgs),
    /// Have language models solve a suite, solve it without its events, and sort it into its subtasks.
    Judge(ProbeJudgeArgs),
    /// Collect answers of models to a suite, in several frames and with the options in both orders.
    Run(ProbeRunArgs),
}

/// Suites that can be begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Template {
    /// Self-concept, values over time, external influences, impact of events, desirability of influences.
    Reflectivity,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct NewArgs {
    /// What the suite measures.
    #[arg(value_enum)]
    pub template: Template,
    /// Folder to make.
    #[arg(short, long, value_name = "SUITE")]
    pub output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ProbeCheckArgs {
    /// A folder with suite.json, or a file of items in any format that `import` reads.
    #[arg(value_name = "SUITE")]
    pub suite: PathBuf,
    /// Write one JSON object instead of words.
    #[arg(long)]
    pub json: bool,
    /// Also check the suite N times with shuffled keys and say how often it had a cue: the false-alarm rate on these texts.
    #[arg(long, value_name = "N")]
    pub shuffled: Option<usize>,
    /// Seed of shuffles and folds.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ScoreArgs {
    /// A folder with suite.json, or a file of items.
    #[arg(value_name = "SUITE")]
    pub suite: PathBuf,
    /// Answers: JSON lines with item, model and text (or choice, or probabilities), or sample logs of lm-evaluation-harness.
    #[arg(value_name = "ANSWERS", required = true)]
    pub answers: Vec<PathBuf>,
    /// The models are rounds of one, in the order given: trends, distance to the first, first round outside the null band.
    #[arg(long, value_name = "MODEL,…", value_delimiter = ',', num_args = 0..=1, require_equals = true)]
    pub rounds: Option<Vec<String>>,
    /// The model that the others are compared with [default: the first one in the files]
    #[arg(long, value_name = "MODEL", conflicts_with = "rounds")]
    pub against: Option<String>,
    /// Write one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Seed of the permutations and the bootstrap.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportArgs {
    /// Files of items.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Folder to make.
    #[arg(short, long, value_name = "SUITE")]
    pub output: PathBuf,
    /// Name of the suite [default: that of the folder]
    #[arg(long)]
    pub name: Option<String>,
}

/// Formats to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FormatAs {
    /// Documents and tasks of lm-evaluation-harness.
    LmEval,
    /// Samples and a task of inspect_ai.
    Inspect,
    /// Model-written evals.
    Mwe,
    /// A table.
    Csv,
}

impl From<FormatAs> for ExportAs {
    fn from(f: FormatAs) -> Self {
        match f {
            FormatAs::LmEval => Self::LmEval,
            FormatAs::Inspect => Self::Inspect,
            FormatAs::Mwe => Self::Mwe,
            FormatAs::Csv => Self::Csv,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ProbeExportArgs {
    /// A folder with suite.json, or a file of items.
    #[arg(value_name = "SUITE")]
    pub suite: PathBuf,
    /// The format.
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub format: FormatAs,
    /// Folder to write into.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace files that gander did not write (never an input or a session).
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ProbeRunArgs {
    /// A folder with suite.json, or a file of items.
    #[arg(value_name = "SUITE")]
    pub suite: PathBuf,
    /// Frames to ask in: plain, aware (the model is told that it is being trained), other (it is asked about another model).
    #[arg(long, value_name = "FRAME,…", value_delimiter = ',', default_value = "plain")]
    pub frames: Vec<String>,
    /// Ask with the options as they are only, and not also in reverse.
    #[arg(long)]
    pub one_order: bool,
    /// A model: a server's address, #, its name. The first is the one that the others are compared with.
    #[arg(long, value_name = "URL#MODEL", required = true)]
    pub model: Vec<String>,
    /// Answers to each question.
    #[arg(short, long, default_value_t = 1)]
    pub n: u32,
    /// Temperature.
    #[arg(long, default_value_t = 1.0)]
    pub temperature: f64,
    /// Maximum number of tokens in an answer.
    #[arg(long, default_value_t = 64)]
    pub max_tokens: u32,
    /// Makes the run repeatable: the seed of each answer is made from this, the model's name, the question and the number of
    /// the answer [default: that of the file, or chance]
    #[arg(long)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub calls: CallArgs,
    /// Where to write.
    #[arg(short, long, value_name = "OUT.jsonl", default_value = "answers.jsonl")]
    pub output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ProbeWriteArgs {
    /// The folder of a suite.
    #[arg(value_name = "SUITE")]
    pub suite: PathBuf,
    /// Items to write, in families of seven. The same number and seed ask only for what is missing.
    #[arg(short, long, default_value_t = 70)]
    pub n: usize,
    /// The writer: a server's address, #, the model.
    #[arg(long, value_name = "URL#MODEL")]
    pub llm: String,
    /// Seed of the design; another seed gives other families.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Temperature.
    #[arg(long, default_value_t = 1.0)]
    pub temperature: f64,
    /// Tokens of a family, at most.
    #[arg(long, default_value_t = 2_500)]
    pub max_tokens: u32,
    #[command(flatten)]
    pub calls: CallArgs,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ProbeJudgeArgs {
    /// A folder with suite.json, or a file of items.
    #[arg(value_name = "SUITE")]
    pub suite: PathBuf,
    /// A judge: a server's address, #, the model. Name two or more that did not write the items.
    #[arg(long, value_name = "URL#MODEL", required = true)]
    pub llm: Vec<String>,
    /// Tokens of an answer, at most.
    #[arg(long, default_value_t = 64)]
    pub max_tokens: u32,
    /// Seed of the answers and of the intervals.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write one JSON object instead of words.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub calls: CallArgs,
    /// Where judgements are kept [default: judgements.jsonl in the suite]
    #[arg(short, long, value_name = "OUT.jsonl")]
    pub output: Option<PathBuf>,
}
