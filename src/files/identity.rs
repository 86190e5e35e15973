//! One file under several names: links and relative paths lead to the same device and inode.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// What makes two paths the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// The file that a path leads to, links followed; `None` when there is none.
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|m| Self::of_metadata(&m))
    }

    /// The file that some metadata are of.
    pub fn of_metadata(m: &Metadata) -> Self {
        Self { device: m.dev(), inode: m.ino() }
    }

    /// The file behind an open descriptor, when it keeps what is written to it: not a terminal, pipe or socket.
    fn of_kept(fd: impl AsFd) -> Option<Self> {
        let m = File::from(fd.as_fd().try_clone_to_owned().ok()?).metadata().ok()?;
        let kind = m.file_type();
        (kind.is_file() || kind.is_block_device()).then(|| Self::of_metadata(&m))
    }
}

/// The file that standard input reads, when it is one.
pub fn of_stdin() -> Option<Identity> {
    Identity::of_kept(io::stdin())
}

/// The file that standard output is redirected to, when it is one.
pub fn of_stdout() -> Option<Identity> {
    Identity::of_kept(io::stdout())
}
