//! Where an output goes: standard output, something that takes a stream, or a file with a name.

use std::io;
use std::path::{Path, PathBuf};

/// Links followed at most, as Linux does.
const LINKS: usize = 40;

/// What a path leads to, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Standard output, by whatever name.
    Stdout,
    /// A device, a pipe, or a descriptor that the shell opened: it is written to and never replaced.
    Stream(PathBuf),
    /// A regular file, or a name that is free.
    File(PathBuf),
    /// A folder.
    Folder(PathBuf),
}

/// Finds what a path leads to. `-` is standard output. A link whose target is missing leads to that target.
///
/// # Errors
/// When a link cannot be read, or links lead in a circle.
pub fn find(path: &Path) -> io::Result<Place> {
    if path == Path::new("-") {
        return Ok(Place::Stdout);
    }
    let mut at = path.to_path_buf();
    for _ in 0..LINKS {
        // On Linux these are links to the file behind the descriptor; replacing that file would take it from the shell.
        if let Some(number) = descriptor(&at) {
            return Ok(if number == "1" { Place::Stdout } else { Place::Stream(at) });
        }
        let kind = match std::fs::symlink_metadata(&at) {
            Ok(m) => m.file_type(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Place::File(at)),
            Err(e) => return Err(e),
        };
        if kind.is_symlink() {
            let target = std::fs::read_link(&at)?;
            at = at.parent().unwrap_or(Path::new("")).join(target);
        } else if kind.is_file() {
            return Ok(Place::File(at));
        } else if kind.is_dir() {
            return Ok(Place::Folder(at));
        } else {
            return Ok(Place::Stream(at));
        }
    }
    Err(io::Error::other("links that lead in a circle"))
}

/// The number of the open descriptor that a path names.
fn descriptor(path: &Path) -> Option<&str> {
    match path.to_str()? {
        "/dev/stdin" => Some("0"),
        "/dev/stdout" => Some("1"),
        "/dev/stderr" => Some("2"),
        other => ["/dev/fd/", "/proc/self/fd/"]
            .iter()
            .find_map(|folder| other.strip_prefix(folder))
            .filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())),
    }
}

/// A path as one word of a shell's line, quoted where it must be.
pub fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "._/-+=:@,~".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn words_of_a_shell_are_quoted_where_they_must_be() {
        let word = |p: &str| shell_word(Path::new(p));
        assert_eq!((word("a/b-1.jsonl"), word("my runs/é")), ("a/b-1.jsonl".into(), "'my runs/é'".into()));
        assert_eq!(word("it's"), "'it'\\''s'");
    }

    #[test]
    fn links_lead_to_their_ends() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        symlink("file", at("link")).unwrap();
        symlink("link", at("longer")).unwrap();
        symlink("missing", at("dangling")).unwrap();
        symlink("round", at("about")).unwrap();
        symlink("about", at("round")).unwrap();
        symlink("/dev/stdout", at("out")).unwrap();
        assert_eq!(find(&at("longer")).unwrap(), Place::File(at("file")));
        assert_eq!(find(&at("dangling")).unwrap(), Place::File(at("missing")));
        assert_eq!(find(&at("free")).unwrap(), Place::File(at("free")));
        assert_eq!(find(&at("out")).unwrap(), Place::Stdout);
        assert_eq!(find(Path::new("/dev/fd/1")).unwrap(), Place::Stdout);
        assert_eq!(find(Path::new("/dev/null")).unwrap(), Place::Stream("/dev/null".into()));
        assert!(matches!(find(dir.path()).unwrap(), Place::Folder(_)));
        assert!(find(&at("round")).is_err());
    }
}
