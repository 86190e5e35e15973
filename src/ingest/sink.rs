//! Where importers put what they find in one file: samples, prompts that other files refer to, and what was left out.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use super::IngestOptions;
use super::draws::Draws;

/// One sample as it stands in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawSample {
    pub id: Option<String>,
    pub model: Option<String>,
    pub prompt: Option<String>,
    /// What pairs it with other samples, when that is not the prompt.
    pub pair: Option<String>,
    pub text: String,
    pub vector: Option<RawVector>,
}

/// A vector that came with a sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawVector {
    pub values: Vec<f32>,
    pub stance: Vec<f32>,
    pub coverage: f32,
    /// Who made it.
    pub embedder: Option<String>,
}

/// Samples of one file.
#[derive(Debug, Default)]
pub(crate) struct RawFile {
    pub path: PathBuf,
    pub samples: Vec<RawSample>,
    /// Broken lines passed over because the person said so.
    pub skipped: usize,
    /// Prompts by the id that answers in other files carry.
    pub prompts: BTreeMap<String, String>,
    /// Formats recognised in it.
    pub formats: BTreeSet<&'static str>,
    /// What was left out, with how often: failed requests, repeated filters and the like.
    pub left_out: BTreeMap<&'static str, usize>,
    /// Samples seen, with those that `--limit` leaves out.
    pub seen: usize,
    /// How they were drawn, where that is written beside them.
    pub draws: Draws,
}

/// Takes what an importer finds; keeps at most `limit` samples, chosen by the seed and not by their place.
pub(crate) struct Sink {
    pub file: RawFile,
    /// Documents met already, for formats that repeat them.
    pub met: HashSet<String>,
    limit: Option<usize>,
    seed: u64,
    /// By lot and place.
    kept: BTreeMap<(u64, usize), RawSample>,
}

impl Sink {
    pub fn new(path: PathBuf, options: &IngestOptions) -> Self {
        Self {
            file: RawFile { path, ..RawFile::default() },
            met: HashSet::new(),
            limit: options.limit,
            seed: options.seed,
            kept: BTreeMap::new(),
        }
    }

    pub fn push(&mut self, sample: RawSample) {
        let at = self.file.seen;
        self.file.seen += 1;
        let Some(limit) = self.limit else {
            self.file.samples.push(sample);
            return;
        };
        let mut h = blake3::Hasher::new();
        h.update(&self.seed.to_le_bytes());
        h.update(&(at as u64).to_le_bytes());
        let mut lot = [0u8; 8];
        lot.copy_from_slice(&h.finalize().as_bytes()[..8]);
        self.kept.insert((u64::from_le_bytes(lot), at), sample);
        if self.kept.len() > limit {
            self.kept.pop_last();
        }
    }

    pub fn leave_out(&mut self, why: &'static str) {
        *self.file.left_out.entry(why).or_default() += 1;
    }

    pub fn finish(mut self) -> RawFile {
        let mut kept: Vec<(usize, RawSample)> = self.kept.into_iter().map(|((_, at), s)| (at, s)).collect();
        kept.sort_by_key(|k| k.0);
        self.file.samples.extend(kept.into_iter().map(|k| k.1));
        self.file
    }
}
