//! Keystrokes against the whole explorer, with the real session and the real computations behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{press, screen, session};

#[test]
fn screens() {
    let (_dir, path) = session();
    for (name, size, keys) in [
        ("clusters_80x24", "80x24", "1"),
        ("clusters_120x40", "120x40", "1"),
        ("members_80x24", "80x24", "<enter>"),
        ("reader_80x24", "80x24", "<enter><enter>"),
        ("pair_120x40", "120x40", "<enter>p"),
        ("differences_120x40", "120x40", "2"),
        ("differences_80x24", "80x24", "2"),
        ("help_80x24", "80x24", "?"),
        ("palette_120x40", "120x40", ":spl"),
        ("split_120x40", "120x40", "s"),
        ("merge_120x40", "120x40", "m"),
        ("merge_preview_120x40", "120x40", "o<space><space>m"),
        ("difference_120x40", "120x40", "2dcfrom the style guide<enter>i"),
        ("blind_120x40", "120x40", "b"),
        ("map_120x40", "120x40", "4"),
        ("map_80x24", "80x24", "4"),
        ("search_all_120x40", "120x40", "Swonderful<enter>"),
    ] {
        insta::assert_snapshot!(name, press(&path, size, keys));
    }
}

#[test]
fn too_small_is_said() {
    let (_dir, path) = session();
    assert!(screen(&path, "40x10", "").contains("gander needs 50 × 12 cells;"));
    screen(&path, "1x1", "jjj<enter>p?");
    screen(&path, "50x12", "jj<enter><enter>p:<esc>?<esc>s<esc>2jj<enter>");
}

#[test]
fn labels_survive_and_can_be_taken_back() {
    let (_dir, path) = session();
    assert!(screen(&path, "120x40", "r<c-u>polite refusals").contains("topic match 0."), "it is shown while typing");
    let s = screen(&path, "120x40", "r<c-u>polite refusals<enter>");
    assert!(s.contains("polite refusals") && s.contains("● saved"), "{s}");
    assert!(screen(&path, "120x40", "1").contains("polite refusals"), "still there after opening again");
    screen(&path, "120x40", "u");
    assert!(!screen(&path, "120x40", "1").contains("polite refusals"), "undo is kept too");
    assert!(screen(&path, "120x40", "<c-r>").contains("polite refusals"), "redo works across restarts");
    let h = screen(&path, "120x40", "@");
    assert!(h.contains("undo edit 1") && h.contains("redo edit 1") && h.contains("tester"), "{h}");
}

#[test]
fn merge_split_move_flag_note_done() {
    let (_dir, path) = session();
    let count = |s: &str| -> usize {
        let at = s.find(" clusters ─").unwrap();
        s[..at].rsplit(' ').next().unwrap().parse().unwrap()
    };
    let before = count(&screen(&path, "120x40", "1"));
    let preview = screen(&path, "120x40", "o<space><space>m");
    assert!(preview.contains("─ Merge 2 clusters ─") && preview.contains("Together: "), "{preview}");
    assert_eq!(count(&screen(&path, "120x40", "o<space><space>m<esc>")), before, "only looked at");
    assert_eq!(count(&screen(&path, "120x40", "o<space><space>m<enter>")), before - 1, "marked clusters merge");
    assert_eq!(count(&screen(&path, "120x40", "u")), before);
    assert_eq!(count(&screen(&path, "120x40", "s+<enter>")), before + 2, "split in three");
    assert_eq!(count(&screen(&path, "120x40", "u")), before);
    let s = screen(&path, "120x40", "o<enter><space><space>M<enter>");
    assert!(s.contains("move 2 texts to a new cluster"), "{s}");
    assert_eq!(count(&screen(&path, "120x40", "1")), before + 1);
    assert_eq!(count(&screen(&path, "120x40", "u")), before);
    assert!(screen(&path, "120x40", "fmixed stances<enter>").contains('⚑'));
    assert!(!screen(&path, "120x40", "f").contains('⚑'), "f again takes the flag away");
    assert!(screen(&path, "120x40", "clook again<enter>").contains('≡'));
    let replaced = screen(&path, "120x40", "cas agreed<enter>");
    assert!(
        replaced.contains("as agreed") && !replaced.contains("look again"),
        "typing replaces what was there: {replaced}"
    );
    assert!(screen(&path, "120x40", "d").contains('✓'));
    let merged = screen(&path, "120x40", "m<enter>");
    assert!(merged.contains("Done: merge") && count(&merged) == before - 1, "{merged}");
}

