//! One fact, one row: findings that hold much the same texts are one, and rows that say something new come first.

use std::collections::HashSet;

use super::design::Design;
use super::finding::{Channel, Finding, Size};
use super::lexicon::sign_named;
use super::rates::Rate;
use super::traits::Trait;
use crate::model::SampleIx;

/// Share of the texts of the side that has more (Jaccard) from which two findings are one.
const SAME: f64 = 0.5;
/// Share of the smaller one's texts, where both are about the same aspect of the text.
const WITHIN: f64 = 0.6;
/// The same, where both are letters beside one sign; a full stop is beside most letters.
const AROUND_A_SIGN: f64 = 0.3;
/// Share of a finding's texts that lie in a stronger one's, and standard deviations by which this is more than chance, from
/// which it comes along with that one.
const ALONG: f64 = 0.75;
const MORE_THAN_CHANCE: f64 = 4.0;
/// The same, for rows that together explain what is missing in the texts.
const PARTLY: f64 = 3.0;
/// How much a further row of the same channel counts in the order of the list: variety comes first.
const AGAIN: f32 = 0.85;
/// How much a finding counts that shows what the right side no longer does, and a mark or tone that it no longer has. A kind of answer
/// counts whole: that a model stopped refusing is no small change.
const LOST: f32 = 0.3;
const LOST_TRAIT: f32 = 0.5;
/// Share of the difference of a quantity from which words say the same better.
const AS_LARGE: f64 = 0.95;
/// Difference in the rates, corrected, at which a finding counts half as much as if it were large.
const A_POINT: f64 = 0.01;
/// Share of the difference in length from which what the texts say explains it.
const MOST_OF_IT: f64 = 0.6;
/// How much a finding counts that needs no explanation: a kind of answer, or a tone.
const PLAIN: f32 = 1.5;
/// Score, as a share of the strongest of several findings that are one, from which a more readable one leads them.
const READABLE: f32 = 0.6;
/// The same, as a share of its difference: what shows nearly as much names it as well, however much surer the strongest is.
const AS_WELL: f64 = 0.75;

/// What of a text a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Aspect {
    Capitals,
    Length,
    Lines,
    Sign(char),
    Other,
}

