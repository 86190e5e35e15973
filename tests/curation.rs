//! Themes, near pairs, what to do next, wording taken out, and agreement: through keystrokes and commands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;

use common::{complaint, gander, sample, screen, session};
use tempfile::TempDir;

#[test]
fn a_theme_is_named_counted_renamed_and_taken_away() {
    let (_dir, path) = session();
    let s = screen(&path, "120x40", "Sgeese<enter>t<c-u>birds<enter>");
    assert!(s.contains("Theme “birds”: 2 shows it"), "{s}");
    let s = screen(&path, "120x60", "2G");
    let row = s.lines().position(|l| l.contains("theme     birds")).expect(&s);
    let said = s.lines().nth(row + 1).unwrap();
    assert!(said.contains("texts in 1 cluster; post hoc: not tested"), "{s}");
    let first = s.lines().position(|l| l.contains("refusals and moralising")).expect(&s);
    assert!(first < row, "what was found comes before what a person gathered: {s}");
    let s = screen(&path, "120x40", "2Gki");
    assert!(s.contains("hold “geese”") && s.contains("100 %  #"), "{s}");
    assert!(screen(&path, "120x40", "2Gkt<c-u>feathered<enter>2G").contains("theme     feathered"));
    assert!(!screen(&path, "120x40", "2Gkt<c-u><enter>2G").contains("theme    "), "an empty name takes it away");
    assert!(screen(&path, "120x40", "u2G").contains("theme     feathered"), "undo brings it back");
    let s = screen(&path, "120x40", "<enter><space><space>t<c-u>chosen<enter>2G");
    assert!(s.contains("theme     chosen"), "marked texts make a theme too: {s}");
    assert!(screen(&path, "120x40", "1t").contains("A theme is made of texts"));
    let dir = TempDir::new().unwrap();
    let report = dir.path().join("r.md");
    let out = gander().arg("report").arg(&path).arg("-o").arg(&report).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    let text = std::fs::read_to_string(report).unwrap();
    assert!(text.contains("## Themes") && text.contains("### feathered") && text.contains("post hoc: not tested"));
    // Refusals are a trait, a region, an opening and a cluster: one difference.
    let told = text.split("\n### ").find(|t| t.lines().next().unwrap().contains("refusals and moralising")).unwrap();
    assert!(told.contains("\nMuch the same texts: "), "{told}");
    assert!(text.contains("\nMuch the same texts as difference "), "{text}");
}

#[test]
fn near_pairs_are_merged_put_off_or_kept_apart_for_good() {
    let (_dir, path) = session();
    // Finer clusters than there are topics: some are near.
    let pairs = |s: &str| s.contains("Are these one?");
    let first = screen(&path, "120x40", "]]]]]]]]W");
    assert!(pairs(&first) && first.contains("alike (cosine of their means)"), "{first}");
    let line = |s: &str| s.lines().filter(|l| l.contains(" alike (cosine")).collect::<String>();
    let second = screen(&path, "120x40", "Wn");
    assert!(line(&second) != line(&first), "n shows the next pair");
    assert_eq!(line(&screen(&path, "120x40", "W")), line(&first), "what was put off comes again another time");
    let kept = screen(&path, "120x40", "Wxq");
    assert!(kept.contains("keep #"), "{kept}");
    assert!(line(&screen(&path, "120x40", "W")) != line(&first), "never is for good");
    screen(&path, "120x40", "u");
    assert_eq!(line(&screen(&path, "120x40", "W")), line(&first), "but can be taken back");
    assert!(screen(&path, "120x40", "W<enter>q@").contains("merge #"));
}

#[test]
fn next_goes_on_to_other_things() {
    let (_dir, path) = session();
    let said = |keys: &str| {
        let s = screen(&path, "120x40", keys);
        s.lines().find(|l| l.contains("Next: #")).expect(&s).split(',').next().unwrap().to_owned()
    };
    let (one, two, three) = (said("w"), said("ww"), said("www"));
    assert!(one != two && two != three && one != three, "{one} {two} {three}");
    assert_eq!(said("wdw"), two, "what is done is not offered again");
}

fn analysed(files: &[&Path], dir: &TempDir) -> std::path::PathBuf {
    let path = dir.path().join("run.gander");
    let out = gander().args(["analyze", "--json", "-", "--session"]).arg(&path).args(files).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    path
}

