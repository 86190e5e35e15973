//! Parses the command line and maps an error to an exit status.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match gander::cli::run(gander::cli::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(gander::cli::CliError::ClosedPipe) => ExitCode::SUCCESS,
        Err(e) => {
            let _ = writeln!(std::io::stderr(), "gander: {e}");
            ExitCode::from(e.status())
        }
    }
}
