//! Samples from models: prompts sent to chat or completion endpoints, several answers each.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::client::{CallError, Client};
use super::runner::Limits;

/// How samples are drawn; recorded with every one.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleSettings {
    /// Temperature.
    pub temperature: f64,
    /// Nucleus, when one was asked for.
    pub top_p: Option<f64>,
    /// Tokens of an answer, at most.
    pub max_tokens: u32,
    /// Seed of the first answer to a prompt; each further one has the next. Servers may ignore it.
    pub seed: Option<u64>,
    /// What stands above the prompt, if anything.
    pub system: Option<String>,
}

/// A prompt to sample at.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplePrompt {
    /// Its id.
    pub id: String,
    /// Its text, for people and for pairing.
    pub text: String,
    /// The chat it stands for, when it is more than one turn of a user.
    pub messages: Option<Value>,
}

/// An answer wanted: of which model, to which prompt, the how-manieth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wanted {
    /// Place of the model.
    pub model: usize,
    /// Place of the prompt.
    pub prompt: usize,
    /// Number of the answer, from 0.
    pub n: u32,
}

/// What came of a wanted answer.
#[derive(Debug)]
pub enum Sampled {
    /// A line for the file.
    Row(Wanted, Value),
    /// It failed, and why.
    Failed(Wanted, String),
    /// Nothing more is asked of this model, and why.
    Stopped(usize, String),
}

/// The body of one request.
fn body(client: &Client, prompt: &SamplePrompt, n: u32, s: &SampleSettings) -> Value {
    let mut body =
        json!({"model": client.endpoint().model(), "max_tokens": s.max_tokens, "temperature": s.temperature});
    if let Some(p) = s.top_p {
        body["top_p"] = p.into();
    }
    if let Some(seed) = s.seed.filter(|_| client.endpoint().takes_seeds()) {
        body["seed"] = (seed + u64::from(n)).into();
    }
    if client.endpoint().completes() {
        let above = s.system.as_ref().map_or_else(String::new, |t| format!("{t}\n\n"));
        body["prompt"] = format!("{above}{}", prompt.text).into();
        return body;
    }
    let mut messages = match &prompt.messages {
        Some(Value::Array(list)) => list.clone(),
        _ => vec![json!({"role": "user", "content": prompt.text})],
    };
    if let Some(system) = &s.system {
        if client.endpoint().takes_seeds() {
            messages.insert(0, json!({"role": "system", "content": system}));
        } else {
            body["system"] = system.as_str().into();
        }
    }
    body["messages"] = messages.into();
    body
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

/// Draws every wanted answer, calls `gap` apart from each other; `tell` gets each as it comes. A model whose server refuses is not asked again.
pub async fn sample(
    clients: Vec<Arc<Client>>,
    prompts: Arc<Vec<SamplePrompt>>,
    wanted: Vec<Wanted>,
    settings: Arc<SampleSettings>,
    limits: Limits,
    gap: Duration,
    mut tell: impl FnMut(Sampled),
) {
    let slots: Vec<Arc<Semaphore>> = clients.iter().map(|_| Arc::new(Semaphore::new(limits.at_once.max(1)))).collect();
    let mut running: JoinSet<(Wanted, Result<Value, CallError>)> = JoinSet::new();
    let mut stopped: HashSet<usize> = HashSet::new();
    let mut queue = wanted.into_iter();
    let mut next = tokio::time::Instant::now();
    let most = limits.at_once.max(1) * clients.len();
    loop {
        while running.len() < most
            && let Some(w) = queue.find(|w| !stopped.contains(&w.model))
        {
            let (client, slot) = (clients[w.model].clone(), slots[w.model].clone());
            let (prompts, settings, start) = (prompts.clone(), settings.clone(), next.max(tokio::time::Instant::now()));
            next = start + gap;
            running.spawn(async move {
                tokio::time::sleep_until(start).await;
                let Ok(_slot) = slot.acquire().await else {
                    return (w, Err(CallError::Call("the run has ended".into())));
                };
                let Some(prompt) = prompts.get(w.prompt) else {
                    return (w, Err(CallError::Call("there is no such prompt".into())));
                };
                let body = body(&client, prompt, w.n, &settings);
                (w, persist(&client, &body, &limits).await.map(|reply| row(&client, prompt, w, &settings, &reply)))
            });
        }
        let Some(ended) = running.join_next().await else { return };
        let Ok((w, outcome)) = ended else { continue };
        tell(match outcome {
            Ok(row) => Sampled::Row(w, row),
            Err(CallError::Server(why)) => {
                if !stopped.insert(w.model) {
                    continue;
                }
                Sampled::Stopped(w.model, why)
            }
            Err(CallError::Call(why) | CallError::Later(why, _)) => Sampled::Failed(w, why),
        });
    }
}

/// Tries until there is an answer or no hope of one.
async fn persist(client: &Client, body: &Value, limits: &Limits) -> Result<Value, CallError> {
    let name = body.to_string();
    let mut attempt = 1;
    loop {
        match client.exchange(body).await {
            Ok(reply) if answer(&reply).is_some() => return Ok(reply),
            Ok(_) if attempt >= limits.tries => return Err(CallError::Call("the server sent no answer".into())),
            Ok(_) => tokio::time::sleep(limits.wait(&name, attempt, None)).await,
            Err(CallError::Later(why, _)) if attempt >= limits.tries => {
                return Err(CallError::Call(format!("{why} ({attempt} tries)")));
            }
            Err(CallError::Later(_, asked)) => tokio::time::sleep(limits.wait(&name, attempt, asked)).await,
            Err(other) => return Err(other),
        }
        attempt += 1;
    }
}

fn row(client: &Client, prompt: &SamplePrompt, w: Wanted, s: &SampleSettings, reply: &Value) -> Value {
    let (text, finish) = answer(reply).unwrap_or_default();
    json!({
        "id": format!("{}/{}/{}", client.endpoint().model(), prompt.id, w.n),
        "model": client.endpoint().model(),
        "prompt": prompt.text,
        "prompt_id": prompt.id,
        "n": w.n,
        "text": text,
        "finish_reason": finish,
        "served_by": reply["model"],
        "settings": {"temperature": s.temperature, "top_p": s.top_p, "max_tokens": s.max_tokens,
                     "seed": s.seed.map(|v| v + u64::from(w.n)), "system": s.system, "endpoint": client.endpoint().url().as_str()},
    })
}
