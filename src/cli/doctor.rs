//! `gander doctor`: what this machine and terminal can do, and what to change where something is missing.

use std::io::IsTerminal;
use std::path::Path;

use super::args::{Args, version};
use super::output::{print, stdout_failed};
use super::{CliError, embedder, folders, startup};
use crate::embed::{Embedder, MiniLm, Progress};
use crate::tty::{self, CopyWay};
use crate::ui::Depth;

/// How a line of the report ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Note,
    Fault,
}

struct Line {
    mark: Mark,
    about: &'static str,
    says: String,
}

fn good(about: &'static str, says: impl Into<String>) -> Line {
    Line { mark: Mark::Good, about, says: says.into() }
}

fn note(about: &'static str, says: impl Into<String>) -> Line {
    Line { mark: Mark::Note, about, says: says.into() }
}

fn fault(about: &'static str, says: impl Into<String>) -> Line {
    Line { mark: Mark::Fault, about, says: says.into() }
}

/// Prints the report.
///
/// # Errors
/// With a sentence when something that gander cannot do without is missing.
pub(super) fn run() -> Result<(), CliError> {
    let env = |name: &str| std::env::var(name).ok();
    let lines = [
        good("gander", format!("{} on {} {}", version(), std::env::consts::OS, std::env::consts::ARCH)),
        terminal(&env),
        colours(&env),
        characters(),
        copying(&env),
        processor(),
        threads(),
        model(),
        cache(),
        sessions(),
        settings(),
        good("log", "none is kept; for a report of a fault, --log FILE writes what a command did (no texts, no keys)"),
    ];
    let mut out = String::new();
    for l in &lines {
        let mark = match l.mark {
            Mark::Good => "ok   ",
            Mark::Note => "note ",
            Mark::Fault => "FAULT",
        };
        out.push_str(&format!("{mark}  {:<10}  {}\n", l.about, l.says));
    }
    print(&out)?;
    match lines.iter().filter(|l| l.mark == Mark::Fault).count() {
        0 => Ok(()),
        1 => Err(CliError::Usage("1 check failed; fix it before using gander".into())),
        n => Err(CliError::Usage(format!("{n} checks failed; fix them before using gander"))),
    }
}

fn terminal(env: &dyn Fn(&str) -> Option<String>) -> Line {
    let term = env("TERM").unwrap_or_default();
    if !std::io::stdout().is_terminal() {
        return note("terminal", "output is not a terminal; the explorer needs one, all other commands do not");
    }
    if term.is_empty() || term == "dumb" {
        return fault("terminal", format!("TERM is “{term}”: the explorer cannot draw; set TERM, e.g. xterm-256color"));
    }
    let (w, h) = tty::size();
    let inside = if env("TMUX").is_some() {
        " in tmux"
    } else if term.starts_with("screen") {
        " in screen"
    } else {
        ""
    };
    let far = if env("SSH_CONNECTION").is_some() { " over SSH" } else { "" };
    let says = format!("{term}{inside}{far}, {w} × {h}");
    if w < 50 || h < 12 { note("terminal", format!("{says}; gander needs 50 × 12")) } else { good("terminal", says) }
}

fn colours(env: &dyn Fn(&str) -> Option<String>) -> Line {
    let ground =
        if tty::prefers_light(env) { "a light background" } else { "a dark background (--theme light changes it)" };
    match tty::depth(env) {
        Depth::Indexed => good("colours", format!("256, for {ground}")),
        Depth::Ansi => {
            note("colours", "16, by TERM; set TERM=xterm-256color or COLORTERM=truecolor if the terminal has more")
        }
        Depth::None => note("colours", "none (NO_COLOR is set, or TERM is dumb); bold, dim and signs are used instead"),
    }
}

fn characters() -> Line {
    match startup::locale() {
        Some((name, false)) => {
            note("characters", format!("{name} is not UTF-8: ASCII signs are used, other letters may look wrong"))
        }
        Some((name, true)) => good("characters", format!("UTF-8 ({name})")),
        None => good("characters", "UTF-8 (no locale is set; --ascii draws without it)"),
    }
}

fn copying(env: &dyn Fn(&str) -> Option<String>) -> Line {
    match tty::copy_way(env) {
        CopyWay::Display => good("copying", "to the clipboard of the display"),
        CopyWay::Terminal => good("copying", "by OSC 52: your terminal must allow it (most do, some ask)"),
        CopyWay::Tmux => match tty::tmux_clipboard().as_deref() {
            Some("off") => {
                note("copying", "to tmux’s buffer only; `tmux set -s set-clipboard on` passes it on to your terminal")
            }
            Some(_) => good("copying", "to tmux’s buffer and on to your terminal"),
            None => note("copying", "TMUX is set, but tmux does not answer; OSC 52 is used instead"),
        },
    }
}

