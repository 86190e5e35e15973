//! What would be false on the screen: circular tests, states that read as results, numbers that are cut, and texts that the
//! embedder cannot read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{complaint, gander, sample, screen, session};
use gander::analysis::{Figures, Judged};
use gander::app::{App, ComputeRequest, Effect, Key, Msg, Ready, Reply, RequestId, SessionRequest};
use gander::diagnostics::Trust;
use gander::session::{Access, Session};
use gander::ui::{Depth, Theme, ThemeChoice, draw_buffer, dump_text};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A report of a session as Markdown.
fn report(session: &Path) -> String {
    let dir = TempDir::new().unwrap();
    let page = dir.path().join("r.md");
    let out = gander().arg("report").arg(session).arg("-o").arg(&page).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    std::fs::read_to_string(page).unwrap()
}

/// The reasons why clusters are not tested, as exports say them.
fn void(session: &Path) -> BTreeSet<String> {
    let out = gander().arg("export").arg(session).output().unwrap();
    let rows = String::from_utf8(out.stdout).unwrap();
    let rows = rows.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    rows.filter_map(|r| r["void"].as_str().map(str::to_owned)).collect()
}

fn one(reason: &str) -> BTreeSet<String> {
    BTreeSet::from([reason.to_owned()])
}

#[test]
fn a_split_by_model_has_no_test_anywhere() {
    let (_dir, path) = session();
    let split = screen(&path, "120x40", "/geese<enter>s<tab><enter>");
    assert!(split.contains("by model. u takes it back"), "{split}");
    let list = screen(&path, "120x40", "1");
    assert_eq!(list.matches(" n/t ").count(), 2, "{list}");
    assert!(list.contains("***"), "other clusters keep their tests: {list}");
    let part = screen(&path, "120x40", "/geese<enter>");
    let card = part.split("About this cluster").nth(1).unwrap();
    assert!(card.contains("Defined by model: not tested.") && !card.contains(" q "), "{part}");
    assert!(
        screen(&path, "120x40", "/geese<enter>i")
            .contains("Difference between the models: defined by model: not tested.")
    );
    assert!(!screen(&path, "120x40", "2").contains("cluster geese"), "it is no difference");
    assert_eq!(void(&path), one("defined by model"));
    let text = report(&path);
    assert_eq!(text.matches("| defined by model: not tested |").count(), 2, "{text}");
    assert!(text.contains("2 clusters have no p or q"), "{text}");
    let out = gander().arg("check").arg(&path).arg("--json").output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert_eq!(said.matches("\"void\":\"defined by model\"").count(), 2, "{said}");
    let undone = screen(&path, "120x40", "u");
    assert!(!undone.contains("n/t") && void(&path).is_empty(), "undo brings the test back: {undone}");
}

#[test]
fn edits_with_names_in_view_are_post_hoc_and_blind_ones_are_tested() {
    for (edit, n) in [("o<space><space>m<enter>", 1), ("s<enter>", 2), ("o<enter><space><space>M<enter>", 2)] {
        let (_dir, path) = session();
        screen(&path, "120x40", edit);
        let list = screen(&path, "120x40", "1");
        assert_eq!(list.matches(" n/t ").count(), n, "{edit}: {list}");
        assert_eq!(void(&path), one("post hoc"), "{edit}");
        let (_dir, path) = session();
        screen(&path, "120x40", &format!("b{edit}"));
        let list = screen(&path, "120x40", "1");
        assert!(!list.contains("n/t") && void(&path).is_empty(), "blind {edit}: {list}");
        assert!(!report(&path).contains("not tested"), "blind {edit}");
    }
}

