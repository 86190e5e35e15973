//! Findings that say what another says already, and wording that goes with a region.

use std::collections::HashSet;

use super::design::{Design, Scratch};
use super::hotspots::{Channel, Finding};
use super::lexicon::sign_named;
use super::traits::Trait;
use crate::model::SampleIx;

/// Standard deviations by which wording leans outside a region that it explains.
const LEANS: f64 = 2.0;

/// Of findings that say the same the strongest alone is kept; of equals the first.
pub(super) fn say_once(findings: &mut Vec<Finding>) {
    let all: &[Finding] = findings;
    let beats = |i: usize, j: usize| all[i].score > all[j].score || all[i].score == all[j].score && i < j;
    let said = |j: usize| (0..all.len()).any(|i| beats(i, j) && same(&all[i], &all[j]));
    let mut said = (0..all.len()).map(said).collect::<Vec<bool>>().into_iter();
    findings.retain(|_| said.next() == Some(false));
}

/// Whether two findings say the same: that one side is the shorter, or markup both as a sign and as a trait.
fn same(a: &Finding, b: &Finding) -> bool {
    let shorter = |f: &Finding| match f.channel {
        Channel::Trait(Trait::Short | Trait::Shortest) => Some(f.toward),
        Channel::Trait(Trait::Longest) => Some(1 - f.toward),
        _ => None,
    };
    shorter(a).is_some() && shorter(a) == shorter(b) || same_markup(a, b) || same_markup(b, a)
}

/// Whether a finding of a sign, such as bullets, says what one of a trait, such as lists, says too.
fn same_markup(sign: &Finding, f: &Finding) -> bool {
    let is_sign = matches!(&sign.channel, Channel::Words { term, .. } if sign_named(term).is_some());
    let markup = matches!(f.channel, Channel::Trait(Trait::List | Trait::Bold | Trait::Headings | Trait::Code));
    if !is_sign || !markup || sign.toward != f.toward {
        return false;
    }
    let members: HashSet<SampleIx> = f.members.iter().copied().collect();
    let both = sign.members.iter().filter(|s| members.contains(s)).count();
    both * 2 > sign.members.len().min(f.members.len())
}

/// The wording that explains a region: a stronger finding of words that are spread over topics, that most of the region's
/// texts on the favoured side hold, and that leans the same way without the region. Else it is the region that explains the
/// wording, as refusals explain a surplus of short texts.
pub(super) fn explanation(design: &Design, region: &Finding, others: &[Finding]) -> Option<String> {
    let own: Vec<SampleIx> = region.members.iter().copied().filter(|&s| design.side(s) == region.toward).collect();
    let inside: HashSet<SampleIx> = region.members.iter().copied().collect();
    others
        .iter()
        .filter(|f| f.toward == region.toward && f.score > region.score)
        .filter_map(|f| {
            let name = match &f.channel {
                Channel::Words { term, wording: true } => format!("“{term}”"),
                Channel::Trait(
                    t @ (Trait::List
                    | Trait::Bold
                    | Trait::Headings
                    | Trait::Emoji
                    | Trait::Longest
                    | Trait::Short
                    | Trait::Shortest),
                ) => t.describe().to_owned(),
                _ => return None,
            };
            let set: HashSet<SampleIx> = f.members.iter().copied().collect();
            let hit = own.iter().filter(|s| set.contains(s)).count();
            (hit * 10 >= own.len() * 6 && leans_without(design, f, &inside)).then_some((f.score, name))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Whether the texts of a finding that are not in a region lean the way of the finding.
fn leans_without(design: &Design, f: &Finding, inside: &HashSet<SampleIx>) -> bool {
    let rest: Vec<SampleIx> = f.members.iter().copied().filter(|s| !inside.contains(s)).collect();
    let (mean, var) = design.expectation(rest.iter().copied(), &mut Scratch::default());
    let excess = f64::from(design.counts(&rest)[1]) - mean;
    let toward = if f.toward == 1 { excess } else { -excess };
    toward > LEANS * var.sqrt().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_one_side_is_shorter_is_said_once() {
        let f = |t, toward, score| Finding {
            channel: Channel::Trait(t),
            toward,
            members: Vec::new(),
            counts: [0; 2],
            score,
            p: 1.0,
            wording: None,
            terms: Vec::new(),
        };
        let kept = |mut list: Vec<Finding>| {
            say_once(&mut list);
            list.into_iter().map(|f| f.channel.describe().unwrap_or_default()).collect::<Vec<_>>()
        };
        let [code, short, shortest, longest] =
            [Trait::Code, Trait::Short, Trait::Shortest, Trait::Longest].map(|t| t.describe().to_owned());
        let all = vec![
            f(Trait::Code, 1, 1.0),
            f(Trait::Shortest, 1, 2.0),
            f(Trait::Short, 1, 3.0),
            f(Trait::Longest, 0, 2.5),
        ];
        assert_eq!(kept(all), [code, short]);
        // Both ends of one side: its lengths spread more, which are two things to say.
        assert_eq!(kept(vec![f(Trait::Shortest, 1, 2.0), f(Trait::Longest, 1, 2.0)]), [shortest, longest]);
    }
}
