//! Sources, prompts and samples.

use serde::{Deserialize, Serialize};

use super::Field;

/// What is clustered and compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The texts.
    #[default]
    Topic,
    /// What the prompt does not explain of its answers.
    Behaviour,
}

impl View {
    /// Its name, as in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Behaviour => "behaviour",
        }
    }

    /// The one that is not shown.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Topic => Self::Behaviour,
            Self::Behaviour => Self::Topic,
        }
    }
}

/// A model (or a checkpoint, or a round of self-training): a number into [`Corpus::sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u16);

impl SourceId {
    /// As an index.
    pub fn ix(self) -> usize {
        usize::from(self.0)
    }
}

/// A prompt: a number into [`Corpus::prompts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PromptId(pub u32);

/// A sample: a number into [`Corpus::samples`], in the order of the input.
pub type SampleIx = u32;

/// One model whose texts are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name shown everywhere.
    pub name: String,
    /// File it was read from (the first, when several).
    pub file: String,
    /// Number of samples.
    pub samples: usize,
}

/// One text that a model wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Unique over the corpus.
    pub id: String,
    /// Who wrote it.
    pub source: SourceId,
    /// What it answers, if known.
    pub prompt: Option<PromptId>,
    /// The text as in the file; may be empty.
    pub text: String,
}

/// All samples of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corpus {
    /// The models, the reference first.
    pub sources: Vec<Source>,
    /// Distinct prompts, as first seen.
    pub prompts: Vec<String>,
    /// Every text of every file.
    pub samples: Vec<Sample>,
    /// Fields of the records with few values, or with numbers.
    pub fields: Vec<Field>,
}

/// A hash of a text (FNV-1a) that is the same everywhere and always.
pub(crate) fn text_hash(text: &str) -> u64 {
    super::hash::fnv(text.bytes())
}

impl Corpus {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// What a sample answers, if it is known.
    pub fn prompt_of(&self, sample: &Sample) -> Option<&str> {
        self.prompts.get(sample.prompt?.0 as usize).map(String::as_str)
    }

    /// The source of each sample.
    pub fn source_of(&self) -> Vec<SourceId> {
        self.samples.iter().map(|s| s.source).collect()
    }

    /// The place of each sample in an order that follows from the texts alone, and looks random: what is halved, sampled or
    /// shuffled in it comes out the same whatever order the samples were read in.
    pub fn canonical_ranks(&self) -> Vec<u32> {
        let prompts: Vec<u64> = self.prompts.iter().map(|p| text_hash(p)).collect();
        // The source comes after everything that a model does not choose, so that models swapped change little.
        let key = |i: SampleIx| {
            let s = &self.samples[i as usize];
            let prompt = s.prompt.and_then(|p| prompts.get(p.0 as usize)).copied();
            (text_hash(&s.text), prompt, s.source, &s.id)
        };
        let mut order: Vec<(_, SampleIx)> = (0..self.len() as u32).map(|i| (key(i), i)).collect();
        order.sort_unstable();
        let mut ranks = vec![0; self.len()];
        for (place, (_, i)) in order.into_iter().enumerate() {
            ranks[i as usize] = place as u32;
        }
        ranks
    }

    /// The same samples with other texts, one a sample in their order. No text is copied.
    #[must_use]
    pub fn with_texts(&self, texts: Vec<String>) -> Self {
        let samples = self.samples.iter().zip(texts);
        let samples = samples.map(|(s, text)| Sample { id: s.id.clone(), source: s.source, prompt: s.prompt, text });
        Self {
            sources: self.sources.clone(),
            prompts: self.prompts.clone(),
            samples: samples.collect(),
            fields: self.fields.clone(),
        }
    }

    /// Two texts against each other, shortened, in one line.
    pub fn pair_in_words(&self, pair: [SampleIx; 2]) -> String {
        let short = |s: SampleIx| {
            let text = self.samples[s as usize].text.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("“{}”", crate::text::shorten(&text, 100))
        };
        format!("{} against {}", short(pair[0]), short(pair[1]))
    }

    /// Number of samples of each source.
    pub fn source_sizes(&self) -> Vec<u32> {
        let mut n = vec![0; self.sources.len()];
        for s in &self.samples {
            n[s.source.ix()] += 1;
        }
        n
    }
}
