//! Records with a text field: the fields are chosen by the first records of the file, then every record is read.

use serde_json::{Map, Value};

use super::super::chat::{Content, Role, answers, asked_by, content_of, of_text, turns};
use super::super::error::IngestError;
use super::super::fields::{self, CHAT, FieldNames, ID, KEY, TEXT, scalar};
use super::super::sink::{RawPrompt, RawSample, Sink};
use super::super::waiting::Roles;
use super::super::{IngestOptions, Turns};
use super::{At, Context, Kind, Record, no_field};

/// Records looked at before the fields are chosen.
const LOOKED_AT: usize = 300;

/// Keeps a record until enough are there to choose by, or reads it.
pub(super) fn keep(record: &Record, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
    if let Some(roles) = sink.pending.roles.clone() {
        return take(record, &roles, context, sink);
    }
    sink.pending.waiting.push((record.clone(), context.at));
    if sink.pending.waiting.len() < LOOKED_AT { Ok(()) } else { flush(context.options, sink) }
}

/// Chooses by the records that wait, and reads them.
pub(in super::super) fn flush(options: &IngestOptions, sink: &mut Sink) -> Result<(), IngestError> {
    let waiting = std::mem::take(&mut sink.pending.waiting);
    if waiting.is_empty() {
        return Ok(());
    }
    let (records, places): (Vec<Map<String, Value>>, Vec<At>) = waiting.into_iter().unzip();
    let roles = choose(&records, &options.fields, sink)?;
    sink.pending.roles = Some(roles.clone());
    for (record, at) in records.iter().zip(places) {
        take(record, &roles, &Context { options, at }, sink)?;
    }
    Ok(())
}

fn choose(records: &[Map<String, Value>], names: &FieldNames, sink: &mut Sink) -> Result<Roles, IngestError> {
    let prompt = match &names.prompt {
        Some(name) => fields::Choice { field: Some(name.clone()), ..fields::Choice::default() },
        None => fields::choose_prompt(records, names.text.as_deref()),
    };
    let spoken = |r: &Map<String, Value>| chat_of(r).is_some_and(|t| !answers(&t, Turns::Last).0.is_empty());
    let text = match &names.text {
        Some(name) => fields::Choice { field: Some(name.clone()), ..fields::Choice::default() },
        None => {
            let chat = records.iter().filter(|r| spoken(r)).count() * 2 > records.len();
            fields::choose_text(records, prompt.field.as_deref(), chat, &sink.file.path)?
        }
    };
    let chosen = &mut sink.file.chosen;
    chosen.text.clone_from(&text.field);
    chosen.prompt.clone_from(&prompt.field);
    (chosen.other_texts, chosen.other_prompts) = (text.others, prompt.others);
    Ok(Roles { text: text.field, prompt: prompt.field })
}

fn chat_of(record: &Record) -> Option<Vec<super::super::chat::Turn>> {
    CHAT.iter().find_map(|c| record.get(*c)).and_then(turns)
}

/// What a record says, and to what.
struct Said {
    /// The turn it is, where a conversation has several that count.
    turn: Option<usize>,
    content: Content,
    prompt: Option<RawPrompt>,
}

