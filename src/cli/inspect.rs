//! `gander inspect`: what gander understands of a file, before anything is computed.

use std::io::Write;

use super::CliError;
use super::args::InspectArgs;
use super::output::stdout_failed;
use crate::ingest::summarise;
use crate::text::Clean;

/// Characters of the first record shown of each field.
const SHOWN: usize = 160;

pub(super) fn run(args: &InspectArgs) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    for path in &args.files {
        for (path, s) in summarise(path, &args.input.options(0))? {
            let models = s.models.iter().map(|(m, n)| format!("{} ({n})", line(m))).collect::<Vec<_>>().join(", ");
            let mut rows = vec![
                ("format", s.formats.join("; ")),
                ("models", if models.is_empty() { "none: prompts only".to_owned() } else { models }),
                ("prompts", format!("{} distinct, {} answered by several models", s.prompts, s.shared_prompts)),
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
            let mut page = format!("{}\n", path.display());
            for (name, value) in rows {
                page.push_str(&format!("  {name:<9} {value}\n"));
            }
            out.write_all(page.as_bytes()).map_err(|e| stdout_failed(&e))?;
        }
    }
    Ok(())
}

/// Untrusted text on one line, shortened.
fn line(text: &str) -> String {
    let clean = Clean::from_untrusted(text).as_str().replace('\n', " ⏎ ");
    match clean.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}
