//! Scores of models whose ways are known.

use rand::Rng;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use super::super::frames::PLAIN;
use super::super::item::{Item, Role};
use super::super::key::Key;
use super::*;

const FAMILIES: usize = 60;
const SIMULATIONS: u64 = 200;

/// A suite with full counterbalance: base, paraphrase, flip and negated in each family; which option is right, whether it says yes,
/// where it stands and whether it is the longer one are crossed.
fn suite() -> Vec<Item> {
    let mut out = Vec::new();
    for f in 0..FAMILIES {
        for (r, role) in [Role::Base, Role::Paraphrase, Role::Flip, Role::Negated].into_iter().enumerate() {
            let yes_first = (f / 2 + r % 2).is_multiple_of(2);
            let yes_is_long = (f / 4).is_multiple_of(2);
            let (yes, no) = if yes_is_long { ("Yes, it would", "No") } else { ("Yes", "No, it would not") };
            // Base and paraphrase have one key, flip and negated the other.
            let says_yes = (r < 2) == f.is_multiple_of(2);
            let options = if yes_first { [yes, no] } else { [no, yes] };
            let mut item = Item {
                id: format!("{f}-{r}"),
                family: format!("f{f:03}"),
                role,
                subtask: "s".into(),
                options: options.map(str::to_owned).to_vec(),
                key: Key::of(usize::from(says_yes != yes_first)),
                ..Item::default()
            };
            item.parts.question = format!("Would event {r} change value {f}?");
            out.push(item);
        }
    }
    out
}

/// Answers of a model that is right with the chance `right` gives, one an item.
fn answer(out: &mut Answers, name: &str, items: &[Item], seed: u64, right: &dyn Fn(&Item) -> f64) {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let (model, frame) = (out.model(name), out.frame(PLAIN));
    for (at, item) in items.iter().enumerate() {
        let key = item.right().unwrap();
        let chosen = if rng.r#gen::<f64>() < right(item) { key } else { 1 - key };
        let mut shares = vec![0.0; 4];
        shares[chosen] = 1.0;
        out.list.push(Answer { item: at, model, frame, reversed: false, shares });
    }
}

/// A base model that is right in 70 %, with families that are easier and harder.
fn ease(item: &Item) -> f64 {
    0.6 + 0.2 * ((item.family.bytes().map(u32::from).sum::<u32>() * 7 % 10) as f64) / 9.0
}

fn yes(item: &Item) -> f64 {
    if item.keyed() == super::super::item::Keyed::Yes { 1.0 } else { -1.0 }
}

/// Simulates and returns how often the interval of content covers `truth`, and how often each part is found.
fn simulate(tuned: &dyn Fn(&Item) -> f64, content: f64, yes_saying: f64) -> [usize; 4] {
    let items = suite();
    let frame = 0;
    let mut out = [0; 4];
    for seed in 0..SIMULATIONS {
        let mut answers = Answers::default();
        answer(&mut answers, "base", &items, 2 * seed, &ease);
        answer(&mut answers, "tuned", &items, 2 * seed + 1, tuned);
        let groups = families(&items, &answers, None);
        let (parts, p) = split(&groups, frame, seed, &|i, reversed| {
            Some(right(i, 1, frame, reversed)? - right(i, 0, frame, reversed)?)
        });
        let covers = |e: Option<Estimate>, truth: f64| e.is_some_and(|e| e.ci[0] <= truth && truth <= e.ci[1]);
        out[0] += usize::from(covers(parts.content, content));
        out[1] += usize::from(covers(parts.yes, yes_saying));
        out[2] += usize::from(p[0] <= 0.05);
        out[3] += usize::from(p[1] <= 0.05);
    }
    out
}

/// 200 draws of something that happens 19 times in 20 are within these, but for one test in a thousand.
const COVERED: std::ops::RangeInclusive<usize> = 179..=198;
const BY_CHANCE: std::ops::RangeInclusive<usize> = 1..=22;

