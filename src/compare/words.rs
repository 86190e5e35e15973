//! Words, openings and signs that one side uses more.

use super::design::Design;
use super::finding::{Channel, Finding, finding};
use super::lexicon::{FeatureKind, Lexicon};
use super::naive_bayes::{Features, feature_counts, naive_bayes_auc};
use crate::cluster::Neighbours;
use crate::model::SampleIx;

/// Texts that must hold a feature.
const MIN_TEXTS: usize = 4;
/// Findings kept: the reader wants the strongest, not every word of a sentence.
const KEEP: usize = 12;
/// Texts from which other words can tell topics apart.
const ENOUGH: usize = 16;
/// A word is left out when its texts’ lengths explain more than this of its log odds.
const BY_LENGTH: f64 = 0.5;
/// Both sides say a word when each has more than one in this many of its texts.
const BOTH: u32 = 50;
/// Classes of length.
const LENGTHS: usize = 10;
/// Texts of a group whose words are compared.
const MOST_READ: usize = 1000;
/// A word in more than this share of all texts says nothing of a topic.
const COMMON: f64 = 0.2;
/// Area under the curve from which other words tell topics apart.
const TELLING: f64 = 0.65;
/// How much commoner a topical word is among the neighbours of its texts than anywhere.
const TOPICAL_LIFT: f64 = 3.0;

/// Features worth testing with the texts of the contrast that hold them.
pub(super) fn vocabulary(design: &Design, lexicon: &Lexicon) -> Vec<(u32, Vec<SampleIx>)> {
    let taking_part = design.sizes().iter().sum::<u32>() as usize;
    lexicon
        .postings()
        .into_iter()
        .enumerate()
        .map(|(f, texts)| (f as u32, texts.into_iter().filter(|&s| design.takes_part(s)).collect::<Vec<_>>()))
        .filter(|(_, texts)| texts.len() >= MIN_TEXTS && texts.len() * 20 <= taking_part * 19)
        .collect()
}

/// The significant features, the strongest first, without those that say the same again.
pub(super) fn findings(
    design: &Design,
    lexicon: &Lexicon,
    vocabulary: &[(u32, Vec<SampleIx>)],
    z: &[f32],
    limit: f32,
    neighbours: &Neighbours,
) -> Vec<Finding> {
    let mut order: Vec<usize> = (0..z.len()).filter(|&i| z[i].abs() >= limit).collect();
    // Of equals an opening says most, then the shorter feature.
    let rank = |i: usize| match lexicon.kind(vocabulary[i].0) {
        FeatureKind::Opening => 0,
        FeatureKind::Sign => 1,
        FeatureKind::Word => 2,
        FeatureKind::Pair => 3,
    };
    order.sort_by(|&a, &b| z[b].abs().total_cmp(&z[a].abs()).then(rank(a).cmp(&rank(b))).then(a.cmp(&b)));
    let lengths = Lengths::of(design, lexicon);
    let mut kept: Vec<(usize, Finding)> = Vec::new();
    for i in order {
        if kept.len() == KEEP {
            break;
        }
        let (feature, texts) = &vocabulary[i];
        let spelled_out = matches!(lexicon.kind(*feature), FeatureKind::Word | FeatureKind::Pair);
        // What one side alone says makes its texts longer by itself.
        let [left, right] = design.counts(texts);
        let both_say_it = left.min(right) * BOTH > left + right;
        if spelled_out && both_say_it && lengths.explain(texts, design) > BY_LENGTH {
            continue;
        }
        if kept.iter().any(|(k, f)| {
            (z[*k] > 0.0) == (z[i] > 0.0) && overlap(&vocabulary[*k].1, texts) > 0.5 && f.score >= z[i].abs() / limit
        }) {
            continue;
        }
        let opening = lexicon.kind(*feature) == FeatureKind::Opening;
        let name = lexicon.spelled(*feature);
        let term = if opening { format!("{name} …") } else { name };
        let wording = lift(texts, neighbours, design) < TOPICAL_LIFT || is_put_alike(texts, *feature, design, lexicon);
        kept.push((i, finding(design, Channel::Words { term, wording }, z[i] / limit, texts.clone())));
    }
    kept.into_iter().map(|(_, f)| f).collect()
}

/// Texts by length: long texts hold more words, whichever they are.
struct Lengths {
    /// The class of each text.
    class: Vec<usize>,
    /// Share of the right side in each class.
    right: [f64; LENGTHS],
}

impl Lengths {
    fn of(design: &Design, lexicon: &Lexicon) -> Self {
        let length = |s: SampleIx| lexicon.of(s).len();
        let mut order: Vec<SampleIx> = (0..design.len() as u32).filter(|&s| design.takes_part(s)).collect();
        order.sort_by_key(|&s| length(s));
        let (mut class, mut counts, mut before) = (vec![0; design.len()], [[0u32; 2]; LENGTHS], 0);
        // Texts of one length are of one class, whatever their order.
        for alike in order.chunk_by(|&a, &b| length(a) == length(b)) {
            let c = before * LENGTHS / order.len();
            alike.iter().for_each(|&s| class[s as usize] = c);
            counts[c].iter_mut().zip(design.counts(alike)).for_each(|(sum, n)| *sum += n);
            before += alike.len();
        }
        let right = counts.map(|[left, right]| f64::from(right) / f64::from(left + right).max(1.0));
        Self { class, right }
    }