#[test]
fn blind_mode_forgets_what_was_chosen_by_outcome() {
    let (_dir, path) = session();
    // Marked among the differences, with names in view; then blind.
    let kept = screen(&path, "120x40", "2<enter>*b1<enter>M");
    assert!(kept.contains("Move 1 text to"), "the marks are gone: {kept}");
    let hidden = screen(&path, "120x40", "b2");
    assert!(hidden.contains("Hidden in blind mode") && !hidden.contains("refusals and moralising"), "{hidden}");
    let theme = screen(&path, "120x40", "bSwonderful<enter>t<c-u>wonder<enter>b2G");
    let row = theme.lines().position(|l| l.contains("theme     wonder")).expect(&theme);
    assert!(theme.lines().nth(row + 1).unwrap().contains("; p "), "a theme chosen blindly has a test: {theme}");
}

/// The explorer on the sample run, whose computer is held after so many parts of the numbers.
fn held_after(session: &Path, parts: &str, keys: &str) -> String {
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let mut run = gander();
    match session.exists() {
        true => run.arg(session),
        false => run.args(files).arg("--session").arg(session),
    };
    let out = run.args(["--dump", "120x40", "--dump-keys", keys, "--dump-parts", parts]).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    String::from_utf8(out.stdout).unwrap().split("--- styles").next().unwrap().to_owned()
}

/// What a session keeps of an analysis.
fn kept(session: &Path) -> Vec<Value> {
    let session = Session::open(session, Access::ReadOnly).unwrap();
    let (tree, reruns) = (session.tree().unwrap().unwrap(), session.reruns().unwrap());
    let numbers = session.figures::<Value>().unwrap().unwrap();
    vec![json!(tree), json!(reruns), numbers, json!(session.figures_after().unwrap().unwrap())]
}

#[test]
fn what_is_still_being_computed_does_not_read_as_nothing_found() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let rows = |s: &str| s.lines().filter(|l| l.starts_with([' ', '▸']) && l.contains(" ↻ ")).count();
    // Clusters with names, nothing compared and nothing judged.
    let clusters = held_after(&path("a"), "0", "1");
    assert!(clusters.contains("↻ comparing …") && clusters.contains("1 of 21 clusters"), "{clusters}");
    assert!(rows(&clusters) >= 21 && !clusters.contains("  – "), "{clusters}");
    assert!(clusters.contains("geese") && clusters.contains("Still being computed: topic match"), "{clusters}");
    let differences = held_after(&path("b"), "0", "2");
    assert!(differences.contains("The models are still being compared"), "{differences}");
    assert!(!differences.contains("0 differences") && !differences.contains("Nothing stands out"), "{differences}");
    let evidence = held_after(&path("c"), "0", "1i");
    assert!(evidence.contains("wording and stability are still being computed"), "{evidence}");
    assert!(!evidence.contains("no sign") && !evidence.contains("too few"), "{evidence}");
    // Compared, nothing judged; then some are.
    let compared = held_after(&path("d"), "1", "");
    assert!(compared.contains("↻ judging  0/21") && compared.contains("still being judged"), "{compared}");
    assert!(compared.contains(" differences"), "{compared}");
    let some = held_after(&path("e"), "2", "1");
    assert!(some.contains("↻ judging  8/21") && (13..=22).contains(&rows(&some)), "{some}");
    let all = held_after(&path("f"), "100", "1");
    assert!(!all.contains('↻') && !all.contains("Still being computed"), "{all}");
    // The numbers of finer clusters come as those of the first ones do.
    let finer = held_after(&path("g"), "1", "1]");
    assert!(finer.contains("↻ judging") && finer.contains("geese"), "{finer}");
}

#[test]
fn a_run_that_is_left_before_its_numbers_are_there_goes_on_and_keeps_edits() {
    let dir = TempDir::new().unwrap();
    let (left, whole) = (dir.path().join("left.gander"), dir.path().join("whole.gander"));
    held_after(&whole, "100", "");
    let (_made, headless) = session();
    assert_eq!(kept(&whole), kept(&headless), "the explorer and analyze keep the same");
    for parts in ["0", "1", "2"] {
        let left = dir.path().join(parts);
        held_after(&left, parts, "");
        assert!(held_after(&left, "0", "1").contains("↻"), "it says that it is not done");
        assert!(!held_after(&left, "100", "1").contains('↻'));
        assert_eq!(kept(&left), kept(&whole), "left after {parts} parts");
    }
    let label = "1r<c-u>left behind<enter>";
    assert!(held_after(&left, "0", label).contains("left behind"));
    let report = gander().arg("report").arg(&left).args(["-o", "/dev/null"]).output().unwrap();
    assert!(report.status.success(), "what is missing is computed first: {}", complaint(&report));
    let again = held_after(&left, "100", "1");
    assert!(again.contains("left behind") && !again.contains('↻'), "{again}");
}

