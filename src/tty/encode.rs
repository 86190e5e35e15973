//! The bytes that turn one screen into the next, as few as possible: over SSH every key costs what this writes. ratatui's own
//! back end jumps over each cell that happens to stay the same, which between two texts are many jumps of eight bytes.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::scroll::Scroll;
use super::spot::{Look, Spot};

/// Bytes of a frame from which it is worth looking for rows that only moved.
const WORTH_A_SCROLL: usize = 400;

/// Writes what changes `before` into `after`, which have the same size. The terminal's style must be its default; it is left
/// so. Nothing is written when nothing changed.
pub(super) fn encode(before: &Buffer, after: &Buffer) -> Vec<u8> {
    let (w, h) = (usize::from(after.area.width), usize::from(after.area.height));
    let mut old: Vec<Vec<Spot>> = (0..h).map(|y| row(before, y, w)).collect();
    let new: Vec<Vec<Spot>> = (0..h).map(|y| row(after, y, w)).collect();
    let plain = write_rows(&old, &new, w);
    if plain.len() < WORTH_A_SCROLL {
        return plain;
    }
    let Some(scroll) = Scroll::find(&old, &new) else { return plain };
    scroll.apply(&mut old);
    let scrolled = [scroll.bytes(), write_rows(&old, &new, w)].concat();
    if scrolled.len() < plain.len() { scrolled } else { plain }
}

fn write_rows(old: &[Vec<Spot>], new: &[Vec<Spot>], width: usize) -> Vec<u8> {
    let mut out = Out { bytes: Vec::new(), at: None, style: Look::default(), width };
    for (y, (old, new)) in old.iter().zip(new).enumerate() {
        write_row(&mut out, y, old, new);
    }
    out.restyle(Look::default());
    out.bytes
}

/// What is seen of a modifier where there is no sign.
const SHOWN_ON_SPACES: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

fn look_of(cell: &Cell) -> Look {
    if cell.symbol() == " " && !cell.modifier.intersects(SHOWN_ON_SPACES) {
        return Look { fg: Color::Reset, bg: cell.bg, modifier: Modifier::empty() };
    }
    Look { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
}

fn row(buffer: &Buffer, y: usize, w: usize) -> Vec<Spot<'_>> {
    let mut out = Vec::with_capacity(w);
    while out.len() < w {
        let x = out.len();
        let Some(cell) = buffer.content.get(y * w + x) else {
            out.push(Spot::BLANK);
            continue;
        };
        let columns = cell.symbol().width().max(1);
        if x + columns > w {
            // Half a wide sign at the edge would wrap.
            out.push(Spot::Sign { text: " ", columns: 1, look: Look { bg: cell.bg, ..Look::default() } });
            continue;
        }
        out.push(Spot::Sign { text: cell.symbol(), columns, look: look_of(cell) });
        out.extend(std::iter::repeat_n(Spot::Covered, columns - 1));
    }
    out
}

fn write_row(out: &mut Out, y: usize, old: &[Spot], new: &[Spot]) {
    let w = new.len();
    let mut changed: Vec<bool> = old.iter().zip(new).map(|(a, b)| a != b).collect();
    // A wide sign is written from its left half.
    for x in (1..w).rev() {
        if changed[x] && new[x] == Spot::Covered {
            changed[x - 1] = true;
        }
    }
    let Some(last) = changed.iter().rposition(|c| *c) else { return };
    // Where only blanks follow, one sequence erases the rest of the row.
    let filled = new.iter().rposition(|s| *s != Spot::BLANK).map_or(0, |x| x + 1);
    let erase = last + 1 > filled + 3;
    let end = if erase { filled } else { last + 1 };
    let mut x = 0;
    while x < end {
        let Some(next) = (x..end).find(|&i| changed[i]) else { break };
        // Cells that stay are written again where that is shorter than a jump.
        let from = if out.at == Some((x, y)) && out.cost(&new[x..next]) <= jump(next - x) { x } else { next };
        out.go(from, y);
        x = from;
        while x <= next {
            let Spot::Sign { text, columns, look } = new[x] else {
                x += 1;
                continue;
            };
            out.sign(text, columns, look);
            x += columns;
        }
    }
    if erase {
        out.go(filled, y);
        if !does(out.style, " ", Look::default()) {
            out.restyle(Look::default());
        }
        out.bytes.extend(b"\x1b[K");
    }
}

