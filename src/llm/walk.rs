//! A walk through the replies that are known: it ends with an answer, or at the first call that has none.

use super::answer;
use super::call::{Call, Reply};
use super::prompts::Prompts;
use super::task::{Known, Step};
use crate::model::Says;

/// A walk through known replies.
pub(super) struct Walk<'a> {
    pub model: &'a str,
    pub prompts: &'a Prompts,
    pub known: Known<'a>,
}

impl Walk<'_> {
    /// Asks, reads the answer, and ends the task with it.
    pub fn ask<A: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
        values: &[(&str, &str)],
        max_tokens: u32,
        read: impl Fn(A) -> Result<Says, String>,
    ) -> Result<Step, Step> {
        let (says, model, prompt) = self.answer(name, values, max_tokens, read)?;
        Ok(Step::Done { says: Box::new(says), model, prompt })
    }

    /// Asks and reads the answer; an answer that cannot be used is sent back once with what is wrong with it.
    pub fn answer<A: serde::de::DeserializeOwned, T>(
        &self,
        name: &'static str,
        values: &[(&str, &str)],
        max_tokens: u32,
        read: impl Fn(A) -> Result<T, String>,
    ) -> Result<(T, String, String), Step> {
        let prompt = self.prompts.get(name).ok_or_else(|| Step::Failed(format!("there is no prompt {name}")))?;
        let call = Call::new(name, prompt, values, self.model, answer::schema(name), max_tokens);
        let try_read = |reply: &Reply| answer::parse::<A>(&reply.text).and_then(&read);
        let reply = (self.known)(&call.hash()).ok_or_else(|| Step::Ask(Box::new(call.clone())))?;
        let fault = match try_read(&reply) {
            Ok(value) => return Ok((value, reply.model, call.prompt)),
            Err(fault) => fault,
        };
        let again = call.repair(&reply.text, &fault, self.prompts);
        let reply = (self.known)(&again.hash()).ok_or_else(|| Step::Ask(Box::new(again)))?;
        match try_read(&reply) {
            Ok(value) => Ok((value, reply.model, call.prompt)),
            Err(fault) => Err(Step::Failed(format!("two answers could not be used; of the last one, {fault}"))),
        }
    }
}
