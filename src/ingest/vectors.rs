//! Vectors that come with the samples: a list of numbers in a field, as `gander embed` writes it and others do.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::IngestError;
use super::sink::RawVector;
use crate::embed::Embedded;
use crate::linalg::{Vectors, at_length_one};

/// Field with the vector that `gander embed` writes.
pub const VECTOR: &str = "gander_vector";
/// Field with where the text stands, of the built-in embedder.
pub const STANCE: &str = "gander_stance";
/// Field with the share of the text that was read.
pub const COVERAGE: &str = "gander_coverage";
/// Field with the embedder's id.
pub const EMBEDDER: &str = "gander_embedder";

/// Vectors of all samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// What an embedder would have made.
    pub embedded: Embedded,
    /// The embedder's id, when the file names one.
    pub embedder: Option<String>,
}

/// The vector of a record: of the field named, or of the field that gander writes.
pub(super) fn of_record(
    map: &Map<String, Value>,
    named: Option<&str>,
    path: &Path,
    at: &dyn Fn() -> String,
) -> Result<Option<RawVector>, IngestError> {
    let field = named.unwrap_or(VECTOR);
    let bad = |why: String| IngestError::Vector { path: path.to_path_buf(), at: at(), why };
    let value = match map.get(field) {
        Some(v) => v,
        None if named.is_some() => return Err(bad(format!("there is no field “{field}” with a vector"))),
        None => return Ok(None),
    };
    let numbers = |field: &str, value: &Value| -> Result<Vec<f32>, IngestError> {
        let list = match value {
            Value::Array(list) => list,
            // In a table a list stands as text.
            Value::String(s) => match serde_json::from_str::<Vec<f32>>(s) {
                Ok(list) => return Ok(list),
                Err(_) => return Err(bad(format!("“{field}” is no list of numbers"))),
            },
            _ => return Err(bad(format!("“{field}” is no list of numbers"))),
        };
        let read: Option<Vec<f32>> = list.iter().map(|v| v.as_f64().map(|v| v as f32)).collect();
        read.ok_or_else(|| bad(format!("“{field}” is no list of numbers")))
    };
    Ok(Some(RawVector {
        values: numbers(field, value)?,
        stance: map.get(STANCE).map(|v| numbers(STANCE, v)).transpose()?.unwrap_or_default(),
        coverage: map.get(COVERAGE).and_then(Value::as_f64).unwrap_or(1.0) as f32,
        embedder: map.get(EMBEDDER).and_then(Value::as_str).map(str::to_owned),
    }))
}

/// Vectors met so far.
#[derive(Default)]
pub(super) struct Collected {
    samples: usize,
    dims: usize,
    values: Vec<f32>,
    stance_dims: usize,
    stance: Vec<f32>,
    coverage: Vec<f32>,
    embedder: Option<String>,
    zeros: usize,
}

impl Collected {
    /// Takes the next sample's vector, or notes that it has none: all have one, or none has.
    pub fn push(&mut self, path: &Path, id: &str, vector: Option<RawVector>) -> Result<(), IngestError> {
        let bad =
            |why: String| IngestError::Vector { path: PathBuf::from(path), at: format!("sample “{id}”"), why };
        let before = self.samples;
        self.samples += 1;
        let v = match vector {
            None if self.coverage.is_empty() => return Ok(()),
            None => return Err(bad("it has no vector, others have; give every sample one or none".into())),
            Some(_) if self.coverage.len() < before => {
                return Err(bad("it has a vector, others have none; give every sample one or none".into()));
            }
            Some(v) => v,
        };
        if before == 0 {
            (self.dims, self.stance_dims, self.embedder) = (v.values.len(), v.stance.len(), v.embedder.clone());
        }
        if v.values.len() != self.dims || v.stance.len() != self.stance_dims || self.dims < 2 {
            return Err(bad(format!(
                "its vector has {} numbers, others have {}; give all the same number, at least two",
                v.values.len(),
                self.dims
            )));
        }
        if v.embedder != self.embedder {
            return Err(bad("its vector was made by another embedder than the others; embed all with one".into()));
        }
        let row = at_length_one(self.dims, v.values)
            .map_err(|_| bad("its vector holds a number that is not finite".into()))?;
        self.zeros += usize::from(row.as_slice().iter().all(|v| *v == 0.0));
        self.values.extend_from_slice(row.as_slice());
        self.stance.extend(v.stance);
        self.coverage.push(v.coverage.clamp(0.0, 1.0));
        Ok(())
    }

    /// All vectors, when there are any.
    pub fn finish(self, notices: &mut Vec<String>) -> Option<Given> {
        if self.coverage.is_empty() {
            return None;
        }
        if self.zeros > 0 {
            notices.push(format!("{} vectors are zeros; their texts count as blank", self.zeros));
        }
        let stance = (self.stance_dims > 0).then(|| Vectors::new(self.stance_dims, self.stance));
        let vectors = Vectors::new(self.dims, self.values);
        Some(Given { embedded: Embedded { vectors, coverage: self.coverage, stance }, embedder: self.embedder })
    }
}
