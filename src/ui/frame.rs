//! The box that an overlay is drawn in, and the lines inside it.

use ratatui::style::Style;

use super::painter::Pen;
use crate::app::{App, Area};
use crate::model::Verdict;

/// Columns beside a box in which nothing behind it is shown.
const PEEP: u16 = 4;

/// A box in the middle of the screen; returns what is inside.
pub(super) fn frame(pen: &mut Pen, app: &App, title: &str, hint: &str, width: u16, height: u16) -> Area {
    frame_on(pen, app.size, title, hint, (width, height))
}

/// The same on a screen of this size, the box of that one at most.
pub(super) fn frame_on(pen: &mut Pen, screen: (u16, u16), title: &str, hint: &str, most: (u16, u16)) -> Area {
    let (w, h) = (most.0.min(screen.0.saturating_sub(2)), most.1.min(screen.1.saturating_sub(2)));
    let area = Area { x: (screen.0 - w) / 2, y: (screen.1 - h) / 2, w, h };
    let theme = pen.theme;
    // A letter or two of what lies behind would read as part of the box.
    if area.x <= PEEP {
        pen.blank(Area { x: 0, w: screen.0, ..area }, Style::default());
    }
    pen.blank(area, theme.overlay);
    pen.title(area, title, theme.title_focused.patch(theme.overlay), "");
    let dash = theme.glyphs.dash.repeat(usize::from(w));
    pen.line(area.x, area.y + h - 1, w, &dash, theme.dim);
    pen.line(area.x + 2, area.y + h - 1, w.saturating_sub(4), &format!(" {hint} "), theme.dim);
    pen.tint(area, background(theme.overlay));
    Area { x: area.x + 2, y: area.y + 1, w: w.saturating_sub(4), h: h.saturating_sub(2) }
}

/// Only the ground of a style.
fn background(style: Style) -> Style {
    Style { bg: style.bg, ..Style::default() }
}

/// A line of a page: its indent, text and style.
pub(super) type Line = (usize, String, Style);

/// The style of a verdict.
pub(super) fn style_of(pen: &Pen, v: Verdict) -> Style {
    match v {
        Verdict::Concerning => pen.theme.error,
        Verdict::Surprising => pen.theme.warning,
        Verdict::Intended => pen.theme.good,
        Verdict::Artefact | Verdict::Unclear => pen.theme.dim,
    }
}
