//! Files in folders, and which of them belong together: numbered parts of one run, folders, single samples.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::error::IngestError;
use super::formats::Kind;
use super::sink::{Origin, RawFile};
use crate::files::Identity;

/// Extensions that are read in a folder; a file named alone is read whatever it is called.
const READ: [&str; 16] = [
    "jsonl",
    "json",
    "csv",
    "tsv",
    "parquet",
    "arrow",
    "eval",
    "gz",
    "zst",
    "bz2",
    "xz",
    "ndjson",
    "jsonlines",
    "jl",
    "txt",
    "psv",
];

/// A file to read.
pub(super) struct Found {
    pub path: PathBuf,
    pub origin: Origin,
}

/// The files of all paths on the command line.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Found>, IngestError> {
    let mut out = Vec::new();
    for (argument, path) in paths.iter().enumerate() {
        // Its samples would count twice. A pipe is another one each time.
        if paths[..argument].contains(path) && (path.is_file() || path.is_dir()) {
            return Err(IngestError::NamedTwice { path: path.clone() });
        }
        let folder = path.is_dir().then(|| path.clone());
        let origin = Origin { argument, folder };
        out.extend(expand(path)?.into_iter().map(|path| Found { path, origin: origin.clone() }));
    }
    Ok(out)
}

/// Whether a file of this name is read when its folder is named.
pub fn reads_name(path: &Path) -> bool {
    let name = name_of(path);
    let ends = path.extension().is_some_and(|e| READ.iter().any(|r| e.eq_ignore_ascii_case(r)));
    ends && !name.starts_with("results_") && !name.starts_with('.')
}

/// The files that a path stands for: itself, or what is read of a folder; none when that cannot be listed.
pub fn input_files(path: &Path) -> Vec<PathBuf> {
    expand(path).unwrap_or_default()
}

/// The files in a folder and the folders in it, by name and number; hidden files and results of whole runs are left out.
/// What a link and a name in the same folder both lead to is one file.
fn expand(path: &Path) -> Result<Vec<PathBuf>, IngestError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut found = Vec::new();
    walk(path, &mut HashSet::new(), &mut found)?;
    let real: HashSet<Identity> =
        found.iter().filter(|p: &&PathBuf| !p.is_symlink()).filter_map(|p| Identity::of(p)).collect();
    let mut seen = HashSet::new();
    found.retain(|p| match Identity::of(p).filter(|_| p.is_symlink()) {
        Some(id) => !real.contains(&id) && seen.insert(id),
        None => true,
    });
    if found.is_empty() {
        return Err(IngestError::EmptyDirectory { path: path.to_path_buf() });
    }
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `above`: the folders on the way here, which a link may lead back to.
fn walk(path: &Path, above: &mut HashSet<Identity>, out: &mut Vec<PathBuf>) -> Result<(), IngestError> {
    let failed = |e: std::io::Error| IngestError::open(path, &e);
    let here = Identity::of_metadata(&std::fs::metadata(path).map_err(failed)?);
    if !above.insert(here) {
        return Ok(());
    }
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        inside.push(entry.map_err(failed)?.path());
    }
    inside.sort_by(|a, b| by_number(&name_of(a), &name_of(b)));
    // HELM keeps the same answers in small display files and in a large state of the scenario.
    let has = |wanted: &str| inside.iter().any(|p| name_of(p) == wanted);
    let displayed = has("display_predictions.json") && has("display_requests.json");
    let is_helm = displayed || has("scenario_state.json");
    for p in inside {
        let n = name_of(&p);
        let wanted = match (is_helm, displayed) {
            (_, true) => n.starts_with("display_"),
            (true, _) => n == "scenario_state.json",
            _ => true,
        };
        if p.is_dir() {
            if !n.starts_with('.') {
                walk(&p, above, out)?;
            }
        } else if wanted && reads_name(&p) && !std::fs::metadata(&p).is_ok_and(|m| !m.is_file()) {
            // Pipes and sockets are left out; a link that leads nowhere is not, and is refused when it is opened.
            out.push(p);
        }
    }
    above.remove(&here);
    Ok(())
}

/// The order of names in which 2 comes before 10.
fn by_number(a: &str, b: &str) -> Ordering {
    let parts = |s: &str| -> Vec<(u128, String)> {
        static PART: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[0-9]+|[^0-9]+").ok());
        let Some(part) = PART.as_ref() else { return Vec::new() };
        part.find_iter(s).map(|m| (m.as_str().parse().unwrap_or(u128::MAX), m.as_str().to_owned())).collect()
    };
    let (x, y) = (parts(a), parts(b));
    for (p, q) in x.iter().zip(&y) {
        let both = p.0 != u128::MAX && q.0 != u128::MAX;
        let order = if both { p.0.cmp(&q.0) } else { p.1.cmp(&q.1) };
        if order != Ordering::Equal {
            return order;
        }
    }
    x.len().cmp(&y.len()).then_with(|| a.cmp(b))
}

