//! Ordered sources (checkpoints, rounds of self-training): does a cluster's share rise or fall from round to round?
//! Cochran (1954) and Armitage (1955), within prompts where several rounds answered the same ones: the prompts are strata
//! and their statistics and variances are summed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::significance::{ALPHA, fisher, normal_two_sided};
use crate::model::{Corpus, SampleIx};

/// A share over the rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Share of each round's texts that lie in the cluster.
    pub rate: Vec<f64>,
    /// Standardised trend; positive when the share grows.
    pub z: f64,
    /// Two-sided p; absent where the cluster is not tested.
    pub p: Option<f64>,
    /// Benjamini-Hochberg over the clusters.
    pub q: Option<f64>,
    /// The first round that departs from the first one (Fisher, Bonferroni over rounds and over all clusters), counted
    /// from 0.
    pub departs: Option<usize>,
}

impl Trend {
    /// Whether the share rises or falls, at 1 false alarm in 20.
    pub fn holds(&self) -> bool {
        self.q.is_some_and(|q| q < ALPHA)
    }

    /// Takes the test away: the rates stay.
    pub(super) fn untest(&mut self) {
        (self.z, self.p, self.q, self.departs) = (0.0, None, None, None);
    }
}

/// Texts inside and in all, by prompt and round; texts without a prompt are one stratum.
pub struct Rounds {
    strata: Vec<Option<u32>>,
    totals: BTreeMap<Option<u32>, Vec<u32>>,
    sizes: Vec<u32>,
}

impl Rounds {
    /// Prompts that only one round answered say nothing of a trend and are put together.
    pub fn new(corpus: &Corpus) -> Self {
        let rounds = corpus.sources.len();
        let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
        for s in &corpus.samples {
            if let Some(p) = s.prompt {
                let first = seen.entry(p.0).or_insert(u32::from(s.source.0));
                if *first != u32::from(s.source.0) {
                    *first = u32::MAX;
                }
            }
        }
        let strata: Vec<Option<u32>> =
            corpus.samples.iter().map(|s| s.prompt.map(|p| p.0).filter(|p| seen.get(p) == Some(&u32::MAX))).collect();
        let mut totals: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        for (s, stratum) in corpus.samples.iter().zip(&strata) {
            totals.entry(*stratum).or_insert_with(|| vec![0; rounds])[s.source.ix()] += 1;
        }
        Self { strata, totals, sizes: corpus.source_sizes() }
    }

    /// The trend of one group of texts; `q` is left at `p`. `looked_at` is what a p is multiplied by for everything else that
    /// is looked at.
    pub fn trend(&self, corpus: &Corpus, members: &[SampleIx], looked_at: f64) -> Trend {
        let rounds = self.sizes.len();
        let mut inside: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        let mut count = vec![0u32; rounds];
        for &s in members {
            let round = corpus.samples[s as usize].source.ix();
            inside.entry(self.strata[s as usize]).or_insert_with(|| vec![0; rounds])[round] += 1;
            count[round] += 1;
        }
        let (mut excess, mut variance) = (0.0, 0.0);
        for (stratum, x) in &inside {
            if let Some(n) = self.totals.get(stratum) {
                let (t, v) = armitage(x, n);
                excess += t;
                variance += v;
            }
        }
        let z = if variance > 1e-12 { excess / variance.sqrt() } else { 0.0 };
        let p = if variance > 1e-12 { normal_two_sided(z) } else { 1.0 };
        let departs = (1..rounds).find(|&r| {
            let p = fisher([count[0], count[r]], [self.sizes[0], self.sizes[r]]);
            p * ((rounds - 1) as f64) * looked_at < ALPHA
        });
        let rate = count.iter().zip(&self.sizes).map(|(c, n)| f64::from(*c) / f64::from((*n).max(1))).collect();
        Trend { rate, z, p: Some(p), q: Some(p), departs }
    }
}

/// Excess of the score and its variance under no trend, scores 0, 1, 2, …; hypergeometric variance, so that a stratum of
/// few texts is not overrated.
fn armitage(x: &[u32], n: &[u32]) -> (f64, f64) {
    let total: f64 = n.iter().map(|v| f64::from(*v)).sum();
    let hits: f64 = x.iter().map(|v| f64::from(*v)).sum();
    if total < 2.0 {
        return (0.0, 0.0);
    }
    let rate = hits / total;
    let sum = |f: &dyn Fn(usize) -> f64| (0..n.len()).map(f).sum::<f64>();
    let excess = sum(&|i| i as f64 * (f64::from(x[i]) - f64::from(n[i]) * rate));
    let first = sum(&|i| f64::from(n[i]) * i as f64);
    let second = sum(&|i| f64::from(n[i]) * (i * i) as f64);
    let variance = rate * (1.0 - rate) * (second - first * first / total) * total / (total - 1.0);
    (excess, variance.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Sample, Source, SourceId};

    #[test]
    fn armitage_as_in_r() {
        // R: prop.trend.test(c(83, 90, 129, 70), c(86, 93, 136, 82)) (smokers, Fleiss 1981): X-squared = 8.2249 with the
        // binomial variance, which is the hypergeometric one without total / (total - 1).
        let (x, n) = ([83, 90, 129, 70], [86, 93, 136, 82]);
        let (excess, variance) = armitage(&x, &n);
        let total = 397.0;
        let chi = excess * excess / (variance * (total - 1.0) / total);
        assert!((chi - 8.2249).abs() < 1e-3, "{chi}");
        assert!(excess < 0.0);
    }

    #[test]
    fn a_rising_share_departs_where_it_does() {
        let sources = (0..3).map(|i| Source { name: i.to_string(), file: String::new(), samples: 100 }).collect();
        let samples = (0..300u32)
            .map(|i| Sample {
                id: i.to_string(),
                source: SourceId((i / 100) as u16),
                prompt: None,
                text: String::new(),
            })
            .collect();
        let corpus = Corpus { sources, samples, ..Corpus::default() };
        let members: Vec<u32> = (0..10).chain(100..115).chain(200..260).collect();
        let t = Rounds::new(&corpus).trend(&corpus, &members, 1.0);
        assert!(t.z > 5.0 && t.p.is_some_and(|p| p < 1e-6) && t.departs == Some(2), "{t:?}");
        assert_eq!(t.rate, [0.1, 0.15, 0.6]);
    }
}
