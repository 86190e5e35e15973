//! Chats: lists of turns with a role and a content, in the shapes that files have.

use serde_json::Value;

use super::Turns;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    System,
    Person,
    Model,
    Tool,
}

impl Role {
    /// The role of a word that files use for it.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "assistant" | "gpt" | "model" | "bot" | "ai" | "chatgpt" | "aimessage" | "aimessagechunk" => Self::Model,
            "user" | "human" | "prompter" | "humanmessage" => Self::Person,
            "system" | "developer" | "systemmessage" => Self::System,
            "tool" | "function" | "observation" | "ipython" | "toolmessage" | "info" => Self::Tool,
            _ => return None,
        })
    }
}

/// What a message holds, its kinds of parts kept apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Content {
    pub text: String,
    pub reasoning: String,
    /// The text is that of a refusal.
    pub refused: bool,
    /// Tool calls.
    pub calls: usize,
    /// Images, sounds and other parts that are no text.
    pub media: usize,
}

/// One turn of a chat.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    pub role: Role,
    /// The role as it is written in the file.
    pub name: String,
    pub content: Content,
}

/// What was asked, and the system prompt apart: where every sample of a model has the same, it is a setting and no
/// part of the prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub system: Option<String>,
    pub text: String,
    /// The text is of several turns, each with its role in front.
    pub several: bool,
}

/// One answer of a chat.
pub(super) struct Exchange {
    /// Its place among the answers, from 1.
    pub turn: usize,
    pub asked: Asked,
    pub content: Content,
}

/// A chat as turns; `None` when the value is no chat. A string that holds a chat as JSON, as in a table, is one.
pub(super) fn turns(value: &Value) -> Option<Vec<Turn>> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        Value::Object(map) => match ["messages", "conversation", "conversations"].iter().find_map(|n| map.get(*n)) {
            Some(inner) => return turns(inner),
            None => std::slice::from_ref(value),
        },
        Value::String(s) if s.starts_with(['[', '{']) && s.len() > 12 => {
            return serde_json::from_str::<Value>(s).ok().as_ref().and_then(turns);
        }
        _ => return None,
    };
    // LangChain keeps a list of chats, one a request.
    if let [Value::Array(_)] = list {
        return turns(&list[0]);
    }
    list.iter().map(turn).collect::<Option<Vec<_>>>().filter(|t| !t.is_empty())
}

fn turn(value: &Value) -> Option<Turn> {
    // LangChain: {"lc": 1, "id": [… "HumanMessage"], "kwargs": {"content": …}}; OpenInference: {"message": {…}}.
    if let Some(inner) = value.get("kwargs").filter(|k| k.get("content").is_some()) {
        let name = value.get("id").and_then(Value::as_array).and_then(|id| id.last()).and_then(Value::as_str)?;
        return Some(Turn { role: Role::named(name)?, name: name.to_owned(), content: of_message(inner) });
    }
    if let Some(inner) = value.get("message").filter(|m| m.get("role").is_some()) {
        return turn(inner);
    }
    let name = ["role", "from", "message.role"].iter().find_map(|n| value.get(*n)).and_then(Value::as_str);
    let name = name.or_else(|| value.get("type").and_then(Value::as_str).filter(|t| Role::named(t).is_some()))?;
    let role = Role::named(name).unwrap_or(Role::Person);
    Some(Turn { role, name: name.to_owned(), content: of_message(value) })
}

/// What a message holds: its content, and the fields beside it for refusals, reasoning and tool calls.
pub(super) fn of_message(message: &Value) -> Content {
    let names = ["content", "value", "text", "message.content"];
    let content = names.iter().find_map(|n| message.get(*n)).unwrap_or(&Value::Null);
    let mut out = content_of(content);
    let string = |name: &str| message.get(name).and_then(Value::as_str).filter(|s| !s.trim().is_empty());
    if let (Some(refusal), true) = (string("refusal"), out.text.trim().is_empty()) {
        refusal.clone_into(&mut out.text);
        out.refused = true;
    }
    if out.reasoning.is_empty()
        && let Some(reasoning) = ["reasoning_content", "reasoning", "thinking"].iter().find_map(|n| string(n))
    {
        reasoning.clone_into(&mut out.reasoning);
    }
    let inner = message.get("additional_kwargs").unwrap_or(&Value::Null);
    let called = [message.get("tool_calls"), inner.get("tool_calls")].into_iter().flatten();
    out.calls += called.filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
    out.calls += usize::from(message.get("function_call").is_some_and(Value::is_object));
    out
}

