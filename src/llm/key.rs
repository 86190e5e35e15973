//! The key of a server: from the environment or a file named there, into one header, and nowhere else.

use super::LlmError;
use super::endpoint::{Dialect, Endpoint};

/// A secret. It cannot be printed, and texts that might hold it are washed with [`Key::wash`].
#[derive(Clone, Default)]
pub struct Key(Option<String>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Key(set)" } else { "Key(none)" })
    }
}

impl Key {
    /// Looks for the key of an endpoint: `GANDER_LLM_KEY`, the file named by `GANDER_LLM_KEY_FILE`, and for the two
    /// companies' own servers, reached over https, the names that their tools use. A key never goes to another server.
    ///
    /// # Errors
    /// When the file cannot be read, or the key cannot stand in a header.
    pub fn find(endpoint: &Endpoint, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, LlmError> {
        let set = |name: &str| env(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut found = set("GANDER_LLM_KEY");
        if let (None, Some(path)) = (&found, set("GANDER_LLM_KEY_FILE")) {
            let text =
                std::fs::read_to_string(&path).map_err(|e| LlmError::KeyFile(path.clone(), e.kind().to_string()))?;
            found = Some(text.trim().to_owned()).filter(|v| !v.is_empty());
        }
        if found.is_none() && endpoint.is_encrypted() {
            found = match (endpoint.dialect(), endpoint.host()) {
                (Dialect::OpenAi, "api.openai.com") => set("OPENAI_API_KEY"),
                (Dialect::Anthropic, "api.anthropic.com") => set("ANTHROPIC_API_KEY"),
                _ => None,
            };
        }
        match found {
            Some(k) if !k.bytes().all(|b| b.is_ascii_graphic()) => Err(LlmError::KeyCharacters),
            other => Ok(Self(other)),
        }
    }

    /// Whether there is one.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// For the header alone.
    pub(super) fn reveal(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// A text without the key: servers repeat it in their complaints.
    pub fn wash(&self, text: &str) -> String {
        match &self.0 {
            Some(k) => text.replace(k.as_str(), "[key]"),
            None => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(url: &str, vars: &[(&str, &str)]) -> Result<Key, LlmError> {
        let endpoint = Endpoint::parse(url).unwrap();
        Key::find(&endpoint, &|n| vars.iter().find(|(k, _)| *k == n).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn a_company_key_goes_to_that_company_alone() {
        let vars = [("OPENAI_API_KEY", "sk-1"), ("ANTHROPIC_API_KEY", "sk-2")];
        assert_eq!(find("https://api.openai.com/v1#m", &vars).unwrap().reveal(), Some("sk-1"));
        assert_eq!(find("https://api.anthropic.com#m", &vars).unwrap().reveal(), Some("sk-2"));
        for elsewhere in ["http://localhost:8000/v1#m", "https://example.org/v1#m", "http://api.openai.com/v1#m"] {
            assert!(!find(elsewhere, &vars).unwrap().is_set(), "{elsewhere}");
        }
        assert_eq!(find("http://localhost/v1#m", &[("GANDER_LLM_KEY", "k")]).unwrap().reveal(), Some("k"));
    }

    #[test]
    fn it_is_never_shown() {
        let key = find("http://localhost/v1#m", &[("GANDER_LLM_KEY", "sk-secret")]).unwrap();
        assert_eq!(format!("{key:?}"), "Key(set)");
        assert_eq!(key.wash("bad key sk-secret!"), "bad key [key]!");
        assert_eq!(find("http://localhost#m", &[("GANDER_LLM_KEY", "a\nb")]).unwrap_err(), LlmError::KeyCharacters);
        let lost = find("http://localhost#m", &[("GANDER_LLM_KEY_FILE", "/no/such/file")]).unwrap_err();
        assert!(lost.to_string().starts_with("/no/such/file: the key cannot be read from there"), "{lost}");
    }
}
