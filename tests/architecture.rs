//! Holds the rules of the house, read from the syntax of the code: which room may use which, which library has which room, that
//! no modules of a room use each other in a circle, and how long a file may be. What no table allows is an error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};

/// The rooms from the ground floor up, each with the rooms that it may use. All of these are below it, so that rooms have no
/// circles.
const ROOMS: [(&str, &[&str]); 19] = [
    ("text", &[]),
    ("linalg", &[]),
    ("files", &["text"]),
    ("model", &["text"]),
    ("embed", &["linalg", "text"]),
    ("cluster", &["linalg", "model"]),
    ("ingest", &["embed", "files", "linalg", "model", "text"]),
    ("compare", &["cluster", "embed", "linalg", "model", "text"]),
    ("diagnostics", &["cluster", "compare", "embed", "linalg", "model"]),
    ("llm", &["embed", "files", "linalg", "model", "text"]),
    ("session", &["cluster", "compare", "files", "linalg", "llm", "model", "text"]),
    ("probe", &["cluster", "compare", "ingest", "linalg", "text"]),
    ("analysis", &["cluster", "compare", "diagnostics", "embed", "linalg", "llm", "model", "session", "text"]),
    (
        "report",
        &[
            "analysis",
            "cluster",
            "compare",
            "diagnostics",
            "embed",
            "ingest",
            "linalg",
            "llm",
            "model",
            "session",
            "text",
        ],
    ),
    ("app", &["analysis", "cluster", "compare", "diagnostics", "llm", "model", "probe", "text"]),
    ("ui", &["analysis", "app", "compare", "diagnostics", "llm", "model", "probe", "text"]),
    ("tty", &["app", "ui"]),
    ("worker", &["analysis", "app", "cluster", "compare", "embed", "files", "linalg", "llm", "model", "session"]),
    (
        "cli",
        &[
            "analysis",
            "app",
            "cluster",
            "compare",
            "diagnostics",
            "embed",
            "files",
            "ingest",
            "linalg",
            "llm",
            "model",
            "probe",
            "report",
            "session",
            "text",
            "tty",
            "ui",
            "worker",
        ],
    ),
];

/// Libraries, and parts of the standard one, that some rooms have and all others must not use.
const LIBRARIES: [(&[&str], &[&str]); 18] = [
    (&["reqwest", "rustls", "httpdate", "futures_util", "std::net", "tokio::net"], &["llm"]),
    (&["tokio"], &["cli", "llm", "worker"]),
    (&["rusqlite"], &["embed", "session"]),
    (&["crossterm", "arboard"], &["tty"]),
    (&["ratatui"], &["cli", "tty", "ui"]),
    (&["clap", "clap_complete", "clap_mangen", "rustix"], &["cli"]),
    (&["fuzzy_matcher"], &["app"]),
    (&["candle_core"], &["cluster", "embed"]),
    (&["tokenizers"], &["embed"]),
    (&["rten_gemm", "rten_tensor"], &["cluster", "embed"]),
    (&["pulp"], &["cluster", "embed", "linalg"]),
    (&["linfa", "linfa_clustering", "linfa_nn"], &["cluster"]),
    (&["linfa_linalg"], &["cluster", "compare", "probe"]),
    (&["arrow_array", "arrow_ipc", "arrow_schema", "bzip2", "flate2", "lzma_rust2", "zip", "zstd"], &["ingest"]),
    (&["parquet"], &["cli", "ingest", "report"]),
    (&["std::fs"], &["cli", "embed", "files", "ingest", "llm", "probe", "session"]),
    (&["std::thread"], &["embed", "tty", "worker"]),
    (&["std::time"], &["analysis", "cli", "cluster", "embed", "files", "llm", "session", "tty", "worker"]),
];

/// Modules of one room that use each other in a circle, and why they may.
const CIRCLES: [(&str, &[&str], &str); 3] = [
    (
        "analysis",
        &["figures", "judgements", "pipeline", "study"],
        "a study is made by the pipeline, and the pipeline ends with the study's figures: they are one thing in four files",
    ),
    ("app", &["overlay", "state"], "a layer changes the explorer, and the explorer holds its layers"),
    (
        "worker",
        &["engine", "llm_state", "numbers"],
        "the thread that computes, with two groups of its requests in files of their own",
    ),
];

/// One file of the program: its module path, and what it names outside of tests.
struct Module {
    path: Vec<String>,
    file: String,
    text: String,
    named: Named,
}

