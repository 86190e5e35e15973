//! `gander label|check|purity|contrast|judge`: a language model asked without a screen. Its answers are proposals in the session,
//! unless the person says `--accept`.

use std::sync::Arc;

use serde_json::Value;

use super::CliError;
use super::args::{AskArgs, SelectArgs};
use super::headless::Headless;
use super::output::{note, print};
use super::said::in_words;
use super::session_view::SessionView;
use crate::app::{AskItem, AskPlan, AskRequest, ComputeRequest, Msg, Reply, RequestId, SessionRequest};
use crate::llm::{dollars, grouped, scans_together};
use crate::model::{Author, ClusterId, Edit, Job, Opinion, Says, Target, TaskState};
use crate::session::Access;
use crate::worker::{EngineRequest, StoreRequest};

/// A session on the headless, and what its questions are made from.
pub(super) struct AskSession {
    pub headless: Headless,
    pub request: AskRequest,
    curated: crate::model::History,
    /// The last plan.
    plan: RequestId,
}

impl AskSession {
    /// Opens a session for asking `jobs` about what was selected.
    pub fn open(
        select: &SelectArgs,
        jobs: &[Job],
        llm: Option<crate::worker::AskerConfig>,
        intent: Option<String>,
        access: Access,
    ) -> Result<Self, CliError> {
        let mut curated = SessionView::open(&select.session, access)?;
        curated.refresh()?;
        if let (Some(text), Access::Write) = (&intent, access) {
            curated.session.put_intent(text)?;
        }
        let intent = match intent {
            Some(text) => Some(text),
            None => curated.session.intent()?,
        };
        let mut items = Vec::new();
        for &job in jobs {
            for target in targets(select, &curated, job)? {
                items.push(AskItem { id: None, job, target });
            }
        }
        let SessionView { session, meta, partition, history, figures, .. } = curated;
        let contrast = figures.contrast.clone();
        let mut headless = Headless::new(session, &meta, llm)?;
        headless.compute(EngineRequest::Load(select.session.clone(), contrast));
        let (partition, figures) = (Arc::new(partition), Arc::new(figures));
        let request = AskRequest { items, partition, figures, intent, again: true };
        Ok(Self { headless, request, curated: history, plan: RequestId::default() })
    }

    /// Works out what would be sent.
    pub fn plan(&mut self, items: Vec<AskItem>) -> Result<AskPlan, CliError> {
        self.plan.0 += 1;
        self.request.items = items;
        let request = ComputeRequest::PlanAsk(Box::new(self.request.clone()));
        let news = self.headless.compute(EngineRequest::Asked(self.plan, request));
        let mut plan = None;
        for msg in news {
            match msg {
                Msg::Replied(_, Reply::AskPlan(p)) => plan = Some(*p),
                Msg::Replied(_, Reply::Failed(why)) | Msg::JobFailed(why) => return Err(CliError::Terminal(why)),
                _ => {}
            }
        }
        plan.ok_or_else(|| CliError::Terminal("the session has no vectors; open it once in the explorer".into()))
    }

    /// The last plan, by the number of its request.
    pub fn last_plan(&self) -> RequestId {
        self.plan
    }

    /// Sends what was planned and waits for the end. What turns out not to fit the model's context is asked again with less.
    fn send(&mut self) -> Result<Outcome, CliError> {
        let mut out = Outcome::default();
        loop {
            let news = self.headless.compute(EngineRequest::Asked(self.plan, ComputeRequest::SendAsk(self.plan)));
            out.take(news);
            while let Some(news) = self.headless.listen() {
                out.take(news);
            }
            let context = self.headless.engine.llm_context();
            let again: Vec<AskItem> = out.too_long.drain(..).collect();
            if again.is_empty() || out.stopped.is_some() || context == out.context {
                return Ok(out);
            }
            out.context = context;
            out.failed.retain(|(id, _)| !again.iter().any(|i| i.id == Some(*id)));
            if let Some((tokens, _)) = context {
                note(&format!(
                    "the model holds {} tokens; {} questions are asked again with fewer and shorter texts",
                    grouped(tokens),
                    again.len()
                ));
            }
            let plan = self.plan(again)?;
            plan.skipped.iter().for_each(|s| note(&format!("left out: {s}")));
        }
    }

