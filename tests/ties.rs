//! Copies have no order: identical outputs are no difference, whichever file comes first and however the samples are sorted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::collections::BTreeSet;

use common::{complaint, gander};
use serde_json::{Value, json};

/// One text of a model, with the prompt that it answers.
type Row = (&'static str, String, Option<String>);

const TOPICS: [&str; 12] = [
    "Geese fly south over the lake in autumn.",
    "The recipe needs two eggs and a cup of flour.",
    "Trains to the coast leave every hour from platform four.",
    "My password was rejected and I cannot log in.",
    "The moon pulls the sea and makes the tides.",
    "He painted the fence green and the gate white.",
    "Interest on the loan is paid at the end of the month.",
    "The band played three songs and left the stage.",
    "Rain is expected in the north until Friday evening.",
    "Her bicycle has eighteen gears and a basket.",
    "The museum shows coins from the Roman town.",
    "Bees find their way back by the sun.",
];

fn refusal() -> String {
    "I'm sorry, but I can't help with that.".to_owned()
}

/// Runs `analyze` on rows in the order given.
fn analyse(rows: &[Row], more: &[&str]) -> Value {
    let dir = tempfile::TempDir::new().unwrap();
    let (path, out) = (dir.path().join("in.jsonl"), dir.path().join("out.json"));
    let mut lines = String::new();
    for (i, (model, text, prompt)) in rows.iter().enumerate() {
        let mut row = json!({"id": format!("s{i}"), "model": model, "text": text});
        if let Some(p) = prompt {
            row["prompt"] = json!(p);
        }
        lines.push_str(&format!("{row}\n"));
    }
    std::fs::write(&path, lines).unwrap();
    let run = gander().args(["analyze", "--seed", "7", "--json"]).args([&out, &path]).args(more).output().unwrap();
    assert!(run.status.success(), "{}", complaint(&run));
    serde_json::from_str(&std::fs::read_to_string(out).unwrap()).unwrap()
}

/// Findings and clusters with a q below 0.05.
fn shown(v: &Value) -> (usize, usize) {
    let clusters = v["clusters"].as_array().unwrap();
    let starred = clusters.iter().filter(|c| c["q"].as_f64().is_some_and(|q| q < 0.05)).count();
    (v["hotspots"].as_array().unwrap().len(), starred)
}

fn both(texts: impl Iterator<Item = (String, Option<String>)> + Clone) -> Vec<Row> {
    ["a", "b"].into_iter().flat_map(|m| texts.clone().map(move |(t, p)| (m, t, p))).collect()
}

#[test]
fn identical_outputs_are_no_difference() {
    let canned = (0..120).map(|i| (TOPICS[i % 12].to_owned(), None));
    let refusals = (0..120).map(|i| (if i % 2 == 0 { refusal() } else { TOPICS[i % 12].to_owned() }, None));
    let greedy = (0..96).map(|i| (TOPICS[i / 8].to_owned(), Some(format!("question {}", i / 8))));
    let yes_no = (0..120).map(|i| (["yes", "no"][i % 2].to_owned(), Some(format!("question {i}"))));
    let designs: [(&str, Vec<Row>); 4] =
        [("canned", both(canned)), ("refusals", both(refusals)), ("greedy", both(greedy)), ("yes or no", both(yes_no))];
    for (name, rows) in designs {
        assert_eq!(shown(&analyse(&rows, &[])), (0, 0), "{name}");
    }
}

/// Sixty refusals of the second model against six of the first, among other texts.
fn refusing() -> Vec<Row> {
    let text = |m: usize, i: usize| {
        if i < [6, 60][m] { refusal() } else { format!("{} It is number {i}.", TOPICS[(i * 7 + m) % 12]) }
    };
    ["a", "b"].into_iter().enumerate().flat_map(|(m, name)| (0..150).map(move |i| (name, text(m, i), None))).collect()
}

/// What a finding says, without anything that depends on the order of the input; `mirrored` swaps the sides.
fn said(v: &Value, rows: &[Row], mirrored: bool) -> BTreeSet<String> {
    let findings = v["hotspots"].as_array().unwrap().iter();
    findings
        .map(|h| {
            let mut counts: Vec<u64> = h["counts"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap()).collect();
            if mirrored {
                counts.reverse();
            }
            let mut texts: Vec<&str> = h["members"]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| rows[id.as_str().unwrap()[1..].parse::<usize>().unwrap()].1.as_str())
                .collect();
            texts.sort_unstable();
            format!("{} {counts:?} {:?}", h["channel"], texts.len())
        })
        .collect()
}

#[test]
fn the_order_of_the_samples_changes_nothing_and_swapped_models_mirror_it() {
    let rows = refusing();
    let base = analyse(&rows, &[]);
    let told = said(&base, &rows, false);
    assert!(told.iter().any(|t| t.contains("[6, 60]")), "{told:?}");
    // Every seventh first, the models' own order kept.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|i| (i / 150, i % 7, *i));
    let shuffled: Vec<Row> = order.iter().map(|&i| rows[i].clone()).collect();
    assert_eq!(said(&analyse(&shuffled, &[]), &shuffled, false), told);
    let swapped: Vec<Row> = rows[150..].iter().chain(&rows[..150]).cloned().collect();
    let mirrored = analyse(&swapped, &[]);
    // Only what a change is called depends on which side is the new one.
    let of = |v: &BTreeSet<String>, kind: &str| v.iter().filter(|t| t.contains(kind)).cloned().collect::<Vec<_>>();
    let back = said(&mirrored, &swapped, true);
    for kind in ["region", "words", "trait"] {
        assert_eq!(of(&back, kind), of(&told, kind));
    }
}

#[test]
fn copies_among_other_models_are_not_the_first_ones() {
    // Two models alike; a third says one thing sixty times.
    let mut rows = both((0..150).map(|i| (format!("{} It is number {i}.", TOPICS[i % 12]), None)));
    rows.extend((0..60).map(|_| ("c", refusal(), None)));
    rows.extend((0..90).map(|i| ("c", format!("{} It is number {i}.", TOPICS[i % 12]), None)));
    assert_eq!(shown(&analyse(&rows, &["--compare", "b"])), (0, 0));
}
