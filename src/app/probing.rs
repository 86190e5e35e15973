//! The review of a probing set: a queue of items, each answered before its key is shown, then accepted, rejected or changed. Pure: keys
//! go in, decisions to be kept come out.

mod keys;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use keys::KEYS;

use super::line::Line;
use crate::probe::check::{Queued, queue};
use crate::probe::{Did, Item, Keyed, Review, Status, Suite, Written, standing, take};

/// Which items are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Those that wait for a decision.
    Waiting,
    /// Those that have one.
    Decided,
    /// All.
    All,
}

impl Shown {
    /// As the header has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::All => "all",
        }
    }
}

/// What lies over the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// The keys.
    Help,
    /// How the design is covered; the first line shown.
    Coverage(usize),
    /// Another subtask is chosen; the cursor.
    Subtask(usize),
    /// A part is chosen to be written anew.
    Part,
    /// A part is written anew.
    Edit(Written, Line),
    /// Items are looked for.
    Search(Line),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Todo {
    /// Keep a decision.
    Keep(Review),
    /// Leave.
    Quit,
}

/// The state of a review.
pub struct Probing {
    /// What the suite is called.
    pub title: String,
    /// The reviewer.
    pub by: String,
    /// The suite as its reviews have it.
    pub suite: Suite,
    /// The items as their file has them.
    before: Vec<Item>,
    /// All items in the order of the queue.
    pub order: Vec<Queued>,
    /// Places in `order` that are listed.
    pub list: Vec<usize>,
    /// Which are listed.
    pub shown: Shown,
    /// What was searched for.
    pub sought: String,
    /// Place in `list`.
    pub cursor: usize,
    /// Whether keys are hidden until the reviewer has answered.
    pub blind: bool,
    answers: BTreeMap<usize, usize>,
    /// Items whose key has been shown.
    seen: HashSet<usize>,
    /// First line shown of the item.
    pub scroll: usize,
    /// What lies over the item.
    pub over: Option<Over>,
    /// Said below.
    pub message: String,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Nothing may be decided.
    pub read_only: bool,
}

impl Probing {
    /// Begins a review; `disputed` as in [`queue`].
    pub fn new(title: &str, by: &str, mut suite: Suite, disputed: &[(String, String)]) -> Self {
        let before = std::mem::take(&mut suite.before);
        let order = queue(&suite, disputed);
        let mut new = Self {
            title: title.to_owned(),
            by: by.to_owned(),
            before,
            order,
            list: Vec::new(),
            shown: Shown::Waiting,
            sought: String::new(),
            cursor: 0,
            blind: true,
            answers: BTreeMap::new(),
            seen: HashSet::new(),
            scroll: 0,
            over: None,
            message: "Answer by the number of an option; ? explains the keys.".into(),
            size: (80, 24),
            read_only: false,
            suite,
        };
        if new.suite.stale > 0 {
            new.message = format!(
                "{} earlier decisions are about items that have changed since, or are gone; they do not count.",
                new.suite.stale
            );
        }
        new.answers = new.answered();
        new.seen = new.answers.keys().copied().collect();
        new.relist();
        if new.list.is_empty() {
            new.shown = Shown::All;
            new.relist();
        }
        new
    }

    /// Items that this reviewer has answered blindly, and what they chose.
    pub fn answers(&self) -> &BTreeMap<usize, usize> {
        &self.answers
    }

    /// The item under the cursor, by its place in the suite.
    pub fn at(&self) -> Option<usize> {
        self.list.get(self.cursor).map(|&q| self.order[q].item)
    }

    /// The item under the cursor.
    pub fn item(&self) -> Option<&Item> {
        self.at().map(|i| &self.suite.all()[i])
    }

    /// Whether the key of an item may be shown.
    pub fn reveals(&self, item: usize) -> bool {
        !self.blind || self.seen.contains(&item)
    }

    /// Items of the same family, in the order of the suite.
    pub fn family(&self, item: usize) -> Vec<usize> {
        let all = self.suite.all();
        (0..all.len()).filter(|&i| all[i].family == all[item].family && i != item).collect()
    }

    /// Accepted or edited, rejected, waiting.
    pub fn counts(&self) -> [usize; 3] {
        let mut out = [0; 3];
        for item in self.suite.all() {
            out[match item.status {
                Status::Accepted | Status::Edited => 0,
                Status::Rejected => 1,
                Status::Draft => 2,
            }] += 1;
        }
        out
    }

    fn items_mut(&mut self) -> &mut Vec<Item> {
        if self.suite.items.is_empty() { &mut self.suite.gold } else { &mut self.suite.items }
    }

