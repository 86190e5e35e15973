//! What language models say of items that they did not write: which option is right, which is right when the event is left out, and
//! which subtask the item belongs to. An item that is solved without its event does not measure what its event causes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::frames::PLAIN;
use super::item::{Item, Place};
use super::key::letter;
use super::score::{Answers, Estimate, Oddity, Said, ScoreOptions, read_answer, score};
use super::suite::Suite;
use super::trial::{NONE, Trial, kinds};

/// What one judge said.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// The judge.
    pub model: String,
    /// Items that it wrote itself; it is no independent judge of them.
    pub wrote: usize,
    /// Share of keys that it found, over both orders of the options.
    pub solved: Option<Estimate>,
    /// Share of its answers that refuse, and that name no option.
    pub unanswered: f64,
    /// Share of keys that it found without the event.
    pub uncaused: Option<Estimate>,
    /// Share of items that it took for their own subtask.
    pub sorted: Option<f64>,
    /// How often items of a subtask (first) were taken for another (second).
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
}

/// What all judges said.
#[derive(Debug, Clone, Serialize)]
pub struct Judgement {
    /// By judge, in the order in which they were met.
    pub judges: Vec<Judged>,
    /// What choosing blindly gives.
    pub chance: f64,
    /// Ids of items for which a judge chose another option than the key, with a sentence each.
    pub disputed: Vec<(String, String)>,
    /// Records that could not be used, with a sentence each.
    pub odd: Vec<String>,
}

/// Puts together what is in a file of judgements; records of other versions of an item do not count.
pub fn judgement(suite: &Suite, records: &[(Place, Value)], seed: u64) -> Judgement {
    let items = suite.all();
    let of = |trial: Trial| records.iter().filter(move |r| r.1["judged"] == trial.name());
    let mut answers =
        [Trial::Solve, Trial::Uncaused].map(|t| Answers::of(of(t).map(|(place, v)| (place, as_plain(v))), items));
    let odd = answers.iter_mut().flat_map(|a| std::mem::take(&mut a.odd));
    let odd = odd.filter(|o| o.0 != Oddity::NamedByText).map(|o| o.1).collect();
    let scores = [0, 1].map(|t| {
        let options = ScoreOptions { seed, ..ScoreOptions::default() };
        (!answers[t].list.is_empty()).then(|| score(items, &answers[t], &options))
    });
    let mut models: Vec<String> = answers[0].models.clone();
    for (_, v) in records {
        if let Some(m) = v["model"].as_str().filter(|m| models.iter().all(|k| k != m)) {
            models.push(m.to_owned());
        }
    }
    let figure = |t: usize, model: &str, name: &str| -> Option<Estimate> {
        let all = scores[t].as_ref()?.subtasks.first()?;
        all.models.iter().find(|m| m.model == model)?.figures.get(name).copied()
    };
    let by = |i: &&Item, m: &str| i.provenance.as_ref().and_then(|p| p.model.as_deref()) == Some(m);
    let judges = models
        .iter()
        .map(|m| {
            let confusion = confusion(suite, of(Trial::Subtask).map(|r| &r.1).filter(|v| v["model"] == m.as_str()));
            let total: usize = confusion.values().flat_map(BTreeMap::values).sum();
            let own: usize = confusion.iter().filter_map(|(s, row)| row.get(s)).sum();
            let share = |name: &str| figure(0, m, name).map_or(0.0, |e| e.value);
            Judged {
                model: m.clone(),
                wrote: suite.counted().iter().filter(|i| by(i, m)).count(),
                solved: figure(0, m, "accuracy"),
                unanswered: share("refused") + share("unclear"),
                uncaused: figure(1, m, "accuracy"),
                sorted: (total > 0).then(|| own as f64 / total as f64),
                confusion,
            }
        })
        .collect();
    let counted = suite.counted();
    let chances = counted.iter().filter(|i| i.right().is_some()).map(|i| 1.0 / i.options.len() as f64);
    Judgement { judges, chance: super::stats::mean(chances), disputed: disputed(items, &answers[0]), odd }
}

/// Judgements are asked in no frame.
fn as_plain(v: &Value) -> Value {
    let mut v = v.clone();
    if let Value::Object(fields) = &mut v {
        fields.insert("frame".into(), PLAIN.into());
    }
    v
}