/// What a module names.
#[derive(Default)]
struct Named {
    /// Of this program, from its root: what begins with `crate`, `self` or `super`.
    ours: BTreeSet<Vec<String>>,
    /// All else: libraries, and modules that are declared in the same file.
    others: BTreeSet<Vec<String>>,
}

impl Module {
    fn room(&self) -> &str {
        &self.path[0]
    }
}

/// Collects paths; skips what is compiled for tests only.
struct Paths<'a> {
    module: &'a [String],
    found: Named,
}

impl Paths<'_> {
    /// What the text of a module names.
    fn of(module: &[String], text: &str) -> Named {
        let mut paths = Paths { module, found: Named::default() };
        paths.visit_file(&syn::parse_file(text).unwrap());
        paths.found
    }
}

fn for_tests(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|a| {
        a.path().is_ident("cfg") && a.parse_args::<syn::Path>().is_ok_and(|p| p.is_ident("test"))
            || a.path().is_ident("test")
    })
}

impl Paths<'_> {
    fn add(&mut self, parts: &[String]) {
        let mut base = match parts.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self") => self.module.to_vec(),
            Some("super") => self.module[..self.module.len().saturating_sub(1)].to_vec(),
            Some(_) => {
                self.found.others.insert(parts.to_vec());
                return;
            }
            None => return,
        };
        for part in &parts[1..] {
            if part == "super" {
                base.pop();
            } else {
                base.push(part.clone());
            }
        }
        self.found.ours.insert(base);
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(p) => self.tree(&with(&p.ident), &p.tree),
            syn::UseTree::Name(n) => self.add(&with(&n.ident)),
            syn::UseTree::Rename(r) => self.add(&with(&r.ident)),
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(g) => g.items.iter().for_each(|t| self.tree(before, t)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attrs = match item {
            syn::Item::Mod(m) => &m.attrs,
            syn::Item::Fn(f) => &f.attrs,
            syn::Item::Use(u) => &u.attrs,
            syn::Item::Impl(i) => &i.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !for_tests(attrs) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let parts: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
            self.add(&parts);
        }
        visit::visit_path(self, path);
    }

    /// The arguments of macros are only tokens: names joined by `::` are taken for paths.
    fn visit_macro(&mut self, m: &'ast syn::Macro) {
        let text = m.tokens.to_string().replace(" :: ", "::");
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let parts: Vec<String> = word.split("::").filter(|p| !p.is_empty()).map(str::to_owned).collect();
            if parts.len() > 1 && !word.starts_with("::") {
                self.add(&parts);
            }
        }
        visit::visit_macro(self, m);
    }
}

/// Every file in `src` below a room.
fn modules() -> Vec<Module> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![src.clone()];
    let mut out = Vec::new();
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                open.push(entry);
                continue;
            }
            let relative = entry.strip_prefix(&src).unwrap();
            let file = format!("src/{}", relative.display());
            // Not every file is a module: styles of a page, files of tests beside their module.
            if entry.extension().is_none_or(|e| e != "rs") || file == "src/lib.rs" || file == "src/main.rs" {
                continue;
            }
            let path: Vec<String> =
                relative.with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect();
            let text = std::fs::read_to_string(&entry).unwrap();
            let tests = path.last().is_some_and(|n| n == "tests" || n.ends_with("_tests"));
            let named = if tests { Named::default() } else { Paths::of(&path, &text) };
            out.push(Module { path, file, text, named });
        }
    }
    assert!(out.len() > 300, "{} files were found", out.len());
    out
}

#[test]
fn paths_are_found_however_they_are_written() {
    let module: Vec<String> = ["cluster", "kmeans"].map(str::to_owned).to_vec();
    for text in [
        "use crate::{report::X, text};",
        "use super::super::report::X;",
        "fn f() { crate::report::x(); }",
        "fn f(x: &super::super::report::X) {}",
        "fn f() { println!(\"{}\", crate::report::x()); }",
        "use crate::report as other;",
    ] {
        let named = Paths::of(&module, text);
        assert!(named.ours.iter().any(|p| p[0] == "report"), "{text}: {:?}", named.ours);
    }
    let named = Paths::of(&module, "use report::X; #[cfg(test)] mod tests { use crate::report::X; }");
    assert!(named.ours.is_empty() && named.others.len() == 1, "{:?}", named.ours);
}

