//! The list of what a language model is asked.

use super::command::Command;
use super::list::{Ctx, Rows, moves_by, step};
use super::msg::Effect;
use super::overlay::{Overlay, SaidPage, Scroll};
use super::request::Cancel;
use super::state::{App, Pane, Tab};
use crate::model::{QueuedTask, Target, TaskState};

/// State of the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobList {
    /// Row of the cursor, the newest job first.
    pub cursor: usize,
    /// First row shown.
    pub top: usize,
}

impl JobList {
    /// Does what a command means in this list; `None` for a command that is not the list's.
    pub(super) fn update(&mut self, command: Command, jobs: usize, ctx: &Ctx) -> Option<String> {
        self.step(moves_by(command, ctx.rows)?, jobs, ctx.rows);
        Some(String::new())
    }

    /// Moves the cursor in a list of so many jobs.
    pub(super) fn step(&mut self, by: isize, jobs: usize, rows: usize) {
        step(&mut self.cursor, &mut self.top, by, jobs, Rows::tall(rows));
    }
}

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
            Some(Target::Run) => self.overlays.push(Overlay::Said(SaidPage { target: Target::Run, scroll: Scroll(0) })),
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
