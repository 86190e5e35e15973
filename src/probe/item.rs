//! One question of a probing set, and what is known of where it came from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key::Key;
use super::wording::{Says, says};

/// Hex digits of an item's hash.
const HASH: usize = 16;

/// What an item is in its family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The item that the others are variants of.
    #[default]
    Base,
    /// The same in other words; the same option is right.
    Paraphrase,
    /// One clause changed, so that another option is right.
    Flip,
    /// An event that has nothing to do with the value.
    Irrelevant,
    /// The same, but it happens to another agent.
    OtherAgent,
    /// The value negated.
    Negated,
    /// The event turned round by other means.
    Reversed,
}

impl Role {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Base, Self::Paraphrase, Self::Flip, Self::Irrelevant, Self::OtherAgent, Self::Negated, Self::Reversed];

    /// As it is written in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Paraphrase => "paraphrase",
            Self::Flip => "flip",
            Self::Irrelevant => "irrelevant",
            Self::OtherAgent => "other-agent",
            Self::Negated => "negated",
            Self::Reversed => "reversed",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }
}

/// What the right option says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keyed {
    /// The right option says yes, another one no.
    Yes,
    /// The right option says no, another one yes.
    No,
    /// The options do not answer with yes or no.
    None,
}

/// The parts of what is asked; those that are empty are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parts {
    /// What the agent cares about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What happens.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// What is asked about it.
    pub question: String,
}

impl Parts {
    /// The parts that are not empty, in order.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.value, &self.event, &self.question].into_iter().map(|p| p.trim()).filter(|p| !p.is_empty())
    }
}

/// Where an item came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The model that wrote it, or a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Hash of the prompt that it was written from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_hash: Option<String>,
    /// Gold items that the writer was shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<String>,
    /// Temperature of the writer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Date, as the writer gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// What became of an item in review.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody has looked at it.
    #[default]
    Draft,
    /// A person accepted it.
    Accepted,
    /// A person rejected it; it is neither checked nor scored.
    Rejected,
    /// A person changed and accepted it.
    Edited,
}

/// File and line of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<PathBuf>,
    /// The line, or the record of a JSON array, counted from 1.
    pub line: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self { file: Arc::new(PathBuf::new()), line: 0 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}", self.file.display(), self.line)
    }
}

/// One question with its options and its key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Unique in the suite.
    #[serde(default)]
    pub id: String,
    /// Items that are variants of one another; the unit of every test.
    #[serde(default)]
    pub family: String,
    /// What it is in its family.
    #[serde(default)]
    pub role: Role,
    /// The subtask that it measures.
    #[serde(default)]
    pub subtask: String,
    /// What is asked.
    pub parts: Parts,
    /// The options, in the order shown.
    pub options: Vec<String>,
    /// Which option is right.
    #[serde(default)]
    pub key: Key,
    /// What the right option says, where a person set it; read from the options otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyed: Option<Keyed>,
    /// Values of the design's slots.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, String>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// What judges said of it, as they wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Value>,
    /// What became of it in review.
    #[serde(default)]
    pub status: Status,
    /// Fields that gander does not use, kept as they are.
    #[serde(flatten)]
    pub more: Map<String, Value>,
    /// Where it was read.
    #[serde(skip)]
    pub place: Place,
}

impl Item {
    /// What a model is asked, without the options.
    pub fn asked(&self) -> String {
        self.parts.all().collect::<Vec<_>>().join("\n\n")
    }

    /// The right option, when there is exactly one and it exists.
    pub fn right(&self) -> Option<usize> {
        self.key.only().filter(|&k| k < self.options.len())
    }

    /// What the right option says.
    pub fn keyed(&self) -> Keyed {
        if let Some(k) = self.keyed {
            return k;
        }
        match self.right().and_then(|k| says(&self.options).map(|s| s[k])) {
            Some(Says::Yes) => Keyed::Yes,
            Some(Says::No) => Keyed::No,
            _ => Keyed::None,
        }
    }

    /// Hash of what a model is shown: parts and options, not the key. Answers carry it, so that those to an older version of
    /// the item are known.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in self.parts.all().chain(self.options.iter().map(String::as_str)) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex()[..HASH].to_owned()
    }

    /// Hash of what a reviewer judges: what is shown, the key and the subtask.
    pub fn version(&self) -> String {
        let key = serde_json::to_string(&self.key).unwrap_or_default();
        let all = format!("{}\u{0}{key}\u{0}{}", self.hash(), self.subtask);
        blake3::hash(all.as_bytes()).to_hex()[..HASH].to_owned()
    }

    /// Whether it takes part in checks and scores.
    pub fn counts(&self) -> bool {
        self.status != Status::Rejected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_what_is_shown() {
        let mut item = Item { options: vec!["Yes".into(), "No".into()], key: Key::of(0), ..Item::default() };
        item.parts.question = "Do geese fly?".into();
        let before = item.hash();
        item.key = Key::of(1);
        assert_eq!(item.hash(), before);
        item.options.reverse();
        assert_ne!(item.hash(), before);
    }

    #[test]
    fn what_the_right_option_says() {
        let item = |options: [&str; 2], key| Item {
            options: options.map(str::to_owned).to_vec(),
            key: Key::of(key),
            ..Item::default()
        };
        assert_eq!(item(["Yes, I would.", "No"], 0).keyed(), Keyed::Yes);
        assert_eq!(item(["Yes, I would.", "No"], 1).keyed(), Keyed::No);
        assert_eq!(item(["I consent", "I do not consent"], 0).keyed(), Keyed::Yes);
        assert_eq!(item(["A million today", "A billion later"], 0).keyed(), Keyed::None);
        assert_eq!(item(["Yes", "No"], 2).keyed(), Keyed::None);
    }

    #[test]
    fn unknown_fields_are_kept() {
        let line = r#"{"id":"a","parts":{"question":"q"},"options":["x","y"],"key":"B","note":{"by":"me"}}"#;
        let item: Item = serde_json::from_str(line).unwrap();
        assert_eq!(item.right(), Some(1));
        let again: Item = serde_json::from_str(&serde_json::to_string(&item).unwrap()).unwrap();
        assert_eq!(again, item);
        assert_eq!(again.more["note"]["by"], "me");
    }
}
