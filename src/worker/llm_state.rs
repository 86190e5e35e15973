//! The computing thread and a language model: plans questions, sends them off, and turns what comes back into opinions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::engine::Engine;
use super::llm_worker::{Asker, AskerConfig, TellEvent};
use super::store::StoreRequest;
use crate::analysis::{Asking, LEAST, PipelineError};
use crate::app::{AskItem, AskPlan, AskRequest, Msg, Reply as Answer, RequestId, Spent};
use crate::llm::{Call, Event, Kept, LlmError, Prompts, Reply, Step, Task, grouped};
use crate::model::{Job, Opinion, QueuedTask, Says, Target, TaskState};

/// The number of a plan, and its tasks with those numbers that they have already.
type Planned = (RequestId, Vec<(Option<u64>, Task)>);

/// What the engine knows of the language model.
pub(super) struct LlmState {
    asker: Option<Asker>,
    pub opinions: Vec<Opinion>,
    last_task: u64,
    /// The state of the clusters that the latest questions are of.
    request: Option<Box<AskRequest>>,
    planned: Option<Planned>,
    asked: BTreeMap<u64, Task>,
    /// Tokens that models can hold, as their servers said, by model.
    contexts: BTreeMap<String, u64>,
    /// Whether it was said that a server cuts questions.
    warned: bool,
    now_ms: fn() -> u64,
}

impl Default for LlmState {
    fn default() -> Self {
        Self {
            asker: None,
            opinions: Vec::new(),
            last_task: 0,
            request: None,
            planned: None,
            asked: BTreeMap::new(),
            contexts: BTreeMap::new(),
            warned: false,
            now_ms: || 0,
        }
    }
}

impl Engine {
    /// Lets the engine ask a language model. `tell` carries news of its runs back as
    /// [`super::EngineRequest::Heard`]; replies, opinions and tasks are those of the session.
    ///
    /// # Errors
    /// When a prompt of the user's cannot be used.
    pub fn with_llm(
        mut self,
        config: Option<AskerConfig>,
        kept: LlmMemory,
        tell: TellEvent,
        store: Arc<dyn Fn(StoreRequest) + Send + Sync>,
        now_ms: fn() -> u64,
    ) -> Result<Self, LlmError> {
        let keep = Arc::new(move |hash: &str, call: &Call, reply: &Reply| {
            let kept = Kept { reply: reply.clone(), asked: Some(call.asked()) };
            if let Ok(json) = serde_json::to_string(&kept) {
                store(StoreRequest::PutReply(hash.to_owned(), json));
            }
        });
        let mut asker = config.map(|c| Asker::new(c, kept.replies, tell, keep, self.controls.clone())).transpose()?;
        if let Some(asker) = &mut asker
            && asker.context().is_none()
            && let Some(tokens) = kept.contexts.get(asker.endpoint().model())
        {
            asker.learn_context(*tokens);
        }
        let last_task = kept.tasks.iter().map(|t| t.id).max().unwrap_or(0);
        let contexts = kept.contexts;
        self.llm = LlmState { asker, opinions: kept.opinions, last_task, contexts, now_ms, ..LlmState::default() };
        Ok(self)
    }

    /// Tokens that the model asked can hold, and the estimated ones that a question may have, when they are known.
    pub fn llm_context(&self) -> Option<(u64, u64)> {
        self.llm.asker.as_ref().and_then(|a| a.context().zip(a.room()))
    }

    /// Whether it is known how often a judge sees what is not there.
    pub fn has_blank(&self) -> bool {
        self.llm.opinions.iter().any(|o| matches!(o.says, Says::Blank { .. }))
    }

    /// Whether anything asked is not answered yet.
    pub fn is_asking(&self) -> bool {
        !self.llm.asked.is_empty()
    }

    /// Works out what would be sent.
    pub(super) fn plan_ask(
        &mut self,
        id: RequestId,
        request: Box<AskRequest>,
        tell: &(dyn Fn(Msg) + Sync),
    ) -> Result<(), PipelineError> {
        let embedder = self.embedder()?;
        let Some(study) = &self.study else { return Ok(()) };
        let mut asking = Asking {
            study,
            partition: &request.partition,
            figures: &request.figures,
            context: study.trust_context(&request.partition, &*embedder),
            intent: request.intent.as_deref(),
            opinions: &self.llm.opinions,
            votes: self.llm.asker.as_ref().map_or(1, Asker::votes),
            seed: self.seed,
            scale: 0,
        };
        let mut plan = AskPlan::default();
        let mut tasks = Vec::new();
        for AskItem { id, job, target } in &request.items {
            let made = match &self.llm.asker {
                Some(asker) => fitting(&mut asking, (*job, target), asker, &mut plan),
                None => asking.task(*job, target),
            };
            match made {
                Ok(task) => tasks.push((*id, task)),
                Err(why) => plan.skipped.push(format!("{target}: {why}")),
            }
        }
        plan.tasks = tasks.len();
        if let Some(asker) = &self.llm.asker {
            for (_, task) in &tasks {
                let advance = || task.advance(asker.endpoint().model(), &asker.prompts, &|h| asker.find(h));
                let mut step = advance();
                if let (Step::Failed { unusable, .. }, true) = (&step, request.again) {
                    asker.forget(unusable);
                    step = advance();
                }
                if let Step::Ask(call) = step {
                    // Later calls of a task are about as large as its first.
                    plan.calls += task.calls();
                    plan.tokens_in += call.tokens_in() * u64::from(task.calls());
                    plan.tokens_out += u64::from(call.max_tokens) * u64::from(task.calls());
                }
            }
            plan.dollars = asker.budget.price().map(|p| p.of(plan.tokens_in, plan.tokens_out));
        }
        self.llm.planned = Some((id, tasks));
        self.llm.request = Some(request);
        tell(Msg::Replied(id, Answer::AskPlan(Box::new(plan))));
        Ok(())
    }