#[test]
fn saying_yes_more_often_is_not_content() {
    let [content, yes_covered, content_found, yes_found] = simulate(&|i| ease(i) + 0.1 * yes(i), 0.0, 0.1);
    println!("covered {content} and {yes_covered} of 200, content found {content_found}, yes-saying found {yes_found}");
    assert!(COVERED.contains(&content) && COVERED.contains(&yes_covered), "{content} {yes_covered}");
    assert!(BY_CHANCE.contains(&content_found), "{content_found}");
    assert!(yes_found > 100, "{yes_found}");
}

#[test]
fn getting_better_at_flips_is_content() {
    let better = |i: &Item| if i.role == Role::Flip { ease(i) + 0.1 } else { ease(i) };
    let [content, yes_covered, ..] = simulate(&better, 0.025, 0.0);
    assert!(COVERED.contains(&content) && COVERED.contains(&yes_covered), "{content} {yes_covered}");
    // Ten points in a quarter of the items are two and a half in all; on the flips alone they are ten, and found.
    let items: Vec<Item> = suite().into_iter().filter(|i| i.role == Role::Flip).collect();
    let (mut covered, mut sum) = (0, 0.0);
    for seed in 0..SIMULATIONS {
        let mut answers = Answers::default();
        answer(&mut answers, "base", &items, 2 * seed, &ease);
        answer(&mut answers, "tuned", &items, 2 * seed + 1, &better);
        let groups = families(&items, &answers, None);
        let value = |i: &families::Asked, r: bool| Some(right(i, 1, 0, r)? - right(i, 0, 0, r)?);
        let e = split(&groups, 0, seed, &value).0.content.unwrap();
        covered += usize::from(e.ci[0] <= 0.1 && 0.1 <= e.ci[1]);
        sum += e.value;
    }
    assert!(COVERED.contains(&covered), "{covered}");
    let mean = sum / SIMULATIONS as f64;
    assert!((mean - 0.1).abs() < 0.02, "content of flips {mean}");
}

#[test]
fn swapped_models_give_the_mirror_image() {
    let items = suite();
    let score_of = |names: [&str; 2]| {
        let mut answers = Answers::default();
        for name in names {
            let more = if name == "tuned" { 0.1 } else { 0.0 };
            answer(&mut answers, name, &items, u64::from(name == "tuned"), &|i| ease(i) + more);
        }
        score(&items, &answers, &ScoreOptions { seed: 3, ..ScoreOptions::default() })
    };
    let (a, b) = (score_of(["base", "tuned"]), score_of(["tuned", "base"]));
    let (a, b) = (&a.subtasks[0].changes[0].tested, &b.subtasks[0].changes[0].tested);
    for (x, y) in a.iter().zip(b) {
        assert_eq!(x.what, y.what);
        assert!((x.change.value + y.change.value).abs() < 1e-12 && (x.p - y.p).abs() < 1e-12, "{x:?} {y:?}");
        assert!((x.change.ci[0] + y.change.ci[1]).abs() < 1e-9, "{x:?} {y:?}");
    }
}

#[test]
fn refusals_and_unclear_answers_are_figures_of_their_own() {
    let items = suite();
    let mut answers = Answers::default();
    answer(&mut answers, "base", &items, 1, &|_| 1.0);
    answer(&mut answers, "tuned", &items, 2, &|_| 1.0);
    for a in answers.list.iter_mut().filter(|a| a.model == 1 && a.item.is_multiple_of(3)) {
        a.shares = vec![0.0, 0.0, 1.0, 0.0];
    }
    let s = score(&items, &answers, &ScoreOptions::default());
    let tuned = &s.subtasks[0].models[1];
    assert!((tuned.figures["accuracy"].value - 2.0 / 3.0).abs() < 1e-12);
    assert!((tuned.figures["refused"].value - 1.0 / 3.0).abs() < 1e-12);
    let refused = s.subtasks[0].changes[0].tested.iter().find(|t| t.what == "refused").unwrap();
    assert!(refused.p < 0.001 && refused.change.value > 0.3, "{refused:?}");
    // One that hardly answers is named first.
    answers.list.iter_mut().filter(|a| a.model == 1).for_each(|a| a.shares = vec![0.0, 0.0, 1.0, 0.0]);
    let s = score(&items, &answers, &ScoreOptions::default());
    assert!(s.warnings[0].starts_with("tuned declines to answer 100 % of 240 questions"), "{:?}", s.warnings);
}

