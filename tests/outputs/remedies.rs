//! What a refusal says to do is done here as it is written, and then it works.

use std::path::Path;

use super::common::complaint;
use super::{at, run, shell};

/// What gander says of a line that it refuses.
fn refused(dir: &Path, line: &str) -> String {
    let out = shell(dir, line);
    assert!(!out.status.success(), "{line} is not refused");
    complaint(&out)
}

fn works(dir: &Path, line: &str) {
    let out = shell(dir, line);
    assert!(out.status.success(), "{line}: {}", complaint(&out));
}

fn is_here(tool: &str) -> bool {
    let found = shell(Path::new("/"), &format!("command -v {tool}")).status.success();
    if !found {
        println!("skipped: {tool} is not here");
    }
    found
}

#[test]
fn of_files_in_other_encodings_and_packings() {
    let dir = run();
    let dir = dir.path();
    works(
        dir,
        "printf '{\"text\":\"caf\\351 au lait\"}\\n' > latin.jsonl; iconv -f UTF-8 -t UTF-32 base.jsonl > wide.jsonl; tar -cf all.tar base.jsonl",
    );
    let said = refused(dir, "gander inspect latin.jsonl");
    let (_, command) = said.split_once("for example: ").unwrap();
    works(dir, command);
    assert!(String::from_utf8(at(dir, &["inspect", "NEW"]).stdout).unwrap().contains("café au lait"));
    works(dir, "mv latin.jsonl \"it's latin.jsonl\"; gzip -k \"it's latin.jsonl\"");
    let said = refused(dir, "gander inspect it*.jsonl");
    works(dir, said.split_once("for example: ").unwrap().1);
    let said = refused(dir, "gander inspect it*.gz");
    let (_, command) = said.split_once("then convert that: ").unwrap();
    works(dir, &format!("gzip -dc it*.gz > UNPACKED; {command}; gander inspect NEW"));
    let said = refused(dir, "gander inspect wide.jsonl");
    let (_, command) = said.split_once("convert it: ").unwrap();
    works(dir, &command.replace("FILE", "wide.jsonl"));
    assert_eq!(std::fs::read(dir.join("NEW")).unwrap(), std::fs::read(dir.join("base.jsonl")).unwrap());
    let unpacked = [
        ("tar", "", "all.tar"),
        ("zip", "zip -q all.zip base.jsonl", "all.zip"),
        ("lz4", "lz4 -q base.jsonl all.lz4", "all.lz4"),
        ("xz", "xz -k --format=lzma base.jsonl", "base.jsonl.lzma"),
        ("7z", "7z a all.7z base.jsonl > /dev/null", "all.7z"),
    ];
    for (tool, make, name) in unpacked {
        if !is_here(tool) {
            continue;
        }
        works(dir, make);
        let said = refused(dir, &format!("gander inspect {name}"));
        let (_, command) = said.split_once("unpack it: ").unwrap();
        let (tool, _) = command.split_once(' ').unwrap();
        if is_here(tool) {
            works(dir, &format!("rm -rf out; mkdir out; cd out; {}", command.replace("FILE", &format!("../{name}"))));
            works(dir, "gander inspect out/*");
        }
    }
}

#[test]
fn of_tables_lines_and_fields() {
    let dir = run();
    let dir = dir.path();
    works(
        dir,
        "printf 'hello there\\n' > lines.txt; printf '{\"text\":\"a\"}\\nno\\n' > bad.jsonl; printf '{\"text\":\"a\"}\\n{\"text\":\"b' > cut.jsonl; \
                printf '{\"body\":\"a\"}\\n' > body.jsonl; printf 'a line here\\tb\\nanother one\\td\\n' > bare.tsv",
    );
    for (file, remedy) in [
        ("lines.txt", "--format lines"),
        ("bad.jsonl", "--skip-bad-lines"),
        ("cut.jsonl", "--skip-bad-lines"),
        ("body.jsonl", "--text-field FIELD"),
        ("bare.tsv", "--text-field 1"),
    ] {
        let said = refused(dir, &format!("gander inspect {file}"));
        assert!(said.contains(remedy), "{said}");
        works(dir, &format!("gander inspect {file} {}", remedy.replace("FIELD", "body")));
    }
}

#[test]
fn of_sessions_and_outputs() {
    let dir = run();
    let dir = dir.path();
    let said = refused(dir, "gander analyze base.jsonl tuned.jsonl --session run.gander");
    assert_eq!(said, "gander: run.gander: exists already; open it with `gander run.gander`, or choose another name");
    works(dir, "gander run.gander --dump 80x24");
    works(dir, "gander analyze base.jsonl tuned.jsonl --session another.gander");
    let said = refused(dir, "gander analyze base.jsonl tuned.jsonl --session prompts.txt");
    assert_eq!(said, "gander: prompts.txt: is there already, and is not a gander session; choose another name");
    let said = refused(dir, "gander base.jsonl run.gander --dump 80x24");
    assert!(said.contains("name either sample files or one session, not both"), "{said}");
    let said = refused(dir, "gander analyze run.gander --json a.json");
    assert!(said.ends_with("a saved session is opened alone, as `gander FILE`"), "{said}");
    let said = refused(dir, "gander base.jsonl tuned.jsonl < /dev/null");
    let (_, command) = said.split_once("use `").unwrap();
    let command = command.split('`').next().unwrap();
    works(dir, &command.replace("FILES", "base.jsonl tuned.jsonl"));
    assert!(dir.join("OUT").is_file());
    let said = refused(dir, "gander export run.gander --format parquet");
    let (_, option) = said.split_once("name it with ").unwrap();
    works(dir, &format!("gander export run.gander --format parquet {option}"));
    let said = refused(dir, "gander export run.gander -o prompts.txt");
    assert!(said.ends_with("replace it with --force"), "{said}");
    works(dir, "gander export run.gander -o prompts.txt --force");
    let said = refused(dir, "gander export run.gander -o a/b/c.csv");
    let (_, command) = said.split_once("create it first: ").unwrap();
    works(dir, command);
    works(dir, "gander export run.gander -o a/b/c.csv");
    let said = refused(dir, "gander export run.gander -o a");
    let (_, name) = said.split_once("such as ").unwrap();
    works(dir, &format!("gander export run.gander -o {name}"));
    works(dir, "ln run.gander held.gander");
    let held = gander::session::Session::open(&dir.join("held.gander"), gander::session::Access::Write).unwrap();
    let said = refused(dir, "gander run.gander --dump 80x24");
    assert!(said.ends_with("read along with --read-only"), "{said}");
    works(dir, "gander run.gander --dump 80x24 --read-only");
    drop(held);
    works(dir, "gander run.gander --dump 80x24");
    // A session that was left before it had clusters.
    let files = ["base.jsonl", "tuned.jsonl"].map(|name| dir.join(name));
    let read = gander::ingest::ingest(&files, &gander::ingest::IngestOptions::default()).unwrap();
    let whole = gander::session::Session::open(&dir.join("run.gander"), gander::session::Access::ReadOnly).unwrap();
    drop(gander::session::Session::create(&dir.join("early.gander"), &read.corpus, &whole.meta().unwrap()).unwrap());
    let said = refused(dir, "gander export early.gander");
    assert!(said.ends_with("open it once in the explorer and let it finish"), "{said}");
    works(dir, "gander early.gander --dump 80x24");
    works(dir, "gander export early.gander");
}
