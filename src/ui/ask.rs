//! Boxes of the language model: what would be sent, a person's verdict, the summary; and its opinions in words.

use ratatui::style::Style;

use super::frame::{Line, frame, style_of};
use super::painter::Pen;
use super::said::in_words;
use crate::app::{App, AskBox, DifferencePage, ExchangePage, JudgeBox, Work, decision_in_words, job_of};
use crate::llm::{Kept, dollars, grouped};
use crate::model::{Job, Opinion, Says, Target, TaskState, ThemeId, Verdict};
use crate::text::{Clean, pad, wrap};

/// Columns of the box, at most.
const WIDTH: u16 = 96;
/// Columns of what was said.
const BOX: u16 = 100;
/// Skipped questions told.
const SKIPPED: usize = 3;

pub(super) fn draw(pen: &mut Pen, app: &App, shown: &AskBox) {
    let theme = pen.theme;
    let (work, scope, plan) = (shown.work, shown.scope, shown.plan.as_ref());
    let resume = work == Work::Resume;
    let hint = if resume {
        "Enter ask   Esc leave"
    } else {
        "↑ ↓ what   ← → about what   i intent   Enter ask   Esc leave"
    };
    let mut lines: Vec<Line> = vec![(0, String::new(), theme.text)];
    let about = if resume { "the queue".into() } else { app.scope_in_words(work, scope) };
    lines.push((0, format!("About: {about}"), theme.key));
    let place = app.llm.place.clone().unwrap_or_default();
    match plan {
        None => lines.push((0, "Working out what would be sent …".into(), theme.dim)),
        Some(p) if p.tasks == 0 => lines.push((0, "Nothing can be asked.".into(), theme.warning)),
        Some(p) if p.calls == 0 => {
            lines.push((0, format!("{} questions, every answer is known: nothing is sent.", p.tasks), theme.good));
        }
        Some(p) => {
            let cost = p
                .dollars
                .map_or_else(|| "; no price is set (--llm-price)".to_owned(), |d| format!("; at most {}", dollars(d)));
            lines.push((
                0,
                format!(
                    "{} question{} in {} call{} to {place}: about {} tokens with texts of these clusters, at most {} back{cost}.",
                    p.tasks,
                    if p.tasks == 1 { "" } else { "s" },
                    p.calls,
                    if p.calls == 1 { "" } else { "s" },
                    grouped(p.tokens_in),
                    grouped(p.tokens_out)
                ),
                theme.text,
            ));
            let short = match p.shortened {
                0 => String::new(),
                n => format!("; {n} show fewer or shorter texts, so that the model can hold them"),
            };
            lines.push((0, format!("The largest needs {} tokens of context{short}.", grouped(p.largest)), theme.dim));
        }
    }
    if let Some(w) = &app.llm.warning {
        lines.push((0, w.clone(), theme.warning));
    }
    if work.needs_intent() {
        let intent = match &app.llm.intent {
            Some(i) => format!("Intent: {}", Clean::one_line(i)),
            None => "Intent: not said yet; Enter asks for it.".into(),
        };
        lines.push((0, intent, if app.llm.intent.is_some() { theme.dim } else { theme.warning }));
    }
    for s in plan.iter().flat_map(|p| &p.skipped).take(SKIPPED) {
        lines.push((0, format!("Left out: {}", Clean::from_untrusted(s).as_str()), theme.dim));
    }
    let more = plan.map_or(0, |p| p.skipped.len().saturating_sub(SKIPPED));
    if more > 0 {
        lines.push((0, format!("and {more} more are left out."), theme.dim));
    }
    let works = if resume { vec![work] } else { Work::ALL.to_vec() };
    let width = usize::from(WIDTH.min(app.size.0.saturating_sub(2)).saturating_sub(4));
    let rows: usize = lines.iter().map(|l| wrap(&l.1, width.max(10)).len()).sum();
    let inner = frame(pen, app, "Ask the language model", hint, WIDTH, (works.len() + rows + 2) as u16);
    let mut y = inner.y;
    for w in works {
        let (name, what) = w.describe();
        let chosen = w == work;
        let style = if chosen { theme.strong } else { theme.text };
        let pointer = if chosen { theme.glyphs.cursor } else { " " };
        pen.pieces(
            inner.x,
            y,
            inner.w,
            &[
                (pointer, theme.key),
                (" ", theme.text),
                (&pad(name, 10), style),
                (what, if chosen { theme.text } else { theme.dim }),
            ],
        );
        y += 1;
    }
    page(pen, (inner.x, y, inner.w, (inner.y + inner.h).saturating_sub(y)), &lines, 0);
}

