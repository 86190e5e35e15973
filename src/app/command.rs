//! The table of commands. The key map, the footer, the help screen, the palette and the README's table are all made
//! from it.

use super::key::{Key, KeyCode};

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
    Coarser,
    Finer,
    Undo,
    Redo,
    History,
    Next,
    Blind,
    Contrast,
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

use Context::{Clusters as C, Differences as D, Jobs as J, Map as P, Members as M, Reader as R};

const fn c(ch: char) -> Key {
    Key::char(ch)
}

const fn k(code: KeyCode) -> Key {
    Key::plain(code)
}

const EVERYWHERE: &[Context] = &[C, M, R, D, J, P];
const TEXTS: &[Context] = &[C, M, R, D, P];
const LISTS: &[Context] = &[C, M, D, J, P];
const CURATE: &[Context] = &[C, M, R, P];

const fn row(
    command: Command,
    title: &'static str,
    help: &'static str,
    keys: &'static [Key],
    contexts: &'static [Context],
    footer: u8,
) -> CommandSpec {
    CommandSpec { command, title, help, keys, contexts, footer }
}

/// Every command.
pub static COMMANDS: &[CommandSpec] = &[
    row(Command::Down, "down", "One row or line down.", &[c('j'), k(KeyCode::Down)], EVERYWHERE, 0),
    row(Command::Up, "up", "One row or line up.", &[c('k'), k(KeyCode::Up)], EVERYWHERE, 0),
    row(Command::Top, "top", "To the first row.", &[c('g'), k(KeyCode::Home)], EVERYWHERE, 0),
    row(Command::Bottom, "bottom", "To the last row.", &[c('G'), k(KeyCode::End)], EVERYWHERE, 0),
    row(Command::PageDown, "page down", "Half a page down.", &[Key::ctrl('d'), k(KeyCode::PageDown)], EVERYWHERE, 0),
    row(Command::PageUp, "page up", "Half a page up.", &[Key::ctrl('u'), k(KeyCode::PageUp)], EVERYWHERE, 0),
    row(
        Command::In,
        "open",
        "Into the row: the texts of a cluster (or of all marked ones), a text in full; to a job's cluster.",
        &[k(KeyCode::Enter)],
        LISTS,
        1,
    ),
    row(
        Command::Back,
        "back",
        "Out again; at the outermost place, leave gander.",
        &[k(KeyCode::Esc), c('q')],
        EVERYWHERE,
        0,
    ),
    row(
        Command::Right,
        "right",
        "On the map to the right; elsewhere into the row, as Enter.",
        &[k(KeyCode::Right), c('l')],
        LISTS,
        0,
    ),
    row(
        Command::Left,
        "left",
        "On the map to the left; elsewhere out again, as Esc.",
        &[k(KeyCode::Left), c('h')],
        EVERYWHERE,
        0,
    ),
    row(Command::NextPane, "next pane", "To the next pane.", &[k(KeyCode::Tab)], EVERYWHERE, 0),
    row(Command::PreviousPane, "previous pane", "To the pane before.", &[k(KeyCode::BackTab)], EVERYWHERE, 0),
    row(Command::TabClusters, "clusters", "The clusters with their texts.", &[c('1')], EVERYWHERE, 6),
    row(
        Command::TabDifferences,
        "differences",
        "Where the models differ, the most telling first.",
        &[c('2')],
        EVERYWHERE,
        6,
    ),
    row(Command::TabJobs, "jobs", "What a language model is asked: progress, cost, errors.", &[c('3')], EVERYWHERE, 0),
    row(
        Command::TabMap,
        "map",
        "All texts by nearness in meaning, coloured by model; what lies under the cursor.",
        &[c('4')],
        EVERYWHERE,
        0,
    ),
    row(
        Command::Search,
        "search",
        "Clusters: fuzzy, in labels. Texts: in the full text; a leading ! inverts, ~ searches by meaning.",
        &[c('/')],
        &[C, M, R, D, P],
        5,
    ),
    row(
        Command::SearchAll,
        "search all",
        "Search all texts of the run, whatever their cluster; ! and ~ as above.",
        &[c('S')],
        TEXTS,
        0,
    ),
    row(
        Command::NextHit,
        "next hit",
        "To the next place found; on the map to the next cluster of the list.",
        &[c('n')],
        &[C, M, R, P],
        0,
    ),
    row(Command::PreviousHit, "previous hit", "To the place, or cluster, before.", &[c('N')], &[C, M, R, P], 0),
    row(
        Command::Sort,
        "sort",
        "Next order of the list, also by worst fit and outsiders that the label fits; the map's colours.",
        &[c('o')],
        &[C, M, P],
        4,
    ),
    row(Command::Reverse, "reverse", "Turn the order round.", &[c('O')], &[C, M], 0),
    row(Command::FilterModel, "by model", "Show the texts of one model only: next model.", &[c('F')], &[M, R, P], 5),
    row(
        Command::Trust,
        "evidence",
        "Is the cluster what its label says? Fit, opposites, wording, stability, opinions, in words.",
        &[c('i')],
        TEXTS,
        0,
    ),
    row(
        Command::Wording,
        "wording out",
        "Take out the wording that one model uses more, cluster and compare again: which differences are left.",
        &[c('Z')],
        &[C, M, D],
        0,
    ),
    row(
        Command::Pair,
        "pair",
        "The other models' answers to the same prompt beside this one, differing words lit.",
        &[c('p')],
        &[M, R, D, P],
        3,
    ),
    row(Command::Mark, "mark", "Mark or unmark the row.", &[c(' ')], &[C, M], 3),
    row(
        Command::Range,
        "range",
        "Start a range here; moving on marks all up to the cursor, v again keeps it.",
        &[c('v')],
        &[C, M],
        0,
    ),
    row(Command::MarkAll, "mark all", "Mark all rows shown.", &[c('*'), Key::ctrl('a')], &[C, M], 0),
    row(Command::ClearMarks, "clear marks", "Unmark everything.", &[c('\\')], &[C, M, R], 0),
    row(
        Command::Relabel,
        "label",
        "Write the cluster's label; its fit to the texts is shown while you type.",
        &[c('r')],
        CURATE,
        2,
    ),
    row(
        Command::Merge,
        "merge",
        "Merge the marked clusters, or choose one of the nearest to merge with.",
        &[c('m')],
        CURATE,
        0,
    ),
    row(
        Command::Merges,
        "near pairs",
        "Pairs of clusters that may be one, one by one, with the evidence: merge, not now, never.",
        &[c('W')],
        CURATE,
        0,
    ),
    row(
        Command::Strays,
        "bring in",
        "Texts of other clusters that belong to this one by their nearest texts, marked; M moves them here.",
        &[c('B')],
        &[C, M, R],
        0,
    ),
    row(
        Command::Theme,
        "theme",
        "Name the marked texts, or those found, as a theme with its own share and test; on a theme: rename it.",
        &[c('t')],
        &[C, M, R, D],
        0,
    ),
    row(
        Command::Split,
        "split",
        "Split the cluster: preview by meaning, opposition, model, search or marks, then accept.",
        &[c('s')],
        CURATE,
        0,
    ),
    row(
        Command::Move,
        "move",
        "Move the marked texts (or this one) to another or a new cluster.",
        &[c('M')],
        &[M, R],
        2,
    ),
    row(Command::Flag, "flag", "Flag as impure with a reason, or take the flag away.", &[c('f')], CURATE, 0),
    row(Command::Note, "note", "Write a note on the cluster; an empty one removes it.", &[c('c')], CURATE, 0),
    row(Command::Done, "done", "Mark as reviewed, or as not reviewed.", &[c('d')], CURATE, 0),
    row(Command::Coarser, "coarser", "Fewer, larger clusters; those you touched stay.", &[c('[')], &[C, M], 0),
    row(Command::Finer, "finer", "More, smaller clusters; those you touched stay.", &[c(']')], &[C, M], 0),
    row(Command::Undo, "undo", "Take back the last edit.", &[c('u')], EVERYWHERE, 0),
    row(Command::Redo, "redo", "Repeat what was taken back.", &[Key::ctrl('r')], EVERYWHERE, 0),
    row(Command::History, "history", "Every edit with its time and author.", &[c('@')], EVERYWHERE, 0),
    row(
        Command::Next,
        "next",
        "To the next thing worth doing: different and unreviewed first.",
        &[c('w')],
        &[C, M, R, P],
        0,
    ),
    row(
        Command::Blind,
        "blind",
        "Hide the models' names and shares while judging; again to show them.",
        &[c('b')],
        EVERYWHERE,
        0,
    ),
    row(
        Command::Contrast,
        "contrast",
        "Compare the next pair of models (with three or more).",
        &[c('C')],
        EVERYWHERE,
        0,
    ),
    row(
        Command::Ask,
        "ask",
        "Ask a language model; what is sent, and what it costs, is shown first.",
        &[c('L')],
        TEXTS,
        7,
    ),
    row(Command::Accept, "accept", "Take the proposal: the name, or the split after a preview.", &[c('a')], CURATE, 0),
    row(Command::EditProposal, "edit proposal", "Change the proposed name, then take it.", &[c('e')], CURATE, 0),
    row(Command::Reject, "reject", "Turn the proposal down.", &[c('x')], CURATE, 0),
    row(
        Command::Judge,
        "verdict",
        "Judge the difference yourself: intended, surprising, concerning, unclear.",
        &[c('V')],
        TEXTS,
        0,
    ),
    row(
        Command::Intent,
        "intent",
        "Write what the fine-tuning was meant to do; verdicts rest on it.",
        &[c('I')],
        EVERYWHERE,
        0,
    ),
    row(Command::Cancel, "cancel", "Stop the task.", &[c('x')], &[J], 2),
    row(Command::CancelAll, "cancel all", "Stop every task.", &[c('X')], &[J], 3),
    row(
        Command::Resume,
        "go on",
        "Ask again what waits, failed or was cancelled; known replies cost nothing.",
        &[c('R')],
        &[J],
        1,
    ),
    row(Command::Copy, "copy", "Copy the text.", &[c('y')], TEXTS, 0),
    row(
        Command::CopyRecord,
        "copy record",
        "Copy the text with its id, model, prompt and label as a line of JSON.",
        &[c('Y')],
        &[M, R, D, P],
        0,
    ),
    row(
        Command::ExportTexts,
        "export",
        "Write the marked texts (or all that are listed) to a file in the working folder, as JSON lines.",
        &[c('E')],
        &[M, R, P],
        0,
    ),
    row(Command::Palette, "palette", "Find any command by name.", &[c(':')], EVERYWHERE, 0),
    row(Command::Help, "help", "What the keys do here; type to search.", &[c('?')], EVERYWHERE, 9),
    row(Command::Tips, "tips", "Show or hide the line with tips.", &[c('H')], EVERYWHERE, 0),
    row(Command::Redraw, "redraw", "Draw the screen afresh.", &[Key::ctrl('l')], EVERYWHERE, 0),
    row(Command::Quit, "quit", "Leave gander; every edit is saved already.", &[Key::ctrl('c'), c('Q')], EVERYWHERE, 8),
];

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
