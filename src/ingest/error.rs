//! What can be wrong with an input file, each in one sentence with its remedy.

use std::path::{Path, PathBuf};

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say what each is
pub enum IngestError {
    #[error("{}: no such file; check the path", path.display())]
    Missing { path: PathBuf },
    #[error("{}: no permission to read it; try `chmod u+r` or ask its owner", path.display())]
    Permission { path: PathBuf },
    #[error("{}: cannot be read ({why})", path.display())]
    Io { path: PathBuf, why: String },
    #[error("{}: no file in this folder that gander reads", path.display())]
    EmptyDirectory { path: PathBuf },
    #[error("{}: holds prompts and no answers; name the file with the answers too, or the field with the text: --text-field FIELD", path.display())]
    PromptsOnly { path: PathBuf },
    #[error(
        "{}, {at}: a log-likelihood task, which holds scores and no texts; sample a task of type generate_until",
        path.display()
    )]
    LogLikelihood { path: PathBuf, at: String },
    #[error("{}: the file is empty; did the sampling run finish?", path.display())]
    Empty { path: PathBuf },
    #[error("{}: holds no samples", path.display())]
    NoSamples { path: PathBuf },
    #[error("{}: this is {what}", path.display())]
    Foreign { path: PathBuf, what: &'static str },
    #[error(
        "{}: neither JSON nor a table with a header; for a file of one text a line say --format lines, for others --format csv or tsv",
        path.display()
    )]
    NotJson { path: PathBuf },
    #[error("{}, line {line}: broken JSON ({why}); mend the line, or go on without it with --skip-bad-lines", path.display())]
    BadLine { path: PathBuf, line: usize, why: String },
    #[error("{}, line {line}: the last line is cut off; is the file still being written? --skip-bad-lines reads the rest", path.display())]
    CutOff { path: PathBuf, line: usize },
    #[error("{}, line {line}: not UTF-8; convert the file first, for example: iconv -f WINDOWS-1252 -t UTF-8", path.display())]
    NotUtf8 { path: PathBuf, line: usize },
    #[error("{}, {at}: not an object with fields but {what}", path.display())]
    NotObject { path: PathBuf, at: String, what: &'static str },
    #[error("{}, {at}: {why}", path.display())]
    Vector { path: PathBuf, at: String, why: String },
    #[error("{}, {at}: no text; the fields are {found}. Name the one with the text: --text-field FIELD", path.display())]
    NoText { path: PathBuf, at: String, found: String },
    #[error(
        "{}: no column with texts; the first row is {found}. Name the column: --text-field NAME, or its number \
         (--text-field 1) where there is no header",
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
    #[error("no model is called “{name}”; the models are {found}")]
    NoSuchSource { name: String, found: String },
}

impl IngestError {
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
