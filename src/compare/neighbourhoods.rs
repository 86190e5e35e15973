//! How far the labels around each text lean to one side, against what shuffled labels do.
//!
//! Two views of "around" are averaged, because each misses what the other finds: the nearest 10, 20 and 40 texts (k-nearest-
//! neighbour differential abundance after Milo: Dann et al., Nature Biotechnology 2022), and labels spread over the graph of
//! texts that are among each other's nearest (a graph filter as in MELD: Burkhardt et al., Nature Biotechnology 2021), which
//! stays inside a small dense group where a fixed number of neighbours reaches beyond it. On 252 sets planted from labelled
//! texts the first planted text came 1.5 times as early as with the neighbours alone.
//!
//! A lean is measured in standard deviations of free shuffles, or of those the design allows where these are larger. Answers
//! to one prompt hold each other's labels in balance; without the floor a few of them would look surer than many prompts
//! together (with it the first planted text came 1.4 times as early on sets with shared prompts).

use rayon::prelude::*;

use super::design::{Design, Scratch};
use super::groups::{NullMax, join, threshold};
use super::permute::{COLUMNS, Permutations};
use crate::cluster::Neighbours;
use crate::model::SampleIx;

/// Nearest texts counted; the number that shows most is taken.
const SCALES: [usize; 3] = [10, 20, 40];
/// Nearest texts that may be linked, itself included.
const LINKED: usize = 15;
/// Steps that labels spread; each hands on half of what it got.
const STEPS: usize = 4;
/// Shuffles spread together.
const BLOCK: usize = 80;

/// The texts around each text that take part in the contrast and are not blank.
pub(super) struct Neighbourhoods {
    lists: Vec<Vec<SampleIx>>,
}

/// Leans of all texts.
pub(super) struct Leans {
    /// Signed lean of each text over the limit of one channel alone.
    pub score: Vec<f32>,
    /// Number of neighbours at which it is largest.
    pub scale: Vec<u8>,
    /// Largest lean anywhere under each shuffle, over the same limit.
    pub null: NullMax,
    /// Standard deviations that a neighbourhood needs to reach the limit.
    pub sd_needed: f32,
}

/// Labels spread over the graph: standardised, `n × COLUMNS`.
struct Spread {
    z: Vec<f32>,
}

impl Neighbourhoods {
    pub fn new(design: &Design, neighbours: &Neighbours, blank: &[bool]) -> Self {
        let usable = |s: SampleIx| design.takes_part(s) && !blank[s as usize];
        let lists = (0..design.len() as u32)
            .into_par_iter()
            .map(|s| {
                if usable(s) {
                    neighbours.of(s as usize).iter().copied().filter(|&j| usable(j)).collect()
                } else {
                    Vec::new()
                }
            })
            .collect();
        Self { lists }
    }

    /// As given.
    #[cfg(test)]
    pub fn of_lists(lists: Vec<Vec<SampleIx>>) -> Self {
        Self { lists }
    }

    /// The nearest texts of a text, itself first.
    pub fn of(&self, s: SampleIx) -> &[SampleIx] {
        &self.lists[s as usize]
    }

