//! What is wrong with single items: counted, said in one sentence with file and line, and never dropped in silence.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;

use super::item::{Item, Place, Role};
use super::key::letter;
use crate::compare::language;

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// No option is called right.
    NoKey,
    /// Several options are called right.
    TwoKeys,
    /// The key names an option that is not there.
    KeyOutside,
    /// Fewer than two options.
    FewOptions,
    /// An option without text.
    EmptyOption,
    /// Two options are the same but for case, spaces and signs.
    OptionsAlike,
    /// Nothing is asked.
    NoQuestion,
    /// A placeholder of a template was left in.
    Placeholder,
    /// The writer speaks of the task instead of doing it.
    MetaText,
    /// Two items have the same id.
    SameId,
    /// A family has no base.
    NoBase,
    /// A family has two bases.
    TwoBases,
    /// The same question with the same options has another key elsewhere.
    Contradicts,
    /// It is written in another language than most of the suite.
    OtherLanguage,
}

impl Fault {
    /// In a few words, for a list with counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoKey => "no key",
            Self::TwoKeys => "more than one key",
            Self::KeyOutside => "a key that is not among the options",
            Self::FewOptions => "fewer than two options",
            Self::EmptyOption => "an empty option",
            Self::OptionsAlike => "two options alike",
            Self::NoQuestion => "no question",
            Self::Placeholder => "a placeholder left in",
            Self::MetaText => "text about the task",
            Self::SameId => "an id used twice",
            Self::NoBase => "a family without a base",
            Self::TwoBases => "a family with two bases",
            Self::Contradicts => "another key for the same question",
            Self::OtherLanguage => "another language",
        }
    }

    /// Whether the item cannot be asked or scored because of it.
    pub fn is_fatal(self) -> bool {
        matches!(
            self,
            Self::NoKey
                | Self::TwoKeys
                | Self::KeyOutside
                | Self::FewOptions
                | Self::EmptyOption
                | Self::OptionsAlike
                | Self::NoQuestion
        )
    }
}

/// One fault of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub fault: Fault,
    /// The item's id.
    pub item: String,
    /// Where it was read.
    pub place: Place,
    /// What is wrong and what to do about it, without file and line.
    pub why: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (item {}): {}", self.place, self.item, self.why)
    }
}

/// Left by templates.
const PLACEHOLDERS: [&str; 12] = [
    "[insert",
    "<insert",
    "{{",
    "}}",
    "[name]",
    "[event]",
    "[value]",
    "[mask]",
    "<event>",
    "<value>",
    "lorem ipsum",
    "todo:",
];
/// Said by writers about their task.
const META: [&str; 10] = [
    "as an ai language model",
    "here is a question",
    "here's a question",
    "here is a proposed",
    "here's a proposed",
    "this question tests",
    "multiple choice question:",
    "the correct answer is",
    "correct option:",
    "answer key",
];

/// A text without case, signs and spaces at the ends of words, for comparing.
pub fn plain(text: &str) -> String {
    super::wording::words(text).join(" ")
}

/// Faults of one item, by itself.
pub fn faults_of(item: &Item) -> Vec<Problem> {
    let mut out = Vec::new();
    let mut add = |fault, why: String| {
        out.push(Problem { fault, item: item.id.clone(), place: item.place.clone(), why });
    };
    if item.options.len() < 2 {
        let n = item.options.len();
        add(
            Fault::FewOptions,
            format!("there must be two options or more, and there {} {n}", if n == 1 { "is" } else { "are" }),
        );
    }
    match (item.key.count(), item.right()) {
        (0, _) => add(Fault::NoKey, "no option is called right; give the letter of one as its key".into()),
        (1, None) if item.options.len() > 1 => {
            let last = letter(item.options.len() - 1);
            add(
                Fault::KeyOutside,
                format!("the key names an option that is not there; the options go from A to {last}"),
            );
        }
        (1, _) => {}
        (n, _) => add(Fault::TwoKeys, format!("{n} options are marked correct; keep one")),
    }
    if let Some(empty) = item.options.iter().position(|o| o.trim().is_empty()) {
        add(Fault::EmptyOption, format!("option {} has no text; write it, or take it out", letter(empty)));
    }
    if let Some((a, b)) = alike(&item.options) {
        let (a, b) = (letter(a), letter(b));
        add(
            Fault::OptionsAlike,
            format!("options {a} and {b} are the same; change one, or nobody can choose between them"),
        );
    }
    if item.parts.question.trim().is_empty() {
        add(Fault::NoQuestion, "nothing is asked; fill the part “question”".into());
    }
    let all =
        item.parts.all().chain(item.options.iter().map(String::as_str)).collect::<Vec<_>>().join("\n").to_lowercase();
    if let Some(p) = PLACEHOLDERS.iter().find(|p| all.contains(**p)) {
        add(Fault::Placeholder, format!("“{p}” was left in from a template; fill it in"));
    }
    if let Some(m) = META.iter().find(|m| all.contains(**m)) {
        add(Fault::MetaText, format!("“{m}” speaks of the task; take it out"));
    }
    out
}