#[test]
fn coarser_and_finer_keep_what_was_touched() {
    let (_dir, path) = session();
    screen(&path, "120x40", "r<c-u>mine<enter>");
    let coarse = screen(&path, "120x40", "[[[[");
    assert!(coarse.contains("mine") && coarse.contains("Coarser: "), "{coarse}");
    assert!(screen(&path, "120x40", "]]]]]]").contains("mine"));
}

#[test]
fn searching_and_filtering() {
    let (_dir, path) = session();
    let labels = screen(&path, "120x40", "/geese");
    assert!(labels.contains("Labels with: geese") && labels.contains("geese"), "{labels}");
    assert!(screen(&path, "120x40", "/zzzz").contains("No label has these letters"));
    let texts = screen(&path, "120x40", "/geese<enter><enter>/wonderful<enter>");
    assert!(texts.contains("with “wonderful”") && texts.contains("contain it"), "{texts}");
    let inverted = screen(&path, "120x40", "/geese<enter><enter>/!geese<enter>");
    assert!(inverted.contains("with “!geese”"), "{inverted}");
    assert!(screen(&path, "120x40", "<enter>F").contains("Only texts of base."));
    let palette = screen(&path, "120x40", ":undo<enter>");
    assert!(palette.contains("Nothing to undo."), "{palette}");
}

#[test]
fn blind_mode_hides_names_and_shares() {
    let (_dir, path) = session();
    for keys in ["b", "b<enter>", "b<enter>p", "b2"] {
        let s = screen(&path, "120x40", keys);
        let first = s.lines().next().unwrap();
        assert!(first.contains("BLIND") && !first.contains("tuned") && !first.contains("AUC"), "{first}");
    }
}

/// Some rows of a screen.
fn rows(screen: &str, which: std::ops::Range<usize>) -> Vec<&str> {
    screen.lines().skip(which.start).take(which.len()).collect()
}

#[test]
fn a_chord_with_alt_is_one_key_and_does_nothing() {
    let (_dir, path) = session();
    let list = screen(&path, "120x40", "1");
    for (keys, name) in [("<a-j>", "Alt-j"), ("<a-q>", "Alt-q"), ("<a-enter>", "Alt-Enter"), ("<a-left>", "Alt-←")] {
        let shown = screen(&path, "120x40", keys);
        assert!(shown.contains(&format!("{name} does nothing here; ? shows the keys.")), "{shown}");
        assert_eq!(rows(&shown, 2..38), rows(&list, 2..38), "{name}");
    }
    // No edit, wherever the focus is, and nothing lying above goes away.
    for keys in [
        "<enter><a-d>",
        "<enter><enter><a-d>",
        "s<a-enter>",
        "V<a-enter>",
        "m<a-enter>",
        "W<a-m>",
        "W<c-x>",
        "<a-space>",
    ] {
        screen(&path, "120x40", keys);
    }
    assert!(!screen(&path, "120x40", "@").contains("tester"), "an edit was made");
    let help = screen(&path, "120x40", "?");
    assert_eq!(rows(&screen(&path, "120x40", "?<a-2>"), 2..36), rows(&help, 2..36), "the help stays");
    let typed = screen(&path, "120x40", "r<c-u>two words<a-bs>geese<a-b>x");
    assert!(typed.contains("two xgeese"), "in a line Alt works on words: {typed}");
    assert!(
        screen(&path, "120x40", "r<c-u>kept<a-j>!").contains("kept!"),
        "any other is as if it had not been pressed"
    );
}

