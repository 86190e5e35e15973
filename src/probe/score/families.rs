//! Answers gathered by family: every figure is a sum over families, so that families can be drawn again and exchanged.

use std::collections::BTreeMap;

use super::super::item::{Item, Keyed, Role};
use super::super::problem::plain;
use super::answers::Answers;

/// The answers of one model to one item in one frame and order.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    /// Shares of each answer: the options, refused, unclear.
    pub draws: Vec<Vec<f64>>,
}

impl Cell {
    /// Mean shares.
    pub fn mean(&self) -> Vec<f64> {
        mean_of(self.draws.iter())
    }
}

fn mean_of<'a>(draws: impl Iterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let (mut sum, mut n) = (Vec::new(), 0.0);
    for d in draws {
        sum.resize(d.len(), 0.0);
        sum.iter_mut().zip(d).for_each(|(s, v)| *s += v);
        n += 1.0;
    }
    sum.iter_mut().for_each(|s| *s /= f64::max(n, 1.0));
    sum
}

/// Frame and order of a question.
type Way = (usize, bool);

/// One item with all its answers, by model.
pub(super) struct Asked<'a> {
    pub item: &'a Item,
    pub right: usize,
    /// For each model its answers by frame and order.
    pub cells: Vec<BTreeMap<Way, Cell>>,
}

impl Asked<'_> {
    /// Mean shares of a model's answers in a frame, over orders; `None` without answers.
    pub fn in_frame(&self, model: usize, frame: usize) -> Option<Vec<f64>> {
        let own = self.cells[model].iter().filter(|(way, _)| way.0 == frame).flat_map(|(_, c)| &c.draws);
        Some(mean_of(own)).filter(|m| !m.is_empty())
    }

    /// Share of right answers in a frame.
    pub fn accuracy(&self, model: usize, frame: usize) -> Option<f64> {
        self.in_frame(model, frame).map(|m| m[self.right])
    }

    /// How a cell's key is put: yes or no, first or last, longest or shortest, each 1, −1 or 0.
    pub fn put(&self, reversed: bool) -> [f64; 3] {
        let yes = match self.item.keyed() {
            Keyed::Yes => 1.0,
            Keyed::No => -1.0,
            Keyed::None => 0.0,
        };
        let last = self.item.options.len() - 1;
        let place = if reversed { last - self.right } else { self.right };
        let first = 1.0 - 2.0 * place as f64 / last.max(1) as f64;
        let lengths: Vec<usize> = self.item.options.iter().map(|o| o.chars().count()).collect();
        let own = lengths[self.right];
        let others = || lengths.iter().enumerate().filter(|(o, _)| *o != self.right).map(|(_, l)| *l);
        let long = f64::from(u8::from(others().all(|l| l < own))) - f64::from(u8::from(others().all(|l| l > own)));
        [yes, first, long]
    }
}

/// The items of one family that were asked.
pub(super) struct Family<'a> {
    pub items: Vec<Asked<'a>>,
}

/// Groups answers by family, in the order of the families' names; only items of `subtask`, when one is given.
pub(super) fn families<'a>(items: &'a [Item], answers: &Answers, subtask: Option<&str>) -> Vec<Family<'a>> {
    let mut cells: BTreeMap<usize, Vec<BTreeMap<Way, Cell>>> = BTreeMap::new();
    for a in answers.list.iter().filter(|a| subtask.is_none_or(|s| items[a.item].subtask == s)) {
        let of_item = cells.entry(a.item).or_insert_with(|| vec![BTreeMap::new(); answers.models.len()]);
        of_item[a.model].entry((a.frame, a.reversed)).or_default().draws.push(a.shares.clone());
    }
    let mut out: BTreeMap<&str, Family> = BTreeMap::new();
    for (at, mut cells) in cells {
        // Draws are exchanged by their place, which must not depend on the order of the lines.
        cells.iter_mut().flat_map(BTreeMap::values_mut).for_each(|c| c.draws.sort_by(|a, b| by_shares(a, b)));
        let item = &items[at];
        let Some(right) = item.right() else { continue };
        let family = out.entry(&item.family).or_insert_with(|| Family { items: Vec::new() });
        family.items.push(Asked { item, right, cells });
    }
    out.into_values().collect()
}

fn by_shares(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    a.iter().zip(b).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

/// A figure that is a mean over something within families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Figure {
    /// Share of right answers, of all answers.
    Accuracy,
    /// Share of answers that decline.
    Refused,
    /// Share of answers that cannot be read.
    Unclear,
    /// Base and paraphrase get the same answer.
    Consistency,
    /// Base and flip are both answered rightly.
    Contrast,
    /// The same option is chosen when the options are shown in reverse.
    Order,
    /// Two frames get the same answer.
    Stability,
    /// Two answers in the same frame and order are the same: what stability would be if frames changed nothing.
    Repeat,
}

