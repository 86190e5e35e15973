//! The list of differences, each with its evidence in words.

use super::format::{counted, odds_ratio};
use super::painter::Pen;
use super::theme::Theme;
use super::title_style;
use crate::app::{App, Area, DiffRow, Pane, evidence_in_words};
use crate::compare::{Channel, Sliced};
use crate::model::{Job, Says, SourceId, ThemeId, View};
use crate::text::{Clean, percent, small, truncate, whole_fields, width};

/// Columns of a list from which the size of each difference is drawn in place of what found it.
const BARS_FROM: u16 = 56;
/// Cells of a bar to either side of its middle.
const HALF: usize = 4;

pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let list = &app.differences;
    let rows = list.rows.iter().zip(&list.follows).take(list.dismissed_from);
    let counted_rows = rows.filter(|(r, follows)| !**follows && matches!(r, DiffRow::Finding(_) | DiffRow::Cluster(_)));
    let found: Vec<&DiffRow> = counted_rows.map(|(row, _)| row).collect();
    let reviewed = found.iter().filter(|row| app.run.mark_of_row(row).reviewed).count();
    let found = found.len();
    let unreadable = app.run.figures.unreadable.is_some();
    // No number is said where none was counted: 0 would read as a result.
    let comparing = app.run.figures.coming.comparison;
    let title = match app.run.contrast().is_none() || comparing || app.run.blind || (unreadable && found == 0) {
        true => "Differences".to_owned(),
        false => counted(found, "difference"),
    };
    let title = if app.view == View::Behaviour { format!("{title} by behaviour") } else { title };
    let state = if app.run.tests_may_change() { theme.glyphs.recomputing } else { "" };
    let dismissed = list.rows.len() - list.dismissed_from;
    let some = |n: usize, said: String| if n > 0 { said } else { String::new() };
    let counts = [
        some(reviewed, format!("{reviewed} of {found} reviewed")),
        some(dismissed, format!("{dismissed} dismissed")),
        format!("{} read", counted(list.read.len(), "text")),
    ];
    let room = usize::from(area.w).saturating_sub(width(&title) + 8);
    let right = whole_fields(&[state.to_owned(), whole_fields(&counts, ", ", room)], " ", room);
    pen.title(area, &title, title_style(theme, app, Pane::List), &right);
    let Some(contrast) = app.run.contrast().filter(|_| !comparing) else {
        let sign = if comparing { theme.glyphs.recomputing } else { "" };
        let why = format!("{sign} {}", app.run.not_compared().unwrap_or_default());
        let why = why.trim_start();
        pen.line(area.x + 2, area.y + 2, area.w.saturating_sub(2), why, theme.dim);
        return;
    };
    let name = |list: &[SourceId]| list.iter().map(|&s| app.run.source_name(s)).collect::<Vec<_>>().join(" + ");
    let (left, right) = (name(&contrast.left), name(&contrast.right));
    let judging = app.run.judging().is_some();
    let mut fields = match (&app.run.figures.pairing, app.run.figures.overall) {
        _ if app.run.blind => vec!["Hidden in blind mode; b shows them.".to_owned()],
        _ if unreadable => vec!["Only words and traits are tested: the texts are unreadable.".to_owned()],
        (Some(p), _) if p.warning.is_some() => {
            vec!["Different prompts on the two sides: topics follow the prompts.".to_owned()]
        }
        (_, Some(o)) if found == 0 => vec![
            if judging { "Nothing stands out so far.".to_owned() } else { "Nothing stands out.".to_owned() },
            format!("Minimum detectable effect: {:.1} % of {right}.", o.smallest_detectable_share * 100.0),
        ],
        (_, Some(o)) => {
            let near = app.run.figures.recall.filter(|r| *r < 0.995);
            let near = near.map_or_else(String::new, |r| format!("Nearest texts: {:.0} % found.", 100.0 * r));
            let mut fields = vec![format!("{left} → {right} (95 % CI)."), format!("Told apart: AUC {:.2}.", o.auc)];
            if let (Some(explained), Some((left, p))) = (o.explained, o.left) {
                fields.push(format!("The list explains {explained:.2}; {left:.2} is left (p {}).", small(p)));
            }
            fields.extend(["Family-wise error 5 %.".to_owned(), near]);
            fields
        }
        _ => Vec::new(),
    };
    if let Some(s) = list.slices.first().filter(|_| !app.run.blind) {
        fields.insert(0, format!("By {}.", Clean::one_line(&s.field)));
    }
    if list.lost_marks > 0 && !app.run.blind {
        fields.insert(0, lost_in_words(list.lost_marks));
    }
    if judging && !app.run.blind {
        fields.insert(0, format!("{} Clusters are still being judged.", theme.glyphs.recomputing));
    }
    let line = whole_fields(&fields, " ", usize::from(area.w));
    pen.line(area.x, area.y + 1, area.w, &line, theme.dim);
    let rows = area.rows().saturating_sub(1) / 2;
    let until = app.differences.rows.len().min(app.differences.top + rows);
    let sizes = list.rows.iter().filter_map(|row| difference_of(app, row));
    let largest = sizes.map(f64::abs).fold(0.0, f64::max);
    let scale = (area.w >= BARS_FROM && !app.run.blind && largest > 0.0).then_some(largest);
    for i in app.differences.top..until {
        let y = area.y + 2 + 2 * (i - app.differences.top) as u16;
        draw_row(pen, app, Area { y, h: 2, ..area }, i, [&left, &right], scale);
        if i == app.differences.cursor {
            let style = if app.focus == Pane::List { theme.cursor } else { theme.cursor_unfocused };
            pen.tint(Area { y, h: 2, ..area }, style);
            pen.line(area.x, y, 1, theme.glyphs.cursor, theme.key);
        }
    }
}

