//! What is known of what stands on the screen: figures, names, texts, and what the cursor is on.

use std::sync::Arc;

use super::search::ListScope;
use super::state::{App, Pane, Phase, Tab};
use crate::analysis::shown_label;
use crate::compare::ClusterFigures;
use crate::diagnostics::{Issue, Trust};
use crate::model::{Cluster, ClusterId, Contrast, SampleIx, SourceId};
use crate::text::Clean;

impl App {
    /// The two sides that are compared.
    pub fn contrast(&self) -> Option<&Contrast> {
        self.data.figures.contrast.as_ref()
    }

    /// Why no two sides are compared, when none are.
    pub fn not_compared(&self) -> Option<&'static str> {
        match (self.contrast(), self.phase) {
            (Some(_), _) if self.data.figures.coming.comparison => Some("The models are still being compared."),
            (Some(_), _) => None,
            (None, Phase::Ready) => Some("There is one model, so there is nothing to compare."),
            (None, Phase::Working { .. }) => Some("Differences come once the clusters are made."),
            (None, Phase::Failed) => Some("Without clusters there are no differences to show."),
        }
    }

    /// Numbers of a cluster, if they are known.
    pub fn figures_of(&self, id: ClusterId) -> Option<&ClusterFigures> {
        let list = &self.data.figures.clusters;
        list.binary_search_by_key(&id, |f| f.id).ok().map(|at| &list[at])
    }

    /// Trust in a cluster, once it is judged.
    pub fn trust_of(&self, id: ClusterId) -> Option<&Trust> {
        self.surroundings_of(id).filter(|_| !self.data.figures.coming.judgements.contains(&id))
    }

    /// Of the trust in a cluster what is known before it is judged: the clusters most like it, and texts of others that lie
    /// among its own.
    pub fn surroundings_of(&self, id: ClusterId) -> Option<&Trust> {
        let list = &self.data.figures.clusters;
        list.binary_search_by_key(&id, |f| f.id).ok().and_then(|at| self.data.figures.trust.get(at))
    }

    /// Reasons to call a cluster impure.
    pub fn why_impure(&self, c: &Cluster) -> Vec<Issue> {
        match self.trust_of(c.id) {
            Some(t) => t.why(c.flag.is_some()),
            None => Trust::default().why(c.flag.is_some()),
        }
    }

    /// The label shown for a cluster, safe to print.
    pub fn label(&self, id: ClusterId) -> String {
        let Some(c) = self.data.partition.get(id) else { return format!("cluster {id}") };
        if self.phase != Phase::Ready && self.data.figures.clusters.is_empty() {
            return "all texts".into();
        }
        Clean::one_line(&shown_label(c, self.figures_of(id)).0)
    }

    /// Shown instead of the p, q or interval of a cluster that is not tested; `None` where it is, or nothing is compared.
    pub fn not_tested(&self, id: ClusterId) -> Option<&'static str> {
        self.contrast().and_then(|_| self.data.figures.not_tested(&self.data.partition, id))
    }

    /// Number of texts of the two sides.
    pub fn side_sizes(&self) -> [usize; 2] {
        let size = |list: &[SourceId]| {
            list.iter().filter_map(|s| self.data.corpus.sources.get(s.ix())).map(|s| s.samples).sum()
        };
        self.contrast().map_or([0, 0], |c| [size(&c.left), size(&c.right)])
    }

    /// Texts of the two sides in a cluster, counted now, so that they are right even while other figures are computed.
    pub fn sides(&self, id: ClusterId) -> [u32; 2] {
        let mut n = [0, 0];
        if let Some(contrast) = self.contrast() {
            for &s in self.data.partition.members(id) {
                if let Some(side) = contrast.side(self.data.corpus.samples[s as usize].source) {
                    n[side] += 1;
                }
            }
        }
        n
    }

    /// Name of a source, hidden in blind mode.
    pub fn source_name(&self, s: SourceId) -> String {
        if self.blind {
            return "model ?".into();
        }
        let name = self.data.corpus.sources.get(s.ix()).map_or("?", |s| s.name.as_str());
        Clean::one_line(name)
    }

    /// The safe text of a sample, when it has been read.
    pub fn text(&self, s: SampleIx) -> Option<&Arc<Clean>> {
        self.texts.get(&s)
    }

    /// The prompt of a sample.
    pub fn prompt(&self, s: SampleIx) -> Option<&str> {
        self.data.corpus.prompt_of(self.data.corpus.samples.get(s as usize)?)
    }

    /// The cluster under the cursor.
    pub fn current_cluster(&self) -> Option<ClusterId> {
        match self.tab {
            Tab::Clusters if self.members.listed != ListScope::Row && self.focus != Pane::List => {
                self.current_sample().and_then(|s| self.data.partition.cluster_of(s))
            }
            Tab::Clusters => self.current_cluster_in_list(),
            Tab::Differences | Tab::Map => self.current_sample().and_then(|s| self.data.partition.cluster_of(s)),
            Tab::Jobs => None,
        }
    }

    /// The cluster under the cursor of the list of clusters, which may not be shown.
    pub(super) fn current_cluster_in_list(&self) -> Option<ClusterId> {
        self.clusters.order.get(self.clusters.cursor).copied()
    }

    /// The sample under the cursor.
    pub fn current_sample(&self) -> Option<SampleIx> {
        self.members.order.get(self.members.cursor).copied()
    }

    /// One answer of each other source to the prompt of a sample: the one at the same place among its source's answers.
    pub fn partners(&self, s: SampleIx) -> Vec<SampleIx> {
        let Some(sample) = self.data.corpus.samples.get(s as usize) else { return Vec::new() };
        let Some(all) = sample.prompt.and_then(|p| self.data.by_prompt.get(&p)) else { return Vec::new() };
        let source = |s: SampleIx| self.data.corpus.samples[s as usize].source;
        let place = all.iter().filter(|&&o| source(o) == sample.source).position(|&o| o == s).unwrap_or(0);
        (0..self.data.corpus.sources.len() as u16)
            .map(SourceId)
            .filter(|&o| o != sample.source)
            .filter_map(|o| {
                let theirs: Vec<SampleIx> = all.iter().copied().filter(|&x| source(x) == o).collect();
                theirs.get(place).or_else(|| theirs.first()).copied()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Msg;
    use crate::model::Corpus;

    #[test]
    fn what_is_not_compared_says_why_at_each_stage() {
        let mut app = App::new(Corpus::default(), Vec::new(), (80, 24));
        assert!(app.not_compared().is_some_and(|why| why.contains("once the clusters are made")));
        app.update(Msg::JobFailed("the disk is full".into()), 0);
        assert!(app.not_compared().is_some_and(|why| why.contains("Without clusters")));
        app.phase = Phase::Ready;
        assert!(app.not_compared().is_some_and(|why| why.contains("one model")));
    }
}
