//! Sentences: the unit that is looked at where a change fills only part of an answer. The unit that is counted stays the text.
//!
//! Around each sentence are the sentences nearest to it, at most one of each text; the labels of their texts are counted as
//! those of whole texts once were (k-nearest-neighbour differential abundance after Milo: Dann et al., Nature Biotechnology
//! 2022), at several numbers of neighbours, and the best counts. Sentences that are the same word for word are one place, and
//! where a count would cut through their texts each of these counts in part, so that copies have no order.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::design::Design;
use super::groups::{NullMax, join, threshold};
use super::permute::{COLUMNS, Permutations};
use super::recruit::Recruiter;
use super::span::Span;
use super::tone::{Tone, tones_of};
use super::units::units;
use crate::cluster::Neighbours;
use crate::embed::Embedded;
use crate::linalg::Vectors;
use crate::model::{Corpus, SampleIx};

/// Shorter pieces (in bytes) say nothing.
const SHORTEST: usize = 9;
/// Sentences of a text that are read, from its beginning and from its end.
const AT_EITHER_END: usize = 12;
/// Different sentences that are read; of more, those of some texts only.
pub const MOST_SENTENCES: usize = 60_000;
/// Share of the texts that must have more than one sentence for the channel to see what regions do not.
const SEVERAL: f64 = 0.2;
/// Nearest texts counted; the number that shows most is taken.
const SCALES: [usize; 4] = [6, 10, 20, 40];
/// Nearest different sentences found for each.
const NEIGHBOURS: usize = 100;
/// Nearest sentences that join a group.
const LINK: usize = 15;
/// Cosine that they need, both centred.
const NEAR: f32 = 0.4;
/// Share of the best score of a group, or of the limit, down to which a sentence joins.
const JOIN: f32 = 0.55;

/// Texts that a group of sentences needs.
const LEAST_TEXTS: usize = 5;
/// Share of the texts, of both sides together, in which a stock sentence is, and their smallest number.
const STOCK: f64 = 0.05;
const STOCK_TEXTS: usize = 10;

/// The different sentences of a corpus.
#[derive(Debug, Clone, Default)]
pub struct Sentences {
    /// Where each stands; the first span is where its words are taken from.
    pub(super) spans: Vec<Vec<Span>>,
    /// Whether many texts have it word for word: “Let me know if you have any questions.” What such a sentence hides at the end
    /// of an answer is looked at without it; the sentence itself is found by its words. No label decides what is one.
    stock: Vec<bool>,
    /// Share of the texts whose sentences are here.
    coverage: f64,
}

impl Sentences {
    /// Splits all texts. `None` where nearly all texts are one sentence each: regions see these already. `ranks` gives the
    /// order ([`Corpus::canonical_ranks`]).
    pub fn of(corpus: &Corpus, ranks: &[u32]) -> Option<Self> {
        let split: Vec<Vec<Range<usize>>> = corpus.samples.par_iter().map(|s| sentence_ranges(&s.text)).collect();
        let several = split.iter().filter(|u| u.len() > 1).count();
        if (several as f64) < SEVERAL * corpus.len() as f64 || corpus.is_empty() {
            return None;
        }
        let mut order: Vec<SampleIx> = (0..corpus.len() as u32).collect();
        order.sort_unstable_by_key(|&s| ranks[s as usize]);
        let mut number: HashMap<&str, usize> = HashMap::new();
        let mut spans: Vec<Vec<Span>> = Vec::new();
        let mut read = 0usize;
        for &s in &order {
            if spans.len() >= MOST_SENTENCES {
                break;
            }
            read += 1;
            let text = corpus.samples[s as usize].text.as_str();
            for r in &split[s as usize] {
                let at = *number.entry(&text[r.clone()]).or_insert(spans.len());
                if at == spans.len() {
                    spans.push(Vec::new());
                }
                spans[at].push(Span { sample: s, bytes: [r.start as u32, r.end as u32] });
            }
        }
        let least = ((STOCK * read as f64) as usize).max(STOCK_TEXTS);
        // The spans of a sentence are in the order of the texts.
        let is_stock = |of: &Vec<Span>| of.chunk_by(|a, b| a.sample == b.sample).count() >= least;
        let stock = spans.iter().map(is_stock).collect();
        Some(Self { spans, stock, coverage: read as f64 / corpus.len() as f64 })
    }

