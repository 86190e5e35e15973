//! First and last line.

use super::painter::Pen;
use crate::analysis::Stage;
use crate::app::{App, Area, COMMANDS, Command, CommandSpec, LinePurpose, Overlay, Phase, SaveState, Severity, Tab};
use crate::model::{SourceId, Target};
use crate::text::{Clean, small, width};

/// Models, counts, certainty; what is running; whether all is saved.
pub(super) fn header(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let g = theme.glyphs;
    let saved = match &app.saved {
        SaveState::Saved => (format!("{} saved", g.saved), theme.good),
        SaveState::Saving => (format!("{} saving", g.unsaved), theme.warning),
        SaveState::Failed(_) => (format!("{} NOT SAVED", g.unsaved), theme.error),
        SaveState::ReadOnly => ("read-only".to_owned(), theme.dim),
    };
    let running = match app.run.phase {
        Phase::Working { stage: Stage::Embedding, done, total, rate } => {
            let share = if total > 0 { done as f64 / total as f64 } else { 0.0 };
            let cells = (share * 12.0) as usize;
            let bar = format!("{}{}", g.gauge[0].repeat(cells), g.gauge[1].repeat(12 - cells));
            let left = if rate > 0.0 { clock((total - done) as f64 / rate) } else { String::new() };
            // Columns that stay where they are: a tick costs its digits and no more.
            format!("embedding {bar} {:>3.0} % {rate:>5.0}/s {left:>10}", share * 100.0)
        }
        Phase::Working { stage: Stage::Sentences | Stage::Clustering | Stage::Comparing, .. } => "clustering …".into(),
        Phase::Failed => "stopped".into(),
        Phase::Ready if app.run.figures_failed => "stopped".into(),
        Phase::Ready if app.run.figures.coming.comparison => match app.run.comparing {
            Some((Stage::Sentences, done, total)) if total > 0 => {
                format!("{} reading sentences {:>3.0} %", g.recomputing, 100.0 * done as f64 / total as f64)
            }
            _ => format!("{} comparing …", g.recomputing),
        },
        Phase::Ready if app.run.figures_stale => format!("{} recomputing …", g.recomputing),
        Phase::Ready if app.run.judging().is_some() => {
            let (done, all) = app.run.judging().unwrap_or_default();
            let digits = all.to_string().len();
            format!("{} judging {done:>digits$}/{all}", g.recomputing)
        }
        Phase::Ready if app.llm.waiting() > 0 => format!("{} wait", app.llm.waiting()),
        Phase::Ready if app.llm.progress().0 > 0 && app.llm.stopped.is_none() => {
            let (open, all) = app.llm.progress();
            format!("asking {}/{all}", all - open)
        }
        Phase::Ready => String::new(),
    };
    let right = if running.is_empty() { saved.0.clone() } else { format!("{running}  {}", saved.0) };
    let from = pen.right(area.x, area.y, area.w, &saved.0, saved.1);
    if !running.is_empty() {
        let w = width(&running) as u16;
        pen.line(from.saturating_sub(w + 2), area.y, w, &running, theme.warning);
    }
    let room = area.w.saturating_sub(width(&right) as u16 + 2);
    let mut x = pen.line(area.x, area.y, room, "gander ", theme.strong);
    let tabs = [
        (Tab::Clusters, "1 Clusters"),
        (Tab::Differences, "2 Differences"),
        (Tab::Jobs, "3 Jobs"),
        (Tab::Map, "4 Map"),
    ];
    let gap = if area.w < 100 { "" } else { " " };
    for (tab, name) in tabs {
        // Where it is narrow, the models matter more than the names of the other tabs.
        let name = if area.w < 80 && app.tab != tab { &name[..1] } else { name };
        let style = if app.tab == tab { theme.title_focused } else { theme.dim };
        x = pen.pieces(x, area.y, room.saturating_sub(x), &[(gap, theme.text), (name, style), (" ", theme.text)]);
    }
    x = pen.line(x, area.y, room.saturating_sub(x), gap, theme.text);
    x = pen.line(x, area.y, room.saturating_sub(x), " ", theme.text);
    sources(pen, app, x, area.y, room);
}

