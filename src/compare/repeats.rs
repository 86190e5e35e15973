//! Findings that say what another says already, and wording that goes with a region.

use std::collections::HashSet;

use super::design::{Design, Scratch};
use super::finding::{Channel, Finding};
use super::traits::Trait;
use crate::model::SampleIx;

/// Standard deviations by which wording leans outside a region that it explains.
const LEANS: f64 = 2.0;

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
