//! One exchange with a server.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{StatusCode, redirect};
use serde_json::Value;

use super::LlmError;
use super::call::{Call, Reply};
use super::dialect::{self, Quirks};
use super::endpoint::{Dialect, Endpoint};
use super::key::Key;
use crate::text::Clean;

/// Bytes read of a reply; more is no answer of ours.
const LARGEST: usize = 4 << 20;
/// Characters told of a complaint.
const TOLD: usize = 300;

/// Why a call was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// It may work later; the server may say when.
    Later(String, Option<Duration>),
    /// The question and its answer do not fit the model's context, of so many tokens where the server says.
    TooLong(String, Option<u64>),
    /// This call never works.
    Call(String),
    /// No call works: the key, the model or the address is wrong.
    Server(String),
}

/// A connection to a server. Redirections are not followed: a key must not travel to where they lead.
#[derive(Debug)]
pub struct Client {
    endpoint: Endpoint,
    key: Key,
    http: reqwest::Client,
    quirks: Mutex<Quirks>,
    timeout: Duration,
    /// What to do when it does not answer in time.
    advice: &'static str,
}

impl Client {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// When encryption cannot be set up.
    pub fn new(endpoint: Endpoint, key: Key, timeout: Duration) -> Result<Self, LlmError> {
        // A second call finds the provider set already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        if endpoint.dialect() == Dialect::Anthropic {
            headers.insert(HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"));
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10).min(timeout))
            .timeout(timeout)
            .user_agent(concat!("gander/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| LlmError::Tls(e.without_url().to_string()))?;
        let quirks = Quirks { completion_tokens: endpoint.host() == "api.openai.com", ..Quirks::default() };
        let advice = "the server may be busy";
        Ok(Self { endpoint, key, http, quirks: Mutex::new(quirks), timeout, advice })
    }

    /// Says which arguments help when the server does not answer in time.
    #[must_use]
    pub fn advising(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    /// A hash of the chat template that the server uses, where it says so (llama.cpp does).
    pub async fn chat_template(&self) -> Option<String> {
        if self.endpoint.dialect() != Dialect::OpenAi {
            return None;
        }
        let mut url = self.endpoint.url().clone();
        url.set_path("/props");
        let mut request = self.http.get(url).timeout(self.timeout.min(Duration::from_secs(5)));
        if let Some(key) = self.key.reveal() {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.ok().filter(|r| r.status().is_success())?;
        let said: Value = response.json().await.ok()?;
        let template = said["chat_template"].as_str().filter(|t| !t.is_empty())?;
        Some(blake3::hash(template.as_bytes()).to_hex()[..12].to_owned())
    }

    /// Where it sends to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn quirks(&self) -> std::sync::MutexGuard<'_, Quirks> {
        self.quirks.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Sends a call. When the server does not know a part of the request, the call goes out again without that part.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn send(&self, call: &Call) -> Result<Reply, CallError> {
        loop {
            let quirks = *self.quirks();
            match self.exchange(&dialect::body(self.endpoint.dialect(), call, quirks)).await {
                Ok(value) => {
                    return dialect::reply(self.endpoint.dialect(), &value, call.model.as_str()).map_err(|why| {
                        let told = self.told(&why);
                        if told.starts_with("the model declined") {
                            CallError::Call(told)
                        } else {
                            CallError::Later(format!("the server sent no chat reply: {told}"), None)
                        }
                    });
                }
                Err(CallError::Call(why) | CallError::Later(why, None)) if dialect::too_long(&why).is_some() => {
                    return Err(CallError::TooLong(why.clone(), dialect::too_long(&why).flatten()));
                }
                Err(error) => match learn(quirks, &error) {
                    Some(learnt) => *self.quirks() = learnt,
                    None => return Err(error),
                },
            }
        }
    }

    /// Posts a body and reads the reply as JSON.
    pub(super) async fn exchange(&self, body: &Value) -> Result<Value, CallError> {
        let mut request = self.http.post(self.endpoint.url().clone()).json(body);
        if let Some(key) = self.key.reveal() {
            request = match self.endpoint.dialect() {
                Dialect::OpenAi | Dialect::Completions => request.bearer_auth(key),
                Dialect::Anthropic => {
                    let mut value = HeaderValue::from_str(key)
                        .map_err(|_| CallError::Server("the key cannot stand in a header".into()))?;
                    value.set_sensitive(true);
                    request.header("x-api-key", value)
                }
            };
        }
        let place = self.endpoint.place();
        let start = Instant::now();
        let sent = request.send().await;
        let mut response = sent.map_err(|e| {
            tracing::debug!(server = %place, seconds = start.elapsed().as_secs_f64(), "a call failed");
            CallError::Later(self.fault(&e), None)
        })?;
        let status = response.status();
        let wait = retry_after(response.headers());
        let mut bytes: Vec<u8> = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| CallError::Later(self.fault(&e), None))? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(CallError::Call(format!("{place} sent more than {} MiB", LARGEST >> 20)));
            }
            bytes.extend_from_slice(&chunk);
        }
        let seconds = start.elapsed().as_secs_f64();
        tracing::debug!(server = %place, status = status.as_u16(), bytes = bytes.len(), seconds, "a call was answered");
        if status.is_success() {
            return serde_json::from_slice(&bytes)
                .map_err(|_| CallError::Later(format!("{place} sent something that is not JSON"), None));
        }
        let said = self.told(&dialect::complaint(&String::from_utf8_lossy(&bytes)));
        let code = status.as_u16();
        Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let hint = if self.key.is_set() {
                    "check the key"
                } else {
                    "set GANDER_LLM_KEY, or name a file in GANDER_LLM_KEY_FILE"
                };
                CallError::Server(format!("{place} refuses the key ({code}): {hint}. It says: {said}"))
            }
            StatusCode::NOT_FOUND => CallError::Server(format!(
                "{place} knows no such model or path ({code}); check its address and name, {}#{}. It says: {said}",
                self.endpoint.url(),
                self.endpoint.model()
            )),
            s if s.is_redirection() => CallError::Server(format!(
                "{place} redirects elsewhere ({code}), which gander does not follow; give the final address"
            )),
            StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => {
                CallError::Later(format!("{place} says {code}: {said}"), wait)
            }
            s if s.is_server_error() => CallError::Later(format!("{place} says {code}: {said}"), wait),
            _ => CallError::Call(format!("{place} refuses the request ({code}): {said}")),
        })
    }

    /// A failed exchange in words, without the address that it went to.
    fn fault(&self, e: &reqwest::Error) -> String {
        let place = self.endpoint.place();
        if e.is_timeout() {
            format!("{place} did not answer within {} s ({})", self.timeout.as_secs(), self.advice)
        } else if e.is_connect() {
            format!("{place} cannot be reached")
        } else {
            format!("the connection to {place} broke off")
        }
    }

    /// What a server said, without the key, safe to show, and short.
    fn told(&self, text: &str) -> String {
        let washed = self.key.wash(text);
        let short: String = washed.chars().take(TOLD).collect();
        Clean::one_line(&short)
    }
}

/// What a complaint teaches of the server. Some call an unknown part of the request a fault of their own (500).
fn learn(quirks: Quirks, error: &CallError) -> Option<Quirks> {
    match error {
        CallError::Call(why) => quirks.learn(why),
        CallError::Later(why, _) if why.contains("response_format") => quirks.learn("response_format"),
        _ => None,
    }
}

/// How long the server asks to wait: seconds or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_as_told() {
        let header = |v: &str| {
            let mut h = HeaderMap::new();
            h.insert(RETRY_AFTER, HeaderValue::from_str(v).unwrap());
            retry_after(&h)
        };
        assert_eq!(header("2"), Some(Duration::from_secs(2)));
        assert_eq!(header("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(header("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        assert_eq!(header("-1"), None);
        assert_eq!(header("soon"), None);
    }
}
