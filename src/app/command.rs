//! The table of commands. The key map, the footer, the help screen, the palette and the README's table are all made
//! from it.

mod table;

use super::key::Key;

pub use table::COMMANDS;

/// Where a command works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// The list of clusters.
    Clusters,
    /// The list of texts.
    Members,
    /// The text.
    Reader,
    /// The list of differences.
    Differences,
    /// What a language model is asked.
    Jobs,
    /// The map.
    Map,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Clusters, Self::Members, Self::Reader, Self::Differences, Self::Jobs, Self::Map];

    /// Name in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clusters => "Clusters",
            Self::Members => "Texts",
            Self::Reader => "Reader",
            Self::Differences => "Differences",
            Self::Jobs => "Jobs",
            Self::Map => "Map",
        }
    }
}

/// Everything a person can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the table below says what each does
pub enum Command {
    Down,
    Up,
    Top,
    Bottom,
    PageDown,
    PageUp,
    In,
    Back,
    Left,
    Right,
    NextPane,
    PreviousPane,
    TabClusters,
    TabDifferences,
    TabJobs,
    TabMap,
    Search,
    SearchAll,
    NextHit,
    PreviousHit,
    Sort,
    Unfold,
    Slice,
    Reverse,
    FilterModel,
    Pair,
    Mark,
    Range,
    MarkAll,
    ClearMarks,
    Trust,
    Wording,
    Relabel,
    Merge,
    Merges,
    Strays,
    Theme,
    Split,
    Move,
    Flag,
    Note,
    Done,
    Dismiss,
    Coarser,
    Finer,
    Undo,
    Redo,
    History,
    Next,
    Blind,
    Contrast,
    View,
    Ask,
    Accept,
    EditProposal,
    Reject,
    Judge,
    Intent,
    Cancel,
    CancelAll,
    Resume,
    Copy,
    CopyRecord,
    ExportTexts,
    Palette,
    Help,
    Tips,
    Redraw,
    Quit,
}

/// One row of the table.
#[derive(Debug)]
pub struct CommandSpec {
    /// What it is.
    pub command: Command,
    /// Two or three words.
    pub title: &'static str,
    /// One line.
    pub help: &'static str,
    /// Keys, the usual one first.
    pub keys: &'static [Key],
    /// Where it works.
    pub contexts: &'static [Context],
    /// Rank in the footer; 0 is not shown there.
    pub footer: u8,
}

impl Command {
    /// The command of a key in a context.
    pub fn of(key: Key, context: Context) -> Option<Self> {
        COMMANDS.iter().find(|s| s.contexts.contains(&context) && s.keys.contains(&key)).map(|s| s.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for context in Context::ALL {
            let mut seen = HashSet::new();
            for spec in COMMANDS.iter().filter(|s| s.contexts.contains(&context)) {
                for key in spec.keys {
                    assert!(seen.insert(key), "{key} twice in {context:?}");
                }
            }
        }
    }

    #[test]
    fn every_command_is_in_the_table_once_and_reachable() {
        let mut seen = HashSet::new();
        for spec in COMMANDS {
            assert!(seen.insert(spec.command), "{:?} twice", spec.command);
            assert!(!spec.keys.is_empty() && !spec.contexts.is_empty());
            assert!(spec.help.ends_with('.') && spec.help.len() <= 110, "{}", spec.help);
        }
    }
}