/// A content: a string, a list of parts, an object or nothing.
pub(super) fn content_of(content: &Value) -> Content {
    let mut out = Content::default();
    match content {
        Value::String(s) => out = of_text(s),
        Value::Array(parts) => parts.iter().for_each(|p| part(p, &mut out)),
        Value::Object(map) if map.contains_key("parts") => {
            map["parts"].as_array().into_iter().flatten().for_each(|p| part(p, &mut out));
        }
        Value::Object(map) if map.contains_key("type") || map.contains_key("text") => part(content, &mut out),
        other => out.text = plain(other),
    }
    out
}

/// A text in which the reasoning stands first, between marks.
pub(super) fn of_text(text: &str) -> Content {
    for (open, close) in [("<think>", "</think>"), ("<thinking>", "</thinking>")] {
        let begun = text.trim_start().strip_prefix(open);
        // Some chat templates write the first mark themselves: the answer has the second one alone, at the end of a line.
        let ends = |answer: &str| answer.is_empty() || answer.starts_with(char::is_whitespace);
        let (reasoning, answer) = match (begun, begun.unwrap_or(text).split_once(close)) {
            (Some(_), Some((reasoning, answer))) => (reasoning, answer),
            // It ended before the answer began.
            (Some(reasoning), None) => (reasoning, ""),
            (None, Some((reasoning, answer))) if !reasoning.contains(open) && ends(answer) => (reasoning, answer),
            (None, _) => continue,
        };
        let (reasoning, text) = (reasoning.trim().to_owned(), answer.trim_start().to_owned());
        return Content { text, reasoning, ..Content::default() };
    }
    Content { text: text.to_owned(), ..Content::default() }
}

fn part(part: &Value, out: &mut Content) {
    let add = |to: &mut String, text: &str| {
        // Parts go on in the middle of a sentence, too.
        if !to.is_empty() && !text.is_empty() && !to.ends_with(char::is_whitespace) {
            to.push('\n');
        }
        to.push_str(text);
    };
    let string = |name: &str| part.get(name).map(inner_text).unwrap_or_default();
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "refusal" => {
            add(&mut out.text, &string("refusal"));
            out.refused = true;
        }
        k if k.contains("reason") || k.contains("think") || k == "summary_text" => {
            let text = ["reasoning", "thinking", "text", "summary", "content"].iter().map(|n| string(n));
            add(&mut out.reasoning, &text.into_iter().find(|t| !t.trim().is_empty()).unwrap_or_default());
        }
        k if k.contains("tool_result") => {}
        k if k.contains("tool") || k.contains("function") || k.ends_with("_call") => out.calls += 1,
        "text" | "output_text" | "input_text" | "" if part.get("thought").and_then(Value::as_bool) == Some(true) => {
            add(&mut out.reasoning, &string("text"));
        }
        _ if part.get("text").is_some() => add(&mut out.text, &string("text")),
        "" if part.is_string() => add(&mut out.text, part.as_str().unwrap_or_default()),
        "" if part.get("functionCall").is_some() => out.calls += 1,
        "" if part.get("content").is_some() => add(&mut out.text, &string("content")),
        _ => out.media += 1,
    }
}

/// Text of a part's field: a string, an object with a value, or a list of such.
fn inner_text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Object(map) => map.get("value").or_else(|| map.get("text")).map(inner_text).unwrap_or_default(),
        Value::Array(list) => list.iter().map(inner_text).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

/// A message's text alone; images and the like leave a mark, so that two prompts with different ones look as they are.
pub(super) fn content_text(content: &Value) -> String {
    if let Value::String(s) = content {
        return s.clone();
    }
    let c = content_of(content);
    match c.media {
        0 => c.text,
        n => format!("{}\n[{n} × an image or another part without text]", c.text).trim_start().to_owned(),
    }
}

