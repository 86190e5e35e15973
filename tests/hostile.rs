//! Texts that try to leave their cells. What reaches the terminal is read byte by byte, by a terminal emulator and by tmux,
//! and must be what gander drew and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::pty::{Terminal, until};
use common::{gander, screen};
use tempfile::TempDir;

/// What a sample may hold, and a name for it. Each text ends in a word by which its end is found.
fn corpus() -> Vec<(&'static str, String)> {
    let long = format!("{} \u{1b}[2J\u{1b}]0;OWNED\u{7}", "a long line ".repeat(90_000));
    vec![
        ("plain", "plain text to begin with".into()),
        ("title", "\u{1b}]0;OWNED\u{7}title \u{1b}]2;OWNED\u{1b}\\ string terminator".into()),
        ("clear", "\u{1b}[2J\u{1b}[H\u{1b}[31mred \u{1b}[?1049l\u{1b}[?25h\u{1b}c reset".into()),
        ("c1", "\u{9b}31mC1 colour \u{90}dcs\u{9c} \u{9d}0;OWNED\u{9c} \u{85}next line".into()),
        ("clipboard", "\u{1b}]52;c;T1dORUQ=\u{7}clipboard".into()),
        ("link", "\u{1b}]8;;http://example.invalid/\u{1b}\\link\u{1b}]8;;\u{1b}\\ end".into()),
        ("dcs", "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;T1dORUQ=\u{7}\u{1b}\\ \u{1b}P+q544e\u{1b}\\ \u{1b}_apc\u{1b}\\ \u{1b}^pm\u{1b}\\".into()),
        ("report", "\u{1b}[6n\u{1b}[c\u{1b}[>q\u{1b}[21t\u{5} answers to these are typed".into()),
        ("bidi", "\u{202e}evil\u{202c} \u{2066}isolate\u{2069} \u{200f}mark \u{61c}arabic".into()),
        ("right to left", "שלום עולם and العربية mixed".into()),
        ("tags", "tag\u{e0041}\u{e0042}\u{e007f} zero\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}width \u{ad}soft".into()),
        ("marks", format!("\u{301}lone e\u{301} fine Z{}algo", "\u{300}\u{301}\u{302}\u{315}".repeat(20))),
        ("wide", format!("{}漢", "x漢字かな交じり文".repeat(40))),
        ("emoji", "👨\u{200d}👩\u{200d}👧 family 🏳\u{fe0f}\u{200d}🌈 flag 🇩🇪 🇫 👍🏽 ☺\u{fe0f} ☺\u{fe0e} ⌚ 1\u{fe0f}\u{20e3}".into()),
        ("controls", "NUL\0 BEL\u{7} BS\u{8}\u{8}\u{8} VT\u{b} FF\u{c} CR\rover SO\u{e} SI\u{f} DEL\u{7f} tab\tafter".into()),
        ("odd spaces", "a\u{a0}b\u{2003}c\u{3000}d\u{2028}e\u{2029}f\u{1680}g\u{115f}h\u{3164}i".into()),
        ("private", "\u{e000}private \u{fdd0}non \u{ffff}characters".into()),
        ("hangul", "\u{1112}\u{1161}\u{11ab} 한글 conjoining \u{1100}\u{1100}\u{1161}".into()),
        ("indic", "क्षि नी ก็ำ ไทย".into()),
        ("long", long),
        ("blank", " \n\t\n ".into()),
        ("empty", String::new()),
    ]
}

/// The corpus as a file whose names, prompts and models are hostile too, and a session of it.
fn session() -> (TempDir, PathBuf, usize) {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("hostile.jsonl");
    let texts = corpus();
    let lines: String = texts
        .iter()
        .enumerate()
        .map(|(i, (name, text))| {
            let line = serde_json::json!({
                "id": format!("\u{1b}[{i}m{name}"),
                "model": format!("m\u{1b}]0;OWNED\u{7}{}", i % 2),
                "prompt": format!("{name} \u{1b}c\u{202e}{i}"),
                "text": text,
            });
            format!("{line}\n")
        })
        .collect();
    // Half a surrogate pair, which no text of ours can hold.
    std::fs::write(&file, lines + "{\"model\":\"m\\u001b]0;OWNED\\u00070\",\"text\":\"half \\ud83d a pair\"}\n")
        .unwrap();
    let path = dir.path().join("hostile.gander");
    let out = gander()
        .args(["analyze", "--skip-bad-lines", "--clusters", "1", "--json", "-", "--session"])
        .args([&path, &file])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", common::complaint(&out));
    (dir, path, texts.len())
}

