//! What happened → what is to be done.

use super::command::{Command, Context};
use super::key::{Key, KeyCode};
use super::layout::{Area, Pane, Tab};
use super::line::Line;
use super::map::Way;
use super::members::MemberOrder;
use super::msg::{Effect, MouseKind, Msg};
use super::overlay::Outcome;
use super::request::{Reply, RequestId};
use super::run::Phase;
use super::state::{App, SaveState};
use crate::model::TaskState;

impl App {
    /// Takes one message. `now_ms` is the time in milliseconds since 1970.
    pub fn update(&mut self, msg: Msg, now_ms: u64) -> Vec<Effect> {
        self.now_ms = now_ms;
        let mut effects = match msg {
            Msg::KeyPressed(key) => self.press(key),
            Msg::Pasted(text) => self.paste(&text),
            Msg::MouseUsed(kind, x, y) => self.mouse(kind, x, y),
            Msg::Resized(w, h) => {
                self.size = (w, h);
                if self.tab == Tab::Map {
                    self.show_map();
                }
                self.keep_cursors_in_view();
                Vec::new()
            }
            other => self.hear(other),
        };
        self.note_reading();
        effects.extend(self.missing_counter_evidence());
        effects.extend(self.missing_map());
        effects.extend(self.missing_texts());
        effects
    }