#[test]
fn judgements_of_an_older_state_are_dropped() {
    let (_dir, path) = session();
    let mut app = held(&path);
    let id = app.run.figures.clusters[0].id;
    let judged = || vec![Judged { cluster: id, trust: Trust::default(), shift: None, stance: None }];
    let before = app.run.figures.clone();
    let effects = press(&mut app, "1]");
    let asked = effects.iter().find_map(|e| match e {
        Effect::Compute(id, ComputeRequest::Figures(_)) => Some(*id),
        _ => None,
    });
    let asked = asked.expect("finer clusters need numbers");
    let earlier = RequestId(asked.0 - 1);
    app.update(Msg::Replied(earlier, Reply::Judged(judged())), 0);
    app.update(Msg::Replied(earlier, Reply::Failed("the disk is full".into())), 0);
    assert_eq!(app.run.figures, before);
    assert!(!app.run.figures_failed && app.run.figures_stale);
    app.update(Msg::Replied(asked, Reply::Figures(before.clone())), 0);
    app.update(Msg::Replied(asked, Reply::Judged(judged())), 0);
    assert!(app.run.trust_of(id).unwrap().fit.is_none() && before.trust[0].fit.is_some());
    app.update(Msg::Replied(asked, Reply::Failed("the disk is full".into())), 0);
    assert!(shown(&app).contains("stopped") && shown(&app).contains("The disk is full."), "{}", shown(&app));
}

/// The explorer on a session, whose background never answers.
fn held(path: &Path) -> App {
    let session = Session::open(path, Access::ReadOnly).unwrap();
    let (corpus, heads) = session.outline().unwrap();
    let mut app = App::new(corpus, heads, (120, 40));
    let tree = session.tree().unwrap().unwrap();
    let figures: Figures = session.figures().unwrap().unwrap();
    app.ready(Ready { partition: tree.partition(tree.base_groups()), tree, figures }, Vec::new());
    app
}

fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    Key::parse_all(keys).into_iter().flat_map(|k| app.update(Msg::KeyPressed(k), 0)).collect()
}

fn shown(app: &App) -> String {
    let area = ratatui::layout::Rect::new(0, 0, app.size.0, app.size.1);
    let mut buffer = ratatui::buffer::Buffer::empty(area);
    draw_buffer(&mut buffer, app, &Theme::new(ThemeChoice::Dark, Depth::Indexed, false));
    dump_text(&buffer).split("--- styles").next().unwrap().to_owned()
}

