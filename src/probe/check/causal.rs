//! Do keys follow their cause? Flips differ from their base in one place, variants have the same options, and the pattern of keys
//! over a family is the declared one. And is the design filled, with keys that do not depend on its slots?

use std::collections::{BTreeMap, BTreeSet};

use super::super::item::{Item, Keyed, Role};
use super::super::problem::plain;
use super::super::suite::{Follows, Head};
use super::super::wording::words;
use crate::compare::fisher;

/// Share of the base's words that one flipped clause may take, at most.
const CLAUSE: f64 = 0.5;

/// Something wrong in a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The family.
    pub family: String,
    /// Place of the item among those checked.
    pub item: usize,
    /// What is wrong.
    pub why: String,
    /// Whether the key itself is out of place; otherwise the wording is.
    pub key: bool,
}

/// What was found of the families.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Causal {
    /// Families with more than one item and a base.
    pub families: usize,
    /// Families of them whose key changes at least once.
    pub changing: usize,
    /// What is wrong, in the order of the items.
    pub broken: Vec<Broken>,
    /// Families that lack a role which the rules ask for.
    pub incomplete: usize,
}

impl Causal {
    /// Families whose keys do not follow the declared pattern.
    pub fn uncausal(&self) -> usize {
        self.broken.iter().filter(|b| b.key).map(|b| &b.family).collect::<BTreeSet<_>>().len()
    }
}

/// Looks through the families.
pub(super) fn causal(items: &[&Item], head: &Head) -> Causal {
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    items.iter().enumerate().for_each(|(i, item)| families.entry(&item.family).or_default().push(i));
    let mut out = Causal::default();
    for (family, members) in families {
        let roles: Vec<Role> = members.iter().map(|&i| items[i].role).collect();
        out.incomplete += usize::from(head.rules.roles.iter().any(|r| !roles.contains(r)));
        let Some(&base) = members.iter().find(|&&i| items[i].role == Role::Base) else { continue };
        if members.len() < 2 {
            continue;
        }
        out.families += 1;
        let text = |i: usize| items[i].right().map(|k| plain(&items[i].options[k]));
        let Some(of_base) = text(base) else { continue };
        out.changing += usize::from(members.iter().any(|&i| text(i).is_some_and(|t| t != of_base)));
        for &i in members.iter().filter(|&&i| i != base) {
            let mut add = |key, why: String| out.broken.push(Broken { family: family.to_owned(), item: i, why, key });
            let role = items[i].role.name();
            let Some(own) = text(i) else { continue };
            match head.follows(&items[i].subtask, items[i].role) {
                Follows::Same if own != of_base => {
                    add(true, format!("another option is right than in the base, but this is a {role}"));
                }
                Follows::Other if own == of_base => {
                    add(true, format!("the same option is right as in the base, but this is a {role}"));
                }
                _ => {}
            }
            if !same_options(items[base], items[i]) {
                add(false, format!("the options of this {role} are not those of the base"));
            }
            if items[i].role == Role::Flip
                && let Some(why) = not_minimal(items[base], items[i])
            {
                add(false, why);
            }
        }
    }
    out.broken.sort_by_key(|b| b.item);
    out
}

fn same_options(a: &Item, b: &Item) -> bool {
    let set = |item: &Item| item.options.iter().map(|o| plain(o)).collect::<BTreeSet<_>>();
    set(a) == set(b)
}

/// Why a flip is not minimal: what changed is more than one clause, or nothing.
fn not_minimal(base: &Item, flip: &Item) -> Option<String> {
    let (a, b) = (words(&base.asked()), words(&flip.asked()));
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let changed = (a.len() - start - end).max(b.len() - start - end);
    if changed == 0 {
        return Some("the flip asks the same as the base".into());
    }
    let share = changed as f64 / a.len().max(b.len()) as f64;
    (share > CLAUSE)
        .then(|| format!("the flip differs from the base over {:.0} % of its words; change one clause", 100.0 * share))
}

