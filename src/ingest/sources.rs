//! Which models are there: by a field that names them, or by what the person named: files, folders, parts of one run.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::IngestOptions;
use super::error::IngestError;
use super::fields::{MAYBE_MODEL, MODEL, listed};
use super::folder::{Units, units};
use super::sink::{RawFile, RawPrompt, RawSample};
use crate::model::{Source, SourceId};

/// Values up to which a field may name models, whatever the number of samples.
const FEW: usize = 12;
/// Samples that a model has at least, on average, where it is one of many.
const EACH: usize = 3;
/// Values of a field that is proposed.
const PROPOSED: usize = 8;
/// Share of pairs of prompt and value in two files from which both are as likely to name the models.
const BOTH: f64 = 0.5;

/// The sources, and the source of each sample of each file.
pub(super) struct NamedSources {
    pub sources: Vec<Source>,
    pub source_of: Vec<Vec<SourceId>>,
    /// The field that names them, if one does.
    pub field: Option<String>,
    /// What tells them apart, in words.
    pub told_by: String,
}

/// A field that may name the models.
struct Candidate {
    name: String,
    /// The value of each sample of each file.
    of: Vec<Vec<Option<String>>>,
    values: BTreeSet<String>,
}

/// Names the sources.
///
/// # Errors
/// When two ways of telling the models apart are as likely, or there is no model of a name.
pub(super) fn name_sources(
    files: &[RawFile],
    options: &IngestOptions,
    notices: &mut Vec<String>,
) -> Result<NamedSources, IngestError> {
    let units = units(files, options.models_from);
    let field = match options.models_from {
        Some(_) => None,
        None => choose(files, &units, options, notices)?,
    };
    let unit_of = |f: usize| units.names[units.of[f]].clone();
    // A field that the person named overrules the name that a format gives.
    let wanted = options.fields.model.as_ref().filter(|_| options.models_from.is_none());
    let by_person = wanted.and_then(|name| candidate(files, name));
    let named = |f: usize, n: usize, s: &RawSample| -> String {
        let of = |c: &Option<Candidate>| c.as_ref().and_then(|c| c.of[f][n].clone());
        let model = || of(&by_person).or_else(|| s.model.clone()).or_else(|| of(&field));
        if options.models_from.is_some() { None } else { model() }.unwrap_or_else(|| unit_of(f))
    };
    let mut found = collect(files, &named);
    found.field = field.map(|c| c.name);
    found.told_by = match (&found.field, &options.fields.model) {
        (_, Some(named)) if by_person.is_none() && files.iter().all(|f| f.names_models) => {
            format!("the name that the format gives them (there is no field “{named}” beside it)")
        }
        (_, Some(named)) => format!("the field “{named}”"),
        (Some(field), None) => format!("the field “{field}” (--model-field FIELD or --models-from file changes it)"),
        (None, None) if files.iter().all(|f| f.samples.iter().all(|s| s.model.is_some())) => {
            "the name that the format gives them (--models-from file changes it)".to_owned()
        }
        (None, None) => by_units(files, &units),
    };
    if found.sources.len() == 1 && units.names.len() > 1 {
        let name = found.sources[0].name.clone();
        found = NamedSources { told_by: by_units(files, &units), ..collect(files, &|f, _, _| unit_of(f)) };
        let files_alone = units.names.len() == files.len();
        let what = if files_alone { "file" } else { "folder or file" };
        notices.push(format!("every {what} names the model “{name}”, so each counts as a model of its own"));
    }
    let unnamed = files.iter().any(|f| f.samples.iter().any(|s| s.model.is_none()));
    if found.field.is_none() && unnamed && !units.joined.is_empty() && files.len() > units.names.len() {
        notices.push(format!(
            "{} put together as one model each: {}; --models-from file keeps them apart",
            if units.joined.len() == 1 { "files are" } else { "parts are" },
            listed(units.joined.clone().into_iter())
        ));
    }
    if let Some(name) = options.against.as_deref() {
        let at = found.sources.iter().position(|s| s.name == name).ok_or_else(|| {
            let names = listed(found.sources.iter().map(|s| format!("“{}”", s.name)));
            IngestError::NoSuchSource { name: name.to_owned(), found: names }
        })?;
        bring_first(&mut found, at);
    }
    Ok(found)
}

fn by_units(files: &[RawFile], units: &Units) -> String {
    let folders = files.iter().filter(|f| f.origin.folder.is_some()).count();
    match (units.names.len(), folders == files.len() && units.of.len() > units.names.len()) {
        (1, _) => {
            "the only file or folder that is named (--model-field FIELD, where a field tells them apart)".to_owned()
        }
        (_, true) => {
            "the folders, or the names of numbered files (--models-from file or --model-field FIELD changes it)"
                .to_owned()
        }
        (_, false) => "the files (--model-field FIELD changes it)".to_owned(),
    }
}

