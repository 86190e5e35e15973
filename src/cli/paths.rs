//! Where a session is kept when nobody says: in the state folder, under a name made from the input, so that the same
//! command finds it again.

use std::path::PathBuf;

use super::{CliError, folders};
use crate::model::Corpus;
use crate::session::SessionMeta;

/// A short name of the input and the settings that shape the clusters.
pub(super) fn fingerprint(corpus: &Corpus, meta: &SessionMeta) -> String {
    let mut h = blake3::Hasher::new();
    let mut field = |bytes: &[u8]| {
        h.update(&(bytes.len() as u64).to_le_bytes());
        h.update(bytes);
    };
    for s in &corpus.sources {
        field(s.name.as_bytes());
    }
    for p in &corpus.prompts {
        field(p.as_bytes());
    }
    for s in &corpus.samples {
        field(s.id.as_bytes());
        field(&s.source.0.to_le_bytes());
        field(&s.prompt.map_or(u32::MAX, |p| p.0).to_le_bytes());
        field(s.text.as_bytes());
    }
    field(format!("{} {:?} {} {:?} {}", meta.seed, meta.clusters, meta.max_windows, meta.view, meta.rounds).as_bytes());
    if let Some(embedder) = &meta.embedder {
        field(embedder.as_bytes());
    }
    h.finalize().to_hex()[..10].to_owned()
}

/// The file in the state folder; the folder is made when it is missing.
pub(super) fn default_session(corpus: &Corpus, fingerprint: &str) -> Result<PathBuf, CliError> {
    let folder = folders::sessions();
    std::fs::create_dir_all(&folder).map_err(|e| CliError::Write {
        what: folder.display().to_string(),
        why: format!("{e}; name a file with --session"),
    })?;
    let names: Vec<String> = corpus.sources.iter().take(2).map(|s| plain(&s.name)).collect();
    Ok(folder.join(format!("{}-{fingerprint}.gander", names.join("-vs-"))))
}

fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' }).take(40).collect()
}
