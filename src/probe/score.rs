//! Scores of answers: families are the unit of every interval and every test. Models are compared family by family; a change is told
//! apart into content, saying yes, position and length.

mod answers;
mod draws;
mod families;
mod parse;
mod rounds;
mod split;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use super::item::Item;
use super::key::letter;
use crate::compare::holm;

pub use answers::{Answer, Answers, Oddity};
pub use draws::Estimate;
pub use families::Figure;
pub use parse::{Said, read_answer};
pub use rounds::Rounds;
pub use split::Split;

use draws::{bootstrap, ratio, sign_flips};
use families::{Family, families};
use split::{right, split};

/// Answers from which a model may be said to answer everything with one letter, and the share that makes it so.
const ENOUGH: usize = 20;
const ONE_LETTER: f64 = 0.95;

/// What is to be compared.
#[derive(Debug, Clone, Default)]
pub struct ScoreOptions {
    /// The model that the others are compared with; the first one when absent.
    pub against: Option<usize>,
    /// The models are rounds, in this order.
    pub rounds: Option<Vec<usize>>,
    /// What is reached without reading the items as a whole.
    pub partial: Option<f64>,
    /// Seed of draws.
    pub seed: u64,
}

/// One model on one subtask.
#[derive(Debug, Clone, Serialize)]
pub struct ModelScore {
    /// The model.
    pub model: String,
    /// Families, items and answers.
    pub families: usize,
    /// Items answered.
    pub items: usize,
    /// Answers in the main frame.
    pub answers: usize,
    /// The figures that apply.
    pub figures: BTreeMap<&'static str, Estimate>,
    /// Accuracy beyond what is reached from parts of the items: 0 is no better, 1 is perfect.
    pub beyond_partial: Option<f64>,
    /// Accuracy in parts.
    pub split: Split,
}

/// One change with its test.
#[derive(Debug, Clone, Serialize)]
pub struct Tested {
    /// What changed.
    pub what: &'static str,
    /// By how much, with its interval.
    pub change: Estimate,
    /// p over sign flips of families.
    pub p: f64,
    /// p adjusted for the number of subtasks (Holm).
    pub p_all: f64,
}

/// A model against another on one subtask.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The model.
    pub model: String,
    /// The one that it is compared with.
    pub against: String,
    /// Families that both answered.
    pub families: usize,
    /// Content first, then yes-saying, position, length, and the other figures.
    pub tested: Vec<Tested>,
}

/// All models on one subtask.
#[derive(Debug, Clone, Serialize)]
pub struct SubtaskScore {
    /// The subtask; `None` for all together.
    pub subtask: Option<String>,
    /// Each model.
    pub models: Vec<ModelScore>,
    /// Each model against the reference.
    pub changes: Vec<Change>,
    /// What happened over rounds.
    pub rounds: Option<Rounds>,
}

/// All scores.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// What must be known before any figure is read.
    pub warnings: Vec<String>,
    /// By subtask, all together first.
    pub subtasks: Vec<SubtaskScore>,
}

