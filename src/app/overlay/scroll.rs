//! Pages that scroll.

use crate::app::key::{Key, KeyCode};

/// The first row shown of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll(pub usize);

/// What a key did in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum Paged {
    /// It scrolled.
    Scrolled,
    /// It leaves the page.
    Left,
    /// Nothing.
    Nothing,
}

impl Scroll {
    /// Takes a key in a page of `len` rows on a screen of so many; `letters` have a meaning where none are typed.
    pub(in crate::app) fn press(&mut self, key: Key, len: usize, screen: u16, letters: bool) -> Paged {
        let page = usize::from(screen / 2);
        let to = match (key.ctrl, key.code) {
            (_, KeyCode::Down) | (true, KeyCode::Char('n')) => self.0 + 1,
            (_, KeyCode::Up) | (true, KeyCode::Char('p')) => self.0.saturating_sub(1),
            (_, KeyCode::PageDown) => self.0 + page,
            (_, KeyCode::PageUp) => self.0.saturating_sub(page),
            (true, KeyCode::Char('d')) if letters => self.0 + page,
            (true, KeyCode::Char('u')) if letters => self.0.saturating_sub(page),
            (_, KeyCode::Enter) => return Paged::Left,
            (false, KeyCode::Char('q' | '@')) if letters => return Paged::Left,
            (false, KeyCode::Char('j')) if letters => self.0 + 1,
            (false, KeyCode::Char('k')) if letters => self.0.saturating_sub(1),
            _ => return Paged::Nothing,
        };
        self.0 = to.min(len.saturating_sub(1));
        Paged::Scrolled
    }
}