#[test]
fn stars_stay_while_figures_are_recomputed_and_bookkeeping_recomputes_nothing() {
    let (_dir, path) = session();
    let mut app = held(&path);
    press(&mut app, "1");
    let stars = |s: &str| s.matches("***").count();
    let before = stars(&shown(&app));
    assert!(before > 0);
    for keys in ["d", "cnote<enter>", "freason<enter>", "f", "u", "<c-r>"] {
        let effects = press(&mut app, keys);
        assert!(
            effects.iter().any(|e| matches!(e, Effect::Session(_, SessionRequest::StoreEdit(_)))),
            "{keys} is an edit"
        );
        assert!(
            !effects.iter().any(|e| matches!(e, Effect::Compute(_, ComputeRequest::Figures(_)))),
            "{keys} changes no figure"
        );
        assert!(!app.run.figures_stale && !shown(&app).contains('↻'), "{keys}");
    }
    let effects = press(&mut app, "r<c-u>a name<enter>");
    assert!(effects.iter().any(|e| matches!(e, Effect::Compute(_, ComputeRequest::Figures(_)))), "a label has a fit");
    let during = shown(&app);
    assert_eq!(stars(&during), before, "{during}");
    assert!(during.contains("↻ recomputing …") && during.contains(" q ↻ "), "{during}");
    let effects = press(&mut app, "s");
    let parts: Vec<Vec<u32>> = {
        let id = app.current_cluster().unwrap();
        let members = app.run.partition.members(id);
        vec![members[..3].to_vec(), members[3..].to_vec()]
    };
    let part =
        |members: Vec<u32>| gander::analysis::SplitPart { members, terms: String::new(), label: None, exemplar: None };
    let asked = effects.iter().find_map(|e| match e {
        Effect::Compute(id, ComputeRequest::Split(_)) => Some(*id),
        _ => None,
    });
    app.update(Msg::Replied(asked.unwrap(), Reply::Split(parts.into_iter().map(part).collect())), 0);
    press(&mut app, "<enter>");
    let after = shown(&app);
    assert_eq!(after.matches(" n/t ").count(), 2, "what has no test any more shows none, old or new: {after}");
}

#[test]
fn numbers_are_shown_whole_or_not_at_all() {
    let (_dir, path) = session();
    let stated = regex::Regex::new(r"\b(AUC|OR|CI|p|q) (?:< )?[0-9][0-9.]*|[0-9][0-9.]* (?:%|vs|of|texts)").unwrap();
    let begun = regex::Regex::new(r"\b(AUC|OR|CI|p|q)(?: <)?\s*…?\s*(│|$)").unwrap();
    for keys in ["1", "2", "2jj", "/geese<enter>"] {
        // Where there is room, and where there is room for one pane.
        let wide: Vec<String> = ["220x60", "99x60"].map(|size| screen(&path, size, keys)).to_vec();
        let whole: BTreeSet<&str> = wide.iter().flat_map(|s| stated.find_iter(s)).map(|m| m.as_str()).collect();
        for columns in (50..130).step_by(7) {
            let s = screen(&path, &format!("{columns}x60"), keys);
            for (row, line) in s.lines().enumerate() {
                for found in stated.find_iter(line) {
                    assert!(whole.contains(found.as_str()), "{keys} in {columns}: {} in {line}", found.as_str());
                }
                // Elsewhere sentences are wrapped.
                // Texts of the samples may end in such a letter.
                let list = line.split('│').next().unwrap_or_default();
                if row == 0 || keys.starts_with('2') && !list.contains('“') {
                    assert!(!begun.is_match(list), "{keys} in {columns}: {line}");
                }
            }
        }
    }
}

#[test]
fn small_p_are_never_rounded_to_nothing() {
    assert_eq!(gander::text::small(4e-18), "< 0.001");
    assert_eq!(gander::text::small(0.0), "< 0.001");
    assert_eq!(gander::text::small(0.0126), "0.013");
    let (_dir, path) = session();
    let text = report(&path);
    assert!(!text.contains("0.000") && text.contains("&lt; 0.001"), "{text}");
    for keys in ["1", "2", "2jjjjjj", "Z"] {
        let s = screen(&path, "160x60", keys);
        assert!(!s.contains("0.000"), "{s}");
    }
}

