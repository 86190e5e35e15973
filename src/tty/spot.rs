//! A place on the screen and what is on it.

use ratatui::style::{Color, Modifier};

/// What a cell looks like. Marks that a space does not show are left out of a space's look.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Look {
    pub fg: Color,
    pub bg: Color,
    pub modifier: Modifier,
}

/// A place in a row: a sign and its look, or the right half of a wide sign.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Spot<'a> {
    Sign { text: &'a str, columns: usize, look: Look },
    Covered,
}

impl Spot<'_> {
    /// Where nothing was written.
    pub const BLANK: Self = Self::Sign {
        text: " ",
        columns: 1,
        look: Look { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() },
    };
}
