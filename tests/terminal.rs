//! The real program in a pseudo-terminal, its bytes read by a terminal emulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use common::{sample, screen, session};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// Long enough for a slow machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(90);

struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<vt100::Parser>, Condvar)>,
}

impl Terminal {
    fn open(args: &[&Path], size: (u16, u16)) -> Self {
        let size = PtySize { rows: size.1, cols: size.0, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gander"));
        command.args(args);
        command.env_clear();
        let home = TempDir::new().unwrap().keep();
        for (k, v) in
            [("HOME", home.to_str().unwrap()), ("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("USER", "tester")]
        {
            command.env(k, v);
        }
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new((Mutex::new(vt100::Parser::new(size.rows, size.cols, 0)), Condvar::new()));
        let (mut reader, to) = (pair.master.try_clone_reader().unwrap(), seen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0u8; 8192];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 {
                    break;
                }
                to.0.lock().unwrap().process(&buffer[..n]);
                to.1.notify_all();
            }
            to.1.notify_all();
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: Some(pair.master), keys: Some(keys), child, seen }
    }

    fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen is as wanted.
    fn wait(&self, what: &str, good: impl Fn(&vt100::Screen) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut parser = self.seen.0.lock().unwrap();
        while !good(parser.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what} on\n{}", parser.screen().contents());
            parser = self.seen.1.wait_timeout(parser, left).unwrap().0;
        }
        parser.screen().contents()
    }

    fn wait_text(&self, text: &str) -> String {
        self.wait(text, |s| s.contents().contains(text))
    }

    /// Waits for the end of the program; its exit status.
    fn end(mut self) -> u32 {
        self.child.wait().unwrap().exit_code()
    }
}

#[test]
fn opens_works_and_gives_the_terminal_back() {
    let (_dir, path) = session();
    let mut t = Terminal::open(&[&path], (120, 40));
    t.wait_text("clusters");
    assert!(t.seen.0.lock().unwrap().screen().alternate_screen());
    t.press("r\u{15}from a real terminal\r");
    t.wait("saved label", |s| s.contents().contains("● saved") && s.contents().contains("from a real terminal"));
    t.master.as_ref().unwrap().resize(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 }).unwrap();
    t.seen.0.lock().unwrap().screen_mut().set_size(24, 80);
    t.press("jjk");
    t.wait_text("from a real terminal");
    t.press("q");
    let seen = t.seen.clone();
    assert_eq!(t.end(), 0);
    assert!(!path.with_extension("gander.lock").exists(), "the session was not closed");
    let screen = seen.0.lock().unwrap();
    assert!(!screen.screen().alternate_screen() && !screen.screen().hide_cursor());
}

#[test]
fn a_killed_program_loses_nothing_it_called_saved() {
    let (_dir, path) = session();
    let mut t = Terminal::open(&[&path], (120, 40));
    t.wait_text("clusters");
    for n in 0..6 {
        t.press(&format!("r\u{15}storm {n}\r"));
        t.wait("saved edit", |s| {
            let c = s.contents();
            c.contains("● saved") && c.contains(&format!("storm {n}”"))
        });
    }
    // More edits in flight, then the axe.
    t.press("r\u{15}storm 6\rr\u{15}storm 7\rfd");
    t.child.kill().unwrap();
    t.child.wait().unwrap();
    let history = screen(&path, "120x40", "@");
    for n in 0..6 {
        assert!(history.contains(&format!("storm {n}")), "edit {n} is gone:\n{history}");
    }
}

#[test]
fn a_lost_terminal_ends_the_program_and_keeps_edits() {
    let (_dir, path) = session();
    let mut t = Terminal::open(&[&path], (100, 30));
    t.wait_text("clusters");
    t.press("r\u{15}before the line broke\r");
    t.wait_text("● saved");
    // What sshd and tmux send when their side goes away.
    let pid = t.child.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    t.keys = None;
    t.master = None;
    t.end();
    assert!(screen(&path, "120x40", "@").contains("before the line broke"));
}

#[test]
fn texts_can_be_read_while_they_are_embedded() {
    let mut t = Terminal::open(&[&sample("geese_base.jsonl"), &sample("geese_tuned.jsonl")], (120, 40));
    t.wait_text("all texts");
    t.press("\rj");
    t.wait_text("2 of 880");
    t.wait_text("The clusters are there.");
    t.press("Q");
    assert_eq!(t.end(), 0);
}

#[test]
fn no_escape_sequence_of_a_sample_reaches_the_terminal() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("hostile.jsonl");
    let nasty = [
        "plain text to begin with",
        "\\u001b]0;OWNED\\u0007title",
        "\\u001b[2J\\u001b[31mred screen",
        "\\u009b31mC1 colour \\u0090dcs\\u009c",
        "\\u001b]52;c;aGk=\\u0007clipboard",
        "bidi \\u202eevil\\u2066x tag \\udb40\\udc41 zero\\u200bwidth",
        "\\u0301lone mark, e\\u0301 fine, 漢字 wide, 👨\\u200d👩\\u200d👧",
        "",
    ];
    let lines: String = nasty
        .iter()
        .enumerate()
        .map(|(i, t)| {
            format!(
                "{{\"id\":\"\\u001b[{i}m\",\"model\":\"m\\u001b[{}m\",\"prompt\":\"p\\u001bc{i}\",\"text\":\"{t}\"}}\n",
                i % 2
            )
        })
        .collect();
    std::fs::write(&path, lines).unwrap();
    let mut t = Terminal::open(&[&path], (120, 40));
    t.wait_text("The clusters are there.");
    t.press("\r\r");
    for _ in 0..nasty.len() {
        t.press("q");
        t.press("j\r");
    }
    t.press("qqq2\u{1b}");
    let contents = t.wait("caret form", |s| s.contents().contains("^["));
    assert!(!contents.contains("OWNED\u{7}"));
    let parser = t.seen.0.lock().unwrap();
    assert!(parser.screen().alternate_screen(), "a reset sequence got through");
    drop(parser);
    t.press("Q");
    t.child.wait().unwrap();
}