#[test]
fn nonsense_does_nothing_bad() {
    let (_dir, path) = session();
    let mut keys = String::new();
    // A fixed walk over all keys that do not leave.
    let mut state = 7u32;
    let alphabet = "jkgGoO/?:@*\\vsmMrfcdwbBpFxyYnN[]u<enter> <esc>+-1 2zé漢\u{202e}";
    let all = gander::app::Key::parse_all(alphabet);
    for _ in 0..400 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        keys.push_str(&match all[(state >> 16) as usize % all.len()].to_string() {
            s if s == "Enter" => "<enter>".into(),
            s if s == "Esc" => "<esc>".into(),
            s if s == "Space" => "<space>".into(),
            s => s,
        });
    }
    screen(&path, "100x30", &keys);
    assert!(screen(&path, "100x30", "1").contains("clusters"));
}

#[test]
fn a_picture_has_its_colours_whatever_the_terminal() {
    let (_dir, path) = session();
    let picture = |terminal: &str, theme: &str| {
        let args = ["--read-only", "--dump", "80x24.svg", "--theme", theme];
        let out = common::gander().arg(&path).args(args).env("TERM", terminal).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let right = "fill=\"#ffaf5f\"";
    assert!(picture("xterm-256color", "auto").contains(right));
    assert_eq!(picture("dumb", "auto"), picture("xterm-256color", "auto"));
    assert!(!picture("xterm-256color", "none").contains(right));
}

#[test]
fn readers_do_not_change_and_writers_exclude_each_other() {
    let (_dir, path) = session();
    let out = common::gander()
        .arg(&path)
        .args(["--read-only", "--dump", "120x40", "--dump-keys", "1r<c-u>no<enter>"])
        .output()
        .unwrap();
    let s = String::from_utf8(out.stdout).unwrap();
    assert!(s.contains("This session is read-only"), "{s}");
    let held = gander::session::Session::open(&path, gander::session::Access::Write).unwrap();
    let out = common::gander().arg(&path).args(["--dump", "120x40"]).output().unwrap();
    assert_eq!(out.status.code(), Some(3));
    let said = common::complaint(&out);
    assert!(
        said.contains("open in another gander (process ") && said.ends_with("read along with --read-only"),
        "{said}"
    );
    drop(held);
    screen(&path, "120x40", "1");
}

#[test]
fn the_evidence_scrolls_and_leads_to_the_split_it_speaks_of() {
    let (_dir, path) = session();
    let s = screen(&path, "80x24", "/geese<enter>i");
    assert!(s.contains("opposed statements") && !s.contains("Most similar clusters;"), "{s}");
    assert!(screen(&path, "80x24", "/geese<enter>ijjjjjjjjjjjj").contains("Most similar clusters;"));
    assert!(screen(&path, "80x24", "/geese<enter>is").contains("by opposed statements"));
}

#[test]
fn the_map_leads_from_place_to_place_and_to_their_texts() {
    let (_dir, path) = session();
    let first = screen(&path, "120x40", "4");
    assert!(first.contains("Map ─") && first.contains("880 texts") && first.contains(" here: "), "{first}");
    let here = |s: &str| s.lines().nth(38).unwrap().to_owned() + s.lines().nth(37).unwrap();
    // From the first place, which may lie at an edge, every pair of opposite keys leads somewhere.
    for keys in [&["4l", "4h"][..], &["4j", "4k"], &["4G"], &["4n"]] {
        let moved = keys.iter().any(|k| here(&screen(&path, "120x40", k)) != here(&first));
        assert!(moved, "{keys:?} stay where they were");
    }
    assert_eq!(here(&screen(&path, "120x40", "4nN")), here(&first));
    let next = screen(&path, "120x40", "4n1");
    let row = next.lines().find(|l| l.starts_with('▸')).unwrap();
    assert!(!next.lines().nth(3).unwrap().starts_with('▸'), "the list stands on the cluster of the map: {row}");
    let texts = screen(&path, "120x40", "4<enter>F");
    assert!(texts.contains("What lies here") && texts.contains("Only texts of base."), "{texts}");
    assert!(screen(&path, "120x40", "4o").contains("Colours tell clusters apart."));
    let kept = gander::session::Session::open(&path, gander::session::Access::ReadOnly).unwrap();
    assert!(kept.map().unwrap().is_some(), "the map is kept in the session");
}

#[test]
fn all_texts_are_searched_by_letters_and_by_meaning() {
    let (_dir, path) = session();
    let found = screen(&path, "120x40", "SWONDERFUL<enter>");
    assert!(found.contains("All texts") && found.contains("contain it") && found.contains("wonderful"), "{found}");
    let back = screen(&path, "120x40", "Swonderful<enter><esc>");
    assert!(back.contains("clusters ─") && !back.contains("All texts"), "{back}");
    let meant = screen(&path, "120x40", "S~lovely birds that honk<enter>");
    assert!(meant.contains(" texts nearest in meaning, by their nearest sentence (cosine 0."), "{meant}");
    assert!(!meant.contains(".. Esc"), "{meant}");
    let birds = meant.lines().skip(2).take(8).filter(|l| l.to_lowercase().contains("geese")).count();
    assert!(birds > 4, "{meant}");
    // A sentence inside an answer is found, and is what the list shows of it.
    let inside = screen(&path, "120x40", "S~the hills are hard work with a pushchair<enter>");
    let rows: Vec<&str> = inside.lines().skip(2).take(6).collect();
    assert!(rows.iter().filter(|l| l.contains("hills are hard work")).count() > 4, "{inside}");
    // No embedding knows what a refusal is.
    let refusals = screen(&path, "120x40", "S~polite refusal<enter>");
    assert!(refusals.contains("texts of “refusals and moralising”, then the "), "{refusals}");
    let rows = refusals.lines().skip(2).take(5);
    assert!(rows.clone().all(|l| ["can't", "cannot", "not able", "sorry"].iter().any(|w| l.contains(w))), "{refusals}");
    let none = screen(&path, "120x40", "Szzzzz<enter>");
    assert!(none.contains("No text holds that."), "{none}");
    let union = screen(&path, "120x40", "o<space><space>k<enter>");
    assert!(union.contains("2 marked clusters"), "{union}");
    let all = screen(&path, "120x40", "*<enter>");
    assert!(all.contains("880 texts"), "{all}");
}

#[test]
fn beside_the_list_stands_what_is_known_and_one_key_on_the_text() {
    let (_dir, path) = session();
    let list = screen(&path, "120x40", "/geese<enter>");
    for known in
        ["About this cluster", "44 of 440   10.0 %", "Topic match: ", "It may hold opposites", "Most similar clusters"]
    {
        assert!(list.contains(known), "{known} is missing: {list}");
    }
    let evidence = screen(&path, "120x40", "/geese<enter>i");
    for read in ["Read in pairs: ", "“In short: I dislike geese", "against “In short: I love geese"] {
        assert!(evidence.contains(read), "{read} is missing: {evidence}");
    }
    let texts = screen(&path, "120x40", "/geese<enter><enter>");
    assert!(!texts.contains("About this cluster") && texts.contains(" 1 of 88 ─"), "{texts}");
    let blind = screen(&path, "120x40", "b/geese<enter>");
    assert!(blind.contains("About this cluster") && !blind.contains("of 440"), "{blind}");
}

#[test]
fn texts_that_belong_elsewhere_are_offered_and_brought_in() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fine.gander");
    let made = common::gander()
        .args(["analyze", "--clusters", "100", "--json", "/dev/null", "--session"])
        .arg(&path)
        .args([common::sample("geese_base.jsonl"), common::sample("geese_tuned.jsonl")])
        .output()
        .unwrap();
    assert!(made.status.success());
    let checked = common::gander().arg("check").arg(&path).args(["--json"]).output().unwrap();
    let rows = String::from_utf8(checked.stdout).unwrap();
    let rows = rows.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
    let most = rows.max_by_key(|r| r["strays"].as_u64()).unwrap();
    let (strays, label) = (most["strays"].as_u64().unwrap(), most["label"].as_str().unwrap().to_owned());
    assert!(strays > 0, "this run was chosen because it has some");
    // A name of one's own stays when texts come in.
    let named = screen(&path, "120x40", &format!("/{label}<enter>r<c-u>the named one<enter>"));
    assert!(named.contains("the named one"), "{named}");
    let label = "the named one";
    let offered = screen(&path, "120x40", &format!("/{label}<enter>B"));
    assert!(offered.contains("of OTHER clusters") && offered.contains(&format!("{strays} marked")), "{offered}");
    let moved = screen(&path, "120x40", &format!("/{label}<enter>BM<enter>"));
    assert!(moved.contains(&format!("Done: move {strays} text")), "{moved}");
    let none = screen(&path, "120x40", &format!("/{label}<enter>B"));
    assert!(none.contains("No text of another cluster lies among"), "{none}");
    let back = screen(&path, "120x40", "u");
    assert!(back.contains("Undone: move"), "{back}");
}

