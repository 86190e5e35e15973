//! What is random: which labels could have been swapped if the models were the same.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::model::{Contrast, Corpus, SampleIx, text_hash};

/// Where a sample stands in the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Takes no part in the contrast.
    Outside,
    /// Shares its prompt with texts of the other side: labels are exchangeable within the prompt.
    Stratum(u32),
    /// All texts of its prompt are on one side (or it has no prompt): the prompt as a whole has a label.
    Block(u32),
}

/// How the two sides are matched, as told to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pairing {
    /// Share of the samples whose prompt both sides answered.
    pub prompts_shared: f64,
    /// Whether labels are shuffled within prompts.
    pub by_prompt: bool,
    /// Whether whole prompts are the unit, because each was given to one side only and answered several times.
    pub by_block: bool,
    /// A warning to show, when topic shares may follow the prompts instead of the models.
    pub warning: Option<String>,
}

/// The sides, prompts and sizes that every test uses.
#[derive(Debug, Clone)]
pub struct Design {
    /// 1 for the right side, 0 for the left; 0 as well outside the contrast.
    side: Vec<u8>,
    place: Vec<Unit>,
    strata: Vec<Stratum>,
    /// Side and samples of each block.
    blocks: Vec<(u8, Vec<SampleIx>)>,
    /// Share of blocks on the right side.
    block_share: f64,
    sizes: [u32; 2],
    /// The side whose labels are drawn in a shuffle; chosen by the texts alone, so that swapping the models mirrors
    /// every shuffle.
    drawn: u8,
    pairing: Pairing,
}

#[derive(Debug, Clone)]
pub(super) struct Stratum {
    pub samples: Vec<SampleIx>,
    pub right: u32,
}

impl Design {
    /// Sorts the samples of a contrast into prompts answered by both sides and the rest.
    /// Shuffles go through prompts and their texts in the order of their `ranks` ([`Corpus::canonical_ranks`]).
    pub fn new(corpus: &Corpus, contrast: &Contrast, ranks: &[u32]) -> Self {
        let n = corpus.len();
        let mut order: Vec<SampleIx> = (0..n as u32).collect();
        order.sort_unstable_by_key(|&i| ranks[i as usize]);
        let mut side = vec![0u8; n];
        let mut place = vec![Unit::Outside; n];
        let mut sizes = [0u32; 2];
        let mut prompts: HashMap<u32, Vec<SampleIx>> = HashMap::new();
        let mut blocks: Vec<(u8, Vec<SampleIx>)> = Vec::new();
        for i in order {
            let (i, s) = (i as usize, &corpus.samples[i as usize]);
            let Some(at) = contrast.side(s.source) else {
                continue;
            };
            side[i] = at as u8;
            sizes[at] += 1;
            match s.prompt {
                Some(p) => prompts.entry(p.0).or_default().push(i as SampleIx),
                None => {
                    place[i] = Unit::Block(blocks.len() as u32);
                    blocks.push((at as u8, vec![i as SampleIx]));
                }
            }
        }
        let mut strata = Vec::new();
        let mut in_strata = 0;
        let mut prompts: Vec<Vec<SampleIx>> = prompts.into_values().collect();
        prompts.sort_unstable_by_key(|samples| samples.first().map(|&s| ranks[s as usize]));
        for samples in prompts {
            let right = samples.iter().map(|&s| u32::from(side[s as usize])).sum::<u32>();
            if right > 0 && (right as usize) < samples.len() {
                in_strata += samples.len();
                for &s in &samples {
                    place[s as usize] = Unit::Stratum(strata.len() as u32);
                }
                strata.push(Stratum { samples, right });
            } else {
                for &s in &samples {
                    place[s as usize] = Unit::Block(blocks.len() as u32);
                }
                blocks.push((u8::from(right > 0), samples));
            }
        }
        let taking_part = (sizes[0] + sizes[1]) as f64;
        let right_blocks = blocks.iter().filter(|b| b.0 == 1).count();
        let several = blocks.iter().filter(|b| b.1.len() > 1).map(|b| b.1.len()).sum::<usize>();
        let pairing = Pairing {
            prompts_shared: if taking_part > 0.0 { in_strata as f64 / taking_part } else { 0.0 },
            by_prompt: in_strata * 2 > taking_part as usize,
            by_block: several * 2 > taking_part as usize,
            warning: (several * 2 > taking_part as usize).then(|| {
                format!(
                    "The two sides were given different prompts ({} against {right_blocks}), several answers each: \
                     shares of topics follow the prompts and are not behaviour. Whole prompts are the unit of every \
                     test here.",
                    blocks.len() - right_blocks
                )
            }),
        };
        let block_share = if blocks.is_empty() { 0.0 } else { right_blocks as f64 / blocks.len() as f64 };
        let drawn = drawn_side(corpus, |i| place[i] != Unit::Outside, &side);
        Self { side, place, strata, blocks, block_share, sizes, drawn, pairing }
    }

