//! What a reviewer should look at first, and why. Nothing here needs vectors, so that ten thousand items are ordered at once.

use std::collections::{BTreeMap, HashMap};

use super::super::item::{Item, Status};
use super::super::key::letter;
use super::super::problem::faults;
use super::super::review::{Did, standing};
use super::super::suite::Suite;
use super::super::units::Units;
use super::{causal, cues, variety};
use crate::compare::holm;

/// Why an item is looked at early, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It cannot be asked or scored as it is.
    Fault,
    /// Its key or its wording does not follow the pattern of its family.
    Cause,
    /// A person or a model that answered without the key chose another option.
    Disagreement,
    /// A cue of the suite finds its key.
    Cue,
    /// It is a copy of an item of another family.
    Copy,
}

impl Why {
    /// In a word. It must not tell the key, because it is shown before the reviewer answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Cause => "family",
            Self::Disagreement => "disputed",
            Self::Cue => "cue",
            Self::Copy => "copy",
        }
    }
}

/// One item of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Place of the item in the suite.
    pub item: usize,
    /// Why it is looked at, with a sentence that may tell the key; empty for items that nothing speaks against.
    pub why: Vec<(Why, String)>,
}

/// All items of a suite: those that wait for a decision, the most urgent first, then those that have one. `disputed` holds ids of items
/// with what judges chose instead of the key.
pub fn queue(suite: &Suite, disputed: &[(String, String)]) -> Vec<Queued> {
    let all = suite.all();
    let places: Vec<usize> = (0..all.len()).filter(|&i| all[i].counts()).collect();
    let items: Vec<&Item> = places.iter().map(|&i| &all[i]).collect();
    let mut why: Vec<Vec<(Why, String)>> = vec![Vec::new(); all.len()];
    let by_line: HashMap<(&str, usize), usize> =
        places.iter().map(|&i| ((all[i].id.as_str(), all[i].place.line), i)).collect();
    for p in faults(&items) {
        if let Some(&at) = by_line.get(&(p.item.as_str(), p.place.line)) {
            why[at].push((Why::Fault, p.why));
        }
    }
    for b in causal::causal(&items, &suite.head).broken {
        why[places[b.item]].push((Why::Cause, b.why));
    }
    let by_id: HashMap<&str, usize> = places.iter().map(|&i| (all[i].id.as_str(), i)).collect();
    for (id, says) in disputed.iter().cloned().chain(chosen(suite)) {
        if let Some(&at) = by_id.get(id.as_str()) {
            why[at].push((Why::Disagreement, says));
        }
    }
    let strength = found(&items, suite.head.rules.alpha, &mut |at, says| why[places[at]].push((Why::Cue, says)));
    for copy in variety::all_copies(&items) {
        why[places[copy.item]].push((Why::Copy, format!("its question is like that of {}", items[copy.of].id)));
    }
    let mut strong = vec![0.0; all.len()];
    places.iter().zip(strength).for_each(|(&at, s)| strong[at] = s);
    let mut out: Vec<Queued> = why.into_iter().enumerate().map(|(item, why)| Queued { item, why }).collect();
    let decided = |q: &Queued| all[q.item].status != Status::Draft;
    let first = |q: &Queued| q.why.iter().map(|w| w.0).min().map_or(usize::MAX, |w| w as usize);
    out.sort_by(|a, b| {
        let by_reason = decided(a).cmp(&decided(b)).then(first(a).cmp(&first(b)));
        by_reason.then(strong[b.item].total_cmp(&strong[a.item])).then(a.item.cmp(&b.item))
    });
    out
}