/// Puts findings that are one below the most readable of the strongest: their `follows` is its place in the list. Leaders
/// come first.
pub(super) fn fold(design: &Design, mut findings: Vec<Finding>) -> Vec<Finding> {
    // What is only said to be far from its prompt is better told by anything else that holds it.
    let vague = |f: &Finding| f.channel == Channel::Trait(Trait::OffPrompt);
    findings.sort_by(|a, b| vague(a).cmp(&vague(b)).then(b.score.total_cmp(&a.score)).then(a.members.cmp(&b.members)));
    let own: Vec<HashSet<SampleIx>> =
        findings.iter().map(|f| f.members.iter().copied().filter(|&s| design.side(s) == f.toward).collect()).collect();
    let aspects: Vec<Aspect> = findings.iter().map(aspect).collect();
    let comparable =
        |a: usize, b: usize| findings[a].toward == findings[b].toward && !own[a].is_empty() && !own[b].is_empty();
    // Nearly all of its texts are among those of the stronger one, and not because these are nearly all texts.
    let along = |a: usize, b: usize| {
        own[a].intersection(&own[b]).count() as f64 >= ALONG * own[b].len() as f64
            && beyond_chance(design, &findings[a], &own[a], &own[b]) >= MORE_THAN_CHANCE
            && own[b].len() <= own[a].len()
    };
    let same = |a: usize, b: usize| {
        if !comparable(a, b) {
            return false;
        }
        let both = own[a].intersection(&own[b]).count() as f64;
        let all = (own[a].len() + own[b].len()) as f64 - both;
        let smaller = own[a].len().min(own[b].len()) as f64;
        let minor = matches!(
            findings[b].channel,
            Channel::Words { .. } | Channel::Surface { .. } | Channel::Rate { .. } | Channel::Trait(Trait::OffPrompt)
        );
        // Answers that stop in mid-sentence explain much of what else differs in them: a row of their own.
        let cut_off = |i: usize| findings[i].channel == Channel::Trait(Trait::CutOff);
        if cut_off(a) != cut_off(b) && !minor {
            return false;
        }
        let runs = [a, b].iter().all(|&i| matches!(findings[i].channel, Channel::Surface { .. }));
        let within = if runs && matches!(aspects[a], Aspect::Sign(c) if c != '.') { AROUND_A_SIGN } else { WITHIN };
        minor && along(a, b)
            || both >= SAME * all
            || aspects[a] == aspects[b] && aspects[a] != Aspect::Other && both >= within * smaller
    };
    // Less of a sign on one side is more of it on the other.
    let more_on: Vec<u8> =
        findings.iter().map(|f| if shows_less(f) { 1 - f.toward.min(1) } else { f.toward }).collect();
    let mirrored = |a: usize, b: usize| {
        matches!(aspects[a], Aspect::Sign(_) | Aspect::Lines)
            && aspects[a] == aspects[b]
            && more_on[a] == more_on[b]
            && findings[a].toward != findings[b].toward
            && [a, b]
                .iter()
                .any(|&i| matches!(findings[i].channel, Channel::Rate { .. } | Channel::Surface { absent: true, .. }))
    };
    // Refusals apologise: the tone of a kind of answer is no fact of its own.
    let tone_of = |a: usize, b: usize| {
        matches!(findings[a].channel, Channel::Trait(t) if t != Trait::OffPrompt)
            && matches!(findings[b].channel, Channel::Tone(_) | Channel::ToneAtEnd { .. })
            && comparable(a, b)
            && along(a, b)
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in 0..findings.len() {
        let joins = |g: &Vec<usize>| same(g[0], i) || g.iter().any(|&a| mirrored(a, i) || tone_of(a, i));
        match groups.iter_mut().find(|g| joins(g)) {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    for group in &mut groups {
        let strongest = &findings[group[0]];
        let names_it = |k: usize| {
            let f = &findings[group[k]];
            let both = own[group[0]].intersection(&own[group[k]]).count() as f64;
            let all = (own[group[0]].len() + own[group[k]].len()) as f64 - both;
            let as_large = points(design, f) >= AS_WELL * points(design, strongest);
            (f.score >= READABLE * strongest.score || as_large) && both >= SAME * all
        };
        let most_readable = |some: &dyn Fn(usize) -> bool| {
            let named = (0..group.len()).filter(|&k| names_it(k) && some(k));
            named.min_by_key(|&k| (readability(&findings[group[k]]), k))
        };
        let best = most_readable(&|_| true);
        // Words that only one side uses say more than a quantity that the sides differ in.
        let is_rate = |k: usize| matches!(findings[group[k]].channel, Channel::Rate { .. });
        let says_as_much = |k: usize| {
            let f = &findings[group[k]];
            matches!(f.channel, Channel::Words { .. })
                && f.score >= READABLE * strongest.score
                && points(design, f) >= AS_LARGE * points(design, strongest)
        };
        // Answers are longer because they say something: what they say comes before their length.
        let is_length = |k: usize| {
            let quantity = [Rate::Length, Rate::Sentences, Rate::SentenceLength, Rate::ParagraphLength];
            matches!(findings[group[k]].channel, Channel::Rate { rate, more: true } if quantity.contains(&rate))
        };
        let explains = |k: usize| {
            let f = &findings[group[k]];
            matches!(f.channel, Channel::Region | Channel::Sentence | Channel::Stance)
                && f.score >= READABLE * strongest.score
                && points(design, f) >= MOST_OF_IT * points(design, strongest)
        };
        let best = match best {
            Some(k) if is_rate(k) => {
                let length = is_length(k);
                let first = (0..group.len()).find(|&k| says_as_much(k) || length && explains(k));
                first.and_then(|k| most_readable(&|k| !is_rate(k)).or(Some(k))).or(best)
            }
            other => other,
        };
        if let Some(k) = best.filter(|&k| k > 0) {
            let leader = group.remove(k);
            group.insert(0, leader);
        }
    }
    put_vague_below(&findings, &own, &mut groups);
    put_absent_below(design, &findings, &own, &mut groups);
    let mut taken: Vec<Option<Finding>> = findings.into_iter().map(Some).collect();
    let mut out: Vec<Finding> = groups.iter().filter_map(|g| taken[g[0]].take()).collect();
    for (leader, group) in groups.iter().enumerate() {
        for &i in &group[1..] {
            if let Some(mut f) = taken[i].take() {
                f.follows = Some(leader);
                out.push(f);
            }
        }
    }
    out
}

/// Answers that are only said to be far from their prompt, and that mostly show what narrower rows say better (refusals,
/// another language), go below the largest of these.
fn put_vague_below(findings: &[Finding], own: &[HashSet<SampleIx>], groups: &mut Vec<Vec<usize>>) {
    let vague = |g: &[usize]| findings[g[0]].channel == Channel::Trait(Trait::OffPrompt);
    let Some(at) = groups.iter().position(|g| vague(g)) else { return };
    let broad = &own[groups[at][0]];
    let within: Vec<(usize, usize)> = (0..groups.len())
        .filter(|&g| g != at)
        .map(|g| (g, own[groups[g][0]].intersection(broad).count()))
        .filter(|&(g, both)| both > 0 && both as f64 >= WITHIN * own[groups[g][0]].len() as f64)
        .collect();
    let told: HashSet<SampleIx> = within.iter().flat_map(|(g, _)| &own[groups[*g][0]]).copied().collect();
    if (told.intersection(broad).count() as f64) < WITHIN * broad.len() as f64 {
        return;
    }
    let Some(&(to, _)) = within.iter().max_by_key(|(g, both)| (*both, std::cmp::Reverse(*g))) else { return };
    let moved = std::mem::take(&mut groups[at]);
    groups[to].extend(moved);
    groups.remove(at);
}

/// Standard deviations by which two sets of texts of one side share more than chance would make them; `f` is the finding of
/// the first.
fn beyond_chance(design: &Design, f: &Finding, first: &HashSet<SampleIx>, second: &HashSet<SampleIx>) -> f64 {
    let share = first.len() as f64 / f64::from(design.sizes()[usize::from(f.toward)]).max(1.0);
    let n = second.len() as f64;
    let both = first.intersection(second).count() as f64;
    (both - n * share) / (n * share * (1.0 - share)).sqrt().max(1e-9)
}

/// Texts in which a run of characters is missing, where most of them are what other rows say in words (lists have no full stop
/// before a space, and neither have answers of one sentence): below the row that holds most of them.
fn put_absent_below(design: &Design, findings: &[Finding], own: &[HashSet<SampleIx>], groups: &mut Vec<Vec<usize>>) {
    let is_absent = |g: &Vec<usize>| matches!(findings[g[0]].channel, Channel::Surface { absent: true, .. });
    let says_it_in_words = |f: &Finding| match f.channel {
        Channel::Trait(t) => t != Trait::OffPrompt,
        Channel::Sentence | Channel::Stance | Channel::Tone(_) | Channel::ToneAtEnd { .. } => true,
        _ => false,
    };
    let mut at = 0;
    while at < groups.len() {
        let leader = groups[at][0];
        let others: Vec<usize> = (0..groups.len())
            .filter(|&g| {
                let other = groups[g][0];
                g != at
                    && says_it_in_words(&findings[other])
                    && findings[other].toward == findings[leader].toward
                    && beyond_chance(design, &findings[leader], &own[leader], &own[other]) >= PARTLY
            })
            .collect();
        let shared = |g: usize| own[groups[g][0]].intersection(&own[leader]).count();
        let told: HashSet<SampleIx> =
            others.iter().flat_map(|&g| own[groups[g][0]].intersection(&own[leader]).copied()).collect();
        let to = others.iter().copied().max_by_key(|&g| (shared(g), std::cmp::Reverse(g)));
        let to = to.filter(|_| told.len() as f64 >= WITHIN * own[leader].len() as f64);
        // Or one side lacks what the refusals of the other one have: outside of these there is next to no difference.
        let to = to.or_else(|| {
            let rest = |g: usize| points_outside(design, &findings[leader], &findings[groups[g][0]]);
            let other_side = (0..groups.len()).filter(|&g| {
                let other = &findings[groups[g][0]];
                g != at && says_it_in_words(other) && other.toward != findings[leader].toward
            });
            let least = other_side.min_by(|&a, &b| rest(a).total_cmp(&rest(b)));
            least.filter(|&g| rest(g) <= (1.0 - MOST_OF_IT) * points(design, &findings[leader]))
        });
        match to {
            Some(to) if is_absent(&groups[at]) => {
                let moved = std::mem::take(&mut groups[at]);
                groups[to].extend(moved);
                groups.remove(at);
            }
            _ => at += 1,
        }
    }
}

/// The list made anew with some findings more.
pub fn relist(design: &Design, mut findings: Vec<Finding>, more: Vec<Finding>) -> Vec<Finding> {
    if more.is_empty() {
        return findings;
    }
    findings.iter_mut().for_each(|f| f.follows = None);
    findings.extend(more);
    in_order(fold(design, findings))
}

/// The order of the list: the strongest and largest first, but rows of a channel that has rows above count less and less. Followers come
/// after all leaders, in the order of theirs.
pub(super) fn in_order(findings: Vec<Finding>) -> Vec<Finding> {
    let leaders = findings.iter().filter(|f| f.follows.is_none()).count();
    // What the left side had more of and the right side has less of is no loss alone.
    let mut also_gained = vec![false; leaders];
    findings.iter().filter(|f| f.toward == 1).filter_map(|f| f.follows).for_each(|leader| also_gained[leader] = true);
    let mut weight = vec![0f32; leaders];
    let mut left: Vec<usize> = (0..leaders).collect();
    let mut order = Vec::with_capacity(leaders);
    let mut rows = [0i32; 6];
    while !left.is_empty() {
        for &i in &left {
            let f = &findings[i];
            let lost = match f.channel {
                _ if f.toward != 0 || also_gained[i] => 1.0,
                _ if f.channel.is_kind() => 1.0,
                Channel::Trait(_) => LOST_TRAIT,
                _ => LOST,
            };
            let row = kind(&f.channel);
            let plain = row == 5 && (f.toward == 1 || f.channel.is_kind());
            let variety = if plain { PLAIN } else { AGAIN.powi(rows[row]) };
            weight[i] = f.score * lost * variety * large(f);
        }
        let mut best = 0;
        for at in 1..left.len() {
            if weight[left[at]] > weight[left[best]] {
                best = at;
            }
        }
        let i = left.remove(best);
        rows[kind(&findings[i].channel)] += 1;
        order.push(i);
    }
    let mut place = vec![0; leaders];
    order.iter().enumerate().for_each(|(to, &from)| place[from] = to);
    let mut out: Vec<(usize, usize, Finding)> = findings
        .into_iter()
        .enumerate()
        .map(|(i, mut f)| match f.follows {
            None => (0, place[i], f),
            Some(leader) => {
                f.follows = Some(place[leader]);
                (1, place[leader], f)
            }
        })
        .collect();
    out.sort_by_key(|(follower, leader, _)| (*follower, *leader));
    out.into_iter().map(|(_, _, f)| f).collect()
}

/// How much its size counts for: next to nothing where what is expected to be seen again is a fraction of a point.
fn large(f: &Finding) -> f32 {
    let points = (f.size.rates[1] - f.size.rates[0]).abs();
    if f.size == Size::default() { 1.0 } else { (points / (points + A_POINT)) as f32 }
}

/// Difference in the shares of texts, as counted.
fn points(design: &Design, f: &Finding) -> f64 {
    let [left, right] = [0, 1].map(|side| f64::from(f.counts[side]) / f64::from(design.sizes()[side]).max(1.0));
    (right - left).abs()
}

/// The same among the texts that are not of another finding.
fn points_outside(design: &Design, f: &Finding, other: &Finding) -> f64 {
    let theirs: HashSet<SampleIx> = other.members.iter().copied().collect();
    let outside = f.members.iter().filter(|s| !theirs.contains(s));
    let mut inside = [0u32; 2];
    outside.for_each(|&s| inside[usize::from(design.side(s))] += 1);
    let left: Vec<f64> = (0..2).map(|s| f64::from(design.sizes()[s].saturating_sub(other.counts[s]))).collect();
    (f64::from(inside[1]) / left[1].max(1.0) - f64::from(inside[0]) / left[0].max(1.0)).abs()
}

/// Whether a finding is that there is less of something on the side that it points to.
fn shows_less(f: &Finding) -> bool {
    matches!(f.channel, Channel::Rate { more: false, .. } | Channel::Surface { absent: true, .. })
}

/// Channels that vary the list.
fn kind(channel: &Channel) -> usize {
    match channel {
        Channel::Region | Channel::Stance => 0,
        Channel::Sentence => 1,
        Channel::Words { .. } => 2,
        Channel::Surface { .. } => 3,
        Channel::Rate { .. } => 4,
        Channel::Trait(_) | Channel::Tone(_) | Channel::ToneAtEnd { .. } | Channel::Language(_) => 5,
    }
}

/// How soon a reader knows what a finding is without opening a text; less is sooner.
fn readability(f: &Finding) -> usize {
    match &f.channel {
        Channel::Trait(Trait::OffPrompt) => 5,
        Channel::Trait(_) | Channel::Tone(_) | Channel::ToneAtEnd { .. } | Channel::Language(_) => 0,
        Channel::Words { term, .. } if sign_named(term).is_some() => 1,
        Channel::Sentence if f.verbatim => 1,
        Channel::Rate { .. } => 2,
        Channel::Sentence | Channel::Stance => 3,
        Channel::Words { .. } => 4,
        Channel::Surface { .. } => 5,
        Channel::Region => 6,
    }
}

fn aspect(f: &Finding) -> Aspect {
    match &f.channel {
        Channel::Rate { rate, .. } => match rate {
            Rate::Capitals | Rate::CapitalisedWords | Rate::ShoutedWords | Rate::SmallStarts => Aspect::Capitals,
            Rate::Length | Rate::Sentences | Rate::Variety | Rate::Repetition => Aspect::Length,
            Rate::Lines | Rate::ListItems | Rate::ParagraphLength => Aspect::Lines,
            Rate::Sign(c) => Aspect::Sign(*c),
            Rate::Exclamations => Aspect::Sign('!'),
            Rate::Questions => Aspect::Sign('?'),
            Rate::Contractions => Aspect::Sign('\''),
            _ => Aspect::Other,
        },
        Channel::Trait(Trait::Short | Trait::Shortest | Trait::Longest) => Aspect::Length,
        Channel::Words { term, .. } if term == "!" || term == "?" => Aspect::Sign(term.chars().next().unwrap_or('!')),
        Channel::Surface { run, .. } if starts_small(run) => Aspect::Capitals,
        Channel::Surface { run, .. } => {
            let telling = run.chars().find(|c| !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control());
            match telling {
                Some('’') => Aspect::Sign('\''),
                Some(c) => Aspect::Sign(c),
                None if run.contains('\n') => Aspect::Lines,
                None if run.chars().any(char::is_uppercase) => Aspect::Capitals,
                None if run.contains("  ") => Aspect::Sign(' '),
                None => Aspect::Other,
            }
        }
        _ => Aspect::Other,
    }
}

/// Whether a run of characters shows a sentence that begins in lower case.
fn starts_small(run: &str) -> bool {
    let mut before = [' '; 2];
    for c in run.chars() {
        if c.is_lowercase() && before[1].is_whitespace() && matches!(before[0], '.' | '!' | '?') {
            return true;
        }
        before = [before[1], c];
    }
    false
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