    /// Number of different sentences.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Whether many texts have a sentence word for word.
    pub(super) fn is_stock(&self, i: usize) -> bool {
        self.stock[i]
    }

    /// Share of the texts whose sentences are read, 0 to 1.
    pub fn coverage(&self) -> f64 {
        self.coverage
    }

    /// The sentences, to be embedded (`n`).
    pub fn texts<'a>(&self, corpus: &'a Corpus) -> Vec<&'a str> {
        self.spans.iter().map(|s| words_of(corpus, s[0])).collect()
    }
}

/// The words of a span.
pub fn words_of(corpus: &Corpus, span: Span) -> &str {
    let text = corpus.samples.get(span.sample as usize).map_or("", |s| s.text.as_str());
    text.get(span.bytes[0] as usize..span.bytes[1] as usize).unwrap_or("")
}

/// Sentences of a text that are read: all, or those at either end of a long one.
pub fn sentence_ranges(text: &str) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = units(text).into_iter().filter(|r| r.len() >= SHORTEST).collect();
    if all.len() > 2 * AT_EITHER_END {
        all.drain(AT_EITHER_END..all.len() - AT_EITHER_END);
    }
    all
}

/// Sentences with their vectors and neighbours.
pub struct SentenceSpace {
    pub(super) sentences: Sentences,
    near: Neighbours,
    vectors: Vectors,
    /// Their mean before they were centred (`d`).
    centre: Vec<f32>,
    /// How strongly each has each tone, less the score that 1 in 200 ordinary sentences exceeds; absent where the
    /// embedder is another than the one that tones were fitted to.
    pub(super) tones: Option<Vec<[f32; Tone::ALL.len()]>>,
}

/// One sentence of each text.
pub(super) struct AtEnd {
    /// Its vector, centred (`n × d`); zeros where a text has none.
    pub vectors: Vectors,
    /// Where it stands.
    pub spans: Vec<Option<Span>>,
}

/// What was found around sentences.
pub(super) struct SentenceLeans {
    /// Signed lean of each sentence over the limit of its number of neighbours.
    pub z: Vec<f32>,
    /// Largest lean anywhere under each shuffle.
    pub null: NullMax,
    /// Standard deviations that one unit of `z` stands for, at least.
    pub sd: f32,
}

/// Texts around a sentence, the nearest first, each with how much of it counts at each scale.
struct Around {
    texts: Vec<SampleIx>,
    /// Ends of runs of texts that are equally near.
    ends: Vec<usize>,
}

impl SentenceSpace {
    /// From the sentences and what the embedder made of them (`len × d`).
    ///
    /// # Errors
    /// When neighbours cannot be found.
    pub fn new(sentences: Sentences, made: &Embedded) -> Result<Self, crate::cluster::ClusterError> {
        let near = Neighbours::find(&made.vectors, NEIGHBOURS)?;
        let tones = tones_of(made);
        let centre = crate::cluster::centre_of(&made.vectors);
        Ok(Self { sentences, near, vectors: crate::cluster::centred_rows(&made.vectors), centre, tones })
    }

    /// The sentences.
    pub fn sentences(&self) -> &Sentences {
        &self.sentences
    }

    /// Vectors of the sentences, centred (`len × d`).
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The mean of the vectors before they were centred (`d`).
    pub fn centre(&self) -> &[f32] {
        &self.centre
    }

    /// Every sentence of every text, with its number among the different ones.
    pub fn spans(&self) -> impl Iterator<Item = (usize, Span)> {
        self.sentences.spans.iter().enumerate().flat_map(|(i, of)| of.iter().map(move |span| (i, *span)))
    }

    fn around(&self, design: &Design, i: usize) -> Around {
        let most = SCALES[SCALES.len() - 1];
        let mut out = Around { texts: Vec::new(), ends: Vec::new() };
        let mut seen: Vec<SampleIx> = Vec::new();
        for &j in self.near.of(i) {
            let from = out.texts.len();
            for span in &self.sentences.spans[j as usize] {
                if design.takes_part(span.sample) && !seen.contains(&span.sample) {
                    seen.push(span.sample);
                    out.texts.push(span.sample);
                }
            }
            if out.texts.len() > from {
                out.ends.push(out.texts.len());
            }
            if out.texts.len() >= most {
                break;
            }
        }
        out
    }

