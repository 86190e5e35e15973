//! What each command does.

use super::ask::Work;
use super::command::{Command, Context};
use super::layout::{Pane, Tab};
use super::members::MemberOrder;
use super::msg::Effect;
use super::overlay::{DifferencePage, HelpPage, HistoryPage, Overlay, Palette, Scroll, TrustPage};
use super::query::ListScope;
use super::run::Phase;
use super::state::{App, SaveState};
use crate::model::Target;

impl App {
    /// Runs a command: of the pane with the keys, or of the explorer.
    pub(super) fn run(&mut self, command: Command) -> Vec<Effect> {
        if self.update_pane(command) {
            return Vec::new();
        }
        match command {
            Command::In | Command::Right if self.tab == Tab::Jobs => return self.open_job(),
            Command::In | Command::Right => self.go_in(),
            Command::Back => return self.go_back(),
            Command::Left => self.go_out_or_say_how(),
            Command::NextPane | Command::PreviousPane if self.tab == Tab::Jobs => {}
            Command::NextPane => self.focus = next_pane(self.focus),
            Command::PreviousPane => self.focus = next_pane(next_pane(self.focus)),
            Command::TabClusters => self.change_tab(Tab::Clusters),
            Command::TabDifferences => self.change_tab(Tab::Differences),
            Command::TabJobs => self.change_tab(Tab::Jobs),
            Command::TabMap => self.change_tab(Tab::Map),
            Command::Search => self.open_search(),
            Command::SearchAll => self.open_search_all(),
            Command::FilterModel => self.next_source(),
            Command::Pair => self.toggle_pair(),
            Command::ClearMarks => {
                self.clusters.marks.clear();
                self.members.marks.clear();
                self.clusters.anchor = None;
                self.members.anchor = None;
                self.set_status("Nothing is marked any more.");
            }
            Command::Relabel => return self.open_label(),
            Command::Merge => return self.merge(),
            Command::Merges => self.open_merges(),
            Command::Strays => self.offer_strays(),
            Command::Theme => self.open_theme(),
            Command::Split => return self.open_split(),
            Command::Move => self.open_move(),
            Command::Flag => return self.flag(),
            Command::Note if self.context() == Context::Differences => self.open_difference_note(),
            Command::Note => self.open_note(),
            Command::Done if self.context() == Context::Differences => return self.toggle_reviewed_difference(),
            Command::Done => return self.toggle_done(),
            Command::Dismiss => return self.dismiss_or_take_back(),
            Command::Coarser => return self.recut(false),
            Command::Finer => return self.recut(true),
            Command::Undo => return self.travel(true),
            Command::Redo => return self.travel(false),
            Command::Trust => match self.current_target() {
                Some(target @ (Target::Finding(_) | Target::Theme(_) | Target::Run)) => {
                    self.overlays.push(Overlay::Difference(DifferencePage { target, scroll: Scroll(0) }))
                }
                Some(Target::Cluster(cluster)) => {
                    self.overlays.push(Overlay::Trust(TrustPage { cluster, scroll: Scroll(0) }));
                }
                None => self.set_status("Nothing to show evidence of here."),
            },
            Command::Wording => return self.open_masking(),
            Command::History => self.overlays.push(Overlay::History(HistoryPage::default())),
            Command::Next => self.go_to_next(),
            Command::Blind => self.toggle_blind(),
            Command::Contrast => return self.open_pairs(),
            Command::View => return self.open_other_view(),
            Command::Ask => return self.open_ask(None),
            Command::Resume => return self.open_ask(Some(Work::Resume)),
            Command::Accept => return self.accept_proposal(),
            Command::EditProposal => return self.edit_proposal(),
            Command::Reject => return self.reject_proposal(),
            Command::Judge => self.open_judge(),
            Command::Intent => self.open_intent(),
            Command::Cancel => return self.cancel_job(false),
            Command::CancelAll => return self.cancel_job(true),
            Command::Copy => return self.copy(false),
            Command::CopyRecord => return self.copy(true),
            Command::ExportTexts => return self.export_texts(),
            Command::Palette => self.overlays.push(Overlay::Palette(Palette::default())),
            Command::Help => self.overlays.push(Overlay::Help(HelpPage::default())),
            Command::Tips => return self.toggle_tips(),
            // A pane's commands, where that pane has not the keys.
            Command::Down
            | Command::Up
            | Command::Top
            | Command::Bottom
            | Command::PageDown
            | Command::PageUp
            | Command::NextHit
            | Command::PreviousHit
            | Command::Sort
            | Command::Reverse
            | Command::Unfold
            | Command::Slice
            | Command::Mark
            | Command::Range
            | Command::MarkAll => {}
            Command::Redraw => return vec![Effect::Redraw],
            Command::Quit => return vec![Effect::Quit],
        }
        Vec::new()
    }

