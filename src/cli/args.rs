//! Arguments.

mod llm;
mod probe;
mod run;
mod write;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub(super) use llm::{AskArgs, LlmArgs, RepliesArgs, RequestsArgs, SelectArgs};
pub(super) use probe::{
    ImportArgs, NewArgs, ProbeArgs, ProbeCheckArgs, ProbeCommand, ProbeExportArgs, ProbeJudgeArgs, ProbeRunArgs,
    ProbeWriteArgs, ScoreArgs, Template,
};
pub(super) use run::{InputArgs, RunArgs};
pub(super) use write::{ApplyArgs, CallArgs, ExportArgs, ExportFormat, ExportWhat, SampleArgs};

/// The version, and in a release build the commit that it was built from.
pub(super) fn version() -> &'static str {
    static SAID: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| match option_env!("GANDER_COMMIT") {
        Some(commit) => format!("{} (commit {commit})", env!("CARGO_PKG_VERSION")),
        None => env!("CARGO_PKG_VERSION").to_owned(),
    });
    &SAID
}

/// Shows how a fine-tuned language model differs from the model it came from.
///
/// `gander base.jsonl tuned.jsonl` opens the explorer on texts sampled from both models (JSON lines or a JSON array each,
/// or one file with a `model` field). What you change is saved at once in a session file, named on the screen;
/// `gander RUN.gander` opens it again.
#[derive(Debug, Parser)]
#[command(version = version(), about, verbatim_doc_comment, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) explore: ExploreArgs,
    /// Add what gander does, with times and without any text or key, to a file, for a report of a fault.
    #[arg(long, value_name = "FILE", global = true, help_heading = "Other")]
    pub(super) log: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Load, embed, cluster and compare without a terminal, and write one JSON object.
    Analyze(AnalyzeArgs),
    /// Write labels and assignments of a session, its texts as a data set, or its history of edits.
    Export(ExportArgs),
    /// Assign new samples to the clusters of a curated session.
    Apply(ApplyArgs),
    /// Collect samples from two or more models at a list of prompts.
    Sample(SampleArgs),
    /// Write a page with the findings of a session: HTML, or Markdown when OUT ends in .md.
    Report(ReportArgs),
    /// Measure how well each cluster matches its label; with --llm also by a blind check.
    Check(AskArgs),
    /// Remove wording from texts or vectors, cluster and compare again, and list the differences that survive.
    Mask(MaskArgs),
    /// Measure how far two people agree on one session, or a person and a language model (Cohen's κ).
    Agree(AgreeArgs),
    /// Have a language model propose names for clusters; flagged ones are looked through for opposed statements too.
    Label(AskArgs),
    /// Have a language model look for opposed or mixed statements in clusters.
    Purity(AskArgs),
    /// Have a language model say what separates the models inside clusters, and test that blindly.
    Contrast(AskArgs),
    /// Have a language model say in one sentence what the texts of each difference do.
    Describe(AskArgs),
    /// Have a language model look in every cluster for a claim that one model makes and the other does not.
    Scan(AskArgs),
    /// Have a language model propose what separates the models over the whole run, and test each proposal.
    Hypotheses(AskArgs),
    /// Have a language model judge every difference by the intent: intended, surprising, concerning.
    Judge(AskArgs),
    /// Write questions for a language model as a batch file, for a machine without a network.
    Requests(RequestsArgs),
    /// Read the results of such a batch.
    Replies(RepliesArgs),
    /// Make, check and score probing sets: questions with a key about a model's values.
    Probe(ProbeArgs),
    /// Show how gander reads sample files, without computing anything.
    Inspect(InspectArgs),
    /// Embed samples, or one part of them, and write them with their vectors as Parquet.
    Embed(EmbedArgs),
    /// Show or clear the vectors kept from earlier runs.
    Cache(CacheArgs),
    /// Check this machine and terminal, and say what to change.
    Doctor,
    /// Write completions for a shell to standard output.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual page to standard output (`gander man | man -l -`).
    Man,
}