/// Draws wrapped lines into x, y, columns, rows, from the line `scroll` on.
fn page(pen: &mut Pen, (x, y, w, h): (u16, u16, u16, u16), lines: &[Line], scroll: usize) {
    let wrapped = lines.iter().flat_map(|(indent, text, style)| {
        let room = usize::from(w).saturating_sub(*indent).max(10);
        wrap(text, room).into_iter().map(move |r| (*indent as u16, text[r].trim_end(), *style))
    });
    for (at, (indent, text, style)) in (y..y + h).zip(wrapped.skip(scroll)) {
        pen.line(x + indent, at, w.saturating_sub(indent), text, style);
    }
}

pub(super) fn judge(pen: &mut Pen, app: &App, shown: &JudgeBox) {
    let theme = pen.theme;
    let JudgeBox { target, cursor, now } = shown;
    let rows = Verdict::ALL.len() as u16 + 5;
    let inner = frame(pen, app, "Your verdict", "↑ ↓ choose   Enter take   Esc leave", 70, rows);
    let llm = app.opinion(target, Job::Verdict).map(|o| &o.says);
    let said = match llm {
        Some(Says::Verdict { verdict, .. }) => format!("The model says {}.", verdict.name()),
        _ => "No model has judged it.".into(),
    };
    pen.line(inner.x, inner.y, inner.w, &said, theme.dim);
    let names = Verdict::ALL.map(Verdict::name).into_iter().chain(["none"]);
    for (i, name) in names.enumerate() {
        let y = inner.y + 1 + i as u16;
        let is_now = Verdict::ALL.get(i).copied() == *now && (now.is_some() || i == Verdict::ALL.len());
        let pointer = if i == *cursor { theme.glyphs.cursor } else { " " };
        let mark = if is_now { theme.glyphs.reviewed } else { " " };
        let style = Verdict::ALL.get(i).map_or(theme.dim, |v| style_of(pen, *v));
        pen.pieces(
            inner.x,
            y,
            inner.w,
            &[(pointer, theme.key), (" ", theme.text), (mark, theme.good), (" ", theme.text), (name, style)],
        );
    }
}

/// What was said of a finding, or of the whole run.
pub(super) fn said(pen: &mut Pen, app: &App, page: &DifferencePage) {
    let theme = pen.theme;
    let target = &page.target;
    let mut lines: Vec<Line> = Vec::new();
    let title = match target {
        Target::Run => "All verdicts, ranked",
        Target::Theme(_) => "Theme",
        _ => "About this difference",
    };
    match (target, app.opinion(target, Job::Summary)) {
        (Target::Run, summary) => {
            match summary {
                Some(o) => ranked(app, o, theme.strong, &mut lines),
                None => lines.push((0, "Not summed up yet: L, then “summary”.".into(), theme.dim)),
            }
            opinions(pen, app, target, &mut lines);
        }
        _ => {
            lines.push((0, app.run.target_name(target), theme.strong));
            if let Target::Theme(id) = target {
                about_theme(pen, app, *id, &mut lines);
            }
            super::difference_page::difference(pen, app, target, &mut lines);
            opinions(pen, app, target, &mut lines);
        }
    }
    show(pen, app, (title, "j k scroll   Esc close"), &lines, page.scroll.0);
}

