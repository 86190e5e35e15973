//! `--slice FIELD`: the rates of every difference by the values of a field of the records.

use super::CliError;
use crate::analysis::Figures;
use crate::compare::{SliceError, Sliced, Slicer, slices};
use crate::model::{Contrast, Corpus};
use crate::text::Clean;

/// Whether a field can split the rates.
///
/// # Errors
/// When it cannot, in words.
pub(super) fn check(corpus: &Corpus, contrast: Option<&Contrast>, field: &str) -> Result<(), CliError> {
    Slicer::new(corpus, compared(contrast)?, field).map(|_| ()).map_err(|e| refused(&e))
}

fn compared(contrast: Option<&Contrast>) -> Result<&Contrast, CliError> {
    contrast.ok_or_else(|| CliError::Usage("--slice: there is one model, so there is no difference to split".into()))
}

/// Names of fields come from files.
fn refused(e: &SliceError) -> CliError {
    CliError::Usage(Clean::one_line(&format!("--slice: {e}")))
}

/// The rates of all findings by a field; nothing where none is named.
///
/// # Errors
/// When the field cannot split them, in words.
pub(super) fn of(corpus: &Corpus, figures: &Figures, field: Option<&str>) -> Result<Vec<Sliced>, CliError> {
    let Some(field) = field else { return Ok(Vec::new()) };
    let contrast = compared(figures.contrast.as_ref())?;
    slices(corpus, contrast, &figures.hotspots.findings, field).map_err(|e| refused(&e))
}