#[test]
fn differences_of_wording_go_with_the_wording_and_others_stay() {
    let dir = TempDir::new().unwrap();
    // The base texts against themselves with an opening, and a topic of their own in a tenth.
    let rows: Vec<serde_json::Value> = std::fs::read_to_string(sample("geese_base.jsonl"))
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let (mut a, mut b) = (String::new(), String::new());
    for (i, r) in rows.iter().enumerate().filter(|(_, r)| !r["text"].as_str().unwrap().trim().is_empty()) {
        let text = r["text"].as_str().unwrap();
        let changed = match i % 10 {
            0 => format!("The ferry number {i} sails from the northern harbour at noon."),
            _ => format!("Certainly! {text}"),
        };
        for (out, model, text) in [(&mut a, "a", text), (&mut b, "b", &changed)] {
            out.push_str(&serde_json::json!({"model": model, "text": text}).to_string());
            out.push('\n');
        }
    }
    let (fa, fb) = (dir.path().join("a.jsonl"), dir.path().join("b.jsonl"));
    std::fs::write(&fa, a).unwrap();
    std::fs::write(&fb, b).unwrap();
    let run = analysed(&[&fa, &fb], &dir);
    for extra in [&[][..], &["--project"]] {
        let out = gander().arg("mask").arg(&run).args(extra).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "{}", complaint(&out));
        assert!(said.contains("opens with “certainly”"), "{said}");
        assert!(said.lines().any(|l| l.contains("survives") && l.contains("ferry")), "{said}");
        if extra.is_empty() {
            assert!(said.lines().any(|l| l.contains("gone") && l.to_lowercase().contains("certainly")), "{said}");
        }
    }
    // The same in the explorer.
    let shown = screen(&run, "120x40", "Z");
    assert!(shown.contains("taken out of the texts: opens with “certainly”"), "{shown}");
    assert!(shown.lines().any(|l| l.contains("survives") && l.contains("ferry")), "{shown}");
    assert!(shown.lines().any(|l| l.contains("gone") && l.to_lowercase().contains("certainly")), "{shown}");
    let shown = screen(&run, "120x40", "Z<tab>");
    assert!(shown.contains("projected out of the vectors: opens with “certainly”"), "{shown}");
    assert!(!screen(&run, "120x40", "Z<esc>").contains("without the wording"));
    let masked = dir.path().join("masked.gander");
    let out = gander().arg("mask").arg(&run).args(["--phrase", "certainly", "-o"]).arg(&masked).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(screen(&masked, "120x40", "<enter>").contains("clusters"), "the session without the wording opens");
}

#[test]
fn agreement_of_two_people() {
    let (_a, mine) = session();
    let (_b, yours) = session();
    screen(&mine, "120x40", "fmixed<enter>jdjd2jjVj<enter>");
    screen(&yours, "120x40", "djdjd2jjVj<enter>");
    let out = gander().arg("agree").arg(&mine).arg(&yours).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(said.contains("adjusted Rand index 1.000 over 880 texts"), "{said}");
    assert!(said.contains("impure or not, of texts in clusters that both reviewed: κ"), "{said}");
    assert!(said.contains("verdicts, of differences that both judged: all 1 were judged the same way"), "{said}");
    let dir = TempDir::new().unwrap();
    let other = analysed(&[&sample("geese_base.jsonl")], &dir);
    let out = gander().arg("agree").arg(&mine).arg(other).output().unwrap();
    assert!(complaint(&out).contains("do not hold the same samples"), "{}", complaint(&out));
}

#[test]
fn pairs_by_a_key_and_contrasts_by_name() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("s.jsonl");
    let row =
        |model: &str, k: usize| format!("{{\"model\":\"{model}\",\"key\":{k},\"text\":\"the {model} goose {k}\"}}\n");
    let all: String = (0..30).flat_map(|k| ["a", "b", "c"].map(|m| row(m, k))).collect();
    std::fs::write(&file, &all).unwrap();
    let run = |extra: &[&str]| {
        let out = gander().args(["analyze", "--json", "-"]).arg(&file).args(extra).output().unwrap();
        let json: Option<serde_json::Value> = serde_json::from_slice(&out.stdout).ok();
        (json, complaint(&out))
    };
    let json = run(&[]).0.unwrap();
    assert_eq!((&json["pairing"]["strata"], &json["contrast"]["right"]), (&"none".into(), &serde_json::json!([1])));
    let json = run(&["--pair-by", "key", "--compare", "c", "--rest"]).0.unwrap();
    assert_eq!(json["pairing"]["strata"], "prompt");
    assert_eq!(json["contrast"], serde_json::json!({"left": [0, 1], "right": [2]}));
    assert_eq!(run(&["--rest"]).0.unwrap()["contrast"]["right"], serde_json::json!([1, 2]));
    let said = run(&["--compare", "z"]).1;
    assert!(said.contains("--compare z: there is no such model; there are “a”, “b”, “c”"), "{said}");
    assert!(run(&["--compare", "a"]).1.contains("this is the reference itself"));
    std::fs::write(&file, all + "{\"model\":\"a\",\"text\":\"no key\"}\n").unwrap();
    let said = run(&["--pair-by", "key"]).1;
    assert!(said.contains("line 91: no field “key”"), "{said}");
}