#[derive(Debug, clap::Args)]
pub(super) struct AgreeArgs {
    /// A curated session, or the folder of a reviewed probing set.
    pub session: PathBuf,
    /// Another person's copy of it; without one, the person is compared with the language model's answers in the session, and
    /// the reviewers of a probing set with one another.
    pub other: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct MaskArgs {
    /// The session.
    pub session: PathBuf,
    /// Phrase to remove; can be repeated [default: what one model uses more on many topics]
    #[arg(long, value_name = "WORDS")]
    pub phrase: Vec<String>,
    /// Remove the direction of the wording from the vectors, not the words from the texts.
    #[arg(long)]
    pub project: bool,
    /// Write the new clusters as a session.
    #[arg(short, long, value_name = "OUT.gander")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExploreArgs {
    /// Sample files, one saved session, or the folder of a probing set to review.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Where to save the session [default: gander's state folder, found again by its contents]
    #[arg(long, value_name = "RUN.gander")]
    pub session: Option<PathBuf>,
    /// Open without changing anything; works while another gander has the session open.
    #[arg(long)]
    pub read_only: bool,
    /// Draw with ASCII characters only.
    #[arg(long, help_heading = "Screen")]
    pub ascii: bool,
    /// Colours to use.
    #[arg(long, value_enum, default_value_t = ThemeArg::Auto, help_heading = "Screen")]
    pub theme: ThemeArg,
    /// Leave the mouse to the terminal.
    #[arg(long, help_heading = "Screen")]
    pub no_mouse: bool,
    /// Draw the first screen as text to standard output and end (columns×rows, such as 120x40).
    #[arg(long, value_name = "SIZE", hide = true)]
    pub dump: Option<String>,
    /// Keys to press before the dump.
    #[arg(long, value_name = "KEYS", default_value = "", hide = true)]
    pub dump_keys: String,
    /// Parts of the numbers to compute (the comparison, then eight clusters at a time) before the computer is held [default: all]
    #[arg(long, value_name = "N", hide = true)]
    pub dump_parts: Option<usize>,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub llm: LlmArgs,
}

/// Colour schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    /// By the terminal.
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// The terminal's own 16 colours.
    Ansi,
    /// No colour at all.
    None,
}

#[derive(Debug, clap::Args)]
pub(super) struct AnalyzeArgs {
    /// Sample files.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Where to write the JSON; `-` is standard output.
    #[arg(long, value_name = "OUT", required_unless_present = "session")]
    pub json: Option<PathBuf>,
    /// Save a session.
    #[arg(long, value_name = "RUN.gander")]
    pub session: Option<PathBuf>,
    /// Replace a file that gander did not write (never an input or a session).
    #[arg(long)]
    pub force: bool,
    /// Split the rates of every difference by a field of the records with few values, such as a category.
    #[arg(long, value_name = "FIELD", help_heading = "Analysis")]
    pub slice: Option<String>,
    /// Propose splits of clusters that hold opposed statements.
    #[arg(long, help_heading = "Analysis")]
    pub propose_splits: bool,
    /// Also compare every pair of models, with three or more: AUC, differences and p of each pair.
    #[arg(long, help_heading = "Analysis")]
    pub pairs: bool,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub run: RunArgs,
}

/// What is clustered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ViewArg {
    /// The texts.
    Topic,
    /// What the prompt does not explain.
    Behaviour,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// A saved session.
    #[arg(value_name = "RUN.gander")]
    pub session: PathBuf,
    /// Where to write; HTML, or Markdown when it ends in .md.
    #[arg(short, long, value_name = "OUT", default_value = "report.html")]
    pub output: PathBuf,
    /// Split the rates of every difference by a field of the records with few values, such as a category.
    #[arg(long, value_name = "FIELD")]
    pub slice: Option<String>,
    /// Replace a file that gander did not write (never an input or a session).
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct InspectArgs {
    /// Sample files or folders.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub input: InputArgs,
}

/// Formats that can be forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// JSON lines or a JSON array.
    Json,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One text a line.
    Lines,
}

#[derive(Debug, clap::Args)]
pub(super) struct EmbedArgs {
    /// Sample files.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Part of the samples, such as 2/8: the second of eight, for one task of a job array.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Where to write.
    #[arg(short, long, value_name = "PART.parquet", required = true)]
    pub output: PathBuf,
    /// Replace a file that gander did not write (never an input or a session).
    #[arg(long)]
    pub force: bool,
    /// Leave out stance: faster, but opposed statements are then not found.
    #[arg(long)]
    pub vectors_only: bool,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub run: RunArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct CacheArgs {
    /// Forget all vectors.
    #[arg(long)]
    pub clear: bool,
}
