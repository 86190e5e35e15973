//! What is kept of a file until more of it is known: messages of conversations, records whose fields are not chosen yet.

use serde_json::{Map, Value};

use super::chat::Turn;
use super::pool::RawField;

/// Where a record is in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Line of a text file, from 1.
    Line(usize),
    /// Element of a list, from 1.
    Record(usize),
    /// Row of a binary table, from 1.
    Row(usize),
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(n) => write!(f, "line {n}"),
            Self::Record(n) => write!(f, "record {n}"),
            Self::Row(n) => write!(f, "row {n}"),
        }
    }
}

/// One message.
pub(super) struct Message {
    pub turn: Turn,
    pub id: Option<String>,
    pub parent: Option<String>,
    pub conversation: Option<String>,
    pub model: Option<String>,
    pub fields: Vec<RawField>,
}

/// Records that wait until the fields are chosen, and the choice.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub waiting: Vec<(Map<String, Value>, At)>,
    pub roles: Option<Roles>,
}

/// Which fields of the records of a file are what.
#[derive(Debug, Clone, Default)]
pub(super) struct Roles {
    pub text: Option<String>,
    pub prompt: Option<String>,
}