    /// Scores every text.
    pub fn lean(&self, design: &Design, permutations: &Permutations) -> Leans {
        let spread = self.spread(design, permutations);
        let counted = |each: &mut dyn FnMut(usize, usize, &[f32]), from: usize, to: usize| {
            let mut scratch = Scratch::default();
            for i in from..to {
                self.count(i, design, permutations, &mut scratch, each);
            }
        };
        let n = self.lists.len();
        let parts: Vec<usize> = (0..n).step_by(512).collect();
        // First what shuffled labels reach at each scale and in the graph, alone.
        let nulls: Vec<[NullMax; 4]> = parts
            .par_iter()
            .map(|&from| {
                let to = (from + 512).min(n);
                let mut null = [const { Vec::new() }; 4].map(|_: Vec<f32>| vec![0f32; COLUMNS]);
                counted(&mut |_, scale, z| top(&mut null[scale], z), from, to);
                for i in from..to {
                    top(&mut null[3], spread.of(i));
                }
                null
            })
            .collect();
        let limits: [f32; 4] = std::array::from_fn(|v| {
            let whole = nulls.iter().fold(vec![0f32; COLUMNS], |all, part| join(all, &part[v]));
            threshold(&whole, 1.0)
        });
        // Then both together.
        let leans: Vec<(Vec<(f32, u8)>, NullMax)> = parts
            .par_iter()
            .map(|&from| {
                let to = (from + 512).min(n);
                let mut null = vec![0f32; COLUMNS];
                let mut out = Vec::with_capacity(to - from);
                let mut best = vec![[0f32; COLUMNS]; to - from];
                let mut scales = vec![SCALES[0] as u8; to - from];
                counted(
                    &mut |i, scale, z| {
                        let best = &mut best[i - from];
                        let before = best[0];
                        for (b, z) in best.iter_mut().zip(z) {
                            let lean = z / limits[scale];
                            *b = if lean.abs() > b.abs() { lean } else { *b };
                        }
                        if best[0] != before {
                            scales[i - from] = SCALES[scale] as u8;
                        }
                    },
                    from,
                    to,
                );
                for (i, mut best) in (from..to).zip(best) {
                    for (b, z) in best.iter_mut().zip(spread.of(i)) {
                        *b = (*b + z / limits[3]) / 2.0;
                    }
                    top(&mut null, &best);
                    out.push((best[0], scales[i - from]));
                }
                (out, null)
            })
            .collect();
        let null = leans.iter().fold(vec![0f32; COLUMNS], |all, part| join(all, &part.1));
        let limit = threshold(&null, 0.2);
        let (score, scale) = leans.into_iter().flat_map(|part| part.0).map(|(z, scale)| (z / limit, scale)).unzip();
        let null = null.into_iter().map(|z| z / limit).collect();
        Leans { score, scale, null, sd_needed: limits[1] * limit }
    }

    /// Standardised counts of right-side labels around a text under every column, scale by scale.
    fn count(
        &self,
        i: usize,
        design: &Design,
        permutations: &Permutations,
        scratch: &mut Scratch,
        each: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let list = &self.lists[i];
        let mut sum = [0u8; COLUMNS];
        let mut z = [0f32; COLUMNS];
        let mut counted = 0;
        for (scale, &k) in SCALES.iter().enumerate() {
            let k = k.min(list.len());
            // Fewer neighbours than the scale before it would only repeat that one.
            if k <= counted {
                continue;
            }
            for &s in &list[counted..k] {
                for (t, v) in sum.iter_mut().zip(permutations.of(s)) {
                    *t += v;
                }
            }
            counted = k;
            let (mean, allowed) = design.expectation(list[..k].iter().copied(), scratch);
            if allowed < 1e-9 {
                continue;
            }
            let free = design.free_variance() * k as f64 * (1.0 - k as f64 / design.len() as f64);
            let (mean, inv) = (mean as f32, (1.0 / allowed.max(free).sqrt()) as f32);
            for (z, c) in z.iter_mut().zip(sum) {
                *z = (f32::from(c) - mean) * inv;
            }
            each(i, scale, &z);
        }
    }

    /// Texts linked with each text (itself included): those that are among each other's [`LINKED`] nearest.
    fn links(&self) -> Vec<Vec<SampleIx>> {
        let near = |s: SampleIx| &self.lists[s as usize][..LINKED.min(self.lists[s as usize].len())];
        (0..self.lists.len() as u32)
            .into_par_iter()
            .map(|i| near(i).iter().copied().filter(|&j| near(j).contains(&i)).collect())
            .collect()
    }

