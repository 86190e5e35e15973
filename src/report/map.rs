//! The map of a report: a drawing that needs no script, with a dot a text and the names of the largest clusters.

use super::builder::ReportBuilder;
use super::page::Dot;
use crate::cluster::Map;
use crate::model::ClusterId;
use crate::text::shorten;

/// Clusters named on it.
const NAMED: usize = 12;
/// Characters of a name.
const NAME: usize = 34;

impl ReportBuilder<'_> {
    /// Dots, and names where the middle of each large cluster lies.
    pub(super) fn map(&self, map: &Map) -> (Vec<Dot>, Vec<([f32; 2], String)>) {
        let contrast = self.figures.contrast.as_ref();
        let dots = map.samples.iter().zip(&map.coordinates).filter_map(|(&s, &place)| {
            let source = self.corpus.samples.get(s as usize)?.source;
            let side = contrast.and_then(|c| c.side(source)).unwrap_or(2);
            Some(Dot { place, side })
        });
        let mut ids: Vec<ClusterId> = self.partition.clusters().map(|c| c.id).collect();
        ids.sort_by_key(|&id| (std::cmp::Reverse(self.partition.size(id)), id));
        let names = ids.into_iter().take(NAMED).filter_map(|id| {
            let mut coordinates: Vec<[f32; 2]> = map
                .samples
                .iter()
                .zip(&map.coordinates)
                .filter(|(s, _)| self.partition.cluster_of(**s) == Some(id))
                .map(|(_, p)| *p)
                .collect();
            if coordinates.is_empty() {
                return None;
            }
            // The median stays inside where a mean would lie between two parts.
            let middle = [0, 1].map(|d| {
                coordinates.sort_by(|a, b| a[d].total_cmp(&b[d]));
                coordinates[coordinates.len() / 2][d]
            });
            let figures = self.figures.clusters.iter().find(|f| f.id == id);
            let label = crate::analysis::shown_label(self.partition.get(id)?, figures).0;
            Some((middle, shorten(&label, NAME).into_owned()))
        });
        (dots.collect(), names.collect())
    }
}
