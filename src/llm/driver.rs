//! A walk through the replies that are known: it ends with an answer, or at the first call that has none.

use serde_json::Value;

use super::answer;
use super::call::{Call, Reply};
use super::prompts::Prompts;
use super::step::{Known, Step};
use crate::model::Says;

/// Times that an answer which was cut off is asked for again with more room.
const LONGER: usize = 3;

/// A walk through known replies.
pub(super) struct Driver<'a> {
    pub model: &'a str,
    pub prompts: &'a Prompts,
    pub known: Known<'a>,
}

/// An answer, the model that gave it and the prompt that asked.
pub(super) type Answer<T> = (T, String, String);

impl Driver<'_> {
    /// Asks, reads the answer, and ends the task with it.
    pub fn ask(
        &self,
        name: &'static str,
        values: &[(&str, &str)],
        (schema, max_tokens): (Value, u32),
        read: impl Fn(&Value) -> Result<Says, String>,
    ) -> Result<Step, Step> {
        let (says, model, prompt) = self.answer(name, values, (schema, max_tokens), read)?;
        Ok(Step::Done { says: Box::new(says), model, prompt })
    }

    /// Asks and reads the answer. One that was cut off is asked for with more room; one that cannot be used is sent back once
    /// with what is wrong with it.
    pub fn answer<T>(
        &self,
        name: &'static str,
        values: &[(&str, &str)],
        (schema, max_tokens): (Value, u32),
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<Answer<T>, Step> {
        let lost = || Step::Failed { why: format!("there is no prompt {name}"), unusable: Vec::new() };
        let prompt = self.prompts.get(name).ok_or_else(lost)?;
        let call = Call::new(name, prompt, values, self.model, schema, max_tokens);
        let mut unusable = Vec::new();
        let (call, text, fault) = match self.read(call, &read, &mut unusable)? {
            Ok(done) => return Ok(done),
            Err(failed) => failed,
        };
        let again = call.repair(&text, &fault, self.prompts);
        match self.read(again, &read, &mut unusable)? {
            Ok(done) => Ok(done),
            Err((_, _, fault)) => {
                let why = format!("two answers could not be used; of the last one, {fault}");
                Err(Step::Failed { why, unusable })
            }
        }
    }

    /// The answer to a call, or the call whose reply could not be used with that reply and what is wrong with it.
    #[allow(clippy::type_complexity)]
    fn read<T>(
        &self,
        mut call: Call,
        read: &impl Fn(&Value) -> Result<T, String>,
        unusable: &mut Vec<String>,
    ) -> Result<Result<Answer<T>, (Call, String, String)>, Step> {
        for tries in 0.. {
            let hash = call.hash();
            let reply: Reply = (self.known)(&hash).ok_or_else(|| Step::Ask(Box::new(call.clone())))?;
            let fault = match answer::object(&reply.text).and_then(|v| read(&v)) {
                Ok(value) => return Ok(Ok((value, reply.model, call.prompt))),
                Err(fault) => fault,
            };
            unusable.push(hash);
            if !reply.cut {
                return Ok(Err((call, reply.text, fault)));
            }
            let thought = reply.text.trim().is_empty();
            match call.longer(thought).filter(|_| tries < LONGER) {
                Some(longer) => call = longer,
                None => {
                    let tokens = call.max_tokens;
                    let why = if thought {
                        format!(
                            "all {tokens} tokens of the answer went into thinking; turn the model's thinking off, or ask another"
                        )
                    } else {
                        format!("the answer was cut off at {tokens} tokens")
                    };
                    return Err(Step::Failed { why, unusable: std::mem::take(unusable) });
                }
            }
        }
        // The loop ends by itself.
        Err(Step::Failed { why: "the answer was cut off".into(), unusable: std::mem::take(unusable) })
    }
}
