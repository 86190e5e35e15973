//! Texts to vectors: the [`Embedder`] trait, the built-in all-MiniLM-L6-v2, the workers that feed it, and the
//! cache of vectors.

mod attention;
mod cache;
mod cross_encoder;
mod device;
mod encoder;
mod heads;
mod linear;
mod minilm;
mod ops;
mod pairs;
mod precomputed;
mod quantized;
mod readable;
mod sentence;
mod stack;
mod stance;
mod tiles;
mod tokens;
#[cfg_attr(not(target_arch = "x86_64"), path = "embed/vnni/absent.rs")]
mod vnni;
mod weights;
mod workers;

pub use cache::{CacheSize, Cached, VectorCache};
pub use cross_encoder::CrossEncoder;
pub use minilm::MiniLm;
pub use precomputed::{VectorsOnly, read_vectors};
pub use readable::Unreadable;
pub use sentence::SentenceModel;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::linalg::Vectors;

/// Why texts could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The weights inside the program are not what this version expects.
    #[error("the built-in embedding model is damaged ({0}); rebuild gander from a clean checkout")]
    Model(String),
    /// The tokenizer refused a text.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// A file of vectors cannot be used.
    #[error("{}: {why}", path.display())]
    Given {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The vectors came from elsewhere, so no new words can be compared with them.
    #[error(
        "words cannot be compared with these vectors: the model that produced them is not available; name it when you open the session"
    )]
    NoTextModel,
    /// A folder holds no model that can be used.
    #[error("{}: {why}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong, and the remedy.
        why: String,
    },
    /// A server of embeddings failed.
    #[error("{0}")]
    Server(String),
    /// The person asked to stop.
    #[error("embedding was cancelled")]
    Cancelled,
}

impl From<candle_core::Error> for EmbedError {
    fn from(e: candle_core::Error) -> Self {
        Self::Model(e.to_string())
    }
}

/// What an embedder made of some texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// One row a text.
    pub vectors: Vectors,
    /// Share of each text that was read, 0 to 1.
    pub coverage: Vec<f32>,
    /// Where each text stands, in the space of [`Embedder::stance_dims`]; absent when the embedder cannot tell.
    pub stance: Option<Vectors>,
}

/// How far an embedding run is; shared with whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Texts done.
    pub done: AtomicUsize,
    /// Texts in all, where they were counted only when they were about to be embedded.
    pub total: AtomicUsize,
    /// Set to stop; the run ends with [`EmbedError::Cancelled`].
    pub cancel: AtomicBool,
}

impl Progress {
    /// As if nothing had been done or cancelled.
    pub fn restart(&self) {
        self.done.store(0, Ordering::Relaxed);
        self.cancel.store(false, Ordering::Relaxed);
    }

    fn add(&self, texts: usize) {
        self.done.fetch_add(texts, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// Turns texts into vectors of unit length.
pub trait Embedder: Send + Sync {
    /// Name and revision; vectors of different ids are never mixed.
    fn id(&self) -> String;
    /// Length of a vector.
    fn dims(&self) -> usize;
    /// Length of a stance vector (`diagnostics::Opposition` reads them); 0 when the embedder makes none.
    fn stance_dims(&self) -> usize {
        0
    }
    /// Whether texts leave this machine to be embedded.
    fn is_remote(&self) -> bool {
        false
    }
    /// What is rounded, in a few words.
    fn precision(&self) -> String;
    /// Word pieces of some texts that are not in the vocabulary, and all of them; `None` when the embedder does not say.
    ///
    /// # Errors
    /// When the tokenizer refuses a text.
    fn unknown_pieces(&self, _texts: &[&str]) -> Result<Option<[usize; 2]>, EmbedError> {
        Ok(None)
    }
    /// As [`Self::embed`], for texts whose stance nobody asks for, such as words and labels: without it where that is faster.
    /// The vectors are the same.
    ///
    /// # Errors
    /// As [`Self::embed`].
    fn embed_without_stance(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        self.embed(texts, progress)
    }
    /// Unit vectors of all texts. Neither the number of threads nor the other texts change a text's vector.
    ///
    /// # Errors
    /// When the model fails, or cancelled through `progress`.
    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError>;
}
