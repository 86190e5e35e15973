//! Which models are sampled, and from which servers.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::CliError;
use crate::cli::output::note;
use crate::llm::{Client, Endpoint, Key, SampledModel};

/// Reads `URL#MODEL` and `NAME=URL#MODEL`. A name that was given twice is one model on two servers; two servers whose model
/// has one name, without such a word, are refused: the file could not tell whether they are one.
pub(super) fn parse(given: &[String], timeout: Duration) -> Result<Vec<SampledModel>, CliError> {
    let mut models: Vec<(SampledModel, bool)> = Vec::new();
    for text in given {
        let (name, address) = named(text);
        let endpoint = Endpoint::parse(address).map_err(|e| match e {
            crate::llm::LlmError::Endpoint(_) => CliError::Usage(format!(
                "--model {text}: give URL#model, such as http://localhost:8000/v1#my-model, or NAME=URL#model"
            )),
            other => other.into(),
        })?;
        let key = Key::find(&endpoint, &|n| std::env::var(n).ok())?;
        let called = name.unwrap_or(endpoint.model()).to_owned();
        let client = Client::new(endpoint, key, timeout)?.advising("raise --timeout or lower --at-once");
        let client = Arc::new(client);
        match models.iter_mut().find(|(m, _)| m.name == called) {
            Some((model, true)) if name.is_some() => model.clients.push(client),
            Some(_) => {
                return Err(CliError::Usage(format!(
                    "--model: two models have the same name, “{called}”; give each a name of its own (base={address}), or \
                     both the same one when it is one model on two servers"
                )));
            }
            None => models.push((SampledModel { name: called, clients: vec![client], template: None }, name.is_some())),
        }
    }
    Ok(models.into_iter().map(|m| m.0).collect())
}

/// The name before an address, and the address.
fn named(text: &str) -> (Option<&str>, &str) {
    match text.find("=http") {
        Some(at) if at > 0 && !text[..at].contains("://") => (Some(text[..at].trim()), &text[at + 1..]),
        _ => (None, text),
    }
}

/// Asks the servers which chat template they use, and says when the models do not use the same one.
pub(super) async fn look_at_templates(models: &mut [SampledModel]) {
    for model in models.iter_mut() {
        for client in &model.clients {
            let found = client.chat_template().await;
            match (&model.template, found) {
                (Some(one), Some(other)) if *one != other => note(&format!(
                    "the servers of {} use different chat templates; its answers are of two kinds",
                    model.name
                )),
                (None, Some(found)) => model.template = Some(found),
                _ => {}
            }
        }
    }
    let known: Vec<&SampledModel> = models.iter().filter(|m| m.template.is_some()).collect();
    if let Some(other) = known.iter().find(|m| m.template != known[0].template) {
        note(&format!(
            "{} and {} use different chat templates; what differs between them may come from that",
            known[0].name, other.name
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_before_addresses() {
        assert_eq!(named("base=http://h/v1#m"), (Some("base"), "http://h/v1#m"));
        assert_eq!(named("http://h/v1#m"), (None, "http://h/v1#m"));
        assert_eq!(named("http://h/v1?x=http://y#m"), (None, "http://h/v1?x=http://y#m"));
    }

    #[test]
    fn one_name_is_one_model() {
        let parse = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|s| (*s).to_owned()).collect();
            parse(&given, Duration::from_secs(1))
        };
        let two = parse(&["a=http://h:1#m", "a=http://h:2#m", "b=http://h:1#m"]).unwrap();
        assert_eq!(two.iter().map(|m| (m.name.as_str(), m.clients.len())).collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
        let e = parse(&["http://h:1#m", "http://h:2#m"]).unwrap_err().to_string();
        assert!(e.contains("two models have the same name, “m”"), "{e}");
        let e = parse(&["nonsense"]).unwrap_err().to_string();
        assert!(e.contains("give URL#model"), "{e}");
    }
}
