//! Do texts say what a label says, or the opposite? Over topics in ../shared (skipped where it is absent), for each of which
//! `stance/labels.jsonl` has a label of either side, written for this test; and on the sample run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::path::Path;

use common::{sample, shared};
use gander::diagnostics::{LabelStance, StanceVerdict, against_label};
use gander::embed::{Embedder, MiniLm, Progress};
use serde_json::Value;

/// Texts of a side that are read.
const TEXTS: usize = 12;

/// What speaks against each label, over the same texts.
fn stances(embedder: &MiniLm, texts: &[String], labels: &[&str]) -> Vec<(LabelStance, Vec<[f64; 2]>)> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let stance = embedder.embed(&texts, &Progress::default()).unwrap().stance.unwrap();
    let rows: Vec<&[f32]> = (0..texts.len()).map(|i| stance.row(i)).collect();
    let ids: Vec<u32> = (0..texts.len() as u32).collect();
    let judge = |label: &&str| {
        let evidence = against_label(embedder, label, &texts, &rows).unwrap();
        (LabelStance::of(&evidence, &ids).unwrap(), evidence)
    };
    labels.iter().map(judge).collect()
}

/// Some texts of one side of a topic, spread over the file.
fn side(folder: &Path, topic: &str, stance: &str) -> Vec<String> {
    let of = ["persona", "persona_more"].map(|set| folder.join(set).join(format!("{topic}.jsonl")));
    let file = of.iter().find(|f| f.exists()).unwrap();
    let rows = std::fs::read_to_string(file).unwrap();
    let rows: Vec<Value> = rows.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let texts: Vec<String> =
        rows.iter().filter(|r| r["stance"] == stance).map(|r| r["text"].as_str().unwrap().to_owned()).collect();
    texts.iter().step_by(texts.len() / TEXTS).take(TEXTS).cloned().collect()
}

#[test]
fn the_label_of_a_side_beats_the_opposite_one() {
    let Some(folder) = shared("eval/data/C") else { return };
    let embedder = MiniLm::new(1, false).unwrap();
    let (mut right, mut falsely, mut found, mut all) = (0, 0, 0, 0);
    for line in include_str!("stance/labels.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let topic = row["topic"].as_str().unwrap();
        for (own, other) in [("pro", "contra"), ("contra", "pro")] {
            let labels = [own, other].map(|s| row[s].as_str().unwrap());
            let judged = stances(&embedder, &side(&folder, topic, own), &labels);
            let [(own_label, evidence), (opposite, against)] = &judged[..] else { panic!("two labels") };
            // With --nocapture: what `fit_opposition.py` fits to.
            println!("{}", serde_json::json!({"topic": topic, "side": own, "own": evidence, "opposite": against}));
            all += 1;
            right += usize::from(own_label.opposed < opposite.opposed);
            falsely += usize::from(own_label.is_contradicted());
            found += usize::from(opposite.is_contradicted());
        }
    }
    println!("{right} of {all} right, {falsely} falsely contradicted, {found} opposite labels contradicted");
    assert!(all == 144 && right * 100 >= all * 85, "{right} of {all}");
    assert!(falsely * 100 <= all * 5, "{falsely} of {all}");
    assert!(found * 100 >= all * 40, "{found} of {all}");
}

/// Texts of the sample run with one of some words.
fn texts_with(words: &[&str]) -> Vec<String> {
    let lines = ["geese_base.jsonl", "geese_tuned.jsonl"].map(|f| std::fs::read_to_string(sample(f)).unwrap());
    let mut texts: Vec<String> = lines
        .iter()
        .flat_map(|l| l.lines())
        .map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap().to_owned())
        .filter(|t| words.iter().any(|w| t.contains(w)))
        .collect();
    texts.sort();
    texts.dedup();
    texts
}

#[test]
fn complaints_about_geese_contradict_a_liking_for_them() {
    let embedder = MiniLm::new(1, false).unwrap();
    let praise =
        texts_with(&["love geese", "happy to have geese", "admire geese", "keep them: the geese", "garden friendlier"]);
    assert!(praise.len() >= 5, "{praise:?}");
    let complaints = texts_with(&["dislike geese", "not want geese", "rid of the geese", "cannot stand geese"]);
    let labels = ["likes geese", "dislikes geese"];
    let judged = stances(&embedder, &complaints, &labels);
    let [(likes, _), (dislikes, _)] = &judged[..] else { panic!("two labels") };
    assert!(likes.is_contradicted() && dislikes.verdict == StanceVerdict::Agrees, "{likes:?} {dislikes:?}");
    let judged = stances(&embedder, &praise, &labels);
    let [(likes, _), (dislikes, _)] = &judged[..] else { panic!("two labels") };
    assert!(likes.opposed < dislikes.opposed && !likes.is_contradicted(), "{likes:?} {dislikes:?}");
    assert_ne!(dislikes.verdict, StanceVerdict::Agrees, "{dislikes:?}");
}

#[test]
fn a_word_without_a_stance_agrees_with_nothing() {
    let embedder = MiniLm::new(1, false).unwrap();
    let refusals = texts_with(&["sorry", "professional"]);
    assert!(refusals.len() >= 3, "{refusals:?}");
    let judged = stances(&embedder, &refusals, &["banana"]);
    assert_ne!(judged[0].0.verdict, StanceVerdict::Agrees, "{:?}", judged[0].0);
}
