//! The table of how much each pair of models differs.

use ratatui::style::Style;

use super::format::counted;
use super::frame::frame;
use super::painter::Pen;
use crate::analysis::{PairFigures, corrected_for_pairs};
use crate::app::{App, PairsPage};
use crate::compare::ALPHA;
use crate::model::{Contrast, SourceId};
use crate::text::{pad, small, truncate, whole_fields, width};

/// Columns of the box, at most.
const WIDTH: u16 = 100;
/// Columns of a pair.
const CELL: usize = 12;
/// Columns of a model's name, at most.
const NAME: usize = 20;
/// Rows of the box besides those of the table.
const BESIDES: usize = 8;

pub(super) fn draw(pen: &mut Pen, app: &App, page: &PairsPage) {
    let theme = pen.theme;
    let models = app.run.corpus.sources.len();
    let name = |s: usize| app.run.source_name(SourceId(s as u16));
    let row_name = |r: usize| if r + 1 < models { name(r + 1) } else { "all others".to_owned() };
    let column_name = |c: usize| if c + 1 < models { name(c) } else { "the others".to_owned() };
    let height = (page.grid.len() + BESIDES) as u16;
    let hint = "h j k l move   Enter compares   Esc close";
    let inner = frame(pen, app, "How much each pair of models differs", hint, WIDTH, height);
    let names = (0..page.grid.len()).map(|r| width(&row_name(r))).max().unwrap_or(0).min(NAME);
    let columns = page.grid.first().map_or(0, Vec::len);
    let seen_columns = (usize::from(inner.w).saturating_sub(names + 2) / CELL).clamp(1, columns.max(1));
    let seen_rows = usize::from(inner.h).saturating_sub(BESIDES - 2).clamp(1, page.grid.len().max(1));
    let first = |at: usize, seen: usize| (at + 1).saturating_sub(seen);
    let (left, top) = (first(page.at.1, seen_columns), first(page.at.0, seen_rows));
    let corrected = corrected(app, page);

    let mut y = inner.y;
    pen.line(inner.x, y, inner.w, &format!("{}  compared with", pad("", names)), theme.dim);
    y += 1;
    let mut x = inner.x + names as u16 + 2;
    for c in left..(left + seen_columns).min(columns) {
        pen.line(x, y, CELL as u16, &truncate(&column_name(c), CELL - 2), theme.dim);
        x += CELL as u16;
    }
    for (r, cells) in page.grid.iter().enumerate().skip(top).take(seen_rows) {
        y += 1;
        pen.line(inner.x, y, names as u16, &truncate(&row_name(r), names), theme.text);
        let mut x = inner.x + names as u16 + 2;
        for (c, cell) in cells.iter().enumerate().skip(left).take(seen_columns) {
            let (text, style) = cell.as_ref().map_or((String::new(), theme.dim), |cell| match known(app, cell) {
                Some((at, pair)) if corrected[at] < ALPHA => (figures(pair), theme.strong),
                Some((_, pair)) => (figures(pair), theme.dim),
                None => (theme.glyphs.ellipsis.to_owned(), theme.dim),
            });
            let style = if page.at == (r, c) { style.patch(theme.cursor) } else { style };
            pen.line(x, y, CELL as u16 - 1, &pad(&text, CELL - 2), style);
            x += CELL as u16;
        }
    }
    y += 2;
    for (fields, style) in below(pen, app, page, &corrected) {
        pen.line(inner.x, y, inner.w, &whole_fields(&fields, " ", usize::from(inner.w)), style);
        y += 1;
    }
}

/// The p of each known pair, corrected for all of the table.
fn corrected(app: &App, page: &PairsPage) -> Vec<f64> {
    corrected_for_pairs(&app.pairs, page.grid.iter().flatten().flatten().count())
}

fn known<'a>(app: &'a App, contrast: &Contrast) -> Option<(usize, &'a PairFigures)> {
    app.pairs.iter().enumerate().find(|(_, p)| p.contrast == *contrast)
}

fn figures(pair: &PairFigures) -> String {
    let auc = pair.auc.map_or_else(|| " -  ".to_owned(), |auc| format!("{auc:.2}"));
    format!("{auc} {:>4}", pair.differences)
}

/// What is under the cursor, and what the signs mean.
fn below(pen: &Pen, app: &App, page: &PairsPage, corrected: &[f64]) -> Vec<(Vec<String>, Style)> {
    let theme = pen.theme;
    let all = page.grid.iter().flatten().flatten().count();
    let mut out = Vec::new();
    if let Some(chosen) = page.chosen() {
        let names = |list: &[SourceId]| match list {
            [one] => app.run.source_name(*one),
            many => format!("{} others", many.len()),
        };
        let who = format!("{} against {}", names(&chosen.right), names(&chosen.left));
        let fields = match known(app, chosen) {
            None => vec![format!("{who}: not compared yet.")],
            Some((_, pair)) if pair.differences == 0 => vec![format!("{who}: no difference found.")],
            Some((at, pair)) => vec![
                format!("{who}: {}.", counted(pair.differences, "difference")),
                format!("p {} (over all {all}: {}).", small(pair.p), small(corrected[at])),
            ],
        };
        out.push((fields, theme.text));
    }
    let done = app.pairs.len().min(all);
    let legend = "AUC (chance: 0.5) and differences; bold: significant over all pairs.";
    out.push((vec![legend.to_owned()], theme.dim));
    if done < all {
        out.push((vec![format!("Compared: {done} of {all}.")], theme.dim));
    }
    out
}
