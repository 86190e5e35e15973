//! How the texts were sampled: settings in which the models differ explain differences of their texts, so they are said
//! before any.

use std::collections::BTreeMap;

use crate::model::{Corpus, Field, FieldValues, SourceId};
use crate::text::shorten;

/// Fields that are settings of the sampling, by the last part of their name.
const SETTINGS: [&str; 29] = [
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "typical_p",
    "max_tokens",
    "max_new_tokens",
    "max_gen_toks",
    "max_completion_tokens",
    "max_output_tokens",
    "max_length",
    "seed",
    "system",
    "system_prompt",
    "system_message",
    "do_sample",
    "num_beams",
    "best_of",
    "repetition_penalty",
    "frequency_penalty",
    "presence_penalty",
    "length_penalty",
    "reasoning_effort",
    "chat_template",
    "request_format",
    "quantization",
    "dtype",
    "num_fewshot",
    "n_shot",
];
/// Fields that say how an answer ended.
const ENDS: [&str; 4] = ["finish_reason", "stop_reason", "finishReason", "limit"];
/// Shares of answers that ended alike differ from here on.
const MORE: f64 = 0.05;
/// And so do their numbers.
const AT_LEAST: usize = 5;
/// Values named of each model.
const NAMED: usize = 4;
/// Different values of a setting up to which they are compared one by one.
const COMPARED: usize = 16;
/// Characters of a value.
const SHOWN: usize = 60;

/// One way in which the models were not sampled alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The setting.
    pub setting: String,
    /// For each model, its name and what it had.
    pub models: Vec<(String, String)>,
}

impl Condition {
    /// In one sentence without a full stop.
    pub fn sentence(&self) -> String {
        let sides: Vec<String> = self.models.iter().map(|(m, v)| format!("{m} {v}")).collect();
        format!(
            "the models were not sampled alike, which may explain differences: {} is {}",
            self.setting,
            sides.join(", ")
        )
    }
}

/// Whether a field is a setting of the sampling.
pub(super) fn is_setting(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    SETTINGS.contains(&last)
}

/// The settings in which models differ, and the ends of their answers.
pub(super) fn differing(corpus: &Corpus) -> Vec<Condition> {
    if corpus.sources.len() < 2 {
        return Vec::new();
    }
    corpus.fields.iter().filter_map(|f| setting(f, corpus).or_else(|| ends(f, corpus))).collect()
}

/// How often each value is in each source.
fn counted(field: &Field, corpus: &Corpus) -> Vec<BTreeMap<Option<String>, usize>> {
    let mut counts = vec![BTreeMap::new(); corpus.sources.len()];
    for (i, s) in corpus.samples.iter().enumerate() {
        *counts[s.source.ix()].entry(field.values.shown(i)).or_default() += 1;
    }
    counts
}

fn setting(field: &Field, corpus: &Corpus) -> Option<Condition> {
    if !is_setting(&field.name) {
        return None;
    }
    let counts = counted(field, corpus);
    let keys = |c: &BTreeMap<Option<String>, usize>| c.keys().cloned().collect::<Vec<_>>();
    // Seeds that differ from answer to answer say nothing.
    let many = counts.iter().all(|c| c.len() > COMPARED);
    if many || counts.windows(2).all(|w| keys(&w[0]) == keys(&w[1])) {
        return None;
    }
    let shown = |c: &BTreeMap<Option<String>, usize>| -> String {
        let values =
            c.keys().map(|v| v.as_deref().map_or_else(|| "not given".to_owned(), |v| quoted(v, &field.values)));
        let some: Vec<String> = values.take(NAMED).collect();
        if c.len() > NAMED { format!("{} and {} more", some.join(" or "), c.len() - NAMED) } else { some.join(" or ") }
    };
    Some(Condition { setting: field.name.clone(), models: each(corpus, |s| shown(&counts[s])) })
}

fn quoted(value: &str, of: &FieldValues) -> String {
    match of {
        FieldValues::Categories { .. } => format!("“{}”", shorten(&value.replace('\n', " "), SHOWN)),
        _ => value.to_owned(),
    }
}

/// Ends of answers whose shares differ: how many were cut off by the limit of tokens, and so on.
fn ends(field: &Field, corpus: &Corpus) -> Option<Condition> {
    let last = field.name.rsplit('.').next().unwrap_or(&field.name);
    if !ENDS.contains(&last) || !matches!(field.values, FieldValues::Categories { .. }) {
        return None;
    }
    let counts = counted(field, corpus);
    // Where a file does not say how its answers ended, nothing is known of them.
    let given = |s: usize| counts[s].keys().any(Option::is_some);
    if !(0..counts.len()).all(given) {
        return None;
    }
    let share = |s: usize, value: &Option<String>| {
        counts[s].get(value).copied().unwrap_or(0) as f64 / corpus.sources[s].samples.max(1) as f64
    };
    let mut values: Vec<&Option<String>> = counts.iter().flat_map(BTreeMap::keys).filter(|v| v.is_some()).collect();
    values.sort();
    values.dedup();
    let spread = |v: &Option<String>| {
        let shares: Vec<f64> = (0..counts.len()).map(|s| share(s, v)).collect();
        shares.iter().copied().fold(0.0, f64::max) - shares.iter().copied().fold(1.0, f64::min)
    };
    let most = |v: &Option<String>| counts.iter().filter_map(|c| c.get(v)).max().copied().unwrap_or(0);
    let telling: Vec<&Option<String>> =
        values.into_iter().filter(|v| spread(v) >= MORE && most(v) >= AT_LEAST).collect();
    if telling.is_empty() {
        return None;
    }
    let shown = |s: usize| -> String {
        let parts = telling
            .iter()
            .take(NAMED)
            .map(|v| format!("{:.0} % “{}”", 100.0 * share(s, v), v.as_deref().unwrap_or_default()));
        parts.collect::<Vec<_>>().join(", ")
    };
    Some(Condition { setting: field.name.clone(), models: each(corpus, shown) })
}

fn each(corpus: &Corpus, shown: impl Fn(usize) -> String) -> Vec<(String, String)> {
    (0..corpus.sources.len()).map(|s| (corpus.sources[SourceId(s as u16).ix()].name.clone(), shown(s))).collect()
}