/// Blind answers of reviewers that are not the key.
fn chosen(suite: &Suite) -> Vec<(String, String)> {
    let by_id: BTreeMap<&str, &Item> = suite.all().iter().map(|i| (i.id.as_str(), i)).collect();
    let differs = |r: &&super::super::review::Review| match &r.did {
        Did::Answered { option } => {
            let item = by_id.get(r.item.as_str())?;
            let own = option.only()?;
            (item.right() != Some(own) && item.version() == r.version)
                .then(|| (r.item.clone(), format!("{} chose {}", r.by, letter(own))))
        }
        _ => None,
    };
    standing(&suite.reviews).iter().filter_map(differs).collect()
}

/// Calls `tell` for every item whose key a cue of the suite finds; returns for each item how strong these cues are together.
fn found(items: &[&Item], alpha: f64, tell: &mut dyn FnMut(usize, String)) -> Vec<f64> {
    let units = Units::of(items);
    let named = cues::named(items, &units);
    let adjusted = holm(&named.iter().map(|c| c.p).collect::<Vec<_>>());
    let mut strength = vec![0.0; items.len()];
    for (cue, _) in named.iter().zip(adjusted).filter(|(_, p)| *p <= alpha) {
        let excess = (cue.value - cue.chance).abs();
        for a in &units.asked {
            let Some(picks) = cues::picked(&cue.name, items[a.item]) else { continue };
            if picks.contains(&a.key(0)) == (cue.value >= cue.chance) {
                strength[a.item] += excess;
                tell(a.item, format!("{}: {}", cue.name, cue.says));
            }
        }
    }
    strength
}

#[cfg(test)]
mod tests {
    use super::super::super::key::Key;
    use super::super::super::review::Review;
    use super::*;

    fn suite(n: usize) -> Suite {
        let item = |i: usize| {
            let mut item = Item { id: format!("q{i}"), family: format!("f{i}"), key: Key::of(0), ..Item::default() };
            item.parts.question = format!("Does goose {i} of flock {} fly over lake {}?", i * 7, i * 13);
            // The longer option is right, except in every tenth item.
            let (long, short) = ("it does so every day", "it rests");
            let right_is_long = !i.is_multiple_of(10);
            item.options = [if right_is_long { long } else { short }, if right_is_long { short } else { long }]
                .map(str::to_owned)
                .to_vec();
            if i.is_multiple_of(2) {
                item.options.reverse();
                item.key = Key::of(1);
            }
            item.place.line = i + 1;
            item
        };
        Suite { items: (0..n).map(item).collect(), ..Suite::default() }
    }

    #[test]
    fn faults_come_first_then_what_is_disputed_then_cues_and_what_is_decided_last() {
        let mut s = suite(60);
        s.items[50].key = Key::default();
        s.items[7].status = Status::Accepted;
        let (item, version) = (s.items[30].id.clone(), s.items[30].version());
        let did = Did::Answered { option: Key::of(0) };
        s.reviews = vec![Review { item, version, by: "me".into(), time_ms: 0, did }];
        let q = queue(&s, &[("q20".into(), "judge chose A".into())]);
        assert_eq!(q.len(), 60);
        let reasons = |at: usize| q[at].why.iter().map(|w| w.0).collect::<Vec<_>>();
        assert_eq!((q[0].item, reasons(0)[0]), (50, Why::Fault));
        assert_eq!((q[1].item, q[2].item), (20, 30), "{:?} {:?}", q[1], q[2]);
        assert_eq!(q[2].why[0].1, "me chose A");
        assert_eq!(reasons(3), [Why::Cue]);
        assert!(q[3].why[0].1.starts_with("longest option: the longest option is right in 0."), "{:?}", q[3]);
        assert_eq!(q[59].item, 7);
        // The cue is wrong in every tenth item, and nothing else speaks against these.
        assert!(q[58].why.is_empty() && q[58].item.is_multiple_of(10), "{:?}", q[58]);
    }

    #[test]
    fn ten_thousand_items_are_ordered() {
        let s = suite(10_000);
        let q = queue(&s, &[]);
        assert_eq!(q.len(), 10_000);
        assert!(q.iter().filter(|q| !q.why.is_empty()).count() >= 9_000);
    }
}
