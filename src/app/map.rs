//! The map: all texts in two dimensions; a cursor that goes from text to text, and what lies around it.

use super::command::Command;
use super::layout::Area;
use super::request::RequestId;
use super::run::Run;
use crate::cluster::Map;
use crate::model::{ClusterId, SampleIx, SourceId};

/// Cells to each side of the cursor's that count as near.
const NEAR: u16 = 1;
/// Rows of the pane that are not map: the title and two lines below.
const AROUND: u16 = 3;

/// State of the map.
#[derive(Debug, Clone, Default)]
pub struct MapView {
    /// Where the texts stand, once it is known.
    pub laid: Option<Map>,
    /// The dot under the cursor, by its place in the map.
    pub at: usize,
    /// Colours tell clusters apart instead of models.
    pub by_cluster: bool,
    asked: Option<RequestId>,
}

/// What the map sees besides itself.
pub struct MapCtx<'a> {
    /// What is known of the run.
    pub run: &'a Run,
    /// The cells of the map on the screen.
    pub cells: Area,
    /// The model whose texts are shown; all without one.
    pub source: Option<SourceId>,
}

/// Where the cursor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Left,
    Right,
    Up,
    Down,
}

/// The cells that dots are drawn in, of a pane.
pub fn map_cells(pane: Area) -> Area {
    Area { y: pane.y + 1, h: pane.h.saturating_sub(AROUND), ..pane }
}

/// The dot of a place, two a cell across and four down (braille), counted from the map's corner.
pub fn dot_of(place: [f32; 2], cells: Area) -> (u16, u16) {
    let scale = |v: f32, n: u16| (v.clamp(0.0, 1.0) * f32::from(n.saturating_sub(1))).round() as u16;
    (scale(place[0], cells.w * 2), scale(place[1], cells.h * 4))
}

impl MapView {
    /// Does what a command means on the map, and says what came of it; `None` for a command that is not the map's.
    pub(super) fn update(&mut self, command: Command, clusters: &[ClusterId], ctx: &MapCtx) -> Option<String> {
        let page = usize::from(ctx.cells.h) / 4;
        match command {
            Command::Left => self.step(Way::Left, 1, ctx),
            Command::Right => self.step(Way::Right, 1, ctx),
            Command::Up => self.step(Way::Up, 1, ctx),
            Command::Down => self.step(Way::Down, 1, ctx),
            Command::PageUp => self.step(Way::Up, page.max(1), ctx),
            Command::PageDown => self.step(Way::Down, page.max(1), ctx),
            Command::Top => self.go_to_end(false, ctx),
            Command::Bottom => self.go_to_end(true, ctx),
            Command::NextHit => return Some(self.next_cluster(true, clusters, ctx)),
            Command::PreviousHit => return Some(self.next_cluster(false, clusters, ctx)),
            Command::Sort => {
                self.by_cluster = !self.by_cluster;
                let said = if self.by_cluster { "Colours tell clusters apart." } else { "Colours tell models apart." };
                return Some(said.into());
            }
            _ => return None,
        }
        Some(String::new())
    }

    /// Whether the map is neither there nor asked for.
    pub(super) fn is_missing(&self) -> bool {
        self.laid.is_none() && self.asked.is_none()
    }

    /// Remembers which request asks for the map.
    pub(super) fn await_map(&mut self, id: RequestId) {
        self.asked = Some(id);
    }

    /// Takes the map, when it answers its request.
    pub(super) fn receive(&mut self, id: RequestId, map: Map) -> bool {
        let own = self.asked.take_if(|asked| *asked == id).is_some();
        if own {
            self.laid = Some(map);
        }
        own
    }

    /// The cell of a dot, counted from the map's corner.
    fn cell(&self, at: usize, cells: Area) -> Option<(u16, u16)> {
        let place = self.laid.as_ref()?.coordinates.get(at)?;
        let (x, y) = dot_of(*place, cells);
        Some((x / 2, y / 4))
    }

    /// The cell of the cursor, counted from the map's corner.
    pub fn cursor(&self, cells: Area) -> Option<(u16, u16)> {
        self.cell(self.at, cells)
    }

    /// Puts the cursor on a text, or else into the middle of a cluster.
    pub(super) fn go_to(&mut self, sample: Option<SampleIx>, cluster: Option<ClusterId>, run: &Run) {
        let Some(map) = &self.laid else { return };
        let own = sample.and_then(|s| map.samples.binary_search(&s).ok());
        if let Some(at) = own.or_else(|| cluster.and_then(|id| self.middle_of(id, run))) {
            self.at = at;
        }
    }

    /// The dot of a cluster that is nearest to the median of its dots.
    pub fn middle_of(&self, id: ClusterId, run: &Run) -> Option<usize> {
        let map = self.laid.as_ref()?;
        // The map is bounded, a cluster is not, and this is asked for every name at every frame.
        let own = |i: &usize| run.partition.cluster_of(map.samples[*i]) == Some(id);
        let dots: Vec<usize> = (0..map.samples.len()).filter(own).collect();
        let middle = [0, 1].map(|d| {
            let mut along: Vec<f32> = dots.iter().map(|&i| map.coordinates[i][d]).collect();
            along.sort_by(f32::total_cmp);
            along.get(along.len() / 2).copied().unwrap_or(0.5)
        });
        let apart = |i: usize| (0..2).map(|d| (map.coordinates[i][d] - middle[d]).powi(2)).sum::<f32>();
        dots.into_iter().min_by(|&a, &b| apart(a).total_cmp(&apart(b)))
    }

