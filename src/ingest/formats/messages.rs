//! Files with a message a line: the messages of one conversation follow each other, or name the one they reply to.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::super::chat::{Asked, Role, Turn, asked, of_message};
use super::super::error::IngestError;
use super::super::fields::{self, scalar};
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::super::waiting::Message;
use super::super::{IngestOptions, Turns};
use super::{Context, Importer, Record};

const TEXT: [&str; 4] = ["content", "text", "value", "message"];
const CONVERSATION: [&str; 7] =
    ["conversation_id", "message_tree_id", "thread_id", "session_id", "dialogue_id", "chat_id", "conv_id"];
const PARENT: [&str; 2] = ["parent_id", "parent"];
const ID: [&str; 4] = ["message_id", "id", "uuid", "msg_id"];

pub(super) struct MessageALine;

impl Importer for MessageALine {
    const NAME: &'static str = "a message a line";

    fn sniff(record: &Record) -> bool {
        let role = ["role", "from", "author"].iter().find_map(|n| record.get(*n)).and_then(Value::as_str);
        role.is_some_and(|r| Role::named(r).is_some())
            && TEXT.iter().any(|n| record.contains_key(*n))
            && !fields::PROMPT.iter().filter(|n| **n != "user").any(|n| record.contains_key(*n))
    }

    fn read(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
        let named = |names: &[&str]| names.iter().find_map(|n| record.get(*n)).and_then(scalar);
        let name = named(&["role", "from", "author"]).unwrap_or_default();
        let mut content = of_message(&Value::Object(record.clone()));
        if let Some(field) = &context.options.fields.text {
            content = record.get(field).map(super::super::chat::content_of).unwrap_or_default();
        }
        let mut without = vec!["role", "from", "author", "reasoning_content", "refusal"];
        without.extend(TEXT.iter().chain(&CONVERSATION).chain(&PARENT).chain(&ID));
        let model = context.options.fields.model.as_deref().and_then(|m| record.get(m)).and_then(scalar);
        let fields = sink.fields(record, &without);
        let turn = Turn { role: Role::named(&name).unwrap_or(Role::Person), name, content };
        let (id, parent, conversation) = (named(&ID), named(&PARENT), named(&CONVERSATION));
        sink.messages.push(Message { turn, id, parent, conversation, model, fields });
        Ok(())
    }
}

/// Makes samples of the messages of a file.
pub(in super::super) fn join(options: &IngestOptions, sink: &mut Sink) {
    let messages = std::mem::take(&mut sink.messages);
    if messages.is_empty() {
        return;
    }
    let before = if messages.iter().any(|m| m.parent.is_some()) { by_parent(&messages) } else { by_order(&messages) };
    let inner: HashSet<usize> = before.iter().filter_map(|path| answer_in(path, &messages)).collect();
    for (at, path) in before.iter().enumerate().filter(|(at, _)| messages[*at].turn.role == Role::Model) {
        let message = &messages[at];
        let number = 1 + path.iter().filter(|&&m| messages[m].turn.role == Role::Model).count();
        let counts = match options.turn {
            Turns::All => true,
            // By order alone, every answer ends an exchange of its own.
            Turns::Last => !inner.contains(&at),
            Turns::Nth(n) => n == number,
        };
        if !counts {
            sink.file.tally.earlier += 1;
            continue;
        }
        let turns: Vec<Turn> = path.iter().map(|&m| messages[m].turn.clone()).collect();
        let asked: Asked = asked(&turns);
        let sample = RawSample {
            id: message.id.clone(),
            model: message.model.clone(),
            prompt: (!asked.text.trim().is_empty()).then_some(RawPrompt::Asked(asked)),
            fields: message.fields.clone(),
            ..RawSample::default()
        };
        sink.answer(sample, message.turn.content.clone(), None);
    }
}

/// The last answer of the model on the way to a message that is one itself.
fn answer_in(path: &[usize], messages: &[Message]) -> Option<usize> {
    path.iter().rev().find(|&&m| messages[m].turn.role == Role::Model).copied()
}

/// For each message those before it, by the messages they reply to.
fn by_parent(messages: &[Message]) -> Vec<Vec<usize>> {
    let at: HashMap<&str, usize> =
        messages.iter().enumerate().filter_map(|(i, m)| Some((m.id.as_deref()?, i))).collect();
    let parent = |i: usize| messages[i].parent.as_deref().and_then(|p| at.get(p)).copied();
    (0..messages.len())
        .map(|i| {
            let mut path = Vec::new();
            let mut next = parent(i);
            while let Some(p) = next.filter(|p| *p != i && path.len() < 100 && !path.contains(p)) {
                path.push(p);
                next = parent(p);
            }
            path.reverse();
            path
        })
        .collect()
}

/// For each message those before it: of its conversation, or without one since the last answer.
fn by_order(messages: &[Message]) -> Vec<Vec<usize>> {
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut out = Vec::with_capacity(messages.len());
    for (i, m) in messages.iter().enumerate() {
        let conversation = m.conversation.as_deref();
        let path = open.entry(conversation.unwrap_or_default()).or_default();
        if conversation.is_none() {
            let answered = path.last().is_some_and(|&l| messages[l].turn.role == Role::Model);
            let asks = matches!(m.turn.role, Role::Person | Role::System);
            if answered && asks {
                path.clear();
            }
        }
        // A long conversation would be copied over and over; what matters stands last.
        out.push(path[path.len().saturating_sub(100)..].to_vec());
        path.push(i);
    }
    out
}
