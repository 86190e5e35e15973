//! The box that says what would be asked, and sends it.

use super::ask::Work;
use super::line::Line;
use super::msg::{AskRequest, Effect};
use super::overlay::{Overlay, PromptKind};
use super::state::{App, Phase, SaveState, Tab};
use crate::model::Job;

impl App {
    /// Opens the box that says what would be asked.
    pub(super) fn open_ask(&mut self, work: Option<Work>) -> Vec<Effect> {
        if self.phase != Phase::Ready {
            self.set_error("Wait until the clusters are ready.");
            return Vec::new();
        }
        if !self.data.figures.coming.is_over() {
            self.set_error("Still computing; try again in a moment.");
            return Vec::new();
        }
        if self.saved == SaveState::ReadOnly {
            self.set_error("This session is open for reading only; answers could not be kept.");
            return Vec::new();
        }
        if self.llm.place.is_none() {
            self.set_error("No language model: open gander with --llm URL#model (README, “A language model”). Nothing is ever sent without it.");
            return Vec::new();
        }
        let scope = self.scopes()[0];
        let first = match (self.tab, scope) {
            (Tab::Differences, _) => Work::One(Job::Verdict),
            _ if self.current_cluster().is_some_and(|id| self.flagged().contains(&id)) => Work::Relabel,
            _ => Work::One(Job::Label),
        };
        self.overlays.push(Overlay::Ask { work: work.unwrap_or(first), scope, plan: None, asked: 0 });
        self.plan_ask()
    }

    /// Asks what the box on the screen would send.
    pub(super) fn plan_ask(&mut self) -> Vec<Effect> {
        let generation = self.next_generation();
        let Some(Overlay::Ask { work, scope, plan, asked }) = self.overlays.last_mut() else { return Vec::new() };
        *asked = generation;
        *plan = None;
        let (work, scope) = (*work, *scope);
        let request = AskRequest {
            items: self.items(work, scope),
            partition: self.data.partition.clone(),
            figures: self.data.figures.clone(),
            intent: self.llm.intent.clone(),
            again: true,
        };
        vec![Effect::PlanAsk(generation, Box::new(request))]
    }

    /// Another row of the box.
    pub(super) fn change_work(&mut self, forward: bool) -> Vec<Effect> {
        if let Some(Overlay::Ask { work, .. }) = self.overlays.last_mut() {
            let n = Work::ALL.len();
            let at = Work::ALL.iter().position(|w| w == work).unwrap_or(0);
            *work = Work::ALL[(at + if forward { 1 } else { n - 1 }) % n];
        }
        self.plan_ask()
    }

    /// Another scope.
    pub(super) fn change_scope(&mut self, forward: bool) -> Vec<Effect> {
        let scopes = self.scopes();
        if let Some(Overlay::Ask { scope, .. }) = self.overlays.last_mut() {
            let at = scopes.iter().position(|s| s == scope).unwrap_or(0);
            *scope = scopes[(at + if forward { 1 } else { scopes.len() - 1 }) % scopes.len()];
        }
        self.plan_ask()
    }

    /// Sends what the box shows.
    pub(super) fn send_ask(&mut self) -> Vec<Effect> {
        let Some(Overlay::Ask { plan: Some(plan), asked, work, .. }) = self.overlays.last() else { return Vec::new() };
        let needs_intent = work.needs_intent() && self.llm.intent.is_none();
        if needs_intent {
            return self.open_intent();
        }
        if plan.tasks == 0 {
            let why = plan.skipped.first().cloned().unwrap_or_else(|| "there is nothing to ask".into());
            self.set_error(crate::text::sentence(&why));
            return Vec::new();
        }
        let (n, asked) = (plan.tasks, *asked);
        self.overlays.pop();
        self.llm.stopped = None;
        self.llm.sent = true;
        self.set_status(format!("Asked {n} question{}; 3 shows how far they are.", if n == 1 { "" } else { "s" }));
        vec![Effect::SendAsk(asked)]
    }

    /// Asks the person what the fine-tuning was meant to do.
    pub(super) fn open_intent(&mut self) -> Vec<Effect> {
        let line = Line::new(self.llm.intent.as_deref().unwrap_or_default());
        self.overlays.push(Overlay::Prompt { kind: PromptKind::Intent, line });
        Vec::new()
    }

    /// Keeps what the fine-tuning was meant to do.
    pub(super) fn take_intent(&mut self, text: String) -> Vec<Effect> {
        if self.saved == SaveState::ReadOnly {
            self.set_error("This session is open for reading only.");
            return Vec::new();
        }
        self.llm.intent = (!text.is_empty()).then(|| text.clone());
        self.set_status("Kept in the session.");
        let mut effects = vec![Effect::StoreIntent(text)];
        effects.extend(self.plan_ask());
        effects
    }
}
