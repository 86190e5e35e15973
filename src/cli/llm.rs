//! Which language model is asked: arguments, the settings file, and the key from the environment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::args::LlmArgs;
use super::hints::of_option;
use super::open::Opened;
use super::{CliError, folders};
use crate::app::App;
use crate::llm::{Endpoint, Key, Limits, LlmError, Price};
use crate::model::TaskState;
use crate::worker::{AskerConfig, LlmMemory};

/// Seconds for one call.
const TIMEOUT: u64 = 120;

/// Runs of each verdict.
const VOTES: u32 = 3;

/// `settings.json` in gander's folder of settings. It never holds a key.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    llm: Option<String>,
    llm_price: Option<[f64; 2]>,
    llm_at_once: Option<usize>,
    llm_timeout: Option<u64>,
    llm_context: Option<u64>,
    prompts: Option<PathBuf>,
}

fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

fn settings() -> Result<Settings, CliError> {
    let Some(path) = folders::settings() else { return Ok(Settings::default()) };
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(Settings::default()) };
    serde_json::from_str(&text).map_err(|e| {
        CliError::Usage(format!(
            "{}: {e}; it may hold llm, llm_price, llm_at_once, llm_timeout, llm_context and prompts (keys belong into GANDER_LLM_KEY)",
            path.display()
        ))
    })
}

/// The language model to ask; `None` when nobody named one.
///
/// # Errors
/// One sentence about the argument, the settings file or the key.
pub(super) fn config(args: &LlmArgs) -> Result<Option<AskerConfig>, CliError> {
    let settings = settings()?;
    let Some(given) = args.llm.clone().or(settings.llm) else { return Ok(None) };
    let of_flag = |e: LlmError| CliError::Usage(of_option("--llm", &e));
    let endpoint = Endpoint::parse(&given).map_err(of_flag)?;
    if endpoint.completes() {
        return Err(of_flag(LlmError::NoChat(endpoint.url().to_string())));
    }
    let key = Key::find(&endpoint, &set)?;
    let price = match (&args.llm_price, settings.llm_price) {
        (Some(text), _) => Some(price(text)?),
        (None, Some([input, output])) => Some(Price { input, output }),
        (None, None) => None,
    };
    if args.budget_usd.is_some() && price.is_none() {
        return Err(CliError::Usage("--budget-usd: say what tokens cost with --llm-price IN,OUT".into()));
    }
    let mut limits = limits();
    if let Some(n) = args.llm_at_once.or(settings.llm_at_once) {
        limits.at_once = n.clamp(1, 256);
    }
    Ok(Some(AskerConfig {
        endpoint,
        key,
        prompts: args.prompts.clone().or(settings.prompts),
        limits,
        timeout: Duration::from_secs(args.llm_timeout.or(settings.llm_timeout).unwrap_or(TIMEOUT).max(1)),
        budget_tokens: args.budget,
        budget_dollars: args.budget_usd,
        price,
        context: args.llm_context.or(settings.llm_context),
        votes: args.votes.unwrap_or(VOTES).clamp(1, 15),
    }))
}

/// Bounds of a run; the first wait between two tries can be set for tests.
pub(super) fn limits() -> Limits {
    let first = set("GANDER_LLM_FIRST_WAIT_MS").and_then(|v| v.parse().ok()).map(Duration::from_millis);
    Limits { first_wait: first.unwrap_or(Limits::default().first_wait), ..Limits::default() }
}

fn price(text: &str) -> Result<Price, CliError> {
    let bad = || {
        CliError::Usage(format!(
            "--llm-price {text}: give dollars per million tokens read and written, such as 0.15,0.60"
        ))
    };
    let (input, output) = text.split_once(',').ok_or_else(bad)?;
    let number = |s: &str| s.trim().parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0).ok_or_else(bad);
    Ok(Price { input: number(input)?, output: number(output)? })
}

/// What the fine-tuning was meant to do: a file with it, or the words themselves.
///
/// # Errors
/// When the file cannot be read as text.
pub(super) fn intent(args: &LlmArgs) -> Result<Option<String>, CliError> {
    let Some(given) = &args.intent else { return Ok(None) };
    let path = Path::new(given);
    let text = if path.is_file() {
        std::fs::read_to_string(path)
            .map_err(|e| CliError::Usage(format!("--intent {given}: cannot be read as text ({})", e.kind())))?
    } else {
        given.clone()
    };
    let text = text.trim().to_owned();
    if text.is_empty() {
        return Err(CliError::Usage("--intent: is empty; say what the fine-tuning was meant to do".into()));
    }
    Ok(Some(text))
}

/// Where questions go, in words.
pub(super) fn place(config: &AskerConfig) -> String {
    format!("{}, {}", config.endpoint.place(), config.endpoint.model())
}

/// What a person should know before anything is sent.
pub(super) fn warning(config: &AskerConfig) -> Option<String> {
    let e = &config.endpoint;
    let open = !e.is_encrypted() && !e.is_local();
    match (open, config.key.is_set()) {
        (true, true) => Some("The key and the texts travel unencrypted (http).".into()),
        (true, false) => Some("The texts travel unencrypted (http).".into()),
        _ => None,
    }
}

/// Tells the explorer what the session and the arguments say of the language model.
pub(super) fn introduce(args: &LlmArgs, opened: &Opened, app: &mut App) -> Result<(), CliError> {
    if let Some(config) = config(args)? {
        app.llm.place = Some(place(&config));
        app.llm.warning = warning(&config);
    }
    let memory = LlmMemory::of(&opened.session)?;
    app.llm.opinions = memory.opinions;
    for mut task in memory.tasks {
        // Whatever was running when gander was left waits now.
        if task.state == TaskState::Running {
            task.state = TaskState::Waiting;
        }
        app.llm.tasks.insert(task.id, task);
    }
    app.llm.intent = match intent(args)? {
        Some(text) => {
            if opened.session.access() == crate::session::Access::Write {
                opened.session.put_intent(&text)?;
            }
            Some(text)
        }
        None => opened.session.intent()?,
    };
    Ok(())
}
