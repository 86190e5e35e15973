//! Differences found without clusters: regions of texts and of sentences, words, signs, quantities and traits, all tested in
//! one permutation run and at one error rate ([`super::evidence`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::across::Across;
use super::design::Design;
use super::evidence::{Channel as Family, Joint};
use super::fold::{fold, in_order};
use super::groups::{GroupScores, score};
use super::kernel::{Leans, Spaces};
use super::language::languages;
use super::lexicon::{Lexicon, sign_named};
use super::neighbourhoods::Neighbourhoods;
use super::ngrams::{self, grams};
use super::permute::Permutations;
use super::rates::{Rate, Rates};
use super::regions::regions;
use super::repeats::explanation;
use super::sentences::{AtEnd, SentenceSpace, Span};
use super::significance::{ALPHA, FOR_FINDINGS};
use super::terms::Terms;
use super::tone::Tone;
use super::traits::Trait;
use super::words;
use crate::cluster::Neighbours;
use crate::embed::Vectors;
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
    /// Sentences of like meaning, in texts that may share nothing else.
    Sentence,
    /// A run of characters.
    Surface {
        /// The characters, with marks for the beginning and the end of a text.
        run: String,
        /// Whether the texts are those without it.
        absent: bool,
    },
    /// Texts with a sentence of one tone.
    Tone(Tone),
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
            Self::Region | Self::Sentence => None,
            Self::Surface { run, absent } => Some(ngrams::describe(run, *absent)),
            Self::Rate { rate, more } => Some(rate.describe(*more)),
            Self::Trait(t) => Some(t.describe().to_owned()),
            Self::Language(l) => Some(format!("answers in {l}")),
            Self::Tone(t) => Some(format!("a sentence that is {}", t.describe())),
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
    /// The finding above it, by its place in the list, that holds much the same texts.
    #[serde(default)]
    pub follows: Option<usize>,
}