fn take(map: &Record, roles: &Roles, context: &Context, sink: &mut Sink) -> Result<(), IngestError> {
    let (names, at) = (&context.options.fields, context.at);
    // A field that was named must be in every record: one without it would be read as another thing without a word.
    for named in [&names.text, &names.prompt, &names.model, &names.id, &names.pair].into_iter().flatten() {
        if !map.contains_key(named) {
            return Err(no_field(map, named, context, sink));
        }
    }
    if is_other_observation(map) {
        sink.leave_out("a span or event that is no call of a model");
        return Ok(());
    }
    let own = roles.text.as_deref().filter(|t| map.contains_key(*t));
    let usual = || TEXT.iter().copied().find(|n| map.contains_key(*n) && roles.prompt.as_deref() != Some(*n));
    let text_field = own.or_else(|| if chat_of(map).is_some() { None } else { usual() });
    let error = map.get("error").filter(|e| is_set(e));
    let said = match text_field {
        Some(field) => texts(field, &map[field], context, sink)?,
        None => match chat_of(map) {
            Some(chat) => {
                let (found, several) = answers(&chat, context.options.turn);
                sink.conversation(several, found.len());
                let numbered = context.options.turn == Turns::All && several > 1;
                let said = |e: super::super::chat::Exchange| Said {
                    turn: numbered.then_some(e.turn),
                    content: e.content,
                    prompt: Some(RawPrompt::Asked(e.asked)),
                };
                found.into_iter().map(said).collect()
            }
            None if error.is_some() => {
                sink.failed("a record that ended in an error", error.unwrap_or(&Value::Null));
                return Ok(());
            }
            // A prompt with an id and no text belongs to answers in another file.
            None => {
                let Some((id, prompt)) = fields::prompt_by_id(map) else {
                    let (path, found) = (sink.file.path.clone(), fields::found(map));
                    return Err(IngestError::NoText { path, at: at.to_string(), found });
                };
                sink.file.formats.insert(Kind::PromptsById);
                sink.file.prompts.insert(id, prompt.into());
                return Ok(());
            }
        },
    };
    sink.file.formats.insert(Kind::Records);
    let failed = error.filter(|_| said.iter().all(|s| s.content.text.trim().is_empty() && s.content.calls == 0));
    let failed = failed.or_else(|| map.get("statusMessage").filter(|e| is_set(e) && level_is_error(map)));
    if let Some(error) = failed {
        sink.failed("a record that ended in an error", error);
        return Ok(());
    }
    push(map, roles, text_field, said, context, sink)
}

/// langfuse keeps spans and events beside the calls of models.
fn is_other_observation(map: &Record) -> bool {
    let kind = map.get("type").and_then(Value::as_str);
    let traced = ["traceId", "trace_id"].iter().any(|n| map.contains_key(*n));
    traced && kind.is_some_and(|k| ["span", "event"].iter().any(|other| k.eq_ignore_ascii_case(other)))
}

/// langfuse marks what failed by its level.
fn level_is_error(map: &Record) -> bool {
    map.get("level").and_then(Value::as_str) == Some("ERROR")
}

/// Whether an `error` field says that something went wrong.
fn is_set(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(_) => false,
        Value::String(s) => !matches!(s.trim(), "" | "None" | "null" | "nan" | "false" | "False"),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Number(n) => n.as_f64() != Some(0.0),
    }
}

