//! Embeds many texts: tokenise, sort by length, batch under a token budget, one single-threaded worker a core.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::device::{self, OnDevice};
use super::encoder::Encoder;
use super::tokens::{WindowTokenizer, Windows};
use super::{EmbedError, Progress};

/// Tokens a worker handles at a time: its activations stay within a few megabytes.
const BATCH_TOKENS: usize = 384;
/// Texts tokenised ahead of embedding; bounds memory and lets progress and cancelling stay fresh.
const CHUNK: usize = 4096;

/// A network, where it runs.
pub(super) enum Network {
    /// On every core.
    Processor(Box<Encoder>),
    /// On a GPU.
    Device(OnDevice),
}

impl Network {
    /// How its numbers are named in an id: those of a GPU differ in the last bits.
    pub fn numbers(&self, on_processor: &str) -> String {
        match self {
            Self::Processor(_) => on_processor.to_owned(),
            Self::Device(_) => format!("{on_processor}-gpu"),
        }
    }

    /// From now on texts get their vectors alone.
    pub fn cut_branch(&mut self) {
        match self {
            Self::Processor(e) => e.branch = None,
            Self::Device(e) => e.branch = None,
        }
    }

    fn dims(&self) -> usize {
        match self {
            Self::Processor(e) => e.dims(),
            Self::Device(e) => e.dims(),
        }
    }

    /// Numbers a text: see [`Encoder::width`].
    fn width(&self, branch: bool) -> usize {
        match self {
            Self::Processor(e) if !branch => e.dims(),
            Self::Processor(e) => e.width(),
            Self::Device(e) => e.width(),
        }
    }

    /// Without the branch where it is not wanted; on a device always with it.
    fn pooled(&self, batch: &[&[u32]], branch: bool) -> candle_core::Result<Vec<f32>> {
        match self {
            Self::Processor(e) => e.pooled(batch, branch),
            Self::Device(e) => e.pooled(batch),
        }
    }

    /// Tokens handled at a time, and by how many workers.
    fn budget(&self) -> (usize, usize) {
        match self {
            Self::Processor(_) => (BATCH_TOKENS, rayon::current_num_threads()),
            Self::Device(_) => (device::BATCH_TOKENS, 1),
        }
    }
}

/// A network with the tokenizer that feeds it.
pub(super) struct TextEncoder {
    pub network: Network,
    pub tokens: WindowTokenizer,
}

impl TextEncoder {
    /// Length of a vector.
    pub fn dims(&self) -> usize {
        self.network.dims()
    }

    /// Pieces of all texts that are not in the vocabulary, and all pieces.
    pub fn unknown_pieces(&self, texts: &[&str]) -> Result<[usize; 2], EmbedError> {
        let counts = texts.par_iter().map(|t| self.tokens.unknown_pieces(t));
        counts.try_reduce(|| [0, 0], |a, b| Ok([a[0] + b[0], a[1] + b[1]]))
    }

    /// Embeds texts on every core and hands on, in their order, what each became: the sum of its windows weighted by length
    /// (`d`, and behind it what the branch says if there is one and it is wanted). A window's vector does not depend on the others in its batch.
    /// Returns the share of each text that was read.
    pub fn embed(
        &self,
        texts: &[&str],
        branch: bool,
        progress: &Progress,
        mut each: impl FnMut(&[f32]),
    ) -> Result<Vec<f32>, EmbedError> {
        let mut coverage = Vec::with_capacity(texts.len());
        let pools = WorkerPools::new(self.network.budget().1);
        for chunk in texts.chunks(CHUNK) {
            let windows = chunk.par_iter().map(|t| self.tokens.windows(t)).collect::<Result<Vec<_>, _>>()?;
            coverage.extend(windows.iter().map(|w| w.coverage));
            embed_chunk(&self.network, branch, &windows, progress, &pools)?
                .chunks_exact(self.network.width(branch))
                .for_each(&mut each);
        }
        Ok(coverage)
    }
}

/// One rayon pool of one thread for each core: the integer product inside then does not split its tiny matrices.
struct WorkerPools(Vec<rayon::ThreadPool>);

impl WorkerPools {
    fn new(n: usize) -> Self {
        Self((0..n).filter_map(|_| rayon::ThreadPoolBuilder::new().num_threads(1).build().ok()).collect())
    }
}

fn embed_chunk(
    network: &Network,
    branch: bool,
    texts: &[Windows],
    progress: &Progress,
    pools: &WorkerPools,
) -> Result<Vec<f32>, EmbedError> {
    let dims = network.width(branch);
    let windows: Vec<(usize, &[u32])> =
        texts.iter().enumerate().flat_map(|(i, w)| w.ids.iter().map(move |ids| (i, ids.as_slice()))).collect();
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.sort_by_key(|&w| (std::cmp::Reverse(windows[w].1.len()), w));
    let batches = batches(&order, network.budget().0, |w| windows[w].1.len());
    let next = AtomicUsize::new(0);
    let last_window: Vec<usize> = texts
        .iter()
        .scan(0, |n, w| {
            *n += w.ids.len();
            Some(*n)
        })
        .collect();
    let work = || -> Result<Vec<(usize, Vec<f32>)>, EmbedError> {
        let mut out = Vec::new();
        loop {
            if progress.cancelled() {
                return Err(EmbedError::Cancelled);
            }
            let b = next.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = batches.get(b) else {
                return Ok(out);
            };
            let ids: Vec<&[u32]> = batch.iter().map(|&w| windows[w].1).collect();
            out.push((b, network.pooled(&ids, branch)?));
            let finished = batch.iter().filter(|&&w| last_window[windows[w].0] == w + 1).count();
            progress.add(finished);
        }
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = pools.0.iter().map(|pool| scope.spawn(|| pool.install(work))).collect();
        handles.into_iter().map(|h| h.join().unwrap_or(Err(EmbedError::Cancelled))).collect()
    });
    let mut vectors = vec![0f32; windows.len() * dims];
    for result in results {
        for (b, rows) in result? {
            for (&w, row) in batches[b].iter().zip(rows.chunks_exact(dims)) {
                vectors[w * dims..(w + 1) * dims].copy_from_slice(row);
            }
        }
    }
    progress.add(texts.iter().filter(|w| w.ids.is_empty()).count());
    Ok(pool_windows(&windows, &vectors, texts.len(), dims))
}

/// Sum of each text's windows weighted by their lengths.
fn pool_windows(windows: &[(usize, &[u32])], vectors: &[f32], texts: usize, dims: usize) -> Vec<f32> {
    let mut out = vec![0f32; texts * dims];
    for ((text, ids), row) in windows.iter().zip(vectors.chunks_exact(dims)) {
        let sum = &mut out[text * dims..(text + 1) * dims];
        for (s, v) in sum.iter_mut().zip(row) {
            *s += v * ids.len() as f32;
        }
    }
    out
}

/// Cuts the order into batches of at most `most` tokens (a longer window stands alone).
fn batches(order: &[usize], most: usize, len: impl Fn(usize) -> usize) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut tokens = usize::MAX;
    for &w in order {
        if tokens.saturating_add(len(w)) > most {
            out.push(Vec::new());
            tokens = 0;
        }
        tokens += len(w);
        if let Some(batch) = out.last_mut() {
            batch.push(w);
        }
    }
    out
}
