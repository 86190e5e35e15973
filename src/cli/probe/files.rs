//! `gander probe new`, `import`, `export`: suites as files.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::CliError;
use super::super::args::{ImportArgs, NewArgs, ProbeExportArgs, Template};
use super::super::output::note;
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
    let suite = Suite { head, items: Vec::new(), gold };
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

fn save(suite: &Suite, folder: &Path) -> Result<(), CliError> {
    if folder.join(SUITE).exists() {
        return Err(CliError::Usage(format!(
            "{}: there is a suite already; name another folder with -o",
            folder.display()
        )));
    }
    suite.save(folder).map_err(|(path, e)| CliError::Write { what: path.display().to_string(), why: e.to_string() })
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
    let suite = Suite { head, items, gold: Vec::new() };
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
    if let Some((name, _)) = files.iter().find(|(name, _)| args.output.join(name).exists()) {
        return Err(CliError::Usage(format!(
            "{}: is there already; name another folder with -o",
            args.output.join(name).display()
        )));
    }
    let failed =
        |what: &Path, e: std::io::Error| CliError::Write { what: what.display().to_string(), why: e.to_string() };
    std::fs::create_dir_all(&args.output).map_err(|e| failed(&args.output, e))?;
    for (name, text) in &files {
        let path = args.output.join(name);
        std::fs::write(&path, text).map_err(|e| failed(&path, e))?;
    }
    let names: Vec<&str> = files.iter().map(|f| f.0.as_str()).collect();
    note(&format!("{} items in {}: {}", suite.counted().len(), args.output.display(), names.join(", ")));
    Ok(())
}