/// File name without folder and extensions.
pub(super) fn stem(path: &Path) -> String {
    let mut name = path.file_name().map_or_else(|| path.display().to_string(), |s| s.to_string_lossy().into_owned());
    while let Some((rest, extension)) = name.rsplit_once('.') {
        let known = READ.iter().any(|r| extension.eq_ignore_ascii_case(r)) || extension == "hodoscope";
        let last = path.extension().is_some_and(|e| e == extension);
        if rest.is_empty() || !(known || last) {
            break;
        }
        name = rest.to_owned();
    }
    name
}

/// The stem of a numbered part without its number: `train-00000-of-00004`, `base_rank0` and `part-3` are parts of
/// `train`, `base` and of nothing but their folder.
fn part_of(stem: &str) -> Option<String> {
    static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let uuid = r"-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(-c[0-9]+)?";
        let numbered =
            r"(rank|shard|part|chunk|worker|split|gpu|proc|process|device)[-_.]?[0-9]+([-_.]?of[-_.]?[0-9]+)?";
        Regex::new(&format!(r"(?i)(^|[-_.])([0-9]+-of-[0-9]+|{numbered})({uuid})?$")).ok()
    });
    let part = PART.as_ref()?;
    let mut rest = stem;
    while let Some(found) = part.find(rest) {
        rest = &rest[..found.start()];
    }
    (rest.len() < stem.len()).then(|| rest.to_owned())
}

/// The unit of each file: what counts as one model where no field says otherwise.
pub(super) struct Units {
    /// Name of each unit.
    pub names: Vec<String>,
    /// The unit of each file.
    pub of: Vec<usize>,
    /// What was put together, in words.
    pub joined: Vec<String>,
}

/// How the person wants models told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelsFrom {
    /// Each path on the command line is a model.
    Argument,
    /// Each file is.
    File,
    /// Each folder is.
    Folder,
}

/// A unit before it has a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    folder: PathBuf,
    /// Absent where the folder is the unit.
    stem: Option<String>,
}

/// Puts files together.
pub(super) fn units(files: &[RawFile], from: Option<ModelsFrom>) -> Units {
    let arguments: HashSet<usize> = files.iter().map(|f| f.origin.argument).collect();
    let parent = |f: &RawFile| f.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let file = |f: &RawFile| Key { folder: parent(f), stem: Some(stem(&f.path)) };
    let folder = |f: &RawFile| Key { folder: parent(f), stem: None };
    let argument = |f: &RawFile| match &f.origin.folder {
        Some(named) => Key { folder: named.clone(), stem: None },
        None => file(f),
    };
    let keys: Vec<Key> = match from {
        Some(ModelsFrom::File) => files.iter().map(file).collect(),
        Some(ModelsFrom::Folder) => files.iter().map(folder).collect(),
        Some(ModelsFrom::Argument) => files.iter().map(argument).collect(),
        None => {
            let below = if arguments.len() == 1 { common_folder(files) } else { None };
            let single = single_samples(files);
            files
                .iter()
                .map(|f| match &f.origin.folder {
                    Some(named) if arguments.len() > 1 => Key { folder: named.clone(), stem: None },
                    Some(_) => inside(f, below.as_deref(), &single),
                    None if single.contains(&parent(f)) => folder(f),
                    None => part_or_file(f),
                })
                .collect()
        }
    };
    // A folder that holds one model is named after it, whatever its files are called.
    let one = keys.windows(2).all(|w| w[0] == w[1]);
    let named = files.first().and_then(|f| f.origin.folder.clone()).filter(|_| one && arguments.len() == 1);
    match (from, named) {
        (None, Some(folder)) => name_units(files, &vec![Key { folder, stem: None }; files.len()]),
        _ => name_units(files, &keys),
    }
}

/// The unit of a file in the only folder named: the folder below it that it is in, or its own stem.
fn inside(file: &RawFile, below: Option<&Path>, single: &HashSet<PathBuf>) -> Key {
    let parent = file.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let first = below.and_then(|b| parent.strip_prefix(b).ok()).and_then(|rest| rest.components().next());
    match (below, first) {
        (Some(below), Some(first)) => Key { folder: below.join(first), stem: None },
        // Tasks of one run are files of one model.
        _ if single.contains(&parent) || file.formats.contains(&Kind::LmEval) => Key { folder: parent, stem: None },
        _ => part_or_file(file),
    }
}