/// What came of a job, and what was asked and answered for it, word for word.
pub(super) fn exchange(pen: &mut Pen, app: &App, page: &ExchangePage) {
    let theme = pen.theme;
    let Some(task) = app.llm.tasks.get(&page.task) else { return };
    let kept = page.kept.as_deref();
    let clean = |t: &str| Clean::from_untrusted(t).as_str().to_owned();
    let mut lines: Vec<Line> =
        vec![(0, format!("{} of {}", task.job.name(), app.run.target_name(&task.target)), theme.strong)];
    if !task.why.is_empty() {
        lines.push((0, clean(&task.why).replace('\n', " "), theme.warning));
    }
    match app.opinion(&task.target, task.job) {
        Some(o) if task.state == TaskState::Done => match task.job {
            Job::Summary => ranked(app, o, theme.strong, &mut lines),
            _ => lines.extend(
                in_words(app, o, not_tested(app, &o.target))
                    .into_iter()
                    .map(|(indent, text)| (indent, text, theme.text)),
            ),
        },
        _ => {}
    }
    let silent = kept.is_some_and(<[Kept]>::is_empty);
    match kept {
        None => lines.push((0, "Reading what was asked …".into(), theme.dim)),
        Some(_) if silent => lines.push((0, "No answer was kept for it.".into(), theme.dim)),
        Some(_) => {}
    }
    for (i, k) in kept.into_iter().flatten().enumerate() {
        lines.push((0, String::new(), theme.text));
        let prompt = k.asked.as_ref().map_or_else(String::new, |a| format!(", prompt {}", a.prompt));
        lines.push((0, format!("Call {}{prompt}", i + 1), theme.strong));
        if let Some(asked) = &k.asked {
            let turns = asked.turns.iter().map(|t| (if t.by_model { "It answered" } else { "Asked" }, &t.text));
            for (who, text) in [("Above", &asked.system)].into_iter().chain(turns) {
                lines.push((2, format!("{who}:"), theme.key));
                lines.extend(clean(text).lines().map(|l| (4, l.to_owned(), theme.dim)));
            }
        }
        lines.push((2, format!("{} answers ({} tokens):", clean(&k.reply.model), k.reply.tokens_out), theme.key));
        let cut = if k.reply.cut { " […cut off at the limit of tokens]" } else { "" };
        lines.extend(format!("{}{cut}", clean(&k.reply.text)).lines().map(|l| (4, l.to_owned(), theme.text)));
    }
    let title = if task.job == Job::Summary { "All verdicts, ranked" } else { "What was asked and answered" };
    show(pen, app, (title, "j k scroll   Enter to its texts   Esc close"), &lines, page.scroll.0);
}

/// A box with a page of lines.
fn show(pen: &mut Pen, app: &App, (title, hint): (&str, &str), lines: &[Line], scroll: usize) {
    let room = usize::from(BOX.min(app.size.0.saturating_sub(2)).saturating_sub(4));
    let rows: usize =
        lines.iter().map(|(indent, text, _)| wrap(text, room.saturating_sub(*indent).max(10)).len()).sum();
    let height = (rows + 2).min(usize::from(app.size.1.saturating_sub(4))) as u16;
    let inner = frame(pen, app, title, hint, BOX, height);
    // The last page stays full.
    let scroll = scroll.min(rows.saturating_sub(usize::from(inner.h)));
    page(pen, (inner.x, inner.y, inner.w, inner.h), lines, scroll);
}

