//! The merge wizard: one pair of clusters with what speaks for and against their being one.

use super::overlays::frame;
use super::pen::Pen;
use crate::app::App;
use crate::model::ClusterId;
use crate::text::truncate;

pub(super) fn draw(pen: &mut Pen, app: &App) {
    let theme = pen.theme;
    let candidates = app.merge_candidates();
    let Some((a, b, alike)) = app.next_merge() else { return };
    let hint = "Enter merges   n not now   x never   Esc close";
    let inner = frame(pen, app, &format!("Are these one? ({} pairs)", candidates.len()), hint, 100, 18);
    let terms = |id: ClusterId| app.figures_of(id).map(|f| f.terms.clone()).unwrap_or_default();
    let shared: Vec<String> = terms(a).into_iter().filter(|t| terms(b).contains(t)).collect();
    let mut y = inner.y;
    let mut line = |pen: &mut Pen, indent: u16, text: &str, style| {
        if y < inner.y + inner.h {
            pen.line(inner.x + indent, y, inner.w.saturating_sub(indent), text, style);
            y += 1;
        }
    };
    for id in [a, b] {
        let [left, right] = app.sides(id);
        let shares = if app.blind || app.contrast().is_none() { String::new() } else { format!(", {left} : {right}") };
        line(pen, 0, &format!("#{id} {}", app.label(id)), theme.strong);
        line(pen, 2, &format!("{} texts{shares}", app.data.partition.size(id)), theme.dim);
        for &s in app.figures_of(id).map_or(&[][..], |f| &f.exemplars).iter().take(3) {
            let head = app.data.heads.get(s as usize).map_or("", String::as_str);
            line(pen, 2, &truncate(head, usize::from(inner.w.saturating_sub(2))), theme.text);
        }
        line(pen, 0, "", theme.text);
    }
    let both = if shared.is_empty() { "no term in common".to_owned() } else { format!("both: {}", shared.join(", ")) };
    line(pen, 0, &format!("{alike:.2} alike (cosine of their means); {both}"), theme.text);
    if !app.blind && app.contrast().is_some() {
        let ([al, ar], [bl, br]) = (app.sides(a), app.sides(b));
        line(pen, 0, &format!("together {} : {}", al + bl, ar + br), theme.text);
    }
}