    /// Lists anew; the cursor stays on its item where that is still listed, and otherwise on its row.
    fn relist(&mut self) {
        let held = self.at();
        let all = self.suite.all();
        let sought = self.sought.to_lowercase();
        let fits = |item: &Item| {
            let kind = match self.shown {
                Shown::All => true,
                Shown::Waiting => item.status == Status::Draft,
                Shown::Decided => item.status != Status::Draft,
            };
            let has = |text: &str| text.to_lowercase().contains(&sought);
            kind && (sought.is_empty()
                || [item.id.as_str(), &item.subtask, item.role.name()].iter().any(|t| has(t))
                || has(&item.asked())
                || item.options.iter().any(|o| has(o)))
        };
        self.list = (0..self.order.len()).filter(|&q| fits(&all[self.order[q].item])).collect();
        let again = held.and_then(|h| self.list.iter().position(|&q| self.order[q].item == h));
        self.cursor = again.unwrap_or(self.cursor).min(self.list.len().saturating_sub(1));
        if again.is_none() {
            self.scroll = 0;
        }
    }

    /// Keeps a decision about the item under the cursor.
    fn decide(&mut self, did: Did, now_ms: u64) -> Vec<Todo> {
        let Some(at) = self.at() else { return Vec::new() };
        if self.read_only {
            self.message = "This suite is read-only.".into();
            return Vec::new();
        }
        let item = &self.suite.all()[at];
        let review = Review {
            item: item.id.clone(),
            version: item.version(),
            by: self.by.clone(),
            time_ms: now_ms,
            did: did.clone(),
        };
        self.suite.reviews.push(review.clone());
        if did == Did::Undid {
            self.replay(at);
            self.answers = self.answered();
        } else {
            take(&mut self.items_mut()[at], &did);
        }
        if let Did::Answered { option } = &did {
            self.answers.extend(option.only().map(|o| (at, o)));
        }
        vec![Todo::Keep(review)]
    }

    /// The blind answers in the reviews. One about another version of an item does not count.
    fn answered(&self) -> BTreeMap<usize, usize> {
        let by_id: HashMap<&str, usize> = self.before.iter().enumerate().map(|(i, item)| (&*item.id, i)).collect();
        let mut items: HashMap<usize, Item> = HashMap::new();
        let mut out = BTreeMap::new();
        for review in standing(&self.suite.reviews) {
            let Some(&at) = by_id.get(&*review.item) else { continue };
            let item = items.entry(at).or_insert_with(|| self.before[at].clone());
            if item.version() != review.version {
                continue;
            }
            if let (Did::Answered { option }, true) = (&review.did, review.by == self.by) {
                out.extend(option.only().map(|o| (at, o)));
            }
            take(item, &review.did);
        }
        out
    }

    /// Makes an item anew from its file and what still counts of its reviews.
    fn replay(&mut self, at: usize) {
        let Some(mut item) = self.before.get(at).cloned() else { return };
        let id = item.id.clone();
        for review in standing(&self.suite.reviews).into_iter().filter(|r| r.item == id) {
            if review.version == item.version() {
                take(&mut item, &review.did);
            }
        }
        self.items_mut()[at] = item;
    }

    /// Rows of the coverage: a title without a number, or a value with its families, and those accepted.
    pub fn coverage(&self) -> Vec<(String, Option<[usize; 2]>)> {
        let mut of: BTreeMap<(&str, &str), [HashSet<&str>; 2]> = BTreeMap::new();
        let slots = &self.suite.head.slots;
        for (slot, values) in slots {
            values.iter().for_each(|v| {
                of.entry((slot, v)).or_default();
            });
        }
        self.suite.head.subtasks.iter().for_each(|s| {
            of.entry(("subtask", &s.name)).or_default();
        });
        let says = |k: Keyed| match k {
            Keyed::Yes => "yes is right",
            Keyed::No => "no is right",
            Keyed::None => "neither yes nor no",
        };
        for item in self.suite.counted() {
            let accepted = matches!(item.status, Status::Accepted | Status::Edited);
            let own = item.slots.iter().map(|(s, v)| (s.as_str(), v.as_str()));
            let fixed = [("subtask", item.subtask.as_str()), ("role", item.role.name()), ("key", says(item.keyed()))];
            for cell in own.chain(fixed) {
                let sets = of.entry(cell).or_default();
                sets[0].insert(&item.family);
                if accepted {
                    sets[1].insert(&item.family);
                }
            }
        }
        let mut out = Vec::new();
        let mut last = "";
        for ((slot, value), [all, accepted]) in &of {
            if *slot != last {
                out.push(((*slot).to_owned(), None));
                last = slot;
            }
            out.push(((*value).to_owned(), Some([all.len(), accepted.len()])));
        }
        out
    }
}
