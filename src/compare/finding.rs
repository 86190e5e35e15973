//! What a finding is: how it was made, its texts, how large it is and how sure.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::across::Across;
use super::chosen::Seen;
use super::design::Design;
use super::lexicon::sign_named;
use super::ngrams;
use super::rates::Rate;
use super::significance::FOR_CLUSTERS;
use super::span::Span;
use super::terms::Terms;
use super::tone::Tone;
use super::traits::Trait;
use crate::model::{ClusterId, FindingId, Partition, SampleIx};

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
    /// Sentences of like meaning, in texts that may share nothing else.
    Sentence,
    /// A run of characters.
    Surface {
        /// The characters, with marks for the beginning and the end of a text.
        run: String,
        /// Whether the texts are those without it.
        absent: bool,
    },
    /// Texts that take one of the two sides found in a cluster.
    Stance,
    /// Texts with a sentence of one tone.
    Tone(Tone),
    /// Texts whose first, or last, sentence has one tone.
    ToneAtEnd {
        /// The tone.
        tone: Tone,
        /// Whether it is the last sentence.
        last: bool,
    },
    /// Texts in one language, by its English name.
    Language(String),
    /// More or less of a quantity.
    Rate {
        /// Which.
        rate: Rate,
        /// Whether the texts are those with more of it.
        more: bool,
    },
}

impl Channel {
    /// What such texts do, in words; nothing for a region, which its place names.
    pub fn describe(&self) -> Option<String> {
        match self {
            Self::Region | Self::Sentence | Self::Stance => None,
            Self::Surface { run, absent } => Some(ngrams::describe(run, *absent)),
            Self::Rate { rate, more } => Some(rate.describe(*more)),
            Self::Trait(t) => Some(t.describe().to_owned()),
            Self::Language(l) => Some(format!("answers in {l}")),
            Self::Tone(t) => Some(format!("a sentence that is {}", t.describe())),
            Self::ToneAtEnd { tone, last: false } => Some(format!("opens in a tone that is {}", tone.describe())),
            Self::ToneAtEnd { tone, last: true } => Some(format!("closes in a tone that is {}", tone.describe())),
            Self::Words { term, .. } if sign_named(term).is_some() => Some(format!("uses “{term}”")),
            Self::Words { term, .. } if term.ends_with('…') => Some(format!("opens with “{term}”")),
            Self::Words { term, .. } => Some(format!("says “{term}”")),
        }
    }
}

impl Channel {
    /// Whether it is a kind of answer rather than a mark that any answer may have.
    pub(super) fn is_kind(&self) -> bool {
        matches!(
            self,
            Self::Language(_)
                | Self::Trait(
                    Trait::Blank
                        | Trait::Chinese
                        | Trait::OtherScript
                        | Trait::Loop
                        | Trait::Json
                        | Trait::Code
                        | Trait::Refusal
                )
        )
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
    /// For a region: terms that tell it from the texts around it. For a stance: its most typical text. For a run of characters:
    /// words that it is part of.
    #[serde(default)]
    pub terms: Vec<String>,
    /// For sentences: where each stands, one a member, in the order of the members.
    #[serde(default)]
    pub sentences: Vec<Span>,
    /// For a quantity: its median on the left and on the right side.
    #[serde(default)]
    pub medians: Option<[f64; 2]>,
    /// How large it is.
    #[serde(default)]
    pub size: Size,
    /// With the prompt as the unit, where prompts have several answers.
    #[serde(default)]
    pub across: Option<Across>,
    /// What it is known by, once it has been named.
    #[serde(default)]
    pub(super) id: Option<FindingId>,
    /// The finding above it, by its place in the list, that holds much the same texts.
    #[serde(default)]
    pub follows: Option<usize>,
    /// The field of the records by which the difference varies most, where it does.
    #[serde(default)]
    pub varies_by: Option<String>,
    /// Members that joined after the place had been chosen: their rates are as counted.
    #[serde(skip)]
    pub joined: Vec<SampleIx>,
    /// Whether most of its sentences are one sentence, word for word, which says what it is better than any measure.
    #[serde(skip)]
    pub verbatim: bool,
}

impl Finding {
    /// Rates of its texts on the left and the right side, corrected for having been chosen; as counted in sessions of older
    /// versions, where `sizes` are those of the sides.
    pub fn rates(&self, sizes: [usize; 2]) -> [f64; 2] {
        match self.size == Size::default() {
            true => [0, 1].map(|s| f64::from(self.counts[s]) / sizes[s].max(1) as f64),
            false => self.size.rates,
        }
    }

    /// The 95 % interval of the difference between the rates, right less left; absent in sessions of older versions.
    pub fn interval(&self) -> Option<[f64; 2]> {
        (self.size != Size::default()).then_some(self.size.ci)
    }

