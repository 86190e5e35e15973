//! What a screen, a script and a picture start from: the explorer's state, its colours, the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use super::CliError;
use super::args::{ExploreArgs, ThemeArg};
use super::open::Opened;
use crate::app::{App, Effect, Msg, Phase, SaveState};
use crate::session::Access;
use crate::tty;
use crate::ui::{Depth, Theme, ThemeChoice};
use crate::worker::StoreRequest;

/// Builds the explorer's state; the effects are to be done next.
pub(super) fn build_app(
    args: &ExploreArgs,
    opened: &mut Opened,
    size: (u16, u16),
) -> Result<(App, Vec<Effect>), CliError> {
    let (corpus, heads) = opened.session.outline()?;
    let mut app = App::new(corpus, heads, size);
    app.session = opened.session.path().display().to_string();
    app.user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".into());
    if opened.session.access() == Access::ReadOnly {
        app.saved = SaveState::ReadOnly;
    }
    app.view = opened.meta.view;
    app.map.laid = opened.session.map()?;
    super::llm::introduce(&args.llm, opened, &mut app)?;
    let mut effects = Vec::new();
    if let Some(ready) = opened.ready.take() {
        app.ready(ready, opened.session.records()?);
        if !opened.figures_current || !app.run.figures.fit(&app.run.partition) {
            effects.push(app.recompute());
        }
    }
    let greeting = match opened.meta.notices.first() {
        Some(n) => n.clone(),
        None if app.run.phase == Phase::Ready => format!("Session {}. ? explains the keys.", app.session),
        None => format!("Edits are saved in {}. ? explains the keys.", app.session),
    };
    if let Some(tab) = opened.tab.take() {
        app.open_at(tab);
    }
    app.greet(&greeting);
    effects.extend(app.update(Msg::Resized(size.0, size.1), now_ms()));
    Ok((app, effects))
}

/// Keeps the numbers with the last edit that they are of, where every number is there.
pub(super) fn figures_to_keep(app: &App) -> Option<StoreRequest> {
    let seq = app.run.history.records().last().map_or(0, |r| r.seq);
    app.run.has_all_figures().then(|| StoreRequest::PutFigures(app.run.figures.clone(), seq))
}

pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

/// The locale for characters, and whether it is UTF-8; `None` when none is set.
pub(super) fn locale() -> Option<(String, bool)> {
    let value = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()))?;
    let utf8 = value.to_lowercase().replace('-', "").contains("utf8");
    Some((value, utf8))
}

/// Colours and signs for this terminal.
pub(super) fn theme_for(args: &ExploreArgs) -> Theme {
    let env = |name: &str| std::env::var(name).ok();
    let utf8 = locale().is_none_or(|l| l.1);
    let choice = match args.theme {
        ThemeArg::Light => ThemeChoice::Light,
        ThemeArg::Auto if tty::prefers_light(&env) => ThemeChoice::Light,
        _ => ThemeChoice::Dark,
    };
    let depth = match args.theme {
        ThemeArg::None => Depth::None,
        ThemeArg::Ansi => Depth::Ansi,
        _ => tty::depth(&env),
    };
    Theme::new(choice, depth, args.ascii || !utf8)
}

/// Colours and signs of a picture: its ground is dark, whatever the terminal can show.
pub(super) fn theme_of_picture(args: &ExploreArgs) -> Theme {
    let depth = if args.theme == ThemeArg::None { Depth::None } else { Depth::Indexed };
    Theme::new(ThemeChoice::Dark, depth, args.ascii)
}