/// How the design is filled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Design {
    /// Values that no family has, as `slot = value`.
    pub empty: Vec<String>,
    /// Pairs of values of two slots that some family has, and all there are.
    pub pairs: (usize, usize),
    /// Values with which yes is right more or less often than without: share of yes with and without, and p (Fisher, times
    /// the number of values).
    pub keyed: Vec<(String, [f64; 2], f64)>,
}

/// Looks at the slots that the design declares.
pub(super) fn design(items: &[&Item], head: &Head) -> Design {
    let mut out = Design::default();
    // A family holds its slots' values once; its first item speaks for it.
    let mut bases: BTreeMap<&str, &Item> = BTreeMap::new();
    items.iter().for_each(|i| {
        let base = bases.entry(&i.family).or_insert(i);
        if i.role == Role::Base {
            *base = i;
        }
    });
    let has = |item: &Item, slot: &str, value: &str| item.slots.get(slot).is_some_and(|v| v == value);
    let levels: Vec<(&str, &str)> =
        head.slots.iter().flat_map(|(s, vs)| vs.iter().map(move |v| (s.as_str(), v.as_str()))).collect();
    for (i, &(slot, value)) in levels.iter().enumerate() {
        if !bases.values().any(|b| has(b, slot, value)) {
            out.empty.push(format!("{slot} = {value}"));
        }
        for &(other, of_other) in levels[i + 1..].iter().filter(|l| l.0 != slot) {
            out.pairs.1 += 1;
            out.pairs.0 += usize::from(bases.values().any(|b| has(b, slot, value) && has(b, other, of_other)));
        }
        let counts = |with: bool| {
            let own = bases.values().filter(|b| b.keyed() != Keyed::None && has(b, slot, value) == with);
            own.fold([0u32; 2], |[yes, all], b| [yes + u32::from(b.keyed() == Keyed::Yes), all + 1])
        };
        let ([yes, all], [other_yes, other_all]) = (counts(true), counts(false));
        if all > 0 && other_all > 0 {
            let p = (fisher([yes, other_yes], [all, other_all]) * levels.len() as f64).min(1.0);
            if p <= head.rules.alpha {
                let shares = [f64::from(yes) / f64::from(all), f64::from(other_yes) / f64::from(other_all)];
                out.keyed.push((format!("{slot} = {value}"), shares, p));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::key::Key;

    fn item(role: Role, event: &str, key: usize) -> Item {
        let mut item = Item { family: "f".into(), role, key: Key::of(key), ..Item::default() };
        item.parts.event = event.into();
        item.parts.question = "Will it care more or less about honesty afterwards, or as much as before?".into();
        item.options = vec!["more".into(), "less".into()];
        item
    }

    fn of(items: &[Item]) -> Vec<String> {
        causal(&items.iter().collect::<Vec<_>>(), &Head::default()).broken.into_iter().map(|b| b.why).collect()
    }

    #[test]
    fn keys_follow_their_cause() {
        let base = item(Role::Base, "It is rewarded for telling the truth.", 0);
        let flip = item(Role::Flip, "It is rewarded for hiding the truth.", 1);
        assert!(of(&[base.clone(), flip.clone()]).is_empty());
        let same_key = item(Role::Flip, "It is rewarded for hiding the truth.", 0);
        assert_eq!(of(&[base.clone(), same_key])[0], "the same option is right as in the base, but this is a flip");
        let paraphrase = item(Role::Paraphrase, "Telling the truth earns it a reward.", 1);
        assert_eq!(
            of(&[base.clone(), paraphrase])[0],
            "another option is right than in the base, but this is a paraphrase"
        );
        let mut far = item(
            Role::Flip,
            "A long story with quite another beginning, another middle and another end, about ships and about sailors, which nobody had asked for.",
            1,
        );
        assert!(of(&[base.clone(), far.clone()])[0].starts_with("the flip differs from the base over"));
        far.parts.event.clone_from(&base.parts.event);
        assert_eq!(of(&[base.clone(), far])[0], "the flip asks the same as the base");
        let mut other = flip;
        other.options[0] = "more often".into();
        assert_eq!(of(&[base, other])[0], "the options of this flip are not those of the base");
    }
}
