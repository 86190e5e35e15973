//! The explorer as a whole: who hears a reply, and what is shared.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::analysis::{Figures, Meant};
use crate::cluster::Tree;
use crate::compare::{Channel, MatchPattern, Span};
use crate::model::{ClusterId, Corpus, Partition, Sample, Source, SourceId};

/// Two models with four texts each, in two clusters.
fn explorer() -> App {
    let source = |name: &str| Source { name: name.into(), file: String::new(), samples: 4 };
    let sample = |i: u16| Sample { id: i.to_string(), source: SourceId(i / 4), prompt: None, text: String::new() };
    let corpus = Corpus {
        sources: vec![source("base"), source("tuned")],
        samples: (0..8).map(sample).collect(),
        ..Corpus::default()
    };
    let mut app = App::new(corpus, vec!["a text".into(); 8], (120, 40));
    let partition = Partition::new((0..8).map(|i| ClusterId(i % 2)).collect(), 2, 2);
    app.ready(Ready { tree: Tree::default(), partition, figures: Figures::default() }, Vec::new());
    app.llm.place = Some("nowhere".into());
    app
}

fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    Key::parse_all(keys).into_iter().flat_map(|k| app.update(Msg::KeyPressed(k), 0)).collect()
}

fn computed(effects: &[Effect]) -> (RequestId, ComputeRequest) {
    let found = effects.iter().rev().find_map(|e| match e {
        Effect::Compute(id, request) => Some((*id, request.clone())),
        _ => None,
    });
    found.expect("something is computed")
}

#[test]
fn the_box_of_questions_hears_its_plan_below_the_line_for_the_intent() {
    let mut app = explorer();
    let (id, request) = computed(&press(&mut app, "L"));
    assert!(matches!(request, ComputeRequest::PlanAsk(_)));
    press(&mut app, "i");
    assert!(matches!(app.overlays[..], [Overlay::Ask(_), Overlay::Line(_)]));
    app.update(Msg::Replied(id, Reply::AskPlan(Box::new(AskPlan { tasks: 3, ..AskPlan::default() }))), 0);
    press(&mut app, "<esc>");
    let Some(Overlay::Ask(shown)) = app.overlays.last() else { panic!("the box is open") };
    assert_eq!(shown.plan.as_ref().map(|p| p.tasks), Some(3));
    // With another intent the plan is another one.
    let effects = press(&mut app, "ibe kind<enter>");
    assert!(matches!(computed(&effects).1, ComputeRequest::PlanAsk(r) if r.intent.as_deref() == Some("be kind")));
    let Some(Overlay::Ask(shown)) = app.overlays.last() else { panic!("the box is open") };
    assert_eq!(shown.plan, None);
}

#[test]
fn a_box_whose_request_failed_closes_and_says_why() {
    let mut app = explorer();
    let (id, _) = computed(&press(&mut app, "L"));
    app.update(Msg::Replied(id, Reply::Failed("the disk is full".into())), 0);
    assert!(app.overlays.is_empty());
    assert_eq!(app.status, Some((Severity::Error, "The disk is full.".into())));
}

#[test]
fn a_list_of_clusters_to_merge_with_does_not_end_a_search() {
    let mut app = explorer();
    let effects = press(&mut app, "Sgeese<enter>");
    let search = effects.iter().find_map(|e| match e {
        Effect::Session(id, SessionRequest::Search { .. }) => Some(*id),
        _ => None,
    });
    app.update(Msg::Replied(search.unwrap(), Reply::Hits(vec![1], false)), 0);
    let (nearest, _) = computed(&press(&mut app, "m"));
    app.update(Msg::Replied(search.unwrap(), Reply::Hits(vec![3], true)), 0);
    assert_eq!(app.members.hits.as_deref(), Some(&[1, 3][..]));
    let found = vec![Nearby { cluster: ClusterId(1), similarity: 0.9, shared: String::new() }];
    app.update(Msg::Replied(nearest, Reply::Nearest(found)), 0);
    let Some(Overlay::Pick(pick)) = app.overlays.last() else { panic!("the list is open") };
    assert_eq!(pick.items.len(), 1);
}

#[test]
fn a_search_by_meaning_ends_with_its_list() {
    let mut app = explorer();
    let (search, _) = computed(&press(&mut app, "S~kind birds<enter>"));
    let sentences = vec![Span { sample: 1, bytes: [0, 2] }];
    let meant = || Reply::Meant(Meant { texts: vec![1], sentences: sentences.clone(), said: "One text.".into() });
    app.update(Msg::Replied(search, meant()), 0);
    assert_eq!(app.highlight(), Some(MatchPattern::Spans(sentences.clone())));
    press(&mut app, "2");
    assert_eq!(app.highlight(), None, "other texts were found by something else");
    app.update(Msg::Replied(search, meant()), 0);
    assert_eq!((app.members.hits.as_deref(), app.highlight()), (None, None), "it is too late for the reply");
}

#[test]
fn keystrokes_share_the_clusters_and_an_edit_leaves_those_of_others() {
    let mut app = explorer();
    let (_, request) = computed(&press(&mut app, "r<c-u>kind"));
    let ComputeRequest::LabelFit(_, label, asked_of) = request else { panic!("the label is measured") };
    assert_eq!(label, "kind");
    assert!(Arc::ptr_eq(&asked_of, &app.run.partition), "nothing is copied for a key");
    press(&mut app, "<enter>");
    assert!(asked_of.clusters().all(|c| c.label.is_none()), "whoever still measures sees the clusters as they were");
    assert!(app.run.partition.clusters().any(|c| c.label.as_deref() == Some("kind")));
}

#[test]
fn a_masked_run_that_nobody_waits_for_is_cancelled_by_its_own_number() {
    let mut app = explorer();
    let said = Channel::Words { term: "certainly".into(), wording: true };
    let finding = json!({
        "channel": said, "toward": 1, "members": [4, 5], "counts": [0, 2], "score": 2.0, "p": 0.01, "wording": null
    });
    Arc::make_mut(&mut app.run.figures).hotspots.findings = vec![serde_json::from_value(finding).unwrap()];
    let (first, _) = computed(&press(&mut app, "1Z"));
    let effects = press(&mut app, "<tab>");
    assert!(effects.contains(&Effect::Cancel(Cancel::Masking(first))));
    let (second, _) = computed(&effects);
    assert_eq!(press(&mut app, "<esc>").first(), Some(&Effect::Cancel(Cancel::Masking(second))));
    assert!(app.overlays.is_empty());
}
