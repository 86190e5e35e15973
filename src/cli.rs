//! The command line: one file a subcommand.

mod analyze;
mod args;
mod embedder;
mod error;
mod explore;
mod export;
mod inspect;
mod place;
mod report;
mod script;

pub use args::Args;
pub use error::CliError;

/// Runs what the arguments ask for.
///
/// # Errors
/// One sentence for standard error, with its exit status.
pub fn run(args: Args) -> Result<(), CliError> {
    match args.command {
        Some(args::Command::Analyze(a)) => analyze::run(&a),
        Some(args::Command::Export(a)) => export::run(&a),
        Some(args::Command::Cache(a)) => embedder::show(&a),
        Some(args::Command::Inspect(a)) => inspect::run(&a),
        Some(args::Command::Report(a)) => report::run(&a),
        None => explore::run(&args.explore),
    }
}