/// Items where most of a judge's answers go to one option that is not the key.
fn disputed(items: &[Item], answers: &Answers) -> Vec<(String, String)> {
    let mut sums: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
    for a in &answers.list {
        let sum = sums.entry((a.item, a.model)).or_insert_with(|| vec![0.0; a.shares.len() + 1]);
        sum.iter_mut().zip(&a.shares).for_each(|(s, v)| *s += v);
        if let Some(n) = sum.last_mut() {
            *n += 1.0;
        }
    }
    let other = |((item, model), sum): ((usize, usize), Vec<f64>)| {
        let item = &items[item];
        let n = sum.last().copied().unwrap_or(1.0);
        let chosen = (0..item.options.len()).find(|&o| sum[o] > n / 2.0 && item.right() != Some(o))?;
        Some((item.id.clone(), format!("{} chose {}", answers.models[model], letter(chosen))))
    };
    sums.into_iter().filter_map(other).collect()
}

/// What items of each subtask were taken for.
fn confusion<'a>(suite: &Suite, records: impl Iterator<Item = &'a Value>) -> BTreeMap<String, BTreeMap<String, usize>> {
    let by_id: BTreeMap<&str, &Item> = suite.all().iter().map(|i| (i.id.as_str(), i)).collect();
    let head = &suite.head;
    let mut out: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for v in records {
        let Some(item) = v["item"].as_str().and_then(|id| by_id.get(id)).filter(|i| v["hash"] == i.hash()) else {
            continue;
        };
        let order = kinds(item, head);
        let name = |k: usize| head.subtasks.get(k).map_or(NONE, |s| s.name.as_str());
        let shown: Vec<String> = order.iter().map(|&k| name(k).to_owned()).collect();
        let taken = match read_answer(v["text"].as_str().unwrap_or_default(), &shown) {
            Said::Letter(o) | Said::Text(o) => shown[o].as_str(),
            Said::Refused | Said::Unclear => "no answer",
        };
        *out.entry(item.subtask.clone()).or_default().entry(taken.to_owned()).or_default() += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::item::Parts;
    use super::super::key::Key;
    use super::super::suite::Definition;
    use super::super::trial::sorting;
    use super::*;
    use serde_json::json;

    fn suite() -> Suite {
        let item = |i: usize| {
            let mut item =
                Item { id: format!("q{i}"), family: format!("f{i}"), key: Key::of(i % 2), ..Item::default() };
            item.subtask = ["self", "time"][i % 2].into();
            item.options = vec!["Yours".into(), "Theirs".into()];
            item.parts = Parts {
                value: "You like geese.".into(),
                event: format!("Goose {i} comes."),
                question: "Whose?".into(),
            };
            item
        };
        let mut s = Suite { items: (0..20).map(item).collect(), ..Suite::default() };
        s.head.subtasks = ["self", "time"]
            .map(|n| Definition { name: n.into(), definition: format!("About {n}."), ..Definition::default() })
            .to_vec();
        s
    }

    #[test]
    fn a_judge_who_needs_the_event_is_told_from_one_who_does_not() {
        let s = suite();
        let mut records = Vec::new();
        for (i, item) in s.items.iter().enumerate() {
            assert!(Trial::Uncaused.question(item, &s.head, false).unwrap().starts_with("You like geese.\n\nWhose?"));
            assert!(Trial::Subtask.question(item, &s.head, true).is_none());
            let order = kinds(item, &s.head);
            let own = order.iter().position(|&k| k == i % 2).unwrap();
            assert!(sorting(item, &s.head).contains(&format!("({}) {}: About", letter(own), item.subtask)));
            let key = item.right().unwrap();
            let mut add = |model: &str, trial: Trial, option: usize| {
                records.push((
                    Place::default(),
                    json!({"item": item.id, "hash": item.hash(), "model": model, "judged": trial.name(), "text": letter(option)}),
                ));
            };
            for (model, uncaused) in [("reader", 0), ("knower", key)] {
                add(model, Trial::Solve, if i == 3 { 1 - key } else { key });
                add(model, Trial::Uncaused, uncaused);
                add(model, Trial::Subtask, if i == 0 { order.iter().position(|&k| k == 1).unwrap() } else { own });
            }
        }
        let j = judgement(&s, &records, 1);
        assert_eq!(j.chance, 0.5);
        let [reader, knower] = j.judges.as_slice() else { panic!("{j:?}") };
        assert_eq!((reader.solved.unwrap().value, reader.uncaused.unwrap().value), (0.95, 0.5));
        assert_eq!(knower.uncaused.unwrap().value, 1.0);
        assert_eq!((reader.sorted, reader.confusion["self"]["time"]), (Some(0.95), 1));
        let disputed: Vec<&str> = j.disputed.iter().map(|d| d.1.as_str()).collect();
        assert_eq!(disputed, ["reader chose A", "knower chose A"]);
        assert_eq!(j.disputed[0].0, "q3");
    }
}
