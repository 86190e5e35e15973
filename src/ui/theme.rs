//! Colours and signs by role, never by hue.

use ratatui::style::{Color, Modifier, Style};

/// Colours a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None: bold, dim and reverse only.
    None,
    /// The terminal's own 16.
    Ansi,
    /// The 256 of xterm.
    Indexed,
}

/// What the person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ThemeChoice {
    Dark,
    Light,
}

/// Signs, in Unicode or in ASCII.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Glyphs {
    pub ascii: bool,
    pub cursor: &'static str,
    pub mark: &'static str,
    pub rule: &'static str,
    pub dash: &'static str,
    pub opposed: &'static str,
    pub impure: &'static str,
    pub flagged: &'static str,
    pub reviewed: &'static str,
    pub stale: &'static str,
    pub proposal: &'static str,
    pub note: &'static str,
    pub shift: &'static str,
    pub wording: &'static str,
    pub branch: &'static str,
    pub blank: &'static str,
    pub sides: [&'static str; 2],
    /// The end of a bar of either side that ends in the middle of a cell, seen from the middle of the bar.
    pub half_sides: [&'static str; 2],
    pub heat: [&'static str; 9],
    pub ellipsis: &'static str,
    pub saved: &'static str,
    pub unsaved: &'static str,
    pub recomputing: &'static str,
    pub gauge: [&'static str; 2],
}

/// For terminals with a Unicode font.
pub const UNICODE: Glyphs = Glyphs {
    ascii: false,
    cursor: "▸",
    mark: "●",
    rule: "│",
    dash: "─",
    opposed: "◐",
    impure: "◌",
    flagged: "⚑",
    reviewed: "✓",
    stale: "≠",
    proposal: "✎",
    note: "≡",
    shift: "⇄",
    wording: "~",
    branch: "└",
    blank: "∅",
    sides: ["━", "█"],
    half_sides: ["╺", "▌"],
    heat: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    ellipsis: "…",
    saved: "●",
    unsaved: "○",
    recomputing: "↻",
    gauge: ["█", "░"],
};

/// For all others.
pub const ASCII: Glyphs = Glyphs {
    ascii: true,
    cursor: ">",
    mark: "*",
    rule: "|",
    dash: "-",
    opposed: "%",
    impure: ":",
    flagged: "!",
    reviewed: "v",
    stale: "x",
    proposal: "?",
    note: "=",
    shift: "s",
    wording: "~",
    branch: "`",
    blank: "0",
    sides: ["-", "#"],
    half_sides: ["", ""],
    heat: [" ", ".", ":", "-", "=", "+", "*", "%", "#"],
    ellipsis: ".",
    saved: "*",
    unsaved: "o",
    recomputing: "@",
    gauge: ["#", "."],
};

/// Styles by role.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Theme {
    pub text: Style,
    pub dim: Style,
    pub title: Style,
    pub title_focused: Style,
    pub cursor: Style,
    pub cursor_unfocused: Style,
    pub left: Style,
    pub right: Style,
    pub others: Style,
    pub strong: Style,
    pub warning: Style,
    pub error: Style,
    pub good: Style,
    pub lit: Style,
    pub lit_place: Style,
    clusters: [Style; 6],
    pub control: Style,
    pub overlay: Style,
    pub key: Style,
    pub glyphs: Glyphs,
}

impl Theme {
    /// Blue against orange: told apart by every kind of colour vision, and by their signs without any.
    pub fn new(choice: ThemeChoice, depth: Depth, ascii: bool) -> Self {
        let s = Style::default();
        let dark = choice == ThemeChoice::Dark;
        let colour = |on_dark: u8, on_light: u8, ansi: Color| match depth {
            Depth::None => s,
            Depth::Ansi => s.fg(ansi),
            Depth::Indexed => s.fg(Color::Indexed(if dark { on_dark } else { on_light })),
        };
        let ground = |on_dark: u8, on_light: u8, without: Modifier| match depth {
            Depth::Indexed => s.bg(Color::Indexed(if dark { on_dark } else { on_light })),
            _ => s.add_modifier(without),
        };
        Self {
            text: s,
            dim: match depth {
                Depth::Indexed => colour(245, 242, Color::DarkGray),
                _ => s.add_modifier(Modifier::DIM),
            },
            title: s.add_modifier(Modifier::BOLD),
            title_focused: colour(215, 130, Color::Yellow).add_modifier(Modifier::BOLD),
            cursor: ground(238, 253, Modifier::REVERSED),
            cursor_unfocused: match depth {
                Depth::Indexed => ground(235, 255, Modifier::empty()),
                _ => s.add_modifier(Modifier::UNDERLINED),
            },
            left: colour(75, 25, Color::Cyan),
            right: colour(215, 130, Color::Yellow),
            others: colour(141, 91, Color::Magenta),
            strong: s.add_modifier(Modifier::BOLD),
            warning: colour(180, 94, Color::Yellow),
            error: colour(210, 160, Color::Red).add_modifier(Modifier::BOLD),
            good: colour(114, 28, Color::Green),
            lit: match depth {
                Depth::Indexed => colour(229, 88, Color::White).add_modifier(Modifier::BOLD),
                _ => s.add_modifier(Modifier::BOLD),
            },
            lit_place: match depth {
                Depth::Indexed => ground(238, 253, Modifier::empty()).add_modifier(Modifier::BOLD),
                _ => s.add_modifier(Modifier::BOLD).add_modifier(Modifier::UNDERLINED),
            },
            clusters: [
                colour(75, 25, Color::Cyan),
                colour(215, 130, Color::Yellow),
                colour(114, 28, Color::Green),
                colour(141, 91, Color::Magenta),
                colour(210, 160, Color::Red),
                colour(252, 236, Color::White),
            ],
            control: colour(210, 160, Color::Red).add_modifier(Modifier::REVERSED),
            overlay: ground(236, 254, Modifier::empty()),
            key: colour(215, 130, Color::Yellow),
            glyphs: if ascii { ASCII } else { UNICODE },
        }
    }

    /// Style of a cluster on the map: six in turn, told apart by their names there.
    pub fn cluster(&self, number: usize) -> Style {
        self.clusters[number % self.clusters.len()]
    }

    /// Style of what was searched for, or of the words of a finding.
    pub fn highlight(&self) -> Style {
        self.lit.add_modifier(Modifier::UNDERLINED)
    }

    /// Style of a side of the comparison; of a source outside it with `None`.
    pub fn side(&self, side: Option<usize>) -> Style {
        match side {
            Some(0) => self.left,
            Some(_) => self.right,
            None => self.others,
        }
    }
}
