//! The texts in memory: a few thousand, read from the session shortly before they are shown.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::SampleIx;
use crate::text::Clean;

/// Texts kept in memory.
const TEXTS_KEPT: usize = 2_000;

/// Texts that were read.
#[derive(Debug, Default)]
pub struct TextCache {
    texts: HashMap<SampleIx, Arc<Clean>>,
    originals: HashMap<SampleIx, Arc<str>>,
    /// Those that are being read.
    asked: Vec<SampleIx>,
}

impl TextCache {
    /// The safe text of a sample, when it has been read.
    pub fn text(&self, s: SampleIx) -> Option<&Arc<Clean>> {
        self.texts.get(&s)
    }

    /// The text of a sample as it was written, when it has been read.
    pub(super) fn original(&self, s: SampleIx) -> Option<&Arc<str>> {
        self.originals.get(&s)
    }

    /// Keeps a text that was read.
    pub(super) fn keep(&mut self, s: SampleIx, text: &str) {
        if self.texts.len() >= TEXTS_KEPT {
            self.texts.clear();
            self.originals.clear();
        }
        self.texts.insert(s, Arc::new(Clean::from_untrusted(text)));
        self.originals.insert(s, Arc::from(text));
        self.asked.retain(|&w| w != s);
    }

    /// Of the texts that are needed those that are neither there nor asked for; they count as asked for from now on.
    pub(super) fn missing(&mut self, mut needed: Vec<SampleIx>) -> Vec<SampleIx> {
        needed.retain(|s| !self.texts.contains_key(s) && !self.asked.contains(s));
        needed.sort_unstable();
        needed.dedup();
        self.asked.extend(&needed);
        needed
    }
}