    /// The side whose labels a shuffle draws.
    pub(super) fn drawn(&self) -> u8 {
        self.drawn
    }

    /// Probability that a shuffle puts the sample on the right side; 0 outside the contrast.
    pub(super) fn expected(&self, s: SampleIx) -> f32 {
        match self.place[s as usize] {
            Unit::Outside => 0.0,
            Unit::Block(_) => self.block_share as f32,
            Unit::Stratum(x) => {
                let stratum = &self.strata[x as usize];
                stratum.right as f32 / stratum.samples.len() as f32
            }
        }
    }

    /// Samples on the left and on the right.
    pub fn sizes(&self) -> [u32; 2] {
        self.sizes
    }

    /// Variance of one label, were all labels shuffled freely.
    pub(super) fn free_variance(&self) -> f64 {
        let [left, right] = self.sizes.map(f64::from);
        left * right / (left + right).max(1.0).powi(2)
    }

    /// How the sides are matched.
    pub fn pairing(&self) -> &Pairing {
        &self.pairing
    }

    /// Whether the sample takes part.
    pub fn takes_part(&self, s: SampleIx) -> bool {
        self.place[s as usize] != Unit::Outside
    }

    /// 1 when the sample is on the right side.
    pub fn side(&self, s: SampleIx) -> u8 {
        self.side[s as usize]
    }

    /// Prompt-like unit of a sample, for folds that never separate one prompt.
    pub(super) fn unit(&self, s: SampleIx) -> u32 {
        match self.place[s as usize] {
            Unit::Stratum(x) => x,
            Unit::Block(b) => self.strata.len() as u32 + b,
            Unit::Outside => u32::MAX,
        }
    }

    pub(super) fn place(&self, s: SampleIx) -> Unit {
        self.place[s as usize]
    }

    pub(super) fn strata(&self) -> &[Stratum] {
        &self.strata
    }

    pub(super) fn blocks(&self) -> &[(u8, Vec<SampleIx>)] {
        &self.blocks
    }

    /// Samples of the whole corpus.
    pub fn len(&self) -> usize {
        self.side.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.side.is_empty()
    }

    /// Counts of a group on both sides.
    pub fn counts(&self, group: &[SampleIx]) -> [u32; 2] {
        let mut n = [0; 2];
        for &s in group.iter().filter(|&&s| self.takes_part(s)) {
            n[usize::from(self.side(s))] += 1;
        }
        n
    }

    /// Mean and variance of the number of right-side texts in a group, were the labels swapped at random:
    /// hypergeometric within prompts (Mantel and Haenszel 1959), whole blocks drawn without replacement elsewhere.
    pub(super) fn expectation(&self, group: impl Iterator<Item = SampleIx>, scratch: &mut Scratch) -> (f64, f64) {
        scratch.strata.clear();
        scratch.blocks.clear();
        for s in group {
            match self.place[s as usize] {
                Unit::Stratum(x) => scratch.strata.push(x),
                Unit::Block(b) => scratch.blocks.push(b),
                Unit::Outside => {}
            }
        }
        let (mut mean, mut var) = (0.0, 0.0);
        scratch.strata.sort_unstable();
        for run in scratch.strata.chunk_by(|a, b| a == b) {
            let stratum = &self.strata[run[0] as usize];
            let (c, n) = (run.len() as f64, stratum.samples.len() as f64);
            let p = f64::from(stratum.right) / n;
            mean += c * p;
            var += c * p * (1.0 - p) * (n - c) / (n - 1.0).max(1.0);
        }
        scratch.blocks.sort_unstable();
        let mut distinct = 0.0;
        let (mut whole, mut squares) = (0.0, 0.0);
        for run in scratch.blocks.chunk_by(|a, b| a == b) {
            distinct += 1.0;
            whole += run.len() as f64;
            squares += (run.len() * run.len()) as f64;
        }
        let p = self.block_share;
        let left = 1.0 - distinct / (self.blocks.len() as f64).max(1.0);
        (mean + whole * p, var + squares * p * (1.0 - p) * left.max(0.0))
    }
}

