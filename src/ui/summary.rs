//! About the cluster under the cursor, in words, beside the list: how much, how sure, and what to look at. One
//! key later the same place shows a text in full.

use super::ask::opinions;
use super::evidence;
use super::format::{counted, odds_with_interval};
use super::frame::Line;
use super::painter::Pen;
use crate::app::{App, Area};
use crate::compare::ALPHA;
use crate::diagnostics::{Issue, Opposition, Trust};
use crate::model::{ClusterId, SourceId, Target};
use crate::text::{Clean, pad, small, truncate, width, wrap};

/// Nearest clusters shown.
const NEAREST: usize = 3;
/// Columns of a source's name.
const NAME: usize = 24;

pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let current = app.current_cluster();
    let state = match current {
        _ if app.run.figures_stale => "from before the last edit",
        _ if app.run.figures.coming.comparison => "the models are being compared",
        Some(id) if app.run.is_unjudged(id) => "being judged",
        _ if app.run.tests_may_change() => "q may still change",
        _ => "",
    };
    let sign = if state.is_empty() { "" } else { theme.glyphs.recomputing };
    pen.title(area, "About this cluster", theme.title, format!("{sign} {state}").trim());
    let Some(id) = current else { return };
    let inner = Area { x: area.x + 1, y: area.y + 1, w: area.w.saturating_sub(2), h: area.h.saturating_sub(1) };
    let columns = usize::from(inner.w);
    // What every cluster has comes first, so that it keeps its place from one to the next.
    let mut lines = Vec::new();
    how_much(pen, app, id, &mut lines);
    how_sure(pen, app, id, &mut lines);
    let trust = app.run.trust_of(id);
    let mut counts = Vec::new();
    if app.run.figures_of(id).is_some() {
        named(pen, app, id, trust, columns, &mut lines);
    }
    if let Some(around) = app.run.surroundings_of(id) {
        counts = nearest(pen, app, around, columns, &mut lines);
    }
    to_look_at(pen, app, id, trust, &mut lines);
    opinions(pen, app, &Target::Cluster(id), &mut lines);
    let mut y = inner.y;
    for (line, (indent, text, style)) in lines.iter().enumerate() {
        let style = if app.run.figures_stale { style.patch(theme.dim) } else { *style };
        for range in wrap(text, columns.saturating_sub(*indent).max(10)) {
            if y >= inner.y + inner.h {
                return;
            }
            pen.line(inner.x + *indent as u16, y, inner.w, text[range].trim_end(), style);
            if let Some((_, sides)) = counts.iter().find(|c| c.0 == line) {
                let mut end = inner.w;
                for (side, count) in sides.iter().enumerate().rev() {
                    let style = if app.run.figures_stale { theme.dim } else { theme.side(Some(side)) };
                    pen.right(inner.x, y, end, count, style);
                    end = end.saturating_sub(width(count) as u16 + 2);
                }
            }
            y += 1;
        }
    }
}

/// The share of each source's texts that lies here.
fn how_much(pen: &Pen, app: &App, id: ClusterId, out: &mut Vec<Line>) {
    let Some(contrast) = app.run.contrast().filter(|_| !app.run.blind) else { return };
    let theme = pen.theme;
    let sides = app.run.sides(id);
    let sources = &app.run.corpus.sources;
    let names = [&contrast.left, &contrast.right].map(|list| match list.as_slice() {
        [one] => app.run.source_name(*one),
        many => format!("{} models", many.len()),
    });
    let column = names.iter().map(|n| width(n)).max().unwrap_or(0).min(NAME);
    for (side, list) in [&contrast.left, &contrast.right].into_iter().enumerate() {
        let of: usize = list.iter().filter_map(|s| sources.get(s.ix())).map(|s| s.samples).sum();
        let share = 100.0 * f64::from(sides[side]) / of.max(1) as f64;
        let text = format!(
            "{} {} {:>6} of {of}  {share:>5.1} %",
            theme.glyphs.sides[side],
            pad(&truncate(&names[side], column), column),
            sides[side]
        );
        out.push((0, text, theme.side(Some(side))));
    }
}

/// Odds ratio, interval, certainty; and the trend over rounds.
fn how_sure(pen: &Pen, app: &App, id: ClusterId, out: &mut Vec<Line>) {
    let theme = pen.theme;
    // A cluster of everything has no odds.
    let whole = app.run.partition.size(id) == app.run.corpus.len();
    let Some(f) = app.run.figures_of(id).filter(|_| !app.run.blind && !whole) else { return };
    if let Some(why) = app.run.not_tested(id) {
        out.push((0, crate::text::sentence(why), theme.warning));
    } else if let (Some(o), Some(q)) = (f.odds, f.q) {
        let more = usize::from(o.value > 0.0);
        let share = |side: usize| 100.0 * f64::from(f.sides[side]) / app.run.side_sizes()[side].max(1) as f64;
        let rates = format!("{:.1} % vs {:.1} %", share(more), share(1 - more));
        let (verdict, style) = if q < ALPHA {
            (format!("More in {}", names_of(app, more)), theme.strong)
        } else {
            ("No significant difference".to_owned(), theme.dim)
        };
        let style = if app.run.tests_may_change() { theme.dim } else { style };
        out.push((0, format!("{verdict}: {rates} ({}), q {}.", odds_with_interval(&o, f.test), small(q)), style));
    }
    evidence::trend(pen, app, id, out);
    if !out.is_empty() {
        out.push((0, String::new(), theme.text));
    }
}

/// The models of a side.
fn names_of(app: &App, side: usize) -> String {
    let list = app.run.contrast().map(|c| if side == 1 { &c.right } else { &c.left });
    let names: Vec<String> = list.into_iter().flatten().map(|s: &SourceId| app.run.source_name(*s)).collect();
    names.join(" + ")
}

