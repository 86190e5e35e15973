//! Errors and exit statuses: 2 for the command line, 3 for input that cannot be read, 1 for anything else.

use super::hints::Hinted;
use crate::analysis::PipelineError;
use crate::ingest::IngestError;
use crate::session::SessionError;

/// Why gander ends without having done what was asked.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say what each is
pub enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error("{0}{hint}", hint = .0.hint())]
    Ingest(#[from] IngestError),
    #[error("{0}{hint}", hint = .0.hint())]
    Session(#[from] SessionError),
    #[error("{0}{hint}", hint = .0.hint())]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Llm(#[from] crate::llm::LlmError),
    #[error("{0}{hint}", hint = .0.hint())]
    Probe(#[from] crate::probe::ReadError),
    #[error("rules are broken: {0}")]
    Broken(String),
    #[error("{what}: cannot be written ({why}); choose another place")]
    Write { what: String, why: String },
    #[error("nobody reads the output any more")]
    ClosedPipe,
    #[error("{0}")]
    Terminal(String),
}

impl CliError {
    /// Something cannot be written. A reader that has gone away is no fault.
    pub(super) fn write(what: &str, e: &std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Write { what: what.to_owned(), why: e.to_string() },
        }
    }

    /// Exit status of the process.
    pub fn status(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Llm(_) => 2,
            Self::Ingest(_) | Self::Probe(_) => 3,
            Self::Session(e) => match e {
                SessionError::DiskFull { .. } | SessionError::Io { .. } | SessionError::Exists { .. } => 1,
                _ => 3,
            },
            Self::Pipeline(_) | Self::Write { .. } | Self::Terminal(_) | Self::Broken(_) => 1,
            // As `head` leaves it: the reader had enough.
            Self::ClosedPipe => 0,
        }
    }
}

impl From<crate::embed::EmbedError> for CliError {
    fn from(e: crate::embed::EmbedError) -> Self {
        Self::Pipeline(e.into())
    }
}