/// The answers that count, each with what came before it. Turns that only call tools are no answers, unless the last is.
pub(super) fn answers(turns: &[Turn], wanted: Turns) -> (Vec<Exchange>, usize) {
    let model = |t: &&(usize, &Turn)| t.1.role == Role::Model;
    let said: Vec<(usize, &Turn)> = turns.iter().enumerate().collect();
    let speaking = |t: &&(usize, &Turn)| !t.1.content.text.trim().is_empty() || t.1.content.calls == 0;
    let mut found: Vec<usize> = said.iter().filter(model).filter(speaking).map(|t| t.0).collect();
    if found.is_empty() {
        found.extend(said.iter().rfind(|t| t.1.role == Role::Model).map(|t| t.0));
    }
    let exchange =
        |n: usize, at: usize| Exchange { turn: n + 1, asked: asked(&turns[..at]), content: turns[at].content.clone() };
    let mut all = found.iter().enumerate();
    let chosen = match wanted {
        Turns::All => all.map(|(n, &at)| exchange(n, at)).collect(),
        Turns::Last => all.next_back().map(|(n, &at)| exchange(n, at)).into_iter().collect(),
        Turns::Nth(k) => all.filter(|(n, _)| n + 1 == k).map(|(n, &at)| exchange(n, at)).collect(),
    };
    (chosen, found.len())
}

/// Turns as a prompt: one alone is its text; of several each has its role in front. The system prompt stands apart.
pub(super) fn asked(turns: &[Turn]) -> Asked {
    let system: Vec<&str> = turns.iter().filter(|t| t.role == Role::System).map(|t| t.content.text.as_str()).collect();
    let rest: Vec<&Turn> =
        turns.iter().filter(|t| t.role != Role::System && !t.content.text.trim().is_empty()).collect();
    let text = match rest.as_slice() {
        [only] => only.content.text.clone(),
        many => many.iter().map(|t| format!("{}: {}", t.name, t.content.text)).collect::<Vec<_>>().join("\n\n"),
    };
    let system = system.join("\n\n");
    Asked { system: (!system.trim().is_empty()).then_some(system), text, several: rest.len() > 1 }
}

impl Asked {
    /// The prompt with the system prompt in front.
    pub fn whole(&self) -> String {
        match &self.system {
            Some(system) if self.several => format!("system: {system}\n\n{}", self.text),
            Some(system) => format!("system: {system}\n\nuser: {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl From<String> for Asked {
    fn from(text: String) -> Self {
        Self { system: None, text, several: false }
    }
}

/// What a field of a prompt asks: a chat, or the text of any other value.
pub(super) fn asked_by(value: &Value) -> Asked {
    match turns(value) {
        Some(chat) => {
            // The answer is no part of what was asked.
            let end = if chat.last().is_some_and(|t| t.role == Role::Model) { chat.len() - 1 } else { chat.len() };
            asked(&chat[..end])
        }
        None => Asked::from(content_text(value)),
    }
}

/// Text of any value: strings as they are, nothing for null, JSON for the rest.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What went wrong, in a few words: the kind of the error where it begins with one, otherwise its first words.
pub(super) fn cause(error: &Value) -> Option<String> {
    let text = match error {
        Value::String(s) => s.clone(),
        Value::Object(map) => {
            let named = ["type", "code", "message", "error"].iter().filter_map(|n| map.get(*n));
            named.filter(|v| !v.is_null()).map(|v| cause(v).unwrap_or_default()).find(|s| !s.is_empty())?
        }
        Value::Number(n) => n.to_string(),
        _ => return None,
    };
    let first = text.trim().lines().next().unwrap_or_default();
    let kind = first.split([':', '(']).next().unwrap_or_default().trim();
    let is_kind = !kind.is_empty() && kind.len() <= 60 && kind.split_whitespace().count() <= 4;
    let short = if is_kind { kind.to_owned() } else { crate::text::shorten(first, 40).into_owned() };
    (!short.is_empty()).then_some(short)
}
