//! `gander probe write`: families of items by a language model, added to the suite as drafts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::super::CliError;
use super::super::args::ProbeWriteArgs;
use super::super::output::{Kind, Output, Protected, note};
use super::super::sample::{Key, collect};
use super::Asking;
use crate::llm::SamplePrompt;
use crate::probe::writer::{Brief, FAMILY, briefs, family, family_schema, request};
use crate::probe::{ITEMS, Item, Provenance, Suite, lines_of, read_records};

/// The file with replies, beside the items.
const REPLIES: &str = "replies.jsonl";
/// Hex digits of a prompt's hash.
const HASH: usize = 16;

pub(super) fn run(args: &ProbeWriteArgs) -> Result<(), CliError> {
    if !super::is_suite(&args.suite) {
        return Err(CliError::Usage(format!(
            "{}: is not the folder of a suite; make one with `gander probe new reflectivity -o {}`",
            args.suite.display(),
            args.suite.display()
        )));
    }
    let suite = Suite::open(&args.suite)?;
    let list = briefs(&suite.head, args.n.div_ceil(FAMILY), args.seed);
    let asked: Vec<(String, Vec<String>)> = list.iter().map(|b| request(&suite, b)).collect();
    let prompts: Vec<SamplePrompt> = list
        .iter()
        .zip(&asked)
        .map(|(b, (text, _))| SamplePrompt {
            id: b.family.clone(),
            text: text.clone(),
            messages: None,
            frame: None,
            schema: Some(family_schema()),
        })
        .collect();
    let at = args.suite.join(REPLIES);
    let asking = Asking {
        suite: &args.suite,
        models: std::slice::from_ref(&args.llm),
        n: 1,
        temperature: args.temperature,
        max_tokens: args.max_tokens,
        // The design has the seed; the replies to all designs are kept in one file.
        seed: Some(0),
        calls: &args.calls,
        output: &at,
    };
    let sampled = asking.settings();
    let done = collect(&sampled, prompts, Key::Id, "the items follow", &|_, _, _| {});
    if args.calls.dry_run || !at.exists() {
        return done;
    }
    let from = |text: &str, gold: &[String]| Provenance {
        prompt_hash: Some(blake3::hash(text.as_bytes()).to_hex()[..HASH].to_owned()),
        gold: gold.to_vec(),
        temperature: Some(args.temperature),
        ..Provenance::default()
    };
    let provenance: HashMap<&str, Provenance> =
        list.iter().zip(&asked).map(|(b, (text, gold))| (b.family.as_str(), from(text, gold))).collect();
    let new = read(&suite, &list, &provenance, &at)?;
    add(&suite, &args.suite, &new)?;
    done
}

/// The families in the replies that the suite does not have yet.
fn read(
    suite: &Suite,
    list: &[Brief],
    provenance: &HashMap<&str, Provenance>,
    at: &Path,
) -> Result<Vec<Item>, CliError> {
    let mut known: HashSet<String> = suite.items.iter().map(|i| i.family.clone()).collect();
    let mut replies: HashMap<String, (String, String)> = HashMap::new();
    for (_, v) in read_records(at)? {
        if let (Some(id), Some(model), Some(text)) = (v["prompt_id"].as_str(), v["model"].as_str(), v["text"].as_str())
        {
            replies.entry(id.to_owned()).or_insert((model.to_owned(), text.to_owned()));
        }
    }
    let (mut out, mut families) = (Vec::new(), 0);
    let mut useless: BTreeMap<&str, usize> = BTreeMap::new();
    for brief in list {
        let Some((model, text)) = replies.get(&brief.family).filter(|_| known.insert(brief.family.clone())) else {
            continue;
        };
        let base = provenance.get(brief.family.as_str()).cloned().unwrap_or_default();
        let from = Provenance { model: Some(model.clone()), ..base };
        match family(text, &suite.head, brief, &from) {
            Ok(items) => {
                families += 1;
                out.extend(items);
            }
            Err(why) => *useless.entry(why).or_default() += 1,
        }
    }
    for (why, n) in &useless {
        note(&format!("{n} replies gave no family: {why}"));
    }
    note(&format!("{families} new families with {} items", out.len()));
    Ok(out)
}

/// Adds items to the suite's file; what is there stays as it is, byte by byte.
fn add(suite: &Suite, folder: &Path, new: &[Item]) -> Result<(), CliError> {
    if new.is_empty() {
        return Ok(());
    }
    let at = folder.join(ITEMS);
    let mut bytes = match std::fs::read(&at) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(CliError::write(&at.display().to_string(), &e)),
    };
    if bytes.last().is_some_and(|b| *b != b'\n') {
        bytes.push(b'\n');
    }
    bytes.extend(lines_of(new).into_bytes());
    let output = Output::prepare(Some(&at), Kind::ProbeSuite, &Protected::default(), true)?;
    output.write(&format!("{} items", suite.items.len() + new.len()), |out| out.write_all(&bytes))?;
    note(&format!("`gander probe check {}` is next: it says how good they are", folder.display()));
    Ok(())
}