    /// How much of the log odds of some texts, against those of all, is that of their lengths: 1 when nothing is left, 0 when
    /// length says nothing.
    fn explain(&self, texts: &[SampleIx], design: &Design) -> f64 {
        let log_odds = |left: f64, right: f64| ((right + 0.5) / (left + 0.5)).ln();
        let [left, right] = design.sizes().map(f64::from);
        let [here_left, here_right] = design.counts(texts).map(f64::from);
        let expected: f64 = texts.iter().map(|&s| self.right[self.class[s as usize]]).sum();
        let base = log_odds(left, right);
        let found = log_odds(here_left, here_right) - base;
        let by_length = log_odds(texts.len() as f64 - expected, expected) - base;
        if found.abs() < 1e-9 { 0.0 } else { by_length / found }
    }
}

/// Whether an opening (or a sign) is a way of putting things: its words stand nowhere else, and the other words of its texts do
/// not tell them from the rest, so that they speak of the same things. The embedding has no say, for it may have put them
/// together because of the wording.
fn is_put_alike(texts: &[SampleIx], feature: u32, design: &Design, lexicon: &Lexicon) -> bool {
    let elsewhere = |w: &str| lexicon.texts_with_word(w) > texts.len() as u32 * 3 / 2;
    let formula = match lexicon.kind(feature) {
        FeatureKind::Opening => lexicon.name(feature).split(' ').next_back().is_some_and(|w| !elsewhere(w)),
        FeatureKind::Sign => true,
        FeatureKind::Word | FeatureKind::Pair => false,
    };
    if texts.len() < ENOUGH || !formula {
        return false;
    }
    let with: std::collections::HashSet<SampleIx> = texts.iter().copied().collect();
    let every = |s: &SampleIx| design.takes_part(*s) && !with.contains(s);
    let without: Vec<SampleIx> = (0..design.len() as u32).filter(every).collect();
    let of = |list: &[SampleIx]| -> Vec<Features> {
        let step = list.len().div_ceil(MOST_READ).max(1);
        list.iter().step_by(step).map(|&s| lexicon.of(s).to_vec()).collect()
    };
    let (inside, outside) = (of(texts), of(&without));
    let held = feature_counts(&inside);
    // Words that come with it are part of the same formula.
    let own: Vec<&str> = lexicon.name(feature).split(' ').collect();
    let common = COMMON * lexicon.texts() as f64;
    let says = |f: u32| {
        let here = held.get(&f).copied().unwrap_or(0.0) / inside.len() as f64 * texts.len() as f64;
        let all = f64::from(lexicon.texts_with(f));
        lexicon.kind(f) == FeatureKind::Word
            && all <= common
            && !own.contains(&lexicon.name(f))
            && !(here > 0.5 * all && here > 0.3 * texts.len() as f64)
    };
    let content = |list: &[Features]| -> Vec<Features> {
        list.iter().map(|t| t.iter().copied().filter(|&f| says(f)).collect()).collect()
    };
    naive_bayes_auc(&content(&inside), &content(&outside)) < TELLING
}

/// Shared texts over the smaller set; both ascending.
fn overlap(a: &[SampleIx], b: &[SampleIx]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += 1;
                i += 1;
                j += 1;
            }
        }
    }
    f64::from(both) / a.len().min(b.len()).max(1) as f64
}

/// How much commoner the feature is among the neighbours of its texts than over all texts.
fn lift(texts: &[SampleIx], neighbours: &Neighbours, design: &Design) -> f64 {
    let with: std::collections::HashSet<SampleIx> = texts.iter().copied().collect();
    let step = texts.len().div_ceil(500).max(1);
    let (mut near, mut hits) = (0usize, 0usize);
    for &s in texts.iter().step_by(step) {
        for j in neighbours.of(s as usize).iter().skip(1).take(10).filter(|&&j| design.takes_part(j)) {
            near += 1;
            hits += usize::from(with.contains(j));
        }
    }
    let base = texts.len() as f64 / f64::from(design.sizes().iter().sum::<u32>()).max(1.0);
    (hits as f64 / near.max(1) as f64) / base
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Contrast, Corpus, Sample, Source, SourceId};

    #[test]
    fn words_of_long_texts_are_told_from_words_of_a_model() {
        let short = "the goose walks";
        let long = "the goose walks to the pond of the farm because it has seen some grain beside it";
        let text = |side: u16, i: usize| {
            let body = if side == 0 && i < 8 || side == 1 && i < 32 { long } else { short };
            let more = ["then", "and", "again", "more", "often"][..i % 6].join(" ");
            let zebra = if side == 1 && i.is_multiple_of(4) { " zebra" } else { "" };
            format!("{body} {more}{zebra}")
        };
        let mut corpus = Corpus::default();
        for side in 0..2u16 {
            corpus.sources.push(Source { name: side.to_string(), file: String::new(), samples: 40 });
            corpus.samples.extend((0..40).map(|i| Sample {
                id: format!("{side}-{i}"),
                source: SourceId(side),
                prompt: None,
                text: text(side, i),
            }));
        }
        let design = Design::new(&corpus, &Contrast::pair(SourceId(0), SourceId(1)), &corpus.canonical_ranks());
        let texts: Vec<&str> = corpus.samples.iter().map(|s| s.text.as_str()).collect();
        let lexicon = Lexicon::new(&texts);
        let lengths = Lengths::of(&design, &lexicon);
        let with = |word: &str| -> Vec<SampleIx> { (0..80).filter(|&s| texts[s as usize].contains(word)).collect() };
        assert_eq!((with("pond").len(), with("zebra").len()), (40, 10));
        assert!(lengths.explain(&with("pond"), &design) > 0.8, "length says it all");
        assert!(lengths.explain(&with("zebra"), &design) < BY_LENGTH, "length does not say it");
    }
}