#[test]
fn an_empty_list_bears_every_key() {
    let (_dir, path) = session();
    // No label has these letters.
    let shown = screen(&path, "120x40", "/zzqqzz<enter>vjkGg *\\v<c-d>nNoOwdfcsmrMBWLVtyYpZ");
    assert!(shown.contains("gander"), "{shown}");
}

#[test]
fn a_text_shows_why_it_is_listed() {
    let dir = tempfile::TempDir::new().unwrap();
    let long = "The river bends to the left and then to the right again, past the mill. ".repeat(30);
    let file = dir.path().join("river.jsonl");
    let rows = (0..24).map(|i| match i % 2 {
        0 => format!("{{\"model\": \"a\", \"text\": \"{i} {long}A heron stands there. {long}\"}}\n"),
        _ => format!("{{\"model\": \"b\", \"text\": \"{i} {long}\"}}\n"),
    });
    std::fs::write(&file, rows.collect::<String>()).unwrap();
    let path = dir.path().join("river.gander");
    let made = common::gander().args(["analyze", "--session"]).arg(&path).arg(&file).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let s = screen(&path, "120x40", "Sheron<enter>");
    let row = "… the mill. A heron stands there.";
    assert_eq!(s.matches(row).count(), 12, "each row shows the place: {s}");
    assert!(s.contains("lines above, 1 of 12"), "the text opens there: {s}");
    let s = screen(&path, "120x40", "Sheron<enter><enter>g");
    assert!(!s.contains("lines above") && s.contains(" 0 The river bends"), "g goes to its top: {s}");
    let s = screen(&path, "120x40", "Sheron<enter><enter>gn");
    assert!(s.contains("lines above"), "n comes back to it: {s}");
    let rows = (0..8).map(|n| screen(&path, "120x40", &format!("2{}", "j".repeat(n))));
    let shown = rows.into_iter().any(|s| s.contains("… past the mill. A heron stands there."));
    assert!(shown, "a difference in words, or in a sentence, shows them");
}