/// How a theme's texts were chosen, and which clusters they lie in.
fn about_theme(pen: &Pen, app: &App, id: ThemeId, lines: &mut Vec<Line>) {
    let theme = pen.theme;
    let Some(t) = app.run.partition.theme(id) else { return };
    let chosen = crate::text::Clean::one_line(&t.chosen);
    lines.push((0, format!("{} texts: {chosen}.", t.members.len()), theme.dim));
    if let Some(void) = t.void().filter(|_| !app.run.blind && app.run.contrast().is_some()) {
        lines.push((0, crate::text::sentence(void.describe()), theme.warning));
    }
    let Some(f) = app.run.theme_figures(id) else { return };
    lines.push((0, String::new(), theme.text));
    lines.push((0, "They lie in:".into(), theme.dim));
    for &(cluster, n) in &f.clusters {
        let size = app.run.partition.size(cluster);
        let share = 100.0 * f64::from(n) / size.max(1) as f64;
        lines.push((
            2,
            format!("{n:>5} of {size:<5} {share:>3.0} %  #{cluster} {}", app.run.label(cluster)),
            theme.text,
        ));
    }
}

fn ranked(app: &App, o: &Opinion, strong: Style, lines: &mut Vec<Line>) {
    let Says::Summary { overview, ranked } = &o.says else { return };
    lines.push((0, overview.clone(), Style::default()));
    for (place, (target, sentence)) in ranked.iter().enumerate() {
        let what = app.run.target_name(target);
        lines.push((0, String::new(), Style::default()));
        lines.push((0, format!("{}. {what}", place + 1), strong));
        lines.push((3, sentence.clone(), Style::default()));
    }
    lines.push((0, String::new(), Style::default()));
    lines.push((0, format!("{}, {}", o.model, o.prompt), Style::default()));
}

/// Shown instead of what a test of a target said, where its texts were chosen by what is tested.
fn not_tested(app: &App, target: &Target) -> Option<&'static str> {
    match target {
        Target::Cluster(id) => app.run.not_tested(*id),
        _ => None,
    }
}

/// Everything said of a target, in words, for the box of evidence.
pub(super) fn opinions(pen: &Pen, app: &App, target: &Target, out: &mut Vec<Line>) {
    let theme = pen.theme;
    // What tells the models apart stays hidden while judging blindly.
    let tells = |j: &Job| matches!(j, Job::Contrast | Job::Describe | Job::Scan | Job::Hypotheses | Job::Verdict);
    let shown = |j: &&Job| !app.run.blind || !tells(j);
    // The summary has a box of its own.
    let jobs = Job::ALL.iter().filter(|j| **j != Job::Summary);
    let found: Vec<&Opinion> = jobs.filter(shown).filter_map(|j| app.opinion(target, *j)).collect();
    if found.is_empty() {
        return;
    }
    out.push((0, String::new(), theme.text));
    out.push((0, "A language model says (nothing of it changes anything by itself):".into(), theme.dim));
    for o in found {
        let old = if app.run.is_current(o) { "" } else { " (of an older state of the cluster)" };
        let style = if old.is_empty() { theme.text } else { theme.dim };
        let state = match job_of(&o.says) {
            Job::Label | Job::Purity => format!(", {}", decision_in_words(app.run.partition.decision(o.id))),
            _ => String::new(),
        };
        for (indent, text) in in_words(app, o, not_tested(app, target)) {
            out.push((indent, text, style));
        }
        out.push((2, format!("{}, {}{state}{old}", o.model, o.prompt), theme.dim));
    }
}

/// A proposal in one line, with the keys that decide it.
pub(super) fn proposal_line(app: &App, o: &Opinion, now: Option<f64>) -> String {
    match &o.says {
        Says::Label { label, fit, .. } => {
            let fit = match (fit, now) {
                (Some(f), Some(n)) => format!(" (topic match {f:.2}, now {n:.2})"),
                (Some(f), None) => format!(" (topic match {f:.2})"),
                _ => String::new(),
            };
            format!("{} “{label}”{fit}   a accept  e edit  x reject   {}", "proposed:", o.model)
        }
        Says::Purity { sides: Some([a, b]), .. } => {
            format!("proposed split: “{}” | “{}”   a preview  x reject   {}", a.name, b.name, o.model)
        }
        _ => app.llm.place.clone().unwrap_or_default(),
    }
}
