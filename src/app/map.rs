//! The map: all texts in two dimensions; a cursor that goes from text to text, and what lies around it.

use super::layout::Area;
use super::msg::Effect;
use super::request::{ComputeRequest, RequestId};
use super::state::{App, Pane, Phase, Tab};
use crate::cluster::Map;
use crate::model::{ClusterId, SampleIx};

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
    pub(super) asked: Option<RequestId>,
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

impl App {
    /// The cells of the map, as it is or would be shown.
    pub fn map_area(&self) -> Area {
        map_cells(self.layout_with(Tab::Map, Pane::List).list.unwrap_or_default())
    }

    /// The cell of a dot, counted from the map's corner.
    fn cell(&self, at: usize, cells: Area) -> Option<(u16, u16)> {
        let place = self.map.laid.as_ref()?.coordinates.get(at)?;
        let (x, y) = dot_of(*place, cells);
        Some((x / 2, y / 4))
    }

    /// The cell of the cursor, counted from the map's corner.
    pub fn map_cursor(&self) -> Option<(u16, u16)> {
        self.cell(self.map.at, self.map_area())
    }

    /// Asks for the map when it is shown and not there.
    pub(super) fn missing_map(&mut self) -> Option<Effect> {
        if self.tab != Tab::Map || self.phase != Phase::Ready || self.map.laid.is_some() || self.map.asked.is_some() {
            return None;
        }
        let (asked, effect) = self.compute(ComputeRequest::Map);
        self.map.asked = Some(asked);
        Some(effect)
    }

    pub(super) fn take_map(&mut self, id: RequestId, map: Map) {
        if self.map.asked == Some(id) {
            self.map.asked = None;
            self.map.laid = Some(map);
            // Whoever has left the map meanwhile keeps their list of texts.
            if self.tab == Tab::Map {
                self.stand_on_map(None, self.current_cluster_in_list());
            }
        }
    }

    /// Puts the cursor on a text, or else into the middle of a cluster.
    pub(super) fn stand_on_map(&mut self, sample: Option<SampleIx>, cluster: Option<ClusterId>) {
        let Some(map) = &self.map.laid else { return };
        let own = sample.and_then(|s| map.samples.binary_search(&s).ok());
        if let Some(at) = own.or_else(|| cluster.and_then(|id| self.middle_on_map(id))) {
            self.map.at = at;
        }
        self.show_map();
    }

    /// The dot of a cluster that is nearest to the median of its dots.
    pub fn middle_on_map(&self, id: ClusterId) -> Option<usize> {
        let map = self.map.laid.as_ref()?;
        // The map is bounded, a cluster is not, and this is asked for every name at every frame.
        let own = |i: &usize| self.data.partition.cluster_of(map.samples[*i]) == Some(id);
        let dots: Vec<usize> = (0..map.samples.len()).filter(own).collect();
        let middle = [0, 1].map(|d| {
            let mut along: Vec<f32> = dots.iter().map(|&i| map.coordinates[i][d]).collect();
            along.sort_by(f32::total_cmp);
            along.get(along.len() / 2).copied().unwrap_or(0.5)
        });
        let apart = |i: usize| (0..2).map(|d| (map.coordinates[i][d] - middle[d]).powi(2)).sum::<f32>();
        dots.into_iter().min_by(|&a, &b| apart(a).total_cmp(&apart(b)))
    }

    /// Shows the texts around the cursor, the nearest first.
    pub(super) fn show_map(&mut self) {
        let cells = self.map_area();
        let near = self.near_on_map(cells);
        self.show_samples(near);
    }

