//! Asking a language model, and what a person does with its answers. Nothing that it says changes anything by itself.

use std::collections::BTreeMap;

use super::msg::Spent;
use super::request::AskItem;
use super::state::{App, Tab};
use crate::model::{ClusterId, Decision, Job, Opinion, QueuedTask, Says, Target, TaskState};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// One kind of work.
    One(Job),
    /// Both things an impure cluster needs: a look for opposed statements, and a name.
    Relabel,
    /// What waits in the queue, failed or was cancelled.
    Resume,
}

impl Work {
    /// The rows of the box, in order.
    pub const ALL: [Self; 11] = [
        Self::One(Job::Label),
        Self::One(Job::Check),
        Self::One(Job::Purity),
        Self::Relabel,
        Self::One(Job::Contrast),
        Self::One(Job::Describe),
        Self::One(Job::Scan),
        Self::One(Job::Hypotheses),
        Self::One(Job::Verdict),
        Self::One(Job::Blank),
        Self::One(Job::Summary),
    ];

    /// Name and what it does.
    pub fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::One(job) => (job.name(), job.describe()),
            Self::Relabel => ("relabel", "purity and label together: what flagged clusters need"),
            Self::Resume => ("retry", "what waits, failed or was cancelled"),
        }
    }

    /// Whether “all” means the differences and not the clusters.
    pub fn is_of_differences(self) -> bool {
        matches!(self, Self::One(Job::Verdict | Job::Describe))
    }

    /// Whether it is about the run as a whole.
    pub fn is_of_the_run(self) -> bool {
        matches!(self, Self::One(Job::Summary | Job::Hypotheses | Job::Blank))
    }

    /// Whether it needs to be said what the fine-tuning was meant to do.
    pub fn needs_intent(self) -> bool {
        matches!(self, Self::One(Job::Verdict | Job::Blank | Job::Summary))
    }

    fn jobs(self) -> Vec<Job> {
        match self {
            Self::One(job) => vec![job],
            Self::Relabel => vec![Job::Purity, Job::Label],
            Self::Resume => Vec::new(),
        }
    }
}

/// About what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The row under the cursor.
    Here,
    /// The marked clusters.
    Marked,
    /// The flagged clusters.
    Flagged,
    /// Every cluster; every difference for verdicts.
    All,
}

/// What the explorer knows of the language model.
#[derive(Debug, Clone, Default)]
pub struct Llm {
    /// Server and model; `None` when there is none.
    pub place: Option<String>,
    /// A warning to show before anything is sent.
    pub warning: Option<String>,
    /// What the fine-tuning was meant to do.
    pub intent: Option<String>,
    /// Everything asked, by number.
    pub tasks: BTreeMap<u64, QueuedTask>,
    /// Everything said, oldest first.
    pub opinions: Vec<Opinion>,
    /// What it has cost since gander was opened.
    pub spent: Spent,
    /// Why nothing is sent any more.
    pub stopped: Option<String>,
    /// Whether anything was sent since gander was opened.
    pub sent: bool,
}

impl Llm {
    /// The jobs, the newest first.
    pub fn rows(&self) -> Vec<&QueuedTask> {
        self.tasks.values().rev().collect()
    }

    /// Tasks that wait although nothing is asked: nobody is asked, or the run has stopped.
    pub fn waiting(&self) -> usize {
        let running = |t: &QueuedTask| t.state == TaskState::Running;
        let idle = self.place.is_none() || self.stopped.is_some() || !self.sent;
        let open = self.tasks.values().filter(|t| matches!(t.state, TaskState::Waiting | TaskState::Running));
        if idle && !self.tasks.values().any(running) { open.count() } else { 0 }
    }

    /// Tasks sent and not ended, and all tasks that were not cancelled.
    pub fn progress(&self) -> (usize, usize) {
        let open = |t: &&QueuedTask| matches!(t.state, TaskState::Waiting | TaskState::Running);
        (
            self.tasks.values().filter(open).count(),
            self.tasks.values().filter(|t| t.state != TaskState::Cancelled).count(),
        )
    }
}

impl App {
    /// The last thing of one kind that was said of a target.
    pub fn opinion(&self, target: &Target, job: Job) -> Option<&Opinion> {
        self.llm.opinions.iter().rev().find(|o| o.target == *target && job_of(&o.says) == job)
    }

