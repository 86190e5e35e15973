//! Whether the seeds that `gander sample` writes beside each answer make the answers independent.

use std::collections::HashMap;

use crate::model::{Corpus, FieldValues, PromptId};

/// Answers of a model, one in so many, whose seed was used at another prompt. Of seeds that were drawn well hardly any is
/// used twice.
const ONE_IN: usize = 10;

/// The seeds of one model's answers.
#[derive(Debug, Default, Clone)]
struct Drawn {
    /// Answers with a seed that matters.
    seeded: usize,
    /// Each seed with the prompt at which it was used first.
    first: HashMap<u64, PromptId>,
    /// Answers whose seed was used at another prompt before.
    repeated: usize,
}

/// A sentence where answers to different prompts were drawn with the same seeds, as an older `gander sample` did: such
/// answers begin alike, and a test takes that for a difference between the models.
pub(super) fn repeated_seeds(corpus: &Corpus) -> Option<String> {
    let column = |name: &str| match corpus.fields.iter().find(|f| f.name == name).map(|f| &f.values) {
        Some(FieldValues::Numbers(of)) => Some(of.as_slice()),
        _ => None,
    };
    // Other programs write the seed of the whole run into every record; these fields together are gander's.
    let temperature = column("settings.temperature")?;
    column("settings.max_tokens")?;
    column("n")?;
    let at = |of: Option<&[Option<f64>]>, i: usize| of.and_then(|of| *of.get(i)?);
    let (own, older) = (column("settings.draw_seed"), column("settings.seed"));
    let mut drawn = vec![Drawn::default(); corpus.sources.len()];
    for (i, sample) in corpus.samples.iter().enumerate() {
        let (Some(seed), Some(prompt)) = (at(own, i).or_else(|| at(older, i)), sample.prompt) else { continue };
        // Without chance a seed means nothing.
        if at(Some(temperature), i).is_some_and(|t| t > 0.0) {
            let of = &mut drawn[sample.source.ix()];
            of.seeded += 1;
            of.repeated += usize::from(*of.first.entry(seed.to_bits()).or_insert(prompt) != prompt);
        }
    }
    let alike: Vec<String> = corpus
        .sources
        .iter()
        .zip(&drawn)
        .filter(|(_, d)| d.repeated * ONE_IN > d.seeded)
        .map(|(s, _)| format!("“{}”", s.name))
        .collect();
    (!alike.is_empty()).then(|| {
        format!(
            "the answers of {} were drawn with the same seeds at every prompt, so they are not independent, and tests find \
             differences where there are none; sample again into a new file (gander sample now gives every answer its own)",
            alike.join(" and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::ingest::{IngestOptions, ingest};
    use serde_json::{Value, json};

    fn said(rows: &[Value]) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.jsonl");
        std::fs::write(&path, rows.iter().map(|r| format!("{r}\n")).collect::<String>()).unwrap();
        let notices = ingest(&[path], &IngestOptions::default()).unwrap().notices;
        notices.into_iter().find(|n| n.contains("same seeds"))
    }

    fn row(model: &str, prompt: usize, n: usize, temperature: f64, seeds: Value) -> Value {
        let mut settings = json!({"temperature": temperature, "max_tokens": 64});
        settings.as_object_mut().unwrap().extend(seeds.as_object().unwrap().clone());
        json!({"model": model, "prompt": format!("p{prompt}"), "n": n, "text": format!("{model} {prompt} {n}"),
               "settings": settings})
    }

    #[test]
    fn seeds_that_are_the_same_at_every_prompt_are_reported() {
        let rows = |temperature: f64, seed: &dyn Fn(usize, usize) -> Value| -> Vec<Value> {
            let each = |p: usize| ["base", "tuned"].map(|m| row(m, p, p % 2, temperature, seed(p, p % 2)));
            (0..12).flat_map(each).collect()
        };
        let older = |_: usize, n: usize| json!({"seed": 5 + n});
        let found = said(&rows(1.0, &older)).unwrap();
        assert!(found.starts_with("the answers of “base” and “tuned” were drawn with the same seeds"), "{found}");
        assert_eq!(said(&rows(0.0, &older)), None, "without chance a seed means nothing");
        assert_eq!(said(&rows(1.0, &|p, _| json!({"run_seed": 5, "draw_seed": 1000 + p}))), None);
        assert_eq!(said(&rows(1.0, &|_, _| json!({"run_seed": 5, "draw_seed": null}))), None);
    }

    #[test]
    fn the_seed_of_a_run_of_another_program_is_no_complaint() {
        let each = |p: usize| json!({"model": "m", "prompt": p.to_string(), "text": p.to_string(), "seed": 42, "temperature": 1.0});
        assert_eq!(said(&(0..12).map(each).collect::<Vec<_>>()), None);
    }
}