    fn near_on_map(&self, cells: Area) -> Vec<SampleIx> {
        let (Some(map), Some((x, y))) = (&self.map.laid, self.cell(self.map.at, cells)) else { return Vec::new() };
        let here = dot_of(map.coordinates[self.map.at], cells);
        let mut near: Vec<(u32, usize)> = (0..map.samples.len())
            .filter(|&i| self.shown_on_map(i))
            .filter(|&i| self.cell(i, cells).is_some_and(|(cx, cy)| cx.abs_diff(x) <= NEAR && cy.abs_diff(y) <= NEAR))
            .map(|i| {
                let dot = dot_of(map.coordinates[i], cells);
                let (dx, dy) = (u32::from(dot.0.abs_diff(here.0)), u32::from(dot.1.abs_diff(here.1)));
                // The cursor's own text comes first, also among others on its dot.
                (if i == self.map.at { 0 } else { 1 + dx * dx + dy * dy }, i)
            })
            .collect();
        near.sort_unstable();
        near.into_iter().map(|(_, i)| map.samples[i]).collect()
    }

    /// Whether a dot is of the model that is shown.
    pub fn shown_on_map(&self, at: usize) -> bool {
        let source = self.map.laid.as_ref().and_then(|m| self.data.corpus.samples.get(*m.samples.get(at)? as usize));
        source.is_some_and(|s| self.members.source.is_none_or(|want| s.source == want))
    }

    /// Moves the cursor to the nearest dot of another cell in a direction, `steps` times.
    pub(super) fn move_on_map(&mut self, way: Way, steps: usize) {
        let cells = self.map_area();
        for _ in 0..steps {
            let Some(next) = self.next_on_map(way, cells) else { break };
            self.map.at = next;
        }
        self.show_map();
    }

    /// The nearest dot in a right angle around the direction; beyond it only when there is none.
    fn next_on_map(&self, way: Way, cells: Area) -> Option<usize> {
        let (x, y) = self.cell(self.map.at, cells)?;
        let map = self.map.laid.as_ref()?;
        let signed = |to: u16, from: u16| i32::from(to) - i32::from(from);
        (0..map.samples.len())
            .filter(|&i| self.shown_on_map(i))
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
    pub(super) fn end_of_map(&mut self, bottom: bool) {
        let Some(map) = &self.map.laid else { return };
        let shown = (0..map.samples.len()).filter(|&i| self.shown_on_map(i));
        let height = |i: usize| map.coordinates[i][1];
        let to = if bottom {
            shown.max_by(|&a, &b| height(a).total_cmp(&height(b)))
        } else {
            shown.min_by(|&a, &b| height(a).total_cmp(&height(b)))
        };
        if let Some(to) = to {
            self.map.at = to;
            self.show_map();
        }
    }

    /// To the dot nearest to a cell that was clicked, counted from the map's corner.
    pub(super) fn point_on_map(&mut self, x: u16, y: u16) {
        let cells = self.map_area();
        let Some(map) = &self.map.laid else { return };
        let (px, py) = (i32::from(x) * 2 + 1, i32::from(y) * 4 + 2);
        let apart = |i: usize| {
            let dot = dot_of(map.coordinates[i], cells);
            (i32::from(dot.0) - px).pow(2) + (i32::from(dot.1) - py).pow(2)
        };
        if let Some(at) = (0..map.samples.len()).filter(|&i| self.shown_on_map(i)).min_by_key(|&i| (apart(i), i)) {
            self.map.at = at;
            self.show_map();
        }
    }

    /// To the middle of the next cluster in the order of the list of clusters.
    pub(super) fn next_cluster_on_map(&mut self, forward: bool) {
        let order = &self.clusters.order;
        let now = self.current_cluster().and_then(|id| order.iter().position(|&o| o == id)).unwrap_or(0);
        let n = order.len();
        let found = (1..=n).find_map(|step| {
            let id = order[(now + if forward { step } else { n - step }) % n];
            self.middle_on_map(id).map(|at| (id, at))
        });
        if let Some((id, at)) = found {
            self.map.at = at;
            self.show_map();
            self.set_status(format!("#{id} {}", self.label(id)));
        }
    }

    pub(super) fn recolour_map(&mut self) {
        self.map.by_cluster = !self.map.by_cluster;
        self.set_status(if self.map.by_cluster {
            "Colours tell clusters apart."
        } else {
            "Colours tell models apart."
        });
    }
}
