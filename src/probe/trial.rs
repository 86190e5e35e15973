//! What a judge is asked of an item: to solve it, to solve it without its event, and which subtask it belongs to.

use super::frames::question;
use super::item::{Item, Parts};
use super::read::with_choices;
use super::suite::Head;

/// What a judge is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trial {
    /// The item as it is.
    Solve,
    /// The item without its event.
    Uncaused,
    /// Which subtask it belongs to.
    Subtask,
}

impl Trial {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Solve, Self::Uncaused, Self::Subtask];

    /// As files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solve => "solve",
            Self::Uncaused => "without-event",
            Self::Subtask => "subtask",
        }
    }

    /// The question, or `None` where it does not apply: without an event, or with fewer than two subtasks.
    pub fn question(self, item: &Item, head: &Head, reversed: bool) -> Option<String> {
        match self {
            Self::Solve => Some(question(item, "", reversed)),
            Self::Uncaused if item.parts.event.trim().is_empty() => None,
            Self::Uncaused => {
                let parts = Parts { event: String::new(), ..item.parts.clone() };
                Some(question(&Item { parts, ..item.clone() }, "", reversed))
            }
            Self::Subtask => (head.subtasks.len() > 1 && !reversed).then(|| sorting(item, head)),
        }
    }
}

/// What is said of an item that belongs to none of the subtasks.
pub(super) const NONE: &str = "none of these";

/// The kinds in the order in which they are shown with an item: each item begins with another, so that no kind is always first.
pub(super) fn kinds(item: &Item, head: &Head) -> Vec<usize> {
    let n = head.subtasks.len() + 1;
    let from = usize::from(blake3::hash(item.hash().as_bytes()).as_bytes()[0]) % n;
    (0..n).map(|i| (from + i) % n).collect()
}

pub(super) fn sorting(item: &Item, head: &Head) -> String {
    let says = |k: usize| match head.subtasks.get(k) {
        Some(s) => format!("{}: {}", s.name, s.definition),
        None => NONE.to_owned(),
    };
    let shown: Vec<String> = kinds(item, head).into_iter().map(says).collect();
    let asked = with_choices(&item.asked(), &item.options);
    let about = format!(
        "Here is a question that was put to a model:\n\n<question>\n{asked}\n</question>\n\nWhich kind of question is it?"
    );
    format!("{}\n\nAnswer with the letter of one kind and nothing else.", with_choices(&about, &shown))
}
