//! The map as dots: four by two a cell in braille, solid where the right model wrote most, so that models are told apart
//! without colour too.

use ratatui::style::{Modifier, Style};

use super::format::counted;
use super::painter::Pen;
use super::title_style;
use crate::app::{App, Area, Pane, Phase, dot_of, map_cells};
use crate::model::ClusterId;
use crate::text::{truncate, width};

/// Share of a cell's texts from which it counts as one model's.
const MOST: f32 = 2.0 / 3.0;
/// Columns of a cluster's name on the map.
const NAME: usize = 18;
/// Names on the map, at most.
const NAMES: usize = 24;
/// Braille bits of a cell's dots, by row and column (Unicode 15, block 2800).
const BRAILLE: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/// Blocks by which quarters are filled: upper left 1, upper right 2, lower left 4, lower right 8.
const QUARTERS: [&str; 16] = [" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"];

/// What falls into one cell.
#[derive(Clone, Default)]
struct Cell {
    /// Dots by row, left and right.
    dots: [[bool; 2]; 4],
    /// Texts of the left and right side, and of others.
    sides: [u32; 3],
    /// Of the cluster under the cursor.
    lit: bool,
    /// A cluster in it; the first that comes.
    cluster: Option<ClusterId>,
}

pub(super) fn draw(pen: &mut Pen, app: &App, pane: Area) {
    let theme = pen.theme;
    let total = app.run.corpus.len();
    let shown = app.map.laid.as_ref().map_or(0, |m| m.samples.len());
    let right = match shown {
        0 => String::new(),
        n if n < total => format!("{n} of {total} texts"),
        n => counted(n, "text"),
    };
    pen.title(pane, "Map", title_style(theme, app, Pane::List), &right);
    if shown == 0 {
        let why = match (app.run.phase, &app.map.laid) {
            (Phase::Ready, None) => "Laying out the map …",
            (Phase::Ready, Some(_)) => "No text has a place: all are blank.",
            _ => "The map is drawn when the clusters are ready.",
        };
        pen.line(pane.x + 2, pane.y + 2, pane.w.saturating_sub(2), why, theme.dim);
        return;
    }
    let area = map_cells(pane);
    let cells = fill(app, area);
    for (i, cell) in cells.iter().enumerate() {
        let (x, y) = ((i % usize::from(area.w)) as u16, (i / usize::from(area.w)) as u16);
        draw_cell(pen, app, cell, area.x + x, area.y + y);
    }
    names(pen, app, area, &cells);
    if let Some((x, y)) = app.map.cursor(app.map_area()) {
        let style = if app.focus == Pane::List { theme.cursor } else { theme.cursor_unfocused };
        pen.tint(Area { x: area.x + x, y: area.y + y, w: 1, h: 1 }, style.add_modifier(Modifier::REVERSED));
    }
    below(pen, app, pane);
}

fn fill(app: &App, area: Area) -> Vec<Cell> {
    let mut cells = vec![Cell::default(); usize::from(area.w) * usize::from(area.h)];
    let Some(map) = &app.map.laid else { return cells };
    let (ctx, current) = (app.map_ctx(), app.current_cluster());
    for (i, (&s, &place)) in map.samples.iter().zip(&map.coordinates).enumerate() {
        let (x, y) = dot_of(place, area);
        let at = usize::from(y / 4) * usize::from(area.w) + usize::from(x / 2);
        let (Some(cell), Some(sample)) = (cells.get_mut(at), app.run.corpus.samples.get(s as usize)) else { continue };
        if !app.map.shows(i, &ctx) {
            continue;
        }
        let cluster = app.run.partition.cluster_of(s);
        cell.dots[usize::from(y % 4)][usize::from(x % 2)] = true;
        cell.sides[app.run.contrast().and_then(|c| c.side(sample.source)).unwrap_or(2)] += 1;
        cell.lit |= cluster.is_some() && cluster == current;
        cell.cluster = cell.cluster.or(cluster);
    }
    cells
}

fn draw_cell(pen: &mut Pen, app: &App, cell: &Cell, x: u16, y: u16) {
    let theme = pen.theme;
    let n: u32 = cell.sides.iter().sum();
    if n == 0 {
        return;
    }
    let most = (0..2).find(|&side| !app.run.blind && cell.sides[side] as f32 >= MOST * n as f32);
    let style = match (app.map.by_cluster, cell.cluster) {
        (true, Some(id)) => theme.cluster(id.0 as usize),
        _ => most.map_or(theme.dim, |side| theme.side(Some(side))),
    };
    let style = if cell.lit { style.patch(theme.lit_place) } else { style };
    let solid = most == Some(1);
    if theme.glyphs.ascii {
        pen.line(x, y, 1, most.map_or("+", |side| theme.glyphs.sides[side]), style);
        return;
    }
    if solid {
        let quarter = |top: usize, left: usize| cell.dots[top][left] || cell.dots[top + 1][left];
        let which = usize::from(quarter(0, 0))
            + 2 * usize::from(quarter(0, 1))
            + 4 * usize::from(quarter(2, 0))
            + 8 * usize::from(quarter(2, 1));
        pen.line(x, y, 1, QUARTERS[which], style);
        return;
    }
    let bits: u32 = (0..4)
        .flat_map(|r| (0..2).map(move |c| (r, c)))
        .filter(|&(r, c)| cell.dots[r][c])
        .map(|(r, c)| BRAILLE[r][c])
        .sum();
    let sign = char::from_u32(0x2800 + bits).unwrap_or(' ').to_string();
    pen.line(x, y, 1, &sign, style);
}

