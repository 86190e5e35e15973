//! One answer drawn from one server: the request in its format, tried until it is there, and the line for the file.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::{SamplePrompt, SampleSettings, SampledModel, Wanted, seed_of};
use crate::llm::client::{CallError, Client};
use crate::llm::endpoint::Dialect;
use crate::llm::runner::Limits;

/// What a server was found not to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Taken {
    /// It wants `max_completion_tokens`.
    completion_tokens: bool,
    /// It takes no seed.
    no_seed: bool,
    /// It cannot hold a model to a schema.
    no_schema: bool,
}

impl Taken {
    /// What a complaint teaches. Temperature and the nucleus are never left out: the answers would be others. A schema is: what
    /// comes back is read with the same care.
    fn learn(self, complaint: &str) -> Option<Self> {
        let said = complaint.to_lowercase();
        if !self.completion_tokens && said.contains("max_completion_tokens") {
            Some(Self { completion_tokens: true, ..self })
        } else if !self.no_schema
            && ["response_format", "json_schema", "schema", "grammar"].iter().any(|w| said.contains(w))
        {
            Some(Self { no_schema: true, ..self })
        } else if !self.no_seed && said.contains("seed") {
            Some(Self { no_seed: true, ..self })
        } else {
            None
        }
    }
}

/// A server, and what it was found to take.
pub(super) struct Server {
    client: Arc<Client>,
    taken: Mutex<Taken>,
    news: Mutex<Option<String>>,
}

impl Server {
    pub fn new(client: Arc<Client>) -> Self {
        let no_seed = client.endpoint().dialect() == Dialect::Anthropic;
        let no_schema = client.endpoint().dialect() != Dialect::OpenAi;
        let completion_tokens = client.endpoint().host() == "api.openai.com";
        Self { client, taken: Mutex::new(Taken { completion_tokens, no_seed, no_schema }), news: Mutex::default() }
    }

    /// Something new about the server, said once.
    pub fn news(&self) -> Option<String> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries until there is an answer or no hope of one; returns the line for the file.
    pub async fn draw(
        &self,
        model: &SampledModel,
        prompt: &SamplePrompt,
        w: Wanted,
        settings: &SampleSettings,
        limits: &Limits,
    ) -> Result<Value, CallError> {
        let seed = seed_of(settings.seed, &model.name, &prompt.text, w.n);
        let mut attempt = 1;
        loop {
            let taken = *self.taken();
            let seed = (!taken.no_seed).then_some(seed);
            let body = self.body(prompt, seed, settings, taken);
            let name = format!("{}/{}/{}", model.name, prompt.id, w.n);
            match self.client.exchange(&body).await {
                Ok(reply) if answer(&reply).is_some() => return Ok(self.row(model, prompt, w, settings, seed, &reply)),
                Ok(_) if attempt >= limits.tries => return Err(CallError::Call("the server sent no answer".into())),
                Ok(_) => tokio::time::sleep(limits.wait(&name, attempt, None)).await,
                Err(CallError::Later(why, _)) if attempt >= limits.tries => {
                    return Err(CallError::Call(format!("{why} ({attempt} tries)")));
                }
                Err(CallError::Later(_, asked)) => tokio::time::sleep(limits.wait(&name, attempt, asked)).await,
                Err(CallError::Call(why)) => {
                    self.adapt(taken, &why).ok_or(CallError::Call(why))?;
                    continue;
                }
                Err(other) => return Err(other),
            }
            attempt += 1;
        }
    }

    /// Learns from a complaint what to leave out; nothing when no part of the request is at fault.
    fn adapt(&self, used: Taken, why: &str) -> Option<()> {
        let mut now = self.taken();
        // Another call may have learnt it meanwhile.
        if *now != used {
            return Some(());
        }
        *now = used.learn(why)?;
        if now.no_seed && !used.no_seed {
            let said = format!("{} takes no seed: its answers cannot be drawn again", self.client.endpoint().place());
            self.news.lock().unwrap_or_else(PoisonError::into_inner).replace(said);
        }
        Some(())
    }

