//! The list of clusters.

use super::format::counted;
use super::overlays;
use super::painter::Pen;
use super::title_style;
use crate::app::{App, Area, ClusterSort, Pane, Phase};
use crate::compare::Trend;
use crate::diagnostics::{Issue, Trust};
use crate::model::{Cluster, ClusterId, View};
use crate::text::pad;

/// Cells of the bar of shares.
const BAR: usize = 8;

pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let n = app.clusters.order.len();
    let title = match n {
        _ if app.run.phase != Phase::Ready => "Texts".to_owned(),
        0 | 1 => counted(n, "cluster"),
        _ => format!("{} of {n} clusters", app.clusters.cursor + 1),
    };
    let title = if app.view == View::Behaviour { format!("{title} of behaviour") } else { title };
    let sort = match app.clusters.sort {
        // With one model there is no difference to sort by.
        ClusterSort::Difference if app.run.contrast().is_none() => ClusterSort::Size,
        sort => sort,
    };
    let mut right = if n > 1 { format!("by {}", sort.name()) } else { String::new() };
    if app.clusters.reversed {
        right.push_str(", reversed");
    }
    if !app.clusters.filter.is_empty() {
        right = format!("label: {}", crate::text::Clean::from_untrusted(&app.clusters.filter).as_str());
    }
    pen.title(area, &title, title_style(theme, app, Pane::List), &right);
    let compared = app.run.contrast().is_some() && !app.run.blind;
    let heads = if compared {
        let state = if app.run.tests_may_change() { theme.glyphs.recomputing } else { " " };
        format!("  {:>1$} texts {2} q {state} topic    label", "#", digits(app), pad("shares", BAR))
    } else {
        format!("  {:>1$} texts topic    label", "#", digits(app))
    };
    pen.line(area.x, area.y + 1, area.w, &heads, theme.dim);
    if n == 0 {
        let why = if app.clusters.filter.is_empty() {
            "No clusters yet."
        } else {
            "No label has these letters in this order; Esc ends the search."
        };
        pen.line(area.x + 2, area.y + 3, area.w.saturating_sub(2), why, theme.dim);
        return;
    }
    let rows = area.rows().saturating_sub(1);
    for (i, &id) in app.clusters.order.iter().enumerate().skip(app.clusters.top).take(rows) {
        let y = area.y + 2 + (i - app.clusters.top) as u16;
        row(pen, app, area, y, id, compared);
        if i == app.clusters.cursor {
            let style = if app.focus == Pane::List { theme.cursor } else { theme.cursor_unfocused };
            // Up to the bar: the bar keeps its colours, and two rows fewer are written at every step.
            let w = (digits(app) + 8) as u16;
            pen.tint(Area { y, h: 1, w: w.min(area.w), ..area }, style);
        }
    }
}

/// Columns of a cluster's number.
fn digits(app: &App) -> usize {
    app.run.partition.clusters().last().map_or(3, |c| c.id.0.to_string().len().max(3))
}

fn row(pen: &mut Pen, app: &App, area: Area, y: u16, id: ClusterId, compared: bool) {
    let theme = pen.theme;
    let g = theme.glyphs;
    let Some(c) = app.run.partition.get(id) else { return };
    let current = app.clusters.order.get(app.clusters.cursor) == Some(&id);
    let mark = if app.clusters.marks.contains(&id) { g.mark } else { " " };
    let pointer = if current { g.cursor } else { " " };
    let size = app.run.partition.size(id);
    let digits = digits(app);
    let end = area.x + area.w;
    let mut x = pen.pieces(
        area.x,
        y,
        area.w,
        &[
            (pointer, theme.key),
            (mark, theme.warning),
            (&format!("{:>digits$} ", id.0), theme.dim),
            (&format!("{size:>5} "), theme.text),
        ],
    );
    let old = app.run.figures_stale;
    let figures = app.run.figures_of(id);
    if compared {
        x = bar(pen, app, x, y, id);
        let (stars, style) = match figures.and_then(|f| f.q) {
            _ if app.run.not_tested(id).is_some() => ("n/t", theme.dim),
            Some(q) if q < 0.001 => ("***", theme.strong),
            Some(q) if q < 0.01 => ("** ", theme.strong),
            Some(q) if q < 0.05 => ("*  ", theme.text),
            Some(_) => ("·  ", theme.dim),
            None if app.run.tests_may_change() => (g.recomputing, theme.dim),
            None => ("   ", theme.dim),
        };
        // The old ones stay until the new ones are there: no star would read as no difference.
        let style = if app.run.tests_may_change() { theme.dim } else { style };
        x = pen.pieces(x, y, end - x, &[(" ", theme.text), (&pad(stars, 3), style), (" ", theme.text)]);
    }
    let fit = app.run.trust_of(id).and_then(|t| t.fit);
    let contradicted = app.run.trust_of(id).is_some_and(Trust::label_is_contradicted);
    let (shown, style) = match fit {
        Some(f) if old => (format!("{:.2}", f.auc), theme.dim),
        Some(_) if contradicted => ("opp.".to_owned(), theme.warning),
        Some(f) if f.is_low() => (format!("{:.2}", f.auc), theme.warning),
        Some(f) => (format!("{:.2}", f.auc), theme.text),
        None if app.run.is_unjudged(id) => (format!("  {} ", g.recomputing), theme.dim),
        None => ("  – ".to_owned(), theme.dim),
    };
    x = pen.pieces(x, y, end.saturating_sub(x), &[(&shown, style), (" ", theme.text)]);
    x = badges(pen, app, x, y, c, size);
    let label = app.run.label(id);
    let style = if c.label.is_some() { theme.strong } else { theme.text };
    if x < end {
        overlays::found_letters(pen, (x, y, end - x), &label, &app.clusters.filter, style);
    }
}

