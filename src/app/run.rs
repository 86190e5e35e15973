//! What is known of the run and may be shown of it: what every pane and every layer reads.

mod differences;

use std::collections::HashMap;
use std::sync::Arc;

pub use differences::DiffRow;

use crate::analysis::{Figures, Stage, shown_label};
use crate::cluster::Tree;
use crate::compare::ClusterFigures;
use crate::diagnostics::{Issue, Trust};
use crate::model::{
    Cluster, ClusterId, Contrast, Corpus, History, Opinion, Partition, PromptId, SampleIx, SourceId, Target,
    fingerprint,
};
use crate::text::Clean;

/// Pairs of clusters less alike than this are not worth a question.
const ALIKE: f32 = 0.6;

/// Two clusters and the cosine of their means.
pub type Pair = (ClusterId, ClusterId, f32);

/// How far the analysis is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// Working.
    Working {
        /// What on.
        stage: Stage,
        /// Texts done.
        done: usize,
        /// Texts in all.
        total: usize,
        /// Texts a second.
        rate: f64,
    },
    /// The clusters are there; [`Figures::coming`] says what is still being computed.
    Ready,
    /// It failed; the status line says why.
    Failed,
}

/// The run: samples, clusters, numbers.
#[derive(Debug)]
pub struct Run {
    /// Sources, prompts and samples; the texts are left in the session.
    pub corpus: Corpus,
    /// First line of each text, cleaned.
    pub heads: Vec<String>,
    /// The clusters now.
    pub partition: Arc<Partition>,
    /// Every edit.
    pub history: History,
    /// The tree.
    pub tree: Tree,
    /// The numbers.
    pub figures: Arc<Figures>,
    /// Samples of each prompt.
    pub by_prompt: HashMap<PromptId, Vec<SampleIx>>,
    /// How far the analysis is.
    pub phase: Phase,
    /// How far the comparison is that comes after the clusters: its stage, texts done, texts in all.
    pub comparing: Option<(Stage, usize, usize)>,
    /// Whether the numbers belong to an older state of the clusters.
    pub figures_stale: bool,
    /// Whether the rest of the numbers could not be computed.
    pub figures_failed: bool,
    /// Whether names and shares are hidden.
    pub blind: bool,
}

impl Run {
    /// Samples that are not clustered yet.
    pub fn new(corpus: Corpus, heads: Vec<String>) -> Self {
        let mut by_prompt: HashMap<PromptId, Vec<SampleIx>> = HashMap::new();
        for (i, s) in corpus.samples.iter().enumerate() {
            if let Some(p) = s.prompt {
                by_prompt.entry(p).or_default().push(i as SampleIx);
            }
        }
        let total = corpus.len();
        Self {
            // Until there are clusters, everything is in one, so that texts can be read.
            partition: Arc::new(Partition::new(vec![ClusterId(0); total], 1, 1)),
            corpus,
            heads,
            history: History::default(),
            tree: Tree::default(),
            figures: Arc::default(),
            by_prompt,
            phase: Phase::Working { stage: Stage::Embedding, done: 0, total, rate: 0.0 },
            comparing: None,
            figures_stale: false,
            figures_failed: false,
            blind: false,
        }
    }

    /// The two sides that are compared.
    pub fn contrast(&self) -> Option<&Contrast> {
        self.figures.contrast.as_ref()
    }

