//! Texts to windows of word-piece tokens.

use tokenizers::Tokenizer;

use super::EmbedError;
use crate::text::head;

/// Tokens of a window of the built-in model, `[CLS]` and `[SEP]` included: the limit it was used with.
pub(super) const WINDOW: usize = 256;
/// Tokens that two neighbouring windows share, so that no sentence is seen only in halves.
const OVERLAP: usize = 32;
/// Bytes of text that can matter for one token. A word piece is seldom over 16 bytes; past this a text is cut before
/// tokenising, so that a text of megabytes costs no more than the windows kept.
const BYTES_A_TOKEN: usize = 64;

/// Tokens of one text, cut into the windows that the model reads one at a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Windows {
    /// Token ids of each window, special tokens included; empty for an empty text.
    pub ids: Vec<Vec<u32>>,
    /// Share of the text's tokens that the windows cover, 0 to 1.
    pub coverage: f32,
}

/// The model's tokenizer with a limit on windows.
pub(super) struct WindowTokenizer {
    tokenizer: Tokenizer,
    max_windows: usize,
    /// Tokens of a window.
    window: usize,
    cls: u32,
    sep: u32,
    /// Stands for a piece outside the vocabulary, in models that have one for it.
    unknown: Option<u32>,
    /// What every window begins with, after the first token.
    prefix: Vec<u32>,
}

impl WindowTokenizer {
    /// Reads a `tokenizer.json`; padding and truncation stored in it are ignored.
    pub fn new(json: &[u8], window: usize, max_windows: usize, prefix: &str) -> Result<Self, EmbedError> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|e| EmbedError::Tokenizer(e.to_string()))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| EmbedError::Tokenizer(e.to_string()))?;
        let special = |bert: &str, roberta: &str| {
            let found = tokenizer.token_to_id(bert).or_else(|| tokenizer.token_to_id(roberta));
            found.ok_or_else(|| EmbedError::Tokenizer(format!("neither {bert} nor {roberta} is in the vocabulary")))
        };
        let (cls, sep) = (special("[CLS]", "<s>")?, special("[SEP]", "</s>")?);
        let unknown = tokenizer.token_to_id("[UNK]").or_else(|| tokenizer.token_to_id("<unk>"));
        let prefix = tokenizer.encode_fast(prefix, false).map_err(|e| EmbedError::Tokenizer(e.to_string()))?;
        let prefix = prefix.get_ids().to_vec();
        Ok(Self { tokenizer, max_windows: max_windows.max(1), window, cls, sep, unknown, prefix })
    }

    /// Tokens known.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The bytes of a text that windows can hold.
    fn head<'a>(&self, text: &'a str) -> &'a str {
        head(text, self.max_windows.saturating_mul(self.window * BYTES_A_TOKEN))
    }

    /// Pieces of one text that are not in the vocabulary, and all of them.
    pub fn unknown_pieces(&self, text: &str) -> Result<[usize; 2], EmbedError> {
        let encoding =
            self.tokenizer.encode_fast(self.head(text), false).map_err(|e| EmbedError::Tokenizer(e.to_string()))?;
        let ids = encoding.get_ids();
        Ok([ids.iter().filter(|&&id| Some(id) == self.unknown).count(), ids.len()])
    }

    /// Windows of one text; none for a text without a token.
    pub fn windows(&self, text: &str) -> Result<Windows, EmbedError> {
        let read = self.head(text);
        let encoding = self.tokenizer.encode_fast(read, false).map_err(|e| EmbedError::Tokenizer(e.to_string()))?;
        let all = encoding.get_ids();
        let body = self.window - 2 - self.prefix.len();
        let step = body - OVERLAP.min(body / 2);
        let mut ids = Vec::new();
        let mut covered = 0;
        let mut from = 0;
        while ids.len() < self.max_windows && from < all.len() && covered < all.len() {
            covered = all.len().min(from + body);
            let mut window = Vec::with_capacity(covered - from + 2 + self.prefix.len());
            window.push(self.cls);
            window.extend_from_slice(&self.prefix);
            window.extend_from_slice(&all[from..covered]);
            window.push(self.sep);
            ids.push(window);
            from += step;
        }
        let seen = if all.is_empty() { 1.0 } else { covered as f32 / all.len() as f32 };
        let coverage = if text.is_empty() { 1.0 } else { seen * read.len() as f32 / text.len() as f32 };
        Ok(Windows { ids, coverage })
    }
}
