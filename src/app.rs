//! The explorer as a pure state machine: [`App::update`] takes what happened and returns what is to be done. It knows no
//! terminal, no file and no clock.

mod ask;
mod clusters;
mod command;
mod commands;
mod curate;
mod differences;
mod edits;
mod facts;
mod key;
mod layout;
mod line;
mod map;
mod members;
mod merges;
mod msg;
mod overlay;
mod overlays;
mod rank;
mod reader;
mod search;
mod state;
mod strays;
mod texts;
mod themes;
mod tips;
mod update;
mod wording;

pub use ask::{Llm, Scope, Work, decision_in_words, job_of};
pub use clusters::{ClusterList, ClusterSort};
pub use command::{COMMANDS, Command, CommandSpec, Context};
pub use curate::SplitStart;
pub use differences::{DiffList, DiffRow, evidence_in_words};
pub use key::{Key, KeyCode};
pub use layout::{Area, Layout, layout};
pub use line::Line;
pub use map::{MapView, dot_of, map_cells};
pub use members::{MemberList, MemberOrder};
pub use msg::{AskItem, AskPlan, AskRequest, Effect, MouseKind, Msg, Ready, Spent, SplitPart, SplitRequest};
pub use overlay::{Overlay, PickAction, PromptKind};
pub use rank::letters;
pub use reader::{Reader, word_set};
pub use search::{Listed, Query};
pub use state::{App, Data, Pane, Phase, SaveState, Severity, Tab};
pub use tips::Tips;
