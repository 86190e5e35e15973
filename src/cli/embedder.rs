//! Which embedder a run uses, and the user's cache of vectors; `gander cache`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::CliError;
use super::args::CacheArgs;
use crate::embed::{Cached, EmbedError, Embedder, MiniLm, VectorCache};

/// Mebibytes the cache keeps when `GANDER_CACHE_MIB` says nothing: about 1.3 million vectors of the built-in model.
const LIMIT_MIB: u64 = 2048;

/// The built-in embedder behind the cache.
///
/// # Errors
/// When the model is damaged.
pub(super) fn make(max_windows: usize) -> Result<Arc<dyn Embedder>, EmbedError> {
    let model: Arc<dyn Embedder> = Arc::new(MiniLm::new(max_windows)?);
    Ok(match cache() {
        Some(cache) => Arc::new(Cached::new(model, cache)),
        None => model,
    })
}

fn limit() -> u64 {
    let mib = std::env::var("GANDER_CACHE_MIB").ok().and_then(|v| v.parse().ok()).unwrap_or(LIMIT_MIB);
    mib.saturating_mul(1 << 20)
}

fn path() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|h| h.join(".cache")))?;
    Some(folder.join("gander").join("vectors.db"))
}

pub(super) fn cache() -> Option<VectorCache> {
    if limit() == 0 {
        return None;
    }
    VectorCache::open(&path()?, limit())
}

/// `gander cache`: what is kept, or nothing any more.
pub(super) fn show(args: &CacheArgs) -> Result<(), CliError> {
    let Some(cache) = cache() else {
        return say(
            "No cache: GANDER_CACHE_MIB is 0, or there is no folder to write to. Vectors are computed every time.",
        );
    };
    if args.clear {
        cache.clear().map_err(|e| CliError::Write { what: cache.path().display().to_string(), why: e.to_string() })?;
    }
    let size = cache.size();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    say(&format!(
        "{}: {} vectors, {:.1} MiB of {:.0} MiB (GANDER_CACHE_MIB; 0 turns it off). {}",
        cache.path().display(),
        size.entries,
        mib(size.bytes),
        mib(cache.limit()),
        if args.clear { "Cleared." } else { "The least recently used go first; --clear forgets all." }
    ))
}

fn say(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout(), "{text}")
        .map_err(|e| CliError::Write { what: "standard output".into(), why: e.to_string() })
}
