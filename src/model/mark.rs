//! What a person notes of a difference: reviewed, dismissed with a reason, a note.

use serde::{Deserialize, Serialize};

use super::{Contrast, Target};

/// A difference of one comparison: the same finding between other models is another difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DifferenceId {
    /// What differs. A finding is named by its key, which stays the same over runs on the same texts.
    pub target: Target,
    /// Who is compared.
    pub contrast: Contrast,
}

/// What is noted of a difference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Whether a person is done with it.
    #[serde(default)]
    pub reviewed: bool,
    /// Why a person sets it aside; absent for one that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<String>,
    /// A person's note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One change of a mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkChange {
    /// Reviewed, or not.
    Reviewed(bool),
    /// Dismissed for this reason, or no longer.
    Dismissed(Option<String>),
    /// A note, or none any more.
    Note(Option<String>),
}

impl Mark {
    /// The mark after a change; `None` when nothing is noted any more.
    pub(super) fn changed(mut self, change: &MarkChange) -> Option<Self> {
        match change {
            MarkChange::Reviewed(reviewed) => self.reviewed = *reviewed,
            MarkChange::Dismissed(why) => self.dismissed.clone_from(why),
            MarkChange::Note(text) => self.note.clone_from(text),
        }
        (self != Self::default()).then_some(self)
    }
}

impl MarkChange {
    /// Which of the three it changes.
    pub(super) fn sets(&self) -> &'static str {
        match self {
            Self::Reviewed(_) => "reviewed",
            Self::Dismissed(_) => "dismissed",
            Self::Note(_) => "note",
        }
    }

    /// A few words for the history and the status line; `target` is the difference.
    pub(super) fn describe(&self, target: &Target) -> String {
        match self {
            Self::Reviewed(true) => format!("mark {target} as reviewed"),
            Self::Reviewed(false) => format!("mark {target} as not reviewed"),
            Self::Dismissed(Some(why)) => format!("dismiss {target}: {why}"),
            Self::Dismissed(None) => format!("take {target} back into the list"),
            Self::Note(Some(_)) => format!("note on {target}"),
            Self::Note(None) => format!("remove the note on {target}"),
        }
    }
}
