//! The real program, or any other, in a pseudo-terminal, its bytes read by a terminal emulator.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// Waits until something is so.
pub fn until(what: &str, good: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !good() {
        assert!(Instant::now() < end, "{what} did not come about");
        // Nothing announces the end of a process that is not our child.
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Long enough for a slow machine; nothing waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// A program in a terminal.
pub struct Terminal {
    /// Our end.
    pub master: Option<Box<dyn MasterPty + Send>>,
    /// Where keys go.
    pub keys: Option<Box<dyn Write + Send>>,
    /// The program.
    pub child: Box<dyn Child + Send + Sync>,
    /// The screen, and every byte that came.
    pub seen: Arc<(Mutex<Seen>, Condvar)>,
}

/// What came from the program.
pub struct Seen {
    /// The screen.
    pub parser: vt100::Parser,
    /// Every byte.
    pub bytes: Vec<u8>,
    /// Whether no more will come.
    pub ended: bool,
}

impl Seen {
    /// The screen.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }
}

impl Terminal {
    /// gander on some files.
    pub fn open(args: &[&Path], size: (u16, u16)) -> Self {
        Self::run(&Self::gander(args), size)
    }

    /// gander with nothing of this machine's settings.
    pub fn gander(args: &[&Path]) -> CommandBuilder {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gander"));
        command.args(args);
        command.env_clear();
        let home = TempDir::new().unwrap().keep();
        // Whoever looks knows the program.
        let state = home.join(".local/state/gander");
        std::fs::create_dir_all(&state).unwrap();
        std::fs::write(state.join("tips.json"), r#"{"off":true}"#).unwrap();
        for (k, v) in
            [("HOME", home.to_str().unwrap()), ("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("USER", "tester")]
        {
            command.env(k, v);
        }
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command
    }

    /// Any program.
    pub fn run(command: &CommandBuilder, size: (u16, u16)) -> Self {
        let size = PtySize { rows: size.1, cols: size.0, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command.clone()).unwrap();
        drop(pair.slave);
        let empty = Seen { parser: vt100::Parser::new(size.rows, size.cols, 0), bytes: Vec::new(), ended: false };
        let seen = Arc::new((Mutex::new(empty), Condvar::new()));
        let (mut reader, to) = (pair.master.try_clone_reader().unwrap(), seen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0u8; 8192];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 {
                    break;
                }
                let mut seen = to.0.lock().unwrap();
                seen.parser.process(&buffer[..n]);
                seen.bytes.extend(&buffer[..n]);
                drop(seen);
                to.1.notify_all();
            }
            to.0.lock().unwrap().ended = true;
            to.1.notify_all();
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: Some(pair.master), keys: Some(keys), child, seen }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen is as wanted.
    pub fn wait(&self, what: &str, good: impl Fn(&vt100::Screen) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut parser = self.seen.0.lock().unwrap();
        while !good(parser.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what} on\n{}", parser.screen().contents());
            parser = self.seen.1.wait_timeout(parser, left).unwrap().0;
        }
        parser.screen().contents()
    }

    /// Waits for the list that gander opens on, and goes to the clusters.
    #[allow(dead_code)]
    pub fn go_to_clusters(&mut self) {
        self.wait("list", |s| [" differences ", " clusters "].iter().any(|list| s.contents().contains(list)));
        self.press("1");
        self.wait_text(" clusters ");
    }

    /// Waits until a text is on the screen.
    pub fn wait_text(&self, text: &str) -> String {
        self.wait(text, |s| s.contents().contains(text))
    }

    /// Presses keys until a text is on the screen: those that come in the instant of a resize are lost by crossterm.
    #[allow(dead_code)]
    pub fn press_until(&mut self, keys: &str, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.press(keys);
            let seen = self.seen.0.lock().unwrap();
            let missing = |s: &mut Seen| !s.parser.screen().contents().contains(text);
            let (seen, _) = self.seen.1.wait_timeout_while(seen, Duration::from_secs(2), missing).unwrap();
            if seen.parser.screen().contents().contains(text) {
                return;
            }
            assert!(Instant::now() < end, "no {text} on\n{}", seen.parser.screen().contents());
        }
    }

    /// Waits until bytes came, wherever they are drawn.
    pub fn wait_bytes(&self, wanted: &[u8]) {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !seen.bytes.windows(wanted.len()).any(|w| w == wanted) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {:?} before\n{}", String::from_utf8_lossy(wanted), seen.screen().contents());
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Tells the program of another size.
    pub fn resize_line(&self, cols: u16, rows: u16) {
        self.master.as_ref().unwrap().resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Gives the window another size.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.resize_line(cols, rows);
        self.seen.0.lock().unwrap().parser.screen_mut().set_size(rows, cols);
    }

    /// Waits for the end of the program; its exit status. One that does not end fails the test, and does not hold it up.
    pub fn ended(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            if Instant::now() > end {
                let _ = self.child.kill();
                panic!("the program did not end and shows\n{}", self.seen.0.lock().unwrap().screen().contents());
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Waits for the end of the program, and until all that it wrote has been seen; its exit status.
    pub fn end(mut self) -> u32 {
        let status = self.ended();
        let seen = self.seen.0.lock().unwrap();
        drop(self.seen.1.wait_timeout_while(seen, PATIENCE, |s| !s.ended).unwrap());
        status
    }
}
