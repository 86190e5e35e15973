//! What several tests need: the program, the sample run, and a session made of it once.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

pub mod pty;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use gander::ingest::{IngestOptions, Ingested, ingest};
use tempfile::TempDir;

/// The program under test, with nothing of this machine's settings.
pub fn gander() -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_gander"));
    c.env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", home().path())
        .env("XDG_CACHE_HOME", kept())
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .env("USER", "tester");
    c
}

fn home() -> &'static TempDir {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    HOME.get_or_init(|| TempDir::new().unwrap())
}

/// What is made once for all test binaries, since it takes the longest: vectors of texts, and the session below. The folder
/// bears the name of the program's build, so nothing of another build is ever read.
fn kept() -> &'static Path {
    static KEPT: OnceLock<PathBuf> = OnceLock::new();
    KEPT.get_or_init(|| {
        let program = std::fs::metadata(env!("CARGO_BIN_EXE_gander")).unwrap();
        let built = program.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let name = format!("made-{}-{}", program.len(), built.as_nanos());
        for old in std::fs::read_dir(all).unwrap().flatten() {
            let old_name = old.file_name().to_string_lossy().into_owned();
            if old_name.starts_with("made-") && old_name != name {
                // Another binary may be at it too.
                let _ = std::fs::remove_dir_all(old.path());
            }
        }
        let kept = all.join(name);
        std::fs::create_dir_all(&kept).unwrap();
        kept
    })
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
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let made = kept().join("run.gander");
        if made.exists() {
            return made;
        }
        let dir = TempDir::new_in(kept()).unwrap();
        let path = dir.path().join("run.gander");
        let out = gander()
            .args(["analyze", "--json", "-", "--session"])
            .arg(&path)
            .args([sample("geese_base.jsonl"), sample("geese_tuned.jsonl")])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        // Whole or not there, for whoever looks at the same time.
        std::fs::rename(&path, &made).unwrap();
        made
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

/// A file in a folder, which is made where it is missing.
pub fn write(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Files read with nothing said about them.
pub fn read(paths: &[PathBuf]) -> Ingested {
    ingest(paths, &IngestOptions::default()).unwrap()
}
