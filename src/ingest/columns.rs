//! The fields of all files as columns of the corpus.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::pool::RawValue;
use super::sink::RawFile;
use crate::model::{Field, FieldValues};

/// Different strings up to which a field is a category.
const MOST: usize = 64;

/// The columns, in the order in which their names were met. `without` is the field that names the models.
pub(super) fn columns(files: &[RawFile], without: Option<&str>) -> Vec<Field> {
    let mut seen: HashSet<&str> = HashSet::new();
    let names: Vec<&str> =
        files.iter().flat_map(|f| f.pool.names().map(|(_, n)| n)).filter(|n| seen.insert(n)).collect();
    names.into_iter().filter(|n| Some(*n) != without).filter_map(|n| column(files, n)).collect()
}

fn column(files: &[RawFile], name: &str) -> Option<Field> {
    if files.iter().any(|f| f.pool.find(name).is_some_and(|at| f.pool.is_crowded(at))) {
        return None;
    }
    let mut raw: Vec<Option<&RawValue>> = Vec::new();
    for f in files {
        let at = f.pool.find(name);
        raw.extend(f.samples.iter().map(|s| s.fields.iter().find(|(i, _)| Some(*i) == at).map(|(_, v)| v)));
    }
    let present: Vec<&RawValue> = raw.iter().flatten().copied().collect();
    if present.is_empty() {
        return None;
    }
    let number = |v: &RawValue| match v {
        RawValue::Number(n) => Some(*n),
        RawValue::Text(t) => t.trim().parse::<f64>().ok().filter(|n| n.is_finite()),
        RawValue::Flag(_) => None,
    };
    let flag = |v: &RawValue| match v {
        RawValue::Flag(b) => Some(*b),
        RawValue::Text(t) if matches!(&**t, "true" | "True") => Some(true),
        RawValue::Text(t) if matches!(&**t, "false" | "False") => Some(false),
        _ => None,
    };
    let values = if present.iter().all(|v| flag(v).is_some()) {
        FieldValues::Flags(raw.iter().map(|v| v.and_then(flag)).collect())
    } else if present.iter().all(|v| number(v).is_some()) {
        FieldValues::Numbers(raw.iter().map(|v| v.and_then(number)).collect())
    } else {
        let distinct: BTreeSet<String> = present.iter().map(|v| v.shown()).collect();
        // As many values as records are no categories.
        if distinct.len() > MOST || (distinct.len() > 2 && distinct.len() == present.len()) {
            return None;
        }
        let names: Vec<String> = distinct.into_iter().collect();
        let index: HashMap<&str, u32> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i as u32)).collect();
        let of = raw.iter().map(|v| v.and_then(|v| index.get(v.shown().as_str()).copied())).collect();
        FieldValues::Categories { names, of }
    };
    Some(Field { name: name.to_owned(), values })
}