/// The rates of a finding together and in every slice.
fn by_slice(rates: [f64; 2], sliced: &Sliced) -> Vec<String> {
    let together = format!("{} → {} %", percent(rates[0]), percent(rates[1]));
    let test = sliced.q.map_or_else(String::new, |q| format!("interaction q {}", small(q)));
    let clean = |s: String| Clean::one_line(&s);
    [together, test].into_iter().chain(sliced.in_words().into_iter().map(clean)).collect()
}

/// How many marks have lost their difference.
pub(super) fn lost_in_words(n: usize) -> String {
    match n {
        1 => "1 mark is on a difference that is not found any more.".into(),
        n => format!("{n} marks are on differences that are not found any more."),
    }
}

/// Counts, test and spread of a theme, the most important field first.
fn theme_in_words(app: &App, id: ThemeId, names: [&str; 2]) -> Vec<String> {
    let (Some(f), Some(t)) = (app.run.theme_figures(id), app.run.partition.theme(id)) else {
        return vec!["being counted …".into()];
    };
    let spread = format!("in {}", counted(f.clusters.len(), "cluster"));
    if app.run.blind {
        return vec![format!("{} texts {spread}", t.members.len())];
    }
    let counts = format!("{} vs {} texts {spread}", f.sides[0], f.sides[1]);
    let Some(o) = f.odds else { return vec![counts, t.void().map_or_else(String::new, |v| v.describe().to_owned())] };
    let odds = match o.value.abs().exp() < 1.05 {
        true => "even".to_owned(),
        false => format!("more in {}, {}", names[usize::from(o.value > 0.0)], odds_ratio(&o)),
    };
    vec![counts, f.p.map_or_else(String::new, |p| format!("p {}", small(p))), odds]
}

/// Share of the right side's texts less that of the left side's; absent where nothing is compared.
fn difference_of(app: &App, row: &DiffRow) -> Option<f64> {
    let sizes = app.run.side_sizes();
    let of = |counts: [f64; 2]| counts[1] / sizes[1].max(1) as f64 - counts[0] / sizes[0].max(1) as f64;
    match row {
        // A theme is somebody's own: its row says that it is one.
        DiffRow::Review | DiffRow::Theme(_) => None,
        DiffRow::Cluster(id) => Some(of(app.run.sides(*id).map(|n| n as f64))),
        DiffRow::Finding(i) => {
            let [left, right] = app.run.figures.hotspots.findings.get(*i)?.rates(sizes);
            Some(right - left)
        }
    }
}

/// A bar from the middle to the side that has more, in half cells, and its parts left and right of the middle.
fn bar(share: f64, theme: &Theme) -> [String; 2] {
    let g = theme.glyphs;
    let halves = ((share.abs() * 2.0 * HALF as f64).round() as usize).clamp(1, 2 * HALF);
    let (whole, half) = match g.ascii {
        true => (halves.div_ceil(2), 0),
        false => (halves / 2, halves % 2),
    };
    let empty = " ".repeat(HALF - whole - half);
    let side = usize::from(share > 0.0);
    let drawn = g.sides[side].repeat(whole);
    match side {
        0 => [format!("{empty}{}{drawn}", g.half_sides[0].repeat(half)), " ".repeat(HALF)],
        _ => [" ".repeat(HALF), format!("{drawn}{}{empty}", g.half_sides[1].repeat(half))],
    }
}