    fn go_in(&mut self) {
        self.focus = match self.focus {
            Pane::List if self.members.order.is_empty() => Pane::List,
            Pane::List => {
                if self.tab == Tab::Clusters
                    && self.current_cluster().is_some_and(|id| self.clusters.marks.contains(&id))
                {
                    self.show_marked_clusters();
                }
                Pane::Members
            }
            _ => Pane::Reader,
        };
        self.keep_cursors_in_view();
    }

    /// Out of what is open; at the outermost place out of gander.
    fn go_back(&mut self) -> Vec<Effect> {
        if self.go_out() {
            return Vec::new();
        }
        if matches!(self.run.phase, Phase::Working { .. }) && self.status.is_none() {
            self.set_status("The analysis is still running. Press q again to leave and stop it; Q leaves at once.");
            return Vec::new();
        }
        vec![Effect::Quit]
    }

    /// Out of what is open. A key that is pressed again and again to get out of everything does not leave gander.
    pub(super) fn go_out_or_say_how(&mut self) {
        if !self.go_out() {
            self.set_status("Press q to leave gander.");
        }
    }

    /// Goes one step out; whether there was one.
    fn go_out(&mut self) -> bool {
        if self.focus == Pane::Reader {
            self.focus = Pane::Members;
        } else if self.focus == Pane::Members && !self.members.query.is_empty() {
            self.end_text_search();
        } else if self.focus == Pane::Members {
            self.members.anchor = None;
            self.focus = Pane::List;
            if self.members.listed == ListScope::MarkedClusters {
                self.show_cluster();
            }
        } else if self.clusters.anchor.is_some() {
            self.clusters.anchor = None;
        } else if !self.clusters.filter.is_empty() {
            self.filter_clusters("");
        } else if matches!(self.tab, Tab::Jobs | Tab::Map) {
            self.change_tab(self.home);
        } else {
            return false;
        }
        true
    }

    /// Shows the texts of the next model in turn, then of all again.
    fn next_source(&mut self) {
        if self.run.blind {
            self.set_error("Models are hidden in blind mode; b shows them.");
            return;
        }
        let said = self.with_members(super::MemberList::next_source);
        self.reader.scroll = None;
        self.set_status(said);
    }

    fn toggle_pair(&mut self) {
        let Some(s) = self.current_sample() else { return };
        if !self.reader.pair && self.run.partners(s).is_empty() {
            self.set_status("No other model answered this prompt.");
            return;
        }
        self.reader.pair = !self.reader.pair;
        self.reader.scroll = None;
        if self.reader.pair {
            self.focus = Pane::Reader;
        }
    }

    fn toggle_blind(&mut self) {
        self.run.blind = !self.run.blind;
        if self.run.blind {
            // What was marked, filtered or ordered by what is hidden now would make a blind edit of one that is not.
            self.members.source = None;
            self.members.marks.clear();
            self.clusters.marks.clear();
            if self.members.sort == MemberOrder::Telling {
                self.members.sort = MemberOrder::Typical;
            }
        }
        self.refresh_lists();
        self.set_status(if self.run.blind {
            "Blind: names and shares are hidden; edits are recorded as blind. b shows them again."
        } else {
            "Names and shares are shown again."
        });
    }

    /// Topics instead of behaviour, or behaviour instead of topics.
    fn open_other_view(&mut self) -> Vec<Effect> {
        let mut answers = vec![0usize; self.run.corpus.prompts.len()];
        for prompt in self.run.corpus.samples.iter().filter_map(|s| s.prompt) {
            answers[prompt.0 as usize] += 1;
        }
        if !self.is_ready() {
            return Vec::new();
        }
        if !answers.iter().any(|n| *n > 1) {
            self.set_status(
                "The view by behaviour needs several answers per prompt; here no prompt has more than one.",
            );
        } else if !matches!(self.saved, SaveState::Saved | SaveState::ReadOnly) {
            self.set_status("Wait until the last edit is saved.");
        } else {
            return vec![Effect::OpenView(self.view.other(), self.tab)];
        }
        Vec::new()
    }
}

fn next_pane(p: Pane) -> Pane {
    match p {
        Pane::List => Pane::Members,
        Pane::Members => Pane::Reader,
        Pane::Reader => Pane::List,
    }
}
