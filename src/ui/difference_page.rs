//! About a difference, in words: how large, how sure, where, and what people noted of it.

use super::format::counted;
use super::frame::Line;
use super::painter::Pen;
use crate::app::{App, DiffRow, evidence_in_words};
use crate::compare::Finding;
use crate::model::{SourceId, Target};
use crate::text::{Clean, pad, truncate, width};

/// Columns of the name of a slice.
const NAME: usize = 30;

/// Everything known of a difference but what a language model says.
pub(super) fn difference(pen: &Pen, app: &App, target: &Target, out: &mut Vec<Line>) {
    if let Target::Finding(key) = target
        && let Some(f) = app.run.figures.hotspots.findings.iter().find(|f| f.id() == *key)
    {
        figures(pen, app, f, out);
        by_slice(pen, app, f, out);
    }
    noted(pen, app, target, out);
}

/// Rates, interval and p, and the clusters it lies in.
fn figures(pen: &Pen, app: &App, f: &Finding, out: &mut Vec<Line>) {
    let theme = pen.theme;
    if app.run.blind {
        return;
    }
    let side = |list: &[SourceId]| list.iter().map(|&s| app.run.source_name(s)).collect::<Vec<_>>().join(" + ");
    if let Some(c) = app.run.contrast() {
        let (left, right) = (side(&c.left), side(&c.right));
        out.push((
            0,
            format!("{left} → {right}: {}.", evidence_in_words(f, app.run.side_sizes()).join("; ")),
            theme.text,
        ));
    }
    if let Some(x) = f.across {
        let said = if x.holds {
            "It is significant across prompts too, so expect it for similar prompts."
        } else {
            "It may be particular to these prompts."
        };
        out.push((0, said.to_owned(), theme.text));
    }
    if let Some(w) = &f.wording {
        out.push((0, format!("{} Confounded with {w}.", theme.glyphs.wording), theme.warning));
    }
    let (homes, n) = app.run.partition.homes(&f.members);
    let place = match homes.as_slice() {
        [] => format!("Its texts are spread over {n} clusters."),
        some => {
            let named: Vec<String> = some.iter().map(|&id| format!("#{id} {}", app.run.label(id))).collect();
            format!("Most of its texts are in {}.", named.join(", and in "))
        }
    };
    out.push((0, place, theme.dim));
}

/// The rates by the field chosen, and whether the difference is the same in every slice.
fn by_slice(pen: &Pen, app: &App, f: &Finding, out: &mut Vec<Line>) {
    let theme = pen.theme;
    let findings = &app.run.figures.hotspots.findings;
    let at = findings.iter().position(|g| std::ptr::eq(f, g));
    let Some(s) = at.and_then(|i| app.differences.sliced(&DiffRow::Finding(i), &app.run)) else { return };
    out.push((0, String::new(), theme.text));
    out.push((0, format!("By {} ({}):", Clean::one_line(&s.field), s.test_in_words()), theme.text));
    let names: Vec<String> = s.slices.iter().map(|slice| truncate(&Clean::one_line(&s.name(slice)), NAME)).collect();
    let column = names.iter().map(|n| width(n)).max().unwrap_or(0);
    for (slice, name) in s.slices.iter().zip(names) {
        let (counts, sizes) = (slice.counts, slice.sizes);
        let texts = format!("{} of {} vs {} of {} texts", counts[0], sizes[0], counts[1], sizes[1]);
        out.push((2, format!("{}  {:>13}  {texts}", pad(&name, column), slice.rates_in_words()), theme.text));
    }
    if s.without > 0 {
        out.push((2, format!("{} without a value.", counted(s.without as usize, "text")), theme.dim));
    }
}

/// What people noted and judged.
fn noted(pen: &Pen, app: &App, target: &Target, out: &mut Vec<Line>) {
    let theme = pen.theme;
    let g = theme.glyphs;
    let mark = app.run.mark_of(target);
    let from = out.len();
    if let Some(why) = &mark.dismissed {
        out.push((0, format!("Dismissed: {}", Clean::one_line(why)), theme.warning));
    }
    if let Some(note) = &mark.note {
        out.push((0, format!("{} {}", g.note, Clean::one_line(note)), theme.text));
    }
    if let Some(v) = app.run.partition.verdict(target) {
        out.push((0, format!("Your verdict: {}.", v.name()), super::frame::style_of(pen, v)));
    }
    if mark.reviewed {
        out.push((0, format!("{} Reviewed.", g.reviewed), theme.good));
    }
    if out.len() == from {
        out.push((
            0,
            "Keys: d reviewed, x dismiss, c note, V verdict, F slices, L ask a language model.".into(),
            theme.dim,
        ));
    } else {
        out.insert(from, (0, String::new(), theme.text));
    }
}
