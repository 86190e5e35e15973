//! Suites whose cues are known, and suites without any.

use super::super::item::Role;
use super::super::suite::Suite;
use super::*;

/// Vectors of texts by their words, so that no model is needed.
fn by_words(texts: &[String]) -> Result<Vectors, ()> {
    const DIMS: usize = 96;
    let mut data = vec![0f32; texts.len() * DIMS];
    for (row, text) in data.chunks_mut(DIMS).zip(texts) {
        for w in super::super::wording::words(text) {
            let h = blake3::hash(w.as_bytes());
            row[usize::from(h.as_bytes()[0]) % DIMS] += 1.0;
        }
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
        row.iter_mut().for_each(|v| *v /= norm);
    }
    Ok(Vectors::new(DIMS, data))
}

const NOUNS: [&str; 12] = [
    "river", "engine", "orchard", "violin", "harbour", "candle", "glacier", "market", "ladder", "saddle", "tunnel",
    "kettle",
];

/// Items of families of two, whose options differ in length, yes and no, words and place.
fn suite(families: usize, key: impl Fn(usize) -> usize) -> Suite {
    let mut items = Vec::new();
    for f in 0..families {
        for (r, role) in [Role::Base, Role::Paraphrase].into_iter().enumerate() {
            let (a, b) = (NOUNS[f % 12], NOUNS[(f * 5 + f / 12) % 12]);
            let mut item = Item { id: format!("{f}-{r}"), family: format!("f{f}"), role, ..Item::default() };
            item.parts.question = match role {
                Role::Base => format!("In case {f}, would the {a} go with the {b}?"),
                _ => format!("Does the {b} suit the {a} in case {f}?"),
            };
            let (yes, no) = match f % 3 {
                0 => (format!("Yes, because the {a} is there"), "No".to_owned()),
                1 => ("Yes".to_owned(), format!("No, the {b} is not of use")),
                _ => (format!("Sure, a {b}"), format!("Never, a {a}")),
            };
            item.options = vec![yes, no];
            item.key = Key::of(key(f));
            if (f + r).is_multiple_of(2) {
                item.options.reverse();
                item.key = Key::of(1 - key(f));
            }
            items.push(item);
        }
    }
    Suite { items, ..Suite::default() }
}

fn found(s: &Suite) -> Vec<String> {
    let c = check(s, 1, &by_words).unwrap();
    c.cues.into_iter().filter(|c| c.found).map(|c| c.name).collect()
}

#[test]
fn with_keys_of_chance_one_suite_in_twenty_is_flagged_at_most() {
    let s = suite(40, |f| f % 2);
    let flagged = false_alarms(&s, 60, 5, &by_words).unwrap();
    // 60 draws of one in twenty are more than 9 once in a thousand.
    assert!(flagged <= 9, "{flagged} of 60");
}

#[test]
fn a_cue_is_named_and_told_from_content() {
    // Yes is right in nine of ten families.
    let names = found(&suite(60, |f| usize::from(f.is_multiple_of(10))));
    assert!(names.contains(&"yes-keying".to_owned()) && names.contains(&"words of form".to_owned()), "{names:?}");
    // What is taken tells the key, and all options have the same length: content, and no cue of form.
    const RIGHT: [&str; 6] = ["engine", "violin", "candle", "market", "ladder", "saddle"];
    const WRONG: [&str; 6] = ["tunnel", "kettle", "garden", "bridge", "pillow", "rocket"];
    let mut s = suite(72, |_| 0);
    for item in &mut s.items {
        let f: usize = item.family[1..].parse().unwrap();
        item.parts.question = format!("In case {f}, which of the two is it?");
        item.options = vec![format!("take the {}", RIGHT[f % 6]), format!("take the {}", WRONG[f % 6])];
        item.key = Key::of(f % 2);
        if !f.is_multiple_of(2) {
            item.options.reverse();
        }
    }
    let names = found(&s);
    assert!(names.iter().any(|n| n == "words of content" || n == "options alone: form and content"), "{names:?}");
    let c = check(&s, 1, &by_words).unwrap();
    assert!(!c.cues.iter().any(|c| c.found && c.form == Form::Form), "{names:?}");
    assert!(!c.broken(), "content is no broken rule: {:?}", c.rules);
}

#[test]
fn the_order_of_the_items_changes_no_named_cue() {
    let mut s = suite(30, |f| usize::from(f.is_multiple_of(3)));
    let values = |s: &Suite| -> Vec<(String, f64, f64)> {
        let c = check(s, 1, &by_words).unwrap();
        c.cues
            .into_iter()
            .filter(|c| !c.name.contains("alone") && !c.name.contains("words"))
            .map(|c| (c.name, c.value, c.p))
            .collect()
    };
    let before = values(&s);
    s.items.reverse();
    for (a, b) in before.iter().zip(values(&s)) {
        assert!(a.0 == b.0 && (a.1 - b.1).abs() < 1e-12 && (a.2 - b.2).abs() < 1e-9, "{a:?} {b:?}");
    }
}
