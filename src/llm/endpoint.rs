//! Where a language model is, and which language its server speaks.

use super::LlmError;

/// The two request formats that nearly every server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `/chat/completions` (OpenAI, vLLM, llama.cpp server, Ollama and many more).
    OpenAi,
    /// `/v1/messages` (Anthropic).
    Anthropic,
    /// `/completions`, for base models: text goes on, nobody is asked.
    Completions,
}

/// A server and a model on it, given as `URL#model`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: reqwest::Url,
    model: String,
    dialect: Dialect,
}

impl Endpoint {
    /// Reads `URL#model`. The path of the request is added where it is missing: `http://host:8000`,
    /// `http://host:8000/v1` and the full path mean the same.
    ///
    /// # Errors
    /// When it is no such address, or holds a password.
    pub fn parse(given: &str) -> Result<Self, LlmError> {
        Self::read(given, false)
    }

    /// Reads `URL#model` of a server of embeddings; `/v1/embeddings` is added where it is missing.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_embeddings(given: &str) -> Result<Self, LlmError> {
        Self::read(given, true)
    }

    fn read(given: &str, embeds: bool) -> Result<Self, LlmError> {
        let bad = || LlmError::Endpoint(given.to_owned());
        let (address, model) = given.split_once('#').ok_or_else(bad)?;
        let model = model.trim();
        let mut url = reqwest::Url::parse(address.trim()).map_err(|_| bad())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(LlmError::Credentials);
        }
        if model.is_empty() || !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(bad());
        }
        let path = url.path().trim_end_matches('/').to_owned();
        let anthropic = path.ends_with("/messages") || url.host_str() == Some("api.anthropic.com");
        let completions = path.ends_with("/completions") && !path.ends_with("/chat/completions");
        let (dialect, end) = match (anthropic, completions) {
            _ if embeds => (Dialect::OpenAi, "/embeddings"),
            (true, _) => (Dialect::Anthropic, "/messages"),
            (_, true) => (Dialect::Completions, "/completions"),
            _ => (Dialect::OpenAi, "/chat/completions"),
        };
        if !path.ends_with(end) {
            let base = if path.is_empty() { "/v1" } else { &path };
            url.set_path(&format!("{base}{end}"));
        }
        Ok(Self { url, model: model.to_owned(), dialect })
    }

    /// Where requests go.
    pub fn url(&self) -> &reqwest::Url {
        &self.url
    }

    /// The server, as told to a person: scheme, host and port.
    pub fn place(&self) -> String {
        let port = self.url.port().map_or_else(String::new, |p| format!(":{p}"));
        format!("{}://{}{port}", self.url.scheme(), self.host())
    }

    /// The name of the server's machine.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The request format.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether it completes text instead of chatting.
    pub fn completes(&self) -> bool {
        self.dialect == Dialect::Completions
    }

    /// Whether the format has a seed, and a system message among the others.
    pub fn takes_seeds(&self) -> bool {
        self.dialect != Dialect::Anthropic
    }

    /// Whether what is sent is encrypted on the way.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the server is this machine.
    pub fn is_local(&self) -> bool {
        matches!(self.host(), "localhost" | "127.0.0.1" | "[::1]" | "::1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_completed() {
        for (given, url, dialect) in [
            ("http://h:8000#m", "http://h:8000/v1/chat/completions", Dialect::OpenAi),
            ("http://h:8000/v1/#m", "http://h:8000/v1/chat/completions", Dialect::OpenAi),
            ("http://h/openai/chat/completions#m", "http://h/openai/chat/completions", Dialect::OpenAi),
            ("https://api.anthropic.com#m", "https://api.anthropic.com/v1/messages", Dialect::Anthropic),
            ("http://h/v1/completions#m", "http://h/v1/completions", Dialect::Completions),
            ("http://h/proxy/v1/messages#m", "http://h/proxy/v1/messages", Dialect::Anthropic),
        ] {
            let e = Endpoint::parse(given).unwrap();
            assert_eq!((e.url().as_str(), e.dialect(), e.model()), (url, dialect, "m"));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["", "localhost#m", "http://h", "http://h#", "ftp://h#m", "http://#m"] {
            assert_eq!(Endpoint::parse(bad), Err(LlmError::Endpoint(bad.into())), "{bad}");
        }
        assert_eq!(Endpoint::parse("http://me:secret@h#m"), Err(LlmError::Credentials));
    }
}