impl Finding {
    /// A name for it that lasts over runs on the same texts.
    pub fn key(&self) -> String {
        let what = match &self.channel {
            Channel::Words { term, .. } => format!("words “{term}”"),
            // As these traits were called when the first verdicts were kept.
            Channel::Trait(t) => format!("trait “{}”", t.describe().trim_start_matches("texts of ")),
            Channel::Region => format!("region {:012x}", crate::model::fingerprint(&self.members) >> 16),
            Channel::Sentence => format!("sentences {:012x}", crate::model::fingerprint(&self.members) >> 16),
            Channel::Surface { run, absent } => format!("{} “{run}”", if *absent { "no run" } else { "run" }),
            Channel::Language(l) => format!("language “{l}”"),
            Channel::Tone(t) => format!("tone “{}”", t.describe()),
            Channel::Rate { rate, more } => format!("quantity “{}”", rate.describe(*more)),
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
        if self.channel == Channel::Sentence {
            return self.terms.join(" ");
        }
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
    /// Leaves what is counted on the surface of the texts: where the embedder cannot read them, what is made of their
    /// vectors says nothing.
    pub(crate) fn only_surface(&mut self) {
        let made_of_vectors = |c: &Channel| {
            matches!(
                c,
                Channel::Region | Channel::Sentence | Channel::Tone(_) | Channel::Rate { rate: Rate::Likeness, .. }
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
        if self.findings.is_empty() { 1.0 / (1.0 - FOR_FINDINGS) } else { 1.0 }
    }
}

/// What differences are looked for in.
pub(crate) struct Evidence<'a> {
    /// Who is compared.
    pub design: &'a Design,
    /// Shuffled labels.
    pub permutations: &'a Permutations,
    /// Order of the samples that follows from the texts.
    pub places: &'a [u32],
    /// Texts alike in meaning and stance: what regions are made of.
    pub near: &'a Neighbours,
    /// Texts alike in meaning.
    pub topics: &'a Neighbours,
    /// Vectors that leans are measured in, the first by all widths (`n × d` each).
    pub spaces: Vec<&'a Vectors>,
    /// Words of each text.
    pub lexicon: &'a Lexicon,
    /// All texts.
    pub texts: &'a [&'a str],
    /// Groups of texts with a trait; of several groups with one trait the strongest counts.
    pub traits: Vec<(Trait, Vec<SampleIx>)>,
    /// Quantities of all texts.
    pub rates: &'a Rates,
    /// Sentences, where texts have several.
    pub sentences: Option<&'a SentenceSpace>,
    /// Texts without a vector.
    pub blank: &'a [bool],
}

/// The channels, with their shares of the error rate. Those that find most kinds of change have most; kinds of answer that
/// nearly no answer is (blank, refused, in another language) are few, and rare things need a low limit.
const REGIONS: usize = 0;
const SENTENCES: usize = 1;
const OPENINGS: usize = 2;
const CLOSINGS: usize = 3;
const WORDS: usize = 4;
const SURFACE: usize = 5;
const RATES: usize = 6;
const KINDS: usize = 7;
const MARKS: usize = 8;
const TONES: usize = 9;
const SHARES: [f64; 10] = [0.15, 0.07, 0.12, 0.1, 0.1, 0.1, 0.08, 0.16, 0.05, 0.07];
/// What each needs at least, in its own units: leans are divided by their limits already.
const LEAST: [f32; 10] = [0.5, 0.5, 0.5, 0.5, 2.5, 2.5, 2.0, 2.0, 2.0, 2.0];
/// Share of the largest difference over the bounds of a tone that another bound must reach.
const NEARLY: f32 = 0.8;
/// Findings of signs and of quantities that are kept.
const MOST_SURFACE: usize = 10;
const MOST_RATES: usize = 8;

/// Looks for everything in which the sides differ.
pub(crate) fn find(e: Evidence) -> Hotspots {
    let Evidence { design, permutations, lexicon, .. } = e;
    let near = Neighbourhoods::new(design, e.near, e.blank);
    let leans = Spaces { vectors: e.spaces.clone() }.lean(design, permutations, e.blank, e.places);
    let sentences = e.sentences.map(|s| s.lean(design, permutations));
    let ends: Vec<Option<Ends>> = [false, true].map(|last| Ends::new(&e, last, e.sentences?)).into();
    let vocabulary = words::vocabulary(design, lexicon);
    let word_groups: Vec<Vec<SampleIx>> = vocabulary.iter().map(|v| v.1.clone()).collect();
    let word_scores = score(design, permutations, &word_groups);
    let (runs, run_groups): (Vec<String>, Vec<Vec<SampleIx>>) =
        grams(design, e.texts).into_iter().map(|g| (g.run, g.texts)).unzip();
    let run_scores = score(design, permutations, &run_groups);
    let (kinds, marks): (Vec<_>, Vec<_>) =
        e.traits.iter().cloned().map(|(t, g)| (Channel::Trait(t), g)).partition(|(c, _)| is_kind(c));
    let languages = languages(design, e.texts).into_iter().map(|(l, g)| (Channel::Language(l), g));
    let kinds = Tested::new(design, permutations, kinds.into_iter().chain(languages).collect());
    let marks = Tested::new(design, permutations, marks);
    let toned = e.sentences.map_or_else(Vec::new, |s| s.with_tone(design));
    let groups = toned.iter().map(|(t, spans)| (Channel::Tone(*t), spans.iter().map(|s| s.sample).collect()));
    let tones = Tested::new(design, permutations, groups.collect());
    let (rate_z, rate_null) = e.rates.score(design, permutations);
    let largest = |z: &[f32]| z.iter().map(|v| v.abs()).fold(0f32, f32::max);
    let sentence_z = sentences.as_ref().map_or(&[][..], |s| &s.z);
    let top: Vec<f32> = [
        &leans.z,
        sentence_z,
        end_z(&ends[0]),
        end_z(&ends[1]),
        &word_scores.z,
        &run_scores.z,
        &rate_z,
        &kinds.scores.z,
        &marks.scores.z,
        &tones.scores.z,
    ]
    .iter()
    .map(|z| largest(z))
    .collect();
    let nulls = [
        Some(leans.null),
        sentences.as_ref().map(|s| s.null.clone()),
        ends[0].as_ref().map(|e| e.leans.null.clone()),
        ends[1].as_ref().map(|e| e.leans.null.clone()),
        Some(word_scores.null),
        Some(run_scores.null),
        Some(rate_null),
        Some(kinds.scores.null.clone()),
        Some(marks.scores.null.clone()),
        Some(tones.scores.null.clone()).filter(|_| !toned.is_empty()),
    ];
    let families = nulls.into_iter().zip(SHARES).zip(LEAST);
    let families = families.map(|((null, share), least)| null.map(|null| Family { null, share, least })).collect();
    let judged = Judged::new(families, &top);
    let limits = &judged.limits;
    if std::env::var_os("GANDER_TRACE").is_some() {
        eprintln!("limits {limits:?} top {top:?}");
    }

    let mut findings = words::findings(design, lexicon, &vocabulary, &word_scores.z, limits[WORDS], e.topics);
    findings.extend(tone_findings(design, toned, &tones.scores.z, limits[TONES]));
    let (found, mut hints) = kinds.findings(design, limits[KINDS]);
    findings.extend(found);
    let (found, more) = marks.findings(design, limits[MARKS]);
    findings.extend(found);
    hints.extend(more);
    findings.extend(surface_findings(design, &runs, &run_groups, &run_scores.z, limits[SURFACE]));
    findings.extend(rate_findings(design, e.rates, &rate_z, limits[RATES]));
    let text_score: Vec<f32> = leans.z.iter().map(|z| z / limits[REGIONS]).collect();
    for (s, members) in regions(&text_score, &near, design) {
        let mut f = finding(design, Channel::Region, s, members);
        f.wording = explanation(design, &f, &findings);
        findings.push(f);
    }
    let (mut in_sentences, mut found_by): (Vec<Finding>, Vec<usize>) = (Vec::new(), Vec::new());
    if let (Some(space), Some(leans)) = (e.sentences, &sentences) {
        let scores: Vec<f32> = leans.z.iter().map(|z| z / limits[SENTENCES]).collect();
        for (s, spans) in space.groups(design, &scores) {
            let f = of_sentences(design, Channel::Sentence, s, spans);
            found_by.push(SENTENCES);
            in_sentences.push(f);
        }
    }
    for (channel, ends) in [OPENINGS, CLOSINGS].into_iter().zip(&ends) {
        for f in ends.iter().flat_map(|e| e.findings(design, limits[channel])) {
            found_by.push(channel);
            in_sentences.push(f);
        }
    }
    let end_sd = |e: &Option<Ends>| e.as_ref().map_or(1.0, |e| e.leans.sd);
    let sd = [leans.sd, sentences.as_ref().map_or(1.0, |s| s.sd), end_sd(&ends[0]), end_sd(&ends[1])];
    let by = findings.iter().map(|f| family(&f.channel)).chain(found_by).collect::<Vec<_>>();
    findings.extend(in_sentences);
    for (f, family) in findings.iter_mut().zip(by) {
        let (z, limit) = (f.score * limits[family], limits[family]);
        let scale = f64::from(sd.get(family).copied().unwrap_or(1.0));
        f.p = (judged.p(family, z) / FOR_FINDINGS).min(1.0);
        f.size = Size::of(design, f, f64::from(z) * scale, f64::from(limit) * scale);
        let alone = super::significance::normal_two_sided(f64::from(z) * scale);
        f.across = super::across::across(design, &f.members, f.p / alone.max(1e-12));
    }
    let findings = in_order(fold(design, findings));
    let sd_needed = leans.sd * limits[REGIONS];
    Hotspots { findings, text_score, text_scale: leans.reach, needed: 1.0, sd_needed, hints }
}

/// The first or last sentence of each text, and how the labels around it lean.
struct Ends {
    at: AtEnd,
    leans: Leans,
    near: Neighbourhoods,
}

impl Ends {
    fn new(e: &Evidence, last: bool, space: &SentenceSpace) -> Option<Self> {
        let at = space.at_end(e.texts.len(), last);
        let blank: Vec<bool> = at.spans.iter().map(Option::is_none).collect();
        let near = Neighbours::find(&at.vectors, 40).ok()?;
        let near = Neighbourhoods::new(e.design, &near, &blank);
        let leans = Spaces { vectors: vec![&at.vectors] }.lean(e.design, e.permutations, &blank, e.places);
        Some(Self { at, leans, near })
    }

    fn findings(&self, design: &Design, limit: f32) -> Vec<Finding> {
        let scores: Vec<f32> = self.leans.z.iter().map(|z| z / limit).collect();
        regions(&scores, &self.near, design)
            .into_iter()
            .map(|(s, members)| {
                let spans = members.into_iter().filter_map(|m| self.at.spans[m as usize]).collect();
                of_sentences(design, Channel::Sentence, s, spans)
            })
            .collect()
    }
}

fn end_z(ends: &Option<Ends>) -> &[f32] {
    ends.as_ref().map_or(&[], |e| &e.leans.z)
}

/// Kinds of answer that a model gives or does not give, as against marks that any answer may hold.
fn is_kind(channel: &Channel) -> bool {
    matches!(
        channel,
        Channel::Language(_)
            | Channel::Trait(
                Trait::Blank | Trait::Chinese | Trait::OtherScript | Trait::Loop | Trait::Code | Trait::Refusal
            )
    )
}

/// Groups of texts of one channel, scored.
struct Tested {
    what: Vec<Channel>,
    groups: Vec<Vec<SampleIx>>,
    scores: GroupScores,
}

impl Tested {
    fn new(design: &Design, permutations: &Permutations, groups: Vec<(Channel, Vec<SampleIx>)>) -> Self {
        let (what, groups): (Vec<Channel>, Vec<Vec<SampleIx>>) = groups.into_iter().unzip();
        let scores = score(design, permutations, &groups);
        Self { what, groups, scores }
    }

    /// Those that differ, and those that come near it; of several groups of one kind the strongest.
    fn findings(self, design: &Design, limit: f32) -> (Vec<Finding>, Vec<Finding>) {
        let mut out: Vec<Finding> = Vec::new();
        for ((what, group), z) in self.what.into_iter().zip(self.groups).zip(self.scores.z) {
            let s = z / limit;
            if s.abs() < HINT {
                continue;
            }
            let f = finding(design, what, s, group);
            match out.iter_mut().find(|o| o.channel == f.channel) {
                Some(before) if before.score < f.score => *before = f,
                Some(_) => {}
                None => out.push(f),
            }
        }
        out.into_iter().partition(|f| f.score >= 1.0)
    }
}

/// The limits of all channels. When something was found in a channel, its share goes to the others: what is left to find
/// has the whole error rate (a step-down in the sense of Westfall and Young 1993, section 2.8).
struct Judged {
    joints: Vec<Joint>,
    /// Which of them each channel is judged by.
    by: Vec<usize>,
    limits: Vec<f32>,
}

impl Judged {
    fn new(mut families: Vec<Option<Family>>, top: &[f32]) -> Self {
        let mut out = Self { joints: Vec::new(), by: vec![0; top.len()], limits: vec![f32::INFINITY; top.len()] };
        loop {
            let joint = Joint::new(&families, ALPHA * FOR_FINDINGS);
            let left: Vec<usize> = (0..top.len()).filter(|&c| families[c].is_some()).collect();
            let mut found = false;
            for &c in &left {
                out.limits[c] = joint.limit(c);
                out.by[c] = out.joints.len();
                if top[c] >= out.limits[c] {
                    families[c] = None;
                    found = true;
                }
            }
            out.joints.push(joint);
            if !found || families.iter().all(Option::is_none) {
                return out;
            }
        }
    }

    fn p(&self, channel: usize, value: f32) -> f64 {
        self.joints[self.by[channel]].p(channel, value)
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
    /// `z` and the `limit` that it passed, in standard deviations.
    fn of(design: &Design, f: &Finding, z: f64, limit: f64) -> Self {
        let n = design.sizes().map(|n| f64::from(n).max(1.0));
        let raw = [0, 1].map(|s| f64::from(f.counts[s]) / n[s]);
        let (estimate, interval) = super::chosen::corrected(z, limit);
        // The group was grown around a place: its own excess is beyond that of the place that was chosen.
        let free: f64 = f.members.iter().map(|&s| f64::from(design.expected(s) * (1.0 - design.expected(s)))).sum();
        let excess: f64 = f.members.iter().map(|&s| f64::from(design.side(s)) - f64::from(design.expected(s))).sum();
        let own = (excess.abs() / free.max(1e-9).sqrt()).max(z);
        let difference = raw[1] - raw[0];
        let part = |mu: f64| difference * mu / own;
        let (corrected, mut ci) = (part(estimate), interval.map(part));
        ci.sort_by(f64::total_cmp);
        let pooled = (raw[0] * n[0] + raw[1] * n[1]) / (n[0] + n[1]);
        let rates = [pooled - corrected * n[1] / (n[0] + n[1]), pooled + corrected * n[0] / (n[0] + n[1])];
        Self { rates: rates.map(|r| r.clamp(0.0, 1.0)), raw, ci: ci.map(|v| v.clamp(-1.0, 1.0)) }
    }
}

fn family(channel: &Channel) -> usize {
    match channel {
        Channel::Region => REGIONS,
        Channel::Sentence => SENTENCES,
        Channel::Words { .. } => WORDS,
        Channel::Surface { .. } => SURFACE,
        Channel::Rate { .. } => RATES,
        Channel::Trait(_) | Channel::Language(_) if is_kind(channel) => KINDS,
        Channel::Trait(_) | Channel::Language(_) => MARKS,
        Channel::Tone(_) => TONES,
    }
}

/// Tones that differ; of the bounds at which the sides differ nearly most, the one with most texts.
fn tone_findings(design: &Design, toned: Vec<(Tone, Vec<Span>)>, z: &[f32], limit: f32) -> Vec<Finding> {
    let mut by: BTreeMap<Tone, Vec<(f32, Vec<Span>)>> = BTreeMap::new();
    for ((tone, spans), z) in toned.into_iter().zip(z) {
        by.entry(tone).or_default().push((z / limit, spans));
    }
    let mut out = Vec::new();
    for (tone, groups) in by {
        let most = groups.iter().map(|g| g.0).fold(0f32, |a, s| if s.abs() > a.abs() { s } else { a });
        let near = groups.into_iter().filter(|g| g.0 * most >= NEARLY * most * most);
        let widest = near.max_by_key(|g| g.1.len());
        if let Some((_, spans)) = widest.filter(|_| most.abs() >= 1.0) {
            out.push(of_sentences(design, Channel::Tone(tone), most, spans));
        }
    }
    out
}

/// Runs of characters that one side has more of. Where nearly all texts of the left side hold a run, the finding is of the
/// texts without it: that is what is new.
fn surface_findings(design: &Design, runs: &[String], groups: &[Vec<SampleIx>], z: &[f32], limit: f32) -> Vec<Finding> {
    let mut order: Vec<usize> = (0..z.len()).filter(|&i| z[i].abs() >= limit).collect();
    order.sort_by(|&a, &b| z[b].abs().total_cmp(&z[a].abs()).then(a.cmp(&b)));
    let mut out: Vec<Finding> = Vec::new();
    for i in order {
        let s = z[i] / limit;
        let [left, right] = design.counts(&groups[i]).map(f64::from);
        let [all_left, all_right] = design.sizes().map(f64::from);
        let absent = s < 0.0 && left > 0.5 * all_left || s > 0.0 && right > 0.9 * all_right && left > 0.5 * all_left;
        let f = if absent {
            let held: std::collections::HashSet<SampleIx> = groups[i].iter().copied().collect();
            let without =
                (0..design.len() as SampleIx).filter(|s| design.takes_part(*s) && !held.contains(s)).collect();
            finding(design, Channel::Surface { run: runs[i].clone(), absent }, -s, without)
        } else {
            finding(design, Channel::Surface { run: runs[i].clone(), absent }, s, groups[i].clone())
        };
        if out.iter().any(|o| o.toward == f.toward && jaccard(&o.members, &f.members) > 0.5) {
            continue;
        }
        out.push(f);
        if out.len() == MOST_SURFACE {
            break;
        }
    }
    out
}

/// Quantities that differ, each with the texts beyond the value that tells the sides apart best.
fn rate_findings(design: &Design, rates: &Rates, z: &[f32], limit: f32) -> Vec<Finding> {
    let mut order: Vec<usize> = (0..z.len()).filter(|&i| z[i].abs() >= limit).collect();
    order.sort_by(|&a, &b| z[b].abs().total_cmp(&z[a].abs()).then(a.cmp(&b)));
    order.truncate(MOST_RATES);
    order
        .into_iter()
        .map(|i| {
            let (rate, values) = &rates.columns()[i];
            // Seen from the right side, which is what is asked about.
            let more = z[i] > 0.0;
            let members = beyond(design, values, more);
            let mut f = finding(design, Channel::Rate { rate: *rate, more }, (z[i] / limit).abs(), members);
            f.medians = Some([0, 1].map(|side| median(design, values, side)));
            f
        })
        .collect()
}

/// The texts whose value is above (or below) the cut at which the right side has most more of them.
fn beyond(design: &Design, values: &[f32], more: bool) -> Vec<SampleIx> {
    let mut order: Vec<SampleIx> =
        (0..values.len() as SampleIx).filter(|&s| design.takes_part(s) && values[s as usize].is_finite()).collect();
    order.sort_by(|&a, &b| {
        let (x, y) = (values[a as usize], values[b as usize]);
        (if more { y.total_cmp(&x) } else { x.total_cmp(&y) }).then(a.cmp(&b))
    });
    let (mut excess, mut variance, mut best) = (0f32, 0f32, (0f32, 0usize));
    let mut at = 0;
    for tied in order.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
        for &s in tied {
            let p = design.expected(s);
            excess += f32::from(design.side(s)) - p;
            variance += p * (1.0 - p);
        }
        at += tied.len();
        let left = 1.0 - at as f32 / order.len() as f32;
        let z = excess / (variance * left).max(1e-3).sqrt();
        if left > 0.02 && z > best.0 {
            best = (z, at);
        }
    }
    order.truncate(best.1);
    order
}

fn median(design: &Design, values: &[f32], side: u8) -> f64 {
    let mut of: Vec<f32> = (0..values.len() as SampleIx)
        .filter(|&s| design.takes_part(s) && design.side(s) == side && values[s as usize].is_finite())
        .map(|s| values[s as usize])
        .collect();
    of.sort_by(f32::total_cmp);
    of.get(of.len() / 2).map_or(0.0, |v| f64::from(*v))
}

/// Share of the texts of two lists that both hold.
pub(super) fn jaccard(a: &[SampleIx], b: &[SampleIx]) -> f64 {
    let first: std::collections::HashSet<SampleIx> = a.iter().copied().collect();
    let both = b.iter().filter(|s| first.contains(s)).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

fn of_sentences(design: &Design, channel: Channel, score: f32, mut spans: Vec<Span>) -> Finding {
    let toward = u8::from(score > 0.0);
    // The order of the spans, the most telling first, within each side.
    spans.sort_by_key(|s| design.side(s.sample) != toward);
    let members: Vec<SampleIx> = spans.iter().map(|s| s.sample).collect();
    let mut f = finding(design, channel, score, members);
    f.sentences = spans;
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
        follows: None,
    }
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
            sentences: Vec::new(),
            medians: None,
            size: Size::default(),
            across: None,
            follows: None,
        });
        assert!((hotspots.cluster_factor() - 1.0).abs() < 1e-12);
    }
}
