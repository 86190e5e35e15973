//! `gander agree SUITE/`: how far reviewers of a probing set agree with one another and with its keys.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::CliError;
use super::super::agree::row;
use super::super::output::print;
use crate::compare::agreement;
use crate::probe::{Did, Review, Suite, standing};

/// What one reviewer said of each item: their blind answer, and whether they accepted it. Items are known by id and version.
#[derive(Default)]
struct Said<'a> {
    answers: BTreeMap<(&'a str, &'a str), usize>,
    accepted: BTreeMap<&'a str, bool>,
}

pub(in crate::cli) fn run(folder: &Path, other: Option<&Path>) -> Result<(), CliError> {
    let suite = Suite::open(folder)?;
    let mut log: Vec<Review> = suite.reviews.clone();
    if let Some(other) = other {
        if !super::is_suite(other) {
            return Err(CliError::Usage(format!(
                "{}: is not the folder of a suite; name a copy of {}",
                other.display(),
                folder.display()
            )));
        }
        log.extend(Suite::open(other)?.reviews.into_iter().filter(|r| !suite.reviews.contains(r)));
    }
    let mut by: BTreeMap<&str, Said> = BTreeMap::new();
    for r in standing(&log) {
        let said = by.entry(&r.by).or_default();
        match &r.did {
            Did::Answered { option } => said.answers.extend(option.only().map(|o| ((&*r.item, &*r.version), o))),
            Did::Accepted => drop(said.accepted.insert(&r.item, true)),
            Did::Rejected => drop(said.accepted.insert(&r.item, false)),
            _ => {}
        }
    }
    if by.is_empty() {
        return Err(CliError::Usage(format!(
            "{}: nobody has reviewed it yet; `gander {}` does that",
            folder.display(),
            folder.display()
        )));
    }
    print(&in_words(&suite, &by))
}

fn in_words(suite: &Suite, by: &BTreeMap<&str, Said>) -> String {
    let mut out = String::new();
    // A key that was changed later is not the one that the reviewer did not see.
    let keys: BTreeMap<(&str, String), usize> =
        suite.before.iter().filter_map(|i| Some(((i.id.as_str(), i.version()), i.right()?))).collect();
    for (name, said) in by {
        let pairs: Vec<(usize, usize)> = said
            .answers
            .iter()
            .filter_map(|((item, version), o)| Some((*o, *keys.get(&(*item, (*version).to_owned()))?)))
            .collect();
        row(&mut out, &super::line(&format!("{name} and the key, answered blindly")), &agreement(&pairs));
    }
    let names: Vec<&&str> = by.keys().collect();
    for (i, a) in names.iter().enumerate() {
        for b in &names[i + 1..] {
            let (x, y) = (&by[**a], &by[**b]);
            let answers: Vec<(usize, usize)> =
                x.answers.iter().filter_map(|(k, o)| Some((*o, *y.answers.get(k)?))).collect();
            row(&mut out, &super::line(&format!("{a} and {b}, blind answers")), &agreement(&answers));
            let accepted: Vec<(bool, bool)> =
                x.accepted.iter().filter_map(|(k, v)| Some((*v, *y.accepted.get(k)?))).collect();
            row(&mut out, &super::line(&format!("{a} and {b}, accepted or rejected")), &agreement(&accepted));
        }
    }
    out
}
