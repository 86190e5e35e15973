//! What the keys of a review do.

use super::{Over, Probing, Shown, Todo};
use crate::app::key::{Key, KeyCode};
use crate::app::line::Line;
use crate::probe::{Did, Key as Right, Status, Written, letter};

/// The keys, for the help.
pub const KEYS: [(&str, &str); 18] = [
    ("1 2 3 …", "answer with this option; the key is shown then"),
    ("Space", "show the key without an answer"),
    ("a", "accept the item and go to the next"),
    ("x", "reject it and go to the next; rejected items are neither checked nor scored"),
    ("f", "call the next option right"),
    ("s", "move it to another subtask"),
    ("e", "write a part or an option anew"),
    ("u", "take back your last decision about this item"),
    ("j k ↓ ↑", "next and previous item"),
    ("PgDn PgUp", "a page further or back"),
    ("g G", "first and last item"),
    ("J K", "scroll the item"),
    ("/", "list the items that hold some words; an empty search lists all"),
    ("Tab", "list what waits, what is decided, or all"),
    ("b", "hide keys until you have answered, or show them at once"),
    ("c", "how the design is covered"),
    ("?", "these keys"),
    ("q", "leave; every decision is kept already"),
];

impl Probing {
    /// Handles a key.
    pub fn press(&mut self, key: Key, now_ms: u64) -> Vec<Todo> {
        self.message.clear();
        if key == Key::ctrl('c') {
            return vec![Todo::Quit];
        }
        match self.over.take() {
            Some(over) => self.press_over(over, key, now_ms),
            None => self.press_item(key, now_ms),
        }
    }

    /// Takes pasted text into the line that is being typed.
    pub fn paste(&mut self, text: &str) {
        if let Some(Over::Edit(_, line) | Over::Search(line)) = &mut self.over {
            line.insert(text);
        }
    }

    fn press_item(&mut self, key: Key, now_ms: u64) -> Vec<Todo> {
        match key.code {
            KeyCode::Char('q') => return vec![Todo::Quit],
            KeyCode::Char('j') | KeyCode::Down | KeyCode::Enter => self.go(1),
            KeyCode::Char('k') | KeyCode::Up => self.go(-1),
            KeyCode::PageDown => self.go(self.page()),
            KeyCode::PageUp => self.go(-self.page()),
            KeyCode::Char('g') | KeyCode::Home => self.go(isize::MIN / 2),
            KeyCode::Char('G') | KeyCode::End => self.go(isize::MAX / 2),
            KeyCode::Char('J') => self.scroll = self.scroll.saturating_add(1).min(200),
            KeyCode::Char('K') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::Char('?') => self.over = Some(Over::Help),
            KeyCode::Char('c') => self.over = Some(Over::Coverage(0)),
            KeyCode::Char('/') => self.over = Some(Over::Search(Line::new(&self.sought))),
            KeyCode::Char('b') => {
                self.blind = !self.blind;
                self.message =
                    if self.blind { "Keys are hidden until you have answered." } else { "Keys are shown at once." }
                        .into();
            }
            KeyCode::Tab => {
                self.shown = match self.shown {
                    Shown::Waiting => Shown::Decided,
                    Shown::Decided => Shown::All,
                    Shown::All => Shown::Waiting,
                };
                self.relist();
            }
            _ => return self.press_decision(key, now_ms),
        }
        Vec::new()
    }

    /// Rows of the list.
    fn page(&self) -> isize {
        isize::from(self.size.1 as i16 - 4).max(1)
    }

    fn go(&mut self, by: isize) {
        let last = self.list.len().saturating_sub(1) as isize;
        let to = (self.cursor as isize).saturating_add(by).clamp(0, last.max(0)) as usize;
        if to != self.cursor {
            self.cursor = to;
            self.scroll = 0;
        }
    }