    /// What its texts do, in words; nothing for a region, which its place names.
    pub fn described(&self) -> Option<String> {
        let said = self.channel.describe()?;
        let words: Vec<String> = self.terms.iter().map(|w| format!("“{w}”")).collect();
        let in_words = matches!(self.channel, Channel::Surface { .. }) && !words.is_empty();
        Some(if in_words { format!("{said}, as in {}", words.join(" and ")) } else { said })
    }

    /// What its texts do, or for a region its terms and where it lies, in words; `name` names a cluster.
    pub fn title(&self, partition: &Partition, name: impl Fn(ClusterId) -> String) -> String {
        if let Some(said) = self.described() {
            return said;
        }
        let place = match partition.homes(&self.members) {
            (homes, n) if homes.is_empty() => format!("across {n} clusters"),
            (homes, _) => format!("in {}", name(homes[0])),
        };
        if self.channel == Channel::Sentence {
            return self.terms.join(" ");
        }
        if self.channel == Channel::Stance {
            return format!("{}, {place}", self.terms.join(" "));
        }
        match Terms(self.terms.clone()).label() {
            terms if terms.is_empty() => place,
            terms => format!("{terms}, {place}"),
        }
    }
}

/// Everything the run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// What passed, the strongest first.
    pub findings: Vec<Finding>,
    /// Signed score of the neighbourhood of each text, over the threshold of its scale.
    pub text_score: Vec<f32>,
    /// Number of neighbours at which each text scored best.
    pub text_scale: Vec<u8>,
    /// Score a finding needs.
    pub needed: f32,
    /// Smallest share of the right side's texts that a behaviour new to it needs to be found in 4 of 5 runs.
    #[serde(default)]
    pub smallest_share: f64,
    /// Traits that lean to a side without being significant; they only order what is read.
    #[serde(skip)]
    pub hints: Vec<Finding>,
}

impl Finding {
    /// The members around which it was found, each with its place among all members: all but those that joined later.
    pub(super) fn core(&self) -> impl Iterator<Item = (usize, SampleIx)> {
        let joined: HashSet<SampleIx> = self.joined.iter().copied().collect();
        self.members.iter().copied().enumerate().filter(move |(_, s)| !joined.contains(s))
    }
}

impl Findings {
    /// Leaves what is counted on the surface of the texts: where the embedder cannot read them, what is made of their
    /// vectors says nothing.
    pub(crate) fn only_surface(&mut self) {
        let made_of_vectors = |c: &Channel| {
            matches!(
                c,
                Channel::Region
                    | Channel::Trait(Trait::OffPrompt)
                    | Channel::Sentence
                    | Channel::Stance
                    | Channel::Tone(_)
                    | Channel::ToneAtEnd { .. }
                    | Channel::Rate { rate: Rate::Likeness, .. }
            )
        };
        let mut place: Vec<Option<usize>> = vec![None; self.findings.len()];
        let kept = (0..place.len()).filter(|&i| !made_of_vectors(&self.findings[i].channel)).collect::<Vec<_>>();
        kept.into_iter().enumerate().for_each(|(to, from)| place[from] = Some(to));
        self.findings.retain(|f| !made_of_vectors(&f.channel));
        for f in &mut self.findings {
            f.follows = f.follows.and_then(|leader| place[leader]);
        }
        self.text_score.fill(0.0);
    }

    /// What the q of a cluster is multiplied by: clusters may use what findings leave of the false alarms, and all of it
    /// once there are findings.
    pub fn cluster_factor(&self) -> f64 {
        if self.findings.is_empty() { 1.0 / FOR_CLUSTERS } else { 1.0 }
    }
}

/// Shares of the texts of either side, as they would be seen again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Of the left and the right side, corrected for having been chosen.
    pub rates: [f64; 2],
    /// As counted.
    pub raw: [f64; 2],
    /// 95 % interval of the right one less the left one.
    pub ci: [f64; 2],
}