    fn spread(&self, design: &Design, permutations: &Permutations) -> Spread {
        let n = self.lists.len();
        let links = self.links();
        let mut z = vec![0f32; n * COLUMNS];
        for from in (0..COLUMNS).step_by(BLOCK) {
            let mut labels = vec![0f32; n * BLOCK];
            labels.par_chunks_exact_mut(BLOCK).enumerate().for_each(|(i, row)| {
                let all = permutations.of(i as SampleIx);
                row.iter_mut().zip(&all[from..from + BLOCK]).for_each(|(l, &v)| *l = f32::from(v));
            });
            let mut share = 0.5;
            for step in 0..=STEPS {
                if step > 0 {
                    let mut next = vec![0f32; n * BLOCK];
                    next.par_chunks_exact_mut(BLOCK).zip(&links).for_each(|(row, links)| {
                        for &j in links {
                            let from = &labels[j as usize * BLOCK..][..BLOCK];
                            row.iter_mut().zip(from).for_each(|(r, v)| *r += v);
                        }
                        let part = 1.0 / links.len().max(1) as f32;
                        row.iter_mut().for_each(|r| *r *= part);
                    });
                    labels = next;
                }
                z.par_chunks_exact_mut(COLUMNS).zip(labels.par_chunks_exact(BLOCK)).for_each(|(row, labels)| {
                    row[from..from + BLOCK].iter_mut().zip(labels).for_each(|(z, l)| *z += share * l);
                });
                share /= 2.0;
            }
        }
        z.par_chunks_exact_mut(COLUMNS).enumerate().for_each_init(
            || (vec![0f32; n], vec![0f32; n]),
            |(now, next), (i, row)| {
                if links[i].is_empty() {
                    row.fill(0.0);
                    return;
                }
                let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / COLUMNS as f64;
                let allowed = row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / COLUMNS as f64;
                let free = design.free_variance() * square_weights(&links, i, now, next);
                let inv = 1.0 / allowed.max(free).max(1e-9).sqrt();
                row.iter_mut().for_each(|v| *v = ((f64::from(*v) - mean) * inv) as f32);
            },
        );
        Spread { z }
    }
}

/// Sum of the squares of the weights that texts have in the spread label of text `i`. The two buffers (`n`) hold zeros, and
/// do so again afterwards.
fn square_weights(links: &[Vec<SampleIx>], i: usize, now: &mut [f32], total: &mut [f32]) -> f64 {
    let mut at = vec![i as SampleIx];
    let mut touched = at.clone();
    let mut weight = vec![1f32];
    let mut share = 0.5;
    for step in 0..=STEPS {
        for (&s, w) in at.iter().zip(&weight) {
            if total[s as usize] == 0.0 {
                touched.push(s);
            }
            total[s as usize] += share * w;
        }
        share /= 2.0;
        if step == STEPS {
            break;
        }
        let mut reached = Vec::new();
        for (&s, w) in at.iter().zip(&weight) {
            let list = &links[s as usize];
            let part = w / list.len().max(1) as f32;
            for &j in list {
                if now[j as usize] == 0.0 {
                    reached.push(j);
                }
                now[j as usize] += part;
            }
        }
        weight = reached.iter().map(|&s| std::mem::take(&mut now[s as usize])).collect();
        at = reached;
    }
    touched.iter().map(|&s| f64::from(std::mem::take(&mut total[s as usize])).powi(2)).sum()
}

impl Spread {
    fn of(&self, i: usize) -> &[f32] {
        &self.z[i * COLUMNS..(i + 1) * COLUMNS]
    }
}

/// Raises the maxima of shuffles to the absolute values given; column 0 is the observed labels and stays.
fn top(null: &mut NullMax, z: &[f32]) {
    for (n, z) in null.iter_mut().zip(z).skip(1) {
        *n = n.max(z.abs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_pair_and_of_a_lone_text() {
        // Two linked texts: after the first step each has half of both.
        let links = vec![vec![0, 1], vec![0, 1], vec![2]];
        let (mut a, mut b) = (vec![0f32; 3], vec![0f32; 3]);
        let own = 0.5 + 0.5 * (0.25 + 0.125 + 0.0625 + 0.03125);
        let other = 0.5 * (0.25 + 0.125 + 0.0625 + 0.03125);
        assert!((square_weights(&links, 0, &mut a, &mut b) - (own * own + other * other)).abs() < 1e-6);
        let lone = 0.5f64 + 0.25 + 0.125 + 0.0625 + 0.03125;
        assert!((square_weights(&links, 2, &mut a, &mut b) - lone * lone).abs() < 1e-6);
        assert!(a.iter().chain(&b).all(|v| *v == 0.0));
    }
}
