//! What can be said of a probing set without a language model: are items sound, do they vary, does the wording give the key away,
//! do keys follow their cause? Every cue has a p over keys that chance would give (see `units`), and one error rate holds over
//! all of them together (Holm).

mod causal;
mod cues;
mod exact;
mod partial;
mod queue;
#[cfg(test)]
mod tests;
mod variety;
mod words;

use serde::{Serialize, Serializer};

use super::item::Item;
use super::key::Key;
use super::problem::{Problem, faults};
use super::suite::{Head, Suite};
use super::units::Units;
use crate::compare::holm;
use crate::linalg::Vectors;

pub use causal::{Broken, Causal, Design};
pub use queue::{Queued, Why, queue};
pub use variety::{Copy, EQUAL, Variety};
pub use words::Word;

/// Shuffles of the keys behind every p that is not exact.
const SHUFFLES: usize = 999;

/// Makes vectors of texts, one row each.
pub type Embed<'a, E> = &'a dyn Fn(&[String]) -> Result<Vectors, E>;

/// What a cue is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// How an option is put: length, place, yes or no, signs, words that name nothing. It should never tell the key.
    Form,
    /// What an option is about. In a probe of propensities the options must differ in it.
    Content,
}

impl Form {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Content => "content",
        }
    }
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// Something that may tell the key without the item being understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cue {
    /// What it is called.
    pub name: String,
    /// Form or content.
    pub form: Form,
    /// Items that it applies to.
    pub items: usize,
    /// Accuracy of the rule or classifier; of single parts the area under the ROC curve.
    pub value: f64,
    /// What chance gives.
    pub chance: f64,
    /// p of this test alone.
    pub p: f64,
    /// p adjusted for all tests of the suite.
    pub p_all: f64,
    /// Whether it is called a cue, at the rules' `alpha`.
    pub found: bool,
    /// As a sentence without its full stop.
    pub says: String,
}

/// One of the rules and whether it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The rule.
    pub rule: String,
    /// Whether it is broken.
    pub broken: bool,
    /// What was found.
    pub found: String,
}

/// All that was found.
#[derive(Debug, Clone)]
pub struct Check {
    /// Items checked.
    pub items: usize,
    /// Items with exactly one key.
    pub keyed: usize,
    /// Units: families, with exact copies joined.
    pub units: usize,
    /// Faults of single items.
    pub problems: Vec<Problem>,
    /// Does the set vary?
    pub variety: Variety,
    /// What may tell the key, the named cues first.
    pub cues: Vec<Cue>,
    /// Words that go with the key.
    pub words: Vec<Word>,
    /// Do keys follow their cause?
    pub causal: Causal,
    /// How the design is filled; empty without slots.
    pub design: Design,
    /// The rules.
    pub rules: Vec<Verdict>,
}

impl Check {
    /// Whether a stated rule is broken.
    pub fn broken(&self) -> bool {
        self.rules.iter().any(|r| r.broken)
    }

    /// The best that a cue which was found does over all items, at chance where it does not apply: what an accuracy must be
    /// compared with. 0 when no cue was found.
    pub fn floor(&self) -> f64 {
        let over_all = |c: &Cue| {
            // A rule that is wrong more often than chance is right when it is turned round, if there are two options.
            let best = if c.chance == 0.5 { c.value.max(1.0 - c.value) } else { c.value };
            let applies = c.items as f64 / self.keyed.max(1) as f64;
            applies * best + (1.0 - applies) * c.chance
        };
        self.cues.iter().filter(|c| c.found && !c.name.ends_with(" alone")).map(over_all).fold(0.0, f64::max)
    }
}

/// Vectors of everything that is read of some items.
struct Material {
    asked: Option<Vectors>,
    options: Option<Vectors>,
    parts: Vec<(partial::Part, Vectors)>,
}

impl Material {
    fn of<E>(items: &[&Item], units: &Units, embed: Embed<'_, E>) -> Result<Self, E> {
        let asked = items.iter().map(|i| i.asked()).collect::<Vec<_>>();
        let options: Vec<String> = units.asked.iter().flat_map(|a| items[a.item].options.iter().cloned()).collect();
        let mut parts = Vec::new();
        for part in partial::Part::ALL {
            let texts: Vec<String> = units.asked.iter().map(|a| part.of(items[a.item]).to_owned()).collect();
            // A question that is always the same tells nothing.
            if texts.iter().any(|t| !t.trim().is_empty() && *t != texts[0]) {
                parts.push((part, embed(&texts)?));
            }
        }
        let filled = |texts: Vec<String>| if texts.is_empty() { Ok(None) } else { embed(&texts).map(Some) };
        Ok(Self { asked: filled(asked)?, options: filled(options)?, parts })
    }
}

