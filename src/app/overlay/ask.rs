//! The box that says what a language model would be asked, and sends it.

use super::{Layer, LinePurpose, Outcome, Overlay};
use crate::app::ask::{Scope, Work};
use crate::app::key::{Key, KeyCode};
use crate::app::layout::Tab;
use crate::app::msg::Effect;
use crate::app::request::{AskPlan, AskRequest, ComputeRequest, Reply, RequestId, SessionRequest};
use crate::app::state::{App, SaveState};
use crate::model::Job;

/// What to ask, and what that would send.
#[derive(Debug, Clone, PartialEq)]
pub struct AskBox {
    /// What is asked.
    pub work: Work,
    /// About what.
    pub scope: Scope,
    /// What would be sent; `None` while it is worked out.
    pub plan: Option<AskPlan>,
    /// The request for the plan.
    asked: RequestId,
    /// The intent that the plan is made with.
    intent: Option<String>,
}

impl AskBox {
    fn open(work: Work, scope: Scope, app: &mut App) -> (Self, Vec<Effect>) {
        let mut new = Self { work, scope, plan: None, asked: RequestId::default(), intent: None };
        let effects = new.make_plan(app);
        (new, effects)
    }

    /// Asks what would be sent.
    fn make_plan(&mut self, app: &mut App) -> Vec<Effect> {
        self.plan = None;
        self.intent.clone_from(&app.llm.intent);
        let (asked, effect) = app.compute(ComputeRequest::PlanAsk(Box::new(AskRequest {
            items: app.items(self.work, self.scope),
            partition: app.run.partition.clone(),
            figures: app.run.figures.clone(),
            intent: self.intent.clone(),
            again: true,
        })));
        self.asked = asked;
        vec![effect]
    }

    fn change_work(&mut self, forward: bool) {
        let n = Work::ALL.len();
        let at = Work::ALL.iter().position(|w| *w == self.work).unwrap_or(0);
        self.work = Work::ALL[(at + if forward { 1 } else { n - 1 }) % n];
    }

    fn change_scope(&mut self, forward: bool, app: &App) {
        let scopes = app.scopes();
        let at = scopes.iter().position(|s| *s == self.scope).unwrap_or(0);
        self.scope = scopes[(at + if forward { 1 } else { scopes.len() - 1 }) % scopes.len()];
    }

    /// Sends what the box shows.
    fn send(&self, app: &mut App) -> Outcome {
        let Some(plan) = &self.plan else { return Outcome::stay(Vec::new()) };
        if self.work.needs_intent() && app.llm.intent.is_none() {
            app.open_intent();
            return Outcome::stay(Vec::new());
        }
        if plan.tasks == 0 {
            let why = plan.skipped.first().cloned().unwrap_or_else(|| "there is nothing to ask".into());
            app.set_error(crate::text::sentence(&why));
            return Outcome::stay(Vec::new());
        }
        let n = plan.tasks;
        app.llm.stopped = None;
        app.llm.sent = true;
        app.set_status(format!("Asked {n} question{}; 3 shows how far they are.", if n == 1 { "" } else { "s" }));
        Outcome::close(vec![app.compute(ComputeRequest::SendAsk(self.asked)).1])
    }
}

impl Layer for AskBox {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match key.code {
            KeyCode::Enter => return self.send(app),
            KeyCode::Char('q') => return Outcome::close(Vec::new()),
            KeyCode::Char('i' | 'I') => {
                app.open_intent();
                return Outcome::stay(Vec::new());
            }
            _ if self.work == Work::Resume => return Outcome::stay(Vec::new()),
            KeyCode::Down | KeyCode::Char('j') => self.change_work(true),
            KeyCode::Up | KeyCode::Char('k') => self.change_work(false),
            KeyCode::Right | KeyCode::Tab | KeyCode::Char('l') => self.change_scope(true, app),
            KeyCode::Left | KeyCode::BackTab | KeyCode::Char('h') => self.change_scope(false, app),
            _ => return Outcome::stay(Vec::new()),
        }
        Outcome::stay(self.make_plan(app))
    }

    fn awaits(&self) -> Option<RequestId> {
        self.plan.is_none().then_some(self.asked)
    }

    fn receive(&mut self, reply: Reply, app: &mut App) -> Outcome {
        match reply {
            Reply::AskPlan(plan) => {
                self.plan = Some(*plan);
                Outcome::stay(Vec::new())
            }
            other => app.close_unanswered(other),
        }
    }

    fn uncover(&mut self, app: &mut App) -> Vec<Effect> {
        if self.intent == app.llm.intent { Vec::new() } else { self.make_plan(app) }
    }
}

impl App {
    /// Opens the box.
    pub(in crate::app) fn open_ask(&mut self, work: Option<Work>) -> Vec<Effect> {
        if !self.is_ready() {
            return Vec::new();
        }
        if !self.run.figures.coming.is_over() {
            self.set_error("Still computing; try again in a moment.");
            return Vec::new();
        }
        if self.saved == SaveState::ReadOnly {
            self.set_error("This session is read-only; answers could not be kept.");
            return Vec::new();
        }
        if self.llm.place.is_none() {
            self.set_error("No language model: open gander with --llm URL#model (README, “A language model”). Nothing is ever sent without it.");
            return Vec::new();
        }
        let scope = self.scopes()[0];
        let first = match (self.tab, scope) {
            (Tab::Differences, _) => Work::One(Job::Verdict),
            _ if self.current_cluster().is_some_and(|id| self.run.flagged().contains(&id)) => Work::Relabel,
            _ => Work::One(Job::Label),
        };
        let (new, effects) = AskBox::open(work.unwrap_or(first), scope, self);
        self.overlays.push(Overlay::Ask(new));
        effects
    }

    /// Asks the person what the fine-tuning was meant to do.
    pub(in crate::app) fn open_intent(&mut self) {
        let now = self.llm.intent.clone().unwrap_or_default();
        self.open_line(LinePurpose::Intent, &now);
    }

    /// Keeps what the fine-tuning was meant to do.
    pub(super) fn take_intent(&mut self, text: String) -> Vec<Effect> {
        if self.saved == SaveState::ReadOnly {
            self.set_error("This session is read-only.");
            return Vec::new();
        }
        self.llm.intent = (!text.is_empty()).then(|| text.clone());
        self.set_status("Kept in the session.");
        vec![self.of_session(SessionRequest::StoreIntent(text)).1]
    }
}
