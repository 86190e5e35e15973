//! Single words and openings of the options that go with the key (Gardner et al. 2021), tested together by the largest z over
//! shuffled keys (Westfall and Young 1993).

use rayon::prelude::*;

use super::super::item::Item;
use super::super::units::Units;
use super::super::wording::says_yes_or_no;
use super::{Cue, Form};
use crate::compare::{FeatureKind, Lexicon, names_nothing};

/// Units in which a word must tell options apart.
const LEAST: usize = 6;
/// Words that are listed.
const LISTED: usize = 8;

/// A word that goes with the key.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// As it is written.
    pub word: String,
    /// Whether it belongs to the form or the content.
    pub form: Form,
    /// Items in which some options have it and others do not.
    pub items: usize,
    /// Share of them in which an option that has it is right.
    pub share: f64,
    /// Standardised distance from chance.
    pub z: f64,
    /// Chance of a word with so large a z among all words of its kind.
    pub p: f64,
}

/// One word: how far each unit is from chance under each shift of its keys.
struct Counted {
    feature: u32,
    items: usize,
    hits: usize,
    units: Vec<(usize, Vec<f32>)>,
    scale: f32,
}

/// The words that tell keys apart, the strongest first, and one test for all words of each kind.
pub(super) fn words(items: &[&Item], units: &Units, draws: &[Vec<usize>]) -> (Vec<Word>, Vec<Cue>) {
    let options: Vec<&str> =
        units.asked.iter().flat_map(|a| items[a.item].options.iter().map(String::as_str)).collect();
    let lexicon = Lexicon::new(&options);
    let counted = count(units, &lexicon);
    let (mut listed, mut cues) = (Vec::new(), Vec::new());
    for form in [Form::Form, Form::Content] {
        let own: Vec<&Counted> = counted.iter().filter(|c| form_of(&lexicon, c.feature) == form).collect();
        if own.is_empty() {
            continue;
        }
        let most: Vec<f32> =
            draws.par_iter().map(|draw| own.iter().map(|c| c.z(draw).abs()).fold(0f32, f32::max)).collect();
        let none = vec![0; units.count];
        let p_of = |z: f32| {
            let as_large = most.iter().filter(|m| **m >= z.abs() - 1e-5).count();
            (1 + as_large) as f64 / (1 + most.len()) as f64
        };
        let mut found: Vec<Word> = own
            .iter()
            .map(|c| {
                let z = c.z(&none);
                let share = c.hits as f64 / c.items as f64;
                Word { word: lexicon.spelled(c.feature), form, items: c.items, share, z: f64::from(z), p: p_of(z) }
            })
            .collect();
        found.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()).then_with(|| a.word.cmp(&b.word)));
        if let Some(top) = found.first() {
            let kind = if form == Form::Form { "form" } else { "content" };
            cues.push(Cue {
                name: format!("words of {kind}"),
                form,
                items: top.items,
                value: top.share,
                chance: 0.5,
                p: top.p,
                p_all: 1.0,
                found: false,
                says: format!(
                    "the option with “{}” is right in {:.2} of the {} items where one has it and another has not",
                    top.word, top.share, top.items
                ),
            });
        }
        // A word and an opening may be spelled alike; the surer one is listed.
        let mut spelled = std::collections::HashSet::new();
        let sure = found.into_iter().filter(|w| w.p <= 0.05 && spelled.insert(w.word.clone()));
        listed.extend(sure.take(LISTED));
    }
    (listed, cues)
}

fn count(units: &Units, lexicon: &Lexicon) -> Vec<Counted> {
    let mut of: Vec<Vec<(usize, Vec<bool>)>> = vec![Vec::new(); lexicon.len()];
    let mut at = 0u32;
    for (i, a) in units.asked.iter().enumerate() {
        let rows: Vec<&[u32]> = (0..a.options()).map(|o| lexicon.of(at + o as u32)).collect();
        at += a.options() as u32;
        let mut features: Vec<u32> = rows.iter().flat_map(|r| r.iter().copied()).collect();
        features.sort_unstable();
        features.dedup();
        for f in features {
            let has: Vec<bool> = rows.iter().map(|r| r.binary_search(&f).is_ok()).collect();
            if has.iter().any(|h| !h) {
                of[f as usize].push((i, has));
            }
        }
    }
    of.into_par_iter().enumerate().filter_map(|(f, held)| counted(units, f as u32, &held)).collect()
}

fn counted(units: &Units, feature: u32, held: &[(usize, Vec<bool>)]) -> Option<Counted> {
    let mut by_unit: std::collections::BTreeMap<usize, Vec<f32>> = std::collections::BTreeMap::new();
    let mut hits = 0;
    for (i, has) in held {
        let a = &units.asked[*i];
        let expected = has.iter().filter(|h| **h).count() as f32 / has.len() as f32;
        let shifts = by_unit.entry(a.unit).or_insert_with(|| vec![0.0; units.shifts[a.unit]]);
        shifts.iter_mut().enumerate().for_each(|(s, d)| *d += f32::from(has[a.key(s)]) - expected);
        hits += usize::from(has[a.key(0)]);
    }
    let square = |d: &Vec<f32>| d.iter().map(|v| v * v).sum::<f32>() / d.len() as f32;
    let units: Vec<(usize, Vec<f32>)> = by_unit.into_iter().filter(|(_, d)| square(d) > 1e-6).collect();
    let variance: f32 = units.iter().map(|(_, d)| square(d)).sum();
    (units.len() >= LEAST).then(|| Counted { feature, items: held.len(), hits, scale: variance.sqrt(), units })
}

impl Counted {
    fn z(&self, draw: &[usize]) -> f32 {
        self.units.iter().map(|(u, d)| d[draw[*u]]).sum::<f32>() / self.scale
    }
}

fn form_of(lexicon: &Lexicon, feature: u32) -> Form {
    let empty = |w: &str| names_nothing(w) || says_yes_or_no(w) || w.chars().count() < 2;
    let name = lexicon.name(feature);
    let sign = lexicon.kind(feature) == FeatureKind::Sign;
    if sign || name.split(' ').all(empty) { Form::Form } else { Form::Content }
}
