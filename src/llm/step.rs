//! How far the replies that are known carry a task.

use super::call::{Call, Reply};
use crate::model::Says;

/// Where a task stands with the replies known.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// This call must be answered first.
    Ask(Box<Call>),
    /// It is done: what was said, by which model, after which prompt.
    Done {
        /// What was said.
        says: Box<Says>,
        /// The model, as its server names it.
        model: String,
        /// The prompt.
        prompt: String,
    },
    /// It failed with these replies.
    Failed {
        /// Why.
        why: String,
        /// Hashes of the calls whose replies cannot be used: once they are forgotten, the task can be asked again.
        unusable: Vec<String>,
    },
}

/// Replies known, by [`Call::hash`].
pub(super) type Known<'a> = &'a dyn Fn(&str) -> Option<Reply>;