/// Scores answers.
pub fn score(items: &[Item], answers: &Answers, options: &ScoreOptions) -> Score {
    let mut names: Vec<&str> = answers.list.iter().map(|a| items[a.item].subtask.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let all = std::iter::once(None).chain(names.iter().copied().filter(|_| names.len() > 1).map(Some));
    let mut subtasks: Vec<SubtaskScore> = all.map(|s| of_subtask(items, answers, s, options)).collect();
    adjust(&mut subtasks);
    Score { warnings: warnings(items, answers), subtasks }
}

/// The smallest change of accuracy that is found in four of five runs, at 5 %, from this many families with this many answers of each
/// model: what chance alone makes of answers that are right half of the time. Families that differ in what changes need more.
pub fn detectable(families: usize, answers: f64) -> f64 {
    /// Quantiles of the normal distribution at 97.5 and 80 %.
    const REACH: f64 = 1.959_964 + 0.841_621;
    let variance = 2.0 * 0.25 / (answers.max(1.0) * families.max(1) as f64);
    REACH * variance.sqrt()
}

/// Adjusts p-values over subtasks; all together is one test of its own.
fn adjust(subtasks: &mut [SubtaskScore]) {
    let Some(first) = subtasks.first() else { return };
    let names: Vec<(String, &'static str)> =
        first.changes.iter().flat_map(|c| c.tested.iter().map(|t| (c.model.clone(), t.what))).collect();
    for (model, what) in names {
        let own = subtasks.iter_mut().skip(1).flat_map(|s| &mut s.changes).filter(|c| c.model == model);
        let mut own: Vec<&mut Tested> = own.flat_map(|c| &mut c.tested).filter(|t| t.what == what).collect();
        let adjusted = holm(&own.iter().map(|t| t.p).collect::<Vec<_>>());
        own.iter_mut().zip(adjusted).for_each(|(t, p)| t.p_all = p);
    }
}

fn of_subtask(items: &[Item], answers: &Answers, subtask: Option<&str>, o: &ScoreOptions) -> SubtaskScore {
    let frame = answers.main_frame();
    let groups = families(items, answers, subtask);
    let models = (0..answers.models.len()).map(|m| of_model(&groups, answers, m, frame, o)).collect();
    let mut changes = Vec::new();
    let mut over = None;
    match &o.rounds {
        Some(list) => {
            changes.extend(list.iter().skip(1).map(|&m| change(&groups, answers, [list[0], m], frame, o.seed)));
            over = (list.len() > 1).then(|| rounds::rounds(&groups, list, frame, o.seed));
        }
        None => {
            let first = o.against.unwrap_or(0);
            let others = (0..answers.models.len()).filter(|&m| m != first);
            changes.extend(others.map(|m| change(&groups, answers, [first, m], frame, o.seed)));
        }
    }
    SubtaskScore { subtask: subtask.map(str::to_owned), models, changes, rounds: over }
}

fn of_model(groups: &[Family], answers: &Answers, model: usize, frame: usize, o: &ScoreOptions) -> ModelScore {
    let own = |i: &&families::Asked| i.cells[model].keys().any(|way| way.0 == frame);
    let answered: Vec<&families::Asked> = groups.iter().flat_map(|f| &f.items).filter(own).collect();
    let draws = |i: &&families::Asked| -> usize {
        i.cells[model].iter().filter(|(way, _)| way.0 == frame).map(|(_, c)| c.draws.len()).sum()
    };
    let mut figures = BTreeMap::new();
    for figure in Figure::ALL {
        let parts: Vec<Option<[f64; 2]>> = groups.iter().map(|f| figure.of(f, model, frame)).collect();
        if let Some(e) = bootstrap(parts.len(), o.seed, |times| ratio(&parts, times)) {
            figures.insert(figure.name(), e);
        }
    }
    let accuracy = figures.get(Figure::Accuracy.name()).map(|e: &Estimate| e.value);
    let beyond = accuracy.zip(o.partial.filter(|p| *p < 1.0)).map(|(a, p)| (a - p) / (1.0 - p));
    let (split, _) = split(groups, frame, o.seed, &|i, reversed| right(i, model, frame, reversed));
    ModelScore {
        model: answers.models[model].clone(),
        families: groups.iter().filter(|f| f.items.iter().any(|i| own(&i))).count(),
        items: answered.len(),
        answers: answered.iter().map(draws).sum(),
        figures,
        beyond_partial: beyond,
        split,
    }
}

/// The second model less the first, on what both answered.
fn change(groups: &[Family], answers: &Answers, [a, b]: [usize; 2], frame: usize, seed: u64) -> Change {
    let difference =
        |i: &families::Asked, reversed: bool| Some(right(i, b, frame, reversed)? - right(i, a, frame, reversed)?);
    let (parts, p) = split(groups, frame, seed, &difference);
    let mut tested: Vec<Tested> = parts
        .parts()
        .into_iter()
        .zip(p)
        .filter_map(|((what, e), p)| Some(Tested { what, change: e?, p, p_all: p }))
        .collect();
    for figure in Figure::ALL.into_iter().filter(|f| *f != Figure::Repeat) {
        let parts: Vec<Option<[f64; 2]>> = groups
            .iter()
            .map(|f| {
                let both = paired(f, [a, b], frame);
                let ([x, n], [y, m]) = (figure.of(&both, a, frame)?, figure.of(&both, b, frame)?);
                Some([(y / m - x / n) * n, n])
            })
            .collect();
        let Some(change) = bootstrap(parts.len(), seed, |times| ratio(&parts, times)) else { continue };
        let p = sign_flips(&parts.iter().flatten().map(|d| d[0]).collect::<Vec<_>>(), seed);
        tested.push(Tested { what: figure.name(), change, p, p_all: p });
    }
    let both = |f: &&Family| !paired(f, [a, b], frame).items.is_empty();
    Change {
        model: answers.models[b].clone(),
        against: answers.models[a].clone(),
        families: groups.iter().filter(both).count(),
        tested,
    }
}

/// A family with the items alone that both models answered in the main frame.
fn paired<'a>(family: &Family<'a>, models: [usize; 2], frame: usize) -> Family<'a> {
    let answered = |i: &families::Asked, m: usize| i.cells[m].keys().any(|way| way.0 == frame);
    let items = family.items.iter().filter(|i| models.iter().all(|&m| answered(i, m)));
    Family { items: items.map(|i| families::Asked { item: i.item, right: i.right, cells: i.cells.clone() }).collect() }
}

