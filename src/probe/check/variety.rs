//! Does the set vary? Copies, the effective number of items, frames of words that come again, distance to the gold items.

use std::collections::{BTreeMap, BTreeSet};

use linfa_linalg::eigh::EigValshInto;
use ndarray::Array2;
use rand::seq::index::sample;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

use super::super::item::Item;
use super::super::problem::plain;
use super::super::wording::words;
use crate::compare::names_nothing;
use crate::linalg::Vectors;

/// Share of the words of two questions that both have, from which they are near copies (Jaccard).
const NEAR: f64 = 0.85;
/// Items of the samples that the effective number is measured on, so that suites of different sizes can be compared.
pub const EQUAL: usize = 100;
/// Samples that it is averaged over.
const SAMPLES: usize = 10;
/// Words of a frame, and how many of them must be words that name nothing.
const FRAME: usize = 7;
const BONES: usize = 4;
/// Families in which a frame must stand.
const AGAIN: usize = 3;
/// Copies that are listed.
const LISTED: usize = 20;

/// An item that is a copy of an earlier one of another family.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// Place of the item among those checked.
    pub item: usize,
    /// Place of the earlier item.
    pub of: usize,
    /// Share of words in common; 1 for an exact copy of the question.
    pub alike: f64,
}

/// How much a set varies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variety {
    /// Items whose question is that of an earlier item of another family, but for case and signs.
    pub exact: usize,
    /// Items whose question shares most words with that of an earlier item of another family.
    pub near: usize,
    /// The first of them, the exact ones first.
    pub copies: Vec<Copy>,
    /// Share of items with a frame of words that other families have too.
    pub templates: f64,
    /// The commonest frame, with the number of its families.
    pub frame: Option<(String, usize)>,
    /// Effective number of items (Vendi score; Friedman and Dieng 2023) among [`EQUAL`], and how many there were.
    pub effective: Option<(f64, usize)>,
    /// Cosine to the nearest gold item: mean, and share from .9.
    pub gold: Option<(f64, f64)>,
}

/// Every item that is a copy of an earlier one of another family, the exact copies first.
pub(super) fn all_copies(items: &[&Item]) -> Vec<Copy> {
    let (exact, near) = copies(items);
    exact.into_iter().chain(near).collect()
}

/// Exact and near copies.
fn copies(items: &[&Item]) -> (Vec<Copy>, Vec<Copy>) {
    let asked: Vec<String> = items.iter().map(|i| plain(&i.asked())).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut exact = Vec::new();
    let mut is_copy = vec![false; items.len()];
    for (i, text) in asked.iter().enumerate() {
        match first.get(text.as_str()) {
            Some(&of) if items[of].family != items[i].family => {
                exact.push(Copy { item: i, of, alike: 1.0 });
                is_copy[i] = true;
            }
            Some(_) => {}
            None => {
                first.insert(text, i);
            }
        }
    }
    let near = near_copies(items, &asked, &is_copy);
    (exact, near)
}

/// Measures what needs no vectors.
pub(super) fn variety(items: &[&Item]) -> Variety {
    let (exact, near) = copies(items);
    let (templates, frame) = frames(items);
    Variety {
        exact: exact.len(),
        near: near.len(),
        copies: exact.into_iter().chain(near).take(LISTED).collect(),
        templates,
        frame,
        ..Variety::default()
    }
}

