//! A call in a server's own format, and a reply out of it.

use serde_json::{Value, json};

use super::call::{Call, Reply, Turn};
use super::endpoint::Dialect;
use super::schema::without_limits;

/// Ways to ask for structured outputs, the strictest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum SchemaForm {
    /// `json_schema`, or a forced tool, with limits of length.
    #[default]
    Limited,
    /// The same without them: some servers refuse them.
    Strict,
    /// `json_object` with the schema beside it (llama-cpp-python and others).
    Object,
    /// None: the schema stands in the prompt alone.
    Prompt,
}

/// What a server was found not to understand; such a part of the request is left out or renamed from then on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quirks {
    /// How the server takes a schema.
    pub schema: SchemaForm,
    /// `max_completion_tokens` instead of `max_tokens`.
    pub completion_tokens: bool,
    /// No temperature other than its own.
    pub no_temperature: bool,
}

impl Quirks {
    /// What to change after a complaint about the request; `None` when nothing known would help.
    pub fn learn(self, complaint: &str) -> Option<Self> {
        let said = complaint.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| said.contains(w));
        if !self.completion_tokens && has(&["max_completion_tokens", "max_tokens"]) {
            Some(Self { completion_tokens: true, ..self })
        } else if !self.no_temperature && has(&["temperature"]) {
            Some(Self { no_temperature: true, ..self })
        } else if has(&[
            "maxlength",
            "maxitems",
            "max_length",
            "response_format",
            "json_schema",
            "json_object",
            "schema",
            "grammar",
            "tool_choice",
            "tools",
        ]) {
            let limits = has(&["maxlength", "maxitems", "max_length"]);
            match self.schema {
                SchemaForm::Limited if limits => Some(Self { schema: SchemaForm::Strict, ..self }),
                SchemaForm::Limited | SchemaForm::Strict => Some(Self { schema: SchemaForm::Object, ..self }),
                SchemaForm::Object => Some(Self { schema: SchemaForm::Prompt, ..self }),
                SchemaForm::Prompt => None,
            }
        } else {
            None
        }
    }
}

/// The body of a request.
pub(super) fn body(dialect: Dialect, call: &Call, quirks: Quirks) -> Value {
    match dialect {
        Dialect::OpenAi | Dialect::Completions => openai(call, quirks),
        Dialect::Anthropic => anthropic(call, quirks),
    }
}

fn messages(turns: &[Turn]) -> Vec<Value> {
    turns.iter().map(|t| json!({"role": if t.by_model { "assistant" } else { "user" }, "content": t.text})).collect()
}

/// The shape stands in the prompt too: no server with structured outputs shows the schema to the model.
fn system(call: &Call) -> String {
    format!("{}\n\nThe answer is one JSON object of this shape:\n{}", call.system, call.shape())
}

/// The schema as this server takes it.
fn schema(call: &Call, quirks: Quirks) -> Value {
    if quirks.schema == SchemaForm::Limited { call.schema.clone() } else { without_limits(&call.schema) }
}

fn temperature(call: &Call) -> Value {
    match call.heat {
        0 => 0.into(),
        heat => (f64::from(heat) / 100.0).into(),
    }
}

fn openai(call: &Call, quirks: Quirks) -> Value {
    let mut all = vec![json!({"role": "system", "content": system(call)})];
    all.extend(messages(&call.turns));
    let mut body = json!({"model": call.model, "messages": all});
    let limit = if quirks.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    body[limit] = call.max_tokens.into();
    if !quirks.no_temperature {
        body["temperature"] = temperature(call);
    }
    match quirks.schema {
        SchemaForm::Limited | SchemaForm::Strict => {
            let form = json!({"name": call.name, "strict": true, "schema": schema(call, quirks)});
            body["response_format"] = json!({"type": "json_schema", "json_schema": form});
        }
        SchemaForm::Object => body["response_format"] = json!({"type": "json_object", "schema": schema(call, quirks)}),
        SchemaForm::Prompt => {}
    }
    body
}

fn anthropic(call: &Call, quirks: Quirks) -> Value {
    let mut body = json!({"model": call.model, "max_tokens": call.max_tokens, "system": system(call),
                          "messages": messages(&call.turns)});
    if !quirks.no_temperature {
        body["temperature"] = temperature(call);
    }
    if matches!(quirks.schema, SchemaForm::Limited | SchemaForm::Strict) {
        // A forced tool is this format's structured output.
        body["tools"] =
            json!([{"name": call.name, "description": "Gives the answer.", "input_schema": schema(call, quirks)}]);
        body["tool_choice"] = json!({"type": "tool", "name": call.name});
    }
    body
}

