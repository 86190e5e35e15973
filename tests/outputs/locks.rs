//! One session, several names, several ganders.

use std::os::unix::fs::symlink;
use std::path::Path;

use gander::model::{Author, ClusterId, Edit, History, Partition};
use gander::session::{Access, Session};

use super::common::{complaint, gander};
use super::{at, run};

#[test]
fn the_lock_is_the_files_and_not_the_names() {
    let dir = run();
    let path = |name: &str| dir.path().join(name);
    symlink("run.gander", path("link.gander")).unwrap();
    std::fs::create_dir(path("far")).unwrap();
    std::fs::hard_link(path("run.gander"), path("far/hard.gander")).unwrap();
    let names = ["run.gander", "link.gander", "./far/../run.gander", "far/hard.gander"];
    for held in names {
        let session = Session::open(&path(held), Access::Write).unwrap();
        for other in names {
            let out = at(dir.path(), &[other, "--dump", "80x24", "--dump-keys", "d"]);
            let said = complaint(&out);
            assert_eq!(out.status.code(), Some(3), "{other} beside {held}: {said}");
            assert!(said.starts_with(&format!("gander: {other}: open in another gander (")), "{said}");
            assert!(said.ends_with("close that one, or read along with --read-only"), "{said}");
            let out = at(dir.path(), &[other, "--dump", "80x24", "--read-only"]);
            assert!(out.status.success(), "{}", complaint(&out));
        }
        drop(session);
    }
    for name in names {
        assert!(at(dir.path(), &[name, "--dump", "80x24", "--dump-keys", "d"]).status.success());
    }
    let left = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name());
    assert!(!left.into_iter().any(|n| n.to_string_lossy().ends_with(".lock")), "a lock was left");
}

#[test]
fn what_another_program_does_to_a_session_is_said_in_words() {
    let dir = run();
    let path = dir.path().join("run.gander");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE;").unwrap();
    let out = at(dir.path(), &["run.gander", "--dump", "80x24"]);
    let said = complaint(&out);
    assert!(said.starts_with("gander: run.gander: another program is writing it"), "{said}");
    other.execute_batch("ROLLBACK;").unwrap();
    let session = Session::open(&path, Access::Write).unwrap();
    other.execute_batch("INSERT INTO edit VALUES (1, 0, '\"x\"', 0, '{}', '{}', '{}'); DROP TABLE result;").unwrap();
    let mut partition = Partition::new(vec![ClusterId(0)], 1, 1);
    let edit = Edit::Note { cluster: ClusterId(0), text: Some("mine".into()) };
    let record = History::default().commit(&mut partition, edit, Author::Human("me".into()), 0, false).unwrap();
    let said = session.append(&record).unwrap_err().to_string();
    assert!(
        said.ends_with("another program changed it while it was open here; leave, and open it again to see its edits"),
        "{said}"
    );
    let said = session.tree().unwrap_err().to_string();
    assert!(said.contains("damaged (a part of it is missing or of another kind)"), "{said}");
}

#[test]
fn the_database_of_another_program_is_left_as_it_is() {
    let dir = run();
    let path = dir.path().join("theirs.sqlite");
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);").unwrap();
    drop(theirs);
    let before = std::fs::read(&path).unwrap();
    for args in [
        &["theirs.sqlite", "--dump", "80x24"][..],
        &["export", "theirs.sqlite"],
        &["export", "run.gander", "-o", "theirs.sqlite"],
    ] {
        let out = at(dir.path(), args);
        assert!(!out.status.success() && complaint(&out).contains("theirs.sqlite: "), "{}", complaint(&out));
        assert_eq!(std::fs::read(&path).unwrap(), before, "{args:?}");
    }
}

/// The name of the file stands first, as it is written.
#[test]
fn a_name_keeps_its_letters_in_a_sentence() {
    assert_eq!(gander::text::sentence("link.gander: cannot be written"), "link.gander: cannot be written.");
    assert_eq!(gander::text::sentence("my runs/one: cannot be written"), "my runs/one: cannot be written.");
    assert_eq!(gander::text::sentence("nothing to undo"), "Nothing to undo.");
}

#[test]
fn a_writer_that_was_killed_inside_an_edit_stands_in_nobodys_way() {
    let dir = run();
    let path = dir.path().join("run.gander");
    let before = at(dir.path(), &["export", "run.gander"]).stdout;
    {
        // A transaction larger than the cache is half in the file before it is committed.
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch(
            "PRAGMA cache_size = 2; BEGIN IMMEDIATE; UPDATE sample SET text = text || hex(randomblob(9000));",
        )
        .unwrap();
        for name in ["run.gander", "run.gander-journal"] {
            std::fs::copy(dir.path().join(name), dir.path().join(name.replace("run", "killed"))).unwrap();
        }
    }
    let whole = |p: &Path| gander().arg("export").arg(p).output().unwrap();
    assert!(dir.path().join("killed.gander-journal").exists());
    let out = whole(&dir.path().join("killed.gander"));
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(out.stdout == before, "the half edit was taken back");
}
