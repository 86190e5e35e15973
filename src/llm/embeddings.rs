//! Vectors from a server that speaks `/v1/embeddings` (vLLM, Text Embeddings Inference, llama.cpp, OpenAI): how a cluster of
//! GPUs embeds for gander.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::LlmError;
use super::client::{CallError, Client};
use super::endpoint::Endpoint;
use super::key::Key;
use super::runner::Limits;
use crate::embed::{EmbedError, Embedded, Embedder, Progress};
use crate::linalg::at_length_one;
use crate::text::head;

/// Texts of one request.
const BATCH: usize = 64;
/// Requests in flight: enough to keep a server's own batching busy.
const AT_ONCE: usize = 8;
/// Time for one request.
const TIMEOUT: Duration = Duration::from_secs(120);
/// A text shorter than this that a server still calls too long is not the text's fault.
const SHORTEST: usize = 64;

/// A server that embeds.
pub struct EmbeddingServer {
    client: Client,
    limits: Limits,
    dims: std::sync::OnceLock<usize>,
}

/// Vectors of a request's texts, and the share of each that the server read.
type Rows = Vec<(Vec<f32>, f32)>;

impl EmbeddingServer {
    /// A server; nothing is sent yet.
    ///
    /// # Errors
    /// When encryption cannot be set up.
    pub fn new(endpoint: Endpoint, key: Key) -> Result<Self, LlmError> {
        let client = Client::new(endpoint, key, TIMEOUT)?;
        Ok(Self { client, limits: Limits { at_once: AT_ONCE, ..Limits::default() }, dims: std::sync::OnceLock::new() })
    }

    /// The vectors of some texts, each tried again while that may help.
    async fn rows(&self, texts: &[&str], progress: &Progress) -> Result<Rows, EmbedError> {
        let mut attempt = 0;
        loop {
            if progress.cancel.load(Ordering::Relaxed) {
                return Err(EmbedError::Cancelled);
            }
            attempt += 1;
            match self.ask(texts).await {
                Ok(rows) => return Ok(rows.into_iter().map(|r| (r, 1.0)).collect()),
                Err(CallError::Later(why, wait)) if attempt < self.limits.tries => {
                    let name = format!("{}{why}", texts.len());
                    tokio::time::sleep(self.limits.wait(&name, attempt, wait)).await;
                }
                // One text too long spoils a request: the others go alone, and the long one shorter.
                Err(CallError::Call(why)) if too_long(&why) => match texts {
                    [one] if one.len() > SHORTEST => return self.shorter(one, progress).await,
                    [_] => return Err(EmbedError::Server(why)),
                    _ => {
                        let (a, b) = texts.split_at(texts.len() / 2);
                        let mut rows = Box::pin(self.rows(a, progress)).await?;
                        rows.extend(Box::pin(self.rows(b, progress)).await?);
                        return Ok(rows);
                    }
                },
                Err(
                    CallError::Later(why, _)
                    | CallError::TooLong(why, _)
                    | CallError::Call(why)
                    | CallError::Server(why),
                ) => {
                    return Err(EmbedError::Server(format!(
                        "{why}. What was embedded so far is kept; the same command goes on from there"
                    )));
                }
            }
        }
    }

    /// The first half of a text that is too long, or its half, and so on.
    async fn shorter(&self, text: &str, progress: &Progress) -> Result<Rows, EmbedError> {
        let half = head(text, text.len() / 2);
        let rows = Box::pin(self.rows(&[half], progress)).await?;
        Ok(rows.into_iter().map(|(v, c)| (v, c * half.len() as f32 / text.len() as f32)).collect())
    }