/// The first near copy of each item among the earlier ones. Two sets that share most of their words share one of their rarest
/// (prefix filtering, Bayardo, Ma & Srikant 2007), so that only those with such a word in common are compared.
fn near_copies(items: &[&Item], asked: &[String], is_copy: &[bool]) -> Vec<Copy> {
    let sets = word_sets(asked);
    let prefix = |set: &[u32]| set.len() + 1 - (NEAR * set.len() as f64 - 1e-9).ceil() as usize;
    let mut with: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, set) in sets.iter().enumerate() {
        set[..prefix(set)].iter().for_each(|w| with.entry(*w).or_default().push(i));
    }
    let first = |i: usize| {
        let rare = sets[i][..prefix(&sets[i])].iter().filter_map(|w| with.get(w)).flatten();
        let mut earlier: Vec<usize> = rare.copied().filter(|&j| j < i && items[j].family != items[i].family).collect();
        earlier.sort_unstable();
        earlier.dedup();
        earlier.into_iter().find_map(|j| jaccard(&sets[i], &sets[j]).map(|alike| Copy { item: i, of: j, alike }))
    };
    (0..items.len()).into_par_iter().filter(|&i| !is_copy[i]).filter_map(first).collect()
}

/// The words of each text as numbers, the rarest first.
fn word_sets(texts: &[String]) -> Vec<Vec<u32>> {
    let sets: Vec<BTreeSet<&str>> = texts.iter().map(|t| t.split(' ').collect()).collect();
    let mut texts_with: BTreeMap<&str, u32> = BTreeMap::new();
    sets.iter().flatten().for_each(|w| *texts_with.entry(w).or_default() += 1);
    let mut by_rarity: Vec<(&str, u32)> = texts_with.into_iter().collect();
    by_rarity.sort_by_key(|w| w.1);
    let number: BTreeMap<&str, u32> = by_rarity.iter().zip(0u32..).map(|(w, n)| (w.0, n)).collect();
    let numbers = |set: BTreeSet<&str>| {
        let mut out: Vec<u32> = set.iter().filter_map(|w| number.get(w).copied()).collect();
        out.sort_unstable();
        out
    };
    sets.into_iter().map(numbers).collect()
}

/// Share of two sorted sets that both have, from [`NEAR`] on.
fn jaccard(a: &[u32], b: &[u32]) -> Option<f64> {
    let (short, long) = (a.len().min(b.len()) as f64, a.len().max(b.len()) as f64);
    if short < NEAR * long {
        return None;
    }
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, both) = (i + 1, j + 1, both + 1),
        }
    }
    let alike = f64::from(both) / (a.len() + b.len() - both as usize) as f64;
    (alike >= NEAR).then_some(alike)
}

/// Share of items with a frame of words, names blanked out, that stands in [`AGAIN`] families or more; the commonest frame.
fn frames(items: &[&Item]) -> (f64, Option<(String, usize)>) {
    let of: Vec<BTreeSet<String>> = items.iter().map(|i| frames_of(&i.asked())).collect();
    let mut families: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (item, frames) in items.iter().zip(&of) {
        frames.iter().for_each(|f| {
            families.entry(f).or_default().insert(&item.family);
        });
    }
    let common = |f: &String| families.get(f.as_str()).is_some_and(|set| set.len() >= AGAIN);
    let with = of.iter().filter(|frames| frames.iter().any(common)).count();
    let top = families.iter().max_by_key(|(f, set)| (set.len(), std::cmp::Reverse(**f)));
    let top = top.filter(|(_, set)| set.len() >= AGAIN).map(|(f, set)| ((*f).to_owned(), set.len()));
    (with as f64 / items.len().max(1) as f64, top)
}

fn frames_of(text: &str) -> BTreeSet<String> {
    let blanked: Vec<String> =
        words(text).into_iter().map(|w| if names_nothing(&w) { w } else { "…".to_owned() }).collect();
    let bones = |f: &&[String]| f.iter().filter(|w| *w != "…").count() >= BONES;
    blanked.windows(FRAME).filter(bones).map(|f| f.join(" ")).collect()
}

