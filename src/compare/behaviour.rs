//! The behaviour view: what a prompt does not explain of its answers.
//!
//! With the same prompts on both sides topics are balanced by construction and the difference lies in how the models
//! answer. Each text keeps its direction away from the mean of the other answers to its prompt, so that its vector does
//! not depend on which model wrote it: labels stay exchangeable within the prompt, and with one answer a side the two
//! vectors are mirror images, whose labels one shuffle flips together. Identical answers and prompts answered once leave
//! nothing to compare: their vectors are zero, and no test counts them.

use std::collections::BTreeMap;

use crate::linalg::Vectors;
use crate::model::Corpus;

/// Shorter residuals than this are rounding, not behaviour.
const LEAST: f32 = 0.02;

/// Directions of the answers away from the other answers to their prompts (`n × d`, unit rows or zeros).
pub fn residuals(corpus: &Corpus, vectors: &Vectors) -> Vectors {
    let d = vectors.dims();
    let mut by_prompt: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, s) in corpus.samples.iter().enumerate() {
        if let Some(p) = s.prompt {
            by_prompt.entry(p.0).or_default().push(i);
        }
    }
    let mut out = vec![0f32; corpus.len() * d];
    for answers in by_prompt.into_values().filter(|a| a.len() > 1) {
        let mut sum = vec![0f32; d];
        for &i in &answers {
            for (s, v) in sum.iter_mut().zip(vectors.row(i)) {
                *s += v;
            }
        }
        let others = (answers.len() - 1) as f32;
        for &i in &answers {
            let row = &mut out[i * d..(i + 1) * d];
            for ((r, s), v) in row.iter_mut().zip(&sum).zip(vectors.row(i)) {
                *r = v - (s - v) / others;
            }
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            let scale = if norm < LEAST { 0.0 } else { 1.0 / norm };
            row.iter_mut().for_each(|v| *v *= scale);
        }
    }
    Vectors::new(d, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PromptId, Sample, SourceId};

    fn corpus(prompts: &[Option<u32>]) -> Corpus {
        let sample = |(i, p): (usize, &Option<u32>)| Sample {
            id: i.to_string(),
            source: SourceId(i as u16 % 2),
            prompt: p.map(PromptId),
            text: String::new(),
        };
        Corpus { samples: prompts.iter().enumerate().map(sample).collect(), ..Corpus::default() }
    }

    #[test]
    fn pairs_mirror_and_copies_vanish() {
        let c = corpus(&[Some(0), Some(0), Some(1), Some(1), Some(2), None]);
        let v = Vectors::new(2, vec![1.0, 0.0, 0.0, 1.0, 0.6, 0.8, 0.6, 0.8, 1.0, 0.0, 1.0, 0.0]);
        let r = residuals(&c, &v);
        assert!((r.row(0)[0] + r.row(1)[0]).abs() < 1e-6 && r.row(0)[0] > 0.7);
        for i in 2..6 {
            assert_eq!(r.row(i), [0.0, 0.0], "answer {i}");
        }
    }
}
