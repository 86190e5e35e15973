//! What several tests need: the program, the sample run, and a session made of it once.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

pub mod pty;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The program under test, with nothing of this machine's settings.
pub fn gander() -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_gander"));
    c.env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", home().path())
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .env("USER", "tester");
    c
}

fn home() -> &'static TempDir {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    HOME.get_or_init(|| TempDir::new().unwrap())
}

pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_runs").join(name)
}

/// A folder beside the project with files that are not ours to ship; tests skip with a note when it is absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: ../shared/{path} is not here");
    None
}

/// A copy of a session of the sample run.
pub fn session() -> (TempDir, PathBuf) {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, made) = MADE.get_or_init(|| {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("run.gander");
        let out = gander()
            .args(["analyze", "--json", "-", "--session"])
            .arg(&path)
            .args([sample("geese_base.jsonl"), sample("geese_tuned.jsonl")])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        (dir, path)
    });
    let dir = TempDir::new().unwrap();
    let copy = dir.path().join("run.gander");
    std::fs::copy(made, &copy).unwrap();
    (dir, copy)
}

/// Presses keys in the explorer on a session and returns the screen with its styles.
pub fn press(session: &Path, size: &str, keys: &str) -> String {
    // Most keystroke scripts are about the clusters; gander opens on the differences.
    let keys = format!("1{keys}");
    let out = gander().arg(session).args(["--dump", size, "--dump-keys", &keys]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The characters of a dumped screen.
pub fn screen(session: &Path, size: &str, keys: &str) -> String {
    press(session, size, keys).split("--- styles").next().unwrap().to_owned()
}

/// Standard error as text.
pub fn complaint(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).trim_end().to_owned()
}
