//! Differences found without clusters: regions of texts and of sentences, words, signs, quantities and traits, all tested in
//! one permutation run and at one error rate ([`super::evidence`]).

use std::collections::HashMap;

use super::design::{Design, Scratch};
use super::evidence::{Channel as Family, Judged};
use super::finding::{Channel, Finding, Findings, Size, finding, of_sentences};
use super::fold::{fold, in_order};
use super::groups::{GroupScores, score};
use super::kernel::{Leans, Spaces};
use super::language::languages;
use super::lexicon::Lexicon;
use super::neighbourhoods::Neighbourhoods;
use super::ngrams::grams;
use super::permute::Permutations;
use super::power::{Vicinity, smallest_share};
use super::rates::Rates;
use super::recruit::Recruiter;
use super::regions::regions;
use super::repeats::explanation;
use super::sentences::{AtEnd, SentenceSpace};
use super::significance::FOR_FINDINGS;
use super::span::Span;
use super::surface::{rate_findings, surface_findings};
use super::traits::Trait;
use super::words;
use crate::cluster::{Neighbours, principal_rows};
use crate::linalg::Vectors;
use crate::model::SampleIx;

/// Share of its own limit from which a trait is worth a look first, although it proves nothing.
const HINT: f32 = 0.6;

/// What differences are looked for in.
pub(crate) struct Evidence<'a> {
    /// Who is compared.
    pub design: &'a Design,
    /// Shuffled labels.
    pub permutations: &'a Permutations,
    /// Order of the samples that follows from the texts.
    pub ranks: &'a [u32],
    /// Texts alike in meaning and stance: what regions are made of.
    pub near: &'a Neighbours,
    /// Texts alike in meaning.
    pub topics: &'a Neighbours,
    /// Vectors that leans are measured in, the first of them by meaning (`n × d` each).
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
const SHARES: [f64; 10] = [0.3, 0.04, 0.08, 0.08, 0.065, 0.065, 0.065, 0.135, 0.12, 0.05];
/// What each needs at least, in its own units: leans are divided by their limits already.
const LEAST: [f32; 10] = [0.5, 0.5, 0.5, 0.5, 2.5, 2.5, 2.0, 2.0, 2.0, 2.0];
/// Standard deviations by which the texts of a place must lean to its side, each counted once: more than four texts of one side alone
/// can. What is left of the surroundings of a stronger place can be strong at its middle, and hold three texts, or as many of the
/// other side: that is no row that anybody could read.
const LEANING: f64 = 2.2;
/// Share of the largest difference over the bounds of a tone that another bound must reach.
const NEARLY: f32 = 0.8;

/// Whether the texts of a finding, or those around which it was found, are more of its side than the design has it, each counted once.
fn leans_to_its_side(design: &Design, f: &Finding) -> bool {
    let excess = |texts: &[SampleIx]| {
        let (mean, variance) = design.expectation(texts.iter().copied(), &mut Scratch::default());
        let right = texts.iter().filter(|&&s| design.side(s) == 1).count() as f64;
        (right - mean) / variance.sqrt().max(1e-9)
    };
    let core: Vec<SampleIx> = f.core().map(|(_, s)| s).collect();
    [core.as_slice(), &f.members].iter().any(|texts| match f.toward {
        1 => excess(texts) >= LEANING,
        _ => excess(texts) <= -LEANING,
    })
}