/// Reads a reply; the error says what the server sent instead.
pub(super) fn reply(dialect: Dialect, body: &Value, asked: &str) -> Result<Reply, String> {
    let count = |names: [&str; 2]| names.iter().find_map(|n| body["usage"][n].as_u64()).unwrap_or(0);
    let ended = body["choices"][0]["finish_reason"].as_str().or(body["stop_reason"].as_str()).unwrap_or_default();
    let cut = matches!(ended, "length" | "max_tokens");
    let text = match dialect {
        Dialect::OpenAi | Dialect::Completions => {
            let message = &body["choices"][0]["message"];
            if let Some(why) = message["refusal"].as_str() {
                return Err(format!("the model declined: {why}"));
            }
            let said = written(&message["content"]);
            let thought = || ["reasoning_content", "reasoning"].iter().find_map(|n| message[*n].as_str());
            match said {
                Some(text) if !text.trim().is_empty() => Some(text),
                // Some servers take the whole answer for thinking; of one that was cut off nothing can be used.
                said if !cut => thought().map(str::to_owned).or(said),
                _ => message.is_object().then(String::new),
            }
        }
        Dialect::Anthropic => body["content"].as_array().and_then(|parts| {
            let tool = parts.iter().find(|p| p["type"] == "tool_use").map(|p| p["input"].to_string());
            tool.or_else(|| {
                let texts: Vec<&str> = parts.iter().filter_map(|p| p["text"].as_str()).collect();
                (!texts.is_empty()).then(|| texts.concat())
            })
        }),
    };
    let text = text.ok_or("there is no answer in it")?;
    let model = body["model"].as_str().filter(|m| !m.is_empty()).unwrap_or(asked).to_owned();
    let (tokens_in, tokens_out) =
        (count(["prompt_tokens", "input_tokens"]), count(["completion_tokens", "output_tokens"]));
    Ok(Reply { text, model, tokens_in, tokens_out, cut })
}

/// The text of a message: a string, or parts of one.
fn written(content: &Value) -> Option<String> {
    match content {
        Value::String(s) => Some(s.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(|p| p["text"].as_str()).collect()),
        _ => None,
    }
}

/// What a server says is wrong, in whatever form it says so.
pub(super) fn complaint(body: &str) -> String {
    let v: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let found = [&v["error"]["message"], &v["message"], &v["detail"], &v["error"]].into_iter().find_map(Value::as_str);
    let said = found.unwrap_or(body).trim();
    // llama.cpp gives the size beside the sentence.
    match v["error"]["n_ctx"].as_u64() {
        Some(n) if !said.contains(&n.to_string()) => format!("{said} (context of {n} tokens)"),
        _ => said.to_owned(),
    }
}

