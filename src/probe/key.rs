//! Which option is right, as letters.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The options called right, counted from 0: one in a sound item; none or several are kept, so that they can be reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key(Vec<usize>);

impl Key {
    /// One option.
    pub fn of(option: usize) -> Self {
        Self(vec![option])
    }

    /// Any number of options.
    pub fn all(mut options: Vec<usize>) -> Self {
        options.sort_unstable();
        options.dedup();
        Self(options)
    }

    /// The one option, when there is exactly one.
    pub fn only(&self) -> Option<usize> {
        match self.0.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// How many options are called right.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// From what a file says: a letter, several letters, or nothing.
    pub fn read(value: &Value) -> Self {
        match value {
            Value::String(s) => Self::all(letters_in(s)),
            Value::Array(list) => Self::all(list.iter().flat_map(|v| Self::read(v).0).collect()),
            _ => Self::default(),
        }
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.only() {
            Some(k) => to.serialize_str(&letter(k)),
            None => to.collect_seq(self.0.iter().map(|&k| letter(k))),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(|v| Self::read(&v))
    }
}

/// The letter of an option; after Z by its number.
pub fn letter(option: usize) -> String {
    match u8::try_from(option) {
        Ok(n) if n < 26 => char::from(b'A' + n).to_string(),
        _ => (option + 1).to_string(),
    }
}

/// The option of a letter.
pub fn option_of(letter: char) -> Option<usize> {
    letter.is_ascii_alphabetic().then(|| usize::from(letter.to_ascii_uppercase() as u8 - b'A'))
}

/// The options named in a key such as ` (A)`, `B` or `A, C`: letters that are a word of their own.
fn letters_in(text: &str) -> Vec<usize> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words
        .filter_map(|w| match w.parse::<usize>() {
            Ok(n) => n.checked_sub(1),
            Err(_) if w.chars().count() == 1 => w.chars().next().and_then(option_of),
            Err(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_as_files_write_them() {
        assert_eq!(Key::read(&json!(" (B)")).only(), Some(1));
        assert_eq!(Key::read(&json!("a")).only(), Some(0));
        assert_eq!(Key::read(&json!("A and C")).count(), 2);
        assert_eq!(Key::read(&json!(["A", "B"])).count(), 2);
        assert_eq!(Key::read(&json!("")).count(), 0);
        assert_eq!(serde_json::to_value(Key::of(2)).unwrap(), json!("C"));
        assert_eq!(serde_json::to_value(Key::all(vec![1, 0])).unwrap(), json!(["A", "B"]));
        assert_eq!(letter(30), "31");
    }
}
