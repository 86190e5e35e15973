//! The real program in a pseudo-terminal, its bytes read by a terminal emulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::pty::Terminal;
use common::{sample, screen, session};

#[test]
fn opens_works_and_gives_the_terminal_back() {
    let (_dir, path) = session();
    let mut t = Terminal::open(&[&path], (120, 40));
    t.go_to_clusters();
    assert!(t.seen.0.lock().unwrap().screen().alternate_screen());
    t.press("r\u{15}from a real terminal\r");
    t.wait("saved label", |s| s.contents().contains("● saved") && s.contents().contains("from a real terminal"));
    t.resize(80, 24);
    // Narrow, the tabs stand closer. crossterm loses keys that come in the same instant as a resize, until the next key.
    t.wait_text("1 Clusters 2 Differences");
    t.press("jjk");
    t.wait_text("from a real terminal");
    // Drawn afresh without asking the terminal anything: an answer would go to the thread that reads keys.
    t.press("\u{c}?");
    t.wait_text("Help: Clusters");
    t.press("\u{1b}");
    t.wait("no help", |s| !s.contents().contains("Help: Clusters"));
    // Alt and a letter come as Esc and the letter in one packet, and are neither.
    t.press("\u{1b}q");
    t.wait_text("Alt-q does nothing here");
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
    t.go_to_clusters();
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
    t.ended();
    let history = screen(&path, "120x40", "@");
    for n in 0..6 {
        assert!(history.contains(&format!("storm {n}")), "edit {n} is gone:\n{history}");
    }
}

#[test]
fn a_lost_terminal_ends_the_program_and_keeps_edits() {
    let (_dir, path) = session();
    let mut t = Terminal::open(&[&path], (100, 30));
    t.go_to_clusters();
    t.press("r\u{15}before the line broke\r");
    // As the message says once the edit is on the disk; the first screen says “saved” too.
    t.wait("saved label", |s| {
        let c = s.contents();
        c.contains("● saved") && c.contains("before the line broke") && !c.contains("Label of")
    });
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
    t.wait_text("The clusters are ready.");
    t.press("Q");
    assert_eq!(t.end(), 0);
}

#[test]
fn clusters_are_shown_and_edited_before_they_are_judged() {
    let dir = tempfile::TempDir::new().unwrap();
    let session = dir.path().join("run.gander");
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let mut t = Terminal::open(&[&files[0], &files[1], "--session".as_ref(), &session], (120, 40));
    t.wait("clusters that are not judged", |s| s.contents().contains("of 21 clusters") && s.contents().contains(" ↻ "));
    t.press("1r\u{15}named early\r");
    t.wait("label", |s| s.contents().contains("named early") && s.contents().contains("● saved"));
    t.press("]u");
    t.wait("end of judging", |s| !s.contents().contains('↻') && s.contents().contains("of 21 clusters"));
    let shown = t.wait_text("named early");
    assert!(!shown.contains("Still being computed"), "{shown}");
    t.press("Q");
    assert_eq!(t.end(), 0);
    let again = screen(&session, "120x40", "");
    assert!(again.contains("named early") && !again.contains('↻'), "{again}");
}