    /// Why no two sides are compared, when none are.
    pub fn not_compared(&self) -> Option<&'static str> {
        match (self.contrast(), self.phase) {
            (Some(_), _) if self.figures.coming.comparison => Some("The models are still being compared."),
            (Some(_), _) => None,
            (None, Phase::Ready) => Some("There is one model, so there is nothing to compare."),
            (None, Phase::Working { .. }) => Some("Differences come once the clusters are made."),
            (None, Phase::Failed) => Some("Without clusters there are no differences to show."),
        }
    }

    /// Numbers of a cluster, if they are known.
    pub fn figures_of(&self, id: ClusterId) -> Option<&ClusterFigures> {
        let list = &self.figures.clusters;
        list.binary_search_by_key(&id, |f| f.id).ok().map(|at| &list[at])
    }

    /// Trust in a cluster, once it is judged.
    pub fn trust_of(&self, id: ClusterId) -> Option<&Trust> {
        self.surroundings_of(id).filter(|_| !self.figures.coming.judgements.contains(&id))
    }

    /// Of the trust in a cluster what is known before it is judged: the clusters most like it, and texts of others that lie
    /// among its own.
    pub fn surroundings_of(&self, id: ClusterId) -> Option<&Trust> {
        let list = &self.figures.clusters;
        list.binary_search_by_key(&id, |f| f.id).ok().and_then(|at| self.figures.trust.get(at))
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
        let Some(c) = self.partition.get(id) else { return format!("cluster {id}") };
        if self.phase != Phase::Ready && self.figures.clusters.is_empty() {
            return "all texts".into();
        }
        Clean::one_line(&shown_label(c, self.figures_of(id)).0)
    }

    /// Shown instead of the p, q or interval of a cluster that is not tested; `None` where it is, or nothing is compared.
    pub fn not_tested(&self, id: ClusterId) -> Option<&'static str> {
        self.contrast().and_then(|_| self.figures.not_tested(&self.partition, id))
    }

    /// Number of texts of the two sides.
    pub fn side_sizes(&self) -> [usize; 2] {
        let size =
            |list: &[SourceId]| list.iter().filter_map(|s| self.corpus.sources.get(s.ix())).map(|s| s.samples).sum();
        self.contrast().map_or([0, 0], |c| [size(&c.left), size(&c.right)])
    }

    /// Texts of the two sides in a cluster, counted now, so that they are right even while other figures are computed.
    pub fn sides(&self, id: ClusterId) -> [u32; 2] {
        let mut n = [0, 0];
        if let Some(contrast) = self.contrast() {
            for &s in self.partition.members(id) {
                if let Some(side) = contrast.side(self.corpus.samples[s as usize].source) {
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
        let name = self.corpus.sources.get(s.ix()).map_or("?", |s| s.name.as_str());
        Clean::one_line(name)
    }

    /// The prompt of a sample.
    pub fn prompt(&self, s: SampleIx) -> Option<&str> {
        self.corpus.prompt_of(self.corpus.samples.get(s as usize)?)
    }

    /// One answer of each other source to the prompt of a sample: the one at the same place among its source's answers.
    pub fn partners(&self, s: SampleIx) -> Vec<SampleIx> {
        let Some(sample) = self.corpus.samples.get(s as usize) else { return Vec::new() };
        let Some(all) = sample.prompt.and_then(|p| self.by_prompt.get(&p)) else { return Vec::new() };
        let source = |s: SampleIx| self.corpus.samples[s as usize].source;
        let place = all.iter().filter(|&&o| source(o) == sample.source).position(|&o| o == s).unwrap_or(0);
        (0..self.corpus.sources.len() as u16)
            .map(SourceId)
            .filter(|&o| o != sample.source)
            .filter_map(|o| {
                let theirs: Vec<SampleIx> = all.iter().copied().filter(|&x| source(x) == o).collect();
                theirs.get(place).or_else(|| theirs.first()).copied()
            })
            .collect()
    }

    /// Whether every number is there and of the clusters as they are now.
    pub fn has_all_figures(&self) -> bool {
        self.phase == Phase::Ready && !self.figures_stale && self.figures.coming.is_over()
    }

    /// Whether a cluster is still to be judged: what is not shown of it may yet be found.
    pub fn is_unjudged(&self, id: ClusterId) -> bool {
        self.figures.coming.judgements.contains(&id) || (self.figures_stale && self.figures_of(id).is_none())
    }

    /// Clusters judged, and all of them, while some are still to be judged.
    pub fn judging(&self) -> Option<(usize, usize)> {
        let (open, all) = (self.figures.coming.judgements.len(), self.figures.clusters.len());
        (open > 0).then(|| (all - open, all))
    }

    /// Whether the numbers of clusters that are tested together may still change: with the sides that the models take in them.
    pub fn tests_may_change(&self) -> bool {
        self.figures_stale || !self.figures.coming.is_over()
    }

    /// Texts of other clusters whose nearest texts are nearly all in this one.
    pub fn strays_of(&self, id: ClusterId) -> Vec<SampleIx> {
        let elsewhere = |s: &SampleIx| self.partition.cluster_of(*s).is_some_and(|c| c != id);
        self.surroundings_of(id).map(|t| t.strays.iter().copied().filter(elsewhere).collect()).unwrap_or_default()
    }

    /// Pairs of clusters that may be one, the most alike first, less those that a person keeps apart.
    pub fn merge_candidates(&self) -> Vec<Pair> {
        let p = &self.partition;
        let mut pairs: Vec<Pair> = self
            .figures
            .clusters
            .iter()
            .zip(&self.figures.trust)
            .flat_map(|(f, t)| t.related.iter().map(|&(other, alike)| (f.id.min(other), f.id.max(other), alike)))
            .filter(|&(a, b, alike)| alike >= ALIKE && p.get(a).is_some() && p.get(b).is_some() && !p.kept_apart(a, b))
            .collect();
        pairs.sort_by(|x, y| y.2.total_cmp(&x.2).then((x.0, x.1).cmp(&(y.0, y.1))));
        pairs.dedup_by_key(|p| (p.0, p.1));
        pairs
    }

    pub(in crate::app) fn flagged(&self) -> Vec<ClusterId> {
        self.partition.clusters().filter(|c| c.flag.is_some()).map(|c| c.id).collect()
    }

    /// Whether an opinion is of the clusters as they are now.
    pub fn is_current(&self, o: &Opinion) -> bool {
        match &o.target {
            Target::Cluster(id) => fingerprint(self.partition.members(*id)) == o.members,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_compared_says_why_at_each_stage() {
        let mut run = Run::new(Corpus::default(), Vec::new());
        assert!(run.not_compared().is_some_and(|why| why.contains("once the clusters are made")));
        run.phase = Phase::Failed;
        assert!(run.not_compared().is_some_and(|why| why.contains("Without clusters")));
        run.phase = Phase::Ready;
        assert!(run.not_compared().is_some_and(|why| why.contains("one model")));
    }
}