/// Bytes of a jump to the right.
fn jump(columns: usize) -> usize {
    match columns {
        0 => 0,
        1 => 3,
        2..=9 => 4,
        10..=99 => 5,
        _ => 6,
    }
}

/// Bytes, and the state in which they leave the terminal.
struct Out {
    bytes: Vec<u8>,
    /// Where the cursor is: column and row; unknown at first, after the last column, and after signs on whose width
    /// terminals differ.
    at: Option<(usize, usize)>,
    style: Look,
    width: usize,
}

impl Out {
    fn go(&mut self, x: usize, y: usize) {
        match self.at {
            Some((cx, cy)) if (cx, cy) == (x, y) => return,
            Some((cx, cy)) if cy == y && cx < x => match x - cx {
                1 => self.bytes.extend(b"\x1b[C"),
                n => self.bytes.extend(format!("\x1b[{n}C").bytes()),
            },
            Some((_, cy)) if cy + 1 == y && x == 0 => self.bytes.extend(b"\r\n"),
            _ if x == 0 => self.bytes.extend(format!("\x1b[{}H", y + 1).bytes()),
            _ => self.bytes.extend(format!("\x1b[{};{}H", y + 1, x + 1).bytes()),
        }
        self.at = Some((x, y));
    }

    fn sign(&mut self, text: &str, columns: usize, look: Look) {
        if !does(self.style, text, look) {
            self.restyle(look);
        }
        self.bytes.extend(text.bytes());
        let certain = text.chars().count() == 1 && text.chars().all(|c| (c as u32) < 0x2600 || ideograph(c));
        self.at = self.at.map(|(x, y)| (x + columns, y)).filter(|(x, _)| certain && *x < self.width);
    }

    /// Bytes of writing some spots where the cursor is, without what their looks would cost when they differ much.
    fn cost(&self, spots: &[Spot]) -> usize {
        let mut style = self.style;
        let mut total = 0;
        for s in spots {
            let Spot::Sign { text, look, .. } = s else { continue };
            total += text.len();
            if !does(style, text, *look) {
                total += change(style, *look).len();
                style = *look;
            }
        }
        total
    }

    fn restyle(&mut self, look: Look) {
        if look != self.style {
            self.bytes.extend(change(self.style, look).bytes());
            self.style = look;
        }
    }
}

/// Whether a sign looks right in the style that is set: a space shows no more than its ground.
fn does(set: Look, text: &str, look: Look) -> bool {
    let plain = look.fg == Color::Reset && look.modifier.is_empty();
    set == look || text == " " && plain && set.bg == look.bg && !set.modifier.intersects(SHOWN_ON_SPACES)
}

/// Characters whose two columns no terminal disputes.
fn ideograph(c: char) -> bool {
    matches!(c as u32, 0x3041..=0x33ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff01..=0xff60)
}

/// The sequence from one look to another: what differs, or all anew when that is shorter or something must go.
fn change(from: Look, to: Look) -> String {
    let whole = codes(Look::default(), to);
    let anew = if whole.is_empty() { "\x1b[m".to_owned() } else { format!("\x1b[0;{}m", whole.join(";")) };
    if !(from.modifier - to.modifier).is_empty() {
        return anew;
    }
    let parts = format!("\x1b[{}m", codes(from, to).join(";"));
    if parts.len() <= anew.len() { parts } else { anew }
}

/// Parameters of what differs between two looks, where nothing is taken away.
fn codes(from: Look, to: Look) -> Vec<String> {
    let mut out = Vec::new();
    let added = to.modifier - from.modifier;
    for (modifier, code) in [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
        (Modifier::CROSSED_OUT, "9"),
    ] {
        if added.contains(modifier) {
            out.push(code.to_owned());
        }
    }
    if from.fg != to.fg {
        out.push(colour(to.fg, 30));
    }
    if from.bg != to.bg {
        out.push(colour(to.bg, 40));
    }
    out
}

/// A colour's parameter; `base` is 30 for the foreground, 40 for the background.
fn colour(c: Color, base: u8) -> String {
    let plain = |n: u8| (base + n).to_string();
    let bright = |n: u8| (base + 60 + n).to_string();
    match c {
        Color::Reset => plain(9),
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
    }
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
