//! `gander FILES…`: the explorer.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::CliError;
use super::args::ExploreArgs;
use super::drive::{Done, Next, drive, to_view};
use super::open::{Opened, open};
use super::startup::{build_app, figures_to_keep, now_ms, theme_for};
use crate::app::{App, Effect, Key, Msg, SaveState, Tips};
use crate::embed::Progress;
use crate::session::Access;
use crate::tty::{self, Screen};
use crate::worker::{Background, Engine, EngineRequest, LlmMemory, StoreRequest};

/// How long the way out waits for the disk.
const LAST_WRITES: Duration = Duration::from_secs(2);
/// File of tips in the state folder.
const TIPS: &str = "tips.json";

pub(super) fn run(args: &ExploreArgs) -> Result<(), CliError> {
    let dumping = args.dump.is_some();
    if !dumping && !std::io::stdout().is_terminal() {
        return Err(CliError::Terminal(
            "there is no terminal to open the explorer in; use `gander analyze FILES --json OUT` instead".into(),
        ));
    }
    if !dumping && std::env::var("TERM").is_ok_and(|t| t == "dumb") {
        return Err(CliError::Terminal(
            "TERM is “dumb”: this terminal cannot show the explorer; set TERM, or use `gander analyze`".into(),
        ));
    }
    let opened = open(args)?;
    if let Some(size) = &args.dump {
        return super::script::dump(args, opened, size);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| CliError::Terminal(e.to_string()))?;
    let result = runtime.block_on(sessions(args, opened));
    // The thread that reads keys never ends by itself.
    runtime.shutdown_background();
    result
}

/// Everything that can wake the loop.
pub(super) enum Wake {
    Msg(Msg),
    Hangup,
    Stop,
}

/// One session after the other, until the person leaves.
async fn sessions(args: &ExploreArgs, mut opened: Opened) -> Result<(), CliError> {
    let (news, mut wakes) = unbounded_channel::<Wake>();
    let mut listening = false;
    loop {
        let next = explore(args, opened, &mut wakes, || {
            // The thread that reads keys is there once.
            if !std::mem::replace(&mut listening, true) {
                listen(&news);
            }
        });
        match next.await? {
            Some(other) => opened = *other,
            None => return Ok(()),
        }
    }
}

/// Shows a session until it is left; the one that is shown next, if any. `listen` starts the reading of keys.
async fn explore(
    args: &ExploreArgs,
    mut opened: Opened,
    wakes: &mut UnboundedReceiver<Wake>,
    listen: impl FnOnce(),
) -> Result<Option<Box<Opened>>, CliError> {
    let lost = |e: std::io::Error| CliError::Terminal(format!("the terminal cannot be used ({e})"));
    let theme = theme_for(args);
    // What threads tell of this session; what they still tell once it is left goes nowhere.
    let (news, mut told) = unbounded_channel::<Msg>();
    // What is wrong with the arguments is said before the screen is taken.
    let llm = super::llm::config(&args.llm)?;
    let memory = LlmMemory::of(&opened.session)?;
    let mut screen = Screen::enter(!args.no_mouse).map_err(lost)?;
    let (mut app, effects) = build_app(args, &mut opened, screen.size())?;
    tracing::info!(columns = app.size.0, rows = app.size.1, theme = ?args.theme, "explorer opened");
    app.tips = tips();
    let progress = Arc::new(Progress::default());
    let windows = opened.meta.max_windows;
    let named = opened.meta.embedder.clone();
    let must_embed = opened.fresh.is_some() && opened.given.is_none();
    let seed = opened.meta.seed;
    let path: PathBuf = opened.session.path().to_path_buf();
    let access = opened.session.access();
    let options = opened.options();
    let fresh = opened.fresh.take();
    let mut background = Background::start(
        opened.session,
        |links| {
            let engine = Engine::new(
                Box::new(move || match must_embed {
                    true => super::embedder::make(windows, named.as_deref()),
                    false => super::embedder::make_for_session(windows, named.as_deref()),
                }),
                seed,
            );
            engine.with_llm(llm, memory, links.tell, links.store, now_ms)
        },
        move |m| {
            let _ = news.send(m);
        },
    )?;
    match fresh {
        Some(corpus) => {
            background.engine(EngineRequest::Analyse(Box::new(corpus), options, progress.clone()));
        }
        None => {
            let contrast = app.run.contrast().cloned();
            background.engine(EngineRequest::Load(path.clone(), contrast));
        }
    }
    listen();
    let place = (path.as_path(), access);
    let mut next = perform(effects, &background, &mut screen, &mut app, place).map_err(lost)?;
    screen.draw(|b| crate::ui::draw_buffer(b, &app, &theme)).map_err(lost)?;
    let mut polite = true;
    while matches!(next, Next::Stay) {
        let first = tokio::select! {
            wake = wakes.recv() => wake,
            msg = told.recv() => msg.map(Wake::Msg),
        };
        let Some(first) = first else { break };
        let mut batch = vec![first];
        while let Some(more) = wakes.try_recv().ok().or_else(|| told.try_recv().ok().map(Wake::Msg)) {
            batch.push(more);
        }
        for wake in batch {
            match wake {
                Wake::Msg(Msg::KeyPressed(key)) if key == Key::ctrl('z') => stop(&mut screen).map_err(lost)?,
                Wake::Stop => stop(&mut screen).map_err(lost)?,
                Wake::Hangup => {
                    tracing::info!("the terminal hung up");
                    next = Next::Quit;
                    polite = false;
                }
                // Nothing more is for the session that is being left.
                Wake::Msg(_) if !matches!(next, Next::Stay) => {}
                Wake::Msg(msg) => {
                    let effects = app.update(msg, now_ms());
                    next = perform(effects, &background, &mut screen, &mut app, place).map_err(lost)?;
                }
            }
        }
        // crossterm drops a resize that comes in the instant of a key; without this the next one would have to undo it.
        let size = screen.size();
        if matches!(next, Next::Stay) && app.size != size {
            let effects = app.update(Msg::Resized(size.0, size.1), now_ms());
            next = perform(effects, &background, &mut screen, &mut app, place).map_err(lost)?;
        }
        if matches!(next, Next::Stay) {
            screen.draw(|b| crate::ui::draw_buffer(b, &app, &theme)).map_err(lost)?;
        }
    }
    progress.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    if let Some(request) = figures_to_keep(&app) {
        background.store(request);
    }
    drop(screen);
    background.flush(LAST_WRITES);
    if polite && let SaveState::Failed(why) = &app.saved {
        return Err(CliError::Terminal(format!("the last edits were not saved: {why}")));
    }
    Ok(match next {
        Next::Open(opened) => Some(opened),
        Next::Stay | Next::Quit => None,
    })
}

