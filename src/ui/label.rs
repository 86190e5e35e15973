//! What is shown beside and above the line in which a label is typed.

use ratatui::style::Style;

use super::painter::Pen;
use super::theme::Theme;
use crate::app::{App, Area};
use crate::diagnostics::{LabelMeasured, StanceVerdict};
use crate::text::truncate;

/// Topic match and stance, at the right end of the line.
pub(super) fn measured(m: &LabelMeasured) -> String {
    let matched = match m.fit {
        Some(f) => format!("topic match {:.2} ({:.2}–{:.2})", f.auc, f.ci[0], f.ci[1]),
        None => "topic match –".into(),
    };
    let stance = m.stance.as_ref().map_or(String::new(), |s| {
        let percent = |share: f64| (share * 100.0).round();
        match s.verdict {
            StanceVerdict::Agrees => format!(", {:.0} % agree", percent(s.agrees)),
            StanceVerdict::Contradicts => format!(", {:.0} % contradict it", percent(s.contradicts)),
            StanceVerdict::Unclear => ", stance unclear".into(),
        }
    });
    format!(" {matched}{stance} ")
}

/// Green only where the topic matches and the texts do not contradict the label.
pub(super) fn style(theme: &Theme, m: &LabelMeasured) -> Style {
    match &m.stance {
        Some(s) if s.is_contradicted() => theme.warning,
        _ if m.fit.is_none_or(|f| f.is_low()) => theme.warning,
        Some(s) if s.verdict == StanceVerdict::Unclear => theme.text,
        _ => theme.good,
    }
}

/// The members that speak against the label most, in the lines above.
pub(super) fn worst(pen: &mut Pen, app: &App, line: Area, m: &LabelMeasured) {
    let theme = pen.theme;
    let rows = m.worst.len() as u16 + 1;
    if m.worst.is_empty() || line.y < rows + 4 {
        return;
    }
    let contradicted = m.stance.as_ref().is_some_and(|s| s.is_contradicted());
    let title =
        if contradicted { " Texts that contradict the label most:" } else { " Texts that match the label least:" };
    let heads = m.worst.iter().map(|&s| {
        let head = app.run.heads.get(s as usize).map_or("", String::as_str);
        (format!("   {head}"), theme.text)
    });
    let lines = std::iter::once((title.to_owned(), theme.dim)).chain(heads);
    let blank = " ".repeat(usize::from(line.w));
    for ((said, style), y) in lines.zip(line.y - rows..line.y) {
        pen.line(line.x, y, line.w, &blank, theme.text);
        pen.line(line.x, y, line.w, &truncate(&said, usize::from(line.w)), style);
    }
}
