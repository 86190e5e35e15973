//! Which option helps with an error. The rooms below say what is wrong and know no options; a message of a command is what they
//! say and the hint from here.

use crate::analysis::PipelineError;
use crate::embed::EmbedError;
use crate::ingest::IngestError;
use crate::llm::LlmError;
use crate::probe::ReadError;
use crate::session::SessionError;

/// What follows the sentence of an error, with the mark that joins them; empty where no option helps.
pub(super) trait Hinted {
    fn hint(&self) -> String;
}

impl Hinted for IngestError {
    fn hint(&self) -> String {
        match self {
            Self::PromptsOnly { .. } => ", or the field with the text: --text-field FIELD".into(),
            Self::NotJson { .. } => {
                "; for a file of one text a line say --format lines, for others --format csv or tsv".into()
            }
            Self::BadLine { .. } => ", or go on without it with --skip-bad-lines".into(),
            Self::CutOff { .. } => " --skip-bad-lines reads the rest".into(),
            Self::NoText { .. } => ": --text-field FIELD".into(),
            Self::NoColumn { .. } => {
                ": --text-field NAME, or its number (--text-field 1) where there is no header".into()
            }
            Self::SeveralTexts { first, .. } => format!(": --text-field {first}"),
            Self::SeveralModelFields { first, .. } => format!(": --model-field {first}"),
            Self::FilesOrField { field, .. } => format!(": --model-field {field}, or --models-from file"),
            Self::Ragged { .. } => ", or go on without these rows with --skip-bad-lines".into(),
            Self::Numbers { .. } => ": --vectors FILE".into(),
            _ => String::new(),
        }
    }
}

impl Hinted for SessionError {
    fn hint(&self) -> String {
        match self {
            Self::Locked { .. } => " with --read-only",
            Self::Permission { .. } => " (--session FILE, --read-only)",
            _ => "",
        }
        .into()
    }
}

impl Hinted for PipelineError {
    fn hint(&self) -> String {
        match self {
            Self::Embed(EmbedError::NoTextModel | EmbedError::Folder { .. }) => " (--embedder)".into(),
            Self::Session(e) => e.hint(),
            _ => String::new(),
        }
    }
}

impl Hinted for ReadError {
    fn hint(&self) -> String {
        match self {
            Self::File(e) => e.hint(),
            _ => String::new(),
        }
    }
}

/// What is wrong with the server that an option names.
pub(super) fn of_option(option: &str, e: &LlmError) -> String {
    match e {
        // It begins with what was given.
        LlmError::Endpoint(_) => format!("{option} {e}"),
        _ => format!("{option}: {e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::CliError;
    use super::*;

    #[test]
    fn a_message_is_what_is_wrong_and_the_option_that_helps() {
        let path = "a.jsonl".into();
        let cut = CliError::from(IngestError::CutOff { path, line: 3 });
        assert_eq!(
            cut.to_string(),
            "a.jsonl, line 3: the last line is cut off; is the file still being written? --skip-bad-lines reads the rest"
        );
        let several = IngestError::SeveralModelFields { found: "“a”, “b”".into(), first: "a".into() };
        assert!(!several.to_string().contains("--"), "{several}");
        assert!(CliError::from(several).to_string().ends_with("Name the one that does: --model-field a"));
    }
}
