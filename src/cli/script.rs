//! The explorer without a terminal: presses keys, waits for nothing, and prints the screen. Tests and the README's
//! picture are made with it.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::CliError;
use super::args::ExploreArgs;
use super::drive::{Done, Next, drive, to_view};
use super::headless::Headless;
use super::open::Opened;
use super::output::print;
use super::startup::{build_app, figures_to_keep, now_ms, theme_for, theme_of_picture};
use crate::app::{App, Effect, Key, Msg};
use crate::embed::Progress;
use crate::session::Access;
use crate::ui::{dump_svg, dump_text};
use crate::worker::{EngineRequest, StoreRequest};

/// Runs `--dump-keys` to the end and prints the screen; as a picture when the size ends in `.svg`.
pub(super) fn dump(args: &ExploreArgs, opened: Opened, size: &str) -> Result<(), CliError> {
    let (size, svg) = match size.strip_suffix(".svg") {
        Some(s) => (s, true),
        None => (size, false),
    };
    let parsed = size.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let Some((w, h)) = parsed else {
        return Err(CliError::Usage(format!("--dump {size}: give columns and rows, such as 120x40")));
    };
    let (mut app, mut runner) = begin(args, opened, (w, h))?;
    let mut before = app.run.history.records().len();
    for key in Key::parse_all(&args.dump_keys) {
        let effects = app.update(Msg::KeyPressed(key), now_ms());
        runner.perform(effects, &mut app);
        if let Some(other) = runner.next.take() {
            runner.keep_figures(&app, before);
            (app, runner) = begin(args, *other, (w, h))?;
            before = app.run.history.records().len();
        }
    }
    runner.keep_figures(&app, before);
    let mut buffer = Buffer::empty(Rect::new(0, 0, w, h));
    let theme = if svg { theme_of_picture(args) } else { theme_for(args) };
    crate::ui::draw_buffer(&mut buffer, &app, &theme);
    let text = if svg { dump_svg(&buffer) } else { dump_text(&buffer) };
    print(&text)
}

/// Takes a session up, as the explorer does when it opens.
fn begin(args: &ExploreArgs, mut opened: Opened, size: (u16, u16)) -> Result<(App, Runner), CliError> {
    let (mut app, effects) = build_app(args, &mut opened, size)?;
    let access = opened.session.access();
    let path = opened.session.path().to_path_buf();
    let llm = super::llm::config(&args.llm)?;
    let options = opened.options();
    let fresh = opened.fresh.take();
    let headless = Headless::new(opened.session, &opened.meta, llm)?;
    let mut runner = Runner { headless, session: (path.clone(), access), next: None };
    runner.headless.parts = args.dump_parts.unwrap_or(usize::MAX);
    match fresh {
        Some(corpus) => {
            let request = EngineRequest::Analyse(Box::new(corpus), options, Arc::new(Progress::default()));
            runner.engine(request, &mut app);
        }
        None => {
            let contrast = app.run.contrast().cloned();
            runner.engine(EngineRequest::Load(path, contrast), &mut app);
        }
    }
    runner.perform(effects, &mut app);
    Ok((app, runner))
}

/// Does at once what threads do behind the explorer.
struct Runner {
    headless: Headless,
    /// Where the session is, and whether it is written.
    session: (PathBuf, Access),
    /// The session that is shown instead from now on.
    next: Option<Box<Opened>>,
}

impl Runner {
    /// As when a person leaves: whoever opens the session next waits for nothing.
    fn keep_figures(&mut self, app: &App, records_before: usize) {
        if app.run.history.records().len() > records_before
            && let Some(request) = figures_to_keep(app)
        {
            self.headless.store(request);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>, app: &mut App) {
        let mut effects = effects;
        loop {
            let Ok(next) = drive(app, effects, |effect| Ok::<_, Infallible>(self.carry_out(effect)));
            if let Next::Open(opened) = next {
                self.next = Some(opened);
                return;
            }
            let Some(news) = self.headless.listen() else { return };
            effects = news.into_iter().flat_map(|msg| app.update(msg, now_ms())).collect();
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Done {
        Done::News(match effect {
            Effect::OpenView(view, tab) => return to_view(&self.session.0, self.session.1, view, tab),
            Effect::Session(id, request) => self.headless.store(StoreRequest::Asked(id, request)),
            Effect::Compute(id, request) => self.headless.compute(EngineRequest::Asked(id, request)),
            Effect::Cancel(what) => {
                self.headless.engine.controls().cancel(what);
                Vec::new()
            }
            Effect::Quit | Effect::Redraw | Effect::Copy(_) | Effect::StoreTips(_) => Vec::new(),
        })
    }

    fn engine(&mut self, request: EngineRequest, app: &mut App) {
        for msg in self.headless.compute(request) {
            let effects = app.update(msg, now_ms());
            self.perform(effects, app);
        }
    }
}