fn push(
    map: &Record,
    roles: &Roles,
    text_field: Option<&str>,
    said: Vec<Said>,
    context: &Context,
    sink: &mut Sink,
) -> Result<(), IngestError> {
    let names = &context.options.fields;
    let prompt_field = roles.prompt.as_deref().filter(|p| map.contains_key(*p) && text_field != Some(*p));
    let prompt_field = prompt_field.or_else(|| {
        let usual = |n: &&&str| map.contains_key(**n) && text_field != Some(**n);
        if names.prompt.is_some() { None } else { fields::PROMPT.iter().find(usual).copied() }
    });
    let asked = prompt_field.map(|field| {
        let mut asked = asked_by(&map[field]);
        asked.text = fields::with_input(asked.text, map, field);
        asked
    });
    let key = KEY.iter().find_map(|k| map.get(*k)).and_then(scalar).map(RawPrompt::Id);
    let id_field = names.id.as_deref().or_else(|| ID.iter().copied().find(|n| map.contains_key(*n)));
    let value = |field: Option<&str>| field.and_then(|f| map.get(f)).and_then(scalar);
    let (id, model, pair) = (value(id_field), value(names.model.as_deref()), value(names.pair.as_deref()));
    let at = || context.at.to_string();
    let path = sink.file.path.clone();
    let vector = super::super::vectors::of_record(map, names.vector.as_deref(), &path, &at)?;
    if vector.is_some() && said.len() > 1 {
        let why = format!("there are {} texts but one vector; give each text a record of its own", said.len());
        return Err(IngestError::Vector { path, at: at(), why });
    }
    let vector_field = names.vector.as_deref().unwrap_or(super::super::vectors::VECTOR);
    let mut without = vec![vector_field, super::super::COVERAGE, super::super::EMBEDDER, "error"];
    without.extend(
        [text_field, prompt_field, id_field, names.model.as_deref(), names.pair.as_deref()].into_iter().flatten(),
    );
    without.extend(["input"].iter().filter(|_| prompt_field == Some("instruction")));
    let other_fields = sink.fields(map, &without);
    let finish =
        ["finish_reason", "stop_reason", "finishReason"].iter().find_map(|n| map.get(*n)).and_then(Value::as_str);
    let finish = finish.map(str::to_owned);
    let asked = asked.filter(|a| !a.text.trim().is_empty()).map(RawPrompt::Asked);
    for (n, one) in said.into_iter().enumerate() {
        // A chat that was read has its own prompt; a field beside it may be another thing of that name.
        let own = one.prompt.filter(RawPrompt::is_asked);
        let prompt = match (text_field.is_none() && names.prompt.is_none(), own) {
            (true, Some(own)) => Some(own),
            (_, own) => asked.clone().or(own).or_else(|| key.clone()),
        };
        let id = match (one.turn, &id) {
            (Some(turn), Some(id)) => Some(format!("{id}/turn-{turn}")),
            _ => id.clone(),
        };
        let mut content = one.content;
        if n == 0 {
            beside(map, &mut content);
        }
        let fields = other_fields.clone();
        let sample = RawSample {
            id,
            model: model.clone(),
            prompt,
            pair: pair.clone(),
            vector: vector.clone(),
            fields,
            ..RawSample::default()
        };
        // The field itself is among the others already.
        let known = finish.as_deref().filter(|f| matches!(*f, "content_filter" | "SAFETY"));
        sink.answer(sample, content, known);
    }
    Ok(())
}

/// Reasoning and a refusal in fields beside the text.
fn beside(map: &Record, content: &mut Content) {
    let string = |name: &str| map.get(name).and_then(Value::as_str).filter(|s| !s.trim().is_empty());
    if content.reasoning.is_empty()
        && let Some(reasoning) = ["reasoning_content", "reasoning", "thinking"].iter().find_map(|n| string(n))
    {
        reasoning.clone_into(&mut content.reasoning);
    }
    if let (Some(refusal), true) = (string("refusal"), content.text.trim().is_empty()) {
        refusal.clone_into(&mut content.text);
        content.refused = true;
    }
    if content.text.trim().is_empty() {
        content.calls += map.get("tool_calls").and_then(Value::as_array).map_or(0, Vec::len);
    }
}