    /// The newest proposal for a cluster that nobody has decided: a split before a name.
    pub fn proposal(&self, id: ClusterId) -> Option<&Opinion> {
        let target = Target::Cluster(id);
        let open =
            |o: &&Opinion| o.target == target && self.run.is_current(o) && self.run.partition.decision(o.id).is_none();
        let newest = |job: Job| self.opinion(&target, job).filter(open);
        let split = newest(Job::Purity).filter(|o| matches!(o.says, Says::Purity { sides: Some(_), .. }));
        split.or_else(|| newest(Job::Label))
    }

    /// The difference under the cursor, or the cluster.
    pub fn current_target(&self) -> Option<Target> {
        match self.tab {
            Tab::Differences => self.run.target_of(self.differences.rows.get(self.differences.cursor)?),
            _ => self.current_cluster().map(Target::Cluster),
        }
    }

    /// The scopes that hold something now.
    pub fn scopes(&self) -> Vec<Scope> {
        let mut out = vec![Scope::Here];
        if self.tab == Tab::Clusters && !self.clusters.marks.is_empty() {
            out.insert(0, Scope::Marked);
        }
        if !self.run.flagged().is_empty() {
            out.push(Scope::Flagged);
        }
        out.push(Scope::All);
        out
    }

    /// A scope in words.
    pub fn scope_in_words(&self, work: Work, scope: Scope) -> String {
        let verdict = work.is_of_differences();
        if work.is_of_the_run() {
            return "the run".into();
        }
        match scope {
            Scope::Here => self.current_target().map_or_else(
                || "nothing".into(),
                |t| match t {
                    Target::Finding(_) => "this difference".into(),
                    t => t.to_string(),
                },
            ),
            Scope::Marked => format!("{} marked", self.clusters.marks.len()),
            Scope::Flagged => format!("{} flagged", self.run.flagged().len()),
            Scope::All if verdict => format!("all {} differences", self.all_differences().len()),
            Scope::All => format!("all {} clusters", self.run.partition.clusters().len()),
        }
    }

    /// What is judged when all is: of rows that hold much the same texts the first.
    fn all_differences(&self) -> Vec<Target> {
        let rows = self.differences.rows.iter().zip(&self.differences.follows);
        rows.filter(|(_, follows)| !**follows).filter_map(|(r, _)| self.run.target_of(r)).collect()
    }

    pub(super) fn items(&self, work: Work, scope: Scope) -> Vec<AskItem> {
        if work == Work::Resume {
            let again =
                |t: &&QueuedTask| matches!(t.state, TaskState::Waiting | TaskState::Failed | TaskState::Cancelled);
            let item = |t: &QueuedTask| AskItem { id: Some(t.id), job: t.job, target: t.target.clone() };
            return self.llm.tasks.values().filter(again).map(item).collect();
        }
        let clusters = |ids: &mut dyn Iterator<Item = ClusterId>| ids.map(Target::Cluster).collect::<Vec<_>>();
        let mut out = Vec::new();
        for job in work.jobs() {
            let targets = match (scope, job) {
                (_, Job::Summary | Job::Hypotheses | Job::Blank) => vec![Target::Run],
                (Scope::All, Job::Verdict | Job::Describe) => self.all_differences(),
                (Scope::All, _) => clusters(&mut self.run.partition.clusters().map(|c| c.id)),
                (Scope::Flagged, _) => clusters(&mut self.run.flagged().into_iter()),
                (Scope::Marked, _) => clusters(&mut self.clusters.marks.iter().copied()),
                (Scope::Here, Job::Verdict | Job::Describe) => self.current_target().into_iter().collect(),
                (Scope::Here, _) => clusters(&mut self.current_cluster().into_iter()),
            };
            out.extend(targets.into_iter().map(|target| AskItem { id: None, job, target }));
        }
        out
    }
}

/// The kind of work that says such a thing.
pub fn job_of(says: &Says) -> Job {
    match says {
        Says::Label { .. } => Job::Label,
        Says::Check { .. } => Job::Check,
        Says::Purity { .. } => Job::Purity,
        Says::Contrast { .. } => Job::Contrast,
        Says::Verdict { .. } => Job::Verdict,
        Says::Describe { .. } => Job::Describe,
        Says::Scan { .. } => Job::Scan,
        Says::Hypotheses { .. } => Job::Hypotheses,
        Says::Blank { .. } => Job::Blank,
        Says::Summary { .. } => Job::Summary,
    }
}

/// What became of a proposal, in a word.
pub fn decision_in_words(d: Option<Decision>) -> &'static str {
    match d {
        None => "open",
        Some(Decision::Accepted) => "accepted",
        Some(Decision::Edited) => "accepted with changes",
        Some(Decision::Rejected) => "rejected",
    }
}
