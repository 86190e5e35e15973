//! One request to a model, independent of any server's format.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::budget::estimate;
use super::prompts::{Prompt, Prompts};

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Whether the model said it; otherwise gander did.
    pub by_model: bool,
    /// What was said.
    pub text: String,
}

/// What is sent. The same call has the same [`Call::hash`], and its reply is kept under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Name of the answer's schema.
    pub name: &'static str,
    /// The prompt, as `name@version:hash`.
    pub prompt: String,
    /// The model asked.
    pub model: String,
    /// What stands above the conversation.
    pub system: String,
    /// The conversation.
    pub turns: Vec<Turn>,
    /// JSON schema of the answer.
    pub schema: Value,
    /// Tokens of the answer, at most.
    pub max_tokens: u32,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer as it was written.
    pub text: String,
    /// The model that wrote it, as the server names it.
    pub model: String,
    /// Tokens read, as the server counted them.
    pub tokens_in: u64,
    /// Tokens written.
    pub tokens_out: u64,
}

impl Call {
    pub(super) fn new(
        name: &'static str,
        prompt: &Prompt,
        values: &[(&str, &str)],
        model: &str,
        schema: Value,
        max_tokens: u32,
    ) -> Self {
        Self {
            name,
            prompt: prompt.id.clone(),
            model: model.to_owned(),
            system: prompt.system.clone(),
            turns: vec![Turn { by_model: false, text: prompt.fill(values) }],
            schema,
            max_tokens,
        }
    }

    /// The same question with the unusable answer and what is wrong with it.
    pub(super) fn repair(&self, answer: &str, fault: &str, prompts: &Prompts) -> Self {
        let asked = prompts.get("repair").map_or_else(|| fault.to_owned(), |p| p.fill(&[("fault", fault)]));
        let mut turns = self.turns.clone();
        // An answer may be megabytes of nonsense.
        let answer: String = answer.chars().take(4_000).collect();
        let answer = if answer.trim().is_empty() { "(an empty answer)".to_owned() } else { answer };
        turns.push(Turn { by_model: true, text: answer });
        turns.push(Turn { by_model: false, text: asked });
        Self { turns, ..self.clone() }
    }

    /// Name of this very question to this model, in 32 hexadecimal digits.
    pub fn hash(&self) -> String {
        let all = json!([self.model, self.system, self.turns, self.schema, self.max_tokens]);
        blake3::hash(all.to_string().as_bytes()).to_hex()[..32].to_owned()
    }

    /// Tokens that the call will read, about.
    pub fn tokens_in(&self) -> u64 {
        let turns: u64 = self.turns.iter().map(|t| estimate(&t.text)).sum();
        estimate(&self.system) + turns + estimate(&self.schema.to_string()) + 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_everything_that_shapes_the_answer() {
        let prompts = Prompts::load(None).unwrap();
        let p = prompts.get("label").unwrap();
        let call = Call::new("label", p, &[("members", "x")], "m", json!({}), 100);
        let other_model = Call { model: "n".into(), ..call.clone() };
        let other_schema = Call { schema: json!({"a": 1}), ..call.clone() };
        let repaired = call.repair("nonsense", "it is not JSON", &prompts);
        let hashes = [&call, &other_model, &other_schema, &repaired].map(Call::hash);
        assert_eq!(hashes.iter().collect::<std::collections::HashSet<_>>().len(), 4);
        assert_eq!(call.hash(), call.clone().hash());
        assert!(repaired.turns[2].text.contains("cannot be used: it is not JSON"));
    }
}