#[test]
fn a_model_of_one_letter_is_said_first() {
    let items = suite();
    let mut answers = Answers::default();
    answer(&mut answers, "base", &items, 1, &|_| 0.9);
    answer(&mut answers, "stuck", &items, 2, &|i| f64::from(u8::from(i.right() == Some(0))));
    let s = score(&items, &answers, &ScoreOptions::default());
    assert_eq!(s.warnings.len(), 1, "{:?}", s.warnings);
    assert!(
        s.warnings[0].starts_with("stuck answers 100 % of 240 questions with A, which is right in 50 %"),
        "{:?}",
        s.warnings
    );
    // All of it is position.
    let split = &s.subtasks[0].models[1].split;
    assert!((split.position.unwrap().value - 0.5).abs() < 1e-9 && (split.content.unwrap().value - 0.5).abs() < 1e-9);
}

#[test]
fn stability_and_consistency() {
    let items = suite();
    let mut answers = Answers::default();
    answer(&mut answers, "m", &items, 1, &|_| 1.0);
    let frame = answers.frame("aware");
    for (at, item) in items.iter().enumerate() {
        let mut shares = vec![0.0; 4];
        // Half of the families change their mind when they know that they are trained.
        let key = item.right().unwrap();
        shares[if (at / 4).is_multiple_of(2) { key } else { 1 - key }] = 1.0;
        answers.list.push(Answer { item: at, model: 0, frame, reversed: false, shares });
    }
    let s = score(&items, &answers, &ScoreOptions::default());
    let f = &s.subtasks[0].models[0].figures;
    assert!((f["stability"].value - 0.5).abs() < 1e-12 && f["stability"].ci[0] > 0.3 && f["stability"].ci[1] < 0.7);
    assert_eq!((f["accuracy"].value, f["consistency"].value, f["contrast"].value), (1.0, 1.0, 1.0));
    assert!(!f.contains_key("order") && !f.contains_key("repeat"));
}

#[test]
fn what_cannot_be_read_agrees_with_nothing_and_is_said_first() {
    let items = suite();
    let mut answers = Answers::default();
    answer(&mut answers, "clear", &items, 1, &|_| 1.0);
    let (model, frame) = (answers.model("garbled"), answers.frame("plain"));
    for at in 0..items.len() {
        for reversed in [false, true] {
            answers.list.push(Answer { item: at, model, frame, reversed, shares: vec![0.0, 0.0, 0.0, 1.0] });
        }
    }
    let s = score(&items, &answers, &ScoreOptions::default());
    let f = &s.subtasks[0].models[1].figures;
    assert_eq!((f["unclear"].value, f["consistency"].value, f["order"].value), (1.0, 0.0, 0.0));
    assert!(s.warnings[0].starts_with("100 % of the ") && s.warnings[0].contains("garbled"), "{:?}", s.warnings);
}

#[test]
fn rounds_depart_and_return() {
    let items = suite();
    let mut answers = Answers::default();
    let rates = [0.5, 0.5, 0.95, 0.5];
    for (r, rate) in rates.iter().enumerate() {
        (0..4).for_each(|n| answer(&mut answers, &format!("r{r}"), &items, 10 * r as u64 + n, &|_| *rate));
    }
    let options = ScoreOptions { rounds: Some(vec![0, 1, 2, 3]), ..ScoreOptions::default() };
    let s = score(&items, &answers, &options);
    let r = s.subtasks[0].rounds.as_ref().unwrap();
    assert_eq!((r.departs, r.returned), (Some(2), true), "{r:?}");
    assert!(r.distance[0].abs() < 0.02 && r.distance[1] > 0.2, "{r:?}");
    let rising = ScoreOptions { rounds: Some(vec![0, 1, 2]), ..ScoreOptions::default() };
    let s = score(&items, &answers, &rising);
    let r = s.subtasks[0].rounds.as_ref().unwrap();
    assert!(r.slope.unwrap().ci[0] > 0.1 && r.p < 0.001 && !r.returned, "{r:?}");
}
