//! Over a real SSH line: a server of our own on 127.0.0.1, with a key of its own. Skipped with a note where OpenSSH or tmux
//! is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::pty::{Terminal, until};
use common::{screen, session};
use portable_pty::CommandBuilder;
use tempfile::TempDir;

/// A server that lets one key in.
struct Sshd {
    dir: TempDir,
    port: u16,
    server: Child,
}

impl Sshd {
    fn start() -> Option<Self> {
        if !Path::new("/proc/self/cmdline").exists() {
            println!("skipped: without /proc the program on the far side cannot be watched");
            return None;
        }
        let found = |p: &&Path| p.exists();
        let Some(binary) = [Path::new("/usr/sbin/sshd"), Path::new("/usr/local/sbin/sshd")].into_iter().find(found)
        else {
            println!("skipped: no sshd here");
            return None;
        };
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]).status();
            if !made.is_ok_and(|s| s.success()) {
                println!("skipped: no ssh-keygen here");
                return None;
            }
        }
        std::fs::copy(at("user.pub"), at("authorized")).unwrap();
        // A server that runs as root wants this folder.
        let _ = std::fs::create_dir_all("/run/sshd");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "HostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n\
             PasswordAuthentication no\nPrintMotd no\nPrintLastLog no\n",
            at("host"),
            at("authorized")
        );
        std::fs::write(at("config"), settings).unwrap();
        let server = Command::new(binary)
            .args(["-D", "-e", "-f", &at("config"), "-p", &port.to_string(), "-o", "ListenAddress=127.0.0.1"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut sshd = Self { dir, port, server };
        until("an open port", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        // A container may forbid what a server needs.
        let tried = sshd.client("echo let-in").output().unwrap();
        if !String::from_utf8_lossy(&tried.stdout).contains("let-in") {
            println!("skipped: this machine’s sshd lets nobody in: {}", String::from_utf8_lossy(&tried.stderr));
            let _ = sshd.server.kill();
            return None;
        }
        Some(sshd)
    }

    fn arguments(&self, command: &str) -> Vec<String> {
        let key = self.dir.path().join("user").display().to_string();
        let port = self.port.to_string();
        let user = std::env::var("USER").ok().filter(|u| !u.is_empty()).unwrap_or_else(|| {
            String::from_utf8_lossy(&Command::new("id").arg("-un").output().unwrap().stdout).trim().to_owned()
        });
        let options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
        let mut all: Vec<String> = ["-F", "/dev/null", "-i", &key, "-p", &port].map(String::from).into();
        all.extend(options.iter().flat_map(|o| ["-o".to_owned(), (*o).to_owned()]));
        all.push(format!("{user}@127.0.0.1"));
        all.push(command.to_owned());
        all
    }

    fn client(&self, command: &str) -> Command {
        let mut c = Command::new("ssh");
        c.args(self.arguments(command));
        c
    }

    /// A terminal whose other end is a command over the line.
    fn terminal(&self, command: &str, size: (u16, u16)) -> Terminal {
        let mut c = CommandBuilder::new("ssh");
        c.arg("-tt");
        c.args(self.arguments(command));
        c.env("TERM", "xterm-256color");
        Terminal::run(&c, size)
    }

    /// gander on the far side, with a home of its own.
    fn gander(&self, session: &Path) -> String {
        // The variables of the line itself must stay: by them gander knows that it is far away.
        format!(
            "env -u DISPLAY -u WAYLAND_DISPLAY -u TMUX HOME={} LANG=C.UTF-8 TERM=xterm-256color {} {}",
            self.dir.path().display(),
            env!("CARGO_BIN_EXE_gander"),
            session.display()
        )
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Whether a program with this session on its command line runs.
fn runs(session: &Path) -> bool {
    !pids(session).is_empty()
}

fn pids(session: &Path) -> Vec<String> {
    let wanted = format!("{}\0{}", env!("CARGO_BIN_EXE_gander"), session.display());
    let mut out = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(&wanted) {
            out.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    out
}

fn base64(data: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    data.chunks(3)
        .map(|c| {
            let n = c.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - c.len()));
            (0..4)
                .map(|i| if i > c.len() { '=' } else { SIGNS[(n >> (18 - 6 * i) & 63) as usize] as char })
                .collect::<String>()
        })
        .collect()
}

/// A session with one text that is known, so that what is copied is known.
fn known_session(dir: &Path) -> PathBuf {
    let file = dir.join("two.jsonl");
    let line = |model: &str| serde_json::json!({"model": model, "text": TEXT}).to_string() + "\n";
    std::fs::write(&file, line("base") + &line("tuned")).unwrap();
    let path = dir.join("two.gander");
    let out = common::gander().args(["analyze", "--json", "-", "--session"]).args([&path, &file]).output().unwrap();
    assert!(out.status.success(), "{}", common::complaint(&out));
    path
}

const TEXT: &str = "A text that is copied over the line: 漢字 and \u{1b}[31m what not.";

#[test]
fn copying_works_over_the_line_and_through_tmux() {
    let Some(sshd) = Sshd::start() else { return };
    let path = known_session(sshd.dir.path());
    let mut t = sshd.terminal(&sshd.gander(&path), (120, 40));
    t.wait_text("─ 1 cluster ─");
    t.press("\r\ry");
    t.wait_bytes(format!("\u{1b}]52;c;{}", base64(TEXT.as_bytes())).as_bytes());
    t.wait_text("OSC 52");
    t.press("Q");
    assert_eq!(t.end(), 0);

    if Command::new("tmux").arg("-V").output().is_err() {
        println!("skipped: tmux is not here");
        return;
    }
    let socket = sshd.dir.path().join("tmux").display().to_string();
    let inside = format!(
        "env HOME={} LANG=C.UTF-8 tmux -u -S {socket} -f /dev/null new-session '{} {} --read-only'",
        sshd.dir.path().display(),
        env!("CARGO_BIN_EXE_gander"),
        path.display()
    );
    let mut t = sshd.terminal(&inside, (120, 40));
    t.wait_text("─ 1 cluster ─");
    t.press("\r\ry");
    t.wait_text("tmux buffer");
    let buffer = || Command::new("tmux").args(["-S", &socket, "show-buffer"]).output().unwrap().stdout;
    assert_eq!(String::from_utf8_lossy(&buffer()), TEXT);
    t.wait_bytes(base64(TEXT.as_bytes()).as_bytes());
    Command::new("tmux").args(["-S", &socket, "kill-server"]).output().unwrap();
    until("the end of gander with its tmux", || !runs(&path));
    t.ended();
}

#[test]
fn a_broken_line_ends_the_program_and_keeps_every_edit() {
    let Some(sshd) = Sshd::start() else { return };
    for how in ["the client is killed", "the server’s process is killed"] {
        let (_dir, path) = session();
        let mut t = sshd.terminal(&sshd.gander(&path), (120, 40));
        t.go_to_clusters();
        t.press("r\u{15}before the line broke\r");
        t.wait("saved label", |s| s.contents().contains("● saved") && s.contents().contains("before the line broke”"));
        let [pid] = pids(&path).try_into().unwrap();
        if how.starts_with("the client") {
            t.child.kill().unwrap();
        } else {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
            // The parent of gander, or of the shell between, is the server's process of this line.
            let parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().to_owned();
            assert!(Command::new("kill").args(["-KILL", &parent]).status().unwrap().success());
        }
        until(&format!("the end of gander when {how}"), || !runs(&path));
        t.ended();
        assert!(screen(&path, "120x40", "@").contains("before the line broke"), "{how}");
    }
}

#[test]
fn stopping_going_on_and_a_storm_of_sizes() {
    let Some(sshd) = Sshd::start() else { return };
    let (_dir, path) = session();
    // A shell that controls jobs, as a person has it.
    let mut t = sshd.terminal("env PS1='ready> ' bash --norc --noprofile -i", (120, 40));
    t.wait_text("ready>");
    t.press(&format!("{}\r", sshd.gander(&path)));
    t.go_to_clusters();
    t.press("\u{1a}");
    t.wait("shell again", |s| !s.alternate_screen() && s.contents().contains("Stopped"));
    t.press("fg\r");
    t.wait("gander again", |s| s.alternate_screen() && s.contents().contains("clusters ─"));
    for n in 0..60u16 {
        // The emulator itself cannot be a column wide; it keeps its size, as frames of others pass.
        t.resize_line(1 + n * 7 % 200, 1 + n * 3 % 60);
    }
    t.resize_line(1, 1);
    t.resize(120, 40);
    t.press_until("r", "Label of #");
    t.press("\u{15}after the storm\r");
    t.wait_text("after the storm”");
    t.press("Q");
    t.wait("shell at the end", |s| !s.alternate_screen() && !s.hide_cursor() && s.contents().contains("ready>"));
    // What is typed before gander has ended is gander's, not the shell's.
    until("the end of gander", || !runs(&path));
    t.press("exit\r");
    t.ended();
}

#[test]
fn a_locale_without_unicode_gets_ascii_alone_and_a_dumb_terminal_a_sentence() {
    let Some(sshd) = Sshd::start() else { return };
    let (_dir, path) = session();
    let plain = sshd.gander(&path).replace("LANG=C.UTF-8", "LANG=C LC_ALL=C");
    let mut t = sshd.terminal(&plain, (120, 40));
    t.go_to_clusters();
    for keys in ["\r", "\r", "p", "qq", "2", "4", "1"] {
        t.press(keys);
    }
    t.go_to_clusters();
    for (keys, title) in [("?", "Help:"), ("i", "what its label says")] {
        t.press(keys);
        t.wait_text(title);
        t.press("\u{1b}");
        // Esc and a letter that come together are another key.
        t.wait("the list again", |s| !s.contents().contains(title));
    }
    t.press("Q");
    let seen = t.seen.clone();
    assert_eq!(t.end(), 0);
    let seen = seen.0.lock().unwrap();
    let strange: Vec<char> = String::from_utf8_lossy(&seen.bytes).chars().filter(|c| !c.is_ascii()).collect();
    assert!(strange.is_empty(), "{strange:?}");

    let dumb = sshd.gander(&path).replace("TERM=xterm-256color", "TERM=dumb");
    let t = sshd.terminal(&dumb, (120, 40));
    t.wait_text("TERM is");
    assert_ne!(t.end(), 0);
}
