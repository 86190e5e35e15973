//! Search by meaning: the texts nearest to some words.
//!
//! An embedding knows what texts are about, and little of what kind of answer they are: “polite refusal” is as far from a refusal
//! as from anything else. So where the words name a kind of answer that gander recognises, or the label of a cluster, its texts come
//! first.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::pipeline::PipelineError;
use super::study::Study;
use crate::cluster::{centre_of, off_centre};
use crate::compare::{Span, Trait, sentence_ranges, traits_of, words_of};
use crate::embed::{Embedder, Progress};
use crate::linalg::dot;
use crate::model::{Partition, SampleIx};

/// Texts found, at most.
const MOST: usize = 200;
/// Texts that are shown however far they are.
const LEAST: usize = 10;
/// Share of the best cosine that the others must reach.
const NEAR: f32 = 0.6;

/// Texts found by meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Meant {
    /// The texts, those of a kind that the words name first, then the nearest.
    pub texts: Vec<SampleIx>,
    /// The sentence by which a text is near, where it is nearer than the whole text.
    pub sentences: Vec<Span>,
    /// In a sentence what they are.
    pub said: String,
}

/// The samples among some that are nearest to words in meaning, as a whole or by one of their sentences. Where the sentences of all
/// texts are not at hand, those of the nearest texts are embedded.
///
/// # Errors
/// When the words, or sentences, cannot be embedded.
pub fn nearest_in_meaning(
    study: &Study,
    among: &[SampleIx],
    words: &str,
    partition: &Partition,
    embedder: &dyn Embedder,
) -> Result<Meant, PipelineError> {
    let mut asked = embedder.embed_without_stance(&[words], &Progress::default())?.vectors.row(0).to_vec();
    let centre = study.sentences.as_ref().map_or_else(|| centre_of(&study.vectors), |s| s.centre().to_vec());
    off_centre(&mut asked, &centre);
    let near = |row: &[f32]| {
        let mut own = row.to_vec();
        off_centre(&mut own, &centre);
        dot(&own, &asked)
    };
    let as_a_whole = |s: SampleIx| near(study.vectors.row(s as usize));
    let mut scored: Vec<(f32, SampleIx)> = among.par_iter().map(|&s| (as_a_whole(s), s)).collect();
    let by_score = |a: &(f32, SampleIx), b: &(f32, SampleIx)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    scored.sort_by(by_score);
    let best_sentences = match &study.sentences {
        Some(space) => best_of(space.spans().map(|(i, span)| (dot(space.vectors().row(i), &asked), span))),
        None if embedder.is_remote() => HashMap::new(),
        None => {
            let first: Vec<SampleIx> = scored.iter().take(MOST).map(|s| s.1).collect();
            best_of(read_nearest(study, &first, near, embedder)?.into_iter())
        }
    };
    let mut sentences = Vec::new();
    for (score, s) in &mut scored {
        if let Some((near, span)) = best_sentences.get(s).filter(|(near, _)| near > score) {
            *score = *near;
            sentences.push(*span);
        }
    }
    scored.sort_by(by_score);
    let kinds = kinds_named(study, among, words, partition);
    let first: BTreeSet<SampleIx> = kinds.iter().flat_map(|k| k.1.iter().copied()).collect();
    let (named, others): (Vec<_>, Vec<_>) = scored.into_iter().partition(|(_, s)| first.contains(s));
    let best = others.first().map_or(0.0, |o| o.0);
    let near = others.iter().take_while(|o| o.0 >= NEAR * best).count().max(LEAST).min(others.len());
    let near = near.min(MOST.saturating_sub(named.len()));
    let names: Vec<&str> = kinds.iter().map(|k| k.0.as_str()).collect();
    let first = &named[..named.len().min(MOST)];
    let of_kinds = || format!("{} of “{}”", counted(first.len()), names.join("”, “"));
    let by = if sentences.is_empty() { "" } else { ", by their nearest sentence" };
    let nearest = |n: usize| {
        let last = others.get(n - 1).map_or(best, |o| o.0);
        format!("the {} nearest in meaning{by} (cosine {best:.2} to {last:.2})", counted(n))
    };
    let said = match (first.is_empty(), near) {
        (false, 0) => of_kinds(),
        (false, n) => format!("{}, then {}", of_kinds(), nearest(n)),
        (true, 0) => "no texts to search".to_owned(),
        (true, n) => nearest(n),
    };
    let texts: Vec<SampleIx> = first.iter().chain(&others[..near]).map(|o| o.1).collect();
    let listed: BTreeSet<SampleIx> = texts.iter().copied().collect();
    sentences.retain(|span| listed.contains(&span.sample));
    Ok(Meant { texts, sentences, said: crate::text::sentence(&said) })
}

/// The nearest sentence of each text; of equals the first.
fn best_of(scored: impl Iterator<Item = (f32, Span)>) -> HashMap<SampleIx, (f32, Span)> {
    let mut best: HashMap<SampleIx, (f32, Span)> = HashMap::new();
    for (score, span) in scored {
        let kept = best.entry(span.sample).or_insert((score, span));
        if score > kept.0 || (score == kept.0 && span.bytes[0] < kept.1.bytes[0]) {
            *kept = (score, span);
        }
    }
    best
}

/// The sentences of some texts that have several, each with how near it is.
fn read_nearest(
    study: &Study,
    texts: &[SampleIx],
    near: impl Fn(&[f32]) -> f32,
    embedder: &dyn Embedder,
) -> Result<Vec<(f32, Span)>, PipelineError> {
    let mut spans = Vec::new();
    for &sample in texts {
        let units = sentence_ranges(&study.corpus.samples[sample as usize].text);
        if units.len() > 1 {
            spans.extend(units.into_iter().map(|r| Span { sample, bytes: [r.start as u32, r.end as u32] }));
        }
    }
    let words: Vec<&str> = spans.iter().map(|span| words_of(&study.corpus, *span)).collect();
    let made = embedder.embed_without_stance(&words, &Progress::default())?.vectors;
    Ok(spans.into_iter().enumerate().map(|(i, span)| (near(made.row(i)), span)).collect())
}

fn counted(n: usize) -> String {
    format!("{n} text{}", if n == 1 { "" } else { "s" })
}

/// Kinds of answer and labels of clusters that words name, each with its texts.
fn kinds_named(study: &Study, among: &[SampleIx], words: &str, partition: &Partition) -> Vec<(String, Vec<SampleIx>)> {
    let mut out = Vec::new();
    let traits = Trait::named_in(words);
    if !traits.is_empty() {
        let texts: Vec<&str> = among.iter().map(|&s| study.corpus.samples[s as usize].text.as_str()).collect();
        for (t, own) in traits_of(&texts, &vec![0; texts.len()]) {
            if traits.contains(&t) && !own.is_empty() {
                out.push((t.describe().to_owned(), own.into_iter().map(|i| among[i as usize]).collect()));
            }
        }
    }
    let asked: Vec<String> = words.unicode_words().map(str::to_lowercase).collect();
    let own: BTreeSet<SampleIx> = among.iter().copied().collect();
    for c in partition.clusters() {
        let Some(label) = &c.label else { continue };
        let has: Vec<String> = label.unicode_words().map(str::to_lowercase).collect();
        if !asked.is_empty() && asked.iter().all(|w| has.contains(w)) {
            let members = partition.members(c.id).iter().copied();
            out.push((label.clone(), members.filter(|s| own.contains(s)).collect()));
        }
    }
    out
}
