//! Links, devices, pipes, folders, and disks that fill up.

use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

use super::common::complaint;
use super::{WRITERS, at, everything, naming, run, shell};

#[test]
fn links_are_followed_and_stay_links() {
    let dir = run();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir(path("far")).unwrap();
    symlink("far/out", path("link")).unwrap();
    for (name, args) in WRITERS {
        let _ = std::fs::remove_file(path("far/out"));
        // The first time the link dangles, the second time it leads to an earlier output.
        for _ in 0..2 {
            let out = at(dir.path(), &naming(args, "link"));
            assert!(out.status.success(), "{name}: {}", complaint(&out));
            assert!(path("link").is_symlink() && path("far/out").is_file(), "{name}");
            assert_eq!(everything(&path("far")).len(), 1, "{name} left something beside it");
        }
    }
    symlink("far/new.gander", path("later")).unwrap();
    let out = at(dir.path(), &["analyze", "base.jsonl", "tuned.jsonl", "--session", "later"]);
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(path("later").is_symlink() && gander::session::Session::is_session(&path("far/new.gander")));
}

#[test]
fn devices_and_pipes_are_written_and_not_replaced() {
    let dir = run();
    symlink("/dev/null", dir.path().join("hole")).unwrap();
    assert!(shell(dir.path(), "mkfifo pipe").status.success());
    for (name, args) in WRITERS {
        for hole in ["/dev/null", "hole"] {
            let out = at(dir.path(), &naming(args, hole));
            assert!(out.status.success(), "{name}: {}", complaint(&out));
        }
        let line = |out: &str| naming(args, out).join(" ");
        let out = shell(
            dir.path(),
            &format!("cat pipe > got & gander {} && wait $! && test -p pipe && gander {}", line("pipe"), line("plain")),
        );
        assert!(out.status.success(), "{name}: {}", complaint(&out));
        let (got, plain) =
            (std::fs::read(dir.path().join("got")).unwrap(), std::fs::read(dir.path().join("plain")).unwrap());
        // An analysis has its timings in it.
        assert!(got == plain || name == "analyze" && got.ends_with(b"}\n"), "{name}");
        std::fs::remove_file(dir.path().join("plain")).unwrap();
        let out = at(dir.path(), &naming(args, "/dev/full"));
        assert_eq!(out.status.code(), Some(1), "{name}");
        assert!(complaint(&out).contains("/dev/full: cannot be written (No space left"), "{name}: {}", complaint(&out));
    }
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn standard_output_by_any_name_is_the_shells() {
    let dir = run();
    for out in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let line =
            format!("{{ echo first; gander export run.gander -o {out}; gander export run.gander -o {out}; }} > all");
        assert!(shell(dir.path(), &line).status.success());
        let all = std::fs::read_to_string(dir.path().join("all")).unwrap();
        assert!(all.starts_with("first\n{\"id\"") && all.lines().count() == 97, "{out}: {}", all.lines().count());
    }
    let line = "exec 7> seventh; echo first >&7; gander export run.gander -o /dev/fd/7";
    assert!(shell(dir.path(), line).status.success());
    let all = std::fs::read_to_string(dir.path().join("seventh")).unwrap();
    assert!(all.starts_with("first\n{\"id\"") && all.lines().count() >= 49, "{}", all.lines().count());
    // What is redirected into an input is not written either.
    let before = std::fs::read(dir.path().join("base.jsonl")).unwrap();
    for line in [
        "gander apply run.gander base.jsonl >> base.jsonl",
        "gander export run.gander -o /dev/stdout >> run.gander",
        "gander analyze - --json base.jsonl --force < base.jsonl",
    ] {
        let out = shell(dir.path(), line);
        assert_eq!(out.status.code(), Some(2), "{line}: {}", complaint(&out));
        assert!(complaint(&out).contains("is an input of this command and would be lost"), "{}", complaint(&out));
    }
    assert_eq!(std::fs::read(dir.path().join("base.jsonl")).unwrap(), before);
}

