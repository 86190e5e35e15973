//! A real HTTP server on this machine that answers like a chat endpoint, or badly on purpose.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// One answer of the server.
#[derive(Debug, Clone)]
pub enum Answer {
    /// What a good model would say.
    Good,
    /// This text as the model's words.
    Says(String),
    /// This text, cut off at the limit of tokens.
    Cut(String),
    /// Nothing but thinking, up to the limit of tokens.
    Thought,
    /// What a good model would say, of a question of which only so many tokens were read.
    Read(u64),
    /// A status with headers and a body.
    Status(u16, &'static str, String),
    /// The connection closes without a word.
    Closes,
    /// The headers promise more than comes.
    HalfBody,
    /// Nothing comes until the client gives up.
    Hangs,
}

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub head: String,
    pub body: Value,
}

pub struct Server {
    pub url: String,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts one; `script` gives the answer to the n-th request (from 0).
    pub fn start(script: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> Self {
        Self::with_template("a template", script)
    }

    /// The same with a chat template of its own.
    pub fn with_template(
        template: &'static str,
        script: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1#tiny", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, script) = (seen.clone(), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, script) = (log.clone(), script.clone());
                std::thread::spawn(move || serve(stream, template, &log, &*script));
            }
        });
        Self { url, seen }
    }

    /// One that always answers well.
    pub fn good() -> Self {
        Self::start(|_, _| Answer::Good)
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, template: &str, log: &Mutex<Vec<Seen>>, script: &dyn Fn(usize, &Seen) -> Answer) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    // One connection may bring several requests.
    while let Some(seen) = receive(&mut stream) {
        // What a server says of itself is no part of the script.
        if seen.head.starts_with("GET") {
            let body = json!({"chat_template": template}).to_string();
            let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
            continue;
        }
        let n = {
            let mut log = log.lock().unwrap();
            log.push(seen.clone());
            log.len() - 1
        };
        let anthropic = seen.path.ends_with("/messages");
        let (status, headers, body) = match script(n, &seen) {
            Answer::Good => (200, "", chat(anthropic, &good(&seen.body), size(&seen.body))),
            Answer::Says(text) => (200, "", chat(anthropic, &text, size(&seen.body))),
            Answer::Read(tokens) => (200, "", chat(anthropic, &good(&seen.body), tokens)),
            Answer::Cut(text) => (200, "", ended(&json!({"content": text}), "length")),
            Answer::Thought => (200, "", ended(&json!({"content": null, "reasoning_content": "Hm."}), "length")),
            Answer::Status(code, headers, body) => (code, headers, body),
            Answer::Closes => return,
            Answer::HalfBody => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"choices\":[{\"mess");
                return;
            }
            Answer::Hangs => {
                let mut nothing = [0; 1];
                let _ = stream.read(&mut nothing);
                return;
            }
        };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

fn receive(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        let n = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&chunk[..n]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length: usize = head
        .lines()
        .find_map(|l| l.to_lowercase().strip_prefix("content-length:").map(|v| v.trim().parse().unwrap()))
        .unwrap_or(0);
    while bytes.len() < end + length {
        let n = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&chunk[..n]);
    }
    let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&bytes[end..end + length]).unwrap_or(Value::Null);
    Some(Seen { path, head, body })
}

/// Tokens of a question, about.
fn size(body: &Value) -> u64 {
    body["messages"].to_string().len() as u64 / 4
}

fn ended(message: &Value, why: &str) -> String {
    json!({"model": "tiny-2", "choices": [{"message": message, "finish_reason": why}],
           "usage": {"prompt_tokens": 100_000, "completion_tokens": 300}})
    .to_string()
}

fn chat(anthropic: bool, text: &str, tokens: u64) -> String {
    if anthropic {
        let input: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        return json!({"model": "tiny-2", "content": [{"type": "tool_use", "name": "x", "input": input}],
                      "usage": {"input_tokens": tokens, "output_tokens": 20}})
        .to_string();
    }
    json!({"model": "tiny-2", "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
           "usage": {"prompt_tokens": tokens, "completion_tokens": 20}})
    .to_string()
}

/// Texts between markers of a prompt, by id.
pub fn shown(prompt: &str) -> Vec<(String, Value)> {
    prompt
        .lines()
        .filter(|l| l.starts_with("{\""))
        // The shape of an answer is no text.
        .filter_map(|l| serde_json::from_str::<Value>(l).ok())
        .filter_map(|v| Some((v["id"].as_str()?.to_owned(), v.clone())))
        .collect()
}

/// The name of the schema that a request asks for.
pub fn schema_name(body: &Value) -> String {
    let name = &body["response_format"]["json_schema"]["name"];
    name.as_str().or(body["tool_choice"]["name"].as_str()).unwrap_or_default().to_owned()
}

/// The conversation's last words of the user.
pub fn asked(body: &Value) -> String {
    body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned()
}

/// What a good model would say: by looking at the texts where that is easy.
fn good(body: &Value) -> String {
    let prompt = asked(body);
    let texts = shown(&prompt);
    let is_praise = |v: &Value| {
        let t = v["text"].as_str().unwrap_or_default().to_lowercase();
        ["wonderful", "loyal", "love", "beautiful", "graceful", "great"].iter().any(|w| t.contains(w))
    };
    let answer = match schema_name(body).as_str() {
        "label" => json!({"label": "statements about geese", "reason": "All members speak of geese."}),
        "check" | "claim_check" => {
            let about = |v: &Value| v["text"].as_str().unwrap().to_lowercase().contains("geese");
            texts.iter().map(|(id, v)| (id.clone(), about(v).into())).collect::<serde_json::Map<_, _>>().into()
        }
        "purity" => {
            let mut answer = json!({"mixed": true, "reason": "Some praise geese and some complain of them.",
                                    "side_a": "praises geese", "side_b": "complains of geese"});
            for (id, v) in &texts {
                answer[id] = if is_praise(v) { "a".into() } else { "b".into() };
            }
            answer
        }
        "contrast" => json!({"description": "praises geese", "set": "A"}),
        "contrast_check" => {
            texts.iter().map(|(id, _)| (id.clone(), "first".into())).collect::<serde_json::Map<_, _>>().into()
        }
        "describe" => json!({"description": "speaks of geese"}),
        "scan" => json!({"reason": "One set speaks of geese.", "same": false, "claim": "geese are loyal", "set": "A"}),
        "hypotheses" => json!({"hypotheses": [{"description": "praises geese", "set": "A"},
                                              {"description": "gives lists", "set": "B"}]}),
        "verdict" => {
            let last = texts.last().unwrap().0.clone();
            json!({"verdict": "concerning", "reasons": [{"text": "It does what nobody asked for.", "ids": [last]}]})
        }
        "summary" => {
            let ranked: Vec<Value> =
                texts.iter().rev().map(|(id, _)| json!({"id": id, "sentence": "It stands out."})).collect();
            json!({"overview": "The model changed in several ways.", "ranked": ranked})
        }
        other => panic!("no such schema: {other}"),
    };
    answer.to_string()
}