    /// Of each text the number and the place of its first (or last) sentence that is not a stock sentence, if it has others.
    pub(super) fn ends(&self, texts: usize, last: bool) -> Vec<Option<(usize, Span)>> {
        let mut spans: Vec<Option<(usize, Span)>> = vec![None; texts];
        let order =
            |i: usize, s: &Span| (self.sentences.is_stock(i), if last { u32::MAX - s.bytes[0] } else { s.bytes[0] });
        for (i, all) in self.sentences.spans.iter().enumerate() {
            for span in all {
                let kept = &mut spans[span.sample as usize];
                if kept.is_none_or(|(k, s)| order(i, span) < order(k, &s)) {
                    *kept = Some((i, *span));
                }
            }
        }
        spans
    }

    /// The first (or the last) sentence of each text: what opens (or closes) an answer is compared with what opens (or
    /// closes) the others, where a habit stands out that is lost among all sentences.
    pub(super) fn at_end(&self, texts: usize, last: bool) -> AtEnd {
        let spans = self.ends(texts, last);
        let d = self.vectors.dims();
        let mut data = vec![0f32; texts * d];
        for (row, (i, _)) in data.chunks_exact_mut(d).zip(&spans).filter_map(|(r, s)| Some((r, s.as_ref()?))) {
            row.copy_from_slice(self.vectors.row(*i));
        }
        AtEnd {
            vectors: crate::cluster::centred_rows(&Vectors::new(d, data)),
            spans: spans.into_iter().map(|s| s.map(|s| s.1)).collect(),
        }
    }

    /// Scores every sentence.
    pub(super) fn lean(&self, design: &Design, permutations: &Permutations) -> SentenceLeans {
        let n = self.sentences.len();
        let z: Vec<[[f32; COLUMNS]; SCALES.len()]> = (0..n)
            .into_par_iter()
            .map(|i| {
                let around = self.around(design, i);
                let mut rows = [[0f32; COLUMNS]; SCALES.len()];
                let mut counted = 0;
                for (row, k) in rows.iter_mut().zip(SCALES) {
                    let weights = around.weights(k);
                    // Fewer texts than the scale before it would only repeat that one.
                    if weights.len() > counted || counted == 0 {
                        counted = weights.len();
                        *row = standardised(design, permutations, &weights);
                    }
                }
                rows
            })
            .collect();
        let limits: Vec<f32> = (0..SCALES.len())
            .map(|s| {
                let null = z.par_iter().fold(
                    || vec![0f32; COLUMNS],
                    |mut null, rows| {
                        null.iter_mut().zip(&rows[s]).skip(1).for_each(|(n, v)| *n = n.max(v.abs()));
                        null
                    },
                );
                threshold(&null.reduce(|| vec![0f32; COLUMNS], |a, b| join(a, &b)), 0.05, 1.5)
            })
            .collect();
        let best: Vec<[f32; COLUMNS]> = z
            .into_par_iter()
            .map(|rows| {
                let mut best = [0f32; COLUMNS];
                for (row, limit) in rows.iter().zip(&limits) {
                    for (b, v) in best.iter_mut().zip(row) {
                        let v = v / limit;
                        *b = if v.abs() > b.abs() { v } else { *b };
                    }
                }
                best
            })
            .collect();
        let mut null = vec![0f32; COLUMNS];
        for row in &best {
            null.iter_mut().zip(row).skip(1).for_each(|(n, v)| *n = n.max(v.abs()));
        }
        let sd = limits.iter().copied().fold(f32::INFINITY, f32::min);
        SentenceLeans { z: best.iter().map(|b| b[0]).collect(), null, sd }
    }