fn sources(pen: &mut Pen, app: &App, mut x: u16, y: u16, end: u16) {
    let theme = pen.theme;
    let corpus = &app.run.corpus;
    // A number that is cut is another number: what does not fit whole is left out.
    let fits = |x: u16, text: &str| width(text.trim_end()) <= usize::from(end.saturating_sub(x));
    let put = |pen: &mut Pen, x: u16, s: SourceId, side: Option<usize>| {
        let Some(source) = corpus.sources.get(s.ix()) else { return x };
        let sign = side.map_or("", |side| theme.glyphs.sides[side]);
        let style = if app.run.blind { theme.dim } else { theme.side(side) };
        let sign = if app.run.blind { "" } else { sign };
        let whole = format!("{sign} {} {}  ", app.run.source_name(s), source.samples);
        let name = format!("{sign} {}  ", app.run.source_name(s));
        let text = if fits(x, &whole) { whole } else { name };
        pen.line(x, y, end.saturating_sub(x), &text, style)
    };
    match app.run.contrast() {
        Some(c) => {
            for (side, list) in [&c.left, &c.right].into_iter().enumerate() {
                for &s in list {
                    x = put(pen, x, s, Some(side));
                }
            }
            if let (Some(o), false) = (app.run.figures.overall, app.run.blind) {
                let whole = format!("AUC {:.2}, p {}", o.auc, small(o.p));
                let short = format!("AUC {:.2}", o.auc);
                if let Some(text) = [whole, short].iter().find(|text| fits(x, text)) {
                    x = pen.line(x, y, end.saturating_sub(x), text, theme.dim);
                }
            }
        }
        None => {
            for s in 0..corpus.sources.len().min(6) as u16 {
                x = put(pen, x, SourceId(s), None);
            }
        }
    }
    if app.run.blind {
        pen.line(x, y, end.saturating_sub(x), "BLIND", theme.warning);
    }
}

fn clock(seconds: f64) -> String {
    let s = seconds.round() as u64;
    if s < 60 { format!("{s} s left") } else { format!("{}:{:02} left", s / 60, s % 60) }
}

/// What a line of input asks for.
fn asked(purpose: &LinePurpose) -> String {
    match purpose {
        LinePurpose::Flag { clusters } if clusters.len() > 1 => {
            format!("Reason for the flag on {} clusters: ", clusters.len())
        }
        LinePurpose::Flag { .. } => "Reason for the flag: ".into(),
        LinePurpose::Note { on: Target::Cluster(cluster) } => format!("Note on #{cluster}: "),
        LinePurpose::Note { .. } => "Note on this difference: ".into(),
        LinePurpose::Dismiss { .. } => "Reason to dismiss this difference: ".into(),
        LinePurpose::Theme { change: None } => "Name of the theme: ".into(),
        LinePurpose::Theme { .. } => "Name of the theme (empty removes it): ".into(),
        LinePurpose::Intent => "What was the fine-tuning meant to do? ".into(),
        LinePurpose::SearchTexts => "Texts with (! inverts, ~ by meaning): ".into(),
        LinePurpose::SearchAll => "All texts with (! inverts, ~ by meaning): ".into(),
    }
}