/// Two-sided bar of the base-rate corrected shares.
fn bar(pen: &mut Pen, app: &App, x: u16, y: u16, id: ClusterId) -> u16 {
    let theme = pen.theme;
    let g = theme.glyphs;
    if let Some(trend) = app.run.figures_of(id).and_then(|f| f.trend.as_ref()) {
        return strip(pen, x, y, trend, app.run.figures_stale);
    }
    let sides = app.run.sides(id);
    let Some(contrast) = app.run.contrast() else { return x };
    let total = |list: &[crate::model::SourceId]| -> f64 {
        list.iter().filter_map(|s| app.run.corpus.sources.get(s.ix())).map(|s| s.samples as f64).sum()
    };
    let rate = |n: u32, of: f64| if of > 0.0 { f64::from(n) / of } else { 0.0 };
    let (l, r) = (rate(sides[0], total(&contrast.left)), rate(sides[1], total(&contrast.right)));
    if l + r <= 0.0 {
        return pen.line(x, y, BAR as u16, &" ".repeat(BAR), theme.dim);
    }
    let mut left = (l / (l + r) * BAR as f64).round() as usize;
    // Some is never drawn as none.
    if sides[0] > 0 && left == 0 {
        left = 1;
    }
    if sides[1] > 0 && left == BAR {
        left = BAR - 1;
    }
    pen.pieces(
        x,
        y,
        BAR as u16,
        &[(&g.sides[0].repeat(left), theme.left), (&g.sides[1].repeat(BAR - left), theme.right)],
    )
}

/// The share over the rounds, each round a column as high as its share of the highest; coloured where the trend holds.
fn strip(pen: &mut Pen, x: u16, y: u16, trend: &Trend, old: bool) -> u16 {
    let theme = pen.theme;
    let steps = theme.glyphs.heat;
    let most = trend.rate.iter().copied().fold(0.0, f64::max).max(1e-12);
    let cells: String = trend
        .rate
        .iter()
        .take(BAR)
        .map(|r| steps[((r / most * (steps.len() - 1) as f64).round() as usize).min(steps.len() - 1)])
        .collect();
    let style = match (trend.holds() && !old, trend.z > 0.0) {
        (true, true) => theme.right,
        (true, false) => theme.left,
        _ => theme.dim,
    };
    pen.line(x, y, BAR as u16, &pad(&cells, BAR), style)
}

fn badges(pen: &mut Pen, app: &App, x: u16, y: u16, c: &Cluster, size: usize) -> u16 {
    let theme = pen.theme;
    let g = theme.glyphs;
    let mut list: Vec<(&str, ratatui::style::Style)> = Vec::new();
    if c.flag.is_some() {
        list.push((g.flagged, theme.error));
    }
    let why = app.run.why_impure(c);
    let has = |w: Issue| why.contains(&w);
    if app.run.is_unjudged(c.id) {
        // No sign would read as nothing found.
        list.push((g.recomputing, theme.dim));
    } else if has(Issue::Opposition) {
        list.push((g.opposed, theme.warning));
    } else if has(Issue::Phrasing) {
        list.push((g.wording, theme.warning));
    } else if c.flag.is_none() && !why.is_empty() {
        list.push((g.impure, theme.dim));
    }
    if !app.run.blind && app.run.figures_of(c.id).and_then(|f| f.shift).is_some_and(|s| s.is_marked()) {
        list.push((g.shift, theme.warning));
    }
    if c.is_stale(size) {
        list.push((g.stale, theme.warning));
    }
    if c.note.is_some() {
        list.push((g.note, theme.dim));
    }
    if app.proposal(c.id).is_some() {
        list.push((g.proposal, theme.key));
    }
    if c.reviewed {
        list.push((g.reviewed, theme.good));
    }
    list.truncate(3);
    let used = list.len();
    let mut x = x;
    for (sign, style) in list {
        x = pen.line(x, y, 1, sign, style);
    }
    pen.line(x, y, (4 - used) as u16, &" ".repeat(4 - used), theme.text)
}