#[test]
fn what_cannot_be_written_leaves_the_old_file() {
    let dir = run();
    for (name, args) in WRITERS {
        let line = naming(args, "out").join(" ");
        assert!(shell(dir.path(), &format!("gander {line}")).status.success());
        let old = everything(dir.path());
        // No file may grow over 1 KiB: the write fails half way.
        let out = shell(dir.path(), &format!("trap '' XFSZ; export GANDER_CACHE_MIB=0; ulimit -f 1; gander {line}"));
        if name == "requests" {
            // The session grows too; that the batch is whole is enough.
            assert_eq!(
                std::fs::read(dir.path().join("out")).unwrap(),
                old.iter().find(|f| f.0.ends_with("out")).unwrap().1
            );
        } else {
            assert_eq!(out.status.code(), Some(1), "{name}: {}", complaint(&out));
            assert!(complaint(&out).contains("out: cannot be written (File too large"), "{name}: {}", complaint(&out));
            assert!(everything(dir.path()) == old, "{name} left something else");
        }
        std::fs::remove_file(dir.path().join("out")).unwrap();
    }
}

#[test]
fn folders_missing_folders_and_write_protection_get_a_sentence() {
    let dir = run();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir(path("folder")).unwrap();
    let said = |out: &str| complaint(&at(dir.path(), &["export", "run.gander", "-o", out]));
    assert_eq!(said("folder"), "gander: folder: is a folder; name a file in it, such as folder/labels.csv");
    assert_eq!(said("no/out"), "gander: no/out: the folder no does not exist; create it first: mkdir -p no");
    symlink("round", path("round")).unwrap();
    assert!(said("round").contains("links that lead in a circle"), "{}", said("round"));
    assert!(said("out").contains("written to out"));
    std::fs::set_permissions(path("out"), std::fs::Permissions::from_mode(0o444)).unwrap();
    let protected = said("out");
    assert_eq!(protected, "gander: out: is write-protected; choose another name, or allow it: chmod u+w out");
    assert!(shell(dir.path(), protected.split_once("allow it: ").unwrap().1).status.success());
    assert!(said("out").contains("written to out"));
    assert!(said("folder/labels.csv").contains("written to folder/labels.csv"));
    let out = at(dir.path(), &["analyze", ".", "--json", "here.json"]);
    assert!(complaint(&out).contains("here.json: is in ., so the next run will read it"), "{}", complaint(&out));
}

#[test]
fn shards_that_end_together_do_not_take_each_others_place() {
    let dir = run();
    std::fs::write(dir.path().join("vec.partial"), "mine").unwrap();
    for _ in 0..3 {
        let line = "for i in 1 2 3 4; do gander embed base.jsonl --shard $i/4 -o vec.$i & done; wait";
        assert!(shell(dir.path(), line).status.success());
        for i in 1..=4 {
            let out = at(dir.path(), &["inspect", &format!("vec.{i}")]);
            let said = String::from_utf8_lossy(&out.stdout).into_owned();
            assert!(said.contains("base (6)") && said.contains(&format!("base-{}\n", (i - 1) * 6)), "{i}: {said}");
        }
    }
    assert_eq!(std::fs::read_to_string(dir.path().join("vec.partial")).unwrap(), "mine");
}

#[test]
fn answers_are_only_added_to_a_file_of_answers() {
    let dir = run();
    let models = ["--model", "http://127.0.0.1:1/v1#a", "--model", "http://127.0.0.1:1/v1#b"];
    let args = [&["sample", "--prompts", "prompts.txt", "-o", "out"][..], &models].concat();
    for stranger in
        [&b"my notes, without an end"[..], b"my notes\n", b"{\"text\":\"mine\"}\n", b"\xff\xfe\n", b"{\"a\":1}"]
    {
        std::fs::write(dir.path().join("out"), stranger).unwrap();
        let out = at(dir.path(), &args);
        assert_eq!(out.status.code(), Some(2), "{}", complaint(&out));
        assert!(complaint(&out).contains("out, line 1: not a file of `gander sample`"), "{}", complaint(&out));
        assert_eq!(std::fs::read(dir.path().join("out")).unwrap(), stranger);
    }
}
