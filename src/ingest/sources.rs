//! Which models are there: from a model field, or else one a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::IngestError;
use super::sink::{RawFile, RawSample};
use crate::model::{Source, SourceId};

/// The sources, and the source of each sample of each file.
pub(super) struct NamedSources {
    pub sources: Vec<Source>,
    pub source_of: Vec<Vec<SourceId>>,
}

/// File name without folder and extension.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |s| s.to_string_lossy().into_owned())
}

/// Names the sources. Samples of one model name belong to one source, in whatever file they stand; when that would
/// leave nothing to compare although there are several files, each file is a source.
pub(super) fn name_sources(
    files: &[RawFile],
    against: Option<&str>,
    notices: &mut Vec<String>,
) -> Result<NamedSources, IngestError> {
    let stems = unique_stems(files);
    let mut by_model = collect(files, |f, s| s.model.clone().unwrap_or_else(|| stems[f].clone()));
    if by_model.sources.len() == 1 && files.len() > 1 {
        let name = by_model.sources[0].name.clone();
        by_model = collect(files, |f, _| stems[f].clone());
        notices.push(format!("every file names the model “{name}”, so each file counts as a model of its own"));
    }
    if let Some(name) = against {
        let at = by_model.sources.iter().position(|s| s.name == name).ok_or_else(|| {
            let found = by_model.sources.iter().map(|s| format!("“{}”", s.name)).collect::<Vec<_>>();
            IngestError::NoSuchSource { name: name.to_owned(), found: found.join(", ") }
        })?;
        bring_first(&mut by_model, at);
    }
    Ok(by_model)
}

fn unique_stems(files: &[RawFile]) -> Vec<String> {
    let stems: Vec<String> = files.iter().map(|f| stem(&f.path)).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for s in &stems {
        *count.entry(s).or_default() += 1;
    }
    // Files of one name in two folders: the folder tells them apart.
    stems
        .iter()
        .zip(files)
        .map(|(s, f)| match (count.get(s.as_str()), f.path.parent().and_then(Path::file_name)) {
            (Some(n), Some(folder)) if *n > 1 => format!("{}/{s}", folder.to_string_lossy()),
            _ => s.clone(),
        })
        .collect()
}

fn collect(files: &[RawFile], name: impl Fn(usize, &RawSample) -> String) -> NamedSources {
    let mut ids: BTreeMap<String, SourceId> = BTreeMap::new();
    let mut sources = Vec::new();
    let source_of = files
        .iter()
        .enumerate()
        .map(|(f, file)| {
            file.samples
                .iter()
                .map(|s| {
                    let name = name(f, s);
                    *ids.entry(name.clone()).or_insert_with(|| {
                        sources.push(Source { name, file: file.path.display().to_string(), samples: 0 });
                        SourceId(sources.len() as u16 - 1)
                    })
                })
                .collect()
        })
        .collect();
    NamedSources { sources, source_of }
}

fn bring_first(named: &mut NamedSources, at: usize) {
    named.sources[..=at].rotate_right(1);
    let new = |old: usize| match old {
        o if o == at => 0,
        o if o < at => o + 1,
        o => o,
    };
    for s in named.source_of.iter_mut().flatten() {
        *s = SourceId(new(s.ix()) as u16);
    }
}
