//! The list of what a language model is asked.

use super::command::Command;
use super::list::{Ctx, Rows, moves_by, step};

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
