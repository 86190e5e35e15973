//! Trees of OpenAssistant: a prompt with replies, which have replies.

use serde_json::Value;

use super::super::Turns;
use super::super::chat::{Role, Turn, asked, content_text, of_text};
use super::super::error::IngestError;
use super::super::fields::scalar;
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::{Context, Importer, Record};

/// Replies below each other that are followed.
const DEEPEST: usize = 100;

pub(super) struct Tree;

impl Importer for Tree {
    const NAME: &'static str = "OpenAssistant trees";

    fn sniff(record: &Record) -> bool {
        record.get("prompt").is_some_and(|p| p.get("replies").is_some_and(Value::is_array))
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        if let Some(root) = record.get("prompt") {
            follow(root, &mut Vec::new(), context.options.turn, sink);
        }
        Ok(())
    }
}

/// Whether an answer of the model is below a message.
fn goes_on(message: &Value, depth: usize) -> bool {
    let replies = message.get("replies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    depth < DEEPEST && replies.iter().any(|r| role(r) == Role::Model || goes_on(r, depth + 1))
}

fn role(message: &Value) -> Role {
    message.get("role").and_then(Value::as_str).and_then(Role::named).unwrap_or(Role::Person)
}

fn follow(message: &Value, path: &mut Vec<Turn>, wanted: Turns, sink: &mut Sink) {
    let text = message.get("text").map(content_text).unwrap_or_default();
    let name = message.get("role").and_then(Value::as_str).unwrap_or("prompter").to_owned();
    let turn = Turn { role: role(message), name, content: of_text(&text) };
    if turn.role == Role::Model {
        let number = 1 + path.iter().filter(|t| t.role == Role::Model).count();
        let last = !goes_on(message, 0);
        let counts = match wanted {
            Turns::All => true,
            Turns::Last => last,
            Turns::Nth(n) => n == number,
        };
        if counts {
            let without = ["message_id", "parent_id", "text", "role", "replies", "user_id", "created_date"];
            let fields = message.as_object().map(|m| sink.fields(m, &without)).unwrap_or_default();
            let id = message.get("message_id").and_then(scalar);
            let prompt = Some(RawPrompt::Asked(asked(path)));
            sink.answer(RawSample { id, prompt, fields, ..RawSample::default() }, turn.content.clone(), None);
        } else {
            sink.file.tally.earlier += 1;
        }
    }
    path.push(turn);
    if path.len() < DEEPEST {
        for reply in message.get("replies").and_then(Value::as_array).into_iter().flatten() {
            follow(reply, path, wanted, sink);
        }
    }
    path.pop();
}