/// The field that names the models; none where the files or folders do.
fn choose(
    files: &[RawFile],
    units: &Units,
    options: &IngestOptions,
    notices: &mut Vec<String>,
) -> Result<Option<Candidate>, IngestError> {
    let open = |f: &RawFile| f.samples.iter().any(|s| s.model.is_none());
    if options.fields.model.is_some() || !files.iter().any(open) {
        return Ok(None);
    }
    let samples: usize = files.iter().map(|f| f.samples.len()).sum();
    let mut strong: Vec<Candidate> = Vec::new();
    for name in model_names(files) {
        let Some(c) = candidate(files, &name) else {
            if !is_crowded(files, &name) {
                notices.push(format!(
                    "the field “{name}” is missing in some samples of a file that has it in others, so it does not name the models"
                ));
            }
            continue;
        };
        if c.values.len() > FEW && c.values.len() * EACH > samples {
            notices.push(format!(
                "the field “{name}” has {} values in {samples} samples, so it does not count as the model's name; \
                 --model-field {name} reads it so",
                c.values.len()
            ));
            continue;
        }
        // Two names of the same thing are one.
        if !strong.iter().any(|s| same_parts(s, &c)) {
            strong.push(c);
        }
    }
    // A field that is the same everywhere tells nothing apart; it may name the only model.
    let (varied, constant): (Vec<_>, Vec<_>) = strong.into_iter().partition(|c| c.values.len() > 1);
    let mut varied = varied.into_iter();
    let Some(first) = varied.next() else {
        propose(files, units, notices);
        return Ok(constant.into_iter().next());
    };
    if let Some(other) = varied.next() {
        let fields = format!("“{}” ({}), “{}” ({})", first.name, values(&first), other.name, values(&other));
        return Err(IngestError::SeveralModelFields { found: fields, first: first.name });
    }
    if units.names.len() > 1 && as_likely(files, units, &first) {
        let names = listed(units.names.iter().map(|n| format!("“{n}”")));
        let found = format!("the field “{}” ({})", first.name, values(&first));
        return Err(IngestError::FilesOrField { units: names, found, field: first.name });
    }
    Ok(Some(first))
}

/// Fields by whose name the model may be in them: the usual ones, or such in an object.
fn model_names(files: &[RawFile]) -> Vec<String> {
    let mut names: Vec<String> = MODEL.iter().map(|n| (*n).to_owned()).collect();
    let mut inner: BTreeSet<String> = BTreeSet::new();
    for f in files {
        let deep =
            f.pool.names().filter(|(_, n)| n.rsplit_once('.').is_some_and(|(_, last)| MODEL[..3].contains(&last)));
        inner.extend(deep.map(|(_, n)| n.to_owned()));
    }
    let has = |n: &str| files.iter().any(|f| f.pool.find(n).is_some());
    names.retain(|n| has(n));
    if names.is_empty() {
        names.extend(inner);
    }
    names
}

/// Whether a field has more values than are kept.
fn is_crowded(files: &[RawFile], name: &str) -> bool {
    files.iter().any(|f| f.pool.find(name).is_some_and(|at| f.pool.is_crowded(at)))
}

/// A field's values; `None` where it has too many, or where a file has it in some of its samples only.
fn candidate(files: &[RawFile], name: &str) -> Option<Candidate> {
    if is_crowded(files, name) {
        return None;
    }
    let value = |f: &RawFile, s: &RawSample| -> Option<String> {
        let at = f.pool.find(name)?;
        s.fields.iter().find(|(field, _)| *field == at).map(|(_, v)| v.shown())
    };
    let of: Vec<Vec<Option<String>>> = files.iter().map(|f| f.samples.iter().map(|s| value(f, s)).collect()).collect();
    // A file either has the field or has none; what has none is named as files and folders are.
    let present = |file: &Vec<Option<String>>| file.iter().flatten().count();
    let whole = |file: &Vec<Option<String>>| present(file) * 10 >= file.len() * 9 || present(file) == 0;
    let values: BTreeSet<String> = of.iter().flatten().flatten().cloned().collect();
    (of.iter().all(whole) && !values.is_empty()).then(|| Candidate { name: name.to_owned(), of, values })
}

fn values(c: &Candidate) -> String {
    listed(c.values.iter().cloned().collect::<Vec<_>>().into_iter())
}

