//! Copying: through tmux or the terminal (OSC 52) when far away, through the system's clipboard on a local display.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;

/// Bytes that terminals take by OSC 52; more is dropped by some without a word.
const TERMINAL_LIMIT: usize = 74_994;
/// Time a display has to answer.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How a text was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Into tmux's buffer and on to its terminal.
    Tmux,
    /// Sent to the terminal, which does not answer.
    Terminal,
    /// Into the clipboard of the display.
    Display,
    /// Into a file, because it is too long for the terminal.
    File(std::path::PathBuf),
    /// Nowhere.
    Failed(String),
}

impl Route {
    /// Which way it went, for the footer.
    pub fn describe(&self) -> String {
        match self {
            Self::Tmux => "Copied to the tmux buffer (and to your terminal, if it lets tmux).".into(),
            Self::Terminal => "Sent to your terminal's clipboard (OSC 52).".into(),
            Self::Display => "Copied to the clipboard.".into(),
            Self::File(path) => format!("Too long for the terminal; written to {}", path.display()),
            Self::Failed(why) => format!("Not copied: {why}"),
        }
    }
}

/// A way to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// tmux's buffer.
    Tmux,
    /// The clipboard of a display.
    Display,
    /// OSC 52.
    Terminal,
}

/// The ways that fit the environment, the best first.
fn ways(env: &dyn Fn(&str) -> Option<String>) -> impl Iterator<Item = Way> {
    let set = |name: &str| env(name).is_some_and(|v| !v.is_empty());
    let far = set("SSH_CONNECTION") || !(set("DISPLAY") || set("WAYLAND_DISPLAY") || cfg!(target_os = "macos"));
    [(Way::Tmux, set("TMUX")), (Way::Display, !far), (Way::Terminal, true)].into_iter().filter(|w| w.1).map(|w| w.0)
}

/// The way that is tried first.
pub fn way(env: &dyn Fn(&str) -> Option<String>) -> Way {
    ways(env).next().unwrap_or(Way::Terminal)
}

/// tmux's setting `set-clipboard`, when tmux answers.
pub fn tmux_clipboard() -> Option<String> {
    let said =
        Command::new("tmux").args(["show-options", "-sv", "set-clipboard"]).stderr(Stdio::null()).output().ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// Copies a text by the way that fits the environment.
pub fn copy(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Route {
    for way in ways(env) {
        match way {
            Way::Tmux if by_tmux(text) => return Route::Tmux,
            Way::Display if by_display(text.to_owned()) => return Route::Display,
            _ => {}
        }
    }
    if text.len() > TERMINAL_LIMIT {
        return into_file(text);
    }
    match crossterm::execute!(std::io::stdout(), CopyToClipboard::to_clipboard_from(text)) {
        Ok(()) => Route::Terminal,
        Err(e) => Route::Failed(e.to_string()),
    }
}

/// `-w` hands the text on to the terminal outside tmux.
fn by_tmux(text: &str) -> bool {
    let child = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    let written = child.stdin.take().is_some_and(|mut i| i.write_all(text.as_bytes()).is_ok());
    child.wait().is_ok_and(|s| s.success()) && written
}

/// A display that does not answer must not hold the explorer up; and the owner of a selection must live on to serve it.
fn by_display(text: String) -> bool {
    let (done, finished) = channel();
    std::thread::spawn(move || match arboard::Clipboard::new() {
        Ok(mut clipboard) => {
            let ok = clipboard.set_text(text).is_ok();
            let _ = done.send(ok);
            // Dropping the clipboard would empty it on X11.
            std::thread::park_timeout(Duration::from_secs(3_600));
        }
        Err(_) => {
            let _ = done.send(false);
        }
    });
    finished.recv_timeout(PATIENCE).unwrap_or(false)
}

/// A name that nobody could have guessed: the folder belongs to everybody.
fn into_file(text: &str) -> Route {
    let made = tempfile::Builder::new().prefix("gander-copy-").suffix(".txt").tempfile();
    let kept = made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.keep().map_err(|e| e.error)
    });
    match kept {
        Ok((_, path)) => Route::File(path),
        Err(e) => Route::Failed(e.to_string()),
    }
}