/// The side whose texts, hashed and sorted, come first; sides with the same texts are alike in everything.
fn drawn_side(corpus: &Corpus, takes_part: impl Fn(usize) -> bool, side: &[u8]) -> u8 {
    let mut hashes: [Vec<u64>; 2] = [Vec::new(), Vec::new()];
    for (i, s) in corpus.samples.iter().enumerate().filter(|(i, _)| takes_part(*i)) {
        hashes[usize::from(side[i])].push(text_hash(&s.text));
    }
    hashes.iter_mut().for_each(|h| h.sort_unstable());
    u8::from(hashes[1] < hashes[0])
}

impl Design {
    /// Variance of Σ weight × label over some texts under the shuffles that the design allows: within each prompt without
    /// replacement, and of whole blocks. No text comes twice.
    pub(super) fn variance(&self, weights: impl Iterator<Item = (SampleIx, f32)>) -> f32 {
        let mut strata: Vec<(u32, f32)> = Vec::new();
        let mut blocks: Vec<(u32, f32)> = Vec::new();
        for (s, w) in weights {
            match self.place[s as usize] {
                Unit::Stratum(x) => strata.push((x, w)),
                Unit::Block(b) => blocks.push((b, w)),
                Unit::Outside => {}
            }
        }
        strata.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut variance = 0.0;
        for run in strata.chunk_by(|a, b| a.0 == b.0) {
            let stratum = &self.strata[run[0].0 as usize];
            let n = stratum.samples.len() as f32;
            let p = stratum.right as f32 / n;
            variance += p * (1.0 - p) * n / (n - 1.0).max(1.0) * spread(run.iter().map(|r| r.1), n);
        }
        blocks.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let sums = blocks.chunk_by(|a, b| a.0 == b.0).map(|run| run.iter().map(|r| r.1).sum::<f32>());
        let (n, p) = (self.blocks.len() as f32, self.block_share as f32);
        variance + p * (1.0 - p) * n / (n - 1.0).max(1.0) * spread(sums, n)
    }
}

/// Sum of squares about the mean of `n` values, of which all that are not given are zero.
fn spread(values: impl Iterator<Item = f32>, n: f32) -> f32 {
    let (sum, squares) = values.fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
    (squares - sum * sum / n.max(1.0)).max(0.0)
}

/// Buffers reused between calls of [`Design::expectation`].
#[derive(Debug, Default)]
pub(super) struct Scratch {
    strata: Vec<u32>,
    blocks: Vec<u32>,
}

#[cfg(test)]
impl Design {
    /// Of different texts, each on a side and perhaps with a prompt.
    pub(super) fn of_texts(texts: impl IntoIterator<Item = (bool, Option<u32>)>) -> Self {
        use crate::model::{PromptId, Sample, Source, SourceId};
        let source = |name: &str| Source { name: name.into(), file: String::new(), samples: 0 };
        let sample = |(i, (right, prompt)): (usize, (bool, Option<u32>))| Sample {
            id: i.to_string(),
            source: SourceId(u16::from(right)),
            prompt: prompt.map(PromptId),
            text: i.to_string(),
        };
        let samples: Vec<Sample> = texts.into_iter().enumerate().map(sample).collect();
        let prompts = samples.iter().filter_map(|s| s.prompt).map(|p| p.0 + 1).max().unwrap_or(0);
        let corpus = Corpus {
            sources: vec![source("a"), source("b")],
            prompts: (0..prompts).map(|p| p.to_string()).collect(),
            samples,
            ..Corpus::default()
        };
        Self::new(&corpus, &Contrast::pair(SourceId(0), SourceId(1)), &corpus.canonical_ranks())
    }
}
