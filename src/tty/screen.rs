//! Taking the terminal over and giving it back, whatever happens.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::encode::encode;

/// Whether the terminal is ours now; also read by the panic hook.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Bytes of a frame that needs no marks around it.
const AT_ONCE: usize = 160;

/// Clicks and the wheel, in decimal coordinates. crossterm's own command asks for every movement too (1003), which over SSH
/// is a packet for each cell that the mouse crosses.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// Columns and rows of the terminal; 80 × 24 when it does not say.
pub fn size() -> (u16, u16) {
    crossterm::terminal::size().unwrap_or((80, 24))
}

/// The terminal while it is ours; given back when dropped.
pub struct Screen {
    /// What it shows.
    shown: Buffer,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it cannot be switched to raw mode.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        install_panic_hook();
        take(mouse)?;
        let mut screen = Self { shown: Buffer::default(), mouse };
        screen.clear()?;
        Ok(screen)
    }

    /// Draws one frame, in one write; nothing at all when nothing changed.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, f: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        let (w, h) = size();
        if (self.shown.area.width, self.shown.area.height) != (w, h) {
            self.clear()?;
        }
        let mut next = Buffer::empty(self.shown.area);
        f(&mut next);
        let bytes = encode(&self.shown, &next);
        self.shown = next;
        if bytes.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        if bytes.len() <= AT_ONCE {
            out.write_all(&bytes)?;
        } else {
            // Terminals that know it show such a frame as a whole.
            out.write_all(&[b"\x1b[?2026h".as_slice(), &bytes, b"\x1b[?2026l"].concat())?;
        }
        out.flush()
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        size()
    }

    /// Forgets what is drawn, so that the next frame draws everything.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn clear(&mut self) -> io::Result<()> {
        execute!(io::stdout(), Clear(ClearType::All))?;
        let (width, height) = size();
        self.shown = Buffer::empty(Rect { x: 0, y: 0, width, height });
        Ok(())
    }

    /// Gives the terminal back for a while (Ctrl-Z).
    pub fn suspend(&mut self) {
        give_back();
    }

    /// Takes it again.
    ///
    /// # Errors
    /// As [`Self::enter`].
    pub fn resume(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    execute!(out, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse {
        execute!(out, Print(MOUSE_ON))?;
    }
    Ok(())
}

/// Restores the terminal once; errors are of no use to anyone then.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ =
            execute!(out, EndSynchronizedUpdate, Print(MOUSE_OFF), DisableBracketedPaste, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}
