//! A list of prompts to sample at: one a line, JSON lines or an array, with the usual field names.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::chat::{Role, Turn, content_text, turns};
use super::error::IngestError;
use super::fields::{ID, PROMPT, scalar};
use super::json::without_nan;
use super::stream::unpack;

/// One prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptLine {
    /// Its id, or its place in the file.
    pub id: String,
    /// Its text.
    pub text: String,
    /// The chat it stands for, when it is one.
    pub messages: Option<Value>,
}

/// Reads a list of prompts: text lines, JSON lines or a JSON array of strings or objects (`prompt`, `instruction`,
/// `question`, `messages`, a batch request, …). A prompt that stands several times is kept once.
///
/// # Errors
/// One sentence naming the file, the line and the remedy.
pub fn prompts(path: &Path) -> Result<Vec<PromptLine>, IngestError> {
    let failed = |e: std::io::Error| IngestError::open(path, &e);
    let source: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(std::io::stdin()),
        false => Box::new(File::open(path).map_err(failed)?),
    };
    let mut bytes = Vec::new();
    unpack(source).map_err(failed)?.whole().read_to_end(&mut bytes).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        IngestError::NotUtf8 { path: path.to_path_buf(), line }
    })?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(IngestError::Empty { path: path.to_path_buf() });
    }
    let mut found: Vec<(usize, Value)> = Vec::new();
    let bad = |line: usize, e: &serde_json::Error| {
        let why = e.to_string().split(" at line ").next().unwrap_or_default().to_owned();
        IngestError::BadLine { path: path.to_path_buf(), line, why }
    };
    let parse = |t: &str| serde_json::from_str::<Value>(without_nan(t).as_deref().unwrap_or(t));
    match text.trim_start().as_bytes().first() {
        Some(b'[') => {
            let value = parse(text).map_err(|e| bad(e.line(), &e))?;
            found.extend(value.as_array().into_iter().flatten().cloned().enumerate().map(|(i, v)| (i + 1, v)));
        }
        Some(b'{') => {
            for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
                found.push((i + 1, parse(line).map_err(|e| bad(i + 1, &e))?));
            }
        }
        _ => found.extend(
            text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()).map(|(i, l)| (i + 1, l.trim().into())),
        ),
    }
    let mut out: Vec<PromptLine> = Vec::new();
    let mut seen: HashMap<String, ()> = HashMap::new();
    for (place, value) in found {
        let prompt = one(&value, place)
            .ok_or_else(|| IngestError::NoPrompt { path: path.to_path_buf(), at: format!("line {place}") })?;
        if seen.insert(prompt.text.clone(), ()).is_none() {
            out.push(prompt);
        }
    }
    Ok(out)
}

fn one(value: &Value, place: usize) -> Option<PromptLine> {
    if let Some(text) = value.as_str() {
        return Some(PromptLine { id: place.to_string(), text: text.to_owned(), messages: None });
    }
    let id = ID.iter().chain(&["custom_id", "question_id", "prompt_id"]).find_map(|n| value.get(*n)).and_then(scalar);
    let id = id.unwrap_or_else(|| place.to_string());
    // A batch request holds its chat one level down.
    let inner = value.get("body").or_else(|| value.get("params")).unwrap_or(value);
    for name in ["messages", "conversation", "conversations"] {
        let Some(chat) = inner.get(name).and_then(turns) else { continue };
        let end = match chat.last() {
            // The answer is what will be sampled.
            Some(last) if last.role == Role::Model => chat.len() - 1,
            _ => chat.len(),
        };
        let asked: Vec<&Turn> = chat[..end].iter().filter(|t| !t.content.text.trim().is_empty()).collect();
        let [only] = asked.as_slice() else {
            let line = |t: &&Turn| format!("{}: {}", t.name, t.content.text);
            let text = asked.iter().map(line).collect::<Vec<_>>().join("\n\n");
            let role = |t: &Turn| match t.role {
                Role::Model => "assistant",
                Role::System => "system",
                Role::Person | Role::Tool => "user",
            };
            let messages: Vec<Value> =
                asked.iter().map(|t| serde_json::json!({"role": role(t), "content": t.content.text})).collect();
            return (!asked.is_empty()).then_some(PromptLine { id, text, messages: Some(messages.into()) });
        };
        return Some(PromptLine { id, text: only.content.text.clone(), messages: None });
    }
    // MT-Bench asks several turns; the first is one prompt.
    let turn = value.get("turns").and_then(|t| t.get(0));
    let field = PROMPT.iter().find_map(|n| inner.get(*n)).or(turn).or_else(|| inner.get("text"))?;
    let mut text = content_text(field);
    if let (true, Some(Value::String(input))) = (inner.get("instruction") == Some(field), inner.get("input"))
        && !input.trim().is_empty()
    {
        text = format!("{text}\n\n{input}");
    }
    (!text.trim().is_empty()).then_some(PromptLine { id, text, messages: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        std::fs::write(&path, text).unwrap();
        prompts(&path).unwrap().into_iter().map(|p| (p.id, p.text)).collect()
    }

    #[test]
    fn every_usual_shape() {
        let want = vec![("1".to_owned(), "Name a pet.".to_owned()), ("2".to_owned(), "Name a bird.".to_owned())];
        assert_eq!(read("Name a pet.\nName a bird.\nName a pet.\n"), want);
        assert_eq!(read("[\"Name a pet.\", \"Name a bird.\"]"), want);
        assert_eq!(read("{\"prompt\":\"Name a pet.\"}\n{\"instruction\":\"Name a bird.\",\"input\":\"\"}\n"), want);
        assert_eq!(
            read(r#"{"messages":[{"role":"user","content":"Name a pet."},{"role":"assistant","content":"A goose."}]}"#),
            want[..1]
        );
        assert_eq!(
            read(r#"{"custom_id":"q1","body":{"messages":[{"role":"user","content":"Hi"}]}}"#),
            [("q1".to_owned(), "Hi".to_owned())]
        );
        assert_eq!(read(r#"{"question_id":81,"turns":["A","B"]}"#), [("81".to_owned(), "A".to_owned())]);
    }
}
