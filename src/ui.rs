//! Drawing, from `&App` alone. Every string that came from a file is cleaned before it is put into a cell, and the
//! bottom right cell is always our own: ratatui 0.30 can read past the end when a wide character stands there.

mod ask;
mod clusters;
mod difference_page;
mod differences;
mod dump;
mod evidence;
mod format;
mod frame;
mod header_footer;
mod help;
mod jobs;
mod label;
mod map;
mod masking;
mod members;
mod merges;
mod overlays;
mod painter;
mod pairs;
mod probing;
mod reader;
mod said;
mod summary;
mod theme;

pub use dump::{dump_svg, dump_text};
pub use probing::draw_probing;
pub use theme::{Depth, Glyphs, Theme, ThemeChoice};

use ratatui::buffer::Buffer;

use crate::app::{App, Pane, Tab};
use painter::Pen;

/// Draws into a buffer of the app's size.
pub fn draw_buffer(buffer: &mut Buffer, app: &App, theme: &Theme) {
    let mut pen = Pen::new(buffer, theme);
    let at = app.layout();
    if at.too_small {
        pen.clear();
        pen.line(0, 0, app.size.0, "gander needs 50 × 12 cells;", theme.error);
        pen.line(0, 1, app.size.0, "make the window larger.", theme.error);
        return;
    }
    header_footer::header(&mut pen, app, at.header);
    if let (Some(area), Some(u)) = (at.notice, app.run.figures.unreadable) {
        let said = crate::text::whole_fields(&u.says(), "; ", usize::from(area.w));
        pen.line(area.x, area.y, area.w, &said, theme.error);
    }
    if let Some(area) = at.list {
        match app.tab {
            Tab::Clusters => clusters::draw(&mut pen, app, area),
            Tab::Differences => differences::draw(&mut pen, app, area),
            Tab::Jobs => jobs::draw(&mut pen, app, area),
            Tab::Map => map::draw(&mut pen, app, area),
        }
        // A rule between the panes, where there are two.
        if at.members.is_some() {
            for y in area.y..area.y + area.h {
                pen.line(area.x + area.w, y, 1, theme.glyphs.rule, theme.dim);
            }
        }
    }
    if let Some(area) = at.members {
        members::draw(&mut pen, app, area);
    }
    match at.reader {
        Some(area) if app.shows_card() => summary::draw(&mut pen, app, area),
        Some(area) => reader::draw(&mut pen, app, area),
        None => {}
    }
    if let Some(area) = at.tip {
        header_footer::tip(&mut pen, app, area);
    }
    header_footer::draw(&mut pen, app, at.footer);
    overlays::draw(&mut pen, app);
}

/// Style of a pane's title.
fn title_style(theme: &Theme, app: &App, pane: Pane) -> ratatui::style::Style {
    if app.focus == pane { theme.title_focused } else { theme.title }
}
