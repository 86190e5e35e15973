//! Framings of prompts: the same question asked in several ways, such as by a worried parent or under a system prompt.

use std::path::Path;

use serde_json::{Value, json};

use super::error::IngestError;
use super::prompts::PromptLine;

/// Where the prompt goes.
const PLACE: &str = "{prompt}";

/// One framing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its name, or its place in the file.
    pub name: String,
    /// A system prompt that comes with it.
    pub system: Option<String>,
    /// What the user says, with `{prompt}` in it.
    pub template: String,
}

impl Frame {
    /// The prompt in this framing. In a chat the last turn is framed.
    pub fn around(&self, p: &PromptLine) -> PromptLine {
        let fill = |text: &str| self.template.replace(PLACE, text);
        let mut messages = match &p.messages {
            Some(Value::Array(list)) => list.clone(),
            _ => vec![json!({"role": "user", "content": p.text})],
        };
        if let Some(last) = messages.last_mut() {
            let framed = fill(last["content"].as_str().unwrap_or_default());
            last["content"] = framed.into();
        }
        if let Some(system) = &self.system {
            match messages.first_mut().filter(|m| m["role"] == "system") {
                Some(first) => {
                    let both = format!("{system}\n\n{}", first["content"].as_str().unwrap_or_default());
                    first["content"] = both.into();
                }
                None => messages.insert(0, json!({"role": "system", "content": system})),
            }
        }
        if let [only] = messages.as_slice() {
            let text = only["content"].as_str().unwrap_or_default().to_owned();
            return PromptLine { id: p.id.clone(), text, messages: None };
        }
        let turn = |m: &Value| {
            format!("{}: {}", m["role"].as_str().unwrap_or_default(), m["content"].as_str().unwrap_or_default())
        };
        let text = messages.iter().map(turn).collect::<Vec<_>>().join("\n\n");
        PromptLine { id: p.id.clone(), text, messages: Some(messages.into()) }
    }
}

/// Reads framings: one a line with `{prompt}` where the prompt goes, or JSON lines with `name`, `system` and `prompt`.
///
/// # Errors
/// One sentence naming the file, the line and the remedy.
pub fn frames(path: &Path) -> Result<Vec<Frame>, IngestError> {
    let text = std::fs::read_to_string(path).map_err(|e| IngestError::open(path, &e))?;
    let mut out: Vec<Frame> = Vec::new();
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (line, number) = (line.trim(), i + 1);
        if line.is_empty() {
            continue;
        }
        let bad = |why: &str| IngestError::Frame { path: path.to_path_buf(), line: number, why: why.to_owned() };
        let frame = if line.starts_with('{') && !line.starts_with(PLACE) {
            let v: Value = serde_json::from_str(line).map_err(|e| bad(&format!("broken JSON ({e})")))?;
            let field = |names: [&str; 2]| names.iter().find_map(|n| v[*n].as_str()).map(str::to_owned);
            Frame {
                name: field(["name", "id"]).unwrap_or_else(|| number.to_string()),
                system: field(["system", "system_prompt"]),
                template: field(["prompt", "template"]).unwrap_or_else(|| PLACE.to_owned()),
            }
        } else {
            Frame { name: number.to_string(), system: None, template: line.to_owned() }
        };
        if !frame.template.contains(PLACE) {
            return Err(bad("no {prompt} in it; a framing says where the prompt goes"));
        }
        if out.iter().any(|f| f.name == frame.name) {
            return Err(bad(&format!("the name “{}” was there before; give every framing its own", frame.name)));
        }
        out.push(frame);
    }
    if out.is_empty() {
        return Err(IngestError::Empty { path: path.to_path_buf() });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Frame>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, text).unwrap();
        frames(&path).map_err(|e| e.to_string().replace(&path.display().to_string(), "FILE"))
    }

    fn prompt(text: &str, messages: Option<Value>) -> PromptLine {
        PromptLine { id: "1".into(), text: text.into(), messages }
    }

    #[test]
    fn lines_and_objects() {
        let found =
            read("{prompt}\nMy child asks: {prompt}\n{\"name\":\"clerk\",\"system\":\"You are a clerk.\"}\n").unwrap();
        assert_eq!(found[1].around(&prompt("Why?", None)), prompt("My child asks: Why?", None));
        let framed = found[2].around(&prompt("Why?", None));
        assert_eq!(framed.text, "system: You are a clerk.\n\nuser: Why?");
        assert_eq!(framed.messages.unwrap()[0]["role"], "system");
        let chat = json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]);
        let framed = found[1].around(&prompt("user: a\n\nassistant: b\n\nuser: c", Some(chat)));
        assert_eq!(framed.text, "user: a\n\nassistant: b\n\nuser: My child asks: c");
    }

    #[test]
    fn a_framing_without_a_place_is_refused() {
        assert_eq!(
            read("{prompt}\nAnswer kindly.\n").unwrap_err(),
            "FILE, line 2: no {prompt} in it; a framing says where the prompt goes"
        );
        assert!(read("").is_err());
        assert!(read("{\"name\":\"a\"}\n{\"name\":\"a\"}\n").unwrap_err().contains("was there before"));
    }
}