    /// The texts around the cursor, the nearest first.
    pub(super) fn near(&self, ctx: &MapCtx) -> Vec<SampleIx> {
        let cells = ctx.cells;
        let (Some(map), Some((x, y))) = (&self.laid, self.cell(self.at, cells)) else { return Vec::new() };
        let here = dot_of(map.coordinates[self.at], cells);
        let mut near: Vec<(u32, usize)> = (0..map.samples.len())
            .filter(|&i| self.shows(i, ctx))
            .filter(|&i| self.cell(i, cells).is_some_and(|(cx, cy)| cx.abs_diff(x) <= NEAR && cy.abs_diff(y) <= NEAR))
            .map(|i| {
                let dot = dot_of(map.coordinates[i], cells);
                let (dx, dy) = (u32::from(dot.0.abs_diff(here.0)), u32::from(dot.1.abs_diff(here.1)));
                // The cursor's own text comes first, also among others on its dot.
                (if i == self.at { 0 } else { 1 + dx * dx + dy * dy }, i)
            })
            .collect();
        near.sort_unstable();
        near.into_iter().map(|(_, i)| map.samples[i]).collect()
    }

    /// Whether a dot is of the model that is shown.
    pub fn shows(&self, at: usize, ctx: &MapCtx) -> bool {
        let sample = self.laid.as_ref().and_then(|m| ctx.run.corpus.samples.get(*m.samples.get(at)? as usize));
        sample.is_some_and(|s| ctx.source.is_none_or(|want| s.source == want))
    }

    /// Moves the cursor to the nearest dot of another cell in a direction, `steps` times.
    pub(super) fn step(&mut self, way: Way, steps: usize, ctx: &MapCtx) {
        for _ in 0..steps {
            let Some(next) = self.next(way, ctx) else { break };
            self.at = next;
        }
    }

    /// The nearest dot in a right angle around the direction; beyond it only when there is none.
    fn next(&self, way: Way, ctx: &MapCtx) -> Option<usize> {
        let cells = ctx.cells;
        let (x, y) = self.cell(self.at, cells)?;
        let map = self.laid.as_ref()?;
        let signed = |to: u16, from: u16| i32::from(to) - i32::from(from);
        (0..map.samples.len())
            .filter(|&i| self.shows(i, ctx))
            .filter_map(|i| {
                let (cx, cy) = self.cell(i, cells)?;
                // A cell is twice as high as it is wide.
                let (right, down) = (signed(cx, x), 2 * signed(cy, y));
                let (along, aside) = match way {
                    Way::Left => (-right, down.abs()),
                    Way::Right => (right, down.abs()),
                    Way::Up => (-down, right.abs()),
                    Way::Down => (down, right.abs()),
                };
                (along > 0).then_some((aside > along, along + 2 * aside, i))
            })
            .min()
            .map(|(_, _, i)| i)
    }

    /// To the first or last dot from top to bottom.
    fn go_to_end(&mut self, bottom: bool, ctx: &MapCtx) {
        let Some(map) = &self.laid else { return };
        let shown = (0..map.samples.len()).filter(|&i| self.shows(i, ctx));
        let height = |i: usize| map.coordinates[i][1];
        let to = if bottom {
            shown.max_by(|&a, &b| height(a).total_cmp(&height(b)))
        } else {
            shown.min_by(|&a, &b| height(a).total_cmp(&height(b)))
        };
        if let Some(to) = to {
            self.at = to;
        }
    }

    /// To the dot nearest to a cell that was clicked, counted from the map's corner.
    pub(super) fn point(&mut self, x: u16, y: u16, ctx: &MapCtx) {
        let cells = ctx.cells;
        let Some(map) = &self.laid else { return };
        let (px, py) = (i32::from(x) * 2 + 1, i32::from(y) * 4 + 2);
        let apart = |i: usize| {
            let dot = dot_of(map.coordinates[i], cells);
            (i32::from(dot.0) - px).pow(2) + (i32::from(dot.1) - py).pow(2)
        };
        if let Some(at) = (0..map.samples.len()).filter(|&i| self.shows(i, ctx)).min_by_key(|&i| (apart(i), i)) {
            self.at = at;
        }
    }

    /// To the middle of the next cluster in the order of the list of clusters; says which.
    fn next_cluster(&mut self, forward: bool, order: &[ClusterId], ctx: &MapCtx) -> String {
        let here = self.near(ctx).first().and_then(|&s| ctx.run.partition.cluster_of(s));
        let now = here.and_then(|id| order.iter().position(|&o| o == id)).unwrap_or(0);
        let n = order.len();
        let found = (1..=n).find_map(|step| {
            let id = order[(now + if forward { step } else { n - step }) % n];
            self.middle_of(id, ctx.run).map(|at| (id, at))
        });
        let Some((id, at)) = found else { return String::new() };
        self.at = at;
        format!("#{id} {}", ctx.run.label(id))
    }
}