    /// News from the background.
    fn hear(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Replied(id, reply) => return self.receive(id, reply),
            Msg::Progressed { stage, done, total, rate } => match self.run.phase {
                Phase::Ready => self.run.comparing = Some((stage, done, total)),
                _ => self.run.phase = Phase::Working { stage, done, total, rate },
            },
            Msg::ClustersFound(ready) => {
                self.ready(*ready, Vec::new());
                self.set_status("The clusters are ready. Enter opens one, ? explains the keys.");
            }
            Msg::JobFailed(why) => {
                if self.run.phase != Phase::Ready {
                    self.run.phase = Phase::Failed;
                }
                self.set_error(crate::text::sentence(&why));
            }
            Msg::Saved(seq) => {
                if self.run.history.records().last().is_none_or(|r| r.seq <= seq) {
                    self.saved = SaveState::Saved;
                }
            }
            Msg::SaveFailed(why) => {
                self.set_error(crate::text::sentence(&why));
                self.saved = SaveState::Failed(why);
            }
            Msg::Copied(how) => self.set_status(how),
            Msg::TaskChanged(task) => {
                if task.state == TaskState::Failed {
                    let why = format!("{} of {}: {}", task.job.name(), task.target, task.why);
                    self.set_error(crate::text::sentence(&why));
                }
                self.llm.tasks.insert(task.id, *task);
            }
            Msg::OpinionFormed(opinion) => self.take_opinion(*opinion),
            Msg::LlmWarned(why) => self.set_error(crate::text::sentence(&why)),
            Msg::LlmSpent(spent) => self.llm.spent = spent,
            Msg::LlmStopped(why) => {
                self.set_error(crate::text::sentence(&format!("stopped asking: {why}")));
                self.llm.stopped = Some(why);
            }
            Msg::KeyPressed(_) | Msg::Pasted(_) | Msg::MouseUsed(..) | Msg::Resized(..) => {}
        }
        Vec::new()
    }

    /// Gives a reply to whoever asked. What nobody waits for any more is dropped.
    fn receive(&mut self, id: RequestId, reply: Reply) -> Vec<Effect> {
        let reply = match self.receive_in_overlay(id, reply) {
            Ok(effects) => return effects,
            Err(reply) => reply,
        };
        match reply {
            Reply::Texts(texts) => {
                for (s, text) in texts {
                    self.texts.keep(s, &text);
                }
                if let Some((s, record)) = self.copy_wanted.take() {
                    return self.copy_sample(s, record);
                }
            }
            Reply::Figures(figures) => self.take_figures(id, figures),
            Reply::Judged(found) => self.take_judgements(id, found),
            Reply::Failed(why) if id == self.figures_wanted => self.stop_figures(&why),
            // Whoever has left the map meanwhile keeps their list of texts.
            Reply::Map(map) => {
                if self.map.receive(id, *map) && self.tab == Tab::Map {
                    self.go_to_on_map(None, self.clusters.current());
                }
            }
            Reply::Exported(said) => self.set_status(said),
            other => match self.with_members(|list, ctx| list.receive(id, other, ctx)) {
                Ok(said) => said.into_iter().for_each(|s| self.set_status(s)),
                Err(Reply::Failed(why)) => self.set_error(crate::text::sentence(&why)),
                Err(_) => {}
            },
        }
        Vec::new()
    }

    /// Closes a layer whose request failed, and says why. Another reply is not to its request, and changes nothing.
    pub(super) fn close_unanswered(&mut self, reply: Reply) -> Outcome {
        match reply {
            Reply::Failed(why) => {
                self.set_error(crate::text::sentence(&why));
                Outcome::close(Vec::new())
            }
            _ => Outcome::stay(Vec::new()),
        }
    }

    /// What keys mean where the focus is.
    pub fn context(&self) -> Context {
        match (self.focus, self.tab) {
            (Pane::List, Tab::Clusters) => Context::Clusters,
            (Pane::List, Tab::Differences) => Context::Differences,
            (Pane::List, Tab::Jobs) => Context::Jobs,
            (Pane::List, Tab::Map) => Context::Map,
            (Pane::Members, _) => Context::Members,
            (Pane::Reader, _) => Context::Reader,
        }
    }

    fn press(&mut self, key: Key) -> Vec<Effect> {
        // Leaving must work everywhere.
        if key == Key::ctrl('c') {
            return vec![Effect::Quit];
        }
        // A chord is one key; none is bound outside lines of input, and none may do what its letter does.
        if key.alt && !(self.is_typing() && Line::is_by_word(key)) {
            self.set_status(format!("{key} does nothing here; ? shows the keys."));
            return Vec::new();
        }
        if !self.overlays.is_empty() {
            return self.press_in_overlay(key);
        }
        self.touched = true;
        match Command::of(key, self.context()) {
            Some(Command::Back) if key == Key::plain(KeyCode::Esc) => {
                self.status = None;
                self.go_out_or_say_how();
                Vec::new()
            }
            Some(command) => {
                self.status = None;
                let learnt = self.follow_tip(command);
                let mut effects = self.run(command);
                effects.extend(learnt);
                effects
            }
            None => {
                self.set_status(format!("{key} does nothing here; ? shows the keys."));
                Vec::new()
            }
        }
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        if self.overlays.is_empty() {
            self.set_status("Nothing here takes pasted text; / searches, r labels.");
            return Vec::new();
        }
        self.paste_into_overlay(text)
    }

    fn mouse(&mut self, kind: MouseKind, x: u16, y: u16) -> Vec<Effect> {
        if !self.overlays.is_empty() {
            return Vec::new();
        }
        let at = self.layout();
        let over = |a: Option<Area>| a.filter(|a| a.contains(x, y));
        let by = match kind {
            MouseKind::WheelUp => -3,
            MouseKind::WheelDown => 3,
            MouseKind::Click => 0,
        };
        if let Some(area) = over(at.list) {
            if by != 0 {
                match self.tab {
                    Tab::Clusters => self.move_in_clusters(by),
                    Tab::Differences => self.move_in_differences(by.signum()),
                    Tab::Jobs => self.move_in_jobs(by),
                    Tab::Map => self.on_map(|map, ctx| map.step(if by > 0 { Way::Down } else { Way::Up }, 1, ctx)),
                }
            } else {
                self.focus = Pane::List;
                let row = usize::from(y - area.y);
                match self.tab {
                    Tab::Clusters if row >= 2 => {
                        let to = self.clusters.top + row - 2;
                        self.move_in_clusters(to as isize - self.clusters.cursor as isize);
                    }
                    Tab::Differences if row >= 2 => {
                        let to = self.differences.top + (row - 2) / 2;
                        self.move_in_differences(to as isize - self.differences.cursor as isize);
                    }
                    Tab::Jobs if row >= 3 => {
                        let to = self.jobs.top + row - 3;
                        self.move_in_jobs(to as isize - self.jobs.cursor as isize);
                    }
                    Tab::Map => {
                        let cells = self.map_area();
                        if cells.contains(x, y) {
                            self.on_map(|map, ctx| map.point(x - cells.x, y - cells.y, ctx));
                        }
                    }
                    _ => {}
                }
            }
        } else if let Some(area) = over(at.members) {
            if by != 0 {
                self.move_in_members(by);
            } else {
                self.focus = Pane::Members;
                if y > area.y {
                    let to = self.members.top + usize::from(y - area.y - 1);
                    self.move_in_members(to as isize - self.members.cursor as isize);
                }
            }
        } else if over(at.reader).is_some() {
            if by != 0 && self.shows_card() {
                // It is shown whole.
            } else if by != 0 {
                self.scroll_reader(by);
            } else {
                self.focus = Pane::Reader;
            }
        }
        Vec::new()
    }

    pub(super) fn change_tab(&mut self, tab: Tab) {
        if self.tab == tab {
            self.focus = Pane::List;
            return;
        }
        let was_reading = self.focus != Pane::List;
        let (before, sample, cluster) = (self.tab, self.current_sample(), self.current_cluster());
        self.tab = tab;
        self.focus = Pane::List;
        self.members.source = None;
        self.members.sort = MemberOrder::Typical;
        match tab {
            Tab::Clusters => {
                if let Some(id) = cluster.filter(|_| before == Tab::Map) {
                    self.go_to_cluster(id);
                }
                self.show_cluster();
            }
            Tab::Map => {
                // The middle of the cluster, unless a text was being read.
                let sample = sample.filter(|_| before == Tab::Differences || was_reading);
                self.go_to_on_map(sample, cluster.or(self.clusters.current()));
            }
            Tab::Jobs => self.show_samples(Vec::new()),
            Tab::Differences => {
                if let Some(why) = self.run.not_compared() {
                    self.set_status(why);
                }
                self.refresh_differences();
            }
        }
    }
}