fn draw_row(pen: &mut Pen, app: &App, area: Area, at: usize, names: [&str; 2], scale: Option<f64>) {
    let (row, follows, y) = (&app.differences.rows[at], app.differences.follows[at], area.y);
    let theme = pen.theme;
    let g = theme.glyphs;
    let members = app.run.difference_members(row);
    let read = members.iter().filter(|s| app.differences.read.contains(s)).count();
    let mark = app.run.mark_of_row(row);
    let (side, kind, mut evidence) = match row {
        DiffRow::Review => (None, "read", vec![format!("{read} of {} texts read", members.len())]),
        DiffRow::Theme(id) => {
            let f = app.run.theme_figures(*id);
            let toward = f.filter(|_| !app.run.blind).map(|f| usize::from(f.share_of(app.run.contrast()) > 0.5));
            (toward, "theme", theme_in_words(app, *id, names))
        }
        DiffRow::Cluster(id) => {
            let sides = app.run.sides(*id);
            let f = app.run.figures_of(*id);
            let toward = f.and_then(|f| f.odds).map(|o| usize::from(o.value > 0.0));
            let q = f.and_then(|f| f.q).map_or_else(String::new, |q| format!("q {}", small(q)));
            let odds = f.and_then(|f| f.odds).map_or_else(String::new, |o| odds_ratio(&o));
            // The sign before the title says whose it is more.
            let not_tested = app.run.not_tested(*id).map(str::to_owned);
            let test = not_tested.map_or_else(|| vec![q, odds], |why| vec![why]);
            (toward, "cluster", std::iter::once(format!("{} vs {} texts", sides[0], sides[1])).chain(test).collect())
        }
        DiffRow::Finding(i) => {
            let Some(f) = app.run.figures.hotspots.findings.get(*i) else { return };
            let kind = match &f.channel {
                Channel::Region => "region",
                Channel::Words { wording: true, .. } => "wording",
                Channel::Words { .. } => "words",
                Channel::Trait(_) => "trait",
                Channel::Tone(_) | Channel::ToneAtEnd { .. } => "tone",
                Channel::Language(_) => "language",
                Channel::Sentence => "sentence",
                Channel::Stance => "stance",
                Channel::Surface { .. } => "surface",
                Channel::Rate { .. } => "amount",
            };
            let mut words = match app.differences.sliced(row, &app.run) {
                None => evidence_in_words(f, app.run.side_sizes()),
                Some(s) => by_slice(f.rates(app.run.side_sizes()), s),
            };
            words.extend(f.wording.as_ref().map(|w| format!("{} confounded with {w}", g.wording)));
            (Some(usize::from(f.toward)), kind, words)
        }
    };
    let (sign, side_style) = match side {
        _ if follows => (g.branch, theme.dim),
        Some(s) => (g.sides[s], theme.side(side)),
        None => (" ", theme.side(None)),
    };
    let alike = match app.differences.hidden.get(at) {
        Some(hidden) if *hidden > 0 => format!(" +{hidden} alike"),
        _ => String::new(),
    };
    let noted = if mark.note.is_some() { format!(" {}", g.note) } else { String::new() };
    let beside = if alike.is_empty() { 14 } else { 23 } + width(&noted) + usize::from(scale.is_some());
    let title = truncate(&app.run.difference_title(row), usize::from(area.w).saturating_sub(beside));
    let title_style = if mark.dismissed.is_some() { theme.dim } else { theme.strong };
    let muted = |style| if mark.dismissed.is_some() { theme.dim } else { style };
    let mut pieces = vec![
        (" ", theme.text),
        (sign, muted(side_style)),
        if mark.reviewed { (g.reviewed, theme.good) } else { (" ", theme.text) },
    ];
    let size = difference_of(app, row).zip(scale);
    let [less, more] = size.map(|(d, largest)| bar(d / largest, theme)).unwrap_or_default();
    let kind = format!("{kind:<0$}", if scale.is_some() { 2 * HALF + 2 } else { 2 * HALF + 1 });
    match size {
        Some(_) => pieces.extend([
            (less.as_str(), muted(theme.side(Some(0)))),
            (g.rule, theme.dim),
            (more.as_str(), muted(theme.side(Some(1)))),
            (" ", theme.text),
        ]),
        None => pieces.push((&kind, theme.dim)),
    }
    pieces.push((&title, title_style));
    pen.pieces(area.x, y, area.w, &pieces);
    let target = app.run.target_of(row);
    let llm = target.as_ref().and_then(|t| app.opinion(t, Job::Verdict)).and_then(|o| match &o.says {
        Says::Verdict { verdict, .. } => Some(*verdict),
        _ => None,
    });
    let human = target.as_ref().and_then(|t| app.run.partition.verdict(t));
    let mut from = area.x + area.w;
    for (said, style) in [(&noted, theme.text), (&alike, theme.dim)] {
        if !said.is_empty() {
            from = pen.right(area.x, y, from - area.x, said, style);
        }
    }
    for (verdict, who) in [(llm, "model: "), (human, "you: ")] {
        if let Some(v) = verdict {
            let said = format!(" {who}{} ", v.name());
            from = pen.right(area.x, y, from - area.x, &said, super::frame::style_of(pen, v));
        }
    }
    let open = matches!(row, DiffRow::Cluster(_)) && app.run.tests_may_change();
    let room = area.w.saturating_sub(3);
    if let Some(why) = &mark.dismissed {
        let why = Clean::one_line(why);
        evidence.insert(0, truncate(&format!("dismissed: {why}"), usize::from(room)));
    }
    if read > 0 && !matches!(row, DiffRow::Review) {
        evidence.push(format!("{read} read"));
    }
    let style = if app.run.figures_stale || open || mark.dismissed.is_some() { theme.dim } else { theme.text };
    pen.line(area.x + 3, y + 1, room, &whole_fields(&evidence, "; ", usize::from(room)), style);
}
