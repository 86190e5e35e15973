//! The command line: one file a subcommand.

mod agree;
mod analyze;
mod apply;
mod args;
mod ask;
mod batch;
mod check;
mod doctor;
mod drive;
mod embed;
mod embedder;
mod embedder_spec;
mod error;
mod explore;
mod export;
mod folders;
mod headless;
mod hints;
mod inspect;
mod llm;
mod log;
mod mask;
mod open;
mod output;
mod paths;
mod probe;
mod report;
mod said;
mod sample;
mod script;
mod session_view;
mod slice;
mod startup;
mod views;

use crate::model::Job;

pub use args::Args;
pub use error::CliError;

/// Runs what the arguments ask for.
///
/// # Errors
/// One sentence for standard error, with its exit status.
pub fn run(args: Args) -> Result<(), CliError> {
    if let Some(path) = &args.log {
        log::start(path)?;
    }
    let done = carry_out(args);
    log::end(&done);
    done
}

fn carry_out(args: Args) -> Result<(), CliError> {
    match args.command {
        Some(args::Command::Analyze(a)) => analyze::run(&a),
        Some(args::Command::Export(a)) => export::run(&a),
        Some(args::Command::Embed(a)) => embed::run(&a),
        Some(args::Command::Cache(a)) => embedder::show(&a),
        Some(args::Command::Inspect(a)) => inspect::run(&a),
        Some(args::Command::Report(a)) => report::run(&a),
        Some(args::Command::Apply(a)) => apply::run(&a),
        Some(args::Command::Sample(a)) => sample::run(&a),
        Some(args::Command::Check(a)) => check::run(&a),
        Some(args::Command::Mask(a)) => mask::run(&a),
        Some(args::Command::Agree(a)) if probe::is_suite(&a.session) => probe::agree(&a.session, a.other.as_deref()),
        Some(args::Command::Agree(a)) => agree::run(&a),
        Some(args::Command::Label(a)) if a.select.flagged => ask::run(&a, &[Job::Purity, Job::Label]),
        Some(args::Command::Label(a)) => ask::run(&a, &[Job::Label]),
        Some(args::Command::Purity(a)) => ask::run(&a, &[Job::Purity]),
        Some(args::Command::Contrast(a)) => ask::run(&a, &[Job::Contrast]),
        Some(args::Command::Describe(a)) => ask::run(&a, &[Job::Describe]),
        Some(args::Command::Scan(a)) => ask::run(&a, &[Job::Scan]),
        Some(args::Command::Hypotheses(a)) => ask::run(&a, &[Job::Hypotheses]),
        Some(args::Command::Judge(a)) => ask::run(&a, &[Job::Verdict]),
        Some(args::Command::Requests(a)) => batch::requests(&a),
        Some(args::Command::Replies(a)) => batch::replies(&a),
        Some(args::Command::Probe(a)) => probe::run(&a),
        Some(args::Command::Doctor) => doctor::run(),
        Some(args::Command::Completions { shell }) => doctor::completions(shell),
        Some(args::Command::Man) => doctor::man(),
        None => match args.explore.files.as_slice() {
            [suite] if probe::is_suite(suite) => probe::review(&args.explore, suite),
            _ => explore::run(&args.explore),
        },
    }
}
