//! How often is the right option found from a part of the item alone (Poliak et al. 2018)? Cross-validated over units, by ridge
//! regression, with the same done for shuffled keys. Options are read by their form and, apart from that, by their form and
//! meaning; from the question, the event or the value alone it is asked whether yes or no is right.

use ndarray::{Array1, Array2};
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

use super::super::item::{Item, Keyed};
use super::super::units::Units;
use super::super::wording::{content, form, overlap};
use super::{Cue, Form};
use crate::cluster::{Space, principal_space};
use crate::compare::{FOLDS, auc, cross_validated};
use crate::linalg::Vectors;

/// Units that a classifier needs.
const LEAST: usize = 25;

/// A part of the item that is read alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Question,
    Event,
    Value,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Question, Self::Event, Self::Value];

    pub fn of(self, item: &Item) -> &str {
        match self {
            Self::Question => &item.parts.question,
            Self::Event => &item.parts.event,
            Self::Value => &item.parts.value,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Event => "event",
            Self::Value => "value",
        }
    }
}

/// Rows of features, one an option, the items one after another; each column is about the item's mean.
fn centred_rows(units: &Units, rows: Vec<Vec<f32>>) -> Array2<f32> {
    let d = rows.first().map_or(0, Vec::len);
    let mut x = Array2::<f32>::ones((rows.len(), d + 1));
    let mut at = 0;
    for a in &units.asked {
        let own = at..at + a.options();
        for c in 0..d {
            let mean = own.clone().map(|r| rows[r][c]).sum::<f32>() / a.options() as f32;
            own.clone().for_each(|r| x[[r, c]] = rows[r][c] - mean);
        }
        at = own.end;
    }
    // Every column counts alike, whatever its unit of measure.
    for c in 0..d {
        let mut column = x.column_mut(c);
        let spread = (column.iter().map(|v| v * v).sum::<f32>() / column.len().max(1) as f32).sqrt();
        column.mapv_inplace(|v| if spread > 1e-6 { v / spread } else { 0.0 });
    }
    x
}

/// Features of form of every option.
fn form_rows(items: &[&Item], units: &Units) -> Vec<Vec<f32>> {
    let mut out = Vec::new();
    for a in &units.asked {
        let item = items[a.item];
        let question = content(&item.asked());
        let longest = item.options.iter().map(|o| o.chars().count()).max().unwrap_or(0);
        for (place, o) in item.options.iter().enumerate() {
            let mut row = form(o, place, item.options.len());
            row.push(f32::from(o.chars().count() == longest));
            row.push(overlap(o, &question) as f32);
            out.push(row);
        }
    }
    out
}

/// Accuracies from the options alone: by form, and by form and meaning where there are `vectors` of the options.
pub(super) fn of_options(
    items: &[&Item],
    units: &Units,
    draws: &[Vec<usize>],
    vectors: Option<&Vectors>,
    seed: u64,
) -> Vec<Cue> {
    if units.count < LEAST {
        return Vec::new();
    }
    let form = form_rows(items, units);
    let says = |how: &str| format!("from the options alone, by {how},");
    let mut out = Vec::new();
    out.extend(accuracy("options alone: form", Form::Form, &says("their form"), units, draws, form.clone(), seed));
    if let Some(v) = vectors {
        let space = principal_space(v, &(0..v.len() as u32).collect::<Vec<_>>());
        let dims = space.ncols().min((units.count / 4).max(2));
        // Meaning beside form: what both have is found by the second alone, and then it is content.
        let rows = form.into_iter().zip(space.rows()).map(|(mut f, s)| {
            f.extend(s.iter().take(dims));
            f
        });
        let name = "options alone: form and content";
        out.extend(accuracy(name, Form::Content, &says("form and content"), units, draws, rows.collect(), seed));
    }
    out
}

fn accuracy(
    name: &str,
    kind: Form,
    says: &str,
    units: &Units,
    draws: &[Vec<usize>],
    rows: Vec<Vec<f32>>,
    seed: u64,
) -> Option<Cue> {
    let x = centred_rows(units, rows);
    let none = vec![0; units.count];
    let columns: Vec<&Vec<usize>> = std::iter::once(&none).chain(draws).collect();
    let mut y = Array2::<f32>::zeros((x.nrows(), columns.len()));
    let by_unit = units.folds(FOLDS, seed);
    let mut fold = Vec::with_capacity(x.nrows());
    let mut at = 0;
    for a in &units.asked {
        for (c, draw) in columns.iter().enumerate() {
            let key = a.key(draw[a.unit]);
            (0..a.options()).for_each(|o| y[[at + o, c]] = f32::from(o == key) - 1.0 / a.options() as f32);
        }
        fold.extend(std::iter::repeat_n(by_unit[a.unit], a.options()));
        at += a.options();
    }
    let scores = cross_validated(&x, &y, &fold)?;
    let right: Vec<f64> = columns
        .par_iter()
        .enumerate()
        .map(|(c, draw)| hits(units, &scores, c, draw) / units.asked.len() as f64)
        .collect();
    let chance = units.asked.iter().map(|a| 1.0 / a.options() as f64).sum::<f64>() / units.asked.len() as f64;
    let as_large = right.iter().skip(1).filter(|r| **r >= right[0] - 1e-12).count();
    Some(Cue {
        name: name.to_owned(),
        form: kind,
        items: units.asked.len(),
        value: right[0],
        chance,
        p: (1 + as_large) as f64 / columns.len() as f64,
        p_all: 1.0,
        found: false,
        says: format!("{says} the key is found in {:.2} of {} items (chance {chance:.2})", right[0], units.asked.len()),
    })
}

