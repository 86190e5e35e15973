//! Does an answer speak of what was asked? Refusals, lapses into another language, loops, and answers to something else lie
//! far from their prompt. The measure is the cosine of the two, the usual one for whether an answer is to the point (answer
//! relevancy in RAGAS: Es et al. 2024). How far is far depends on the prompts, so no bound is set: of the answers farthest
//! from their prompt, more may be one side's than shuffled labels explain.

use std::borrow::Cow;

use super::design::Design;
use crate::linalg::Vectors;
use crate::model::{Corpus, SampleIx};
use crate::text::{head, tail};

/// Bytes of a long prompt that are read at either end: what is asked stands before or behind what it is about.
const END: usize = 500;
/// Shares of the answers that are looked at as the farthest, each 1.4 times the one before. Smaller ones cost more power
/// elsewhere than they found.
const SHARES: [f64; 9] = [0.01, 0.014, 0.02, 0.028, 0.04, 0.056, 0.08, 0.113, 0.16];
/// Answers looked at, at least.
const LEAST: usize = 5;

/// What of a prompt is read.
pub fn prompt_excerpt(prompt: &str) -> Cow<'_, str> {
    if prompt.len() <= 2 * END {
        return Cow::Borrowed(prompt);
    }
    Cow::Owned(format!("{} … {}", head(prompt, END), tail(prompt, END)))
}

/// How near each text is to its prompt: the cosine, −1 to 1 (`n`); not a number without a prompt and for blank texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Relevance(Vec<f32>);

impl Relevance {
    /// Of the vectors of all texts and of all prompts; nothing when they are not of one length.
    pub fn of(corpus: &Corpus, vectors: &Vectors, prompts: &Vectors) -> Option<Self> {
        let blank = |row: &[f32]| row.iter().all(|v| *v == 0.0);
        let cosine = |(s, i): (&crate::model::Sample, usize)| {
            let Some(prompt) = s.prompt else { return f32::NAN };
            let (text, prompt) = (vectors.row(i), prompts.row(prompt.0 as usize));
            if blank(text) || blank(prompt) {
                return f32::NAN;
            }
            text.iter().zip(prompt).map(|(a, b)| a * b).sum()
        };
        let fit = vectors.dims() == prompts.dims() && prompts.len() == corpus.prompts.len();
        fit.then(|| Self(corpus.samples.iter().zip(0..).map(cosine).collect()))
    }

    /// As stored.
    pub fn from_column(column: &Vectors) -> Option<Self> {
        (column.dims() == 1).then(|| Self(column.as_slice().to_vec()))
    }

    /// To be stored (`n × 1`).
    pub fn column(&self) -> Vectors {
        Vectors::new(1, self.0.clone())
    }

    /// Of one text, if it is known.
    pub fn get(&self, s: SampleIx) -> Option<f32> {
        self.0.get(s as usize).copied().filter(|c| !c.is_nan())
    }

    /// The answers of a contrast that are farthest from their prompt, in groups that grow; each the farthest first.
    pub(crate) fn farthest(&self, design: &Design) -> Vec<Vec<SampleIx>> {
        let mut order: Vec<(f32, SampleIx)> = (0..self.0.len() as SampleIx)
            .filter(|&s| design.takes_part(s))
            .filter_map(|s| Some((self.get(s)?, s)))
            .collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // Equals stand together: which of them comes first says nothing.
        let whole =
            |n: usize| n + order.iter().skip(n).take_while(|o| Some(o.0) == order.get(n - 1).map(|l| l.0)).count();
        let sizes = SHARES.iter().map(|share| (share * order.len() as f64).round() as usize);
        let mut sizes: Vec<usize> = sizes.filter(|&n| n >= LEAST).map(whole).collect();
        sizes.retain(|&n| n * 4 <= order.len());
        sizes.dedup();
        sizes.into_iter().map(|n| order.iter().take(n).map(|&(_, s)| s).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Contrast, PromptId, Sample, Source, SourceId};

    /// Prompts 0 and 1 along two axes; every answer of either source lies near its own, but for the first `astray` of the
    /// second source, which lie near the other.
    fn corpus(n: u32, astray: u32) -> (Corpus, Vectors, Vectors) {
        let mut corpus = Corpus { prompts: vec!["left".into(), "right".into()], ..Corpus::default() };
        let mut vectors = Vec::new();
        for source in 0..2u16 {
            corpus.sources.push(Source { name: format!("m{source}"), file: String::new(), samples: n as usize });
            for i in 0..n {
                let prompt = i % 2;
                let of = if source == 1 && i < astray { 1 - prompt } else { prompt };
                let angle = 0.001 * (i * 7 % n) as f32;
                let (sin, cos) = angle.sin_cos();
                vectors.extend([[cos, sin], [sin, cos]][of as usize]);
                corpus.samples.push(Sample {
                    id: format!("{source}.{i}"),
                    source: SourceId(source),
                    prompt: Some(PromptId(prompt)),
                    text: "t".into(),
                });
            }
        }
        (corpus, Vectors::new(2, vectors), Vectors::new(2, vec![1.0, 0.0, 0.0, 1.0]))
    }

    #[test]
    fn answers_to_something_else_are_the_farthest() {
        let (mut corpus, vectors, prompts) = corpus(250, 5);
        corpus.samples[3].prompt = None;
        let relevance = Relevance::of(&corpus, &vectors, &prompts).unwrap();
        assert_eq!([0, 3, 250, 500].map(|s| relevance.get(s)), [Some(1.0), None, Some(0.0), None]);
        let contrast = Contrast::pair(SourceId(0), SourceId(1));
        let design = Design::new(&corpus, &contrast, &corpus.canonical_ranks());
        let groups = relevance.farthest(&design);
        assert_eq!(groups[0], [250, 251, 252, 253, 254], "one in 100 of 499");
        assert!(groups.windows(2).all(|g| g[0].len() < g[1].len() && g[1].starts_with(&g[0])));
        assert_eq!(groups.last().map(Vec::len), Some(81), "80, and one that is as far as the last of them");
        assert!(groups.concat().iter().all(|s| *s != 3), "without a prompt nothing is far from it");
        let same = Relevance::from_column(&relevance.column()).unwrap();
        assert_eq!(same.farthest(&design), groups, "as it was stored");
    }

    #[test]
    fn equals_are_not_torn_apart() {
        let relevance = Relevance([vec![0.1; 4], vec![0.2; 16], vec![0.9; 80]].concat());
        let (mut corpus, ..) = corpus(50, 0);
        corpus.samples.iter_mut().for_each(|s| s.prompt = None);
        let design = Design::new(&corpus, &Contrast::pair(SourceId(0), SourceId(1)), &corpus.canonical_ranks());
        assert_eq!(relevance.farthest(&design).iter().map(Vec::len).collect::<Vec<_>>(), [20]);
    }

    #[test]
    fn vectors_of_another_length_say_nothing() {
        let (corpus, vectors, _) = corpus(4, 0);
        assert_eq!(Relevance::of(&corpus, &vectors, &Vectors::new(3, vec![0.0; 6])), None);
        assert_eq!(Relevance::from_column(&vectors), None);
    }

    #[test]
    fn both_ends_of_a_long_prompt_are_read() {
        assert_eq!(prompt_excerpt("What do geese eat?"), "What do geese eat?");
        let long = format!("Sum this up: {} What did the ü say?", "ü goose ".repeat(400));
        let read = prompt_excerpt(&long);
        assert!(
            read.starts_with("Sum this up: ü goose") && read.ends_with("What did the ü say?") && read.len() < 1_100
        );
    }
}