/// Everything a sequence of ours can be: cursor, colours, erasing, rows that move, and the modes that are switched on and off.
fn stranger(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(t) => t,
        Err(e) => return Some(format!("not UTF-8 at {}", e.valid_up_to())),
    };
    let modes = ["?1049", "?2004", "?1000", "?1006", "?25", "?2026"];
    let mut region = false;
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        let hidden = matches!(c as u32,
            0x80..=0x9f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x61c | 0xfeff | 0xad | 0xe0000..=0xe0fff);
        if c == '\u{200d}' {
            // Inside an emoji it joins; the terminal draws one sign.
            continue;
        }
        if hidden {
            return Some(format!("U+{:04X} at {at}", c as u32));
        }
        if c != '\u{1b}' {
            if (c as u32) < 0x20 && !"\r\n".contains(c) || c == '\u{7f}' {
                return Some(format!("control {:02x} at {at}", c as u32));
            }
            continue;
        }
        match rest.next() {
            Some((_, '[')) => {}
            // Rows that move down, where gander said which.
            Some((_, 'M')) if region => continue,
            _ => return Some(format!("no CSI at {at}")),
        }
        let mut parameters = String::new();
        let last = loop {
            match rest.next() {
                Some((_, p @ ('0'..='9' | ';' | ':' | '?'))) => parameters.push(p),
                Some((_, l)) => break l,
                None => return None,
            }
        };
        let ours = match last {
            'H' | 'm' | 'J' | 'K' | 'A' | 'B' | 'C' | 'D' | 'G' | 'X' => !parameters.contains('?'),
            'r' => {
                region = !parameters.is_empty();
                !parameters.contains('?')
            }
            'h' | 'l' => modes.contains(&parameters.as_str()),
            _ => false,
        };
        if !ours {
            return Some(format!("ESC [ {parameters} {last} at {at}"));
        }
    }
    None
}

/// Rows of a screen without the spaces that end them, and without tones of skin: this emulator gives them cells of their
/// own, which gander, as it places what follows anew, then writes over.
fn rows(screen: &str) -> Vec<String> {
    screen.lines().map(|l| l.trim_end().replace('\u{1f3fd}', "")).collect()
}

/// Walks that show every text: in full, with its pair and by its end, and the other screens.
fn walks(n: usize) -> Vec<String> {
    let mut all: Vec<String> = ["<enter>", "2", "4", ":", "i", "@", "?"].map(String::from).into();
    for i in 0..n {
        all.push(format!("*<enter>{}<enter>", "j".repeat(i)));
        if i % 3 == 0 {
            all.push(format!("*<enter>{}<enter>pG", "j".repeat(i)));
        }
    }
    all
}

#[test]
fn the_emulator_shows_what_was_drawn_and_nothing_else() {
    let (_dir, path, n) = session();
    for keys in walks(n) {
        let wanted = rows(&screen(&path, "120x40", &keys));
        let mut t = Terminal::open(&[&path, Path::new("--read-only")], (120, 40));
        t.go_to_clusters();
        t.press(&keys.replace("<enter>", "\r"));
        // All but the first and last row, where the session's state and messages stand.
        let want = &wanted[1..39];
        let what = format!("screen after {keys}:\n{}\n", want.join("\n"));
        t.wait(&what, |s| rows(&s.contents_between(1, 0, 38, 120)).iter().zip(want).all(|(a, b)| a == b));
        let seen = t.seen.clone();
        t.child.kill().unwrap();
        t.ended();
        if let Some(what) = stranger(&seen.0.lock().unwrap().bytes) {
            panic!("a sequence that is not ours after {keys}: {what}");
        }
    }
}

#[test]
fn tmux_keeps_its_title_its_buffers_and_its_screen() {
    if Command::new("tmux").arg("-V").output().is_err() {
        println!("skipped: tmux is not here");
        return;
    }
    let (dir, path, n) = session();
    let socket = dir.path().join("tmux");
    let tmux = |args: &[&str]| {
        let out = Command::new("tmux").arg("-S").arg(&socket).args(["-f", "/dev/null"]).args(args).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let program = format!(
        "env -i PATH=$PATH HOME={} TERM=tmux-256color LANG=C.UTF-8 {} {} --read-only",
        dir.path().display(),
        env!("CARGO_BIN_EXE_gander"),
        path.display()
    );
    tmux(&["-u", "new-session", "-d", "-x", "120", "-y", "40", "-n", "mine", &program]);
    let shows = |wanted: &str| until(wanted, || tmux(&["capture-pane", "-p"]).contains(wanted));
    shows("read-only");
    tmux(&["send-keys", "1"]);
    shows(" clusters ");
    tmux(&["send-keys", "*", "Enter"]);
    shows(&format!("{n} texts"));
    for i in 1..=n {
        tmux(&["send-keys", "Enter", "p", "G", "p"]);
        // Not Esc: with the next key behind it, that is a chord with Alt.
        tmux(&["send-keys", "h"]);
        shows(&format!("{i} of {n}"));
        tmux(&["send-keys", "j"]);
    }
    assert_eq!(tmux(&["list-buffers"]), "", "a sample reached tmux’s buffers");
    let names = tmux(&["display-message", "-p", "#{window_name} #{pane_title} #{alternate_on}"]);
    assert!(names.starts_with("mine ") && !names.contains("OWNED") && names.trim_end().ends_with('1'), "{names}");
    tmux(&["kill-server"]);
}

#[test]
fn copies_and_exports_are_the_original_bytes() {
    let (dir, path, _) = session();
    let out = gander().args(["export"]).arg(&path).arg("-o").arg(dir.path().join("all.jsonl")).output().unwrap();
    assert!(out.status.success(), "{}", common::complaint(&out));
    let written = std::fs::read_to_string(dir.path().join("all.jsonl")).unwrap();
    let texts: Vec<String> = written
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    for (name, text) in corpus() {
        assert!(texts.contains(&text), "{name} was changed");
    }
}
