//! What to read first.

use std::collections::HashMap;

use super::design::Design;
use super::finding::{Channel, Finding, Findings};
use super::traits::Trait;
use crate::cluster::Neighbours;
use crate::model::SampleIx;

/// Picks made one by one; the rest follows by score.
const PICKED: usize = 400;
/// What is left of a reason once one of its texts has been read.
const AFTER_READING: f32 = 0.5;
/// What is left of a text whose copy has been read.
const COPY: f32 = 0.02;
/// Weight of a text on the side that its neighbourhood does not favour.
const OTHER_SIDE: f32 = 0.3;

/// All samples, the most telling first. Each pick lowers what its neighbourhood, or the finding it stands for, already
/// said, so that the next one says something new; copies of a text that was picked say nothing. `texts` are those of all
/// samples.
pub fn review_order(design: &Design, hotspots: &Findings, neighbours: &Neighbours, texts: &[&str]) -> Vec<SampleIx> {
    let mut copies: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, t) in texts.iter().enumerate() {
        copies.entry(t.trim()).or_default().push(i);
    }
    let n = design.len();
    let base: Vec<f32> = (0..n)
        .map(|i| {
            let s = hotspots.text_score[i];
            let favoured = u8::from(s > 0.0) == design.side(i as u32);
            s.abs() * if favoured { 1.0 } else { OTHER_SIDE }
        })
        .collect();
    // Findings that are no region speak through their texts.
    let found = hotspots.findings.iter().chain(&hotspots.hints);
    let groups: Vec<&Finding> = found.filter(|f| f.channel != Channel::Region).collect();
    // Which finding a text stands for, and how far in front among its texts, where these have an order.
    let mut reasons: Vec<Vec<(u16, Option<f32>)>> = vec![Vec::new(); n];
    for (g, f) in groups.iter().enumerate() {
        let ordered = f.channel == Channel::Trait(Trait::OffPrompt);
        for (rank, &s) in f.members.iter().enumerate().filter(|(_, s)| design.side(**s) == f.toward) {
            let front = 1.0 - rank as f32 / f.members.len() as f32;
            reasons[s as usize].push((g as u16, ordered.then_some(front)));
        }
    }
    let mut copied = vec![false; n];
    let mut fresh = vec![1f32; n];
    let mut group_fresh = vec![1f32; groups.len()];
    let mut picked = vec![false; n];
    let mut order = Vec::with_capacity(n);
    let value = |i: usize, fresh: &[f32], group_fresh: &[f32], copied: &[bool]| {
        let own = base[i] * fresh[i];
        if copied[i] {
            return own;
        }
        // A little of the own score orders the texts of a finding without an order.
        let through = |&(g, front): &(u16, Option<f32>)| {
            groups[g as usize].score * group_fresh[g as usize] + 0.01 * front.unwrap_or(own)
        };
        reasons[i].iter().map(through).fold(own, f32::max)
    };
    for _ in 0..n.min(PICKED) {
        let mut best = (f32::NEG_INFINITY, usize::MAX);
        for i in (0..n).filter(|&i| !picked[i]) {
            let v = value(i, &fresh, &group_fresh, &copied);
            if v > best.0 {
                best = (v, i);
            }
        }
        let i = best.1;
        if i == usize::MAX {
            break;
        }
        picked[i] = true;
        order.push(i as SampleIx);
        for &j in neighbours.of(i).iter().take(usize::from(hotspots.text_scale[i])) {
            fresh[j as usize] *= AFTER_READING;
        }
        for &j in copies.get(texts[i].trim()).into_iter().flatten() {
            fresh[j] *= COPY;
            copied[j] = true;
        }
        for &(g, _) in &reasons[i] {
            group_fresh[usize::from(g)] *= AFTER_READING;
        }
    }
    let mut rest: Vec<usize> = (0..n).filter(|&i| !picked[i]).collect();
    rest.sort_by(|&a, &b| {
        let outside = |i: usize| !design.takes_part(i as u32);
        outside(a)
            .cmp(&outside(b))
            .then(value(b, &fresh, &group_fresh, &copied).total_cmp(&value(a, &fresh, &group_fresh, &copied)))
            .then(a.cmp(&b))
    });
    order.extend(rest.into_iter().map(|i| i as SampleIx));
    order
}
