//! Files that were read, made into one corpus.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::chat::Asked;
use super::sink::{LeftOut, RawFile, RawPrompt, Tally};
use super::sources::NamedSources;
use super::{IngestError, IngestOptions, Ingested, columns, conditions, draws, fields, folder, summary, vectors};
use crate::model::{Corpus, PromptId, Sample};

/// Files up to which each says for itself what was left out of it.
const FEW_FILES: usize = 4;

/// Makes one corpus of all files that hold samples.
///
/// # Errors
/// When the models cannot be told apart, or vectors do not fit each other.
pub(super) fn assemble(
    mut files: Vec<RawFile>,
    named: NamedSources,
    options: &IngestOptions,
    mut notices: Vec<String>,
) -> Result<Ingested, IngestError> {
    tell(&files, options, &mut notices);
    settle_systems(&mut files, &named);
    let fields = columns::columns(&files, named.field.as_deref());
    let told_by = named.told_by;
    let mut corpus = Corpus { sources: named.sources, fields, ..Corpus::default() };
    let mut prompts: HashMap<String, PromptId> = HashMap::new();
    let mut ids = IdPool::default();
    let mut vectors = vectors::Collected::default();
    let labels = labels(&files);
    for ((file, source_of), label) in files.into_iter().zip(named.source_of).zip(labels) {
        for (n, (raw, source)) in file.samples.into_iter().zip(source_of).enumerate() {
            let key = raw.pair.map(|k| format!("\0{k}"));
            let text = match raw.prompt {
                Some(RawPrompt::Asked(asked)) => Some(asked.text),
                // A system prompt that belongs to the prompt was put into it; an id alone stands in for its prompt.
                Some(RawPrompt::Id(id)) => Some(format!("(prompt {id})")),
                None => key.as_ref().map(|k| format!("({})", &k[1..])),
            };
            let prompt = text.map(|p| {
                let key = key.unwrap_or_else(|| normalised(&p));
                *prompts.entry(key).or_insert_with(|| {
                    corpus.prompts.push(p);
                    PromptId(corpus.prompts.len() as u32 - 1)
                })
            });
            let id = ids.unique(raw.id.unwrap_or_else(|| format!("{label}/{}", n + 1)));
            corpus.sources[source.ix()].samples += 1;
            vectors.push(&file.path, &id, raw.vector)?;
            corpus.samples.push(Sample { id, source, prompt, text: raw.text });
        }
    }
    notices.extend(ids.notice());
    let given = vectors.finish(&mut notices);
    let conditions = conditions::differing(&corpus);
    // What explains a difference is said before any.
    let alike = draws::repeated_seeds(&corpus);
    let notices =
        alike.into_iter().chain(conditions.iter().map(conditions::Condition::sentence)).chain(notices).collect();
    Ok(Ingested { corpus, notices, given, conditions, told_by })
}

/// Gives answers that name a prompt in another file its text and settings. Where that file is missing the id stands in
/// for the prompt, so that answers to one prompt are still matched.
pub(super) fn join_prompts(files: &mut [RawFile], notices: &mut Vec<String>) {
    let mut prompts: HashMap<String, Asked> = HashMap::new();
    let mut settings: HashMap<String, Vec<(String, super::pool::RawValue)>> = HashMap::new();
    for f in files.iter_mut() {
        prompts.extend(std::mem::take(&mut f.prompts));
        for (id, list) in std::mem::take(&mut f.settings) {
            let named = list.into_iter().map(|(at, v)| (f.pool.name(at).to_owned(), v)).collect();
            settings.insert(id, named);
        }
    }
    let mut unknown = 0;
    for f in files {
        for sample in &mut f.samples {
            let Some(RawPrompt::Id(id)) = &sample.prompt else { continue };
            for (name, value) in settings.get(id).into_iter().flatten() {
                sample.fields.extend(f.pool.add(name, value.clone()));
            }
            match prompts.get(id) {
                Some(asked) => sample.prompt = Some(RawPrompt::Asked(asked.clone())),
                None => unknown += 1,
            }
        }
    }
    if unknown > 0 {
        notices.push(format!(
            "{unknown} prompts are known by their id alone; name the file with the prompts too to read them"
        ));
    }
}

/// A system prompt that every sample of a model has is a setting of that model, and no part of the prompts: otherwise
/// nothing would be paired where it differs. One that changes within a model is a part of what was asked.
fn settle_systems(files: &mut [RawFile], named: &NamedSources) {
    let mut of: Vec<HashSet<Option<String>>> = vec![HashSet::new(); named.sources.len()];
    for (file, sources) in files.iter().zip(&named.source_of) {
        for (sample, source) in file.samples.iter().zip(sources) {
            if let Some(RawPrompt::Asked(asked)) = &sample.prompt {
                of[source.ix()].insert(asked.system.clone());
            }
        }
    }
    let is_setting = of.iter().all(|systems| systems.len() <= 1);
    for file in files {
        for sample in &mut file.samples {
            let Some(RawPrompt::Asked(asked)) = &mut sample.prompt else { continue };
            let Some(system) = asked.system.clone() else { continue };
            if !is_setting {
                asked.text = asked.whole();
            }
            sample.fields.extend(file.pool.add("system", super::pool::RawValue::Text(system.into())));
        }
    }
}