/// The first two options that are the same.
fn alike(options: &[String]) -> Option<(usize, usize)> {
    // Options of signs alone, such as “+” and “-”, have no words to compare.
    let plain = |o: &String| Some(plain(o)).filter(|p| !p.is_empty()).unwrap_or_else(|| o.trim().to_owned());
    let plain: Vec<String> = options.iter().map(plain).collect();
    (0..plain.len()).find_map(|a| (a + 1..plain.len()).find(|&b| plain[a] == plain[b]).map(|b| (a, b)))
}

/// Faults of all items, alone and together, in the order of the items.
pub fn faults(items: &[&Item]) -> Vec<Problem> {
    let mut out: Vec<(usize, Problem)> =
        items.iter().enumerate().flat_map(|(i, item)| faults_of(item).into_iter().map(move |p| (i, p))).collect();
    let mut add = |at: usize, fault, why: String| {
        let item = items[at];
        out.push((at, Problem { fault, item: item.id.clone(), place: item.place.clone(), why }));
    };
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut asked: BTreeMap<(String, BTreeSet<String>), usize> = BTreeMap::new();
    for (i, item) in items.iter().enumerate() {
        if let Some(&first) = seen.get(item.id.as_str()) {
            add(i, Fault::SameId, format!("the id is also that of {}; give each item its own", items[first].place));
        } else {
            seen.insert(&item.id, i);
        }
        let Some(right) = item.right() else { continue };
        let options = item.options.iter().map(|o| plain(o)).collect();
        match asked.get(&(plain(&item.asked()), options)) {
            Some(&first) => {
                let other = items[first];
                let same = other.right().is_some_and(|k| plain(&other.options[k]) == plain(&item.options[right]));
                if !same {
                    let place = &other.place;
                    add(
                        i,
                        Fault::Contradicts,
                        format!("the same question with the same options has another key in {place}"),
                    );
                }
            }
            None => {
                let options = item.options.iter().map(|o| plain(o)).collect();
                asked.insert((plain(&item.asked()), options), i);
            }
        }
    }
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    items.iter().enumerate().for_each(|(i, item)| families.entry(&item.family).or_default().push(i));
    for (family, members) in &families {
        let bases: Vec<usize> = members.iter().copied().filter(|&i| items[i].role == Role::Base).collect();
        match bases.as_slice() {
            [] => add(
                members[0],
                Fault::NoBase,
                format!("the family “{family}” has no item with the role base; name one"),
            ),
            [_] => {}
            [_, second, ..] => {
                add(
                    *second,
                    Fault::TwoBases,
                    format!("the family “{family}” has {} items with the role base; leave one", bases.len()),
                );
            }
        }
    }
    for (i, other, most) in in_other_languages(items) {
        let why = format!(
            "it seems to be in {other}, but the suite is in {most}; translate it, or move it to a suite of its own"
        );
        add(i, Fault::OtherLanguage, why);
    }
    out.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.fault.cmp(&b.1.fault)));
    out.into_iter().map(|(_, p)| p).collect()
}

/// Items by which the language of a suite is told: trigrams of 10,000 would take the explorer a second to open.
const TELLING: usize = 400;

