//! What was said of clusters and differences, and what can be asked of them.

use super::ask::{Scope, Work, job_of};
use super::layout::Tab;
use super::request::AskItem;
use super::state::App;
use crate::model::{ClusterId, Job, Opinion, QueuedTask, Says, Target, TaskState};

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