/// Looks for everything in which the sides differ.
pub(crate) fn find(e: Evidence) -> Findings {
    let Evidence { design, permutations, lexicon, .. } = e;
    let near = Neighbourhoods::new(design, e.near, e.blank);
    let leans = Spaces { vectors: e.spaces.clone() }.lean(design, permutations, e.blank, e.ranks);
    let sentences = e.sentences.map(|s| s.lean(design, permutations));
    let ends: Vec<Option<Ends>> = [false, true].map(|last| Ends::new(&e, last, e.sentences?)).into();
    let vocabulary = words::vocabulary(design, lexicon);
    let word_groups: Vec<Vec<SampleIx>> = vocabulary.iter().map(|v| v.1.clone()).collect();
    let word_scores = score(design, permutations, &word_groups);
    let (runs, run_groups): (Vec<String>, Vec<Vec<SampleIx>>) =
        grams(design, e.texts).into_iter().map(|g| (g.run, g.texts)).unzip();
    let run_scores = score(design, permutations, &run_groups);
    let (kinds, marks): (Vec<_>, Vec<_>) =
        e.traits.iter().cloned().map(|(t, g)| (Channel::Trait(t), g)).partition(|(c, _)| c.is_kind());
    let languages = languages(design, e.texts).into_iter().map(|(l, g)| (Channel::Language(l), g));
    let kinds = Tested::new(design, permutations, kinds.into_iter().chain(languages).collect());
    let marks = Tested::new(design, permutations, marks);
    let toned = e.sentences.map_or_else(Vec::new, |s| s.with_tone(design));
    let groups = toned.iter().map(|(c, spans)| (c.clone(), spans.iter().map(|s| s.sample).collect()));
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

    let mut findings = words::findings(design, lexicon, &vocabulary, &word_scores.z, limits[WORDS], e.topics);
    findings.extend(tone_findings(design, toned, &tones.scores.z, limits[TONES]));
    let (found, mut hints) = kinds.findings(design, limits[KINDS]);
    findings.extend(found);
    let (found, more) = marks.findings(design, limits[MARKS]);
    findings.extend(found);
    hints.extend(more);
    findings.extend(surface_findings(design, &runs, &run_groups, &run_scores.z, limits[SURFACE], e.texts));
    findings.extend(rate_findings(design, e.rates, &rate_z, limits[RATES]));
    let text_score: Vec<f32> = leans.z.iter().map(|z| z / limits[REGIONS]).collect();
    let found = regions(&text_score, &near, design);
    let recruiter = e.spaces.first().filter(|_| !found.is_empty());
    let recruiter = recruiter.and_then(|v| Recruiter::new(v, |i| design.takes_part(i as SampleIx) && !e.blank[i]));
    let whole: Vec<Span> = (0..design.len() as SampleIx).map(|sample| Span { sample, bytes: [0, 0] }).collect();
    for (s, members) in found {
        let core: Vec<usize> = members.iter().map(|&m| m as usize).collect();
        let more = recruiter.as_ref().map(|r| r.more(design, &core, u8::from(s > 0.0), |i| &whole[i..=i]));
        let joined: Vec<SampleIx> = more.into_iter().flatten().map(|i| i as SampleIx).collect();
        let mut f = finding(design, Channel::Region, s, members.into_iter().chain(joined.iter().copied()).collect());
        f.joined = joined;
        f.wording = explanation(design, &f, &findings);
        findings.push(f);
    }
    let (mut in_sentences, mut found_by): (Vec<Finding>, Vec<usize>) = (Vec::new(), Vec::new());
    if let (Some(space), Some(leans)) = (e.sentences, &sentences) {
        let scores: Vec<f32> = leans.z.iter().map(|z| z / limits[SENTENCES]).collect();
        for (s, spans, core) in space.groups(design, &scores) {
            let f = of_sentences(design, Channel::Sentence, s, spans, core);
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
        let z = f.score * limits[family];
        let scale = f64::from(sd.get(family).copied().unwrap_or(1.0));
        f.verbatim = f.channel == Channel::Sentence && mostly_one(e.texts, &f.sentences);
        f.p = (judged.p(family, z) / FOR_FINDINGS).min(1.0);
        f.size = Size::of(design, f, f64::from(f.score));
        let alone = super::significance::normal_two_sided(f64::from(z) * scale);
        f.across = super::across::across(design, &f.members, f.p / alone.max(1e-12));
    }
    findings.retain(|f| !matches!(f.channel, Channel::Region | Channel::Sentence) || leans_to_its_side(design, f));
    let findings = in_order(fold(design, findings));
    let scales: Vec<(f64, &[Vicinity])> =
        leans.around.iter().map(|(sd, around)| (f64::from(sd * limits[REGIONS]), around.as_slice())).collect();
    let smallest_share = smallest_share(design, &scales);
    Findings { findings, text_score, text_scale: leans.reach, needed: 1.0, smallest_share, hints }
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
        let space = principal_rows(&at.vectors, e.ranks);
        let leans = Spaces { vectors: vec![&space] }.lean(e.design, e.permutations, &blank, e.ranks);
        Some(Self { at, leans, near })
    }

    fn findings(&self, design: &Design, limit: f32) -> Vec<Finding> {
        let scores: Vec<f32> = self.leans.z.iter().map(|z| z / limit).collect();
        let found = regions(&scores, &self.near, design);
        if found.is_empty() {
            return Vec::new();
        }
        let spans = |i: usize| self.at.spans[i].as_slice();
        let recruiter = Recruiter::new(&self.at.vectors, |i| design.takes_part(i as SampleIx));
        found
            .into_iter()
            .map(|(s, members)| {
                let core: Vec<usize> = members.into_iter().map(|m| m as usize).collect();
                let more = recruiter.as_ref().map(|r| r.more(design, &core, u8::from(s > 0.0), spans));
                let all = core.iter().chain(more.iter().flatten());
                let spans = all.filter_map(|&i| self.at.spans[i]).collect();
                of_sentences(design, Channel::Sentence, s, spans, core.len())
            })
            .collect()
    }
}

