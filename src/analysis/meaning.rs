//! Search by meaning: the texts nearest to some words.
//!
//! An embedding knows what texts are about, and little of what kind of answer they are: “polite refusal” is as far from a refusal
//! as from anything else. So where the words name a kind of answer that gander recognises, or the label of a cluster, its texts come
//! first.

use std::collections::BTreeSet;

use rayon::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::pipeline::PipelineError;
use super::study::Study;
use crate::compare::{Trait, traits_of};
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
    /// In a sentence what they are.
    pub said: String,
}

/// The samples among some that are nearest to words in meaning.
///
/// # Errors
/// When the words cannot be embedded.
pub fn nearest_in_meaning(
    study: &Study,
    among: &[SampleIx],
    words: &str,
    partition: &Partition,
    embedder: &dyn Embedder,
) -> Result<Meant, PipelineError> {
    let asked = embedder.embed_without_stance(&[words], &Progress::default())?.vectors;
    let cos = |s: SampleIx| dot(study.vectors.row(s as usize), asked.row(0));
    let mut scored: Vec<(f32, SampleIx)> = among.par_iter().map(|&s| (cos(s), s)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let kinds = kinds_named(study, among, words, partition);
    let first: BTreeSet<SampleIx> = kinds.iter().flat_map(|k| k.1.iter().copied()).collect();
    let (named, others): (Vec<_>, Vec<_>) = scored.into_iter().partition(|(_, s)| first.contains(s));
    let best = others.first().map_or(0.0, |o| o.0);
    let near = others.iter().take_while(|o| o.0 >= NEAR * best).count().max(LEAST).min(others.len());
    let near = near.min(MOST.saturating_sub(named.len()));
    let names: Vec<&str> = kinds.iter().map(|k| k.0.as_str()).collect();
    let first = &named[..named.len().min(MOST)];
    let of_kinds = || format!("{} of “{}”", counted(first.len()), names.join("”, “"));
    let nearest = |n: usize| {
        let last = others.get(n - 1).map_or(best, |o| o.0);
        format!("the {} nearest in meaning (cosine {best:.2} to {last:.2})", counted(n))
    };
    let said = match (first.is_empty(), near) {
        (false, 0) => of_kinds(),
        (false, n) => format!("{}, then {}", of_kinds(), nearest(n)),
        (true, 0) => "no texts to search".to_owned(),
        (true, n) => nearest(n),
    };
    let texts = first.iter().chain(&others[..near]).map(|o| o.1).collect();
    Ok(Meant { texts, said: crate::text::sentence(&said) })
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