impl Figure {
    /// All, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Accuracy,
        Self::Refused,
        Self::Unclear,
        Self::Consistency,
        Self::Contrast,
        Self::Order,
        Self::Stability,
        Self::Repeat,
    ];

    /// As it is called in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
            Self::Consistency => "consistency",
            Self::Contrast => "contrast",
            Self::Order => "order",
            Self::Stability => "stability",
            Self::Repeat => "repeat",
        }
    }

    /// Sum and number of what it is the mean of, in one family; `None` where it does not apply.
    pub(super) fn of(self, family: &Family, model: usize, frame: usize) -> Option<[f64; 2]> {
        let values: Vec<f64> = match self {
            Self::Accuracy => family.items.iter().filter_map(|i| i.accuracy(model, frame)).collect(),
            Self::Refused | Self::Unclear => {
                let at = |i: &Asked, m: &Vec<f64>| m[i.item.options.len() + usize::from(self == Self::Unclear)];
                family.items.iter().filter_map(|i| i.in_frame(model, frame).map(|m| at(i, &m))).collect()
            }
            Self::Consistency => with_base(family, Role::Paraphrase, |base, other| {
                let (a, b) = (base.in_frame(model, frame)?, other.in_frame(model, frame)?);
                Some(same_choice(base.item, &a, other.item, &b))
            }),
            Self::Contrast => with_base(family, Role::Flip, |base, flip| {
                Some(base.accuracy(model, frame)? * flip.accuracy(model, frame)?)
            }),
            Self::Order => family.items.iter().filter_map(|i| order(i, model, frame)).collect(),
            Self::Stability => family.items.iter().filter_map(|i| stability(i, model)).collect(),
            Self::Repeat => family.items.iter().filter_map(|i| repeat(i, model)).collect(),
        };
        (!values.is_empty()).then(|| [values.iter().sum(), values.len() as f64])
    }
}

/// A value of the base with each member of a role.
fn with_base(family: &Family, role: Role, value: impl Fn(&Asked, &Asked) -> Option<f64>) -> Vec<f64> {
    let Some(base) = family.items.iter().find(|i| i.item.role == Role::Base) else { return Vec::new() };
    family.items.iter().filter(|i| i.item.role == role).filter_map(|other| value(base, other)).collect()
}

/// Chance that two answers are the same: the same option by its text, or both refused. What cannot be read agrees with nothing.
fn same_choice(a: &Item, of_a: &[f64], b: &Item, of_b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (i, x) in a.options.iter().enumerate() {
        for (j, y) in b.options.iter().enumerate() {
            if plain(x) == plain(y) {
                sum += of_a[i] * of_b[j];
            }
        }
    }
    sum + of_a[a.options.len()] * of_b[b.options.len()]
}

/// The same for two answers to one item.
fn agree(a: &[f64], b: &[f64]) -> f64 {
    let read = a.len().min(b.len()).saturating_sub(1);
    a[..read].iter().zip(&b[..read]).map(|(x, y)| x * y).sum()
}

fn order(i: &Asked, model: usize, frame: usize) -> Option<f64> {
    let (a, b) = (i.cells[model].get(&(frame, false))?, i.cells[model].get(&(frame, true))?);
    Some(agree(&a.mean(), &b.mean()))
}

fn stability(i: &Asked, model: usize) -> Option<f64> {
    let mut frames: Vec<usize> = i.cells[model].keys().map(|way| way.0).collect();
    frames.dedup();
    let shares: Vec<Vec<f64>> = frames.iter().filter_map(|&f| i.in_frame(model, f)).collect();
    let pairs: Vec<f64> = (0..shares.len())
        .flat_map(|a| (a + 1..shares.len()).map(move |b| (a, b)))
        .map(|(a, b)| agree(&shares[a], &shares[b]))
        .collect();
    (!pairs.is_empty()).then(|| pairs.iter().sum::<f64>() / pairs.len() as f64)
}

fn repeat(i: &Asked, model: usize) -> Option<f64> {
    let mut pairs = (0.0, 0.0);
    for cell in i.cells[model].values() {
        for (n, a) in cell.draws.iter().enumerate() {
            for b in &cell.draws[n + 1..] {
                pairs = (pairs.0 + agree(a, b), pairs.1 + 1.0);
            }
        }
    }
    (pairs.1 > 0.0).then(|| pairs.0 / pairs.1)
}
