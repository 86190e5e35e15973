//! Fields of the records that samples came from: settings, scores, categories.

use serde::{Deserialize, Serialize};

/// One field of the records, a value a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; parts of a nested one are joined by dots.
    pub name: String,
    /// Its values, in the order of the samples.
    pub values: FieldValues,
}

/// The values of a field; `None` where a record has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldValues {
    /// Numbers.
    Numbers(Vec<Option<f64>>),
    /// True or false.
    Flags(Vec<Option<bool>>),
    /// One of a few strings.
    Categories {
        /// The strings, sorted.
        names: Vec<String>,
        /// For each sample its index into `names`.
        of: Vec<Option<u32>>,
    },
}

impl FieldValues {
    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Flags(v) => v.len(),
            Self::Categories { of, .. } => of.len(),
        }
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a sample, as it is shown.
    pub fn shown(&self, sample: usize) -> Option<String> {
        match self {
            Self::Numbers(v) => (*v.get(sample)?).map(|n| n.to_string()),
            Self::Flags(v) => (*v.get(sample)?).map(|f| f.to_string()),
            Self::Categories { names, of } => names.get((*of.get(sample)?)? as usize).cloned(),
        }
    }
}