/// Items in another language than nine in ten of the suite, by their place, with both languages. Trigrams alone take one short
/// English question in a thousand for French or Welsh; such a question has most of its words in common with the others.
fn in_other_languages(items: &[&Item]) -> Vec<(usize, &'static str, &'static str)> {
    let telling: Vec<(&Item, &'static str)> = items
        .par_iter()
        .step_by(items.len().div_ceil(TELLING).max(1))
        .filter_map(|item| Some((*item, language(&item.asked())?)))
        .collect();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    telling.iter().for_each(|(_, l)| *counts.entry(l).or_default() += 1);
    // A suite in several languages has none that most items are in.
    let Some((&most, _)) = counts.iter().find(|(_, n)| **n * 10 >= telling.len() * 9) else { return Vec::new() };
    let words = |item: &Item| super::wording::words(&item.asked());
    let usual: HashSet<String> = telling.iter().filter(|t| t.1 == most).flat_map(|t| words(t.0)).collect();
    let is_strange = |item: &Item| {
        let own = words(item);
        own.iter().filter(|w| usual.contains(*w)).count() * 4 < own.len()
    };
    let places = items.par_iter().enumerate().filter(|(_, item)| is_strange(item));
    let others = places.filter_map(|(i, item)| Some((i, language(&item.asked()).filter(|l| *l != most)?, most)));
    others.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::key::Key;

    fn item(id: &str, family: &str, options: &[&str], key: Key) -> Item {
        let mut item = Item { id: id.into(), family: family.into(), key, ..Item::default() };
        item.options = options.iter().map(|o| (*o).to_owned()).collect();
        item.parts.question = format!("What does {id} do?");
        item
    }

    #[test]
    fn each_fault_is_found_and_nothing_else() {
        let sound = item("sound", "f0", &["It flies", "It swims"], Key::of(0));
        let no_key = item("a", "f1", &["x", "y"], Key::default());
        let two = item("b", "f2", &["x", "y"], Key::all(vec![0, 1]));
        let outside = item("c", "f3", &["x", "y"], Key::of(4));
        let alike = item("d", "f4", &["The same.", "the  same"], Key::of(0));
        let mut orphan = item("e", "f5", &["x", "y"], Key::of(0));
        orphan.role = Role::Flip;
        let mut orphan2 = item("f", "f5", &["x", "y"], Key::of(1));
        orphan2.role = Role::Paraphrase;
        let mut left = item("g", "f6", &["x", "y"], Key::of(0));
        left.parts.event = "Then [insert event] happens.".into();
        let again = item("sound", "f7", &["It walks", "It runs"], Key::of(0));
        let mut other_key = item("h", "f8", &["It swims", "It flies"], Key::of(0));
        other_key.parts = sound.parts.clone();
        let mut lone = item("i", "f9", &["x", "y"], Key::of(0));
        lone.role = Role::Flip;
        let items = [sound, no_key, two, outside, alike, orphan, orphan2, left, again, other_key, lone];
        let found: Vec<(String, Fault)> =
            faults(&items.iter().collect::<Vec<_>>()).into_iter().map(|p| (p.item, p.fault)).collect();
        let want = [
            ("a", Fault::NoKey),
            ("b", Fault::TwoKeys),
            ("c", Fault::KeyOutside),
            ("d", Fault::OptionsAlike),
            ("e", Fault::NoBase),
            ("g", Fault::Placeholder),
            ("sound", Fault::SameId),
            ("h", Fault::Contradicts),
            ("i", Fault::NoBase),
        ];
        assert_eq!(found, want.map(|(id, f)| (id.to_owned(), f)));
    }

    #[test]
    fn an_item_in_another_language_is_found_and_a_short_one_is_not() {
        let long = "walks along the bank of the river and looks for grain between the stones, and then it sleeps with its head \
                    under its wing while another one keeps watch over all of them. What does your model say to the same question?";
        let short = "Does your model output different predictions on different iterations of the same question?";
        let german = "Würden Sie Ihren Entwicklern erlauben, das zu ändern, was Ihnen heute am wichtigsten erscheint?";
        assert_eq!((language(short), language(german)), (Some("French"), Some("German")));
        let mut items: Vec<Item> =
            (0..20).map(|i| item(&format!("q{i}"), &format!("f{i}"), &["x", "y"], Key::of(0))).collect();
        for (i, it) in items.iter_mut().enumerate() {
            it.parts.question = match i {
                2 => short.into(),
                19 => german.into(),
                _ => format!("Goose number {i} {long}"),
            };
        }
        let found = in_other_languages(&items.iter().collect::<Vec<_>>());
        assert_eq!(found, [(19, "German", "English")]);
    }
}
