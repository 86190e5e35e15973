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
            translate(event).into_iter().flatten().for_each(&tell);
        }
        ended();
    });
}

/// What an event says; two things where Esc and the key after it came in one packet, which a slow line makes of quick hands.
/// Nothing tells that from Alt and the key, which means nothing here.
fn translate(event: Event) -> [Option<Msg>; 2] {
    match event {
        Event::Key(mut k) if sent_as_escape(k) => {
            k.modifiers -= KeyModifiers::ALT;
            [Some(Msg::KeyPressed(Key::plain(KeyCode::Esc))), key(k).map(Msg::KeyPressed)]
        }
        other => [one(other), None],
    }
}

/// Whether a terminal writes a key with Alt as Esc and the key.
fn sent_as_escape(k: KeyEvent) -> bool {
    let character = matches!(k.code, TermCode::Char(_) | TermCode::Enter | TermCode::Tab | TermCode::Backspace);
    k.kind != KeyEventKind::Release && k.modifiers.contains(KeyModifiers::ALT) && character
}

fn one(event: Event) -> Option<Msg> {
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
    if k.kind == KeyEventKind::Release || k.modifiers.contains(KeyModifiers::ALT) {
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
    Some(Key { code, ctrl: k.modifiers.contains(KeyModifiers::CONTROL) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(code: TermCode, modifiers: KeyModifiers) -> Vec<Key> {
        translate(Event::Key(KeyEvent::new(code, modifiers)))
            .into_iter()
            .flatten()
            .filter_map(|m| if let Msg::KeyPressed(key) = m { Some(key) } else { None })
            .collect()
    }

    #[test]
    fn a_key_right_after_escape_is_not_lost() {
        let escape = Key::plain(KeyCode::Esc);
        assert_eq!(keys(TermCode::Char('j'), KeyModifiers::ALT), [escape, Key::plain(KeyCode::Char('j'))]);
        assert_eq!(keys(TermCode::Enter, KeyModifiers::ALT), [escape, Key::plain(KeyCode::Enter)]);
        assert_eq!(keys(TermCode::Char('j'), KeyModifiers::NONE), [Key::plain(KeyCode::Char('j'))]);
        assert_eq!(keys(TermCode::Up, KeyModifiers::ALT), [], "sent as a sequence of its own");
    }
}
