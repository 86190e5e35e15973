//! Places where one side's texts crowd, without clusters, with the max-T threshold of Westfall and Young over everything
//! shown; words and traits of the text are tested in the same run, so that one false-alarm rate holds over all findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::design::Design;
use super::groups::{NullMax, join, score, threshold};
use super::lexicon::{Lexicon, sign_named};
use super::neighbourhoods::Neighbourhoods;
use super::permute::{COLUMNS, Permutations};
use super::regions::regions;
use super::repeats::{explanation, say_once};
use super::significance::{ALPHA, FOR_FINDINGS};
use super::terms::Terms;
use super::traits::Trait;
use super::words;
use crate::cluster::Neighbours;
use crate::model::{ClusterId, Partition, SampleIx};

/// Share of its own limit from which a trait is worth a look first, although it proves nothing.
const HINT: f32 = 0.6;

/// How a finding was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "what", rename_all = "kebab-case")]
pub enum Channel {
    /// Texts of like meaning.
    Region,
    /// A word, a pair of words, an opening or a sign; `true` when it is wording spread over topics.
    Words {
        /// The words.
        term: String,
        /// Whether it is a way of putting things rather than a topic.
        wording: bool,
    },
    /// A trait of the text itself.
    Trait(Trait),
}

impl Channel {
    /// What such texts do, in words; nothing for a region, which its place names.
    pub fn describe(&self) -> Option<String> {
        match self {
            Self::Region => None,
            Self::Trait(t) => Some(t.describe().to_owned()),
            Self::Words { term, .. } if sign_named(term).is_some() => Some(format!("uses “{term}”")),
            Self::Words { term, .. } if term.ends_with('…') => Some(format!("opens with “{term}”")),
            Self::Words { term, .. } => Some(format!("says “{term}”")),
        }
    }
}

/// A difference that passed the threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How it was made.
    pub channel: Channel,
    /// 0 when the left side has more, 1 when the right has.
    pub toward: u8,
    /// Its texts, the most telling first.
    pub members: Vec<SampleIx>,
    /// Texts of the left and the right side among them.
    pub counts: [u32; 2],
    /// Score over the threshold of its own channel; 1 is the limit of one channel alone.
    pub score: f32,
    /// Share of shuffled runs in which something as strong appeared anywhere, divided by the part of the false alarms that
    /// findings may make.
    pub p: f64,
    /// For a region: wording that explains it, if there is one.
    pub wording: Option<String>,
    /// For a region: terms that tell it from the texts around it.
    #[serde(default)]
    pub terms: Vec<String>,
}

impl Finding {
    /// A name for it that lasts over runs on the same texts.
    pub fn key(&self) -> String {
        let what = match &self.channel {
            Channel::Words { term, .. } => format!("words “{term}”"),
            // As these traits were called when the first verdicts were kept.
            Channel::Trait(t) => format!("trait “{}”", t.describe().trim_start_matches("texts of ")),
            Channel::Region => format!("region {:012x}", crate::model::fingerprint(&self.members) >> 16),
        };
        format!("{what} {}", if self.toward == 1 { "more" } else { "less" })
    }

    /// What its texts do, or for a region its terms and where it lies, in words; `name` names a cluster.
    pub fn title(&self, partition: &Partition, name: impl Fn(ClusterId) -> String) -> String {
        if let Some(said) = self.channel.describe() {
            return said;
        }
        let place = match partition.homes(&self.members) {
            (homes, n) if homes.is_empty() => format!("across {n} clusters"),
            (homes, _) => format!("in {}", name(homes[0])),
        };
        match Terms(self.terms.clone()).label() {
            terms if terms.is_empty() => place,
            terms => format!("{terms}, {place}"),
        }
    }
}

/// Everything the run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hotspots {
    /// What passed, the strongest first.
    pub findings: Vec<Finding>,
    /// Signed score of the neighbourhood of each text, over the threshold of its scale.
    pub text_score: Vec<f32>,
    /// Number of neighbours at which each text scored best.
    pub text_scale: Vec<u8>,
    /// Score a finding needs.
    pub needed: f32,
    /// Smallest threshold of a neighbourhood in standard deviations, for the power.
    pub sd_needed: f32,
    /// Traits that lean to a side without being significant; they only order what is read.
    #[serde(skip)]
    pub hints: Vec<Finding>,
}

