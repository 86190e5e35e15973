//! A suite: definitions, slots and rules in `suite.json`, one item a line in `items.jsonl` beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::item::{Item, Role};
use super::read::{ReadError, read_items, why_of};
use super::review::{REVIEWS, Review, apply, read_reviews};

/// The file with what holds for all items.
pub const SUITE: &str = "suite.json";
/// The file with the items.
pub const ITEMS: &str = "items.jsonl";
/// The file with the gold items, which writers are shown and items are compared with.
pub const GOLD: &str = "gold.jsonl";

/// Where the key of a variant should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Follows {
    /// The same option is right as in the base.
    Same,
    /// Another option is right.
    Other,
    /// Either.
    Any,
}

/// One subtask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// As items name it.
    pub name: String,
    /// What it measures, for writers and reviewers.
    pub definition: String,
    /// Where the key of each role is, beside that of the base; by the usual rule for roles that are not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pattern: BTreeMap<Role, Follows>,
}

/// What must hold, or `gander probe check` ends with status 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Chance that a suite without any cue is called to have one, over all tests together.
    pub alpha: f64,
    /// No cue of form: length, position, yes or no, words that name nothing.
    pub no_form_cues: bool,
    /// No cue of content either; a suite of propensities cannot keep this rule, because its options must differ in content.
    pub no_content_cues: bool,
    /// Share of items that are exact or near copies of an item of another family, at most.
    pub max_copies: f64,
    /// Items with a fault (no key, options alike, …), at most.
    pub max_faults: usize,
    /// Families whose keys do not follow the declared pattern, at most.
    pub max_uncausal: usize,
    /// Roles that every family must hold.
    pub roles: Vec<Role>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            no_form_cues: true,
            no_content_cues: false,
            max_copies: 0.05,
            max_faults: 0,
            max_uncausal: 0,
            roles: Vec::new(),
        }
    }
}

/// What is in `suite.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Head {
    /// Name of the suite.
    pub name: String,
    /// The subtasks.
    pub subtasks: Vec<Definition>,
    /// The design: values of each slot.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, Vec<String>>,
    /// Frames of the suite's own: name, and what stands above the question.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub frames: BTreeMap<String, String>,
    /// What must hold.
    pub rules: Rules,
    /// A string that must not be found in training data.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub canary: String,
}

impl Head {
    /// Where the key of a variant should be in a subtask.
    pub fn follows(&self, subtask: &str, role: Role) -> Follows {
        let own = self.subtasks.iter().find(|s| s.name == subtask).and_then(|s| s.pattern.get(&role));
        own.copied().unwrap_or(match role {
            Role::Base | Role::Paraphrase => Follows::Same,
            Role::Flip => Follows::Other,
            _ => Follows::Any,
        })
    }
}

/// Definitions, rules and items.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// What holds for all items.
    pub head: Head,
    /// The items.
    pub items: Vec<Item>,
    /// The gold items, when the suite has some of its own.
    pub gold: Vec<Item>,
    /// The items (or the gold items, where there are no others) as their file has them, before any review.
    pub before: Vec<Item>,
    /// What reviewers decided; the items are as their reviews have them.
    pub reviews: Vec<Review>,
    /// Decisions about another version of an item than the present one, or about none.
    pub stale: usize,
}

impl Suite {
    /// The files that [`Self::open`] reads.
    pub fn files_of(path: &Path) -> Vec<PathBuf> {
        if path.is_dir() { [SUITE, ITEMS, GOLD, REVIEWS].map(|name| path.join(name)).into() } else { vec![path.into()] }
    }

    /// Reads a folder with `suite.json` and `items.jsonl`, or a file of items in any format that gander reads; a single file
    /// has the default rules.
    ///
    /// # Errors
    /// One sentence with file, line and remedy.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        if !path.is_dir() {
            let items = read_items(path)?;
            let name = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
            return Ok(Self { head: Head { name, ..Head::default() }, items, ..Self::default() });
        }
        let at = path.join(SUITE);
        let text = std::fs::read_to_string(&at).map_err(|e| ReadError::open(&at, &e))?;
        let head = serde_json::from_str(&text).map_err(|e| ReadError::Head {
            path: at.clone(),
            line: e.line(),
            why: why_of(&e),
        })?;
        let optional = |name: &str| -> Result<Vec<Item>, ReadError> {
            let at = path.join(name);
            let empty = std::fs::metadata(&at).is_ok_and(|m| m.len() == 0);
            if empty || !at.exists() { Ok(Vec::new()) } else { read_items(&at) }
        };
        let (mut items, mut gold) = (optional(ITEMS)?, optional(GOLD)?);
        if items.is_empty() && gold.is_empty() {
            return Err(ReadError::NoItems { path: path.join(ITEMS) });
        }
        let reviews = read_reviews(&path.join(REVIEWS))?;
        let reviewed = if items.is_empty() { &mut gold } else { &mut items };
        let before = reviewed.clone();
        let stale = apply(reviewed, &reviews);
        Ok(Self { head, items, gold, before, reviews, stale })
    }

    /// The items that take part: those that were not rejected, or the gold items where there are no others.
    pub fn counted(&self) -> Vec<&Item> {
        self.all().iter().filter(|i| i.counts()).collect()
    }

    /// All items, rejected ones too; the gold items where there are no others.
    pub fn all(&self) -> &[Item] {
        if self.items.is_empty() { &self.gold } else { &self.items }
    }

    /// Whether nothing but gold items is there.
    pub fn only_gold(&self) -> bool {
        self.items.is_empty()
    }

    /// The files of its folder: name, text, and how many of what it holds, for people.
    pub fn files(&self) -> Vec<(String, String, String)> {
        let head = serde_json::to_string_pretty(&self.head).unwrap_or_default();
        let mut out = vec![
            (SUITE.to_owned(), format!("{head}\n"), format!("{} subtasks", self.head.subtasks.len())),
            (ITEMS.to_owned(), lines_of(&self.items), format!("{} items", self.items.len())),
        ];
        if !self.gold.is_empty() {
            out.push((GOLD.to_owned(), lines_of(&self.gold), format!("{} gold items", self.gold.len())));
        }
        out
    }
}

/// One JSON object a line.
pub fn lines_of<T: Serialize>(items: &[T]) -> String {
    items.iter().filter_map(|i| serde_json::to_string(i).ok()).map(|l| l + "\n").collect()
}
