//! The preview of a merge, and the merge wizard: one pair of clusters with what speaks for and against their being one.

use super::frame::Line;
use super::frame::frame;
use super::painter::Pen;
use crate::app::{App, Area};
use crate::model::ClusterId;
use crate::text::truncate;

/// Typical texts shown of each cluster, at most.
const TYPICAL: usize = 3;

pub(super) fn draw(pen: &mut Pen, app: &App) {
    let theme = pen.theme;
    let candidates = app.run.merge_candidates();
    let Some((a, b, alike)) = app.next_merge() else { return };
    let hint = "Enter merges   n not now   x never   Esc close";
    let inner = frame(pen, app, &format!("Are these one? ({} pairs)", candidates.len()), hint, 100, 18);
    let terms = |id: ClusterId| app.run.figures_of(id).map(|f| f.terms.clone()).unwrap_or_default();
    let shared: Vec<String> = terms(a).into_iter().filter(|t| terms(b).contains(t)).collect();
    let mut lines = Vec::new();
    [a, b].into_iter().for_each(|id| about(pen, app, id, TYPICAL, &mut lines));
    let both = if shared.is_empty() { "no term in common".to_owned() } else { format!("both: {}", shared.join(", ")) };
    lines.push((0, format!("{alike:.2} alike (cosine of their means); {both}"), theme.text));
    lines.extend(together(app, &[a, b]).map(|said| (0, format!("together {said}"), theme.text)));
    write(pen, inner, &lines);
}

/// Clusters that are marked to be merged, and what would come of it.
pub(super) fn preview(pen: &mut Pen, app: &App, clusters: &[ClusterId]) {
    let theme = pen.theme;
    let p = &app.run.partition;
    let mut last: Vec<Line> = Vec::new();
    // The largest keeps its number; of equals, the one that came first.
    let keeps = clusters.iter().copied().max_by_key(|&id| (p.size(id), std::cmp::Reverse(id)));
    let size: usize = clusters.iter().map(|&id| p.size(id)).sum();
    if let Some(id) = keeps {
        let sides = together(app, clusters).map_or_else(String::new, |said| format!(" ({said})"));
        last.push((0, format!("Together: {size} texts{sides}, as #{id} {}.", app.run.label(id)), theme.strong));
    }
    if !app.run.blind && app.run.contrast().is_some() {
        let said = "Merged with the names in view, it has no test (post hoc); b hides them first.";
        last.push((0, said.to_owned(), theme.dim));
    }
    let rows = usize::from(app.size.1).saturating_sub(4 + last.len());
    // As many typical texts of each as there is room for.
    let typical = (rows / clusters.len().max(1)).saturating_sub(3).min(TYPICAL);
    let mut lines = Vec::new();
    clusters.iter().for_each(|&id| about(pen, app, id, typical, &mut lines));
    let shown = lines.len().min(rows);
    if shown < lines.len() {
        lines.truncate(rows.saturating_sub(1));
        lines.push((0, "and more".into(), theme.dim));
    }
    lines.extend(last);
    let title = format!("Merge {} clusters", clusters.len());
    let inner = frame(pen, app, &title, "Enter merges   Esc leave", 100, (lines.len() + 2) as u16);
    write(pen, inner, &lines);
}

/// A cluster with its size and some of its most typical texts.
fn about(pen: &Pen, app: &App, id: ClusterId, typical: usize, out: &mut Vec<Line>) {
    let theme = pen.theme;
    let shares = together(app, &[id]).map_or_else(String::new, |said| format!(", {said}"));
    out.push((0, format!("#{id} {}", app.run.label(id)), theme.strong));
    out.push((2, format!("{} texts{shares}", app.run.partition.size(id)), theme.dim));
    for &s in app.run.figures_of(id).map_or(&[][..], |f| &f.exemplars).iter().take(typical) {
        out.push((2, app.run.heads.get(s as usize).cloned().unwrap_or_default(), theme.text));
    }
    out.push((0, String::new(), theme.text));
}

/// Texts of the two sides in some clusters; `None` where they are hidden, or nothing is compared.
fn together(app: &App, clusters: &[ClusterId]) -> Option<String> {
    app.run.contrast().filter(|_| !app.run.blind)?;
    let sides = clusters.iter().map(|&id| app.run.sides(id)).fold([0, 0], |a, b| [a[0] + b[0], a[1] + b[1]]);
    Some(format!("{} : {}", sides[0], sides[1]))
}

fn write(pen: &mut Pen, inner: Area, lines: &[Line]) {
    for (y, (indent, text, style)) in (inner.y..inner.y + inner.h).zip(lines) {
        let (indent, room) = (*indent as u16, inner.w.saturating_sub(*indent as u16));
        pen.line(inner.x + indent, y, room, &truncate(text, usize::from(room)), *style);
    }
}