/// Names of the largest clusters where their middle lies, as far as they do not cover each other; of the cluster under the
/// cursor first.
fn names(pen: &mut Pen, app: &App, area: Area, cells: &[Cell]) {
    let theme = pen.theme;
    let current = app.current_cluster();
    let mut ids: Vec<ClusterId> = app.run.partition.clusters().map(|c| c.id).collect();
    ids.sort_by_key(|&id| (Some(id) != current, std::cmp::Reverse(app.run.partition.size(id)), id));
    let mut taken: Vec<Area> = app
        .map
        .cursor(app.map_area())
        .map(|(x, y)| Area { x: x.saturating_sub(1), y, w: 3, h: 1 })
        .into_iter()
        .collect();
    for id in ids.into_iter().take(NAMES) {
        let Some(map) = &app.map.laid else { return };
        let Some(at) = app.map.middle_of(id, &app.run) else { continue };
        let (x, y) = dot_of(map.coordinates[at], area);
        let name = truncate(&app.run.label(id), NAME.min(usize::from(area.w) / 3));
        let name = format!("#{id} {name}");
        let w = width(&name) as u16;
        let left = (x / 2).saturating_sub(w / 2).min(area.w.saturating_sub(w));
        // Beside its middle, so that the middle stays in sight.
        let spot = [y / 4 + 1, (y / 4).wrapping_sub(1), y / 4 + 2]
            .into_iter()
            .filter(|&row| row < area.h)
            .map(|row| Area { x: left, y: row, w, h: 1 })
            .find(|spot| taken.iter().all(|t| t.y != spot.y || t.x > spot.x + spot.w || spot.x > t.x + t.w));
        let Some(spot) = spot else { continue };
        // A name hides dots; where it would hide many it is left out, unless it is the one asked for.
        let row = usize::from(spot.y) * usize::from(area.w);
        let hidden = (spot.x..spot.x + w).filter(|&x| cells[row + usize::from(x)].sides.iter().any(|n| *n > 0)).count();
        if Some(id) != current && hidden > usize::from(w) / 2 {
            continue;
        }
        let style: Style = if Some(id) == current { theme.strong } else { theme.dim };
        pen.line(area.x + spot.x, area.y + spot.y, w, &name, style);
        taken.push(spot);
    }
}

/// What the signs mean, and what lies under the cursor.
fn below(pen: &mut Pen, app: &App, pane: Area) {
    let theme = pen.theme;
    let y = pane.y + pane.h - 2;
    let mut near = [0usize; 3];
    for &s in &app.members.all {
        let source = app.run.corpus.samples[s as usize].source;
        near[app.run.contrast().and_then(|c| c.side(source)).unwrap_or(2)] += 1;
    }
    let signs = if theme.glyphs.ascii { theme.glyphs.sides } else { ["⠶", "█"] };
    if let Some(id) = app.current_cluster() {
        let title = format!("#{id} {}", app.run.label(id));
        let x = pen.line(pane.x + 1, y, pane.w.saturating_sub(1), &title, theme.strong);
        if let Some(why) = app.run.not_tested(id).filter(|_| !app.run.blind) {
            pen.line(x, y, (pane.x + pane.w).saturating_sub(x), &format!("  {why}"), theme.warning);
        }
    }
    let n = app.members.all.len();
    let here = format!("{} here: ", counted(n, "text"));
    let mut x = pen.line(pane.x + 1, y + 1, pane.w.saturating_sub(1), &here, theme.dim);
    let Some(contrast) = app.run.contrast().filter(|_| !app.run.blind) else { return };
    for (side, list) in [&contrast.left, &contrast.right].into_iter().enumerate() {
        let who = list.iter().map(|&s| app.run.source_name(s)).collect::<Vec<_>>().join(" + ");
        let said = format!("{} {who}  ", near[side]);
        let room = (pane.x + pane.w).saturating_sub(x);
        x = pen.pieces(
            x,
            y + 1,
            room,
            &[(signs[side], theme.side(Some(side))), (" ", theme.text), (&said, theme.text)],
        );
    }
}