/// Items whose key has the highest score in a column; of options with the same score, their share.
fn hits(units: &Units, scores: &Array2<f32>, column: usize, draw: &[usize]) -> f64 {
    let (mut at, mut sum) = (0, 0.0);
    for a in &units.asked {
        let own: Vec<f32> = (0..a.options()).map(|o| scores[[at + o, column]]).collect();
        let most = own.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let tied = own.iter().filter(|v| **v >= most).count();
        if own[a.key(draw[a.unit])] >= most {
            sum += 1.0 / tied as f64;
        }
        at += a.options();
    }
    sum
}

/// Whether yes or no is right, from one part alone: area under the ROC curve, with whole units exchanging their keys, so
/// that a preference for yes is no finding here. `vectors` are of the part, one row an asked item.
pub(super) fn of_part(
    part: Part,
    items: &[&Item],
    units: &Units,
    vectors: &Vectors,
    shuffles: usize,
    seed: u64,
) -> Option<Cue> {
    let keyed: Vec<(usize, Keyed)> = units
        .asked
        .iter()
        .enumerate()
        .map(|(i, a)| (i, items[a.item].keyed()))
        .filter(|(_, k)| *k != Keyed::None)
        .collect();
    let mut by_unit: Vec<Vec<usize>> = vec![Vec::new(); units.count];
    keyed.iter().enumerate().for_each(|(row, (i, _))| by_unit[units.asked[*i].unit].push(row));
    by_unit.retain(|u| !u.is_empty());
    let yes = keyed.iter().filter(|k| k.1 == Keyed::Yes).count();
    if by_unit.len() < LEAST || yes < 8 || keyed.len() - yes < 8 {
        return None;
    }
    let rows: Vec<u32> = keyed.iter().map(|k| k.0 as u32).collect();
    let space: Space = principal_space(vectors, &rows);
    let dims = space.ncols().min((by_unit.len() / 4).max(2));
    let mut x = Array2::<f32>::ones((rows.len(), dims + 1));
    for (row, from) in x.rows_mut().into_iter().zip(space.rows()) {
        row.into_iter().take(dims).zip(from).for_each(|(to, v)| *to = *v);
    }
    let labels = exchanged(&keyed, &by_unit, shuffles, seed);
    let y = Array2::from_shape_fn((rows.len(), labels.len()), |(r, c)| f32::from(u8::from(labels[c][r])) * 2.0 - 1.0);
    let folds = units.folds(FOLDS, seed);
    let fold: Vec<usize> = keyed.iter().map(|(i, _)| folds[units.asked[*i].unit]).collect();
    let scores = cross_validated(&x, &y, &fold)?;
    let aucs: Vec<f64> = (0..labels.len())
        .into_par_iter()
        .map(|c| auc(&Array1::from_iter(scores.column(c).iter().copied()), |r| labels[c][r]))
        .collect();
    let as_large = aucs.iter().skip(1).filter(|a| **a >= aucs[0] - 1e-12).count();
    let name = part.name();
    Some(Cue {
        name: format!("{name} alone"),
        form: Form::Content,
        items: rows.len(),
        value: aucs[0],
        chance: 0.5,
        p: (1 + as_large) as f64 / labels.len() as f64,
        p_all: 1.0,
        found: false,
        says: format!(
            "the {name} alone tells whether yes or no is right, AUC {:.2} on {} items (chance 0.50)",
            aucs[0],
            rows.len()
        ),
    })
}

/// The labels as they are, and `shuffles` times exchanged between units with equally many items.
fn exchanged(keyed: &[(usize, Keyed)], by_unit: &[Vec<usize>], shuffles: usize, seed: u64) -> Vec<Vec<bool>> {
    let own: Vec<bool> = keyed.iter().map(|k| k.1 == Keyed::Yes).collect();
    let mut by_size: std::collections::BTreeMap<usize, Vec<&Vec<usize>>> = std::collections::BTreeMap::new();
    by_unit.iter().for_each(|u| by_size.entry(u.len()).or_default().push(u));
    let shuffled = (1..=shuffles as u64).map(|c| {
        let mut rng = Xoshiro256Plus::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ c);
        let mut out = own.clone();
        for same in by_size.values() {
            let mut from = same.clone();
            from.shuffle(&mut rng);
            for (to, from) in same.iter().zip(from) {
                to.iter().zip(from).for_each(|(&t, &f)| out[t] = own[f]);
            }
        }
        out
    });
    std::iter::once(own.clone()).chain(shuffled).collect()
}
