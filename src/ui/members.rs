//! The list of texts.

use super::format::counted;
use super::painter::Pen;
use super::title_style;
use crate::app::{App, Area, ListScope, MemberOrder, Pane, Passage, Tab};
use crate::compare::MatchPattern;
use crate::text::{Clean, pad, truncate, width};

/// Bytes of a prompt that a line may show.
const PROMPT: usize = 240;

pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let n = app.members.order.len();
    let what = match (app.tab, app.current_cluster()) {
        (Tab::Clusters, _) if app.members.listed == ListScope::Everything => "All texts".to_owned(),
        (Tab::Clusters, _) if app.members.listed == ListScope::MarkedClusters => {
            format!("{} marked clusters", app.clusters.marks.len())
        }
        (Tab::Clusters, Some(id)) => format!("#{id} {}", app.run.label(id)),
        (Tab::Differences, _) => {
            app.differences.rows.get(app.differences.cursor).map(|r| app.run.difference_title(r)).unwrap_or_default()
        }
        (Tab::Map, _) => "What lies here".to_owned(),
        _ => "Texts".to_owned(),
    };
    let outside = app.tab == Tab::Clusters && app.members.sort == MemberOrder::Outsiders;
    let mut right = if outside {
        format!("{n} texts of OTHER clusters")
    } else if n == app.members.all.len() {
        counted(n, "text")
    } else {
        format!("{n} of {} texts", app.members.all.len())
    };
    if !app.members.query.is_empty() {
        let state = if app.members.searching { "so far with" } else { "with" };
        right.push_str(&format!(" {state} “{}”", Clean::from_untrusted(&app.members.query).as_str()));
    }
    if let Some(s) = app.members.source {
        right.push_str(&format!(" of {}", app.run.source_name(s)));
    }
    if !app.members.marks.is_empty() {
        right.push_str(&format!(", {} marked", app.members.marks.len()));
    }
    let room = usize::from(area.w).saturating_sub(width(&right) + 8);
    pen.title(area, &truncate(&what, room.max(8)), title_style(theme, app, Pane::Members), &right);
    if n == 0 {
        let why = if app.members.all.is_empty() {
            "No texts here."
        } else if app.members.searching {
            "Searching …"
        } else if !app.members.query.is_empty() && app.members.listed != ListScope::Everything {
            "Nothing here. S searches all texts, Esc ends the search."
        } else {
            "No text passes the filters; Esc ends a search, F shows all models."
        };
        pen.line(area.x + 2, area.y + 2, area.w.saturating_sub(2), why, theme.dim);
        return;
    }
    let sought = app.highlight();
    for (i, &s) in app.members.order.iter().enumerate().skip(app.members.top).take(area.rows()) {
        let y = area.y + 1 + (i - app.members.top) as u16;
        row(pen, app, area, y, (i, s), sought.as_ref());
        if i == app.members.cursor {
            let style = if app.focus == Pane::Members { theme.cursor } else { theme.cursor_unfocused };
            pen.tint(Area { y, h: 1, ..area }, style);
        }
    }
}

fn row(pen: &mut Pen, app: &App, area: Area, y: u16, (i, s): (usize, u32), sought: Option<&MatchPattern>) {
    let theme = pen.theme;
    let g = theme.glyphs;
    let sample = &app.run.corpus.samples[s as usize];
    let pointer = if i == app.members.cursor { g.cursor } else { " " };
    let mark = if app.members.marks.contains(&s) { g.mark } else { " " };
    let side = app.run.contrast().and_then(|c| c.side(sample.source));
    let gutter = match (app.run.blind, side) {
        (true, _) => " ".to_owned(),
        (_, Some(side)) => g.sides[side].to_owned(),
        (_, None) => char::from(b'a' + (sample.source.0 % 26) as u8).to_string(),
    };
    let seen = if app.differences.read.contains(&s) { theme.dim } else { theme.text };
    let head = app.run.heads.get(s as usize).map_or("", String::as_str);
    let (head, style) = if head.is_empty() { (g.blank, theme.dim) } else { (head, seen) };
    // Where the list is of many clusters, each text says which is its own.
    let many = app.members.listed != ListScope::Row || app.tab == Tab::Map;
    let cluster = app.run.partition.cluster_of(s).filter(|_| many).map(|id| format!("#{id:<4} ")).unwrap_or_default();
    // Of what was searched for, or of a finding of words, the place that is why the text is here.
    let mut room = usize::from(area.w).saturating_sub(width(&cluster) + 4);
    let mut asked = String::new();
    if app.lists_prompts() {
        let columns = room * 2 / 5;
        let prompt = Clean::first_line(app.run.prompt(s).unwrap_or_default(), PROMPT);
        asked = format!("{} {} ", pad(prompt.as_str(), columns), g.rule);
        room = room.saturating_sub(columns + 3);
    }
    let passage = sought.and_then(|sought| app.passage(sought, s, room));
    let Passage(before, hit, after) = passage.unwrap_or_else(|| Passage(head.into(), String::new(), String::new()));
    let gutter_style = if app.run.blind { theme.dim } else { theme.side(side) };
    pen.pieces(
        area.x,
        y,
        area.w,
        &[
            (pointer, theme.key),
            (mark, theme.warning),
            (&gutter, gutter_style),
            (" ", theme.text),
            (&cluster, theme.dim),
            (&asked, theme.dim),
            (&before, style),
            (&hit, theme.highlight()),
            (&after, style),
        ],
    );
}
