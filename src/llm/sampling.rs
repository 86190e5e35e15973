//! Samples from models: prompts sent to chat or completion endpoints, several answers each.

mod wire;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::client::{CallError, Client};
use super::runner::Limits;
use wire::Server;

/// Time between two looks at a run in which nothing has come.
const TICK: Duration = Duration::from_secs(2);

/// How samples are drawn; recorded with every one.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleSettings {
    /// Temperature.
    pub temperature: f64,
    /// Nucleus, when one was asked for.
    pub top_p: Option<f64>,
    /// Tokens of an answer, at most.
    pub max_tokens: u32,
    /// What the seed of every answer is made from; see [`seed_of`].
    pub seed: u64,
    /// The system prompt of every chat, if there is one; a framing's own comes before it.
    pub system: Option<String>,
}

/// A prompt to sample at.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplePrompt {
    /// Its id.
    pub id: String,
    /// Its text as the model reads it, for people and for pairing. No two prompts of a list share it.
    pub text: String,
    /// The chat it stands for, when it is more than one turn of a user.
    pub messages: Option<Value>,
    /// The framing it was put in, and its text without it.
    pub frame: Option<(String, String)>,
    /// JSON schema of the answer, for servers that hold a model to it.
    pub schema: Option<Value>,
}

/// A model to sample from: its name in the file, and the servers that share its work.
#[derive(Debug, Clone)]
pub struct SampledModel {
    /// Name in the file.
    pub name: String,
    /// Its servers; every one gets the same share of calls in flight.
    pub clients: Vec<Arc<Client>>,
    /// Hash of the chat template, where a server says which it uses.
    pub template: Option<String>,
}

/// An answer wanted: its model, its prompt, and its 0-based index among the answers to that prompt.
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
    /// Nothing more is asked of one server, and why.
    Stopped(String),
    /// Something that a person should know; the run goes on.
    Note(String),
    /// Nothing new; this many calls are in flight.
    Waiting(usize),
}

/// The seed of one answer: 31 bits of a hash of the run's seed, the model's name, the prompt and the number of the answer, so
/// that no two answers share their random numbers. One seed for every prompt would make the answers of one draw alike (they
/// begin with the same words), and a test would take that for a difference between the models.
pub fn seed_of(run: u64, model: &str, prompt: &str, n: u32) -> u32 {
    let hash = blake3::hash(json!([run, model, prompt, n]).to_string().as_bytes());
    let mut four = [0; 4];
    four.copy_from_slice(&hash.as_bytes()[..4]);
    // Some servers read seeds as signed numbers, and to some the largest unsigned one means “any”.
    u32::from_le_bytes(four) >> 1
}

/// A server at work: its calls in flight, and whether it has refused.
struct Station {
    server: Arc<Server>,
    flying: usize,
    stopped: bool,
}

/// Draws every wanted answer, calls `gap` apart from each other; `tell` gets each as it comes. A server that refuses is not
/// asked again; the other servers of its model take over what it had.
pub async fn sample(
    models: Vec<SampledModel>,
    prompts: Arc<Vec<SamplePrompt>>,
    wanted: Vec<Wanted>,
    settings: Arc<SampleSettings>,
    limits: Limits,
    gap: Duration,
    mut tell: impl FnMut(Sampled),
) {
    let at_once = limits.at_once.max(1);
    let mut queues: Vec<VecDeque<Wanted>> = models.iter().map(|_| VecDeque::new()).collect();
    for w in wanted {
        if let Some(queue) = queues.get_mut(w.model) {
            queue.push_back(w);
        }
    }
    let station = |c: &Arc<Client>| Station { server: Arc::new(Server::new(c.clone())), flying: 0, stopped: false };
    let mut stations: Vec<Vec<Station>> = models.iter().map(|m| m.clients.iter().map(station).collect()).collect();
    let models = Arc::new(models);
    let mut running: JoinSet<(Wanted, usize, Result<Value, CallError>)> = JoinSet::new();
    let mut next = tokio::time::Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    ticks.tick().await;
    loop {
        // One call of each model in turn, so that a run that is stopped has about as much of each.
        let mut started = true;
        while std::mem::take(&mut started) {
            for (m, queue) in queues.iter_mut().enumerate() {
                let free = stations[m].iter().enumerate().filter(|(_, s)| !s.stopped && s.flying < at_once);
                let Some(at) = free.min_by_key(|(_, s)| s.flying).map(|(at, _)| at) else { continue };
                let Some(w) = queue.pop_front() else { continue };
                started = true;
                stations[m][at].flying += 1;
                let server = stations[m][at].server.clone();
                let (models, prompts, settings) = (models.clone(), prompts.clone(), settings.clone());
                let start = next.max(tokio::time::Instant::now());
                next = start + gap;
                running.spawn(async move {
                    tokio::time::sleep_until(start).await;
                    let (Some(model), Some(prompt)) = (models.get(w.model), prompts.get(w.prompt)) else {
                        return (w, at, Err(CallError::Call("there is no such prompt".into())));
                    };
                    (w, at, server.draw(model, prompt, w, &settings, &limits).await)
                });
            }
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            _ = ticks.tick() => {
                tell(Sampled::Waiting(running.len()));
                continue;
            }
        };
        let Some(ended) = ended else { return };
        let Ok((w, at, outcome)) = ended else { continue };
        let station = &mut stations[w.model][at];
        station.flying -= 1;
        if let Some(note) = station.server.news() {
            tell(Sampled::Note(note));
        }
        match outcome {
            Ok(row) => tell(Sampled::Row(w, row)),
            Err(CallError::Server(why)) => {
                queues[w.model].push_front(w);
                if !std::mem::replace(&mut station.stopped, true) {
                    tell(Sampled::Stopped(why));
                }
                if stations[w.model].iter().all(|s| s.stopped) {
                    queues[w.model].clear();
                }
            }
            Err(CallError::Call(why) | CallError::TooLong(why, _) | CallError::Later(why, _)) => {
                tell(Sampled::Failed(w, why));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn no_two_answers_share_a_seed(run in any::<u64>(), prompts in prop::collection::hash_set("[a-z]{1,8}", 1..12)) {
            let mut seen = HashSet::new();
            for model in ["base", "tuned", "base again"] {
                for prompt in &prompts {
                    for n in 0..4 {
                        let seed = seed_of(run, model, prompt, n);
                        prop_assert!(seed < 1 << 31);
                        prop_assert!(seen.insert(seed), "{model} {prompt} {n}");
                        prop_assert_eq!(seed, seed_of(run, model, prompt, n));
                        prop_assert!(seed != seed_of(run ^ 1, model, prompt, n));
                    }
                }
            }
        }
    }

    #[test]
    fn seeds_are_the_same_on_every_machine() {
        assert_eq!(seed_of(5, "base", "Name a pet.", 0), seed_of(5, "base", "Name a pet.", 0));
        assert_ne!(seed_of(5, "ab", "c", 0), seed_of(5, "a", "bc", 0), "the parts are kept apart");
    }
}
