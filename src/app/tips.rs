//! One line for people who are new: a tip at a time, gone once its key has been used, all gone for good after a few.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::command::{Command, Context};

/// What is worth trying, where, and why; in the order in which it is shown.
const TIPS: &[(&str, Command, &[Context], &str)] = &[
    ("in", Command::In, &[Context::Clusters, Context::Map], "Enter opens the texts of this row; Esc leads back."),
    ("in2", Command::In, &[Context::Members], "Enter again shows the text in full, with its prompt."),
    (
        "pair",
        Command::Pair,
        &[Context::Members, Context::Reader],
        "p puts the other model's answer to the same prompt beside this one.",
    ),
    (
        "differences",
        Command::TabDifferences,
        &[Context::Clusters],
        "2 lists where the models differ, the most informative first.",
    ),
    ("evidence", Command::Trust, &[Context::Clusters], "i says in words how far this cluster is what its label says."),
    (
        "label",
        Command::Relabel,
        &[Context::Clusters],
        "r writes a label; its topic match, its stance and the texts against it are shown while you type.",
    ),
    ("next", Command::Next, &[Context::Clusters], "w leads to the next thing worth doing; d marks it done."),
    (
        "mark",
        Command::Mark,
        &[Context::Members],
        "Space marks texts, M moves them to another cluster, E writes them to a file.",
    ),
    (
        "difference",
        Command::Done,
        &[Context::Differences],
        "d marks a difference as reviewed, x dismisses it with a reason, c writes a note on it.",
    ),
    ("verdict", Command::Judge, &[Context::Differences], "V judges a difference: intended, surprising, concerning."),
];

/// Which tips are still to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tips {
    /// Nothing is shown.
    pub off: bool,
    /// Names of those that were followed.
    pub learnt: BTreeSet<String>,
}

impl Tips {
    /// No tips at all, for screens that must not depend on who looks.
    pub fn none() -> Self {
        Self { off: true, learnt: BTreeSet::new() }
    }

    /// Whether the line is there.
    pub fn shown(&self) -> bool {
        !self.off && TIPS.iter().any(|t| !self.learnt.contains(t.0))
    }

    /// Notes that a command was used; true when a tip was followed.
    pub(super) fn follow(&mut self, command: Command, context: Context) -> bool {
        let open = |t: &&(&str, Command, &[Context], &str)| {
            t.1 == command && t.2.contains(&context) && !self.learnt.contains(t.0)
        };
        match TIPS.iter().find(open).filter(|_| !self.off) {
            Some(tip) => self.learnt.insert(tip.0.to_owned()),
            None => false,
        }
    }

    /// The tip for a place.
    pub fn here(&self, context: Context) -> Option<&'static str> {
        let open =
            |t: &&(&str, Command, &[Context], &'static str)| !self.learnt.contains(t.0) && t.2.contains(&context);
        TIPS.iter().find(open).filter(|_| !self.off).map(|t| t.3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tip_goes_when_it_was_followed_and_the_line_when_all_were() {
        let mut tips = Tips::default();
        let first = tips.here(Context::Clusters).unwrap();
        tips.learnt.insert("in".into());
        assert_ne!(tips.here(Context::Clusters).unwrap(), first);
        for t in TIPS {
            assert!(tips.shown());
            tips.learnt.insert(t.0.into());
        }
        assert!(!tips.shown() && tips.here(Context::Clusters).is_none());
        assert!(!Tips::none().shown());
    }
}