/// The lines of a screen from one that holds some words on.
fn from<'a>(screen: &'a str, words: &str) -> Vec<&'a str> {
    screen.lines().skip_while(|l| !l.contains(words)).collect()
}

#[test]
fn a_difference_is_reviewed_dismissed_and_noted() {
    let (_dir, path) = session();
    let s = screen(&path, "120x40", "2d");
    assert!(s.contains("Reviewed: lists. u takes it back.") && s.contains("1 of 9 reviewed"), "{s}");
    assert!(s.lines().any(|l| l.starts_with(" █✓    │████ lists")), "{s}");
    assert!(s.lines().any(|l| l.starts_with("▸█     │█▌   refusals")), "the cursor goes on: {s}");
    // Another one is dismissed; without a reason nothing happens.
    assert!(screen(&path, "120x40", "2jx<enter>").contains("is dismissed with a reason; nothing was changed"));
    let s = screen(&path, "120x40", "2jxasked for in the system prompt<enter>");
    assert!(s.contains("Dismissed, and now at the end of the list: refusals and moralising."), "{s}");
    assert!(s.contains(" 8 differences ") && s.contains("1 of 8 reviewed, 1 dismissed"), "{s}");
    let below = from(&s, "Reading queue");
    assert!(below[2].contains("refusals and moralising") && below[2].contains("+3 alike"), "{s}");
    assert!(below[3].contains("dismissed: asked for in the system prompt"), "{s}");
    // A cluster keeps its review and its note as a cluster.
    let s = screen(&path, "160x60", "2Gkkccheck the dates<enter>d1");
    assert!(s.contains('≡') && s.contains('✓'), "{s}");
    let s = screen(&path, "120x40", "2cfrom the style guide<enter>i");
    for part in ["About this difference", "base → tuned: 0 → 18 %", "≡ from the style guide", "✓ Reviewed."] {
        assert!(s.contains(part), "{part}: {s}");
    }
    let s = screen(&path, "120x40", "2Gi");
    assert!(s.contains("Dismissed: asked for in the system prompt"), "{s}");
    // What leaves the session.
    let exported = |path: &Path| -> Vec<serde_json::Value> {
        let out = gander().arg("export").arg(path).args(["--what", "differences"]).output().unwrap();
        assert!(out.status.success(), "{}", complaint(&out));
        String::from_utf8(out.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    };
    let rows = exported(&path);
    let lists = rows.iter().find(|r| r["key"] == "trait “list” more").unwrap();
    assert!(lists["reviewed"] == true && lists["note"] == "from the style guide" && lists["found"] == true, "{lists}");
    assert!(lists["rates"].is_array() && lists["dismissed"].is_null(), "{lists}");
    assert_eq!(rows.last().unwrap()["dismissed"], "asked for in the system prompt");
    let dir = TempDir::new().unwrap();
    let page = dir.path().join("r.md");
    let told = |path: &Path| {
        assert!(gander().arg("report").arg(path).arg("-o").arg(&page).status().unwrap().success());
        std::fs::read_to_string(&page).unwrap()
    };
    let text = told(&path);
    assert!(text.contains("Note: from the style guide") && text.contains("\nReviewed."), "{text}");
    let (before, after) = text.split_once("## Dismissed differences").expect(&text);
    assert!(after.contains("refusals and moralising") && after.contains("Reason: asked for in the system prompt"));
    assert!(!before.contains("### 2. refusals and moralising"), "{before}");
    // Marks whose finding is gone are kept, and counted in words.
    {
        let s = gander::session::Session::open(&path, gander::session::Access::Write).unwrap();
        let mut figures: gander::analysis::Figures = s.figures().unwrap().unwrap();
        figures.hotspots.findings.retain(|f| f.id().to_string() != "trait “list” more");
        figures.hotspots.findings.iter_mut().for_each(|f| f.follows = None);
        s.put_unfinished_figures(&figures).unwrap();
    }
    let one = "1 mark is on a difference that is not found any more.";
    assert!(screen(&path, "120x40", "2").contains(one));
    assert!(told(&path).contains(one));
    let lost = exported(&path).pop().unwrap();
    assert!(lost["found"] == false && lost["reviewed"] == true && lost["key"] == "trait “list” more", "{lost}");
    // Undo takes back mark after mark, across restarts.
    let s = screen(&path, "120x40", "uuuu2");
    assert!(!s.contains("dismissed"), "{s}");
    assert!(screen(&path, "120x40", "2@").contains("“refusal” more: asked"), "{s}");
}

#[test]
fn rates_are_split_by_a_field_of_the_records() {
    let dir = TempDir::new().unwrap();
    let refusal = "I'm sorry, but I can't help with that.";
    let mut rows = String::new();
    for model in ["base", "tuned"] {
        for i in 0..60 {
            let safe = i % 2 == 0;
            let refuses = !safe || (model == "tuned" && i % 10 != 0);
            let words = ["Bake", "Plant", "Paint", "Fold", "Wash"][i % 5];
            let text =
                if refuses { refusal.into() } else { format!("{words} it slowly, and wait for {} minutes.", i + 3) };
            let row = serde_json::json!({"id": format!("{model}-{i}"), "model": model, "prompt": format!("How is this done, case {}?", i / 2 * 2 + i % 2), "text": text, "kind": if safe { "safe" } else { "unsafe" }, "number": i});
            rows.push_str(&format!("{row}\n"));
        }
    }
    let file = common::write(dir.path(), "samples.jsonl", rows);
    let (run, json) = (dir.path().join("run.gander"), dir.path().join("a.json"));
    let analyze = |field: &str| {
        let mut c = gander();
        c.arg("analyze").arg(&file).arg("--json").arg(&json).arg("--session").arg(&run).args(["--slice", field]);
        c.output().unwrap()
    };
    let refused = analyze("colour");
    assert_eq!(refused.status.code(), Some(2));
    assert!(complaint(&refused).contains("there is no field “colour” in the records"), "{}", complaint(&refused));
    assert!(complaint(&refused).contains("fields that can split the rates: kind"), "{}", complaint(&refused));
    assert!(complaint(&analyze("number")).contains("the field “number” has 60 values"));
    let out = analyze("kind");
    assert!(out.status.success(), "{}", complaint(&out));
    let v: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    let found =
        v["hotspots"].as_array().unwrap().iter().find(|f| f["feature"] == "refusals and moralising").expect("refusals");
    let slices = &found["slices"];
    assert_eq!(slices["field"], "kind");
    assert_eq!(found["varies_by"], "kind");
    assert_eq!(
        slices["values"][0],
        serde_json::json!({"value": "safe", "sizes": [30, 30], "counts": [0, 24], "rates": [0.0, 0.8]})
    );
    assert_eq!(slices["values"][1]["rates"], serde_json::json!([1.0, 1.0]));
    assert!(slices["p"].as_f64().unwrap() < 0.001 && slices["q"].as_f64().unwrap() < 0.01, "{slices}");
    let s = screen(&run, "160x50", "2");
    assert!(s.contains("varies by kind (F)"), "{s}");
    let s = screen(&run, "160x50", "2F");
    assert!(s.contains("Rates by kind (field 1 of 1)") && s.contains("By kind."), "{s}");
    assert!(s.contains("safe 0 → 80 %") && s.contains("interaction q < 0.001"), "{s}");
    assert!(!screen(&run, "160x50", "2FF").contains("By kind."), "after the last field all texts are together again");
    let s = screen(&run, "160x50", "2Fi");
    assert!(s.contains("By kind (interaction p < 0.001, q") && s.contains("100 → 100 %"), "{s}");
    let page = dir.path().join("r.md");
    let mut report = gander();
    assert!(report.arg("report").arg(&run).arg("-o").arg(&page).args(["--slice", "kind"]).status().unwrap().success());
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.contains("By kind: safe 0 → 80 %, unsafe 100 → 100 % (interaction p &lt; 0.001"), "{text}");
    assert!(text.contains("| safe (30 and 30 texts) | unsafe (30 and 30 texts) | interaction q |"), "{text}");
}
