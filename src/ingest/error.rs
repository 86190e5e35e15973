//! What can be wrong with an input file, each in one sentence with its remedy.

use std::path::{Path, PathBuf};

use crate::files::shell_word;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say what each is; which option helps is the command line's to say
pub enum IngestError {
    #[error("{}: no such file; check the path", path.display())]
    Missing { path: PathBuf },
    #[error("{}: no permission to read it; try `chmod u+r` or ask its owner", path.display())]
    Permission { path: PathBuf },
    #[error("{}: cannot be read ({why})", path.display())]
    Io { path: PathBuf, why: String },
    #[error("{}: no file in this folder that gander reads", path.display())]
    EmptyDirectory { path: PathBuf },
    #[error("{}: named twice; its samples would count twice, so name it once", path.display())]
    NamedTwice { path: PathBuf },
    #[error("{}: holds prompts and no answers; name the file with the answers too", path.display())]
    PromptsOnly { path: PathBuf },
    #[error(
        "{}, {at}: a log-likelihood task, which holds scores and no texts; sample a task of type generate_until",
        path.display()
    )]
    LogLikelihood { path: PathBuf, at: String },
    #[error("{}: the file is empty; did the sampling run finish?", path.display())]
    Empty { path: PathBuf },
    #[error("{}: holds no samples{why}", path.display())]
    NoSamples { path: PathBuf, why: String },
    #[error("{}: this is {what}", path.display())]
    Foreign { path: PathBuf, what: &'static str },
    #[error(
        "{}: neither JSON nor a table with a header",
        path.display()
    )]
    NotJson { path: PathBuf },
    #[error("{}, line {line}: broken JSON ({why}); mend the line", path.display())]
    BadLine { path: PathBuf, line: usize, why: String },
    #[error("{}, line {line}: the last line is cut off; is the file still being written?", path.display())]
    CutOff { path: PathBuf, line: usize },
    #[error("{}, line {line}: not UTF-8; convert the file first, for example: iconv -f WINDOWS-1252 -t UTF-8 {} > NEW", path.display(), shell_word(path))]
    NotUtf8 { path: PathBuf, line: usize },
    #[error(
        "{}, line {line}: not UTF-8 when unpacked; unpack it, then convert that: iconv -f WINDOWS-1252 -t UTF-8 UNPACKED > NEW",
        path.display()
    )]
    PackedNotUtf8 { path: PathBuf, line: usize },
    #[error("{}: this is an array of numbers; give the vectors separately from the samples", path.display())]
    Numbers { path: PathBuf },
    #[error("{}, {at}: not an object with fields but {what}", path.display())]
    NotObject { path: PathBuf, at: String, what: &'static str },
    #[error("{}, {at}: {why}", path.display())]
    Vector { path: PathBuf, at: String, why: String },
    #[error("{}, {at}: no text; the fields are {found}. Name the one with the text", path.display())]
    NoText { path: PathBuf, at: String, found: String },
    #[error(
        "{}: no column with texts; the first row is {found}. Name the column",
        path.display()
    )]
    NoColumn { path: PathBuf, found: String },
    #[error("{}, {at}: no field “{field}”; the fields are {found}", path.display())]
    NoField { path: PathBuf, at: String, field: String, found: String },
    #[error("{}, {at}: the field “{field}” holds {what}, not text", path.display())]
    FieldType { path: PathBuf, at: String, field: String, what: &'static str },
    #[error("{}, {at}: no prompt; give one a line, or JSON with a field prompt, instruction, question or messages", path.display())]
    NoPrompt { path: PathBuf, at: String },
    #[error("{}, line {line}: {why}", path.display())]
    Frame { path: PathBuf, line: usize, why: String },
    #[error(
        "{}: several fields may hold the text: {found}. Name the one to read",
        path.display()
    )]
    SeveralTexts { path: PathBuf, found: String, first: String },
    #[error("several fields may name the models: {found}. Name the one that does")]
    SeveralModelFields { found: String, first: String },
    #[error(
        "both {found} and the files ({units}) may be the models, for the same prompts have every value in each file. Say \
         which"
    )]
    FilesOrField { units: String, found: String, field: String },
    #[error(
        "{}: {ragged} of {rows} rows have another number of columns than the header, which has {columns} (lines {lines}, …); \
         check how its quotes are written",
        path.display()
    )]
    Ragged { path: PathBuf, ragged: usize, rows: usize, columns: usize, lines: String },
    #[error("no model is called “{name}”; the models are {found}")]
    NoSuchSource { name: String, found: String },
}

impl IngestError {
    /// Whether the file is known to hold no samples, so that others in its folder are read without it.
    pub(super) fn is_no_sample_file(&self) -> bool {
        let ends = |path: &Path, with: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(with));
        match self {
            // What a pointer points at, or what is to be unpacked or converted first, may be half of the data.
            Self::Foreign { what, .. } => !["git-LFS", "unpack it", "convert it", "save it as CSV", "save a sheet"]
                .iter()
                .any(|w| what.contains(w)),
            Self::LogLikelihood { .. } | Self::NoSamples { .. } | Self::Numbers { .. } => true,
            // One object without a text is a file about other files.
            Self::NoText { path, at, .. } => ends(path, "json") && at == "line 1",
            Self::NotJson { path } => ends(path, "txt"),
            _ => false,
        }
    }

    /// Sorts an operating-system error.
    pub fn open(path: &Path, e: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match e.kind() {
            std::io::ErrorKind::NotFound => Self::Missing { path },
            std::io::ErrorKind::PermissionDenied => Self::Permission { path },
            _ => Self::Io { path, why: e.to_string() },
        }
    }
}