/// What must be known first: answers that cannot be read, one letter for everything, items that one model alone answered.
fn warnings(items: &[Item], answers: &Answers) -> Vec<String> {
    let mut out = Vec::new();
    let main = answers.main_frame();
    for (m, name) in answers.models.iter().enumerate() {
        let mut given: BTreeMap<usize, f64> = BTreeMap::new();
        let mut keys: BTreeMap<usize, f64> = BTreeMap::new();
        let mut n = 0.0;
        for a in answers.list.iter().filter(|a| a.model == m && a.frame == main) {
            let item = &items[a.item];
            let last = item.options.len() - 1;
            let shown = |o: usize| if a.reversed { last - o } else { o };
            let answered: f64 = a.shares[..=last].iter().sum();
            if answered < 0.5 {
                continue;
            }
            n += 1.0;
            (0..=last).for_each(|o| *given.entry(shown(o)).or_default() += a.shares[o]);
            if let Some(k) = item.right() {
                *keys.entry(shown(k)).or_default() += 1.0;
            }
        }
        let wrote =
            items.iter().filter(|i| i.provenance.as_ref().is_some_and(|p| p.model.as_ref() == Some(name))).count();
        if wrote > 0 {
            out.push(format!(
                "{name} wrote {wrote} of the items that it answers, so it may know them better than other models do"
            ));
        }
        let own = || answers.list.iter().filter(|a| a.model == m && a.frame == main);
        let (all, unclear) = (own().count(), own().filter_map(|a| a.shares.last()).sum::<f64>());
        if all >= ENOUGH && unclear > all as f64 / 2.0 {
            out.push(format!(
                "{:.0} % of the {all} answers of {name} cannot be read: its figures say nothing about the subtasks; look at the answers, \
                 the chat template and --max-tokens",
                100.0 * unclear / all as f64
            ));
        }
        let refused = own().filter_map(|a| a.shares.iter().rev().nth(1)).sum::<f64>();
        if all >= ENOUGH && refused > all as f64 / 2.0 {
            out.push(format!(
                "{name} declines to answer {:.0} % of {all} questions: its figures say nothing about the subtasks",
                100.0 * refused / all as f64
            ));
        }
        let Some((&place, &times)) = given.iter().max_by(|a, b| a.1.total_cmp(b.1)) else { continue };
        let right = keys.get(&place).copied().unwrap_or(0.0);
        if n >= ENOUGH as f64 && times / n >= ONE_LETTER && right / n < ONE_LETTER {
            out.push(format!(
                "{name} answers {:.0} % of {n} questions with {}, which is right in {:.0} %: its figures say nothing about the subtasks",
                100.0 * times / n,
                letter(place),
                100.0 * right / n
            ));
        }
    }
    let answered = |m: usize| -> std::collections::BTreeSet<usize> {
        answers.list.iter().filter(|a| a.model == m && a.frame == main).map(|a| a.item).collect()
    };
    let sets: Vec<_> = (0..answers.models.len()).map(answered).collect();
    for (m, set) in sets.iter().enumerate().skip(1) {
        let apart = set.symmetric_difference(&sets[0]).count();
        if apart > 0 {
            let (a, b) = (&answers.models[0], &answers.models[m]);
            out.push(format!(
                "{apart} items were answered by only one of {a} and {b}; they are left out of the comparison"
            ));
        }
    }
    out
}
