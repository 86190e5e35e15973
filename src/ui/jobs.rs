//! What a language model is asked: how far it is, what it cost, what failed.

use super::format::counted;
use super::painter::Pen;
use super::title_style;
use crate::app::{App, Area, Pane};
use crate::llm::{dollars, grouped};
use crate::model::{QueuedTask, TaskState};
use crate::text::{Clean, pad};

pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let llm = &app.llm;
    let (open, all) = llm.progress();
    let waiting = llm.waiting();
    let title = if waiting > 0 {
        format!("Jobs: {waiting} wait; R goes on with them")
    } else if open > 0 {
        format!("Jobs: {} of {all} done", all - open)
    } else {
        counted(all, "job")
    };
    pen.title(area, &title, title_style(theme, app, Pane::List), llm.place.as_deref().unwrap_or("no language model"));
    let used = llm.spent.used;
    let cost = llm.spent.dollars.map_or_else(String::new, |d| format!(", {}", dollars(d)));
    let since = format!(
        "Since gander was opened: {} calls, {} tokens read, {} written{cost}.",
        grouped(used.calls),
        grouped(used.tokens_in),
        grouped(used.tokens_out)
    );
    pen.line(area.x + 1, area.y + 1, area.w.saturating_sub(1), &since, theme.dim);
    if let Some(why) = &llm.stopped {
        let why = Clean::one_line(why);
        pen.line(area.x + 1, area.y + 2, area.w.saturating_sub(1), &format!("Stopped: {why}"), theme.error);
    }
    let rows = llm.rows();
    if rows.is_empty() {
        let why = match llm.place {
            Some(_) => "Nothing was asked yet: L on a cluster or a difference asks.",
            None => "No language model: open gander with --llm URL#model. Nothing is ever sent without it.",
        };
        pen.line(area.x + 2, area.y + 4, area.w.saturating_sub(2), why, theme.dim);
        return;
    }
    let space = area.rows().saturating_sub(2);
    for (i, task) in rows.iter().enumerate().skip(app.jobs.top).take(space) {
        let y = area.y + 3 + (i - app.jobs.top) as u16;
        row(pen, app, area, y, task);
        if i == app.jobs.cursor {
            pen.tint(Area { y, h: 1, ..area }, theme.cursor);
            pen.line(area.x, y, 1, theme.glyphs.cursor, theme.key);
        }
    }
}

fn row(pen: &mut Pen, app: &App, area: Area, y: u16, task: &QueuedTask) {
    let theme = pen.theme;
    let (state, style) = match task.state {
        TaskState::Waiting => ("waiting", theme.dim),
        TaskState::Running => ("asking", theme.warning),
        TaskState::Done => ("done", theme.good),
        TaskState::Failed => ("failed", theme.error),
        TaskState::Cancelled => ("cancelled", theme.dim),
    };
    let what = app.run.target_name(&task.target);
    let why = Clean::one_line(&task.why);
    pen.pieces(
        area.x,
        y,
        area.w,
        &[
            (&format!("{:>5} ", task.id), theme.dim),
            (&pad(state, 10), style),
            (&pad(task.job.name(), 11), theme.strong),
            (&what, theme.text),
            ("  ", theme.text),
            (&why, style),
        ],
    );
}
