//! Several models at a glance: how much each pair differs, and which to compare.

use super::{Layer, Outcome, Overlay};
use crate::app::key::{Key, KeyCode};
use crate::app::msg::Effect;
use crate::app::request::{ComputeRequest, Reply, RequestId};
use crate::app::state::App;
use crate::model::{Contrast, SourceId};

/// The table of pairs. What is known of them is kept in [`App::pairs`], so that it is there when the page is opened again.
#[derive(Debug, Clone, PartialEq)]
pub struct PairsPage {
    /// The cells: a row for each model that is compared, a column for each that it is compared with.
    pub grid: Vec<Vec<Option<Contrast>>>,
    /// Row and column of the cursor, which is always on a pair.
    pub at: (usize, usize),
    asked: RequestId,
}

impl PairsPage {
    /// The pair under the cursor.
    pub fn chosen(&self) -> Option<&Contrast> {
        self.grid.get(self.at.0)?.get(self.at.1)?.as_ref()
    }

    /// Moves by rows or columns to the next cell with a pair.
    fn step(&mut self, down: isize, right: isize) {
        let (mut row, mut column) = (self.at.0 as isize + down, self.at.1 as isize + right);
        while let Some(cells) = usize::try_from(row).ok().and_then(|r| self.grid.get(r)) {
            let Some(cell) = usize::try_from(column).ok().and_then(|c| cells.get(c)) else { break };
            if cell.is_some() {
                self.at = (row as usize, column as usize);
                return;
            }
            (row, column) = (row + down, column + right);
        }
        // Up or down where the column has no pair: to the nearest one of that row.
        if let Some(cells) = usize::try_from(self.at.0 as isize + down).ok().and_then(|r| self.grid.get(r))
            && down != 0
            && let Some(c) = (0..cells.len()).filter(|&c| cells[c].is_some()).min_by_key(|c| c.abs_diff(self.at.1))
        {
            self.at = (self.at.0.wrapping_add_signed(down), c);
        }
    }

    /// Nothing more is computed for the page.
    fn stop(app: &mut App) -> Vec<Effect> {
        vec![app.compute(ComputeRequest::Pairs(Vec::new())).1]
    }
}

impl Layer for PairsPage {
    fn update(&mut self, key: Key, app: &mut App) -> Outcome {
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.step(1, 0),
            KeyCode::Up | KeyCode::Char('k') => self.step(-1, 0),
            KeyCode::Right | KeyCode::Char('l') => self.step(0, 1),
            KeyCode::Left | KeyCode::Char('h') => self.step(0, -1),
            KeyCode::Char('q' | 'C') => return Outcome::close(Self::stop(app)),
            KeyCode::Enter => {
                let mut effects = Self::stop(app);
                effects.extend(self.chosen().cloned().and_then(|chosen| app.compare(chosen)));
                return Outcome::close(effects);
            }
            _ => {}
        }
        Outcome::stay(Vec::new())
    }

    fn awaits(&self) -> Option<RequestId> {
        Some(self.asked)
    }

    fn receive(&mut self, reply: Reply, app: &mut App) -> Outcome {
        match reply {
            Reply::Pair(found) => {
                app.pairs.retain(|p| p.contrast != found.contrast);
                app.pairs.push(*found);
                Outcome::stay(Vec::new())
            }
            other => app.close_unanswered(other),
        }
    }

    fn leave(&mut self, app: &mut App) -> Vec<Effect> {
        Self::stop(app)
    }
}

impl App {
    /// Opens the table, and asks for what is not known of it yet.
    pub(in crate::app) fn open_pairs(&mut self) -> Vec<Effect> {
        let n = self.run.corpus.sources.len();
        if n < 3 {
            self.set_status(match n {
                2 => "There is only one pair of models to compare.",
                _ => "There is one model, so there is nothing to compare.",
            });
            return Vec::new();
        }
        if self.run.blind {
            self.set_status("How much the models differ is hidden in blind mode; b shows it.");
            return Vec::new();
        }
        if !self.is_ready() {
            return Vec::new();
        }
        let is_known = |c: &Contrast| self.pairs.iter().any(|p| p.contrast == *c);
        let missing: Vec<Contrast> = Contrast::choices(n).into_iter().filter(|c| !is_known(c)).collect();
        let grid = Contrast::grid(n);
        let at = self.run.contrast().and_then(|now| {
            let column = |row: &[Option<Contrast>]| row.iter().position(|cell| cell.as_ref() == Some(now));
            grid.iter().enumerate().find_map(|(r, row)| Some((r, column(row)?)))
        });
        let (asked, effect) = self.compute(ComputeRequest::Pairs(missing));
        self.overlays.push(Overlay::Pairs(PairsPage { grid, at: at.unwrap_or((0, 0)), asked }));
        vec![effect]
    }

    /// Takes up another comparison; nothing where it is the one that is shown.
    fn compare(&mut self, next: Contrast) -> Option<Effect> {
        if self.run.contrast() == Some(&next) {
            return None;
        }
        let names = |list: &[SourceId]| list.iter().map(|&s| self.run.source_name(s)).collect::<Vec<_>>().join(" + ");
        let said = format!("Comparing {} with {} …", names(&next.right), names(&next.left));
        self.set_status(said);
        self.run.figures_stale = true;
        let (asked, effect) = self.compute(ComputeRequest::Contrast(next, self.run.partition.clone()));
        self.figures_wanted = asked;
        Some(effect)
    }
}
