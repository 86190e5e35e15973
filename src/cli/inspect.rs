//! `gander inspect`: what gander understands of a file, before anything is computed.

use std::io::Write;

use super::CliError;
use super::args::InspectArgs;
use super::output::stdout_failed;
use crate::compare::Design;
use crate::ingest::{FileSummary, ingest, summarise};
use crate::jobs::default_contrast;
use crate::model::SourceId;
use crate::text::Clean;

/// Characters of the first record shown of each field.
const SHOWN: usize = 160;

pub(super) fn run(args: &InspectArgs) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let mut print = |title: &str, rows: Vec<(&str, String)>| {
        let mut page = format!("{title}\n");
        for (name, value) in rows {
            page.push_str(&format!("  {name:<9} {value}\n"));
        }
        out.write_all(page.as_bytes()).map_err(|e| stdout_failed(&e))
    };
    let mut models = 0;
    for path in &args.files {
        for (path, s) in summarise(path, &args.input.options(0))? {
            models += s.models.len();
            let named = s.models.iter().map(|(m, n)| format!("{} ({n})", line(m))).collect::<Vec<_>>().join(", ");
            let mut rows = vec![
                ("format", s.formats.join("; ")),
                ("models", if named.is_empty() { "none: prompts only".to_owned() } else { named }),
                ("prompts", prompts(&s)),
                ("length", format!("{} to {} characters, half under {}", s.lengths[0], s.lengths[2], s.lengths[1])),
            ];
            if s.prompts_given > 0 {
                rows.push(("given", format!("{} prompts for answers in other files", s.prompts_given)));
            }
            rows.extend(s.oddities.into_iter().map(|o| ("oddity", o)));
            if let Some([id, model, prompt, text]) = s.first {
                rows.push(("first id", line(&id)));
                rows.push(("model", line(&model)));
                rows.push(("prompt", line(&prompt)));
                rows.push(("text", line(&text)));
            }
            print(&path.display().to_string(), rows)?;
        }
    }
    if models > 1 { print("together", together(args)?) } else { Ok(()) }
}

/// How many prompts there are; who shares them is a question only where a file has several models.
fn prompts(s: &FileSummary) -> String {
    let distinct = match (s.prompts, s.models.is_empty()) {
        (0, false) => return "none".into(),
        (n, _) => format!("{n} distinct"),
    };
    if s.models.len() > 1 { format!("{distinct}, {} answered by several models", s.shared_prompts) } else { distinct }
}

/// What comparing all files would compare.
fn together(args: &InspectArgs) -> Result<Vec<(&'static str, String)>, CliError> {
    let read = ingest(&args.files, &args.input.options(0))?;
    let corpus = &read.corpus;
    let named = |s: SourceId| {
        let source = &corpus.sources[s.ix()];
        format!("{} ({})", line(&source.name), source.samples)
    };
    let mut rows = Vec::new();
    if let Some(contrast) = default_contrast(corpus, false) {
        let list = |sources: &[SourceId]| sources.iter().map(|&s| named(s)).collect::<Vec<_>>().join(", ");
        let others: Vec<SourceId> = (2..corpus.sources.len() as u16).map(SourceId).collect();
        let more = if others.is_empty() { String::new() } else { format!("; on request {}", list(&others)) };
        rows.push(("compares", format!("{} with {}{more}", list(&contrast.left), list(&contrast.right))));
        let design = Design::new(corpus, &contrast, &corpus.places());
        let pairing = design.pairing();
        let tests = match (pairing.by_prompt, pairing.by_block) {
            (true, _) => "labels are shuffled within prompts",
            (false, true) => "whole prompts are shuffled",
            (false, false) => "labels are shuffled freely",
        };
        let share = 100.0 * pairing.prompts_shared;
        rows.push(("tests", format!("{tests}; {share:.0} % of the texts answer a prompt of both sides")));
        rows.extend(pairing.warning.iter().map(|w| ("mind", w.clone())));
    }
    rows.extend(read.notices.iter().map(|n| ("mind", line(n))));
    Ok(rows)
}

/// Untrusted text on one line, shortened.
fn line(text: &str) -> String {
    let clean = Clean::from_untrusted(text).as_str().replace('\n', " ⏎ ");
    match clean.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}
