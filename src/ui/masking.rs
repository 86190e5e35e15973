//! The box that says which differences are left without the wording.

use ratatui::style::Style;

use super::format::counted;
use super::frame::frame;
use super::painter::Pen;
use crate::analysis::{MaskingReport, Stage};
use crate::app::{App, MaskingPage};
use crate::text::{Clean, pad, small, truncate, width, wrap};

/// Columns of the box, at most.
const WIDTH: u16 = 100;
/// Columns of what became of a difference.
const FATE: usize = 10;
/// Columns of a p.
const P: usize = 10;

pub(super) fn draw(pen: &mut Pen, app: &App, page: &MaskingPage) {
    let theme = pen.theme;
    let title = format!("Differences without the wording: {}", page.taken.describe());
    let Some(left) = page.left.as_deref() else {
        let inner = frame(pen, app, &title, "Tab the other way   Esc stops it", WIDTH, 5);
        let doing = match page.moved {
            Some((Stage::Embedding, done, total)) => format!("Reading the texts again: {done} of {total}"),
            Some((Stage::Sentences, ..)) => "Reading the sentences again …".into(),
            Some((Stage::Clustering, ..)) => "Clustering again …".into(),
            Some((Stage::Comparing, ..)) => "Comparing again …".into(),
            None => "Taking the wording out …".into(),
        };
        pen.line(inner.x, inner.y + 1, inner.w, &doing, theme.dim);
        return;
    };
    let columns = usize::from(WIDTH.min(app.size.0.saturating_sub(2)).saturating_sub(4));
    let rows = rows(pen, left, columns);
    let head = Clean::one_line(&left.head());
    let head: Vec<&str> = wrap(&head, columns).into_iter().map(|r| head[r].trim_end()).collect();
    let height = (head.len() + 4 + rows.len() + 2).min(usize::from(app.size.1.saturating_sub(2))) as u16;
    let inner = frame(pen, app, &title, "j k scroll   Tab the other way   Esc close", WIDTH, height);
    let end = inner.y + inner.h;
    let mut y = inner.y;
    let held = format!("{} hold some of it.", counted(left.changed, "text"));
    let top = head.into_iter().map(|l| (l, theme.text)).chain([(held.as_str(), theme.dim), ("", theme.text)]);
    let count = left.count();
    for (line, style) in top.chain([(count.as_str(), theme.strong)]) {
        if y < end {
            pen.line(inner.x, y, inner.w, line, style);
            y += 1;
        }
    }
    for pieces in rows.iter().skip(page.scroll.0).take(usize::from(end.saturating_sub(y))) {
        let borrowed: Vec<(&str, Style)> = pieces.iter().map(|(t, s)| (t.as_str(), *s)).collect();
        pen.pieces(inner.x, y, inner.w, &borrowed);
        y += 1;
    }
}

/// A row for each difference before, and each that is seen only after.
fn rows(pen: &Pen, left: &MaskingReport, columns: usize) -> Vec<Vec<(String, Style)>> {
    let theme = pen.theme;
    let title = |s: &str, room: usize| truncate(&Clean::one_line(s), room);
    let mut out = Vec::new();
    for f in &left.before {
        let (fate, style) = match f.after {
            Some(_) => ("survives", theme.good),
            None => ("gone", theme.dim),
        };
        let branch = if f.follows { format!("{} ", theme.glyphs.branch) } else { String::new() };
        let after = f.after.map_or_else(String::new, |p| format!("→ {}", small(p)));
        let figures = format!("p {} {}", pad(&small(f.p), P - 2), pad(&after, P));
        let remark = if f.wording { " (wording)" } else { "" };
        let room = columns.saturating_sub(FATE + width(&figures) + 1 + width(remark));
        out.push(vec![
            (pad(fate, FATE), style),
            (figures + " ", theme.dim),
            (title(&format!("{branch}{}", f.title), room), if f.after.is_some() { theme.strong } else { theme.text }),
            (remark.to_owned(), theme.dim),
        ]);
    }
    if !left.new.is_empty() {
        out.push(vec![("Seen only without it:".to_owned(), theme.dim)]);
    }
    for (name, p) in &left.new {
        let figures = pad(&format!("p {}", small(*p)), P + P + 1);
        let room = columns.saturating_sub(FATE + width(&figures) + 1);
        out.push(vec![
            (pad("new", FATE), theme.warning),
            (figures + " ", theme.dim),
            (title(name, room), theme.strong),
        ]);
    }
    out
}
