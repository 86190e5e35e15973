//! What reviewers decided, one line each in `reviews.jsonl` beside the items. The items' own file is never rewritten: a suite is read
//! together with its reviews, so that nothing is lost, everything can be taken back, and several people can review one suite.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::item::{Item, Status};
use super::key::Key;
use super::read::{ReadError, text_of, why_of};

/// The file with the reviews.
pub const REVIEWS: &str = "reviews.jsonl";

/// A part of an item that a reviewer may write anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Written {
    /// What the agent cares about.
    Value,
    /// What happens.
    Event,
    /// What is asked.
    Question,
    /// The option with this number, from 0.
    Option(usize),
}

/// What a reviewer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "lowercase")]
pub enum Did {
    /// Chose an option before the key was shown.
    Answered {
        /// The option, as a letter.
        option: Key,
    },
    /// Accepted the item.
    Accepted,
    /// Rejected it.
    Rejected,
    /// Called another option right.
    Keyed {
        /// The option, as a letter.
        key: Key,
    },
    /// Moved it to another subtask.
    Moved {
        /// The subtask.
        subtask: String,
    },
    /// Wrote a part anew.
    Edited {
        /// Which part.
        part: Written,
        /// The new text.
        text: String,
    },
    /// Took back the last of their own decisions about this item.
    Undid,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The item's id.
    pub item: String,
    /// Hash of the item as the reviewer saw it, key and all. A decision about another version does not count.
    pub version: String,
    /// The reviewer.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
    /// What they did.
    #[serde(flatten)]
    pub did: Did,
}

/// Reads reviews; a last line that a killed run left open is no review.
///
/// # Errors
/// On broken JSON, with the line.
pub fn read_reviews(path: &Path) -> Result<Vec<Review>, ReadError> {
    if !std::fs::metadata(path).is_ok_and(|m| m.len() > 0) {
        return Ok(Vec::new());
    }
    let text = text_of(path)?;
    let whole = &text[..text.rfind('\n').map_or(0, |at| at + 1)];
    let lines = whole.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let read = |(i, l): (usize, &str)| {
        serde_json::from_str(l).map_err(|e| ReadError::BadLine {
            path: path.to_path_buf(),
            line: i + 1,
            why: why_of(&e),
        })
    };
    lines.map(read).collect()
}

/// Decisions that count, in order: what was taken back is left out.
pub fn standing(log: &[Review]) -> Vec<&Review> {
    let mut out: Vec<Option<&Review>> = Vec::new();
    let mut own: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for r in log {
        let stack = own.entry((&r.item, &r.by)).or_default();
        if r.did == Did::Undid {
            if let Some(at) = stack.pop() {
                out[at] = None;
            }
        } else {
            stack.push(out.len());
            out.push(Some(r));
        }
    }
    out.into_iter().flatten().collect()
}

/// What items become by their reviews; returns how many decisions are about another version of an item, or about none.
pub fn apply(items: &mut [Item], log: &[Review]) -> usize {
    let by_id: HashMap<String, usize> = items.iter().enumerate().map(|(i, item)| (item.id.clone(), i)).collect();
    let mut stale = 0;
    for review in standing(log) {
        match by_id.get(&review.item).map(|&at| &mut items[at]) {
            Some(item) if item.version() == review.version => take(item, &review.did),
            _ => stale += 1,
        }
    }
    stale
}

/// Applies one decision to an item.
pub fn take(item: &mut Item, did: &Did) {
    let edited = item.status == Status::Edited;
    match did {
        Did::Answered { .. } | Did::Undid => {}
        Did::Accepted => item.status = if edited { Status::Edited } else { Status::Accepted },
        Did::Rejected => item.status = Status::Rejected,
        Did::Keyed { key } => {
            item.key = key.clone();
            item.status = Status::Edited;
        }
        Did::Moved { subtask } => {
            item.subtask.clone_from(subtask);
            item.status = Status::Edited;
        }
        Did::Edited { part, text } => {
            let to = match part {
                Written::Value => Some(&mut item.parts.value),
                Written::Event => Some(&mut item.parts.event),
                Written::Question => Some(&mut item.parts.question),
                Written::Option(o) => item.options.get_mut(*o),
            };
            if let Some(to) = to {
                to.clone_from(text);
            }
            item.status = Status::Edited;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str) -> Item {
        let mut item = Item { id: id.into(), key: Key::of(0), ..Item::default() };
        item.options = vec!["Yes".into(), "No".into()];
        item.parts.question = format!("Does {id} fly?");
        item
    }

    fn review(item: &Item, by: &str, did: Did) -> Review {
        Review { item: item.id.clone(), version: item.version(), by: by.into(), time_ms: 0, did }
    }

    #[test]
    fn decisions_count_until_they_are_taken_back_or_the_item_changes() {
        let fresh = || [item("a"), item("b")];
        let [a, b] = fresh();
        let mut log = vec![review(&a, "me", Did::Accepted), review(&b, "me", Did::Keyed { key: Key::of(1) })];
        let mut items = fresh();
        assert_eq!(apply(&mut items, &log), 0);
        assert_eq!((items[0].status, items[1].status, items[1].right()), (Status::Accepted, Status::Edited, Some(1)));
        // The next decision is about the item as it now is.
        log.push(review(&items[1], "me", Did::Rejected));
        log.push(review(&a, "you", Did::Undid));
        let mut items = fresh();
        apply(&mut items, &log);
        assert_eq!((items[0].status, items[1].status), (Status::Accepted, Status::Rejected), "nobody undoes another's");
        log.push(review(&b, "me", Did::Undid));
        log.push(review(&b, "me", Did::Undid));
        let mut items = fresh();
        apply(&mut items, &log);
        assert_eq!((items[1].status, items[1].right()), (Status::Draft, Some(0)));
        let mut items = fresh();
        items[0].key = Key::of(1);
        assert_eq!(apply(&mut items, &log), 1, "an accepted item with another key is not accepted");
        assert_eq!(items[0].status, Status::Draft);
    }

    #[test]
    fn a_line_says_who_did_what_and_comes_back() {
        let a = item("a");
        for did in [
            Did::Answered { option: Key::of(1) },
            Did::Moved { subtask: "temporal".into() },
            Did::Edited { part: Written::Option(1), text: "Never".into() },
            Did::Undid,
        ] {
            let r = review(&a, "me", did);
            let line = serde_json::to_string(&r).unwrap();
            assert!(line.starts_with("{\"item\":\"a\",\"version\":"), "{line}");
            assert_eq!(serde_json::from_str::<Review>(&line).unwrap(), r);
        }
    }
}
