//! Fields of the records of one file: kept where they have few values or numbers, dropped where they do not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

/// Distinct strings above which a field is no category any more.
const MOST_VALUES: usize = 256;
/// Fields kept of one file.
const MOST_FIELDS: usize = 256;
/// Bytes of a string that may be a category.
const LONGEST: usize = 200;
/// Bytes of a string that may be a setting, such as a system prompt.
const LONGEST_SETTING: usize = 20_000;

/// One value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RawValue {
    Number(f64),
    Flag(bool),
    Text(Arc<str>),
}

/// A value with its field's index into [`Pool`].
pub(crate) type RawField = (u16, RawValue);

/// The fields met so far.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    fields: Vec<Met>,
    index: HashMap<String, u16>,
}

#[derive(Debug)]
struct Met {
    name: String,
    values: HashSet<Arc<str>>,
    /// Every string so far reads as a number, as in a table.
    numeric: bool,
    /// There were too many strings, or one too long.
    crowded: bool,
}

impl Pool {
    /// The fields of a record that hold a string, a number, true or false, and those of the objects in it; without those
    /// that have a part of their own (text, prompt, id, vector).
    pub fn fields(&mut self, record: &Map<String, Value>, without: &[&str], out: &mut Vec<RawField>) {
        for (name, value) in record {
            if without.contains(&name.as_str()) || name.is_empty() {
                continue;
            }
            match value {
                Value::Object(inner) => self.below(name, inner, 2, out),
                _ => out.extend(self.value(name, value)),
            }
        }
    }

    fn below(&mut self, prefix: &str, record: &Map<String, Value>, depth: usize, out: &mut Vec<RawField>) {
        for (name, value) in record {
            let name = format!("{prefix}.{name}");
            match value {
                Value::Object(inner) if depth > 1 => self.below(&name, inner, depth - 1, out),
                Value::Object(_) => {}
                _ => out.extend(self.value(&name, value)),
            }
        }
    }

    /// One value under a name; `None` where it is not of a kind that is kept.
    pub fn value(&mut self, name: &str, value: &Value) -> Option<RawField> {
        let raw = match value {
            Value::Number(n) => RawValue::Number(n.as_f64()?),
            Value::Bool(b) => RawValue::Flag(*b),
            Value::String(s) if !s.is_empty() => RawValue::Text(s.as_str().into()),
            _ => return None,
        };
        self.add(name, raw)
    }

    /// A value that is one already.
    pub fn add(&mut self, name: &str, raw: RawValue) -> Option<RawField> {
        let at = match self.index.get(name) {
            Some(&at) => at,
            None if self.fields.len() >= MOST_FIELDS => return None,
            None => {
                let at = self.fields.len() as u16;
                self.index.insert(name.to_owned(), at);
                let met = Met { name: name.to_owned(), values: HashSet::new(), numeric: true, crowded: false };
                self.fields.push(met);
                at
            }
        };
        let longest = if super::conditions::is_setting(name) { LONGEST_SETTING } else { LONGEST };
        let met = self.fields.get_mut(usize::from(at))?;
        Some((at, met.take(raw, longest)?))
    }

    /// The field's name.
    pub fn name(&self, field: u16) -> &str {
        self.fields.get(usize::from(field)).map_or("", |f| &f.name)
    }

    /// Whether it has too many values to be a category.
    pub fn is_crowded(&self, field: u16) -> bool {
        self.fields.get(usize::from(field)).is_none_or(|f| f.crowded && !f.numeric)
    }

    /// The index of a name.
    pub fn find(&self, name: &str) -> Option<u16> {
        self.index.get(name).copied()
    }

    /// All names, in the order they were met.
    pub fn names(&self) -> impl Iterator<Item = (u16, &str)> {
        self.fields.iter().enumerate().map(|(i, f)| (i as u16, f.name.as_str()))
    }
}

impl Met {
    fn take(&mut self, raw: RawValue, longest: usize) -> Option<RawValue> {
        let RawValue::Text(text) = raw else { return Some(raw) };
        let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        self.numeric &= number.is_some();
        if self.crowded {
            return number.filter(|_| self.numeric).map(RawValue::Number);
        }
        if let Some(known) = self.values.get(&text) {
            return Some(RawValue::Text(known.clone()));
        }
        if text.len() > longest || self.values.len() >= MOST_VALUES {
            self.crowded = true;
            self.values = HashSet::new();
            return number.filter(|_| self.numeric).map(RawValue::Number);
        }
        self.values.insert(text.clone());
        Some(RawValue::Text(text))
    }
}

impl RawValue {
    /// As it is shown, and as a model's name.
    pub fn shown(&self) -> String {
        match self {
            Self::Number(n) => n.to_string(),
            Self::Flag(b) => b.to_string(),
            Self::Text(t) => t.to_string(),
        }
    }
}