impl Hotspots {
    /// What the q of a cluster is multiplied by: clusters may use what findings leave of the false alarms, and all of it
    /// once there are findings.
    pub fn cluster_factor(&self) -> f64 {
        if self.findings.is_empty() { 1.0 / (1.0 - FOR_FINDINGS) } else { 1.0 }
    }
}

/// Looks for regions, words and traits in which the sides differ. Regions are made of `near`, texts alike in meaning and
/// stance; `topics` are texts alike in meaning. Of several groups with one trait the strongest counts.
pub fn find(
    design: &Design,
    permutations: &Permutations,
    (near, topics): (&Neighbours, &Neighbours),
    lexicon: &Lexicon,
    traits: Vec<(Trait, Vec<SampleIx>)>,
    blank: &[bool],
) -> Hotspots {
    let near = Neighbourhoods::new(design, near, blank);
    let leans = near.lean(design, permutations);
    let vocabulary = words::vocabulary(design, lexicon);
    let word_groups: Vec<Vec<SampleIx>> = vocabulary.iter().map(|v| v.1.clone()).collect();
    let word_scores = score(design, permutations, &word_groups);
    let (traits, trait_groups): (Vec<Trait>, Vec<Vec<SampleIx>>) = traits.into_iter().unzip();
    let trait_scores = score(design, permutations, &trait_groups);
    let (word_limit, trait_limit) = (threshold(&word_scores.null, 2.0), threshold(&trait_scores.null, 1.5));
    let over = |null: &NullMax, limit: f32| null.iter().map(|v| v / limit).collect::<NullMax>();
    let mut joint = over(&word_scores.null, word_limit);
    joint = join(joint, &over(&trait_scores.null, trait_limit));
    joint = join(joint, &leans.null);
    let p = |score: f32| {
        let as_strong = joint.iter().skip(1).filter(|&&n| n >= score).count();
        ((1 + as_strong) as f64 / COLUMNS as f64 / FOR_FINDINGS).min(1.0)
    };
    let significant = |score: f32| p(score) <= ALPHA;
    let (mut findings, mut hints) = (Vec::new(), Vec::new());
    let word_findings = words::findings(design, lexicon, &vocabulary, &word_scores.z, word_limit, topics, &significant);
    let mut strongest: BTreeMap<Trait, (f32, Vec<SampleIx>)> = BTreeMap::new();
    for ((t, group), z) in traits.into_iter().zip(trait_groups).zip(&trait_scores.z) {
        let s = z / trait_limit;
        if s.abs() > strongest.get(&t).map_or(0.0, |best| best.0.abs()) {
            strongest.insert(t, (s, group));
        }
    }
    for (t, (s, group)) in strongest {
        if significant(s.abs()) {
            findings.push(finding(design, Channel::Trait(t), s, group));
        } else if s.abs() >= HINT {
            hints.push(finding(design, Channel::Trait(t), s, group));
        }
    }
    findings.extend(word_findings);
    say_once(&mut findings);
    let regions = regions(&leans.score, &near, design, significant);
    for (s, members) in regions {
        let mut f = finding(design, Channel::Region, s, members);
        f.wording = explanation(design, &f, &findings);
        findings.push(f);
    }
    for f in &mut findings {
        f.p = p(f.score);
    }
    findings.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.members.cmp(&b.members)));
    let needed = threshold(&joint, 1.0);
    let sd_needed = leans.sd_needed * needed;
    Hotspots { findings, text_score: leans.score, text_scale: leans.scale, needed, sd_needed, hints }
}

/// A finding, with the texts of the side that has more first.
pub(super) fn finding(design: &Design, channel: Channel, score: f32, mut members: Vec<SampleIx>) -> Finding {
    let counts = design.counts(&members);
    let toward = u8::from(score > 0.0);
    members.sort_by_key(|&s| design.side(s) != toward);
    Finding { channel, toward, members, counts, score: score.abs(), p: 1.0, wording: None, terms: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_and_clusters_together_keep_the_rate() {
        // With nothing to find: findings at their part, and clusters, where nothing was found, at theirs.
        let mut hotspots = Hotspots::default();
        assert!((ALPHA * FOR_FINDINGS + ALPHA / hotspots.cluster_factor() - ALPHA).abs() < 1e-12);
        hotspots.findings.push(Finding {
            channel: Channel::Region,
            toward: 1,
            members: Vec::new(),
            counts: [0, 0],
            score: 1.0,
            p: ALPHA,
            wording: None,
            terms: Vec::new(),
        });
        assert!((hotspots.cluster_factor() - 1.0).abs() < 1e-12);
    }
}