/// Whether at least half of some sentences are the same, word for word.
fn mostly_one(texts: &[&str], spans: &[Span]) -> bool {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for s in spans {
        let said = texts[s.sample as usize].get(s.bytes[0] as usize..s.bytes[1] as usize);
        *count.entry(said.unwrap_or_default()).or_default() += 1;
    }
    count.into_values().max().is_some_and(|most| 2 * most >= spans.len())
}

fn end_z(ends: &Option<Ends>) -> &[f32] {
    ends.as_ref().map_or(&[], |e| &e.leans.z)
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

fn family(channel: &Channel) -> usize {
    match channel {
        Channel::Region => REGIONS,
        // Stances are found in clusters, and tested with these.
        Channel::Sentence | Channel::Stance => SENTENCES,
        Channel::Words { .. } => WORDS,
        Channel::Surface { .. } => SURFACE,
        Channel::Rate { .. } => RATES,
        Channel::Trait(_) | Channel::Language(_) if channel.is_kind() => KINDS,
        Channel::Trait(_) | Channel::Language(_) => MARKS,
        Channel::Tone(_) | Channel::ToneAtEnd { .. } => TONES,
    }
}

/// Score and sentences of a tone at one bound.
type AtBound = (f32, Vec<Span>);

/// Tones that differ; of the bounds at which the sides differ nearly most, the one with most texts.
fn tone_findings(design: &Design, toned: Vec<(Channel, Vec<Span>)>, z: &[f32], limit: f32) -> Vec<Finding> {
    // The bounds of one tone at one place come one after the other.
    let mut by: Vec<(Channel, Vec<AtBound>)> = Vec::new();
    for ((channel, spans), z) in toned.into_iter().zip(z) {
        match by.last_mut().filter(|(c, _)| *c == channel) {
            Some((_, groups)) => groups.push((z / limit, spans)),
            None => by.push((channel, vec![(z / limit, spans)])),
        }
    }
    let mut out = Vec::new();
    for (channel, groups) in by {
        let most = groups.iter().map(|g| g.0).fold(0f32, |a, s| if s.abs() > a.abs() { s } else { a });
        let near = groups.into_iter().filter(|g| g.0 * most >= NEARLY * most * most);
        let widest = near.max_by_key(|g| g.1.len());
        if let Some((_, spans)) = widest.filter(|_| most.abs() >= 1.0) {
            let all = spans.len();
            out.push(of_sentences(design, channel, most, spans, all));
        }
    }
    out
}