/// How well the label matches, whether the texts say what it says, and the words that only this cluster has.
fn named(pen: &Pen, app: &App, id: ClusterId, trust: Option<&Trust>, columns: usize, out: &mut Vec<Line>) {
    let theme = pen.theme;
    match trust.map(|t| t.fit) {
        None => {
            let sign = theme.glyphs.recomputing;
            let what = "topic match, opposed statements, wording, stability and differences inside";
            out.push((0, format!("{sign} Still being computed: {what}."), theme.dim));
        }
        Some(Some(f)) => {
            let (verdict, style) =
                if f.is_low() { ("Low topic match", theme.warning) } else { ("Topic match", theme.text) };
            out.push((0, format!("{verdict}: {:.2} ({:.2} to {:.2}).", f.auc, f.ci[0], f.ci[1]), style));
        }
        Some(None) => out.push((0, "Topic match: too few texts, or none near it, to say.".into(), theme.dim)),
    }
    if let Some(s) = trust.and_then(|t| t.label_stance.as_ref()) {
        out.push((0, s.describe(), if s.is_contradicted() { theme.warning } else { theme.text }));
    }
    let terms = app.run.figures_of(id).map(|f| f.terms.join(" · ")).unwrap_or_default();
    let said = format!("Distinctive terms: {}", Clean::from_untrusted(&terms).as_str());
    out.push((0, if terms.is_empty() { String::new() } else { truncate(&said, columns) }, theme.text));
    out.push((0, String::new(), theme.text));
}

/// What asks for a second look, and what people said.
fn to_look_at(pen: &Pen, app: &App, id: ClusterId, trust: Option<&Trust>, out: &mut Vec<Line>) {
    let theme = pen.theme;
    let g = theme.glyphs;
    let Some(c) = app.run.partition.get(id) else { return };
    if let Some(why) = app.run.mark_of(&Target::Cluster(id)).dismissed {
        out.push((0, format!("Dismissed as a difference: {}", Clean::one_line(&why)), theme.warning));
    }
    if let Some(reason) = &c.flag {
        out.push((0, format!("{} Flagged: {}", g.flagged, Clean::one_line(reason)), theme.error));
    }
    if let Some(o) = trust.and_then(|t| t.opposition.as_ref()).filter(|o| o.is_opposed()) {
        let [a, b] = [&o.sides[0], &o.sides[1]].map(Vec::len);
        out.push((
            0,
            format!("{} It may hold opposites: {a} texts against {b}; i shows them.", g.opposed),
            theme.warning,
        ));
        if let Some(sentence) = evidence::models_on_sides(app, o) {
            out.push((2, sentence, theme.strong));
        }
    }
    if let Some(said) = trust.and_then(|t| t.opposition.as_ref()).and_then(Opposition::one_sided) {
        out.push((0, said, theme.dim));
    }
    if let Some(p) = trust.and_then(|t| t.phrasing.as_ref()).filter(|p| p.is_wording()) {
        out.push((0, format!("{} Wording holds it together. {}.", g.wording, p.evidence), theme.warning));
    }
    let unstable = |t: &&Trust| t.why(false).contains(&Issue::Unstable);
    if let Some(s) = trust.filter(unstable).and_then(|t| t.stability) {
        let share = (s * 100.0).round();
        let said = format!("{} Unstable: other seeds keep {share:.0} of 100 pairs of its texts.", g.impure);
        out.push((0, said, theme.warning));
    }
    let strays = app.run.strays_of(id).len();
    if strays > 0 {
        let belong = if strays == 1 { "belongs" } else { "belong" };
        let said =
            format!("{} of other clusters {belong} here by the nearest texts; B shows.", counted(strays, "text"));
        out.push((0, said, theme.key));
    }
    let shift = app.run.figures_of(id).and_then(|f| f.shift).filter(|s| s.is_marked() && !app.run.blind);
    if let Some(s) = shift {
        let q = s.q.map_or_else(|| "–".into(), small);
        let said = format!("{} Inside, the models differ: AUC {:.2}, q {q}.", g.shift, s.auc);
        out.push((0, said, theme.warning));
    }
    if c.is_stale(app.run.partition.size(id)) {
        out.push((0, format!("{} Its texts changed since it was labelled.", g.stale), theme.warning));
    }
    if let Some(note) = &c.note {
        out.push((0, format!("{} {}", g.note, Clean::one_line(note)), theme.text));
    }
    if c.reviewed {
        out.push((0, format!("{} Reviewed.", g.reviewed), theme.good));
    }
}

/// The clusters beside it, among which an opposite may stand; returns the lines that the counts of both sides belong at the
/// end of.
fn nearest(pen: &Pen, app: &App, trust: &Trust, columns: usize, out: &mut Vec<Line>) -> Vec<(usize, [String; 2])> {
    let theme = pen.theme;
    let near: Vec<ClusterId> =
        trust.related.iter().map(|r| r.0).filter(|id| app.run.partition.get(*id).is_some()).take(NEAREST).collect();
    let mut counts = Vec::new();
    if near.is_empty() {
        return counts;
    }
    out.push((0, "Most similar clusters:".into(), theme.dim));
    for other in near {
        let mut room = columns;
        if app.run.contrast().is_some() && !app.run.blind {
            let sides = app.run.sides(other);
            let both = [0, 1].map(|side| format!("{} {:>3}", theme.glyphs.sides[side], sides[side]));
            room = room.saturating_sub(both.iter().map(|c| width(c) + 2).sum());
            counts.push((out.len(), both));
        }
        out.push((0, truncate(&format!("#{other} {}", app.run.label(other)), room), theme.text));
    }
    out.push((0, String::new(), theme.text));
    counts
}