/// A line being typed, a message, or the keys that matter here.
pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let typed = match app.overlays.last() {
        Some(Overlay::Label(label)) => {
            let fit = match &label.fit {
                Some(m) => Some((super::label::measured(m), super::label::style(theme, m))),
                None if label.line.text().trim().is_empty() => None,
                None => Some((" topic match … ".into(), theme.good)),
            };
            if let Some(m) = &label.fit {
                super::label::worst(pen, app, area, m);
            }
            Some((format!("Label of #{}: ", label.cluster), &label.line, fit))
        }
        Some(Overlay::Filter(filter)) => Some(("Labels with: ".into(), &filter.line, None)),
        Some(Overlay::Line(input)) => Some((asked(&input.purpose), &input.line, None)),
        _ => None,
    };
    if let Some((ask, line, fit)) = typed {
        let (fit, style) = fit.unwrap_or_else(|| (String::new(), theme.good));
        let room = area.w.saturating_sub(width(&fit) as u16 + 1);
        pen.right(area.x, area.y, area.w.saturating_sub(1), &fit, style);
        let before = Clean::from_untrusted(line.before_cursor());
        let shown = Clean::from_untrusted(line.text());
        // A long line scrolls so that the cursor stays in view.
        let ask_width = width(&ask);
        let space = usize::from(room).saturating_sub(ask_width + 1);
        let skip = width(before.as_str()).saturating_sub(space);
        let visible: String = skip_columns(shown.as_str(), skip);
        let x = pen.line(area.x, area.y, room, &ask, theme.key);
        let style = if line.is_selected() { theme.cursor } else { theme.text };
        pen.line(x, area.y, room.saturating_sub(x), &visible, style);
        let cursor = x + (width(before.as_str()) - skip) as u16;
        pen.tint(
            Area { x: cursor.min(room), y: area.y, w: 1, h: 1 },
            theme.cursor.add_modifier(ratatui::style::Modifier::REVERSED),
        );
        return;
    }
    if let Some((severity, text)) = &app.status {
        let style = match severity {
            Severity::Info => theme.text,
            Severity::Error => theme.error,
        };
        let text = Clean::one_line(text);
        pen.line(area.x, area.y, area.w.saturating_sub(1), &text, style);
        return;
    }
    let waiting =
        app.current_cluster().filter(|_| app.tab == Tab::Clusters).and_then(|id| Some((id, app.proposal(id)?)));
    if let Some((id, o)) = waiting {
        let now = app.run.trust_of(id).and_then(|t| t.fit).map(|f| f.auc);
        pen.line(area.x, area.y, area.w.saturating_sub(1), &super::ask::proposal_line(app, o, now), theme.key);
        return;
    }
    let here = app.context();
    let mut specs: Vec<_> = COMMANDS.iter().filter(|s| s.footer > 0 && s.contexts.contains(&here)).collect();
    // The way to where one is says nothing.
    specs.retain(|s| match s.command {
        Command::TabClusters => app.tab != Tab::Clusters,
        Command::TabDifferences => app.tab != Tab::Differences,
        _ => true,
    });
    specs.sort_by_key(|s| s.footer);
    // Where not all keys fit, the one that shows the others must.
    let (help, specs): (Vec<_>, Vec<_>) = specs.into_iter().partition(|s| s.command == Command::Help);
    let key_of = |s: &CommandSpec| s.keys.first().map(ToString::to_string).unwrap_or_default();
    let needed = |s: &CommandSpec| (width(&key_of(s)) + width(s.title) + 3) as u16;
    let mut put = |x: u16, s: &CommandSpec, end: u16| {
        let pieces = [(&*key_of(s), theme.key), (" ", theme.text), (s.title, theme.dim), ("  ", theme.text)];
        pen.pieces(x, area.y, end - x, &pieces)
    };
    let (mut x, end) = (area.x, area.w.saturating_sub(1));
    let kept: u16 = help.iter().map(|s| needed(s)).sum();
    for s in specs {
        if x + needed(s) + kept > end {
            break;
        }
        x = put(x, s, end);
    }
    for s in help.into_iter().filter(|s| needed(s) <= end) {
        x = put(x, s, end);
    }
}

/// What is worth trying here.
pub(super) fn tip(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let from = pen.right(area.x, area.y, area.w.saturating_sub(1), "H hides tips", theme.dim);
    if let Some(tip) = app.tips.here(app.context()) {
        let room = from.saturating_sub(2);
        pen.pieces(area.x, area.y, room, &[("Tip ", theme.key), (tip, theme.text)]);
    }
}

/// What is left of a cleaned string after `columns`.
fn skip_columns(s: &str, columns: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    let mut skipped = 0;
    s.graphemes(true)
        .skip_while(|g| {
            let skip = skipped < columns;
            skipped += width(g);
            skip
        })
        .collect()
}
