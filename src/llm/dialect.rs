//! A call in a server's own format, and a reply out of it.

use serde_json::{Value, json};

use super::call::{Call, Reply, Turn};
use super::endpoint::Dialect;

/// Ways to ask for structured outputs, the strictest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum SchemaForm {
    /// `json_schema`, or a forced tool.
    #[default]
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
        } else if has(&["response_format", "json_schema", "json_object", "schema", "grammar", "tool_choice", "tools"]) {
            match self.schema {
                SchemaForm::Strict => Some(Self { schema: SchemaForm::Object, ..self }),
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

/// The schema stands in the prompt too: not every server with structured outputs shows it to the model.
fn system(call: &Call) -> String {
    format!("{}\n\nSchema of the answer:\n{}", call.system, call.schema)
}

fn openai(call: &Call, quirks: Quirks) -> Value {
    let mut all = vec![json!({"role": "system", "content": system(call)})];
    all.extend(messages(&call.turns));
    let mut body = json!({"model": call.model, "messages": all});
    let limit = if quirks.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    body[limit] = call.max_tokens.into();
    if !quirks.no_temperature {
        body["temperature"] = 0.into();
    }
    match quirks.schema {
        SchemaForm::Strict => {
            let form = json!({"name": call.name, "strict": true, "schema": call.schema});
            body["response_format"] = json!({"type": "json_schema", "json_schema": form});
        }
        SchemaForm::Object => body["response_format"] = json!({"type": "json_object", "schema": call.schema}),
        SchemaForm::Prompt => {}
    }
    body
}

fn anthropic(call: &Call, quirks: Quirks) -> Value {
    let mut body = json!({"model": call.model, "max_tokens": call.max_tokens, "system": system(call),
                          "messages": messages(&call.turns)});
    if !quirks.no_temperature {
        body["temperature"] = 0.into();
    }
    if quirks.schema == SchemaForm::Strict {
        // A forced tool is this format's structured output.
        body["tools"] = json!([{"name": call.name, "description": "Gives the answer.", "input_schema": call.schema}]);
        body["tool_choice"] = json!({"type": "tool", "name": call.name});
    }
    body
}

/// Reads a reply; the error says what the server sent instead.
pub(super) fn reply(dialect: Dialect, body: &Value, asked: &str) -> Result<Reply, String> {
    let count = |names: [&str; 2]| names.iter().find_map(|n| body["usage"][n].as_u64()).unwrap_or(0);
    let text = match dialect {
        Dialect::OpenAi | Dialect::Completions => {
            let message = &body["choices"][0]["message"];
            if let Some(why) = message["refusal"].as_str() {
                return Err(format!("the model declined: {why}"));
            }
            message["content"].as_str().map(str::to_owned)
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
    Ok(Reply { text, model, tokens_in, tokens_out })
}

/// What a server says is wrong, in whatever form it says so.
pub(super) fn complaint(body: &str) -> String {
    let v: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let found = [&v["error"]["message"], &v["message"], &v["detail"], &v["error"]].into_iter().find_map(Value::as_str);
    found.unwrap_or(body).trim().to_owned()
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
        let refused = json!({"choices": [{"message": {"content": null, "refusal": "no"}}]});
        assert_eq!(reply(Dialect::OpenAi, &refused, "m").unwrap_err(), "the model declined: no");
    }

    #[test]
    fn quirks_are_learnt_once() {
        let q = Quirks::default().learn("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.").unwrap();
        assert!(q.completion_tokens && q.learn("max_tokens again").is_none());
        let q = q.learn("temperature does not support 0").unwrap().learn("response_format is not supported").unwrap();
        assert!(q.schema == SchemaForm::Object && q.no_temperature);
        let q = q.learn("response_format: only text is supported").unwrap();
        assert!(q.schema == SchemaForm::Prompt && q.learn("anything about the schema").is_none());
        assert_eq!(complaint(r#"{"error":{"message":"no"}}"#), "no");
        assert_eq!(complaint("plain"), "plain");
    }
}
