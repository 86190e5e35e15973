//! Tests of `encode.rs`.

use super::*;
use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::Style;

const SIGNS: &[&str] = &["a", "b", " ", " ", "漢", "é", "─", "e\u{301}", "█", "👍"];

fn screen() -> impl Strategy<Value = Vec<(usize, u8)>> {
    proptest::collection::vec((0..SIGNS.len(), 0u8..6), 12 * 4)
}

fn buffer(signs: &[(usize, u8)]) -> Buffer {
    let mut b = Buffer::empty(Rect::new(0, 0, 12, 4));
    for y in 0..4u16 {
        let mut x = 0u16;
        for &(sign, look) in &signs[usize::from(y) * 12..][..12] {
            let style = match look {
                0 | 1 => Style::default(),
                2 => Style::default().fg(Color::Indexed(75)),
                3 => Style::default().bg(Color::Indexed(238)).add_modifier(Modifier::BOLD),
                4 => Style::default().add_modifier(Modifier::REVERSED),
                _ => Style::default().fg(Color::Red).add_modifier(Modifier::UNDERLINED),
            };
            if x < 12 {
                x = b.set_stringn(x, y, SIGNS[sign], usize::from(12 - x), style).0.max(x + 1);
            }
        }
    }
    b
}

/// What a terminal shows of a screen: signs and looks.
fn shown(parser: &vt100::Parser, (h, w): (u16, u16)) -> Vec<(String, vt100::Color, vt100::Color, bool, bool, bool)> {
    let mut out = Vec::new();
    for y in 0..h {
        for x in 0..w {
            let c = parser.screen().cell(y, x).unwrap();
            let text = if c.has_contents() { c.contents().to_owned() } else { " ".to_owned() };
            let blank = text == " " && !c.inverse() && !c.underline();
            let fg = if blank { vt100::Color::Default } else { c.fgcolor() };
            out.push((text, fg, c.bgcolor(), c.bold() && !blank, c.inverse(), c.underline()));
        }
    }
    out
}

proptest! {
    #[test]
    fn a_terminal_shows_the_second_screen_whatever_stood_before(a in screen(), b in screen()) {
        let (empty, a, b) = (Buffer::empty(Rect::new(0, 0, 12, 4)), buffer(&a), buffer(&b));
        let mut stepwise = vt100::Parser::new(4, 12, 0);
        stepwise.process(&encode(&empty, &a));
        stepwise.process(&encode(&a, &b));
        let mut fresh = vt100::Parser::new(4, 12, 0);
        fresh.process(&encode(&empty, &b));
        prop_assert_eq!(shown(&stepwise, (4, 12)), shown(&fresh, (4, 12)));
        // And what is shown is what was drawn.
        for y in 0..4u16 {
            for x in 0..12u16 {
                let cell = fresh.screen().cell(y, x).unwrap();
                if cell.has_contents() && !cell.is_wide_continuation() {
                    prop_assert_eq!(cell.contents(), b[(x, y)].symbol());
                }
            }
        }
    }
}

/// A screen of rows, some of which may be the same.
fn lines(rows: &[u8]) -> Buffer {
    let mut b = Buffer::empty(Rect::new(0, 0, 40, rows.len() as u16));
    for (y, &row) in rows.iter().enumerate() {
        let style = if row % 3 == 0 { Style::default().bg(Color::Indexed(238)) } else { Style::default() };
        b.set_string(0, y as u16, format!("{row:>3} a row of letters 漢 number {row:>3}"), style);
    }
    b
}

proptest! {
    #[test]
    fn rows_that_moved_are_right_and_cost_little(
        first in 0u8..100, by in -8i16..8, changed in 0usize..20, at in 0usize..20,
    ) {
        let rows: Vec<u8> = (0..20).map(|y| first + y).collect();
        let mut moved: Vec<u8> = rows.iter().map(|r| (i16::from(*r) + by).clamp(0, 255) as u8).collect();
        moved[0] = 1;
        moved[changed] = 250 - at as u8;
        let (a, b) = (lines(&rows), lines(&moved));
        let mut stepwise = vt100::Parser::new(20, 40, 0);
        stepwise.process(&encode(&Buffer::empty(a.area), &a));
        let bytes = encode(&a, &b);
        stepwise.process(&bytes);
        let mut fresh = vt100::Parser::new(20, 40, 0);
        fresh.process(&encode(&Buffer::empty(a.area), &b));
        prop_assert_eq!(shown(&stepwise, (20, 40)), shown(&fresh, (20, 40)));
        prop_assert!(bytes.len() < 200 + 60 * (usize::from(by.unsigned_abs()) + 2), "{} bytes", bytes.len());
    }
}

#[test]
fn nothing_is_written_for_nothing_and_little_for_little() {
    let mut a = Buffer::empty(Rect::new(0, 0, 80, 24));
    a.set_string(3, 5, "the quick brown fox jumps over it", Style::default());
    assert!(encode(&a, &a).is_empty());
    let mut b = a.clone();
    b.set_string(3, 5, "the quiet brown cat jumps over me", Style::default());
    let bytes = encode(&a, &b);
    assert!(bytes.len() < 34, "{:?}", String::from_utf8_lossy(&bytes));
    let erased = encode(&a, &Buffer::empty(a.area));
    assert_eq!(String::from_utf8_lossy(&erased), "\u{1b}[6H\u{1b}[K");
}
