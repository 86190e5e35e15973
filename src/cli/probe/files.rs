//! `gander probe new`, `import`, `export`: suites as files.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::CliError;
use super::super::args::{ImportArgs, NewArgs, ProbeExportArgs, Template};
use super::super::output::{Kind, Output, Protected, note};
use super::say_problems;
use crate::probe::{Definition, Head, Item, SUITE, Suite, faults, read_items};

/// What a suite about reflectivity begins with.
const REFLECTIVITY: [&str; 2] = [
    include_str!("../../../assets/probe/reflectivity.json"),
    include_str!("../../../assets/probe/reflectivity-gold.jsonl"),
];

pub(super) fn new(args: &NewArgs) -> Result<(), CliError> {
    let [head, gold] = match args.template {
        Template::Reflectivity => REFLECTIVITY,
    };
    let broken =
        |e: serde_json::Error| CliError::Terminal(format!("gander's own suite is damaged ({e}); rebuild gander"));
    let mut head: Head = serde_json::from_str(head).map_err(broken)?;
    head.canary = canary(&args.output);
    let gold: Vec<Item> = gold.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(broken)?;
    let suite = Suite { head, gold, ..Suite::default() };
    save(&suite, &args.output)?;
    note(&format!(
        "{}: {} subtasks and {} gold items; write items into items.jsonl, then `gander probe check {}`",
        args.output.display(),
        suite.head.subtasks.len(),
        suite.gold.len(),
        args.output.display()
    ));
    Ok(())
}

/// A string that is found again should somebody train on the suite.
fn canary(folder: &Path) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let hash = blake3::hash(format!("{now} {} {}", std::process::id(), folder.display()).as_bytes()).to_hex();
    let h = hash.as_str();
    format!(
        "gander probing set: must not be in training data. Canary {}-{}-{}-{}-{}",
        &h[..8],
        &h[8..12],
        &h[12..16],
        &h[16..20],
        &h[20..32]
    )
}

/// Writes a new suite; a file that is there already is never replaced, because it may hold a person's work.
fn save(suite: &Suite, folder: &Path) -> Result<(), CliError> {
    if folder.join(SUITE).exists() {
        return Err(CliError::Usage(format!(
            "{}: there is a suite already; name another folder with -o",
            folder.display()
        )));
    }
    let files = suite.files();
    if let Some(there) = files.iter().map(|f| folder.join(&f.0)).find(|p| p.exists()) {
        return Err(CliError::Usage(format!("{}: already exists; name another folder with -o", there.display())));
    }
    write_all(folder, &files, Kind::ProbeSuite, &Protected::default(), false)
}

/// Writes files (name, text, what is in it) into a folder, which is made; all places are checked before anything is written.
fn write_all(
    folder: &Path,
    files: &[(String, String, String)],
    kind: Kind,
    protected: &Protected,
    force: bool,
) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|e| CliError::write(&folder.display().to_string(), &e))?;
    let prepare = |f: &(String, String, String)| Output::prepare(Some(&folder.join(&f.0)), kind, protected, force);
    let outputs = files.iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
    for (output, (_, text, what)) in outputs.iter().zip(files) {
        output.write(what, |out| out.write_all(text.as_bytes()))?;
    }
    Ok(())
}

pub(super) fn import(args: &ImportArgs) -> Result<(), CliError> {
    let mut items: Vec<Item> = Vec::new();
    for file in &args.files {
        items.extend(read_items(file)?);
    }
    let mut subtasks: Vec<String> = items.iter().map(|i| i.subtask.clone()).collect();
    subtasks.sort();
    subtasks.dedup();
    let of_folder = || args.output.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let head = Head {
        name: args.name.clone().unwrap_or_else(of_folder),
        subtasks: subtasks.into_iter().map(|name| Definition { name, ..Definition::default() }).collect(),
        ..Head::default()
    };
    say_problems(&faults(&items.iter().collect::<Vec<_>>()));
    let suite = Suite { head, items, ..Suite::default() };
    save(&suite, &args.output)?;
    let sound = suite.items.iter().filter(|i| i.right().is_some()).count();
    note(&format!(
        "{} items, {sound} of them with one key, in {}; `gander probe check {}` is next",
        suite.items.len(),
        args.output.display(),
        args.output.display()
    ));
    Ok(())
}

pub(super) fn export(args: &ProbeExportArgs) -> Result<(), CliError> {
    let suite = Suite::open(&args.suite)?;
    let files = crate::probe::export(&suite, args.format.into()).map_err(CliError::Usage)?;
    let protected = Protected::default().and([args.suite.as_path()]);
    write_all(&args.output, &files, Kind::ProbeExport, &protected, args.force)
}