    /// Takes proposed names as they are, in the model's name.
    fn accept(&mut self, opinions: &[Opinion]) -> Result<usize, CliError> {
        let mut taken = 0;
        for o in opinions {
            let (Says::Label { label, .. }, Target::Cluster(cluster)) = (&o.says, &o.target) else { continue };
            let edit = Edit::Relabel { cluster: *cluster, label: label.clone(), opinion: Some(o.id) };
            let author = Author::Llm(o.model.clone());
            let made = self.curated.commit(
                Arc::make_mut(&mut self.request.partition),
                edit,
                author,
                super::startup::now_ms(),
                false,
            );
            let record = made.map_err(|e| CliError::Terminal(e.to_string()))?;
            for msg in self.headless.store(StoreRequest::Asked(self.plan, SessionRequest::StoreEdit(Box::new(record))))
            {
                if let Msg::SaveFailed(why) = msg {
                    return Err(CliError::Terminal(why));
                }
            }
            taken += 1;
        }
        Ok(taken)
    }
}

/// What came of questions.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub opinions: Vec<Opinion>,
    /// Tasks that failed, by number, and what to say of each.
    pub failed: Vec<(u64, String)>,
    /// Of these, what did not fit the model's context.
    too_long: Vec<AskItem>,
    /// The context known when it was last asked.
    context: Option<(u64, u64)>,
    pub waiting: usize,
    pub stopped: Option<String>,
}

impl Outcome {
    pub fn take(&mut self, news: Vec<Msg>) {
        for msg in news {
            match msg {
                Msg::OpinionFormed(o) => self.opinions.push(*o),
                Msg::TaskChanged(t) if t.state == TaskState::Failed => {
                    self.failed.push((t.id, format!("{} of {}: {}", t.job.name(), t.target, t.why)));
                    if t.why.contains(crate::llm::DOES_NOT_FIT) {
                        self.too_long.push(AskItem { id: Some(t.id), job: t.job, target: t.target });
                    }
                }
                // Said of tasks only once the run has ended.
                Msg::TaskChanged(t) if t.state == TaskState::Waiting && !t.why.is_empty() => self.waiting += 1,
                Msg::LlmWarned(why) => note(&why),
                Msg::LlmStopped(why) | Msg::JobFailed(why) | Msg::SaveFailed(why) => self.stopped = Some(why),
                _ => {}
            }
        }
    }

    /// Says what failed, and how to go on.
    pub fn end(&self) -> Result<(), CliError> {
        for (_, why) in &self.failed {
            note(why);
        }
        let left = self.failed.len() + self.waiting;
        match (&self.stopped, left) {
            (Some(why), _) => Err(CliError::Terminal(format!(
                "stopped asking: {why}; {left} questions are left, and the same command asks those alone"
            ))),
            (None, 0) => Ok(()),
            (None, n) => {
                Err(CliError::Terminal(format!("{n} questions were not answered; the same command asks those alone")))
            }
        }
    }
}

/// What a selection means for a kind of work.
fn targets(select: &SelectArgs, c: &SessionView, job: Job) -> Result<Vec<Target>, CliError> {
    if matches!(job, Job::Summary | Job::Hypotheses | Job::Blank) {
        return Ok(vec![Target::Run]);
    }
    let of_differences = matches!(job, Job::Verdict | Job::Describe);
    let all = || c.partition.clusters().map(|k| k.id);
    let ids: Vec<ClusterId> = if !select.clusters.is_empty() {
        let ids: Vec<ClusterId> = select.clusters.iter().map(|&id| ClusterId(id)).collect();
        if let Some(lost) = ids.iter().find(|id| c.partition.get(**id).is_none()) {
            return Err(CliError::Usage(format!("--clusters: there is no cluster {lost} in this session")));
        }
        ids
    } else if select.flagged {
        c.partition.clusters().filter(|k| k.flag.is_some()).map(|k| k.id).collect()
    } else if select.all {
        all().collect()
    } else if of_differences {
        return Ok(differences(c));
    } else if job == Job::Scan {
        // A rare claim hides in clusters whose shares say nothing.
        all().collect()
    } else {
        return Err(CliError::Usage("say which clusters: --flagged, --all, or --clusters 1,5".into()));
    };
    if of_differences && select.all {
        return Ok(differences(c));
    }
    Ok(ids.into_iter().map(Target::Cluster).collect())
}

/// Every difference; what holds much the same texts is one.
fn differences(c: &SessionView) -> Vec<Target> {
    let listed = c.figures.differences(&c.partition);
    listed.into_iter().filter(|d| !d.follows).filter_map(|d| c.figures.target(d.what)).collect()
}

