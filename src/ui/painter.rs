//! Puts cleaned text into cells.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::theme::Theme;
use crate::app::Area;
use crate::text::{ascii, truncate, width};

/// A buffer with the theme.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    pub theme: &'a Theme,
}

impl<'a> Pen<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme }
    }

    /// Empties the screen.
    pub fn clear(&mut self) {
        self.buffer.reset();
    }

    /// Writes one line, cut to `columns`, and returns the column after it. Text must be clean.
    pub fn line(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if x >= area.width || y >= area.height || columns == 0 {
            return x;
        }
        let columns = columns.min(area.width - x);
        let cut = truncate(text, usize::from(columns));
        let cut = if cut.ends_with('…') && !text.ends_with('…') {
            cut.replace('…', self.theme.glyphs.ellipsis)
        } else {
            cut
        };
        let cut = if self.theme.glyphs.ascii { ascii(&cut) } else { cut };
        let (end, _) = self.buffer.set_stringn(x, y, &cut, usize::from(columns), style);
        end
    }

    /// Writes pieces one after another within `columns`.
    pub fn pieces(&mut self, x: u16, y: u16, columns: u16, pieces: &[(&str, Style)]) -> u16 {
        let end = x + columns;
        let mut at = x;
        for (text, style) in pieces {
            if at >= end {
                break;
            }
            at = self.line(at, y, end - at, text, *style);
        }
        at
    }

    /// Writes at the right end of `columns`; returns the first column used.
    pub fn right(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let w = (width(text) as u16).min(columns);
        let from = x + columns - w;
        self.line(from, y, w, text, style);
        from
    }

    /// Lays a style over cells.
    pub fn tint(&mut self, area: Area, style: Style) {
        let rect = ratatui::layout::Rect::new(area.x, area.y, area.w, area.h).intersection(self.buffer.area);
        self.buffer.set_style(rect, style);
    }

    /// Empties cells.
    pub fn blank(&mut self, area: Area, style: Style) {
        let rect = ratatui::layout::Rect::new(area.x, area.y, area.w, area.h).intersection(self.buffer.area);
        for position in rect.positions() {
            // Reset, not written over: a style without a colour would let the one below show through.
            self.buffer[position].reset();
        }
        self.tint(area, style);
    }

    /// A title over a rule.
    pub fn title(&mut self, area: Area, title: &str, style: Style, right: &str) {
        let dash = self.theme.glyphs.dash.repeat(usize::from(area.w));
        self.line(area.x, area.y, area.w, &dash, self.theme.dim);
        let right_width = width(right) as u16;
        let room = area.w.saturating_sub(4);
        let end = self.pieces(area.x + 1, area.y, room, &[(" ", style), (title, style), (" ", style)]);
        if right_width > 0 && end + right_width + 2 < area.x + area.w {
            let text = format!(" {right} ");
            self.right(area.x, area.y, area.w - 1, &text, self.theme.dim);
        }
    }
}
