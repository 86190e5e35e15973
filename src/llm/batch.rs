//! The same calls as a batch file, for machines without a network: OpenAI's Batch format and Anthropic's.

use std::io::{BufRead, Write};

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::dialect::{self, Quirks};
use super::endpoint::Dialect;

/// Writes calls, one a line, each under its hash.
///
/// # Errors
/// When the output cannot be written.
pub fn write(out: &mut dyn Write, dialect: Dialect, calls: &[Call]) -> std::io::Result<()> {
    for call in calls {
        let body = dialect::body(dialect, call, Quirks::default());
        let line = match dialect {
            Dialect::OpenAi | Dialect::Completions => {
                json!({"custom_id": call.hash(), "method": "POST", "url": "/v1/chat/completions", "body": body})
            }
            Dialect::Anthropic => json!({"custom_id": call.hash(), "params": body}),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// What a line of a results file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A reply to the call with this hash.
    Reply(String, Reply),
    /// The call with this hash was not answered, and why.
    Failed(String, String),
}

/// Reads a results file in either format, in any order.
///
/// # Errors
/// One sentence naming the line, when it is no such file.
pub fn read(input: &mut dyn BufRead) -> Result<Vec<Line>, String> {
    let mut out = Vec::new();
    for (i, line) in input.lines().enumerate() {
        let n = i + 1;
        let line = line.map_err(|e| format!("line {n}: cannot be read ({e})"))?;
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() {
            continue;
        }
        let v: Value =
            serde_json::from_str(line).map_err(|e| format!("line {n}: not JSON ({e}); download the results again"))?;
        let id = v["custom_id"].as_str().ok_or_else(|| {
            format!("line {n}: no custom_id; give the results of a batch that `gander requests` wrote")
        })?;
        out.push(match one(&v) {
            Ok(reply) => Line::Reply(id.to_owned(), reply),
            Err(why) => Line::Failed(id.to_owned(), why),
        });
    }
    Ok(out)
}

fn one(v: &Value) -> Result<Reply, String> {
    if let Some(result) = v.get("result") {
        return match result["type"].as_str() {
            Some("succeeded") => dialect::reply(Dialect::Anthropic, &result["message"], ""),
            other => Err(format!("the batch says “{}”", other.unwrap_or("nothing"))),
        };
    }
    if let Some(why) = v.get("error").filter(|e| !e.is_null()) {
        return Err(dialect::complaint(&json!({"error": why}).to_string()));
    }
    let response = &v["response"];
    match response["status_code"].as_u64() {
        Some(200) => dialect::reply(Dialect::OpenAi, &response["body"], ""),
        Some(code) => Err(format!("{code}: {}", dialect::complaint(&response["body"].to_string()))),
        None => Err("there is no response in it".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_in_any_order_with_failures() {
        let text = concat!(
            r#"{"custom_id":"b","response":{"status_code":200,"body":{"model":"m","choices":[{"message":{"content":"{}"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}},"error":null}"#,
            "\n\n",
            r#"{"custom_id":"a","response":null,"error":{"code":"batch_expired","message":"too late"}}"#,
            "\n",
            r#"{"custom_id":"c","response":{"status_code":429,"body":{"error":{"message":"slow down"}}}}"#,
            "\n",
            r#"{"custom_id":"d","result":{"type":"succeeded","message":{"model":"n","content":[{"type":"tool_use","input":{"x":1}}]}}}"#,
            "\n",
            r#"{"custom_id":"e","result":{"type":"expired"}}"#,
            "\n"
        );
        let lines = read(&mut text.as_bytes()).unwrap();
        assert!(matches!(&lines[0], Line::Reply(id, r) if id == "b" && r.tokens_in == 3));
        assert_eq!(lines[1], Line::Failed("a".into(), "too late".into()));
        assert_eq!(lines[2], Line::Failed("c".into(), "429: slow down".into()));
        assert!(matches!(&lines[3], Line::Reply(id, r) if id == "d" && r.text == r#"{"x":1}"#));
        assert_eq!(lines[4], Line::Failed("e".into(), "the batch says “expired”".into()));
    }

    #[test]
    fn other_files_are_refused_with_the_line() {
        assert!(read(&mut "{\"custom_id\":\"a\"}\nnonsense".as_bytes()).unwrap_err().starts_with("line 2: not JSON"));
        assert!(read(&mut "{\"id\":1}".as_bytes()).unwrap_err().starts_with("line 1: no custom_id"));
    }
}