/// Carries effects out; `session` is where this one is, and whether it is written.
fn perform(
    effects: Vec<Effect>,
    background: &Background,
    screen: &mut Screen,
    app: &mut App,
    session: (&Path, Access),
) -> std::io::Result<Next> {
    drive(app, effects, |effect| {
        match effect {
            Effect::Session(id, request) => background.store(StoreRequest::Asked(id, request)),
            Effect::Compute(id, request) => background.engine(EngineRequest::Asked(id, request)),
            Effect::Cancel(what) => background.cancel(what),
            Effect::Quit => return Ok(Done::Leave(Next::Quit)),
            Effect::OpenView(view, tab) => return Ok(to_view(session.0, session.1, view, tab)),
            Effect::Copy(text) => {
                let way = tty::copy(&text, &|name| std::env::var(name).ok());
                return Ok(Done::News(vec![Msg::Copied(way.describe())]));
            }
            Effect::StoreTips(tips) => keep_tips(&tips),
            Effect::Redraw => screen.clear()?,
        }
        Ok(Done::News(Vec::new()))
    })
}

/// Which tips this person is done with; without a file, none.
fn tips() -> Tips {
    let kept = std::fs::read_to_string(super::folders::state().join(TIPS)).ok();
    kept.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default()
}

/// Tips are worth no complaint: where they cannot be kept they are shown again.
fn keep_tips(tips: &Tips) {
    let folder = super::folders::state();
    if let (Ok(()), Ok(text)) = (std::fs::create_dir_all(&folder), serde_json::to_string(tips)) {
        let _ = crate::files::replace(&folder.join(TIPS), |out| out.write_all(text.as_bytes()));
    }
}

/// Keys and signals. A lost terminal ends the program even when the reader of keys is stuck.
pub(super) fn listen(news: &UnboundedSender<Wake>) {
    let (keys, gone) = (news.clone(), news.clone());
    tty::spawn_reader(
        move |m| {
            let _ = keys.send(Wake::Msg(m));
        },
        move || {
            let _ = gone.send(Wake::Hangup);
        },
    );
    let kinds = HashMap::from([
        (SignalKind::hangup(), false),
        (SignalKind::terminate(), false),
        (SignalKind::quit(), false),
        (SignalKind::interrupt(), false),
        (SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()), true),
    ]);
    for (kind, stops) in kinds {
        let news = news.clone();
        if let Ok(mut stream) = signal(kind) {
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    let _ = news.send(if stops { Wake::Stop } else { Wake::Hangup });
                }
            });
        }
    }
}

/// Ctrl-Z: gives the terminal back, sleeps, and takes it again.
pub(super) fn stop(screen: &mut Screen) -> std::io::Result<()> {
    screen.suspend();
    // The whole job stops, so that the shell notices.
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
    screen.resume()
}
