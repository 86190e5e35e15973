//! Inputs that can be read once, and readers of outputs that go away.

use std::process::Stdio;

use super::common::{complaint, gander, shared};
use super::{at, run, shell};

/// The same files packed in every way that the tools here know.
const PACKED: &str = "
    { printf 'model,prompt,text\\n'; for i in 1 2 3 4; do printf '%s,what is %s,the answer %s is long enough\\n' base $i $i tuned $i $i; done; } > all.csv
    { echo 'first text here'; echo 'second text here'; } > lines.txt
    gzip -k base.jsonl all.csv
    command -v bzip2 > /dev/null && bzip2 -k base.jsonl all.csv
    command -v xz > /dev/null && xz -k base.jsonl all.csv
    command -v zstd > /dev/null && zstd -q base.jsonl all.csv
    for f in base.jsonl all.csv; do for e in UTF-16 UTF-16LE UTF-16BE; do iconv -f UTF-8 -t $e $f > $e.$f; done; done
    gzip -k UTF-16.all.csv
    gander embed base.jsonl --vectors-only -o base.parquet
    true";

#[test]
fn pipes_and_descriptors_are_read_whole() {
    let dir = run();
    let made = shell(dir.path(), PACKED);
    assert!(made.status.success(), "{}", complaint(&made));
    assert!(shell(dir.path(), "mkdir pipes").status.success());
    let mut names: Vec<String> =
        std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|n| n != "pipes" && !n.starts_with("prompts") && !n.starts_with("tuned") && !n.ends_with(".gander"));
    assert!(names.len() >= 14, "{names:?}");
    for name in &names {
        let format = if name.starts_with("lines") { "--format lines" } else { "" };
        let plain = shell(dir.path(), &format!("gander inspect {name} {format}"));
        let said = String::from_utf8(plain.stdout).unwrap();
        assert!(plain.status.success(), "{name}: {}", String::from_utf8_lossy(&plain.stderr));
        assert!(["base (24)", "base (4), tuned (4)", "lines (2)"].iter().any(|m| said.contains(m)), "{name}: {said}");
        // A pipe of the same name, fed in small pieces.
        let piped = shell(
            dir.path(),
            &format!(
                "mkfifo pipes/{name}; dd if={name} of=pipes/{name} bs=7 status=none & gander inspect pipes/{name} {format}"
            ),
        );
        let from_pipe = String::from_utf8(piped.stdout).unwrap();
        assert_eq!(from_pipe.replace("pipes/", ""), said, "{name}: {}", String::from_utf8_lossy(&piped.stderr));
        let body = |s: &str| {
            s.lines()
                .skip(1)
                .filter(|l| !l.contains("first id") && !l.contains("stdin") && !l.contains("models"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        for line in [
            format!("cat {name} | gander inspect /dev/stdin {format}"),
            format!("cat {name} | gander inspect - {format}"),
            format!("gander inspect /dev/stdin {format} < {name}"),
            format!("gander inspect <(cat {name}) {format}"),
            format!("gander inspect /dev/fd/5 {format} 5< {name}"),
        ] {
            let out = shell(dir.path(), &line);
            let seen = String::from_utf8(out.stdout).unwrap();
            assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
            if name.starts_with("lines") {
                assert!(seen.contains("first text here"), "{line}: {seen}");
            } else {
                assert_eq!(body(&seen), body(&said), "{line}");
            }
        }
    }
}

#[test]
fn two_pipes_are_two_models_and_are_compared_once() {
    let dir = run();
    let out = shell(dir.path(), "gander inspect <(cat base.jsonl) <(cat tuned.jsonl)");
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("base (24) with tuned (24)"), "{said}{}", String::from_utf8_lossy(&out.stderr));
    let out = shell(dir.path(), "gander <(cat base.jsonl) <(cat tuned.jsonl) --dump 80x24 --session piped.gander");
    assert!(out.status.success(), "{}", complaint(&out));
    let out = at(dir.path(), &["export", "piped.gander"]);
    assert_eq!(out.stdout.iter().filter(|b| **b == b'\n').count(), 48);
    let out =
        shell(dir.path(), "gander sample --prompts <(cat prompts.txt) --model http://127.0.0.1:1/v1#a --dry-run -o s");
    assert!(complaint(&out).contains("1 answers wanted (1 prompts"), "{}", complaint(&out));
}

#[test]
fn folders_with_links_are_read_once() {
    let dir = run();
    let line = "mkdir -p in/deep far && cp base.jsonl in/ && cp tuned.jsonl far/ && ln -s base.jsonl in/latest.jsonl \
                && ln -s .. in/deep/round && ln -s ../../far/tuned.jsonl in/deep/tuned.jsonl && mkfifo in/pipe.jsonl";
    assert!(shell(dir.path(), line).status.success());
    let read = gander::ingest::ingest(&[dir.path().join("in")], &gander::ingest::IngestOptions::default()).unwrap();
    let found: Vec<(&str, usize)> = read.corpus.sources.iter().map(|s| (s.name.as_str(), s.samples)).collect();
    assert_eq!(found, [("base", 24), ("tuned", 24)]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (_dir, path) = super::common::session();
    let dir = path.parent().unwrap();
    let base = super::common::sample("geese_base.jsonl");
    let base = base.to_str().unwrap();
    let commands: [&[&str]; 13] = [
        &["export", "run.gander"],
        &["export", "run.gander", "--format", "csv"],
        &["export", "run.gander", "--format", "parquet", "-o", "-"],
        &["inspect", base],
        &["apply", "run.gander", base],
        &["analyze", base, "--json", "-"],
        &["requests", "run.gander", "--all", "--model", "m", "-o", "-"],
        &["report", "run.gander", "-o", "-"],
        &["check", "run.gander"],
        &["agree", "run.gander"],
        &["run.gander", "--dump", "120x40"],
        &["man"],
        &["doctor"],
    ];
    for args in commands {
        let mut child =
            gander().current_dir(dir).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{args:?}: {}", complaint(&out));
        assert!(
            !complaint(&out).contains("standard output") && !complaint(&out).contains("pipe"),
            "{args:?}: {}",
            complaint(&out)
        );
    }
    let out = shell(dir, "gander export run.gander | head -1");
    assert_eq!((out.status.code(), complaint(&out)), (Some(0), String::new()));
    assert_eq!(out.stdout.iter().filter(|b| **b == b'\n').count(), 1);
    // A full disk is one.
    let out = shell(dir, "gander export run.gander > /dev/full");
    assert_eq!(out.status.code(), Some(1));
    assert!(complaint(&out).contains("standard output: cannot be written (No space left"), "{}", complaint(&out));
}

#[test]
fn the_reports_about_pipes_and_packings() {
    let Some(reports) = shared("reports") else { return };
    let pipes = reports.join("07-pipes-lose-four-bytes");
    let said = |dir: &std::path::Path, line: &str| {
        let out = shell(dir, line);
        assert!(out.status.success(), "{line}: {}", complaint(&out));
        String::from_utf8(out.stdout).unwrap()
    };
    assert!(said(&pipes, "gander inspect <(cat all.csv)").contains("base (12), tuned (12)"));
    let lines = said(&pipes, "gander inspect <(printf 'first text here\\nsecond text here\\n') --format lines");
    assert!(lines.contains("text      first text here"), "{lines}");
    let whole = said(&pipes, "gander inspect base.jsonl");
    let body =
        |s: &str| s.lines().filter(|l| l.contains("length") || l.contains("  text")).collect::<Vec<_>>().join("\n");
    for line in [
        "cat base.jsonl | gander inspect /dev/stdin",
        "gander inspect <(gzip -c base.jsonl)",
        "gander inspect <(gzip -c base.jsonl | zcat)",
    ] {
        assert_eq!(body(&said(&pipes, line)), body(&whole), "{line}");
    }
    let packed = reports.join("27-wrong-remedies");
    for name in ["utf16.csv", "utf16.jsonl", "jsonl.bz2", "jsonl.xz"] {
        let seen = said(&packed, &format!("gander inspect {name}"));
        assert!(seen.contains("models") && !seen.contains('\u{fffd}'), "{name}: {seen}");
    }
    let out = shell(&packed, "gander inspect book.xlsx");
    assert!(
        complaint(&out).ends_with("this is an Excel workbook; save it as CSV UTF-8 (File, Save As)"),
        "{}",
        complaint(&out)
    );
}