    fn press_decision(&mut self, key: Key, now_ms: u64) -> Vec<Todo> {
        let Some(at) = self.at() else { return Vec::new() };
        let options = self.suite.all()[at].options.len();
        if let KeyCode::Char(c @ '1'..='9') = key.code {
            return self.answer(at, c as usize - '1' as usize, now_ms);
        }
        if key.code == KeyCode::Char(' ') {
            self.seen.insert(at);
            return Vec::new();
        }
        if key.code == KeyCode::Char('u') {
            return self.undo(at, now_ms);
        }
        if !matches!(key.code, KeyCode::Char('a' | 'x' | 'f' | 's' | 'e')) {
            self.message = "This key does nothing here; ? explains the keys.".into();
            return Vec::new();
        }
        if !self.reveals(at) {
            self.message = format!("Answer first, by 1 to {options}; Space shows the key without an answer.");
            return Vec::new();
        }
        match key.code {
            KeyCode::Char('a') => self.settle(Did::Accepted, now_ms),
            KeyCode::Char('x') => self.settle(Did::Rejected, now_ms),
            KeyCode::Char('f') if options > 0 => {
                let next = self.suite.all()[at].right().map_or(0, |k| (k + 1) % options);
                self.message = format!("{} is right now. u takes it back.", letter(next));
                self.decide(Did::Keyed { key: Right::of(next) }, now_ms)
            }
            KeyCode::Char('s') if self.suite.head.subtasks.is_empty() => {
                self.message = "This suite names no subtasks; add them to suite.json.".into();
                Vec::new()
            }
            KeyCode::Char('s') => {
                let own = &self.suite.all()[at].subtask;
                let cursor = self.suite.head.subtasks.iter().position(|s| s.name == *own).unwrap_or(0);
                self.over = Some(Over::Subtask(cursor));
                Vec::new()
            }
            KeyCode::Char('e') => {
                self.over = Some(Over::Part);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn answer(&mut self, at: usize, option: usize, now_ms: u64) -> Vec<Todo> {
        let item = &self.suite.all()[at];
        if option >= item.options.len() {
            self.message = format!("There is no option {}.", option + 1);
            return Vec::new();
        }
        if self.reveals(at) {
            self.message = "The key is shown already: an answer would not be blind.".into();
            return Vec::new();
        }
        self.message = match item.right() {
            Some(k) if k == option => "You chose the key. a accepts, x rejects.".into(),
            Some(k) => format!("The key is {}. a accepts, x rejects, f calls another option right.", letter(k)),
            None => "There is not exactly one key. f calls an option right.".into(),
        };
        let kept = self.decide(Did::Answered { option: Right::of(option) }, now_ms);
        self.seen.insert(at);
        kept
    }

    /// Accepts or rejects, and goes to the next.
    fn settle(&mut self, did: Did, now_ms: u64) -> Vec<Todo> {
        let rejected = did == Did::Rejected;
        let Some(id) = self.item().map(|i| i.id.clone()) else { return Vec::new() };
        let kept = self.decide(did, now_ms);
        if kept.is_empty() {
            return kept;
        }
        self.message = format!("{} {id}.", if rejected { "Rejected" } else { "Accepted" });
        // In a list of what waits the next item moves up by itself.
        let before = self.cursor;
        let held = self.at();
        self.relist();
        if self.at() == held {
            self.go(1);
        } else {
            self.cursor = before.min(self.list.len().saturating_sub(1));
            self.scroll = 0;
        }
        if self.list.is_empty() {
            self.message.push_str(" Nothing else waits.");
        }
        kept
    }

    fn undo(&mut self, at: usize, now_ms: u64) -> Vec<Todo> {
        let item = &self.suite.all()[at];
        let mine = crate::probe::standing(&self.suite.reviews);
        let Some(last) = mine.iter().rfind(|r| r.item == item.id && r.by == self.by) else {
            self.message = "You have decided nothing about this item.".into();
            return Vec::new();
        };
        let was_answer = matches!(last.did, Did::Answered { .. });
        self.message =
            if was_answer { "Your answer is taken back." } else { "Your last decision is taken back." }.into();
        let kept = self.decide(Did::Undid, now_ms);
        self.relist();
        kept
    }

    fn press_over(&mut self, over: Over, key: Key, now_ms: u64) -> Vec<Todo> {
        if key.code == KeyCode::Esc {
            return Vec::new();
        }
        match over {
            Over::Help => {}
            Over::Coverage(top) => self.press_coverage(top, key),
            Over::Part => self.press_part(key),
            Over::Search(mut line) => {
                if key.code == KeyCode::Enter {
                    self.sought = line.text().trim().to_owned();
                    self.shown = Shown::All;
                    self.relist();
                    self.message = format!("{} items", self.list.len());
                } else {
                    line.edit(key);
                    self.over = Some(Over::Search(line));
                }
            }
            Over::Edit(part, mut line) => {
                if key.code != KeyCode::Enter {
                    line.edit(key);
                    self.over = Some(Over::Edit(part, line));
                } else if line.text().trim().is_empty() && !matches!(part, Written::Value | Written::Event) {
                    self.message = "This part cannot be empty.".into();
                    self.over = Some(Over::Edit(part, line));
                } else {
                    self.message = "Written. a accepts the item as it is now, u takes the change back.".into();
                    return self.decide(Did::Edited { part, text: line.text().trim().to_owned() }, now_ms);
                }
            }
            Over::Subtask(cursor) => return self.press_subtask(cursor, key, now_ms),
        }
        Vec::new()
    }

    fn press_coverage(&mut self, top: usize, key: Key) {
        let last = self.coverage().len().saturating_sub(1);
        self.over = match key.code {
            KeyCode::Down | KeyCode::Char('j') => Some(Over::Coverage((top + 1).min(last))),
            KeyCode::Up | KeyCode::Char('k') => Some(Over::Coverage(top.saturating_sub(1))),
            KeyCode::PageDown => Some(Over::Coverage((top + 10).min(last))),
            KeyCode::PageUp => Some(Over::Coverage(top.saturating_sub(10))),
            _ => None,
        };
    }

    fn press_part(&mut self, key: Key) {
        let Some(item) = self.item() else { return };
        let part = match key.code {
            KeyCode::Char('v') => Written::Value,
            KeyCode::Char('e') => Written::Event,
            KeyCode::Char('q') => Written::Question,
            KeyCode::Char(c @ '1'..='9') if (c as usize - '1' as usize) < item.options.len() => {
                Written::Option(c as usize - '1' as usize)
            }
            _ => return,
        };
        let text = match part {
            Written::Value => &item.parts.value,
            Written::Event => &item.parts.event,
            Written::Question => &item.parts.question,
            Written::Option(o) => &item.options[o],
        };
        self.over = Some(Over::Edit(part, Line::unselected(&text.replace('\n', " "))));
    }

    fn press_subtask(&mut self, cursor: usize, key: Key, now_ms: u64) -> Vec<Todo> {
        let subtasks = &self.suite.head.subtasks;
        let last = subtasks.len().saturating_sub(1);
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.over = Some(Over::Subtask((cursor + 1).min(last))),
            KeyCode::Up | KeyCode::Char('k') => self.over = Some(Over::Subtask(cursor.saturating_sub(1))),
            KeyCode::Enter => {
                let subtask = subtasks[cursor].name.clone();
                if self.item().is_some_and(|i| i.subtask == subtask) {
                    return Vec::new();
                }
                self.message = format!("Moved to {subtask}. a accepts the item there, u takes it back.");
                return self.decide(Did::Moved { subtask }, now_ms);
            }
            _ => self.over = Some(Over::Subtask(cursor)),
        }
        Vec::new()
    }

    /// Whether the item under the cursor has a decision.
    pub fn decided(&self) -> bool {
        self.item().is_some_and(|i| i.status != Status::Draft)
    }
}
