//! `gander inspect`: what gander understands of a file, before anything is computed.

use std::io::Write;

use super::CliError;
use super::args::InspectArgs;
use super::output::stdout_failed;
use crate::analysis::default_contrast;
use crate::compare::Design;
use crate::ingest::{FileSummary, IngestError, Ingested, inspect};
use crate::model::SourceId;
use crate::text::{Clean, shorten};

/// Characters of the first record shown of each field.
const SHOWN: usize = 240;

/// Files of which each is shown; of more, the first ones.
const FILES: usize = 12;

pub(super) fn run(args: &InspectArgs) -> Result<(), CliError> {
    let found = inspect(&args.files, &args.input.options(0))?;
    let n = found.files.len();
    let shown = if n > FILES { FILES / 2 } else { n };
    for s in &found.files[..shown] {
        print(&s.path.display().to_string(), file(s))?;
    }
    if n > shown {
        print(&format!("and {} files more", n - shown), Vec::new())?;
    }
    match found.together {
        // A file with prompts alone is one to name beside others.
        Err(IngestError::PromptsOnly { .. }) => Ok(()),
        other => print("together", together(&other?)),
    }
}

fn print(title: &str, rows: Vec<(&str, String)>) -> Result<(), CliError> {
    let mut page = format!("{title}\n");
    for (name, value) in rows {
        page.push_str(&format!("  {name:<9} {value}\n"));
    }
    std::io::stdout().lock().write_all(page.as_bytes()).map_err(|e| stdout_failed(&e))
}

fn file(s: &FileSummary) -> Vec<(&'static str, String)> {
    let named = s.models.iter().map(|(m, n)| format!("{} ({n})", line(m))).collect::<Vec<_>>();
    let models = match named.len() {
        0 if s.samples == 0 => "none: prompts only".to_owned(),
        0 => format!("not decided (texts: {})", s.samples),
        n if n > FILES => format!("{}, and {} more", named[..FILES].join(", "), n - FILES),
        _ => named.join(", "),
    };
    let mut rows = vec![("format", s.formats.join("; "))];
    rows.extend(s.fields.as_ref().map(|f| ("fields", line(f))));
    rows.push(("models", models));
    if s.samples > 0 {
        rows.push(("prompts", prompts(s)));
        let [shortest, median, longest] = s.lengths;
        rows.push(("length", format!("{shortest} to {longest} characters, median {median}")));
    }
    if s.prompts_given > 0 {
        rows.push(("given", format!("{} prompts for answers in other files", s.prompts_given)));
    }
    rows.extend(s.oddities.iter().map(|o| ("oddity", line(o))));
    if let Some([id, prompt, text]) = &s.first {
        rows.push(("first id", line(id)));
        rows.push(("prompt", line(prompt)));
        rows.push(("text", line(text)));
    }
    rows
}

/// How many prompts there are; who shares them is a question only where a file has several models.
fn prompts(s: &FileSummary) -> String {
    let distinct = match s.prompts {
        0 => return "none".into(),
        n => format!("{n} distinct"),
    };
    if s.models.len() > 1 { format!("{distinct}, {} answered by several models", s.shared_prompts) } else { distinct }
}

/// What comparing all files would compare.
fn together(read: &Ingested) -> Vec<(&'static str, String)> {
    let corpus = &read.corpus;
    let named = |s: SourceId| {
        let source = &corpus.sources[s.ix()];
        format!("{} ({})", line(&source.name), source.samples)
    };
    let mut rows = vec![("models by", line(&read.told_by))];
    match default_contrast(corpus, false) {
        None => rows.push(("compares", format!("nothing: there is one model, {}", named(SourceId(0))))),
        Some(contrast) => {
            let list = |sources: &[SourceId]| {
                let some = sources.iter().take(FILES).map(|&s| named(s)).collect::<Vec<_>>().join(", ");
                let more = sources.len().saturating_sub(FILES);
                if more > 0 { format!("{some} and {more} more") } else { some }
            };
            let others: Vec<SourceId> = (2..corpus.sources.len() as u16).map(SourceId).collect();
            let more = if others.is_empty() { String::new() } else { format!("; on request {}", list(&others)) };
            rows.push(("compares", format!("{} with {}{more}", list(&contrast.left), list(&contrast.right))));
            let design = Design::new(corpus, &contrast, &corpus.canonical_ranks());
            let pairing = design.pairing();
            let tests = match (pairing.by_prompt, pairing.by_block) {
                (true, _) => "labels are shuffled within prompts",
                (false, true) => "whole prompts are shuffled",
                (false, false) => "labels are shuffled freely",
            };
            let share = 100.0 * pairing.prompts_shared;
            rows.push(("tests", format!("{tests}; {share:.0} % of the texts answer a prompt of both sides")));
            rows.extend(pairing.warning.iter().map(|w| ("warning", w.clone())));
        }
    }
    if !corpus.fields.is_empty() {
        let names = corpus.fields.iter().map(|f| line(&f.name)).collect::<Vec<_>>();
        let some = names.iter().take(FILES).cloned().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(FILES);
        rows.push(("keeps", if more > 0 { format!("{some} and {more} more fields") } else { some }));
    }
    rows.extend(read.notices.iter().map(|n| ("note", line(n))));
    rows
}

/// Untrusted text on one line, shortened.
fn line(text: &str) -> String {
    let clean = Clean::from_untrusted(text).as_str().replace('\n', " ⏎ ");
    shorten(&clean, SHOWN).into_owned()
}
