//! One request to a model, independent of any server's format.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::budget::{at_least, estimate};
use super::prompts::{Prompt, Prompts};
use super::schema;

/// Temperature of a question that is asked again, in hundredths: the same words would come back without one.
const HEAT: u8 = 70;
/// Tokens of an answer, whatever was cut off.
const MOST: u32 = 16_384;

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Temperature, in hundredths.
    pub heat: u8,
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
    /// Whether the limit of tokens cut the answer off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A question and its reply as a session keeps them, for people who want to see what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The reply.
    #[serde(flatten)]
    pub reply: Reply,
    /// The question; absent in sessions of an older gander and for batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The prompt, as `name@version:hash`.
    pub prompt: String,
    /// What stands above the conversation.
    pub system: String,
    /// The conversation.
    pub turns: Vec<Turn>,
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
            heat: 0,
        }
    }

    /// The same question with room for a longer answer; `None` when it has all that may be given. `thought` says that nothing
    /// but thinking came.
    pub(super) fn longer(&self, thought: bool) -> Option<Self> {
        let more = self.max_tokens.saturating_mul(if thought { 4 } else { 2 }).min(MOST);
        (more > self.max_tokens).then(|| Self { max_tokens: more, ..self.clone() })
    }

    /// The shape of the answer, as the model reads it.
    pub(super) fn shape(&self) -> String {
        schema::shape(&self.schema)
    }

    /// The question as a session keeps it.
    pub fn asked(&self) -> Asked {
        Asked { prompt: self.prompt.clone(), system: self.system.clone(), turns: self.turns.clone() }
    }

    /// The same question with the unusable answer, what is wrong with it, and the shape that is wanted.
    pub(super) fn repair(&self, answer: &str, fault: &str, prompts: &Prompts) -> Self {
        let values = [("fault", fault), ("shape", &*self.shape())];
        let asked = prompts.get("repair").map_or_else(|| fault.to_owned(), |p| p.fill(&values));
        let mut turns = self.turns.clone();
        // An answer may be megabytes of nonsense.
        let answer: String = answer.chars().take(4_000).collect();
        let answer = if answer.trim().is_empty() { "(an empty answer)".to_owned() } else { answer };
        turns.push(Turn { by_model: true, text: answer });
        turns.push(Turn { by_model: false, text: asked });
        Self { turns, heat: HEAT, ..self.clone() }
    }

    /// Name of this very question to this model, in 32 hexadecimal digits.
    pub fn hash(&self) -> String {
        let all = json!([self.model, self.system, self.turns, self.schema, self.max_tokens, self.heat]);
        blake3::hash(all.to_string().as_bytes()).to_hex()[..32].to_owned()
    }

    /// Tokens that the call will read, about.
    pub fn tokens_in(&self) -> u64 {
        let turns: u64 = self.turns.iter().map(|t| estimate(&t.text)).sum();
        estimate(&self.system) + turns + estimate(&self.shape()) + 16
    }

    /// Tokens of the question and of its answer: what the model's context must hold.
    pub fn context(&self) -> u64 {
        self.tokens_in() + u64::from(self.max_tokens)
    }

    /// Tokens that the question has in any tokeniser: a server that says it read fewer has cut it.
    pub fn tokens_at_least(&self) -> u64 {
        at_least(&self.system) + self.turns.iter().map(|t| at_least(&t.text)).sum::<u64>()
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
        assert!(repaired.heat > 0, "at the same temperature the same words come back");
        let longer = call.longer(false).unwrap();
        assert_eq!((longer.max_tokens, call.longer(true).unwrap().max_tokens), (200, 400));
        assert_ne!(longer.hash(), call.hash());
        assert!(Call { max_tokens: MOST, ..call.clone() }.longer(true).is_none());
        assert!(call.tokens_at_least() < call.tokens_in());
    }
}
