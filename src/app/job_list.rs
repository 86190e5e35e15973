//! The list of what a language model is asked.

use super::clusters::{Rows, step};
use super::msg::Effect;
use super::overlay::Overlay;
use super::state::{App, Pane, Tab};
use crate::model::{QueuedTask, Target, TaskState};

impl App {
    pub(super) fn move_in_jobs(&mut self, by: isize) {
        let len = self.llm.tasks.len();
        let rows = self.layout().list.map_or(1, super::layout::Area::rows).saturating_sub(2);
        step(&mut self.llm.cursor, &mut self.llm.top, by, len, Rows::tall(rows));
    }

    pub(super) fn current_task(&self) -> Option<&QueuedTask> {
        self.llm.tasks.values().rev().nth(self.llm.cursor)
    }

    /// Shows what was asked and answered for a job.
    pub(super) fn open_job(&mut self) -> Vec<Effect> {
        let Some((task, calls)) = self.current_task().map(|t| (t.id, t.calls.clone())) else { return Vec::new() };
        let kept = calls.is_empty().then(Vec::new);
        self.overlays.push(Overlay::Exchange { task, kept, scroll: 0 });
        if calls.is_empty() { Vec::new() } else { vec![Effect::ReadExchange(task, calls)] }
    }

    /// Takes what was asked and answered for a job.
    pub(super) fn take_exchange(&mut self, of: u64, found: Vec<crate::llm::Kept>) {
        if let Some(Overlay::Exchange { task, kept, .. }) = self.overlays.last_mut()
            && *task == of
        {
            *kept = Some(found);
        }
    }

    /// From a job to its cluster.
    pub(super) fn go_to_job(&mut self, task: u64) {
        match self.llm.tasks.get(&task).map(|t| t.target.clone()) {
            Some(Target::Cluster(id)) if self.data.partition.get(id).is_some() => {
                self.change_tab(Tab::Clusters);
                self.clusters.filter.clear();
                self.refresh_clusters();
                self.go_to_cluster(id);
                self.focus = Pane::List;
            }
            Some(Target::Cluster(id)) => self.set_error(format!("Cluster {id} does not exist any more.")),
            Some(Target::Run) => self.overlays.push(Overlay::Said { target: Target::Run, scroll: 0 }),
            Some(finding @ (Target::Finding(_) | Target::Theme(_))) => {
                self.change_tab(Tab::Differences);
                let at = self.differences.rows.iter().position(|r| self.target_of(r).as_ref() == Some(&finding));
                if let Some(at) = at {
                    self.move_in_differences(at as isize - self.differences.cursor as isize);
                }
            }
            None => {}
        }
    }

    pub(super) fn cancel_job(&mut self, all: bool) -> Vec<Effect> {
        if all {
            return vec![Effect::CancelAsk(None)];
        }
        match self.current_task() {
            Some(t) if matches!(t.state, TaskState::Waiting | TaskState::Running) => {
                vec![Effect::CancelAsk(Some(t.id))]
            }
            _ => {
                self.set_status("This question is not running.");
                Vec::new()
            }
        }
    }
}
