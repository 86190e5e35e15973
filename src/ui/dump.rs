//! A drawn screen as text with its styles (for tests, which must notice a lost colour) and as a picture.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The characters, then for each line the runs of one style that is not the default.
pub fn dump_text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for cell in row(buffer, y) {
            line.push_str(cell.1.symbol());
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push_str("--- styles\n");
    for y in 0..buffer.area.height {
        let mut runs: Vec<(u16, u16, String)> = Vec::new();
        for (x, cell) in row(buffer, y) {
            let style = name(cell);
            match runs.last_mut() {
                Some((_, end, s)) if *s == style && *end == x => *end = x + 1,
                _ => runs.push((x, x + 1, style)),
            }
        }
        let shown: Vec<String> =
            runs.iter().filter(|r| !r.2.is_empty()).map(|(a, b, s)| format!("{a}-{b} {s}")).collect();
        if !shown.is_empty() {
            let _ = writeln!(out, "{y}: {}", shown.join("; "));
        }
    }
    out
}

/// Cells of a line; the second half of a wide character is left out.
fn row(buffer: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell)> {
    let mut skip = 0;
    (0..buffer.area.width).filter_map(move |x| {
        if skip > 0 {
            skip -= 1;
            return None;
        }
        let cell = buffer.cell((x, y))?;
        skip = crate::text::width(cell.symbol()).saturating_sub(1);
        Some((x, cell))
    })
}

fn name(cell: &Cell) -> String {
    let mut parts = Vec::new();
    for (what, colour) in [("fg", cell.fg), ("bg", cell.bg)] {
        match colour {
            Color::Reset => {}
            Color::Indexed(i) => parts.push(format!("{what}{i}")),
            other => parts.push(format!("{what}:{other}")),
        }
    }
    for (m, name) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::REVERSED, "reverse"),
        (Modifier::UNDERLINED, "under"),
    ] {
        if cell.modifier.contains(m) {
            parts.push(name.to_owned());
        }
    }
    parts.join("+")
}

/// The screen as an SVG picture on a dark ground.
pub fn dump_svg(buffer: &Buffer) -> String {
    const CELL: (f64, f64) = (8.4, 18.0);
    let (w, h) = (f64::from(buffer.area.width) * CELL.0, f64::from(buffer.area.height) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"DejaVu Sans Mono, Menlo, \
         Consolas, monospace\" font-size=\"14\"><rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1b1d23\"/>",
        w + 16.0,
        h + 16.0
    );
    for y in 0..buffer.area.height {
        let top = f64::from(y) * CELL.1 + 8.0;
        let cells: Vec<(u16, &Cell)> = row(buffer, y).collect();
        let mut i = 0;
        while i < cells.len() {
            let (x, first) = cells[i];
            let same = |c: &Cell| (c.fg, c.bg, c.modifier) == (first.fg, first.bg, first.modifier);
            let mut text = String::new();
            let mut j = i;
            while j < cells.len() && same(cells[j].1) {
                text.push_str(cells[j].1.symbol());
                j += 1;
            }
            let end = cells.get(j).map_or(buffer.area.width, |c| c.0);
            let (left, width) = (f64::from(x) * CELL.0 + 8.0, f64::from(end - x) * CELL.0);
            let reversed = first.modifier.contains(Modifier::REVERSED);
            let (mut fg, mut bg) = (rgb(first.fg, "#d6d8de"), rgb(first.bg, ""));
            if reversed {
                (fg, bg) = ("#1b1d23".to_owned(), fg);
            }
            if !bg.is_empty() {
                let _ = write!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"18\" fill=\"{bg}\"/>"
                );
            }
            if !text.trim().is_empty() {
                let weight = if first.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
                let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let _ = write!(
                    out,
                    "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{fg}\"{weight} textLength=\"{width:.1}\" \
                     lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{escaped}</text>",
                    top + 13.5
                );
            }
            i = j;
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Colours of xterm's table that the themes use.
fn rgb(c: Color, default: &str) -> String {
    match c {
        Color::Indexed(i @ 16..=231) => {
            let level = |v: u8| if v == 0 { 0 } else { 55 + 40 * u32::from(v) };
            let v = i - 16;
            format!("#{:02x}{:02x}{:02x}", level(v / 36), level(v / 6 % 6), level(v % 6))
        }
        Color::Indexed(i @ 232..=255) => {
            let v = 8 + 10 * u32::from(i - 232);
            format!("#{v:02x}{v:02x}{v:02x}")
        }
        _ => default.to_owned(),
    }
}
