//! The list of differences, each with its evidence in words.

use super::pen::Pen;
use super::title_style;
use super::words::{counted, factor, taken};
use crate::app::{App, Area, DiffRow, Pane, evidence_in_words};
use crate::compare::Channel;
use crate::model::{Job, Says, SourceId, ThemeId};
use crate::text::{small, truncate};

pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let read = app.differences.read.len();
    let themes = app.data.partition.themes().count();
    let followers = app.differences.follows.iter().filter(|f| **f).count();
    let found = app.differences.rows.len().saturating_sub(1 + themes + followers);
    let title = counted(found, "difference");
    pen.title(area, &title, title_style(theme, app, Pane::List), &format!("{} read", counted(read, "text")));
    let Some(contrast) = app.contrast() else {
        let why = app.not_compared().unwrap_or_default();
        pen.line(area.x + 2, area.y + 2, area.w.saturating_sub(2), why, theme.dim);
        return;
    };
    let name = |list: &[SourceId]| list.iter().map(|&s| app.source_name(s)).collect::<Vec<_>>().join(" + ");
    let (left, right) = (name(&contrast.left), name(&contrast.right));
    let line = match (&app.data.figures.pairing, app.data.figures.overall) {
        (Some(p), _) if p.warning.is_some() => {
            "Different prompts on the two sides: topics follow the prompts.".to_owned()
        }
        (_, Some(o)) if found == 0 => format!(
            "Nothing stands out. A behaviour in {:.1} % of {right}’s texts would have.",
            o.smallest_detectable_share * 100.0
        ),
        (_, Some(o)) => {
            let near = app
                .data
                .figures
                .recall
                .filter(|r| *r < 0.995)
                .map_or_else(String::new, |r| format!(" Nearest texts: {:.0} % found.", 100.0 * r));
            let left = match (o.explained, o.left) {
                (Some(e), Some((auc, p))) => format!("; listed explain {e:.2}; left {auc:.2} (p {})", small(p)),
                _ => String::new(),
            };
            format!("Told apart: AUC {:.2}{left}. Family-wise error 5 %.{near}", o.auc)
        }
        _ => String::new(),
    };
    pen.line(area.x, area.y + 1, area.w, &line, theme.dim);
    let rows = area.rows().saturating_sub(1) / 2;
    let until = app.differences.rows.len().min(app.differences.top + rows);
    for i in app.differences.top..until {
        let y = area.y + 2 + 2 * (i - app.differences.top) as u16;
        draw_row(pen, app, Area { y, h: 2, ..area }, i, [&left, &right]);
        if i == app.differences.cursor {
            let style = if app.focus == Pane::List { theme.cursor } else { theme.cursor_unfocused };
            pen.tint(Area { y, h: 2, ..area }, style);
            pen.line(area.x, y, 1, theme.glyphs.cursor, theme.key);
        }
    }
}

/// Share, test and spread of a theme.
fn theme_in_words(app: &App, id: ThemeId, names: [&str; 2]) -> String {
    let (Some(f), Some(t)) = (app.theme_figures(id), app.data.partition.theme(id)) else {
        return "being counted …".into();
    };
    let spread = format!("in {}", counted(f.clusters.len(), "cluster"));
    if app.blind {
        return format!("{} texts {spread}", t.members.len());
    }
    let odds = f.odds.map_or_else(String::new, |o| {
        let (who, times) = (names[usize::from(o.value > 0.0)], o.value.abs().exp());
        if times < 1.05 { ", even".to_owned() } else { format!(", more of {who}’s; odds × {}", factor(times)) }
    });
    let p =
        f.p.map_or_else(String::new, |p| format!("; p {}{}", small(p), if t.blind { "" } else { " after looking" }));
    format!("{} : {} texts {spread}{odds}{p}", f.sides[0], f.sides[1])
}

fn draw_row(pen: &mut Pen, app: &App, area: Area, at: usize, names: [&str; 2]) {
    let (row, follows, y) = (&app.differences.rows[at], app.differences.follows[at], area.y);
    let theme = pen.theme;
    let g = theme.glyphs;
    let members = app.difference_members(row);
    let read = members.iter().filter(|s| app.differences.read.contains(s)).count();
    let (side, kind, evidence) = match row {
        DiffRow::Review => (None, "read", format!("{read} of {} texts read", members.len())),
        DiffRow::Theme(id) => {
            let f = app.theme_figures(*id);
            let toward = f.and_then(|f| f.odds).map(|o| usize::from(o.value > 0.0));
            (toward, "theme", theme_in_words(app, *id, names))
        }
        DiffRow::Cluster(id) => {
            let sides = app.sides(*id);
            let f = app.figures_of(*id);
            let toward = f.and_then(|f| f.odds).map(|o| usize::from(o.value > 0.0));
            let q = f.and_then(|f| f.q).map_or_else(String::new, |q| format!("; q {}", small(q)));
            let odds = f
                .and_then(|f| f.odds)
                .map_or_else(String::new, |o| format!("; odds × {}", factor(o.value.abs().exp())));
            // The sign before the title says whose it is more.
            let within = taken(f.and_then(|f| f.test));
            (toward, "cluster", format!("{} : {} texts{odds}{within}{q}", sides[0], sides[1]))
        }
        DiffRow::Finding(i) => {
            let Some(f) = app.data.figures.hotspots.findings.get(*i) else { return };
            let kind = match &f.channel {
                Channel::Region => "region",
                Channel::Words { wording: true, .. } => "wording",
                Channel::Words { .. } => "words",
                Channel::Trait(_) => "trait",
                Channel::Tone(_) => "tone",
                Channel::Language(_) => "language",
                Channel::Sentence => "sentence",
                Channel::Surface { .. } => "surface",
                Channel::Rate { .. } => "amount",
            };
            let mut words = evidence_in_words(f, names);
            if let Some(w) = &f.wording {
                words = format!("{} goes with {w}; {words}", g.wording);
            }
            (Some(usize::from(f.toward)), kind, words)
        }
    };
    let (sign, side_style) = match side {
        _ if follows => (g.branch, theme.dim),
        Some(s) => (g.sides[s], theme.side(side)),
        None => (" ", theme.side(None)),
    };
    let evidence = if follows { format!("same texts: {evidence}") } else { evidence };
    let title = truncate(&app.difference_title(row), usize::from(area.w).saturating_sub(13));
    pen.pieces(
        area.x,
        y,
        area.w,
        &[
            (" ", theme.text),
            (sign, side_style),
            (" ", theme.text),
            (&format!("{kind:<8}"), theme.dim),
            (&title, theme.strong),
        ],
    );
    let target = app.target_of(row);
    let llm = target.as_ref().and_then(|t| app.opinion(t, Job::Verdict)).and_then(|o| match &o.says {
        Says::Verdict { verdict, .. } => Some(*verdict),
        _ => None,
    });
    let human = target.as_ref().and_then(|t| app.data.partition.verdict(t));
    let mut from = area.x + area.w;
    for (verdict, who) in [(llm, "model: "), (human, "you: ")] {
        if let Some(v) = verdict {
            let said = format!(" {who}{} ", v.name());
            from = pen.right(area.x, y, from - area.x, &said, super::ask::style_of(pen, v));
        }
    }
    let unread = if read > 0 { format!(" ({read} read)") } else { String::new() };
    pen.pieces(area.x + 3, y + 1, area.w.saturating_sub(3), &[(&evidence, theme.text), (&unread, theme.dim)]);
}