/// Whether two fields part the samples alike.
fn same_parts(a: &Candidate, b: &Candidate) -> bool {
    let mut forth: HashMap<&Option<String>, &Option<String>> = HashMap::new();
    let mut back: HashMap<&Option<String>, &Option<String>> = HashMap::new();
    let all = a.of.iter().flatten().zip(b.of.iter().flatten());
    all.into_iter().all(|(x, y)| *forth.entry(x).or_insert(y) == y && *back.entry(y).or_insert(x) == x)
}

/// Whether files (or folders) and a field are as likely to be the models: every file has the same values, for the same
/// prompts.
fn as_likely(files: &[RawFile], units: &Units, c: &Candidate) -> bool {
    let mut met: Vec<HashSet<(Option<&RawPrompt>, &str)>> = vec![HashSet::new(); units.names.len()];
    let mut values: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); units.names.len()];
    for (f, file) in files.iter().enumerate() {
        for (s, value) in file.samples.iter().zip(&c.of[f]) {
            let Some(value) = value.as_deref() else { continue };
            met[units.of[f]].insert((s.prompt.as_ref(), value));
            values[units.of[f]].insert(value);
        }
    }
    if values.iter().any(|v| v.len() < 2 || *v != values[0]) {
        return false;
    }
    let fewest = met.iter().map(HashSet::len).min().unwrap_or(0);
    let shared = met[0].iter().filter(|pair| met.iter().all(|m| m.contains(*pair))).count();
    shared as f64 >= BOTH * fewest as f64
}

/// Names a field that could tell more models apart than files and folders do: one that often does by its name, and whose
/// values all answer the same prompts.
fn propose(files: &[RawFile], units: &Units, notices: &mut Vec<String>) {
    let mut seen: HashSet<&str> = HashSet::new();
    let names: Vec<&str> =
        files.iter().flat_map(|f| f.pool.names().map(|(_, n)| n)).filter(|n| seen.insert(n)).collect();
    for name in names {
        let last = name.rsplit('.').next().unwrap_or(name);
        if !MAYBE_MODEL.contains(&last) || super::conditions::is_setting(name) || MODEL.contains(&last) {
            continue;
        }
        let Some(c) = candidate(files, name) else { continue };
        if !(2..=PROPOSED).contains(&c.values.len()) || c.values.iter().any(|v| v.parse::<f64>().is_ok()) {
            continue;
        }
        // Files that have one value each are told apart by it already.
        let mut each: Vec<HashSet<&str>> = vec![HashSet::new(); units.names.len()];
        c.of.iter().enumerate().for_each(|(f, of)| each[units.of[f]].extend(of.iter().flatten().map(String::as_str)));
        let tells_more = each.iter().any(|values| values.len() > 1);
        if tells_more && crossed(files, &c) {
            notices.push(format!(
                "the field “{name}” ({}) does not count as the model's name; if it is, say --model-field {name}",
                values(&c)
            ));
            return;
        }
    }
}

/// Whether nearly every prompt has every value.
fn crossed(files: &[RawFile], c: &Candidate) -> bool {
    let mut of: HashMap<&RawPrompt, HashSet<&str>> = HashMap::new();
    for (f, file) in files.iter().enumerate() {
        for (s, value) in file.samples.iter().zip(&c.of[f]) {
            if let (Some(p), Some(v)) = (s.prompt.as_ref(), value.as_deref()) {
                of.entry(p).or_default().insert(v);
            }
        }
    }
    let whole = of.values().filter(|v| v.len() == c.values.len()).count();
    whole > 0 && whole * 10 >= of.len() * 9
}

fn collect(files: &[RawFile], name: &dyn Fn(usize, usize, &RawSample) -> String) -> NamedSources {
    let mut ids: BTreeMap<String, SourceId> = BTreeMap::new();
    let mut sources: Vec<Source> = Vec::new();
    let source_of = files
        .iter()
        .enumerate()
        .map(|(f, file)| {
            let samples = file.samples.iter().enumerate();
            let id = |(n, s): (usize, &RawSample)| {
                let name = name(f, n, s);
                *ids.entry(name.clone()).or_insert_with(|| {
                    sources.push(Source { name, file: file.path.display().to_string(), samples: 0 });
                    SourceId(sources.len() as u16 - 1)
                })
            };
            samples.map(id).collect()
        })
        .collect();
    NamedSources { sources, source_of, field: None, told_by: String::new() }
}

fn bring_first(named: &mut NamedSources, at: usize) {
    named.sources[..=at].rotate_right(1);
    let new = |old: usize| match old {
        o if o == at => 0,
        o if o < at => o + 1,
        o => o,
    };
    for s in named.source_of.iter_mut().flatten() {
        *s = SourceId(new(s.ix()) as u16);
    }
}