/// Effective number of items among [`EQUAL`] of them (all, where there are fewer), as the mean over seeded samples.
pub(super) fn effective(vectors: &Vectors, seed: u64) -> Option<(f64, usize)> {
    let n = vectors.len().min(EQUAL);
    let samples = if n == vectors.len() { 1 } else { SAMPLES };
    let scores: Vec<f64> = (0..samples as u64)
        .into_par_iter()
        .filter_map(|s| {
            let mut rng = Xoshiro256Plus::seed_from_u64(seed ^ s.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let mut rows = sample(&mut rng, vectors.len(), n).into_vec();
            rows.sort_unstable();
            vendi(vectors, &rows)
        })
        .collect();
    (!scores.is_empty()).then(|| (scores.iter().sum::<f64>() / scores.len() as f64, n))
}

/// Exponential of the entropy of the eigenvalues of the cosines, divided by their number.
fn vendi(vectors: &Vectors, rows: &[usize]) -> Option<f64> {
    let n = rows.len();
    let dot = |a: usize, b: usize| vectors.row(a).iter().zip(vectors.row(b)).map(|(x, y)| x * y).sum::<f32>();
    let cosines = Array2::from_shape_fn((n, n), |(i, j)| {
        let (i, j) = (i.min(j), i.max(j));
        if i == j { 1.0 / n as f64 } else { f64::from(dot(rows[i], rows[j])) / n as f64 }
    });
    let values = cosines.eigvalsh_into().ok()?;
    let entropy: f64 = values.iter().filter(|v| **v > 1e-12).map(|v| -v * v.ln()).sum();
    Some(entropy.exp())
}

/// Mean cosine of each row to its nearest among `gold`, and the share from .9.
pub(super) fn to_gold(vectors: &Vectors, gold: &Vectors) -> Option<(f64, f64)> {
    if gold.is_empty() || vectors.is_empty() {
        return None;
    }
    let nearest: Vec<f64> = (0..vectors.len())
        .into_par_iter()
        .map(|i| {
            let cosine = |g: usize| vectors.row(i).iter().zip(gold.row(g)).map(|(x, y)| f64::from(x * y)).sum::<f64>();
            (0..gold.len()).map(cosine).fold(-1.0, f64::max)
        })
        .collect();
    let n = nearest.len() as f64;
    Some((nearest.iter().sum::<f64>() / n, nearest.iter().filter(|c| **c >= 0.9).count() as f64 / n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(questions: &[&str]) -> Vec<Item> {
        let item = |(i, q): (usize, &&str)| {
            let mut item = Item { id: i.to_string(), family: i.to_string(), ..Item::default() };
            item.parts.question = (*q).to_owned();
            item
        };
        questions.iter().enumerate().map(item).collect()
    }

    #[test]
    fn copies_are_counted_once_and_not_within_a_family() {
        let mut list = items(&[
            "Would you let the goose cross the road before the car goes on in the early morning light?",
            "would you let the goose cross the road before the car goes on in the early morning light",
            "Would you let the goose cross the road before the truck goes on in the early morning light?",
            "What do swans eat?",
            "What do swans eat?",
        ]);
        list[4].family = "3".into();
        let v = variety(&list.iter().collect::<Vec<_>>());
        assert_eq!((v.exact, v.near), (1, 1));
        assert_eq!((v.copies[0].item, v.copies[0].of, v.copies[1].item), (1, 0, 2));
    }

    #[test]
    fn the_effective_number_is_between_one_and_all() {
        let one = Vectors::new(2, vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        assert!((effective(&one, 1).unwrap().0 - 1.0).abs() < 1e-6);
        let each = Vectors::new(3, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        assert!((effective(&each, 1).unwrap().0 - 3.0).abs() < 1e-6);
    }

    #[test]
    fn frames_come_again() {
        let list = items(&[
            "If you were to be asked by a farmer to paint a barn",
            "If you were to be asked by a doctor to paint a ward",
            "If you were to be asked by a sailor to paint a ship",
            "Geese fly south in autumn and come back in spring",
        ]);
        let v = variety(&list.iter().collect::<Vec<_>>());
        assert!((v.templates - 0.75).abs() < 1e-12, "{v:?}");
        assert_eq!(v.frame.unwrap().1, 3);
    }
}