impl Size {
    /// `over_limit`: its statistic as a multiple of the limit that it passed.
    pub(super) fn of(design: &Design, f: &Finding, over_limit: f64) -> Self {
        let n = design.sizes().map(|n| f64::from(n).max(1.0));
        let raw = [0, 1].map(|s| f64::from(f.counts[s]) / n[s]);
        let of_joined = design.counts(&f.joined).map(f64::from);
        let joined_difference = of_joined[1] / n[1] - of_joined[0] / n[0];
        let core: Vec<SampleIx> = f.core().map(|(_, s)| s).collect();
        let right = core.iter().map(|&s| f64::from(design.expected(s))).sum::<f64>() / core.len().max(1) as f64;
        let (estimate, interval) = super::chosen::corrected(Seen {
            texts: core.len() as u64,
            toward: core.iter().filter(|&&s| design.side(s) == f.toward).count() as u64,
            chance: if f.toward == 1 { right } else { 1.0 - right },
            over_limit,
        });
        let difference = raw[1] - raw[0] - joined_difference;
        // How many texts of its kind there are is chance too, and more of it where they are few.
        let of_size = (difference * estimate).powi(2) / core.len().max(1) as f64;
        let of_size = of_size * (1.0 - core.len() as f64 / (n[0] + n[1])).max(0.0);
        let spread = 1.96 * ((0..2).map(|s| of_joined[s] / n[s].powi(2)).sum::<f64>() + of_size).sqrt();
        let part = |share: f64| joined_difference + difference * share;
        let corrected = part(estimate);
        let mut ends = interval.map(|share| part(share) - corrected);
        ends.sort_by(f64::total_cmp);
        // Which side the texts fall on, how many there are, and what joined: chance moves each by itself.
        let mut ci = [corrected - ends[0].min(0.0).hypot(spread), corrected + ends[1].max(0.0).hypot(spread)];
        // Few or many, the texts of a group fall to its side: only what joined may turn out the other way.
        if f.joined.is_empty() {
            let (least, most) = if corrected < 0.0 { (-1.0, 0.0) } else { (0.0, 1.0) };
            ci = ci.map(|v| v.clamp(least, most));
        }
        let pooled = (raw[0] * n[0] + raw[1] * n[1]) / (n[0] + n[1]);
        let rates = [pooled - corrected * n[1] / (n[0] + n[1]), pooled + corrected * n[0] / (n[0] + n[1])];
        Self { rates: rates.map(|r| r.clamp(0.0, 1.0)), raw, ci: ci.map(|v| v.clamp(-1.0, 1.0)) }
    }
}

/// A finding made of one sentence a text; those from `core` on joined after the place had been chosen.
pub(super) fn of_sentences(
    design: &Design,
    channel: Channel,
    score: f32,
    mut spans: Vec<Span>,
    core: usize,
) -> Finding {
    let joined = spans[core.min(spans.len())..].iter().map(|s| s.sample).collect();
    let toward = u8::from(score > 0.0);
    // The order of the spans, the most telling first, within each side.
    spans.sort_by_key(|s| design.side(s.sample) != toward);
    let members: Vec<SampleIx> = spans.iter().map(|s| s.sample).collect();
    let mut f = finding(design, channel, score, members);
    f.sentences = spans;
    f.joined = joined;
    f
}

/// A finding, with the texts of the side that has more first.
pub(super) fn finding(design: &Design, channel: Channel, score: f32, mut members: Vec<SampleIx>) -> Finding {
    let counts = design.counts(&members);
    let toward = u8::from(score > 0.0);
    members.sort_by_key(|&s| design.side(s) != toward);
    Finding {
        channel,
        toward,
        members,
        counts,
        score: score.abs(),
        p: 1.0,
        wording: None,
        terms: Vec::new(),
        sentences: Vec::new(),
        medians: None,
        size: Size::default(),
        across: None,
        id: None,
        follows: None,
        joined: Vec::new(),
        varies_by: None,
        verbatim: false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::significance::{ALPHA, FOR_FINDINGS, FOR_SHIFTS};
    use super::*;

    #[test]
    fn an_interval_allows_for_how_many_texts_of_a_group_there_are() {
        let design = Design::of_texts((0..880).map(|i| (i >= 440, None)));
        let size = |members: std::ops::Range<u32>, over_limit| {
            Size::of(&design, &finding(&design, Channel::Region, 1.0, members.collect()), over_limit)
        };
        // Of one side alone and far beyond the limit: as counted, give or take as many texts as chance would.
        let alone = size(440..521, 2.2);
        assert!(alone.rates[0].abs() < 1e-9 && (alone.rates[1] - 81.0 / 440.0).abs() < 1e-9, "{alone:?}");
        assert!((0.13..0.16).contains(&alone.ci[0]) && (0.21..0.24).contains(&alone.ci[1]), "{alone:?}");
        // What just passed is smaller than it was counted, and may be nothing.
        let just = size(425..465, 1.01);
        let shown = just.rates[1] - just.rates[0];
        assert!(shown > 0.0 && shown < 0.6 * 10.0 / 440.0 && just.ci[0] < 0.001 && just.ci[1] > shown, "{just:?}");
    }

    #[test]
    fn findings_and_clusters_together_keep_the_rate() {
        // With nothing to find: findings at their part, and clusters, where nothing was found, at theirs.
        let mut hotspots = Findings::default();
        let parts = FOR_FINDINGS + 1.0 / hotspots.cluster_factor() + FOR_SHIFTS;
        assert!((parts - 1.0).abs() < 1e-12, "all that is tested shares one rate: {parts}");
        hotspots.findings.push(Finding {
            channel: Channel::Region,
            toward: 1,
            members: Vec::new(),
            counts: [0, 0],
            score: 1.0,
            p: ALPHA,
            wording: None,
            terms: Vec::new(),
            sentences: Vec::new(),
            medians: None,
            size: Size::default(),
            across: None,
            id: None,
            follows: None,
            joined: Vec::new(),
            varies_by: None,
            verbatim: false,
        });
        assert!((hotspots.cluster_factor() - 1.0).abs() < 1e-12);
    }
}