/// Says what was chosen and what was left out.
fn tell(files: &[RawFile], options: &IngestOptions, notices: &mut Vec<String>) {
    let mut told: HashSet<String> = HashSet::new();
    for f in files.iter().filter(|f| !f.chosen.other_texts.is_empty()) {
        let others = fields::listed(f.chosen.other_texts.iter().map(|t| format!("“{t}”")));
        let text = f.chosen.text.as_ref().map_or_else(|| "the chat".to_owned(), |t| format!("“{t}”"));
        let sentence = format!("the texts are read from {text}; there is {others} too, which --text-field would read");
        if told.insert(sentence.clone()) {
            notices.push(sentence);
        }
    }
    if files.len() > FEW_FILES {
        return tell_together(files, options, notices);
    }
    for f in files {
        let own = summary::left_out(f).into_iter().chain(summary::tally(&f.tally, options));
        notices.extend(own.map(|what| format!("{}: {what}", f.path.display())));
        if f.seen > f.samples.len() {
            notices.push(format!("{}: {} of {} samples, by --limit", f.path.display(), f.samples.len(), f.seen));
        }
        if f.skipped > 0 {
            let n = f.skipped;
            notices.push(format!("{}: skipped {n} broken line{}", f.path.display(), if n == 1 { "" } else { "s" }));
        }
    }
}

/// Many files say it together.
fn tell_together(files: &[RawFile], options: &IngestOptions, notices: &mut Vec<String>) {
    let mut left: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut all = Tally::default();
    let (mut seen, mut kept, mut skipped) = (0, 0, 0);
    for f in files {
        for (why, LeftOut { times, .. }) in &f.left_out {
            let entry = left.entry(why).or_default();
            *entry = (entry.0 + times, entry.1 + 1);
        }
        all.reasoning += f.tally.reasoning;
        all.refusals += f.tally.refusals;
        all.calls += f.tally.calls;
        all.media += f.tally.media;
        all.earlier += f.tally.earlier;
        seen += f.seen;
        kept += f.samples.len();
        skipped += f.skipped;
    }
    let in_files = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
    notices.extend(left.iter().map(|(why, (n, of))| format!("left out {n} × in {}: {why}", in_files(*of))));
    notices.extend(summary::tally(&all, options));
    if seen > kept {
        notices.push(format!("{kept} of {seen} samples, by --limit"));
    }
    if skipped > 0 {
        notices.push(format!("skipped {skipped} broken line{}", if skipped == 1 { "" } else { "s" }));
    }
}

/// What ids of samples without their own begin with: the file's stem, with its folder where several are called the same.
fn labels(files: &[RawFile]) -> Vec<String> {
    let stems: Vec<String> = files.iter().map(|f| folder::stem(&f.path)).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    stems.iter().for_each(|s| *count.entry(s).or_default() += 1);
    stems
        .iter()
        .zip(files)
        .map(|(s, f)| match f.path.parent().and_then(std::path::Path::file_name) {
            Some(folder) if count.get(s.as_str()).is_some_and(|n| *n > 1) => {
                format!("{}/{s}", folder.to_string_lossy())
            }
            _ => s.clone(),
        })
        .collect()
}

/// Prompts that differ only in white space are the same prompt.
fn normalised(prompt: &str) -> String {
    prompt.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Gives every sample an id of its own.
#[derive(Default)]
struct IdPool {
    seen: HashMap<String, u32>,
    repeated: usize,
    example: Option<(String, String)>,
}

impl IdPool {
    /// The id itself, or with the first free `#2`, `#3`, … when it was taken.
    fn unique(&mut self, id: String) -> String {
        let Some(count) = self.seen.get_mut(&id) else {
            self.seen.insert(id.clone(), 1);
            return id;
        };
        let mut n = *count + 1;
        let mut new = format!("{id}#{n}");
        while self.seen.contains_key(&new) {
            n += 1;
            new = format!("{id}#{n}");
        }
        self.seen.insert(id.clone(), n);
        self.seen.insert(new.clone(), 1);
        self.repeated += 1;
        self.example.get_or_insert((id, new.clone()));
        new
    }

    fn notice(&self) -> Option<String> {
        let (old, new) = self.example.as_ref()?;
        let n = self.repeated;
        Some(if n == 1 {
            format!("1 id was there already and got a suffix: the second “{old}” is now “{new}”")
        } else {
            format!("{n} ids were there already and got a suffix: the second “{old}” is now “{new}”")
        })
    }
}
