//! Killed at any moment, a command leaves the old file or the new one. `GANDER_KILLS=300 cargo test --test outputs kills`
//! kills each that often; five times are enough for every day.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use gander::ingest::{IngestOptions, ingest};
use gander::session::{Access, Session};

use super::common::{complaint, gander};
use super::{WRITERS, at, naming, run};

fn kills() -> u32 {
    std::env::var("GANDER_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(5)
}

fn spawn(dir: &Path, args: &[&str]) -> Child {
    gander().current_dir(dir).args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a command at some share of the time that it takes; the shares are spread evenly, and differ with the round.
fn kill_at(dir: &Path, args: &[&str], whole: Duration, n: u32) {
    let mut child = spawn(dir, args);
    let share = (f64::from(n) * 0.618_033_988_75 + 0.05).fract();
    let end = Instant::now() + whole.mul_f64(share);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        std::thread::park_timeout(left);
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// How long a command takes when nobody kills it.
fn time(dir: &Path, args: &[&str]) -> Duration {
    let start = Instant::now();
    let out = at(dir, args);
    assert!(out.status.success(), "{args:?}: {}", complaint(&out));
    start.elapsed()
}

#[test]
fn outputs_are_old_or_new() {
    for (name, args) in WRITERS {
        let dir = run();
        let path = dir.path().join("out");
        let args = naming(args, "out");
        let whole = time(dir.path(), &args);
        let written = std::fs::read(&path).unwrap();
        // Of the same kind, with other bytes: a longer file, so that a half of it shows.
        let mut old = written.clone();
        match name {
            "embed" => {}
            "analyze" | "report" => old.extend(b"\n\n"),
            _ => old.extend(written.clone()),
        }
        let mut news = 0;
        for n in 0..kills() {
            std::fs::write(&path, &old).unwrap();
            kill_at(dir.path(), &args, whole, n);
            let found = std::fs::read(&path).unwrap();
            let new = match name {
                // Its timings differ.
                "analyze" => found != old && serde_json::from_slice::<serde_json::Value>(&found).is_ok(),
                _ => found == written,
            };
            assert!(
                found == old || new,
                "{name}, kill {n}: {} bytes, of {} or {}",
                found.len(),
                old.len(),
                written.len()
            );
            news += u32::from(new && found != old);
        }
        println!("{name}: {news} of {} new", kills());
        // A new name is free, or holds a whole file.
        for n in 0..kills() {
            let _ = std::fs::remove_file(&path);
            kill_at(dir.path(), &args, whole, n);
            if let Ok(found) = std::fs::read(&path) {
                let whole = found == written
                    || name == "analyze" && serde_json::from_slice::<serde_json::Value>(&found).is_ok();
                assert!(whole, "{name}, kill {n}: {} bytes", found.len());
            }
        }
        assert!(at(dir.path(), &args).status.success(), "{name} works where it was killed");
    }
}

#[test]
fn sessions_are_there_and_whole_or_not_there() {
    let dir = run();
    let commands: [&[&str]; 2] = [
        &["analyze", "base.jsonl", "tuned.jsonl", "--session", "new.gander"],
        &["mask", "run.gander", "--phrase", "goose", "-o", "new.gander"],
    ];
    for args in commands {
        let path = dir.path().join("new.gander");
        let _ = std::fs::remove_file(&path);
        let whole = time(dir.path(), args);
        for n in 0..kills() {
            let _ = std::fs::remove_file(&path);
            kill_at(dir.path(), args, whole, n);
            if path.exists() {
                let out = at(dir.path(), &["export", "new.gander"]);
                assert!(out.status.success(), "{args:?}, kill {n}: {}", complaint(&out));
                assert_eq!(out.stdout.iter().filter(|b| **b == b'\n').count(), 48);
            }
        }
        let _ = std::fs::remove_file(&path);
        assert!(at(dir.path(), args).status.success(), "it works where it was killed");
    }
}

#[test]
fn edits_are_made_or_not_made() {
    let dir = run();
    let keys = "d".repeat(400);
    let args = ["run.gander", "--dump", "80x24", "--dump-keys", &keys];
    let whole = time(dir.path(), &args);
    for n in 0..kills() {
        let before = Session::open(&dir.path().join("run.gander"), Access::ReadOnly).unwrap().records().unwrap().len();
        kill_at(dir.path(), &args, whole, n);
        // Whoever comes next, reading or writing, finds whole edits.
        let out = at(dir.path(), &["export", "run.gander", "--what", "edits"]);
        assert!(out.status.success(), "kill {n}: {}", complaint(&out));
        let edits = out.stdout.iter().filter(|b| **b == b'\n').count();
        assert!((before..=before + 400).contains(&edits), "kill {n}: {edits} after {before}");
        let again = at(dir.path(), &["run.gander", "--dump", "80x24"]);
        assert!(again.status.success(), "kill {n}: {}", complaint(&again));
    }
}

/// Nothing that a killed run leaves is read when its folder is named.
#[test]
fn litter_is_not_read() {
    let dir = run();
    let inside = dir.path().join("in");
    std::fs::create_dir(&inside).unwrap();
    std::fs::copy(dir.path().join("base.jsonl"), inside.join("base.jsonl")).unwrap();
    std::fs::write(inside.join(".part.parquet.x1.gander-partial"), "half").unwrap();
    let read = ingest(&[inside], &IngestOptions::default()).unwrap();
    assert_eq!(read.corpus.len(), 24);
}
