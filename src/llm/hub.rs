//! Fetches a sentence-transformer from a model hub that serves files as Hugging Face does, when a person asks for it.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;

use super::LlmError;
use crate::files::Draft;

/// Files of a model, and whether it cannot do without.
const FILES: [(&str, bool); 7] = [
    ("config.json", true),
    ("tokenizer.json", true),
    ("modules.json", false),
    ("1_Pooling/config.json", false),
    ("sentence_bert_config.json", false),
    ("config_sentence_transformers.json", false),
    // The large one last: what is wrong with the others is known before.
    ("model.safetensors", true),
];
/// A connection that is silent for longer is given up.
const SILENCE: Duration = Duration::from_secs(60);

/// Where models come from unless `HF_ENDPOINT` says otherwise.
pub const HUB: &str = "https://huggingface.co";

/// Whether a name could be one of a hub: `owner/model`.
pub fn is_hub_name(name: &str) -> bool {
    let part = |p: &str| {
        !p.is_empty() && !p.starts_with('.') && p.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    name.split_once('/').is_some_and(|(owner, model)| part(owner) && part(model))
}

/// Fetches a model into a folder; files that are there whole are kept, so that a broken fetch goes on. `tell` hears of each
/// file and its bytes.
///
/// # Errors
/// A sentence: the hub cannot be reached, has no such model, or the folder cannot be written.
pub fn fetch(hub: &str, name: &str, into: &Path, tell: &dyn Fn(&str, u64)) -> Result<(), LlmError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(SILENCE)
        .user_agent(concat!("gander/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| LlmError::Tls(e.without_url().to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| LlmError::Hub(format!("no runtime: {e}")))?;
    runtime.block_on(async {
        for (file, needed) in FILES {
            let path = into.join(file);
            if !path.exists() {
                let url = format!("{}/{name}/resolve/main/{file}", hub.trim_end_matches('/'));
                fetch_file(&http, &url, name, file, needed, &path, tell).await?;
            }
        }
        Ok(())
    })
}

async fn fetch_file(
    http: &reqwest::Client,
    url: &str,
    name: &str,
    file: &str,
    needed: bool,
    path: &Path,
    tell: &dyn Fn(&str, u64),
) -> Result<(), LlmError> {
    let broke = |_: reqwest::Error| {
        LlmError::Hub(format!("fetching {file} of {name} broke off; the same command goes on from there"))
    };
    let mut reply = http.get(url).send().await.map_err(|e| match e.is_connect() {
        true => LlmError::Hub(format!(
            "the hub cannot be reached; fetch {name} where there is a network and name its folder as the embedder"
        )),
        false => broke(e),
    })?;
    match reply.status() {
        s if s.is_success() => {}
        StatusCode::NOT_FOUND if !needed => return Ok(()),
        StatusCode::NOT_FOUND if file == "config.json" => {
            return Err(LlmError::Hub(format!("the hub has no model {name}; look at its name again")));
        }
        StatusCode::NOT_FOUND => {
            return Err(LlmError::Hub(format!("{name} has no {file}, which gander needs; choose another model")));
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(LlmError::Hub(format!("{name} is not there, or not for everybody; fetch it by hand")));
        }
        s => return Err(LlmError::Hub(format!("the hub says {} to {file} of {name}; try again later", s.as_u16()))),
    }
    let written = |e: std::io::Error| LlmError::Hub(format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(written)?;
    }
    let part = Draft::beside(path).map_err(written)?;
    let mut out = part.file();
    let mut bytes = 0;
    while let Some(chunk) = reply.chunk().await.map_err(broke)? {
        out.write_all(&chunk).map_err(written)?;
        bytes += chunk.len() as u64;
    }
    part.publish().map_err(written)?;
    tell(file, bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hubs_are_no_paths() {
        assert!(is_hub_name("intfloat/multilingual-e5-base"));
        for other in ["model", "./model", "../up/model", "/abs/model", "a/b/c", "a/..", "a b/c", "https://x/y"] {
            assert!(!is_hub_name(other), "{other}");
        }
    }
}