fn processor() -> Line {
    #[cfg(target_arch = "x86_64")]
    {
        let has = [
            ("AVX2", std::is_x86_feature_detected!("avx2")),
            ("FMA", std::is_x86_feature_detected!("fma")),
            ("AVX-512", std::is_x86_feature_detected!("avx512f")),
            ("AVX-512 VNNI", std::is_x86_feature_detected!("avx512vnni")),
        ];
        let names: Vec<&str> = has.iter().filter(|h| h.1).map(|h| h.0).collect();
        if has[3].1 {
            return good("processor", format!("{}: 8-bit products in one instruction", names.join(", ")));
        }
        if has[0].1 {
            let slower = "without AVX-512 VNNI embedding takes about four times as long";
            return good("processor", format!("{}; {slower}", names.join(", ")));
        }
        note("processor", "no AVX2: embedding takes about eight times as long as with AVX-512 VNNI")
    }
    #[cfg(not(target_arch = "x86_64"))]
    good("processor", std::env::consts::ARCH)
}

fn threads() -> Line {
    let n = rayon::current_num_threads();
    let limit = std::env::var("RAYON_NUM_THREADS").is_ok();
    good(
        "threads",
        format!("{n}{}", if limit { " (RAYON_NUM_THREADS)" } else { "; RAYON_NUM_THREADS sets another number" }),
    )
}

/// The model must say of two sentences what it said when it was built in.
fn model() -> Line {
    let start = std::time::Instant::now();
    let model = match MiniLm::new(1, false) {
        Ok(m) => m,
        Err(e) => return fault("model", e.to_string()),
    };
    let texts = ["the goose is a noble bird", "a goose is a fine bird", "rust compiles slowly"];
    let rows = match model.embed(&texts, &Progress::default()) {
        Ok(e) => e.vectors,
        Err(e) => return fault("model", e.to_string()),
    };
    let cos = |a: usize, b: usize| -> f32 { rows.row(a).iter().zip(rows.row(b)).map(|(x, y)| x * y).sum() };
    if cos(0, 1) > 0.7 && cos(0, 2) < 0.3 {
        let ms = start.elapsed().as_millis();
        good("model", format!("{}, {} dimensions, loaded and tried in {ms} ms", model.id(), rows.dims()))
    } else {
        fault("model", "it finds unrelated sentences alike: the program is damaged; build it again")
    }
}

fn cache() -> Line {
    match embedder::cache() {
        Some(c) => {
            let size = c.size();
            let mib = size.bytes as f64 / f64::from(1 << 20);
            good("cache", format!("{}, {} vectors, {mib:.0} MiB", c.path().display(), size.entries))
        }
        None => note(
            "cache",
            "none: GANDER_CACHE_MIB is 0 or its folder cannot be written; every run embeds all texts again",
        ),
    }
}

fn sessions() -> Line {
    let folder = folders::sessions();
    if let Err(e) = std::fs::create_dir_all(&folder) {
        return fault(
            "sessions",
            format!("{} cannot be created ({e}); set XDG_STATE_HOME, or use --session", folder.display()),
        );
    }
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    if let Err(e) = std::fs::write(&probe, b"") {
        return fault("sessions", format!("{} cannot be written ({e}); use --session", folder.display()));
    }
    let _ = std::fs::remove_file(&probe);
    let kept = std::fs::read_dir(&folder).map_or(0, |d| d.flatten().filter(|f| is_session_name(&f.path())).count());
    good("sessions", format!("{}, {kept} kept", folder.display()))
}

fn is_session_name(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "gander")
}

fn settings() -> Line {
    match super::folders::settings().filter(|p| p.exists()) {
        Some(p) => good("settings", p.display().to_string()),
        None => good("settings", "none; no language model is asked unless --llm names one"),
    }
}

/// `gander completions SHELL`.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), CliError> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut <Args as clap::CommandFactory>::command(), "gander", &mut out);
    print(&String::from_utf8_lossy(&out))
}

/// `gander man`: all pages one after another, as roff.
pub(super) fn man() -> Result<(), CliError> {
    let mut command = <Args as clap::CommandFactory>::command();
    command.build();
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut out).map_err(|e| stdout_failed(&e))?;
    print(&String::from_utf8_lossy(&out))
}