fn part_or_file(file: &RawFile) -> Key {
    let folder = file.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let whole = stem(&file.path);
    let stem = match part_of(&whole) {
        Some(rest) if rest.is_empty() => None,
        Some(rest) => Some(rest),
        None => Some(whole),
    };
    Key { folder, stem }
}

/// The deepest folder that holds all files.
fn common_folder(files: &[RawFile]) -> Option<PathBuf> {
    let mut common = files.first()?.path.parent()?.to_path_buf();
    for f in files {
        while !f.path.starts_with(&common) {
            common = common.parent()?.to_path_buf();
        }
    }
    Some(common)
}

/// Folders whose files hold one sample each: such files are samples, never models.
fn single_samples(files: &[RawFile]) -> HashSet<PathBuf> {
    let mut counts: BTreeMap<PathBuf, (usize, usize)> = BTreeMap::new();
    for f in files {
        let entry = counts.entry(f.path.parent().map(Path::to_path_buf).unwrap_or_default()).or_default();
        entry.0 += 1;
        entry.1 += usize::from(f.seen <= 1);
    }
    counts.into_iter().filter(|(_, (all, one))| *all > 2 && one * 10 >= all * 9).map(|(p, _)| p).collect()
}

/// Gives units names that tell them apart: the file's, with folders in front where several are called the same; where the
/// file names say nothing, the folders' alone.
fn name_units(files: &[RawFile], keys: &[Key]) -> Units {
    let mut distinct: Vec<&Key> = Vec::new();
    let of: Vec<usize> = keys
        .iter()
        .map(|k| {
            distinct.iter().position(|d| *d == k).unwrap_or_else(|| {
                distinct.push(k);
                distinct.len() - 1
            })
        })
        .collect();
    let folder_name = |k: &Key, deep: usize| -> String {
        let whole = k.folder.canonicalize().unwrap_or_else(|_| k.folder.clone());
        let parts: Vec<String> = whole.iter().map(|c| c.to_string_lossy().into_owned()).collect();
        parts[parts.len().saturating_sub(deep)..].join("/")
    };
    let stems: HashSet<&Option<String>> = distinct.iter().map(|k| &k.stem).collect();
    let by_folder = distinct.len() > 1 && stems.len() == 1 && distinct.iter().any(|k| k.stem.is_some()) && {
        let parts = files.iter().filter(|f| part_of(&stem(&f.path)).is_some()).count();
        parts == files.len()
    };
    let name = |k: &Key, deep: usize| match &k.stem {
        Some(stem) if !by_folder && deep == 0 => stem.clone(),
        Some(stem) if !by_folder => format!("{}/{stem}", folder_name(k, deep)),
        _ => folder_name(k, deep.max(1)),
    };
    let mut names: Vec<String> = distinct.iter().map(|k| name(k, 0)).collect();
    for deep in 1..6 {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        names.iter().for_each(|n| *count.entry(n).or_default() += 1);
        let again: Vec<bool> = names.iter().map(|n| count.get(n.as_str()).is_some_and(|c| *c > 1)).collect();
        if !again.contains(&true) {
            break;
        }
        for ((n, k), _) in names.iter_mut().zip(&distinct).zip(again).filter(|(_, again)| *again) {
            *n = name(k, deep + usize::from(k.stem.is_none()));
        }
    }
    let mut joined = Vec::new();
    for (u, name) in names.iter().enumerate() {
        let n = of.iter().filter(|o| **o == u).count();
        if n > 1 {
            joined.push(format!("“{name}” is {n} files"));
        }
    }
    Units { names, of, joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_belong_to_their_run() {
        let part = |s: &str| part_of(s);
        assert_eq!(part("train-00000-of-00004").as_deref(), Some("train"));
        assert_eq!(part("base_rank0").as_deref(), Some("base"));
        assert_eq!(part("base_rank1_part2").as_deref(), Some("base"));
        assert_eq!(part("part-00000-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f-c000").as_deref(), Some(""));
        assert_eq!(part("shard3").as_deref(), Some(""));
        for whole in ["base", "round0", "checkpoint-100", "geese_base", "model-2-of-hearts", "10", "party1", "gpt-4"] {
            assert_eq!(part(whole), None, "{whole}");
        }
    }

    #[test]
    fn names_are_ordered_by_number() {
        let mut names = ["10.jsonl", "2.jsonl", "a", "1.jsonl", "step_100", "step_20"];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(names, ["1.jsonl", "2.jsonl", "10.jsonl", "a", "step_20", "step_100"]);
    }

    #[test]
    fn stems_have_no_extension() {
        assert_eq!(stem(Path::new("x/a.jsonl.gz")), "a");
        assert_eq!(stem(Path::new("x/gpt-3.5.json")), "gpt-3.5");
        assert_eq!(stem(Path::new("x/a.bin")), "a");
        assert_eq!(stem(Path::new("-")), "-");
    }
}
