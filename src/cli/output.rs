//! What commands print.

use std::io::Write;

use super::CliError;
use crate::text::Clean;

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| stdout_failed(&e))
}

/// Standard output cannot be written.
pub(super) fn stdout_failed(e: &std::io::Error) -> CliError {
    CliError::Write { what: "standard output".into(), why: e.to_string() }
}

/// Says something beside the output, on one line and safe to show.
pub(super) fn note(sentence: &str) {
    let clean = Clean::from_untrusted(sentence);
    // A closed standard error is no reason to stop.
    let _ = writeln!(std::io::stderr(), "gander: {}", clean.as_str().replace('\n', " "));
}