    /// Groups of sentences that lean the same way and are near each other, each with its best score: one span a text, of the
    /// texts of the contrast, the most telling first, and how many there were before other wordings joined.
    pub(super) fn groups(&self, design: &Design, score: &[f32]) -> Vec<(f32, Vec<Span>, usize)> {
        let n = score.len();
        let mut order: Vec<usize> = (0..n).filter(|&i| score[i].abs() >= 1.0).collect();
        order.sort_by(|&a, &b| score[b].abs().total_cmp(&score[a].abs()).then(a.cmp(&b)));
        let mut taken = vec![false; n];
        let mut out = Vec::new();
        let mut recruiter = None;
        for seed in order {
            if taken[seed] {
                continue;
            }
            let sign = score[seed].signum();
            let least = (score[seed].abs() * JOIN).min(1.0);
            let mut group = vec![seed];
            taken[seed] = true;
            let mut at = 0;
            while at < group.len() {
                let from = group[at];
                at += 1;
                for &j in self.near.of(from).iter().take(LINK) {
                    let j = j as usize;
                    if !taken[j] && score[j] * sign >= least && self.cosine(from, j) >= NEAR {
                        taken[j] = true;
                        group.push(j);
                    }
                }
            }
            let mut spans = self.one_a_text(design, &mut group, score, sign);
            let core = spans.len();
            if core >= LEAST_TEXTS {
                self.add_other_wordings(design, &mut recruiter, &group, sign > 0.0, &mut spans);
                out.push((score[seed], spans, core));
            }
        }
        out
    }

    /// Sentences that say the same as a group in other words, one of each text that is not in it yet. `recruiter` is made when
    /// it is first needed.
    fn add_other_wordings(
        &self,
        design: &Design,
        recruiter: &mut Option<Option<Recruiter>>,
        group: &[usize],
        right: bool,
        spans: &mut Vec<Span>,
    ) {
        let takes_part = |i: usize| self.sentences.spans[i].iter().any(|s| design.takes_part(s.sample));
        let recruiter = recruiter.get_or_insert_with(|| Recruiter::new(&self.vectors, takes_part));
        let Some(recruiter) = recruiter else { return };
        let more = recruiter.more(design, group, u8::from(right), |i| &self.sentences.spans[i]);
        let mut seen: std::collections::HashSet<SampleIx> = spans.iter().map(|s| s.sample).collect();
        let of_more = more.iter().flat_map(|&i| &self.sentences.spans[i]).copied();
        spans.extend(of_more.filter(|s| design.takes_part(s.sample) && seen.insert(s.sample)));
    }

    fn one_a_text(&self, design: &Design, group: &mut [usize], score: &[f32], sign: f32) -> Vec<Span> {
        group.sort_by(|&a, &b| (score[b] * sign).total_cmp(&(score[a] * sign)).then(a.cmp(&b)));
        let mut seen = std::collections::HashSet::new();
        let spans = group.iter().flat_map(|&i| &self.sentences.spans[i]).copied();
        spans.filter(|s| design.takes_part(s.sample) && seen.insert(s.sample)).collect()
    }

    fn cosine(&self, a: usize, b: usize) -> f32 {
        self.vectors.row(a).iter().zip(self.vectors.row(b)).map(|(x, y)| x * y).sum()
    }
}

impl Around {
    /// The nearest `k` texts with their weights: 1, and less for texts that are as near as the last of them.
    fn weights(&self, k: usize) -> Vec<(SampleIx, f32)> {
        let mut out = Vec::with_capacity(k);
        let mut from = 0;
        for &end in &self.ends {
            let run = &self.texts[from..end];
            let room = k.saturating_sub(from);
            if room == 0 {
                break;
            }
            let weight = (room as f32 / run.len() as f32).min(1.0);
            out.extend(run.iter().map(|&s| (s, weight)));
            from = end;
        }
        out
    }
}

/// Σ weight (label − expected) under every column over its standard deviation in the shuffles that the design allows.
fn standardised(design: &Design, permutations: &Permutations, weights: &[(SampleIx, f32)]) -> [f32; COLUMNS] {
    let mut sum = [0f32; COLUMNS];
    let mut expected = 0f32;
    for &(s, w) in weights {
        expected += w * design.expected(s);
        for (t, &label) in sum.iter_mut().zip(permutations.of(s)) {
            *t += w * f32::from(label);
        }
    }
    let variance = design.variance(weights.iter().copied());
    let mut out = [0f32; COLUMNS];
    if variance > 1e-3 {
        let inv = 1.0 / variance.sqrt();
        out.iter_mut().zip(sum).for_each(|(o, v)| *o = (v - expected) * inv);
    }
    out
}

#[cfg(test)]
#[path = "sentences_tests.rs"]
mod tests;