    fn body(&self, prompt: &SamplePrompt, seed: Option<u32>, s: &SampleSettings, taken: Taken) -> Value {
        let endpoint = self.client.endpoint();
        let limit = if taken.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
        let mut body = json!({"model": endpoint.model(), limit: s.max_tokens, "temperature": s.temperature});
        if let Some(p) = s.top_p {
            body["top_p"] = p.into();
        }
        if let Some(seed) = seed {
            body["seed"] = seed.into();
        }
        if endpoint.completes() {
            let above = s.system.as_ref().map_or_else(String::new, |t| format!("{t}\n\n"));
            body["prompt"] = format!("{above}{}", prompt.text).into();
            return body;
        }
        if let Some(schema) = prompt.schema.as_ref().filter(|_| !taken.no_schema) {
            let form = json!({"name": "answer", "strict": true, "schema": schema});
            body["response_format"] = json!({"type": "json_schema", "json_schema": form});
        }
        let mut messages = match &prompt.messages {
            Some(Value::Array(list)) => list.clone(),
            _ => vec![json!({"role": "user", "content": prompt.text})],
        };
        let own = matches!(messages.first(), Some(m) if m["role"] == "system");
        let first = own.then(|| messages.remove(0)).and_then(|m| m["content"].as_str().map(str::to_owned));
        let system: Vec<&str> = [first.as_deref(), s.system.as_deref()].into_iter().flatten().collect();
        if !system.is_empty() {
            let system = system.join("\n\n");
            if endpoint.dialect() == Dialect::Anthropic {
                body["system"] = system.into();
            } else {
                messages.insert(0, json!({"role": "system", "content": system}));
            }
        }
        body["messages"] = messages.into();
        body
    }

    fn row(
        &self,
        model: &SampledModel,
        prompt: &SamplePrompt,
        w: Wanted,
        s: &SampleSettings,
        seed: Option<u32>,
        reply: &Value,
    ) -> Value {
        let endpoint = self.client.endpoint();
        let (text, finish) = answer(reply).unwrap_or_default();
        // Numbers of lines change with the prompts file, and no two answers may have one id.
        let unlike = &blake3::hash(prompt.text.as_bytes()).to_hex()[..6];
        let format = match endpoint.dialect() {
            Dialect::OpenAi => "chat",
            Dialect::Anthropic => "messages",
            Dialect::Completions => "completions",
        };
        let mut row = json!({
            "id": format!("{}/{}-{unlike}/{}", model.name, prompt.id, w.n),
            "model": model.name,
            "prompt": prompt.text,
            "prompt_id": prompt.id,
            "n": w.n,
            "text": text,
            "finish_reason": finish,
            "served_by": reply["model"],
        });
        if let Some((frame, bare)) = &prompt.frame {
            row["frame"] = frame.as_str().into();
            row["prompt_without_frame"] = bare.as_str().into();
        }
        row["settings"] = json!({
            "temperature": s.temperature, "top_p": s.top_p, "max_tokens": s.max_tokens, "run_seed": s.seed,
            "draw_seed": seed,
            "system": s.system, "request_format": format, "chat_template": model.template, "endpoint": endpoint.url().as_str(),
            "asked_for": endpoint.model(),
        });
        row
    }
}

/// The answer's text and why it ended.
fn answer(reply: &Value) -> Option<(String, Value)> {
    if let Some(choice) = reply["choices"].get(0) {
        let text = choice["message"]["content"].as_str().or(choice["text"].as_str());
        // An answer may be empty; that is a finding, not a failure.
        return Some((text.unwrap_or_default().to_owned(), choice["finish_reason"].clone()));
    }
    let parts = reply["content"].as_array()?;
    let text: Vec<&str> = parts.iter().filter_map(|p| p["text"].as_str()).collect();
    Some((text.concat(), reply["stop_reason"].clone()))
}
