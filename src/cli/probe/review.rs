//! `gander SUITE/`: items reviewed in the terminal. Every decision is added to `reviews.jsonl` at once.

use std::io::IsTerminal;
use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;
use tokio::sync::mpsc::unbounded_channel;

use super::super::CliError;
use super::super::args::ExploreArgs;
use super::super::explore::{Wake, listen, stop};
use super::super::output::{LineKind, Lines, Protected, print};
use super::super::startup::{now_ms, theme_for, theme_of_picture};
use super::{judge, title};
use crate::app::probing::{Probing, Todo};
use crate::app::{Key, Msg};
use crate::probe::{REVIEWS, SUITE, Suite};
use crate::tty::Screen;
use crate::ui::{draw_probing, dump_svg, dump_text};

/// Whether a path is a suite's folder.
pub(in crate::cli) fn is_suite(path: &Path) -> bool {
    path.join(SUITE).is_file()
}

pub(in crate::cli) fn run(args: &ExploreArgs, folder: &Path) -> Result<(), CliError> {
    if args.dump.is_none() && !std::io::stdout().is_terminal() {
        return Err(CliError::Terminal(
            "there is no terminal to review the suite in; `gander probe check SUITE` needs none".into(),
        ));
    }
    let suite = Suite::open(folder)?;
    let name = title(&suite, folder);
    let by = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".into());
    let disputed = judge::disputed(folder, &suite)?;
    let mut state = Probing::new(&name, &by, suite, &disputed);
    state.read_only = args.read_only;
    let mut kept = Kept::new(folder, args.read_only)?;
    if let Some(size) = &args.dump {
        return dump(args, size, state, &mut kept);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| CliError::Terminal(e.to_string()))?;
    let result = runtime.block_on(review(args, state, &mut kept));
    // The thread that reads keys never ends by itself.
    runtime.shutdown_background();
    result
}

/// Where decisions go: nowhere, or into the file of reviews, which the first decision begins.
struct Kept {
    lines: Option<Lines>,
    begun: bool,
}

impl Kept {
    fn new(folder: &Path, read_only: bool) -> Result<Self, CliError> {
        let open = || Lines::open(&folder.join(REVIEWS), &Protected::default(), LineKind::REVIEW, |_| Ok(()));
        Ok(Self { lines: if read_only { None } else { Some(open()?) }, begun: false })
    }

    /// Does what is to be done; true when it is time to leave.
    fn perform(&mut self, todo: Vec<Todo>) -> Result<bool, CliError> {
        for what in todo {
            match (what, &mut self.lines) {
                (Todo::Quit, _) => return Ok(true),
                (Todo::Keep(review), Some(lines)) => {
                    if !self.begun {
                        lines.begin()?;
                        self.begun = true;
                    }
                    lines.put(&serde_json::to_value(&review).unwrap_or(Value::Null))?;
                }
                (Todo::Keep(_), None) => {}
            }
        }
        Ok(false)
    }
}

async fn review(args: &ExploreArgs, mut state: Probing, kept: &mut Kept) -> Result<(), CliError> {
    let lost = |e: std::io::Error| CliError::Terminal(format!("the terminal cannot be used ({e})"));
    let theme = theme_for(args);
    let (news, mut wakes) = unbounded_channel::<Wake>();
    let mut screen = Screen::enter(!args.no_mouse).map_err(lost)?;
    listen(&news);
    loop {
        state.size = screen.size();
        screen.draw(|b| draw_probing(b, &state, &theme)).map_err(lost)?;
        let Some(first) = wakes.recv().await else { return Ok(()) };
        let mut batch = vec![first];
        while let Ok(more) = wakes.try_recv() {
            batch.push(more);
        }
        for wake in batch {
            match wake {
                Wake::Msg(Msg::KeyPressed(key)) if key == Key::ctrl('z') => stop(&mut screen).map_err(lost)?,
                Wake::Msg(Msg::KeyPressed(key)) => {
                    if kept.perform(state.press(key, now_ms()))? {
                        return Ok(());
                    }
                }
                Wake::Msg(Msg::Pasted(text)) => state.paste(&text),
                Wake::Msg(_) => {}
                Wake::Stop => stop(&mut screen).map_err(lost)?,
                Wake::Hangup => return Ok(()),
            }
        }
    }
}

/// The review without a terminal, for tests and pictures.
fn dump(args: &ExploreArgs, size: &str, mut state: Probing, kept: &mut Kept) -> Result<(), CliError> {
    let (plain, svg) = size.strip_suffix(".svg").map_or((size, false), |s| (s, true));
    let Some((w, h)) = plain.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?))) else {
        return Err(CliError::Usage(format!("--dump {size}: give columns and rows, such as 120x40")));
    };
    state.size = (w, h);
    for key in Key::parse_all(&args.dump_keys) {
        if kept.perform(state.press(key, now_ms()))? {
            break;
        }
    }
    let theme = if svg { theme_of_picture(args) } else { theme_for(args) };
    let mut buffer = Buffer::empty(Rect::new(0, 0, w, h));
    draw_probing(&mut buffer, &state, &theme);
    print(&if svg { dump_svg(&buffer) } else { dump_text(&buffer) })
}
