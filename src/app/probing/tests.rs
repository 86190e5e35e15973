//! A review by keys.

use super::*;
use crate::app::key::Key;
use crate::probe::{Definition, Key as Right};

fn suite(n: usize) -> Suite {
    let item = |i: usize| {
        let mut item = Item { id: format!("q{i}"), family: format!("f{i}"), key: Right::of(i % 2), ..Item::default() };
        item.parts.question = format!("Does goose {i} fly?");
        item.options = vec!["Yes".into(), "No".into()];
        item.subtask = "temporal".into();
        item
    };
    let mut s = Suite { items: (0..n).map(item).collect(), ..Suite::default() };
    s.head.subtasks =
        ["self-concept", "temporal"].map(|n| Definition { name: n.into(), ..Definition::default() }).to_vec();
    s
}

fn begin(s: Suite) -> Probing {
    let s = Suite { before: s.items.clone(), ..s };
    Probing::new("geese", "me", s, &[])
}

fn press(p: &mut Probing, keys: &str) -> Vec<Did> {
    let mut out = Vec::new();
    for key in Key::parse_all(keys) {
        out.extend(p.press(key, 1).into_iter().filter_map(|t| match t {
            Todo::Keep(r) => Some(r.did),
            Todo::Quit => None,
        }));
    }
    out
}

#[test]
fn nothing_is_decided_before_an_answer() {
    let mut p = begin(suite(3));
    assert!(press(&mut p, "axfse").is_empty());
    assert_eq!(p.message, "Answer first, by 1 to 2; Space shows the key without an answer.");
    assert!(!p.reveals(0));
    assert_eq!(press(&mut p, "2"), [Did::Answered { option: Right::of(1) }]);
    assert!(p.reveals(0) && p.message.starts_with("The key is A."), "{}", p.message);
    assert!(press(&mut p, "1").is_empty(), "a second answer would not be blind");
    assert_eq!(press(&mut p, "a"), [Did::Accepted]);
    assert_eq!((p.counts(), p.item().unwrap().id.as_str()), ([1, 0, 2], "q1"));
    assert_eq!(press(&mut p, "<space>x"), [Did::Rejected]);
    assert_eq!(p.counts(), [1, 1, 1]);
    // Without the blind no answer is asked for.
    assert_eq!(press(&mut p, "ba"), [Did::Accepted]);
    assert_eq!(p.message, "Accepted q2. Nothing else waits.");
}

#[test]
fn items_are_changed_and_changes_taken_back() {
    let mut p = begin(suite(2));
    let did = press(&mut p, " fs<up><enter>eq<c-u>Do they?<enter>e2<c-u>Never<enter>a");
    assert_eq!(did.len(), 5, "{did:?}");
    let item = &p.suite.items[0];
    assert_eq!((item.right(), item.subtask.as_str(), item.status), (Some(1), "self-concept", Status::Edited));
    assert_eq!((item.parts.question.as_str(), item.options[1].as_str()), ("Do they?", "Never"));
    // What was written is what opening the suite again gives.
    let mut again = suite(2);
    assert_eq!(crate::probe::apply(&mut again.items, &p.suite.reviews), 0);
    assert_eq!(again.items, p.suite.items);
    press(&mut p, "<tab>");
    assert_eq!(p.item().unwrap().id, "q0");
    press(&mut p, "uuuuu");
    assert_eq!(p.suite.items, suite(2).items);
    assert!(press(&mut p, "<tab>gu").is_empty() && p.message == "You have decided nothing about this item.");
}

#[test]
fn lists_are_searched_and_stay_where_they_are() {
    let mut p = begin(suite(50));
    press(&mut p, "/goose 4<enter>");
    assert_eq!(p.list.len(), 11);
    press(&mut p, "/<c-u><enter>jjj");
    assert_eq!(p.list.len(), 50);
    let held = p.at();
    press(&mut p, "<tab>");
    assert_eq!((p.shown, p.at()), (Shown::Waiting, held));
    press(&mut p, "G");
    assert_eq!(p.cursor, 49);
    assert_eq!(p.coverage()[0], ("key".to_owned(), None));
}