/// The texts in a field: one, or a list of answers, or the answers of a chat.
fn texts(field: &str, value: &Value, context: &Context, sink: &mut Sink) -> Result<Vec<Said>, IngestError> {
    let said = |content: Content| Said { turn: None, content, prompt: None };
    if !matches!(value, Value::String(_))
        && let Some(chat) = turns(value)
    {
        let (found, several) = answers(&chat, context.options.turn);
        sink.conversation(several, found.len());
        // What stands before the answer is the prompt, where no field is.
        let prompt = |a: super::super::chat::Asked| RawPrompt::text(a.text.clone()).map(|_| RawPrompt::Asked(a));
        let numbered = context.options.turn == Turns::All && several > 1;
        return Ok(found
            .into_iter()
            .map(|e| Said { turn: numbered.then_some(e.turn), content: e.content, prompt: prompt(e.asked) })
            .collect());
    }
    let wrong = || IngestError::FieldType {
        path: sink.file.path.clone(),
        at: context.at.to_string(),
        field: field.to_owned(),
        what: fields::kind(value),
    };
    match value {
        // A message as JSON, as in the cells of a table.
        Value::String(s) => match turns(value).as_deref() {
            Some([only]) if only.role == Role::Model => Ok(vec![said(only.content.clone())]),
            _ => Ok(vec![said(of_text(s))]),
        },
        // A model that said nothing is evidence, not a fault.
        Value::Null => Ok(vec![said(Content::default())]),
        Value::Number(n) => Ok(vec![said(of_text(&n.to_string()))]),
        Value::Array(list) if list.iter().all(|v| v.is_string() || v.is_null()) && !list.is_empty() => {
            Ok(list.iter().map(|v| said(content_of(v))).collect())
        }
        Value::Array(parts) if !parts.is_empty() && parts.iter().all(|p| p.get("type").is_some()) => {
            Ok(vec![said(content_of(value))])
        }
        Value::Object(map) if map.contains_key("content") || map.contains_key("text") => {
            Ok(vec![said(super::super::chat::of_message(value))])
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_as(records: &[Value], options: &IngestOptions) -> Result<Vec<RawSample>, IngestError> {
        let mut sink = Sink::new("f.jsonl".into(), options);
        for (n, r) in records.iter().enumerate() {
            super::super::take(r.clone(), options, At::Line(n + 1), &mut sink)?;
        }
        super::super::finish(options, &mut sink)?;
        Ok(sink.finish().samples)
    }

    fn read(record: Value) -> Vec<RawSample> {
        read_as(&[record], &IngestOptions::default()).unwrap()
    }

    fn asked(sample: &RawSample) -> &str {
        match &sample.prompt {
            Some(RawPrompt::Asked(a)) => &a.text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn usual_names_are_found() {
        let s = read(
            json!({"id": 7, "generator": "m", "instruction": "Name a pet.", "input": "short", "output": "A goose."}),
        );
        assert_eq!(s[0].id.as_deref(), Some("7"));
        assert_eq!(asked(&s[0]), "Name a pet.\n\nshort");
        assert_eq!(s[0].text, "A goose.");
        assert_eq!(read(json!({"prompt": "p", "completion": null}))[0].text, "");
        assert_eq!(read(json!({"prompt": "p", "response": ["a", "b"]})).len(), 2);
    }

    #[test]
    fn chats_are_read_to_the_last_answer() {
        let s = read(
            json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}]}),
        );
        assert_eq!((asked(&s[0]), s[0].text.as_str()), ("Hi", "Hello"));
        let four = json!({"id": "c", "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}, {"from": "human", "value": "c"}, {"from": "gpt", "value": "d"}]});
        let s = read(four.clone());
        assert_eq!((s[0].text.as_str(), asked(&s[0])), ("d", "human: a\n\ngpt: b\n\nhuman: c"));
        let all = IngestOptions { turn: Turns::All, ..IngestOptions::default() };
        let s = read_as(std::slice::from_ref(&four), &all).unwrap();
        let ids: Vec<&str> = s.iter().filter_map(|s| s.id.as_deref()).collect();
        assert_eq!((s.len(), ids), (2, vec!["c/turn-1", "c/turn-2"]));
        let first = IngestOptions { turn: Turns::Nth(1), ..IngestOptions::default() };
        let s = read_as(&[four], &first).unwrap();
        assert_eq!((s[0].text.as_str(), asked(&s[0])), ("b", "a"));
        let s = read(json!({"prompt": [{"role": "user", "content": "q"}], "text": "t"}));
        assert_eq!(asked(&s[0]), "q");
    }

    #[test]
    fn unknown_fields_are_listed() {
        let e = read_as(&[json!({"body": "x", "n": 1})], &IngestOptions::default()).unwrap_err();
        assert_eq!(e.to_string(), "f.jsonl, line 1: no text; the fields are “body”, “n”. Name the one with the text");
        let fields = FieldNames { text: Some("body".into()), ..FieldNames::default() };
        let options = IngestOptions { fields, ..IngestOptions::default() };
        assert_eq!(read_as(&[json!({"body": "x"})], &options).unwrap()[0].text, "x");
        let many: Map<String, Value> = (0..300).map(|n| (format!("f{n}"), json!(n))).collect();
        let e = read_as(&[many.into()], &IngestOptions::default()).unwrap_err().to_string();
        assert!(e.contains("“f11” and 288 more") && e.len() < 300, "{e}");
    }

    #[test]
    fn the_text_is_chosen_by_evidence_or_asked_for() {
        let rows = |make: &dyn Fn(usize) -> Value| (0..20).map(make).collect::<Vec<_>>();
        let text = |records: &[Value]| read_as(records, &IngestOptions::default()).map(|s| s[1].text.clone());
        // A reference beside the answer.
        let gold = rows(
            &|i| json!({"question": format!("q{}", i / 4), "answer": format!("the reference answer number {}", i / 4), "model_output": format!("what the model wrote, take {i}")}),
        );
        assert_eq!(text(&gold).unwrap(), "what the model wrote, take 1");
        // The prompt with the completion in one field.
        let whole = rows(
            &|i| json!({"prompt": format!("a question number {i}"), "completion": format!("an answer number {i}"), "text": format!("a question number {i}an answer number {i}")}),
        );
        assert_eq!(text(&whole).unwrap(), "an answer number 1");
        // A label beside the answer.
        let label = rows(
            &|i| json!({"prompt": format!("q{i}"), "output": if i % 2 == 0 { "A" } else { "B" }, "response": format!("a long answer, number {i}, in words")}),
        );
        assert_eq!(text(&label).unwrap(), "a long answer, number 1, in words");
        // Two that are as likely.
        let two = rows(
            &|i| json!({"prompt": format!("q{i}"), "response": format!("one long answer, number {i}"), "completion": format!("another, longer answer {i}")}),
        );
        assert_eq!(
            text(&two).unwrap_err().to_string(),
            "f.jsonl: several fields may hold the text: “response”, “completion”. Name the one to read"
        );
    }

    #[test]
    fn what_failed_is_left_out_by_its_cause() {
        let options = IngestOptions::default();
        let mut sink = Sink::new("f".into(), &options);
        for r in [
            json!({"prompt": "p", "response": "", "error": "TimeoutError: 60 s"}),
            json!({"prompt": "p", "response": null, "error": {"message": "rate limit reached"}}),
            json!({"prompt": "p", "response": "fine", "error": null}),
            json!({"prompt": "p", "response": "", "refusal": "I will not."}),
            json!({"prompt": "p", "response": "", "tool_calls": [{"name": "f"}]}),
            json!({"prompt": "p", "response": ""}),
        ] {
            super::super::take(r, &options, At::Line(1), &mut sink).unwrap();
        }
        super::super::finish(&options, &mut sink).unwrap();
        let file = sink.finish();
        let texts: Vec<&str> = file.samples.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(texts, ["fine", "I will not.", ""]);
        let left: Vec<&str> = file.left_out.keys().map(String::as_str).collect();
        assert_eq!(
            left,
            [
                "a record that ended in an error (TimeoutError)",
                "a record that ended in an error (rate limit reached)",
                "an answer that only calls tools"
            ]
        );
    }

    #[test]
    fn reasoning_is_kept_apart() {
        let r = json!({"prompt": "p", "response": "<think>Hm, a pet.</think>\n\nA goose."});
        assert_eq!(read(r.clone())[0].text, "A goose.");
        let with = IngestOptions { with_reasoning: true, ..IngestOptions::default() };
        assert_eq!(read_as(&[r], &with).unwrap()[0].text, "Hm, a pet.\n\nA goose.");
    }

    #[test]
    fn a_chat_has_its_own_prompt() {
        let chat = json!([{"role": "user", "content": "Name a pet."}, {"role": "assistant", "content": "A goose."}]);
        assert_eq!(asked(&read(json!({"input": "pets", "messages": chat}))[0]), "Name a pet.");
        let answer = json!([{"role": "assistant", "content": "A goose."}]);
        assert_eq!(asked(&read(json!({"prompt": "Name a pet.", "messages": answer}))[0]), "Name a pet.");
    }
}
