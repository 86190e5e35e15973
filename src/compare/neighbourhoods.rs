//! The texts around each text that take part in a contrast.

use rayon::prelude::*;

use super::design::Design;
use crate::cluster::Neighbours;
use crate::model::SampleIx;

/// The texts around each text that take part in the contrast and are not blank.
pub(super) struct Neighbourhoods {
    lists: Vec<Vec<SampleIx>>,
}

impl Neighbourhoods {
    pub fn new(design: &Design, neighbours: &Neighbours, blank: &[bool]) -> Self {
        let usable = |s: SampleIx| design.takes_part(s) && !blank[s as usize];
        let lists = (0..design.len() as u32)
            .into_par_iter()
            .map(|s| {
                if usable(s) {
                    neighbours.of(s as usize).iter().copied().filter(|&j| usable(j)).collect()
                } else {
                    Vec::new()
                }
            })
            .collect();
        Self { lists }
    }

    /// As given.
    #[cfg(test)]
    pub fn of_lists(lists: Vec<Vec<SampleIx>>) -> Self {
        Self { lists }
    }

    /// The nearest texts of a text, itself first.
    pub fn of(&self, s: SampleIx) -> &[SampleIx] {
        &self.lists[s as usize]
    }
}