    /// The planned questions, numbered; they are in the session's queue then.
    pub(super) fn enqueue(
        &mut self,
        plan: RequestId,
        tell: &(dyn Fn(Msg) + Sync),
        store: &dyn Fn(StoreRequest),
    ) -> Vec<(u64, Task)> {
        let Some((planned, tasks)) = self.llm.planned.take() else { return Vec::new() };
        if planned != plan {
            return Vec::new();
        }
        let mut out = Vec::with_capacity(tasks.len());
        for (id, task) in tasks {
            let id = id.unwrap_or_else(|| {
                self.llm.last_task += 1;
                self.llm.last_task
            });
            let row = QueuedTask {
                id,
                job: task.job(),
                target: task.target.clone(),
                state: TaskState::Waiting,
                why: String::new(),
                calls: Vec::new(),
            };
            store(StoreRequest::PutTask(Box::new(row.clone())));
            tell(Msg::TaskChanged(Box::new(row)));
            out.push((id, task));
        }
        out
    }

    /// Sends the planned questions off.
    pub(super) fn send_ask(&mut self, plan: RequestId, tell: &(dyn Fn(Msg) + Sync), store: &dyn Fn(StoreRequest)) {
        let tasks = self.enqueue(plan, tell, store);
        let Some(asker) = &mut self.llm.asker else { return };
        match asker.send(tasks.clone()) {
            Ok(()) => self.llm.asked.extend(tasks),
            Err(e) => tell(Msg::JobFailed(e.to_string())),
        }
    }

    /// Carries the planned questions as far as known replies lead, without a network, and returns the calls that are still to
    /// be answered.
    ///
    /// # Errors
    /// When the embedder cannot be made.
    pub fn settle(
        &mut self,
        plan: RequestId,
        tell: &(dyn Fn(Msg) + Sync),
        store: &dyn Fn(StoreRequest),
    ) -> Result<Vec<Call>, PipelineError> {
        let mut open = Vec::new();
        for (id, task) in self.enqueue(plan, tell, store) {
            let Some(asker) = &self.llm.asker else { continue };
            let (step, calls) = task.advance_counting(asker.endpoint().model(), &asker.prompts, &|h| asker.find(h));
            let event = match step {
                Step::Ask(call) => {
                    open.push(*call);
                    continue;
                }
                Step::Done { says, model, prompt } => Event::Finished { task: id, says, model, prompt, calls },
                Step::Failed { why, .. } => Event::Failed { task: id, why, calls },
            };
            self.llm.asked.insert(id, task);
            self.hear(event, tell, store)?;
        }
        Ok(open)
    }

    /// Takes news of a run.
    pub(super) fn hear(
        &mut self,
        event: Event,
        tell: &(dyn Fn(Msg) + Sync),
        store: &dyn Fn(StoreRequest),
    ) -> Result<(), PipelineError> {
        let end = |llm: &mut LlmState, id: u64, state: TaskState, why: String, ended: bool, calls: Vec<String>| {
            let task = if ended { llm.asked.remove(&id) } else { llm.asked.get(&id).cloned() };
            let Some(task) = task else { return };
            let row = QueuedTask { id, job: task.job(), target: task.target, state, why, calls };
            if ended {
                store(StoreRequest::PutTask(Box::new(row.clone())));
            }
            tell(Msg::TaskChanged(Box::new(row)));
        };
        let change = |llm: &mut LlmState, id: u64, state: TaskState, why: String, ended: bool| {
            end(llm, id, state, why, ended, Vec::new());
        };
        match event {
            Event::Called { task } => change(&mut self.llm, task, TaskState::Running, String::new(), false),
            Event::Waiting { task, why, wait } => {
                let why = format!("{why}; again in {:.0} s", wait.as_secs_f64().ceil());
                change(&mut self.llm, task, TaskState::Running, why, false);
            }
            Event::Answered { used } => {
                let dollars = self
                    .llm
                    .asker
                    .as_ref()
                    .and_then(|a| a.budget.price())
                    .map(|p| p.of(used.tokens_in, used.tokens_out));
                tell(Msg::LlmSpent(Spent { used, dollars }));
            }
            Event::Failed { task, why, calls } => end(&mut self.llm, task, TaskState::Failed, why, true, calls),
            Event::Cancelled { task } => change(&mut self.llm, task, TaskState::Cancelled, String::new(), true),
            Event::Finished { task: id, says, model, prompt, calls } => {
                if let Some(task) = self.llm.asked.get(&id).cloned() {
                    self.form_opinion(&task, *says, model, prompt, tell, store)?;
                }
                end(&mut self.llm, id, TaskState::Done, String::new(), true, calls);
            }
            Event::Stopped { why } => tell(Msg::LlmStopped(why)),
            Event::Context { tokens } => self.learn_context(tokens, store),
            Event::Cut { read, sent } => {
                if !std::mem::replace(&mut self.llm.warned, true) {
                    tell(Msg::LlmWarned(format!(
                        "the server read {} tokens of a question of {} or more: it cut it, and answers may rest on half of \
                         what was asked; raise the context of the server, or say --llm-context {}",
                        grouped(read),
                        grouped(sent),
                        read.next_power_of_two().max(512)
                    )));
                }
            }
            // It waits in the queue for a better time.
            Event::Left { task } => {
                change(&mut self.llm, task, TaskState::Waiting, "stopped before it was done".into(), true);
            }
        }
        Ok(())
    }

