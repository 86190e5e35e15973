//! Keys, paste, mouse and resizing, read by a thread of their own.

use crossterm::event::{
    Event, KeyCode as TermCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind, read,
};

use crate::app::{Key, KeyCode, MouseKind, Msg};

/// Reads the terminal until it is gone; then `ended` is called once. crossterm may spin when its terminal vanishes
/// (issue 793), so the program must not wait for this thread when it leaves.
pub fn spawn_reader(tell: impl Fn(Msg) + Send + 'static, ended: impl FnOnce() + Send + 'static) {
    std::thread::spawn(move || {
        while let Ok(event) = read() {
            if let Some(msg) = translate(event) {
                tell(msg);
            }
        }
        ended();
    });
}

fn translate(event: Event) -> Option<Msg> {
    match event {
        Event::Key(k) => key(k).map(Msg::KeyPressed),
        Event::Paste(text) => Some(Msg::Pasted(text)),
        Event::Resize(w, h) => Some(Msg::Resized(w, h)),
        Event::Mouse(MouseEvent { kind, column, row, .. }) => {
            let kind = match kind {
                MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
                MouseEventKind::ScrollUp => MouseKind::WheelUp,
                MouseEventKind::ScrollDown => MouseKind::WheelDown,
                _ => return None,
            };
            Some(Msg::MouseUsed(kind, column, row))
        }
        _ => None,
    }
}

fn key(k: KeyEvent) -> Option<Key> {
    if k.kind == KeyEventKind::Release {
        return None;
    }
    let code = match k.code {
        TermCode::Char(c) => KeyCode::Char(c),
        TermCode::Enter => KeyCode::Enter,
        TermCode::Esc => KeyCode::Esc,
        TermCode::Tab => KeyCode::Tab,
        TermCode::BackTab => KeyCode::BackTab,
        TermCode::Backspace => KeyCode::Backspace,
        TermCode::Delete => KeyCode::Delete,
        TermCode::Left => KeyCode::Left,
        TermCode::Right => KeyCode::Right,
        TermCode::Up => KeyCode::Up,
        TermCode::Down => KeyCode::Down,
        TermCode::Home => KeyCode::Home,
        TermCode::End => KeyCode::End,
        TermCode::PageUp => KeyCode::PageUp,
        TermCode::PageDown => KeyCode::PageDown,
        _ => return None,
    };
    let held = |modifier| k.modifiers.contains(modifier);
    Some(Key { code, ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT) })
}
