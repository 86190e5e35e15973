//! What a file of `gander sample` holds already.

use std::collections::HashSet;

use serde_json::Value;

use crate::llm::{SampleSettings, seed_of};

/// An answer by what it answers: the model, the text of the prompt, its number. A prompt's place in its file says nothing
/// once the file was edited.
pub(super) type Answer = (String, String, u32);

/// The answers in a file.
#[derive(Debug, Default)]
pub(super) struct There {
    pub answers: HashSet<Answer>,
    /// The same by the id of the prompt in place of its text.
    pub by_id: HashSet<Answer>,
    /// The seed they were drawn with.
    pub seed: Option<u64>,
}

impl There {
    /// Takes a line of the file. `seed` is the seed asked for.
    ///
    /// # Errors
    /// What is wrong with it: it is none of `gander sample`, or was drawn in another way than `settings` say.
    pub fn take(&mut self, row: &Value, settings: &SampleSettings, seed: Option<u64>) -> Result<(), String> {
        let (Some(model), Some(prompt), Some(n), s) =
            (row["model"].as_str(), row["prompt"].as_str(), row["n"].as_u64(), &row["settings"])
        else {
            return Err("not a file of `gander sample`; name another one with -o".into());
        };
        if !same(s, settings) {
            return Err("drawn with other settings; name another file with -o, or the same settings".into());
        }
        if s["seed"].is_u64() && s.get("draw_seed").is_none() {
            return Err(
                "drawn by an older gander, whose seeds were the same for every prompt, so that its answers are not \
                        independent; name another file with -o"
                    .into(),
            );
        }
        if let Some(found) = s["run_seed"].as_u64() {
            if seed.or(self.seed).is_some_and(|wanted| wanted != found) {
                return Err(format!(
                    "drawn with --seed {found}; name another file with -o, or leave --seed out to go on with that one"
                ));
            }
            if s["draw_seed"].as_u64().is_some_and(|d| d != u64::from(seed_of(found, model, prompt, n as u32))) {
                return Err("its seed does not belong to its model and prompt; was the line edited?".into());
            }
            self.seed = Some(found);
        }
        if let Some(id) = row["prompt_id"].as_str() {
            self.by_id.insert((model.to_owned(), id.to_owned(), n as u32));
        }
        self.answers.insert((model.to_owned(), prompt.to_owned(), n as u32));
        Ok(())
    }
}

fn same(row: &Value, settings: &SampleSettings) -> bool {
    row["temperature"].as_f64() == Some(settings.temperature)
        && row["top_p"].as_f64() == settings.top_p
        && row["max_tokens"].as_u64() == Some(u64::from(settings.max_tokens))
        && row["system"].as_str() == settings.system.as_deref()
}

/// Answers that are there although nobody asks for them now, in words; nothing when there are none.
pub(super) fn left_over(there: &HashSet<Answer>, models: &[&str], prompts: &HashSet<&str>, n: u32) -> Option<String> {
    let mut counts = [0usize; 3];
    for (model, prompt, number) in there {
        if !models.contains(&model.as_str()) {
            counts[0] += 1;
        } else if !prompts.contains(prompt.as_str()) {
            counts[1] += 1;
        } else if *number >= n {
            counts[2] += 1;
        }
    }
    let total: usize = counts.iter().sum();
    let whys = ["of models that are not named now", "to prompts that are not in the list now", "beyond this -n"];
    let parts: Vec<String> =
        counts.iter().zip(whys).filter(|(c, _)| **c > 0).map(|(c, why)| format!("{c} {why}")).collect();
    (total > 0).then(|| format!("the file holds answers that this command does not ask for: {}", parts.join(", ")))
}
