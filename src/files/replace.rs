//! A new file is written beside the old one and takes its name when it is complete.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::{Builder, NamedTempFile};

/// What the names of unfinished files end in.
const SUFFIX: &str = ".gander-partial";
/// Bytes of the final name in the name of an unfinished file: names have 255 at most.
const NAME: usize = 120;
/// Age from which an unfinished file is litter of a killed process: writing one takes seconds to minutes.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// An unfinished file. It has a name of its own that begins with a dot, and is removed unless it is published.
#[derive(Debug)]
pub struct Draft {
    temp: NamedTempFile,
    path: PathBuf,
}

impl Draft {
    /// Creates an unfinished file for `path` (no link) in the same folder. Unfinished files of killed processes are removed
    /// when they are a day old.
    ///
    /// # Errors
    /// When the folder is missing or cannot be written.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        let prefix = prefix_of(path);
        sweep(folder, &prefix);
        // As for any new file; the system applies the umask.
        let temp = Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)?;
        Ok(Self { temp, path: path.to_path_buf() })
    }

    /// Where it is until it is published.
    pub fn path(&self) -> &Path {
        self.temp.path()
    }

    /// The open file.
    pub fn file(&self) -> &File {
        self.temp.as_file()
    }

    /// Gives it its name, over a file that is there; the permissions of that file are kept.
    ///
    /// # Errors
    /// When it cannot be brought to the disk or renamed; the old file is untouched then.
    pub fn publish(self) -> io::Result<File> {
        if let Ok(old) = std::fs::metadata(&self.path)
            && old.permissions() != self.temp.as_file().metadata()?.permissions()
        {
            self.temp.as_file().set_permissions(old.permissions())?;
        }
        self.temp.as_file().sync_all()?;
        self.temp.persist(&self.path).map_err(|e| e.error)
    }

    /// Gives it its name, which must be free.
    ///
    /// # Errors
    /// As [`Draft::publish`], and [`io::ErrorKind::AlreadyExists`].
    pub fn publish_new(self) -> io::Result<File> {
        self.temp.as_file().sync_all()?;
        match self.temp.persist_noclobber(&self.path) {
            Ok(file) => Ok(file),
            // A file system without links and without exclusive renames.
            Err(e) if e.error.kind() != io::ErrorKind::AlreadyExists && !self.path.exists() => {
                e.file.persist(&self.path).map_err(|e| e.error)
            }
            Err(e) => Err(e.error),
        }
    }
}

/// Writes a file in one step: until `body` and the disk are done, `path` (no link) is as it was.
///
/// # Errors
/// Whatever `body` or the disk says.
pub fn replace<T>(path: &Path, body: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<T>) -> io::Result<T> {
    let draft = Draft::beside(path)?;
    let mut out = BufWriter::new(draft.file());
    let done = body(&mut out)?;
    out.flush()?;
    drop(out);
    draft.publish()?;
    Ok(done)
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn prefix_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(OsStr::new("")).to_string_lossy();
    format!(".{}.", crate::text::head(&name, NAME))
}

/// Removes unfinished files of killed processes.
fn sweep(folder: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        // SQLite's journal of an unfinished session goes with it.
        let Some(random) = rest.trim_end_matches("-journal").strip_suffix(SUFFIX) else { continue };
        let old = entry
            .metadata()
            .and_then(|m| m.modified())
            .is_ok_and(|t| SystemTime::now().duration_since(t).is_ok_and(|age| age > OLD));
        if old && !random.contains('.') {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut all: Vec<String> =
            std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        all
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.txt");
        std::fs::write(&path, "old").unwrap();
        let failed = replace(&path, |w| {
            w.write_all(b"new and long")?;
            Err::<(), _>(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(dir.path()), ["out.txt"]);
        replace(&path, |w| w.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn permissions_are_kept_and_new_files_are_as_the_umask_says() {
        let dir = tempfile::tempdir().unwrap();
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
        let (old, new, plain) = (dir.path().join("old"), dir.path().join("new"), dir.path().join("plain"));
        std::fs::write(&old, "x").unwrap();
        std::fs::set_permissions(&old, Permissions::from_mode(0o640)).unwrap();
        std::fs::write(&plain, "x").unwrap();
        replace(&old, |w| w.write_all(b"y")).unwrap();
        replace(&new, |w| w.write_all(b"y")).unwrap();
        assert_eq!((mode(&old), mode(&new)), (0o640, mode(&plain)));
    }

    #[test]
    fn a_name_that_is_taken_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let draft = Draft::beside(&path).unwrap();
        std::fs::write(&path, "first").unwrap();
        assert_eq!(draft.publish_new().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(names(dir.path()), ["out"]);
    }

    #[test]
    fn only_old_litter_of_the_same_file_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let old = SystemTime::now() - 2 * OLD;
        for name in [".out.abc.gander-partial", ".out.abc.gander-partial-journal", ".out.txt.abc.gander-partial"] {
            File::create(at(name)).unwrap().set_modified(old).unwrap();
        }
        File::create(at(".out.new.gander-partial")).unwrap();
        drop(Draft::beside(&at("out")).unwrap());
        assert_eq!(names(dir.path()), [".out.new.gander-partial", ".out.txt.abc.gander-partial"]);
    }
}
