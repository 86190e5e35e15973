//! A behaviour that a person looks for across clusters.

use serde::{Deserialize, Serialize};

use super::{SampleIx, Void};

/// Texts chosen by a search or by hand, under a name; they stay in their clusters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// What the person calls it.
    pub name: String,
    /// Its texts, ascending.
    pub members: Vec<SampleIx>,
    /// How they were chosen, in a few words.
    pub chosen: String,
    /// Whether models' names and shares were hidden then.
    pub blind: bool,
}

impl Theme {
    /// Why it is not tested; `None` where its texts were chosen blindly.
    pub fn void(&self) -> Option<Void> {
        (!self.blind).then_some(Void::PostHoc)
    }
}

/// Number of a theme in its session.
pub type ThemeId = u32;
