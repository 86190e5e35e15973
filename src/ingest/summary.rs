//! What a file is, as gander understands it: `gander inspect`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use super::error::IngestError;
use super::{IngestOptions, open};

/// What was found in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSummary {
    /// Formats recognised.
    pub formats: Vec<String>,
    /// Samples of each model; samples without a name are under the file's.
    pub models: BTreeMap<String, usize>,
    /// Prompts given in the file for answers elsewhere.
    pub prompts_given: usize,
    /// Distinct prompts of the samples.
    pub prompts: usize,
    /// Prompts that more than one model answered.
    pub shared_prompts: usize,
    /// Shortest, median and longest text, in characters.
    pub lengths: [usize; 3],
    /// Sentences about blank texts, copies, control characters and what was left out.
    pub oddities: Vec<String>,
    /// Id, model, prompt and text of the first sample.
    pub first: Option<[String; 4]>,
}

/// Reads one file and says what is in it.
///
/// # Errors
/// The sentences of [`super::ingest`].
pub fn summarise(path: &Path, options: &IngestOptions) -> Result<Vec<(std::path::PathBuf, FileSummary)>, IngestError> {
    open::expand(path)?.into_iter().map(|p| Ok((p.clone(), one(&p, options)?))).collect()
}

fn one(path: &Path, options: &IngestOptions) -> Result<FileSummary, IngestError> {
    let file = open::read_file(path, options)?;
    let stem = super::sources::stem(path);
    let mut models: BTreeMap<String, usize> = BTreeMap::new();
    let mut answered: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for s in &file.samples {
        let model = s.model.as_deref().unwrap_or(&stem);
        *models.entry(model.to_owned()).or_default() += 1;
        if let Some(p) = s.pair.as_ref().or(s.prompt.as_ref()) {
            answered.entry(p).or_default().insert(model);
        }
    }
    let mut lengths: Vec<usize> = file.samples.iter().map(|s| s.text.chars().count()).collect();
    lengths.sort_unstable();
    let at = |share: f64| lengths.get((lengths.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0);
    let mut oddities = Vec::new();
    let mut count = |n: usize, what: &str, more: &str| {
        if n > 0 {
            oddities.push(format!("{n} {what}{} {more}", if n == 1 { "" } else { "s" }));
        }
    };
    count(file.samples.iter().filter(|s| s.text.trim().is_empty()).count(), "blank text", "(kept: they are evidence)");
    let mut seen = HashSet::new();
    count(file.samples.iter().filter(|s| !seen.insert(&s.text)).count(), "text", "that stood before, word for word");
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    count(
        file.samples.iter().filter(|s| s.text.chars().any(control)).count(),
        "text",
        "with control characters (shown as marks)",
    );
    count(file.skipped, "broken line", "skipped");
    for (why, n) in &file.left_out {
        oddities.push(format!("left out {n} ×: {why}"));
    }
    oddities.extend(file.draws.warnings());
    let first = file.samples.first().map(|s| {
        let or = |v: &Option<String>, otherwise: &str| v.clone().unwrap_or_else(|| otherwise.to_owned());
        let prompt = or(&s.prompt, "(none)");
        let prompt = match prompt.strip_prefix('\0') {
            Some(id) => format!("(in another file, under “{id}”)"),
            None => prompt,
        };
        [or(&s.id, "(none: its place in the file)"), or(&s.model, &format!("(none: “{stem}”)")), prompt, s.text.clone()]
    });
    Ok(FileSummary {
        formats: file.formats.iter().map(|f| (*f).to_owned()).collect(),
        prompts_given: file.prompts.len(),
        prompts: answered.len(),
        shared_prompts: answered.values().filter(|m| m.len() > 1).count(),
        models,
        lengths: [at(0.0), at(0.5), at(1.0)],
        oddities,
        first,
    })
}