    async fn ask(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, CallError> {
        let body = json!({"model": self.client.endpoint().model(), "input": texts, "encoding_format": "float"});
        let reply = self.client.exchange(&body).await?;
        let place = self.client.endpoint().place();
        let rows = read(&reply, texts.len()).map_err(|why| CallError::Server(format!("{place} {why}")))?;
        let dims = rows.first().map_or(0, Vec::len);
        let known = *self.dims.get_or_init(|| dims);
        if rows.iter().any(|r| r.len() != known) || known < 2 {
            let now = rows.iter().map(Vec::len).find(|n| *n != known).unwrap_or(known);
            return Err(CallError::Server(format!(
                "{place} sent vectors of {known} numbers and now {now}; it must serve one model"
            )));
        }
        Ok(rows)
    }
}

/// Whether a complaint is about length. Servers word it differently; all name tokens, a length or a maximum.
fn too_long(why: &str) -> bool {
    let why = why.to_lowercase();
    ["token", "length", "too long", "too large", "maximum", "context"].iter().any(|w| why.contains(w))
}

/// The vectors of a reply, in the order of the texts.
fn read(reply: &Value, texts: usize) -> Result<Vec<Vec<f32>>, String> {
    let data = reply.get("data").and_then(Value::as_array).ok_or("sent no list of embeddings")?;
    if data.len() != texts {
        return Err(format!("sent {} vectors for {texts} texts", data.len()));
    }
    let mut rows: Vec<(u64, Vec<f32>)> = Vec::with_capacity(texts);
    for (i, item) in data.iter().enumerate() {
        let at = item.get("index").and_then(Value::as_u64).unwrap_or(i as u64);
        let numbers = item.get("embedding").and_then(Value::as_array).ok_or("sent an embedding that is no list")?;
        let row: Option<Vec<f32>> = numbers.iter().map(|v| v.as_f64().map(|v| v as f32)).collect();
        rows.push((at, row.ok_or("sent an embedding with something that is no number")?));
    }
    rows.sort_by_key(|r| r.0);
    Ok(rows.into_iter().map(|r| r.1).collect())
}

impl Embedder for EmbeddingServer {
    fn id(&self) -> String {
        format!("{}#{}", self.client.endpoint().url(), self.client.endpoint().model())
    }

    fn dims(&self) -> usize {
        self.dims.get().copied().unwrap_or(0)
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn precision(&self) -> String {
        "of the server".into()
    }

    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| EmbedError::Server(e.to_string()))?;
        // Many servers refuse an empty text, and it has no meaning to embed.
        let (places, wanted): (Vec<usize>, Vec<&str>) =
            texts.iter().enumerate().filter(|(_, t)| !t.trim().is_empty()).map(|(i, t)| (i, *t)).unzip();
        let rows: Vec<Rows> = runtime.block_on(async {
            let requests = wanted.chunks(BATCH).map(|batch| async move {
                let rows = self.rows(batch, progress).await?;
                progress.done.fetch_add(batch.len(), Ordering::Relaxed);
                Ok::<Rows, EmbedError>(rows)
            });
            let mut stream = futures_util::stream::iter(requests).buffered(self.limits.at_once);
            let mut out = Vec::new();
            while let Some(rows) = stream.next().await {
                out.push(rows?);
            }
            Ok::<Vec<Rows>, EmbedError>(out)
        })?;
        progress.done.fetch_add(texts.len() - wanted.len(), Ordering::Relaxed);
        let dims = self.dims.get().copied().unwrap_or(2);
        let mut data = vec![0f32; texts.len() * dims];
        let mut coverage = vec![1.0; texts.len()];
        for (at, (row, share)) in places.into_iter().zip(rows.into_iter().flatten()) {
            data[at * dims..(at + 1) * dims].copy_from_slice(&row);
            coverage[at] = share;
        }
        let vectors = at_length_one(dims, data)
            .map_err(|row| EmbedError::Server(format!("the vector of text {} is not finite", row + 1)))?;
        Ok(Embedded { vectors, coverage, stance: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_put_in_order_and_bad_ones_named() {
        let good = json!({"data": [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1.0, 0.5]}]});
        assert_eq!(read(&good, 2).unwrap(), vec![vec![1.0, 0.5], vec![0.0, 1.0]]);
        assert_eq!(read(&good, 3).unwrap_err(), "sent 2 vectors for 3 texts");
        assert_eq!(read(&json!({"error": 1}), 1).unwrap_err(), "sent no list of embeddings");
        let bad = json!({"data": [{"embedding": [null]}]});
        assert_eq!(read(&bad, 1).unwrap_err(), "sent an embedding with something that is no number");
    }
}