    /// Remembers what the model can hold; later questions show no more than that.
    fn learn_context(&mut self, tokens: u64, store: &dyn Fn(StoreRequest)) {
        let Some(asker) = &mut self.llm.asker else { return };
        asker.learn_context(tokens);
        self.llm.contexts.insert(asker.endpoint().model().to_owned(), tokens);
        store(StoreRequest::PutContexts(self.llm.contexts.clone()));
    }

    /// Keeps what was said; a proposed name is measured like any other.
    fn form_opinion(
        &mut self,
        task: &Task,
        mut says: Says,
        model: String,
        prompt: String,
        tell: &(dyn Fn(Msg) + Sync),
        store: &dyn Fn(StoreRequest),
    ) -> Result<(), PipelineError> {
        if let (Says::Label { label, fit, .. }, Target::Cluster(id)) = (&mut says, &task.target) {
            let embedder = self.embedder()?;
            if let (Some(study), Some(request)) = (&self.study, &self.llm.request) {
                let context = study.trust_context(&request.partition, &*embedder);
                *fit = context.held_out_fit(*id, label, &task.members_shown()).map(|f| f.auc);
            }
        }
        let opinion = Opinion {
            id: self.llm.opinions.last().map_or(1, |o| o.id + 1),
            time_ms: (self.llm.now_ms)(),
            model,
            prompt,
            target: task.target.clone(),
            members: task.members,
            says,
        };
        store(StoreRequest::PutOpinion(Box::new(opinion.clone())));
        self.llm.opinions.push(opinion.clone());
        tell(Msg::OpinionFormed(Box::new(opinion)));
        Ok(())
    }
}

/// The question about one target, with fewer and shorter texts until the model can hold it.
fn fitting(
    asking: &mut Asking,
    (job, target): (Job, &Target),
    asker: &Asker,
    plan: &mut AskPlan,
) -> Result<Task, String> {
    let prompts: &Prompts = &asker.prompts;
    let mut least = 0;
    for scale in 0..=LEAST {
        asking.scale = scale;
        let made = asking.task(job, target);
        let task = match made {
            Ok(task) => task,
            // It is asked of too few texts then.
            Err(_) if scale > 0 => break,
            Err(why) => return Err(why),
        };
        least = task.context(asker.endpoint().model(), prompts);
        if asker.room().is_none_or(|room| least <= room) {
            plan.largest = plan.largest.max(least);
            plan.shortened += usize::from(scale > 0);
            return Ok(task);
        }
    }
    let context = grouped(asker.context().unwrap_or_default());
    Err(format!(
        "it needs a context of {} tokens, and the model holds {context}; start its server with more (--llm-context)",
        grouped(least)
    ))
}

/// What a session remembers of a language model.
#[derive(Debug, Default)]
pub struct LlmMemory {
    /// Replies by the hash of their question.
    pub replies: HashMap<String, Reply>,
    /// Opinions, oldest first.
    pub opinions: Vec<Opinion>,
    /// The queue.
    pub tasks: Vec<QueuedTask>,
    /// Tokens that models can hold, as their servers said, by model.
    pub contexts: BTreeMap<String, u64>,
}

impl LlmMemory {
    /// Reads it.
    ///
    /// # Errors
    /// When the session cannot be read.
    pub fn of(session: &crate::session::Session) -> Result<Self, crate::session::SessionError> {
        let replies = session.replies()?;
        let replies = replies.into_iter().filter_map(|(hash, json)| Some((hash, serde_json::from_str(&json).ok()?)));
        let (opinions, tasks, contexts) = (session.opinions()?, session.tasks()?, session.contexts()?);
        Ok(Self { replies: replies.collect(), opinions, tasks, contexts })
    }
}