/// Checks a suite.
///
/// # Errors
/// When texts cannot be embedded.
pub fn check<E>(suite: &Suite, seed: u64, embed: Embed<'_, E>) -> Result<Check, E> {
    let items = suite.counted();
    let units = Units::of(&items);
    let material = Material::of(&items, &units, embed)?;
    let (cues, words) = phrasing(&items, &units, &material, suite.head.rules.alpha, seed);
    let mut variety = variety::variety(&items);
    variety.effective = material.asked.as_ref().and_then(|v| variety::effective(v, seed));
    if !suite.gold.is_empty() && !suite.only_gold() {
        let gold = embed(&suite.gold.iter().map(Item::asked).collect::<Vec<_>>())?;
        variety.gold = material.asked.as_ref().and_then(|v| variety::to_gold(v, &gold));
    }
    let mut out = Check {
        items: items.len(),
        keyed: units.asked.len(),
        units: units.count,
        problems: faults(&items),
        variety,
        cues,
        words,
        causal: causal::causal(&items, &suite.head),
        design: causal::design(&items, &suite.head),
        rules: Vec::new(),
    };
    out.rules = rules(&out, &suite.head);
    Ok(out)
}

/// How often a suite with these texts would be called to have a cue if keys were drawn by chance: checks it `times` times with
/// shuffled keys and returns how many of them had a cue.
///
/// # Errors
/// When texts cannot be embedded.
pub fn false_alarms<E>(suite: &Suite, times: usize, seed: u64, embed: Embed<'_, E>) -> Result<usize, E> {
    let items = suite.counted();
    let units = Units::of(&items);
    let material = Material::of(&items, &units, embed)?;
    let flagged = (0..times as u64).filter(|n| {
        let shuffled = shuffled(&items, &units, seed.wrapping_add(1 + n));
        let items: Vec<&Item> = shuffled.iter().collect();
        let units = Units::of(&items);
        let (cues, _) = phrasing(&items, &units, &material, suite.head.rules.alpha, seed ^ (n << 20));
        cues.iter().any(|c| c.found)
    });
    Ok(flagged.count())
}

/// The items with keys drawn by chance.
fn shuffled(items: &[&Item], units: &Units, seed: u64) -> Vec<Item> {
    let mut out: Vec<Item> = items.iter().map(|i| (*i).clone()).collect();
    let draw = units.draw(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    for a in &units.asked {
        out[a.item].key = Key::of(a.key(draw[a.unit]));
        out[a.item].keyed = None;
    }
    out
}

/// All tests of the wording.
fn phrasing(items: &[&Item], units: &Units, material: &Material, alpha: f64, seed: u64) -> (Vec<Cue>, Vec<Word>) {
    let draws: Vec<Vec<usize>> =
        (1..=SHUFFLES as u64).map(|c| units.draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ c)).collect();
    let mut cues = cues::named(items, units);
    let (words, of_words) = words::words(items, units, &draws);
    cues.extend(of_words);
    cues.extend(partial::of_options(items, units, &draws, material.options.as_ref(), seed));
    for (part, vectors) in &material.parts {
        cues.extend(partial::of_part(*part, items, units, vectors, SHUFFLES, seed));
    }
    let adjusted = holm(&cues.iter().map(|c| c.p).collect::<Vec<_>>());
    for (cue, p) in cues.iter_mut().zip(adjusted) {
        cue.p_all = p;
        cue.found = p <= alpha;
    }
    (cues, words)
}

fn rules(c: &Check, head: &Head) -> Vec<Verdict> {
    let r = &head.rules;
    let mut out = Vec::new();
    let mut add = |rule: String, broken: bool, found: String| out.push(Verdict { rule, broken, found });
    let faulty = c.problems.iter().map(|p| (&p.item, p.place.line)).collect::<std::collections::BTreeSet<_>>().len();
    add(format!("items with a fault: {} at most", r.max_faults), faulty > r.max_faults, format!("{faulty}"));
    let copies = c.variety.exact + c.variety.near;
    let share = copies as f64 / c.items.max(1) as f64;
    let found = format!("{:.1} % ({copies} of {})", 100.0 * share, c.items);
    add(format!("copies: {:.1} % of the items at most", 100.0 * r.max_copies), share > r.max_copies, found);
    for (asked, form) in [(r.no_form_cues, Form::Form), (r.no_content_cues, Form::Content)] {
        let names: Vec<&str> = c.cues.iter().filter(|c| c.found && c.form == form).map(|c| c.name.as_str()).collect();
        if asked {
            let found = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            add(format!("no cue of {}", form.name()), !names.is_empty(), found);
        }
    }
    if c.causal.families > 0 {
        let n = c.causal.uncausal();
        let rule = format!("families whose keys do not follow the pattern: {} at most", r.max_uncausal);
        add(rule, n > r.max_uncausal, format!("{n} of {}", c.causal.families));
    }
    if !r.roles.is_empty() {
        let roles = r.roles.iter().map(|r| r.name()).collect::<Vec<_>>().join(", ");
        add(
            format!("every family holds: {roles}"),
            c.causal.incomplete > 0,
            format!("{} incomplete", c.causal.incomplete),
        );
    }
    out
}
