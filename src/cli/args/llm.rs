//! Arguments about a language model.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::model::Job;

/// Which language model, and its bounds. Without one nothing is ever sent.
#[derive(Debug, Clone, Default, clap::Args)]
pub(in crate::cli) struct LlmArgs {
    /// Language model to ask: a server's address, #, the model [default: settings.json; none]
    #[arg(long, value_name = "URL#MODEL", help_heading = "Language model")]
    pub llm: Option<String>,
    /// Dollars per million tokens read and written, such as 0.15,0.60.
    #[arg(long, value_name = "IN,OUT", help_heading = "Language model")]
    pub llm_price: Option<String>,
    /// Concurrent requests [default: 4]
    #[arg(long, value_name = "N", help_heading = "Language model")]
    pub llm_at_once: Option<usize>,
    /// Timeout of a request in seconds [default: 120]
    #[arg(long, value_name = "S", help_heading = "Language model")]
    pub llm_timeout: Option<u64>,
    /// Tokens that the model can hold, question and answer together: questions show no more than fits [default: what the
    /// server says when one does not fit]
    #[arg(long, value_name = "N", help_heading = "Language model")]
    pub llm_context: Option<u64>,
    /// Runs of each verdict, each with its texts in another order [default: 3]
    #[arg(long, value_name = "K", help_heading = "Language model")]
    pub votes: Option<u32>,
    /// Maximum number of tokens to use.
    #[arg(long, value_name = "N", help_heading = "Language model")]
    pub budget: Option<u64>,
    /// Maximum number of dollars to spend; needs --llm-price.
    #[arg(long, value_name = "USD", help_heading = "Language model")]
    pub budget_usd: Option<f64>,
    /// Folder with your own prompts, named as in assets/prompts.
    #[arg(long, value_name = "DIR", help_heading = "Language model")]
    pub prompts: Option<PathBuf>,
    /// What the fine-tuning was meant to do, or a file that says so; kept in the session.
    #[arg(long, value_name = "TEXT|FILE", help_heading = "Language model")]
    pub intent: Option<String>,
}

/// Which clusters of which session.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SelectArgs {
    /// A saved session.
    #[arg(value_name = "RUN.gander")]
    pub session: PathBuf,
    /// These clusters.
    #[arg(long, value_name = "N,…", value_delimiter = ',', conflicts_with_all = ["flagged", "all"])]
    pub clusters: Vec<u32>,
    /// The flagged clusters.
    #[arg(long, conflicts_with = "all")]
    pub flagged: bool,
    /// Every cluster (for judge and describe: every difference, which is their default).
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AskArgs {
    #[command(flatten)]
    pub select: SelectArgs,
    /// Say what would be sent and what it would cost, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Take proposed names at once instead of leaving them for somebody to accept.
    #[arg(long)]
    pub accept: bool,
    /// Write one JSON object a line instead of words.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub llm: LlmArgs,
}

/// Kinds of work that can be asked by file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)] // the words say it
pub(in crate::cli) enum JobArg {
    Label,
    Check,
    Purity,
    Contrast,
    Describe,
    Scan,
    Hypotheses,
    Verdict,
    Blank,
    Summary,
}

impl From<JobArg> for Job {
    fn from(j: JobArg) -> Self {
        match j {
            JobArg::Label => Self::Label,
            JobArg::Check => Self::Check,
            JobArg::Purity => Self::Purity,
            JobArg::Contrast => Self::Contrast,
            JobArg::Describe => Self::Describe,
            JobArg::Scan => Self::Scan,
            JobArg::Hypotheses => Self::Hypotheses,
            JobArg::Verdict => Self::Verdict,
            JobArg::Blank => Self::Blank,
            JobArg::Summary => Self::Summary,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RequestsArgs {
    #[command(flatten)]
    pub select: SelectArgs,
    /// What to ask.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "label")]
    pub jobs: Vec<JobArg>,
    /// What the fine-tuning was meant to do, or a file that says so; verdicts need it. Kept in the session.
    #[arg(long, value_name = "TEXT|FILE")]
    pub intent: Option<String>,
    /// Tokens that the model can hold.
    #[arg(long, value_name = "N")]
    pub llm_context: Option<u64>,
    /// Runs of each verdict [default: 3]
    #[arg(long, value_name = "K")]
    pub votes: Option<u32>,
    /// The model that will be asked.
    #[arg(long, value_name = "NAME")]
    pub model: String,
    /// Write Anthropic's format instead of OpenAI's.
    #[arg(long)]
    pub anthropic: bool,
    /// Folder with prompts of your own.
    #[arg(long, value_name = "DIR")]
    pub prompts: Option<PathBuf>,
    /// Where to write; `-` is standard output.
    #[arg(short, long, value_name = "OUT.jsonl")]
    pub output: PathBuf,
    /// Replace a file that gander did not write (never an input or a session).
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RepliesArgs {
    /// The session that the requests were written from.
    #[arg(value_name = "RUN.gander")]
    pub session: PathBuf,
    /// The results, in either format and any order.
    #[arg(value_name = "RESULTS.jsonl")]
    pub results: PathBuf,
    /// Folder with prompts of your own, when the requests were written with it.
    #[arg(long, value_name = "DIR")]
    pub prompts: Option<PathBuf>,
}