#[test]
fn without_wording_counts_what_the_list_counts() {
    let (_dir, path) = session();
    let number = |s: &str, after: &str| -> usize {
        let at = s.find(after).expect(s) + after.len();
        s[at..].chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    let listed = screen(&path, "120x40", "2");
    let title = listed.lines().nth(1).unwrap().trim_start_matches("─ ");
    assert_eq!(number(&screen(&path, "120x40", "Z"), "Differences before: "), number(title, ""), "{listed}");
}

#[test]
fn one_file_of_one_model_shares_prompts_with_nobody() {
    let said = |args: &[std::path::PathBuf]| {
        let out = gander().arg("inspect").args(args).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let one = said(&[common::sample("geese_base.jsonl")]);
    assert!(one.contains("40 distinct\n") && !one.contains("answered by several models"), "{one}");
    let dir = TempDir::new().unwrap();
    let both = dir.path().join("both.jsonl");
    let texts = ["geese_base.jsonl", "geese_tuned.jsonl"].map(|f| std::fs::read_to_string(common::sample(f)).unwrap());
    std::fs::write(&both, texts.concat()).unwrap();
    assert!(said(&[both]).contains("40 distinct, 40 answered by several models"));
}

/// Two models that write of two topics, of which the second model turns to the other in most texts.
fn two_topics(topics: [[&str; 6]; 2], file: &Path) {
    let mut out = String::new();
    for model in ["base", "tuned"] {
        for i in 0..60usize {
            let topic = usize::from((i % 5 == 0) != (model == "tuned"));
            let words: Vec<&str> = (0..8).map(|k| topics[topic][(i * 5 + k * k + i / 6) % 6]).collect();
            out.push_str(&serde_json::json!({"model": model, "text": words.join(" ")}).to_string());
            out.push('\n');
        }
    }
    std::fs::write(file, out).unwrap();
}

#[test]
fn texts_that_the_embedder_cannot_read_claim_nothing() {
    let dir = TempDir::new().unwrap();
    let (file, run, json) = (dir.path().join("s.jsonl"), dir.path().join("s.gander"), dir.path().join("s.json"));
    let amharic = [["ዳቦ", "እርሾ", "ዱቄት", "ምድጃ", "ሊጥ", "ቅቤ"], ["ከተማ", "ትኬት", "ሆቴል", "ጉዞ", "ባቡር", "ድንበር"]];
    two_topics(amharic, &file);
    let out = gander().arg("analyze").arg(&file).arg("--session").arg(&run).arg("--json").arg(&json).output().unwrap();
    assert!(out.status.success() && complaint(&out).contains("name another --embedder"), "{}", complaint(&out));
    let v: Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    assert!(v["overall"]["auc"].is_null() && v["overall"]["p"].is_null(), "{}", v["overall"]);
    assert_eq!(v["embedder"]["unreadable"]["unknown_pieces"], 1.0, "{}", v["embedder"]);
    assert!(v["embedder"]["unreadable"]["one_vector"].is_number());
    assert!(v["notices"][0].as_str().unwrap().contains("--embedder"));
    let clusters = v["clusters"].as_array().unwrap();
    assert!(
        clusters
            .iter()
            .all(|c| c["p"].is_null() && c["q"].is_null() && c["log_odds"].is_null() && c["share"].is_array())
    );
    let found = v["hotspots"].as_array().unwrap();
    assert!(
        !found.is_empty()
            && found.iter().all(|f| ["words", "trait", "surface", "rate"].iter().any(|c| f["channel"] == *c)),
        "{found:?}"
    );
    // On the screen, also when the session is opened again and recomputed, above everything.
    screen(&run, "120x40", "r<c-u>a name<enter>");
    for (size, keys) in [("120x40", "1"), ("50x20", "1"), ("120x40", "2"), ("120x40", "4")] {
        let s = screen(&run, size, keys);
        assert!(s.lines().nth(1).unwrap().starts_with("Unreadable texts: name another --embedder"), "{s}");
        assert!(!s.contains("AUC 0") && !s.contains("***"), "{s}");
    }
    let text = report(&run);
    let notice = text.find("name another --embedder").expect(&text);
    assert!(notice < text.find("## ").unwrap() && !text.contains("AUC 0."), "{text}");
    assert!(text.contains("unreadable: not tested"), "{text}");
    // The same in letters that it knows.
    let english = [
        ["bread", "yeast", "flour", "oven", "dough", "butter"],
        ["town", "ticket", "hotel", "travel", "train", "border"],
    ];
    two_topics(english, &file);
    let out = gander().arg("analyze").arg(&file).args(["--json", "-"]).output().unwrap();
    let v: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(v["embedder"]["unreadable"].is_null() && v["overall"]["auc"].as_f64().unwrap() > 0.7, "{}", v["overall"]);
}
