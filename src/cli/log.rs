//! `--log FILE`: what gander did, how much of it and how long it took, for reports of faults. No text, no prompt, no reply
//! and no key is ever written there: events carry counts, names of files and servers, and times.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::CliError;
use super::args::version;

/// How a log begins, so that it is known again and nothing else is ever added to.
const HEAD: &str = "# log of gander\n";

/// Adds the events of this process to a file.
///
/// # Errors
/// One sentence: the file is something else, or it cannot be written.
pub(super) fn start(path: &Path) -> Result<(), CliError> {
    let file = opened(path)?;
    let lines = fmt::layer().with_writer(Mutex::new(file)).with_ansi(false);
    // What libraries log may hold what they were given.
    let ours = Targets::new().with_target(env!("CARGO_PKG_NAME"), tracing::Level::DEBUG);
    // A second start in one process, which only a test makes, goes on in the first file.
    let _ = tracing_subscriber::registry().with(lines).with(ours).try_init();
    let threads = rayon::current_num_threads();
    tracing::info!(
        version = version(),
        system = std::env::consts::OS,
        processor = std::env::consts::ARCH,
        threads,
        "start"
    );
    Ok(())
}

fn opened(path: &Path) -> Result<File, CliError> {
    let failed = |e: std::io::Error| CliError::write(&path.display().to_string(), &e);
    if path.is_dir() {
        return Err(CliError::Usage(format!("{}: is a folder; name a file in it with --log", path.display())));
    }
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_file() {
        let mut head = Vec::new();
        (&mut file).take(HEAD.len() as u64).read_to_end(&mut head).map_err(failed)?;
        if head.is_empty() {
            file.write_all(HEAD.as_bytes()).map_err(failed)?;
        } else if head != HEAD.as_bytes() {
            return Err(CliError::Usage(format!("{}: not a log of gander; choose another name", path.display())));
        }
    }
    Ok(file)
}

/// Notes how a command ended. Of an error only its kind: the sentence may quote a file.
pub(super) fn end(result: &Result<(), CliError>) {
    match result {
        Ok(()) => tracing::info!("end"),
        Err(e) => {
            let said = format!("{e:?}");
            let kind: String = said.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '(').collect();
            tracing::info!(status = e.status(), kind, "end");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_log_is_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for _ in 0..2 {
            opened(&at("new.log")).unwrap();
        }
        assert_eq!(std::fs::read_to_string(at("new.log")).unwrap(), HEAD);
        std::fs::write(at("base.jsonl"), "{\"text\": \"geese\"}\n").unwrap();
        let said = opened(&at("base.jsonl")).unwrap_err().to_string();
        assert!(said.ends_with("base.jsonl: not a log of gander; choose another name"), "{said}");
        assert_eq!(std::fs::read_to_string(at("base.jsonl")).unwrap(), "{\"text\": \"geese\"}\n");
        assert!(opened(folder.path()).is_err());
    }
}
