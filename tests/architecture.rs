//! Holds the rules of the house: which room may use which, read from the `use` lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

/// Every Rust file below a folder, and the folder's own root file.
fn files(room: &str) -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![src.join(format!("{room}.rs")), src.join(room)];
    let mut out = Vec::new();
    while let Some(path) = open.pop() {
        if let Ok(dir) = std::fs::read_dir(&path) {
            open.extend(dir.map(|e| e.unwrap().path()));
        } else if path.exists() {
            out.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    out
}

fn forbid(rooms: &[&str], needles: &[&str]) {
    for room in rooms {
        for (path, text) in files(room) {
            // Tests inside a file may use what they like.
            let code = text.split("#[cfg(test)]").next().unwrap();
            for line in code.lines().filter(|l| !l.trim_start().starts_with("//")) {
                for n in needles {
                    assert!(!line.contains(n), "{path}: `{}` must not use {n}", line.trim());
                }
            }
        }
    }
}

#[test]
fn pure_rooms_know_no_machine() {
    let machine = [
        "tokio",
        "ratatui",
        "crossterm",
        "candle",
        "linfa",
        "std::fs",
        "std::time",
        "SystemTime",
        "std::thread",
        "rusqlite",
    ];
    forbid(&["model", "text", "app"], &machine);
}

#[test]
fn computing_rooms_know_no_screen() {
    let screen = ["crate::app", "crate::ui", "crate::tty", "ratatui", "crossterm"];
    forbid(
        &[
            "model", "text", "files", "ingest", "embed", "cluster", "compare", "trust", "probe", "llm", "session",
            "report",
        ],
        &screen,
    );
}

#[test]
fn the_network_has_one_room() {
    forbid(
        &[
            "model", "text", "ingest", "embed", "cluster", "compare", "trust", "probe", "session", "report", "app",
            "ui", "tty", "jobs", "cli",
        ],
        &["reqwest", "rustls", "std::net", "tokio::net"],
    );
    forbid(&["llm"], &["crate::session", "crate::jobs", "crate::ingest", "crate::cli", "rusqlite"]);
}

#[test]
fn drawing_knows_no_terminal_and_no_work() {
    forbid(&["ui"], &["crate::tty", "crate::session", "crossterm", "tokio", "std::fs"]);
}

#[test]
fn each_library_has_one_room() {
    forbid(
        &[
            "model", "text", "ingest", "embed", "cluster", "compare", "trust", "probe", "llm", "session", "report",
            "app", "ui", "jobs",
        ],
        &["crossterm::"],
    );
    forbid(
        // The session has its file, and embed the cache of vectors.
        &["model", "text", "ingest", "cluster", "compare", "trust", "probe", "report", "app", "ui", "tty", "jobs"],
        &["rusqlite"],
    );
    forbid(
        &["model", "text", "ingest", "cluster", "compare", "trust", "probe", "session", "report", "ui", "tty", "jobs"],
        &["fuzzy_matcher"],
    );
}

#[test]
fn no_file_is_a_book() {
    for room in [
        "model", "text", "files", "ingest", "embed", "cluster", "compare", "trust", "probe", "llm", "session",
        "report", "app", "ui", "tty", "jobs", "cli",
    ] {
        for (path, text) in files(room) {
            let n = text.lines().count();
            assert!(n <= 500, "{path} has {n} lines; split it by noun or verb");
        }
    }
}

#[test]
fn probing_sets_stand_beside_the_comparison() {
    // They use its statistics and its embedder; nothing but the command line and their review knows them.
    forbid(&["probe"], &["crate::session", "crate::jobs", "crate::llm", "crate::trust", "crate::report", "crate::cli"]);
    forbid(
        &["model", "text", "ingest", "embed", "cluster", "compare", "trust", "llm", "session", "report", "tty", "jobs"],
        &["crate::probe"],
    );
    let review = |path: &str| path.contains("/probing");
    for room in ["app", "ui"] {
        for (path, text) in files(room) {
            assert!(review(&path) || !text.contains("crate::probe"), "{path} knows of probing sets");
        }
    }
}

#[test]
fn unsafe_has_one_module() {
    let all = files("");
    assert!(all.len() > 50, "{}", all.len());
    for (path, text) in all {
        let inside = path.contains("/embed/vnni");
        let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
        let used =
            code.filter(|l| l.contains("unsafe {") || l.contains("unsafe fn") || l.contains("allow(unsafe_code)"));
        for line in used {
            assert!(inside, "{path}: `{}` belongs into src/embed/vnni", line.trim());
        }
        let blocks = text.matches("unsafe {").count();
        let reasons = text.matches("// SAFETY: ").count();
        assert!(blocks <= reasons, "{path}: {blocks} unsafe blocks and {reasons} reasons");
    }
}
