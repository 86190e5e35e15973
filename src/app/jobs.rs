//! What a person does with the jobs of a language model.

use super::layout::{Pane, Tab};
use super::msg::Effect;
use super::overlay::{DifferencePage, Overlay, Scroll};
use super::request::Cancel;
use super::state::App;
use crate::model::{QueuedTask, Target, TaskState};

impl App {
    /// The job under the cursor.
    pub(super) fn current_task(&self) -> Option<&QueuedTask> {
        self.llm.tasks.values().rev().nth(self.jobs.cursor)
    }

    /// From a job to its cluster.
    pub(super) fn go_to_job(&mut self, task: u64) {
        match self.llm.tasks.get(&task).map(|t| t.target.clone()) {
            Some(Target::Cluster(id)) if self.run.partition.get(id).is_some() => {
                self.change_tab(Tab::Clusters);
                self.clusters.filter.clear();
                self.refresh_clusters();
                self.go_to_cluster(id);
                self.focus = Pane::List;
            }
            Some(Target::Cluster(id)) => self.set_error(format!("Cluster {id} does not exist any more.")),
            Some(Target::Run) => {
                self.overlays.push(Overlay::Difference(DifferencePage { target: Target::Run, scroll: Scroll(0) }))
            }
            Some(finding @ (Target::Finding(_) | Target::Theme(_))) => {
                self.change_tab(Tab::Differences);
                self.go_to_difference(&finding);
            }
            None => {}
        }
    }

    pub(super) fn cancel_job(&mut self, all: bool) -> Vec<Effect> {
        if all {
            return vec![Effect::Cancel(Cancel::Questions(None))];
        }
        match self.current_task() {
            Some(t) if matches!(t.state, TaskState::Waiting | TaskState::Running) => {
                vec![Effect::Cancel(Cancel::Questions(Some(t.id)))]
            }
            _ => {
                self.set_status("This question is not running.");
                Vec::new()
            }
        }
    }
}
