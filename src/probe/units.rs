//! The units of every test, and the keys that chance would give them.
//!
//! The items of a family share their wording, and exact copies share everything, so neither are independent: both are one unit.
//! If the wording says nothing of the key, any option of a unit might as well have been the right one: the null hypothesis
//! moves the key of all items of a unit by the same number of options, counted in the order of the options' texts, so that
//! items with the same options (base and paraphrase, base and flip) keep their relation to one another.

use std::collections::BTreeMap;

use rand::Rng;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use super::item::Item;
use super::problem::plain;

/// An item with exactly one key, as tests see it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Place among the items given.
    pub item: usize,
    /// Its unit.
    pub unit: usize,
    /// The options in the order of their texts.
    order: Vec<usize>,
    /// Place of the key in that order.
    rank: usize,
}

impl Asked {
    /// Number of options.
    pub fn options(&self) -> usize {
        self.order.len()
    }

    /// The key when it is moved by `shift` options; 0 is the key as it is.
    pub fn key(&self, shift: usize) -> usize {
        self.order[(self.rank + shift) % self.order.len()]
    }
}

/// Items with keys, grouped into units.
#[derive(Debug, Clone)]
pub(super) struct Units {
    /// The items, in the order given.
    pub asked: Vec<Asked>,
    /// Number of units.
    pub count: usize,
    /// For each unit how many shifts there are.
    pub shifts: Vec<usize>,
}

impl Units {
    /// Groups the items that have exactly one key and two options or more; the others take no part.
    pub fn of(items: &[&Item]) -> Self {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut parent: Vec<usize> = Vec::new();
        let mut first: Vec<(usize, usize)> = Vec::new();
        for (i, item) in items.iter().enumerate().filter(|(_, item)| item.right().is_some() && item.options.len() > 1) {
            let mut options: Vec<String> = item.options.iter().map(|o| plain(o)).collect();
            options.sort_unstable();
            let copy = format!("copy\u{0}{}\u{0}{}", plain(&item.asked()), options.join("\u{0}"));
            let own = [format!("family\u{0}{}", item.family), copy].map(|name| {
                *names.entry(name).or_insert_with(|| {
                    parent.push(parent.len());
                    parent.len() - 1
                })
            });
            let [a, b] = own.map(|n| root(&mut parent, n));
            parent[a.max(b)] = a.min(b);
            first.push((i, own[0]));
        }
        let mut number: BTreeMap<usize, usize> = BTreeMap::new();
        let mut asked = Vec::with_capacity(first.len());
        for (i, name) in first {
            let at = root(&mut parent, name);
            let next = number.len();
            let unit = *number.entry(at).or_insert(next);
            let mut order: Vec<usize> = (0..items[i].options.len()).collect();
            order.sort_by_cached_key(|&o| (plain(&items[i].options[o]), o));
            let rank = order.iter().position(|&o| Some(o) == items[i].right()).unwrap_or_default();
            asked.push(Asked { item: i, unit, order, rank });
        }
        let count = number.len();
        let mut shifts = vec![1; count];
        asked.iter().for_each(|a| shifts[a.unit] = lcm(shifts[a.unit], a.options()));
        Self { asked, count, shifts }
    }

    /// A shift for every unit, by a seed.
    pub fn draw(&self, seed: u64) -> Vec<usize> {
        let mut rng = Xoshiro256Plus::seed_from_u64(seed);
        self.shifts.iter().map(|&n| rng.gen_range(0..n.max(1))).collect()
    }

    /// Splits the units into `folds`, as even as can be, by a seed.
    pub fn folds(&self, folds: usize, seed: u64) -> Vec<usize> {
        use rand::seq::SliceRandom;
        let mut fold: Vec<usize> = (0..self.count).map(|u| u % folds).collect();
        fold.shuffle(&mut Xoshiro256Plus::seed_from_u64(seed));
        fold
    }
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// Least common multiple.
pub(super) fn lcm(a: usize, b: usize) -> usize {
    let gcd = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a.max(1)
    };
    a / gcd(a, b) * b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::key::Key;

    fn item(family: &str, question: &str, options: [&str; 2], key: usize) -> Item {
        let mut item = Item { family: family.into(), key: Key::of(key), ..Item::default() };
        item.options = options.map(str::to_owned).to_vec();
        item.parts.question = question.into();
        item
    }

    #[test]
    fn families_and_copies_are_one_unit_and_keep_their_pattern() {
        let items = [
            item("f", "base?", ["more", "less"], 0),
            item("f", "flip?", ["less", "more"], 0),
            item("g", "alone?", ["a", "b"], 1),
            item("h", "Alone!", ["b", "a"], 0),
            item("i", "other?", ["a", "b"], 0),
        ];
        let units = Units::of(&items.iter().collect::<Vec<_>>());
        assert_eq!(units.asked.iter().map(|a| a.unit).collect::<Vec<_>>(), [0, 0, 1, 1, 2]);
        let text = |at: usize, shift| items[at].options[units.asked[at].key(shift)].as_str();
        assert_eq!((text(0, 0), text(1, 0)), ("more", "less"));
        assert_eq!((text(0, 1), text(1, 1)), ("less", "more"));
        assert_eq!((text(2, 1), text(3, 1)), ("a", "a"));
        assert_eq!(lcm(4, 6), 12);
    }
}