/// Runs one of the commands.
pub(super) fn run(args: &AskArgs, jobs: &[Job]) -> Result<(), CliError> {
    let config = super::llm::config(&args.llm)?.ok_or_else(|| {
        CliError::Usage("name the language model: --llm URL#model, such as http://localhost:8000/v1#my-model".into())
    })?;
    let (place, warning) = (super::llm::place(&config), super::llm::warning(&config));
    // A dry run changes nothing, and works beside an explorer that has the session open.
    let access = if args.dry_run { Access::ReadOnly } else { Access::Write };
    let mut asking = AskSession::open(&args.select, jobs, Some(config), super::llm::intent(&args.llm)?, access)?;
    let mut items = std::mem::take(&mut asking.request.items);
    if items.is_empty() {
        return Err(CliError::Usage("nothing is selected: no cluster is flagged, or nothing differs".into()));
    }
    if jobs.contains(&Job::Verdict) && !asking.headless.engine.has_blank() {
        // How often this judge sees what is not there: once a session.
        items.push(AskItem { id: None, job: Job::Blank, target: Target::Run });
    }
    let plan = asking.plan(items)?;
    tell_plan(&plan, &place, warning.as_deref());
    if args.dry_run {
        note("nothing was sent; `gander requests … -o -` shows the requests in full");
        return Ok(());
    }
    let mut outcome = if plan.tasks > 0 { asking.send()? } else { Outcome::default() };
    if jobs.contains(&Job::Verdict) && outcome.stopped.is_none() {
        let plan = asking.plan(vec![AskItem { id: None, job: Job::Summary, target: Target::Run }])?;
        if plan.tasks > 0 {
            let summary = asking.send()?;
            outcome.opinions.extend(summary.opinions);
            outcome.failed.extend(summary.failed);
            outcome.stopped = summary.stopped;
        }
    }
    if args.accept {
        let n = asking.accept(&outcome.opinions)?;
        note(&format!("{n} names were taken; the explorer's u takes them back"));
    }
    print_opinions(args, &asking, &outcome.opinions)?;
    outcome.end()
}

fn tell_plan(p: &AskPlan, place: &str, warning: Option<&str>) {
    let cost = p.dollars.map_or_else(String::new, |d| format!(", at most {}", dollars(d)));
    note(&format!(
        "{} questions in {} calls to {place}: about {} tokens to read, at most {} to write{cost}",
        p.tasks,
        p.calls,
        grouped(p.tokens_in),
        grouped(p.tokens_out)
    ));
    if p.largest > 0 {
        let short = match p.shortened {
            0 => String::new(),
            n => format!("; {n} show fewer or shorter texts, so that the model can hold them"),
        };
        note(&format!("the largest question needs a context of about {} tokens{short}", grouped(p.largest)));
    }
    if let Some(w) = warning {
        note(w);
    }
    for s in &p.skipped {
        note(&format!("left out: {s}"));
    }
}

fn print_opinions(args: &AskArgs, asking: &AskSession, opinions: &[Opinion]) -> Result<(), CliError> {
    let ids = |samples: &[u32]| -> Vec<String> {
        let study = asking.headless.engine.corpus();
        samples.iter().filter_map(|&s| study.and_then(|c| c.samples.get(s as usize))).map(|s| s.id.clone()).collect()
    };
    // Claims looked for in many places are sure only together.
    let family = scans_together(opinions);
    let mut out = String::new();
    for o in opinions {
        let not_tested = match (&o.target, &o.says) {
            (Target::Cluster(id), Says::Contrast { .. } | Says::Scan { .. }) => {
                asking.request.figures.not_tested(&asking.request.partition, *id)
            }
            _ => None,
        };
        if args.json {
            let mut v = serde_json::to_value(o).unwrap_or(Value::Null);
            name_samples(&mut v, &ids);
            if let Some(p) = family.get(&o.id) {
                v["says"]["holm"] = (*p).into();
            }
            void_test(&mut v, not_tested);
            out.push_str(&v.to_string());
        } else {
            let said = in_words(o, not_tested, &ids, &family);
            out.push_str(crate::text::Clean::from_untrusted(&said).as_str());
        }
        out.push('\n');
    }
    print(&out)
}

/// A test of texts that were chosen by what is tested has no p.
fn void_test(opinion: &mut Value, not_tested: Option<&str>) {
    let Some(why) = not_tested else { return };
    for place in ["/says/p", "/says/claim/p", "/says/holm"] {
        if let Some(p) = opinion.pointer_mut(place) {
            *p = Value::Null;
            opinion["void"] = why.into();
        }
    }
}

/// Numbers of samples become their ids.
fn name_samples(v: &mut Value, ids: &dyn Fn(&[u32]) -> Vec<String>) {
    match v {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match (key.as_str(), value.as_array()) {
                    ("cites" | "members", Some(list)) => {
                        let samples: Vec<u32> = list.iter().filter_map(|n| n.as_u64().map(|n| n as u32)).collect();
                        *value = ids(&samples).into();
                    }
                    _ => name_samples(value, ids),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| name_samples(v, ids)),
        _ => {}
    }
}