#[test]
fn rooms_use_what_the_table_allows() {
    for (floor, (room, allowed)) in ROOMS.iter().enumerate() {
        let below: Vec<&str> = ROOMS[..floor].iter().map(|r| r.0).collect();
        assert!(allowed.iter().all(|a| below.contains(a)), "{room} may use a room that is not below it");
    }
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for m in modules() {
        let (_, allowed) = ROOMS.iter().find(|r| r.0 == m.room()).unwrap_or_else(|| panic!("{} has no room", m.file));
        for path in &m.named.ours {
            let Some((room, _)) = ROOMS.iter().find(|r| path.first().is_some_and(|p| p == r.0)) else { continue };
            if *room == m.room() {
                continue;
            }
            assert!(allowed.contains(room), "{}: {} may not use {}", m.file, m.room(), path.join("::"));
            used.insert((m.room().to_owned(), (*room).to_owned()));
        }
    }
    for (room, allowed) in ROOMS {
        for other in allowed {
            let pair = (room.to_owned(), (*other).to_owned());
            assert!(used.contains(&pair), "{room} does not use {other} any more: the table is wider than the code");
        }
    }
}

#[test]
fn libraries_have_their_rooms() {
    for m in modules() {
        for path in &m.named.others {
            let name = path.join("::");
            for (libraries, rooms) in LIBRARIES {
                let is = |l: &&&str| name == **l || name.starts_with(&format!("{l}::"));
                if let Some(library) = libraries.iter().find(is) {
                    assert!(rooms.contains(&m.room()), "{}: {} may not use {library}", m.file, m.room());
                }
            }
        }
    }
}

#[test]
fn modules_of_a_room_use_each_other_in_no_circle_but_those_listed() {
    let all = modules();
    let known: BTreeSet<&[String]> = all.iter().map(|m| m.path.as_slice()).collect();
    // Which modules each uses; a module and those inside it are one.
    let mut uses: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for m in &all {
        let mut to = BTreeSet::new();
        for path in &m.named.ours {
            let Some(target) = (1..=path.len()).rev().find_map(|n| known.get(&path[..n])) else { continue };
            let inside = m.path.starts_with(target) || target.starts_with(&m.path);
            if target[0] == m.path[0] && !inside {
                to.insert(*target);
            }
        }
        uses.insert(&m.path, to);
    }
    let reached = |from: &[String]| {
        let mut seen: BTreeSet<&[String]> = BTreeSet::new();
        let mut open: Vec<&[String]> = uses[from].iter().copied().collect();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(&uses[at]);
            }
        }
        seen
    };
    let reach: BTreeMap<&[String], BTreeSet<&[String]>> = all.iter().map(|m| (&m.path[..], reached(&m.path))).collect();
    let mut found: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
    for (at, to) in &reach {
        let circle: Vec<String> = to.iter().filter(|t| reach[*t].contains(at)).map(|t| t[1..].join("::")).collect();
        if !circle.is_empty() {
            found.insert((at[0].clone(), circle));
        }
    }
    let listed: BTreeSet<(String, Vec<String>)> = CIRCLES
        .iter()
        .map(|(room, modules, _)| ((*room).to_owned(), modules.iter().map(|m| (*m).to_owned()).collect()))
        .collect();
    assert_eq!(found, listed);
}

#[test]
fn no_file_is_a_book() {
    for m in modules() {
        let n = m.text.lines().count();
        assert!(n <= 500, "{} has {n} lines; split it by noun or verb", m.file);
    }
}

#[test]
fn in_the_explorer_only_their_review_knows_probing_sets() {
    for m in modules().iter().filter(|m| ["app", "ui"].contains(&m.room())) {
        let review = m.file.contains("/probing");
        let knows = m.named.ours.iter().any(|p| p.first().is_some_and(|p| p == "probe"));
        assert!(review || !knows, "{} knows of probing sets", m.file);
    }
}

#[test]
fn unsafe_has_one_module() {
    for m in modules() {
        let inside = m.file.contains("/embed/vnni");
        let code = m.text.lines().filter(|l| !l.trim_start().starts_with("//"));
        let used =
            code.filter(|l| l.contains("unsafe {") || l.contains("unsafe fn") || l.contains("allow(unsafe_code)"));
        for line in used {
            assert!(inside, "{}: `{}` belongs into src/embed/vnni", m.file, line.trim());
        }
        let blocks = m.text.matches("unsafe {").count();
        let reasons = m.text.matches("// SAFETY: ").count();
        assert!(blocks <= reasons, "{}: {blocks} unsafe blocks and {reasons} reasons", m.file);
    }
}
