//! What the files are, as gander understands them: `gander inspect`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use super::chat::Asked;
use super::sink::{RawFile, RawPrompt, Tally};
use super::sources::NamedSources;
use super::{IngestOptions, Turns};

/// What was found in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSummary {
    /// The file.
    pub path: PathBuf,
    /// Formats recognised.
    pub formats: Vec<String>,
    /// The fields that were taken, in words.
    pub fields: Option<String>,
    /// Samples.
    pub samples: usize,
    /// Samples of each model; empty where it is not decided what the models are.
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
    /// Id, prompt and text of the first sample.
    pub first: Option<[String; 3]>,
}

/// Says what is in a file; `names` are the models of its samples, and empty where these are not decided.
pub(super) fn of_file(file: &RawFile, names: &[&str], options: &IngestOptions) -> FileSummary {
    let mut models: BTreeMap<String, usize> = BTreeMap::new();
    let mut answered: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (i, s) in file.samples.iter().enumerate() {
        let model = names.get(i).copied();
        if let Some(model) = model {
            *models.entry(model.to_owned()).or_default() += 1;
        }
        if let Some(p) = s.pair.clone().or_else(|| s.prompt.as_ref().map(shown)) {
            answered.entry(p).or_default().extend(model);
        }
    }
    let mut lengths: Vec<usize> = file.samples.iter().map(|s| s.text.chars().count()).collect();
    lengths.sort_unstable();
    let at = |share: f64| lengths.get((lengths.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0);
    let first = file.samples.first().map(|s| {
        let prompt = s.prompt.as_ref().map_or_else(|| "(none)".to_owned(), shown);
        [s.id.clone().unwrap_or_else(|| "(none: its place in the file)".to_owned()), prompt, s.text.clone()]
    });
    FileSummary {
        path: file.path.clone(),
        formats: file.formats.iter().map(|f| f.name().to_owned()).collect(),
        fields: fields(file),
        samples: file.samples.len(),
        models,
        prompts_given: file.prompts.len(),
        prompts: answered.len(),
        shared_prompts: answered.values().filter(|m| m.len() > 1).count(),
        lengths: [at(0.0), at(0.5), at(1.0)],
        oddities: oddities(file, options),
        first,
    }
}

/// The name of each sample's model, file by file.
pub(super) fn model_names(named: &NamedSources) -> Vec<Vec<&str>> {
    let name = |id: &crate::model::SourceId| named.sources[id.ix()].name.as_str();
    named.source_of.iter().map(|of| of.iter().map(name).collect()).collect()
}

fn shown(prompt: &RawPrompt) -> String {
    match prompt {
        RawPrompt::Asked(Asked { text, .. }) => text.clone(),
        RawPrompt::Id(id) => format!("(in another file, under “{id}”)"),
    }
}

/// Which fields were taken, which could have been, and the flag that changes it.
fn fields(file: &RawFile) -> Option<String> {
    let c = &file.chosen;
    let list = |names: &[String]| names.iter().map(|n| format!("“{n}”")).collect::<Vec<_>>().join(", ");
    let also = |names: &[String], flag: &str| {
        if names.is_empty() { String::new() } else { format!(" (also there: {}; {flag} FIELD reads it)", list(names)) }
    };
    let text = match &c.text {
        Some(t) => format!("text from “{t}”{}", also(&c.other_texts, "--text-field")),
        None if c.other_texts.is_empty() => return None,
        None => format!("text from the chat{}", also(&c.other_texts, "--text-field")),
    };
    let prompt = c.prompt.as_ref().map(|p| format!(", prompt from “{p}”{}", also(&c.other_prompts, "--prompt-field")));
    Some(format!("{text}{}", prompt.unwrap_or_default()))
}

fn oddities(file: &RawFile, options: &IngestOptions) -> Vec<String> {
    let mut out = Vec::new();
    let mut count = |n: usize, what: &str, more: &str| {
        if n > 0 {
            out.push(format!("{n} {what}{} {more}", if n == 1 { "" } else { "s" }));
        }
    };
    count(file.samples.iter().filter(|s| s.text.trim().is_empty()).count(), "blank text", "(kept: they are evidence)");
    let mut seen = HashSet::new();
    let repeated = file.samples.iter().filter(|s| !seen.insert(&s.text)).count();
    count(repeated, "text", "repeated word for word from an earlier sample");
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    count(
        file.samples.iter().filter(|s| s.text.chars().any(control)).count(),
        "text",
        "with control characters (shown as marks)",
    );
    count(file.skipped, "broken line", "skipped");
    out.extend(tally(&file.tally, options));
    out.extend(left_out(file));
    out
}

/// What was left out of a file, with the first lines.
pub(super) fn left_out(file: &RawFile) -> Vec<String> {
    let sentence = |(why, n): (&String, &super::sink::LeftOut)| {
        let lines: Vec<String> = n.lines.iter().map(usize::to_string).collect();
        let more = if n.times > lines.len() { ", …" } else { "" };
        let at = match lines.len() {
            0 => String::new(),
            1 if more.is_empty() => format!(" (line {})", lines[0]),
            _ => format!(" (lines {}{more})", lines.join(", ")),
        };
        format!("left out {} ×: {why}{at}", n.times)
    };
    file.left_out.iter().map(sentence).collect()
}

/// What the answers have besides their texts.
pub(super) fn tally(t: &Tally, options: &IngestOptions) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |n: usize, one: &str, many: &str| {
        if n > 0 {
            out.push(format!("{n} {}", if n == 1 { one } else { many }));
        }
    };
    let read = if options.with_reasoning { "read too" } else { "not read (--with-reasoning reads it)" };
    say(
        t.reasoning,
        &format!("answer has reasoning, which is {read}"),
        &format!("answers have reasoning, which is {read}"),
    );
    say(t.refusals, "answer is a refusal in a field of its own", "answers are refusals in a field of their own");
    say(t.calls, "answer also calls tools", "answers also call tools");
    say(t.media, "answer has images or other parts without text", "answers have images or other parts without text");
    let which = match options.turn {
        Turns::Nth(n) => format!("number {n}"),
        _ => "the last".to_owned(),
    };
    let change = format!("not read: {which} of each conversation is (--turn all or --turn N changes it)");
    say(t.earlier, &format!("other answer is {change}"), &format!("other answers are {change}"));
    out
}
