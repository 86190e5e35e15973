//! The explorer as a pure state machine: [`App::update`] takes what happened and returns what is to be done. It knows no
//! terminal, no file and no clock.

mod ask;
mod clusters;
mod command;
mod commands;
mod copying;
mod curate;
mod differences;
mod edits;
mod figures;
mod highlight;
mod job_list;
mod jobs;
mod key;
mod layout;
mod line;
mod list;
mod map;
mod marks;
mod members;
mod merges;
mod msg;
mod opinions;
mod overlay;
mod panes;
pub mod probing;
mod proposals;
mod query;
mod rank;
mod reader;
mod reading;
mod request;
mod run;
mod search;
mod state;
mod strays;
#[cfg(test)]
mod tests;
mod text_cache;
mod themes;
mod tip_keys;
mod tips;
mod update;

pub use ask::{Llm, Scope, Work, decision_in_words, job_of};
pub use clusters::{ClusterList, ClusterSort};
pub use command::{COMMANDS, Command, CommandSpec, Context};
pub use differences::{DiffList, evidence_in_words};
pub use highlight::Passage;
pub use job_list::JobList;
pub use key::{Key, KeyCode};
pub use layout::{Area, Layout, Pane, Tab, layout};
pub use line::Line;
pub use map::{MapCtx, MapView, dot_of, map_cells};
pub use members::{MemberList, MemberOrder};
pub use msg::{Effect, MouseKind, Msg, Ready, Spent};
pub use overlay::{
    AskBox, Choice, DifferencePage, ExchangePage, HelpPage, HistoryPage, InputLine, JudgeBox, LabelFilter, LabelLine,
    LinePurpose, MaskingPage, MergePreview, MergeWizard, Overlay, PairsPage, Palette, Pick, PickAction, Scroll,
    SplitBox, SplitStart, TrustPage,
};
pub use query::{ListScope, Query};
pub use rank::letters;
pub use reader::{Reader, word_set};
pub use request::{AskItem, AskPlan, AskRequest, Cancel, ComputeRequest, Nearby, Reply, RequestId, SessionRequest};
pub use run::{DiffRow, Phase, Run};
pub use state::{App, SaveState, Severity};
pub use tips::Tips;
