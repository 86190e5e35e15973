//! What embeds the texts of a run, by its name on the command line and in a session.

use std::path::Path;

/// What stands for `--exact`.
pub(super) const EXACT: &str = "exact";
/// Begins the name of what made vectors that came with the samples.
const GIVEN: &str = "given/";

/// What embeds the texts of a run, as `--embedder` and a session name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EmbedderSpec<'a> {
    /// The built-in model, in full precision or in 8 bits.
    BuiltIn { exact: bool },
    /// Vectors came with the samples; the name says what made them.
    Given(&'a str),
    /// A server, by its URL.
    Server(&'a str),
    /// The folder of a sentence-transformer.
    Folder(&'a Path),
}

impl<'a> EmbedderSpec<'a> {
    pub fn of(named: Option<&'a str>) -> Self {
        match named {
            None => Self::BuiltIn { exact: false },
            Some(EXACT) => Self::BuiltIn { exact: true },
            Some(name) if name.starts_with(GIVEN) => Self::Given(name),
            Some(url) if url.starts_with("http://") || url.starts_with("https://") => Self::Server(url),
            Some(folder) => Self::Folder(Path::new(folder)),
        }
    }
}

/// A name that still holds in another folder.
pub(super) fn lasting(named: &str) -> String {
    match EmbedderSpec::of(Some(named)) {
        EmbedderSpec::Folder(folder) => {
            folder.canonicalize().map_or_else(|_| named.to_owned(), |f| f.display().to_string())
        }
        _ => named.to_owned(),
    }
}