/// The context that a complaint names: the question does not fit it. The inner `None` says that no size is named.
pub(super) fn too_long(complaint: &str) -> Option<Option<u64>> {
    let said = complaint.to_lowercase();
    let long = said.contains("context")
        && ["length", "size", "window", "exceed", "too long"].iter().any(|w| said.contains(w))
        || said.contains("prompt is too long")
        || said.contains("max_model_len");
    if !long {
        return None;
    }
    // “maximum context length is 4096 tokens”, “context size (4096 tokens)”, “200000 maximum”.
    let numbers: Vec<(usize, u64)> = said
        .match_indices(|c: char| c.is_ascii_digit())
        .filter(|(at, _)| !said[..*at].ends_with(|c: char| c.is_ascii_digit()))
        .filter_map(|(at, _)| {
            let digits: String = said[at..].chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok().map(|n| (at, n))
        })
        .filter(|(_, n)| *n >= 64)
        .collect();
    let after = ["context length", "context size", "context window", "context of", "max_model_len"];
    let near = after.iter().filter_map(|w| said.find(w)).find_map(|at| numbers.iter().find(|(n, _)| *n > at));
    let size = near.map(|n| n.1).or_else(|| {
        let at = said.find(" maximum")?;
        numbers.iter().rev().find(|(n, _)| *n < at).map(|n| n.1)
    });
    Some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            name: "label",
            prompt: "label@1:0".into(),
            model: "m".into(),
            system: "S".into(),
            turns: vec![Turn { by_model: false, text: "U".into() }],
            schema: json!({"type": "object"}),
            max_tokens: 9,
            heat: 0,
        }
    }

    #[test]
    fn bodies() {
        let b = body(Dialect::OpenAi, &call(), Quirks::default());
        assert_eq!(
            (&b["messages"][1]["content"], &b["max_tokens"], &b["temperature"]),
            (&"U".into(), &9.into(), &0.into())
        );
        assert_eq!(b["response_format"]["json_schema"]["strict"], true);
        let b = body(
            Dialect::OpenAi,
            &call(),
            Quirks { schema: SchemaForm::Prompt, completion_tokens: true, no_temperature: true },
        );
        assert!(b.get("response_format").is_none() && b.get("temperature").is_none() && b.get("max_tokens").is_none());
        assert_eq!(b["max_completion_tokens"], 9);
        let b = body(Dialect::Anthropic, &call(), Quirks::default());
        assert_eq!((&b["tool_choice"]["name"], &b["messages"][0]["role"]), (&"label".into(), &"user".into()));
        assert!(b["system"].as_str().unwrap().starts_with('S'));
    }

    #[test]
    fn replies() {
        let b = json!({"model": "m-2026", "choices": [{"message": {"content": "{}"}}], "usage": {"prompt_tokens": 5, "completion_tokens": 2}});
        let r = reply(Dialect::OpenAi, &b, "m").unwrap();
        assert_eq!((r.model.as_str(), r.text.as_str(), r.tokens_in, r.tokens_out), ("m-2026", "{}", 5, 2));
        let b = json!({"content": [{"type": "text", "text": "x"}, {"type": "tool_use", "input": {"a": 1}}], "usage": {"input_tokens": 5}});
        assert_eq!(reply(Dialect::Anthropic, &b, "m").unwrap().text, r#"{"a":1}"#);
        assert!(reply(Dialect::OpenAi, &json!({}), "m").is_err());
        let parts = json!({"choices": [{"message": {"content": [{"type": "text", "text": "{}"}]}}]});
        assert_eq!(reply(Dialect::OpenAi, &parts, "m").unwrap().text, "{}");
        let thought =
            json!({"choices": [{"message": {"content": null, "reasoning_content": "hm"}, "finish_reason": "length"}]});
        let r = reply(Dialect::OpenAi, &thought, "m").unwrap();
        assert!(r.cut && r.text.is_empty());
        let misread = json!({"choices": [{"message": {"content": "", "reasoning_content": "{\"a\":1}"}, "finish_reason": "stop"}]});
        assert_eq!(reply(Dialect::OpenAi, &misread, "m").unwrap().text, r#"{"a":1}"#);
        let refused = json!({"choices": [{"message": {"content": null, "refusal": "no"}}]});
        assert_eq!(reply(Dialect::OpenAi, &refused, "m").unwrap_err(), "the model declined: no");
    }

    #[test]
    fn quirks_are_learnt_once() {
        let q = Quirks::default().learn("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.").unwrap();
        assert!(q.completion_tokens && q.learn("max_tokens again").is_none());
        let q = q.learn("schema: 'maxLength' is not permitted").unwrap();
        assert_eq!(q.schema, SchemaForm::Strict);
        let q = q.learn("temperature does not support 0").unwrap().learn("response_format is not supported").unwrap();
        assert!(q.schema == SchemaForm::Object && q.no_temperature);
        let q = q.learn("response_format: only text is supported").unwrap();
        assert!(q.schema == SchemaForm::Prompt && q.learn("anything about the schema").is_none());
        assert_eq!(complaint(r#"{"error":{"message":"no"}}"#), "no");
        assert_eq!(complaint("plain"), "plain");
        let full = complaint(r#"{"error":{"message":"the request exceeds the available context size","n_ctx":2048}}"#);
        assert_eq!(too_long(&full), Some(Some(2048)));
    }

    #[test]
    fn the_context_is_read_from_complaints() {
        for (said, want) in [
            (
                "This model's maximum context length is 4096 tokens. However, you requested 5210 tokens",
                Some(Some(4096)),
            ),
            (
                "request (5210 tokens) exceeds the available context size (4096 tokens), try increasing it",
                Some(Some(4096)),
            ),
            ("prompt is too long: 205000 tokens > 200000 maximum", Some(Some(200_000))),
            ("the prompt exceeds the context window", Some(None)),
            ("temperature does not support 0", None),
        ] {
            assert_eq!(too_long(said), want, "{said}");
        }
    }
}
