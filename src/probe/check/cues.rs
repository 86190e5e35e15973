//! The named cues: simple rules that look at form alone and should be right no more often than chance.

use super::super::item::Item;
use super::super::units::Units;
use super::super::wording::{Says, content, overlap, says};
use super::exact::{Outcome, Picks, outcome};
use super::{Cue, Form};

/// A rule, what it looks at, and how it is said where it is right more or less often than by chance.
struct Rule {
    name: &'static str,
    more: &'static str,
    less: &'static str,
    picks: fn(&Item) -> Option<Vec<usize>>,
}

const RULES: [Rule; 4] = [
    Rule {
        name: "longest option",
        more: "the longest option is right",
        less: "the longest option is wrong",
        picks: |item| highest(item.options.iter().map(|o| o.chars().count() as f64)),
    },
    Rule {
        name: "word overlap",
        more: "the option that shares most words with the question is right",
        less: "the option that shares most words with the question is wrong",
        picks: |item| {
            let question = content(&item.asked());
            highest(item.options.iter().map(|o| overlap(o, &question)))
        },
    },
    Rule {
        name: "first option",
        more: "the first option is right",
        less: "the first option is wrong",
        picks: |item| (item.options.len() > 1).then(|| vec![0]),
    },
    Rule {
        name: "yes-keying",
        more: "the option that says yes is right",
        less: "the option that says no is right",
        picks: |item| {
            let said = says(&item.options)?;
            Some((0..said.len()).filter(|&o| said[o] == Says::Yes).collect())
        },
    },
];

/// The options with the highest value; `None` when all have it.
fn highest(values: impl Iterator<Item = f64>) -> Option<Vec<usize>> {
    let values: Vec<f64> = values.collect();
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let picks: Vec<usize> = (0..values.len()).filter(|&o| values[o] >= most).collect();
    (picks.len() < values.len()).then_some(picks)
}

/// Every named cue that applies, with its exact p.
pub(super) fn named(items: &[&Item], units: &Units) -> Vec<Cue> {
    let mut out: Vec<Cue> = RULES
        .iter()
        .filter_map(|rule| {
            let picks: Picks = units.asked.iter().map(|a| (rule.picks)(items[a.item])).collect();
            let o = outcome(units, &picks)?;
            Some(cue(rule.name, if o.accuracy >= o.chance { rule.more } else { rule.less }, o))
        })
        .collect();
    // With two options the first says it all.
    let most = units.asked.iter().map(super::super::units::Asked::options).max().unwrap_or(0);
    let places: Vec<Cue> = (1..most).filter(|_| most > 2).filter_map(|place| at_place(units, place)).collect();
    if let Some(best) = places.iter().min_by(|a, b| a.p.total_cmp(&b.p)) {
        let p = (best.p * places.len() as f64).min(1.0);
        out.push(Cue { p, ..best.clone() });
    }
    out
}

/// The options that a named cue picks in an item; `None` where it does not apply, or is no rule of its own.
pub(super) fn picked(name: &str, item: &Item) -> Option<Vec<usize>> {
    RULES.iter().find(|r| r.name == name).and_then(|r| (r.picks)(item))
}

fn at_place(units: &Units, place: usize) -> Option<Cue> {
    let picks: Picks = units.asked.iter().map(|a| (a.options() > place).then(|| vec![place])).collect();
    let o = outcome(units, &picks)?;
    let letter = super::super::key::letter(place);
    let says = format!("option {letter} is {}", if o.accuracy >= o.chance { "right" } else { "wrong" });
    Some(cue("position", &says, o))
}

fn cue(name: &str, says: &str, o: Outcome) -> Cue {
    // “The longest option is wrong in .86” is easier to read than “right in .14”.
    let wrong = o.accuracy < o.chance;
    let share = if wrong { 1.0 - o.accuracy } else { o.accuracy };
    let chance = if wrong { 1.0 - o.chance } else { o.chance };
    Cue {
        name: name.to_owned(),
        form: Form::Form,
        items: o.items,
        value: o.accuracy,
        chance: o.chance,
        p: o.p,
        p_all: 1.0,
        found: false,
        says: format!("{says} in {share:.2} of {} items (chance {chance:.2})", o.items),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::key::Key;

    fn suite(n: usize, make: impl Fn(usize) -> ([&'static str; 2], usize)) -> Vec<Item> {
        let item = |i: usize| {
            let (options, key) = make(i);
            let mut item = Item { id: i.to_string(), family: i.to_string(), key: Key::of(key), ..Item::default() };
            item.options = options.map(str::to_owned).to_vec();
            item.parts.question = format!("Question {i} about a goose?");
            item
        };
        (0..n).map(item).collect()
    }

    fn of(items: &[Item]) -> Vec<Cue> {
        let items: Vec<&Item> = items.iter().collect();
        named(&items, &Units::of(&items))
    }

    #[test]
    fn a_planted_cue_is_found_and_the_others_are_not() {
        let cues = of(&suite(60, |i| {
            if i.is_multiple_of(2) { (["the longer one", "short"], 0) } else { (["tiny", "the longer one"], 1) }
        }));
        assert_eq!(cues.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["longest option", "first option"]);
        assert!(cues[0].p < 1e-12 && cues[0].value == 1.0, "{cues:?}");
        assert!(cues[1].p > 0.5, "{cues:?}");
        let cues = of(&suite(40, |i| (["Yes", "No"], usize::from(i.is_multiple_of(10)))));
        let yes = cues.iter().find(|c| c.name == "yes-keying").unwrap();
        assert!(yes.p < 1e-5 && yes.says.contains("says yes is right in 0.90 of 40"), "{yes:?}");
        let cues = of(&suite(40, |i| (["about a goose", "to be on a lake"], usize::from(i % 10 > 0))));
        let overlap = cues.iter().find(|c| c.name == "word overlap").unwrap();
        assert!(overlap.says.contains("most words with the question is wrong in 0.90"), "{overlap:?}");
    }
}