#[test]
fn a_wide_screen_says_how_much_the_list_explains() {
    let (_dir, path) = session();
    let s = screen(&path, "240x40", "2");
    assert!(s.contains("The list explains 0.") && s.contains(" is left (p "), "{s}");
}

#[test]
fn each_view_has_clusters_and_edits_of_its_own() {
    let (dir, path) = session();
    let s = screen(&path, "120x40", "1T");
    assert!(s.contains("─ 1 of ") && s.contains(" clusters of behaviour ─"), "{s}");
    assert!(dir.path().join("run.behaviour.gander").exists());
    // An edit there is not one here, and is there still afterwards.
    let s = screen(&path, "120x40", "1Tr<c-u>only behaviour<enter>");
    assert!(s.contains("only behaviour") && s.contains("● saved"), "{s}");
    let s = screen(&path, "120x40", "1");
    assert!(!s.contains("only behaviour") && !s.contains("of behaviour"), "{s}");
    let there = dir.path().join("run.behaviour.gander");
    assert!(screen(&there, "120x40", "1").contains("only behaviour"));
    let s = screen(&there, "120x40", "1T");
    assert!(s.contains("─ 1 of ") && !s.contains("behaviour"), "and back again: {s}");
    // What stands at the other's place and is something else is left alone.
    std::fs::write(&there, "not a session").unwrap();
    let s = screen(&path, "120x40", "1T");
    assert!(s.contains("is not a gander session") && !s.contains("of behaviour"), "{s}");
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "not a session");
}
