//! The numbers of a partition, made from a study.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::judgements::{FigureCache, Judged, hash};
use super::naming::{Draft, Meanings};
use super::study::{Study, TERMS};
use crate::compare::{
    Channel, ClusterFigures, Design, Finding, Findings, Overall, Pairing, SHOWN, Span, ThemeFigures, adjust,
    cluster_figures, exemplars, relist, theme_figures, words_of,
};
use crate::diagnostics::{Trust, strays};
use crate::embed::{Embedder, Unreadable};
use crate::model::{Cluster, ClusterId, Contrast, LabelBy, Partition, SampleIx, Void};

/// Nearest clusters kept for a cluster.
const RELATED: usize = 12;
/// Columns of a sentence that names a finding.
const QUOTED: usize = 70;

/// The numbers on the screen; kept in the session so that it opens at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// One row a cluster, by number.
    pub clusters: Vec<ClusterFigures>,
    /// Whether each cluster is what its label says, in the same order.
    pub trust: Vec<Trust>,
    /// Themes, by number.
    #[serde(default)]
    pub themes: Vec<ThemeFigures>,
    /// The comparison they belong to.
    pub contrast: Option<Contrast>,
    /// How the sides are matched.
    pub pairing: Option<Pairing>,
    /// Is there any difference at all?
    pub overall: Option<Overall>,
    /// Findings without clusters.
    pub hotspots: Findings,
    /// What to read first.
    pub review: Vec<SampleIx>,
    /// Share of the true nearest texts that were found, when not all pairs were compared.
    #[serde(default)]
    pub recall: Option<f32>,
    /// How much of the texts the embedder could not read, where that is too much.
    #[serde(default)]
    pub unreadable: Option<Unreadable>,
    /// What is still being computed; nothing in the figures of a finished run.
    #[serde(skip)]
    pub coming: Coming,
}

impl Figures {
    /// What a session keeps of them before the models are compared and the clusters judged: without a contrast, so that
    /// nobody takes what is missing for what was not found.
    pub(crate) fn unfinished(&self) -> Self {
        Self { contrast: None, trust: Vec::new(), coming: Coming::default(), ..self.clone() }
    }

    /// Figures of a session that was left before they were finished, with everything still to come.
    pub fn resumed(mut self, contrast: Option<Contrast>) -> Self {
        self.coming.judgements = self.clusters.iter().map(|f| f.id).collect();
        self.coming.comparison = contrast.is_some();
        self.trust.resize_with(self.clusters.len(), Trust::default);
        Self { contrast, ..self }
    }

    /// Whether they were kept before they were finished.
    pub fn is_unfinished(&self) -> bool {
        self.trust.len() < self.clusters.len()
    }

    /// Takes judgements that have come since.
    pub fn take(&mut self, found: Vec<Judged>) {
        for judged in found {
            let Ok(at) = self.clusters.binary_search_by_key(&judged.cluster, |f| f.id) else { continue };
            self.coming.judgements.remove(&judged.cluster);
            let (Some(f), Some(known)) = (self.clusters.get_mut(at), self.trust.get_mut(at)) else { continue };
            let (related, strays) = (std::mem::take(&mut known.related), std::mem::take(&mut known.strays));
            *known = Trust { related, strays, ..judged.trust };
            (f.shift, f.stance) = (judged.shift, judged.stance);
        }
    }

    /// Whether they are those of a partition: they have no test where the history of edits leaves none.
    pub fn fit(&self, p: &Partition) -> bool {
        self.clusters.iter().all(|f| f.p.is_none() || p.void(f.id).is_none())
    }

    /// Shown instead of the p, q or interval of a cluster that is not tested; `None` where it is.
    pub fn not_tested(&self, p: &Partition, id: ClusterId) -> Option<&'static str> {
        let unreadable = self.unreadable.map(|_| "unreadable: not tested");
        unreadable.or_else(|| p.void(id).map(Void::describe))
    }
}

/// What of some figures is still being computed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coming {
    /// Whether the models are still to be compared.
    pub comparison: bool,
    /// Clusters that are still to be judged: their trust, and how the models differ inside.
    pub judgements: BTreeSet<ClusterId>,
}

impl Coming {
    /// Whether nothing is.
    pub fn is_over(&self) -> bool {
        !self.comparison && self.judgements.is_empty()
    }
}

impl Study {
    /// All numbers of a partition.
    pub fn figures(&self, p: &Partition, embedder: &dyn Embedder, cache: &mut FigureCache) -> Figures {
        self.name(p, embedder, cache);
        let all: Vec<ClusterId> = p.clusters().map(|c| c.id).collect();
        self.judge(p, &all, embedder, cache);
        self.figures_so_far(p, embedder, cache)
    }

    /// The numbers of a partition, with the judgements that are known already; [`Figures::coming`] says which are not.
    pub(crate) fn figures_so_far(&self, p: &Partition, embedder: &dyn Embedder, cache: &mut FigureCache) -> Figures {
        self.name(p, embedder, cache);
        let design = self.comparison.as_ref().map(|c| &c.design);
        let factor = self.comparison.as_ref().map_or(1.0, |c| c.hotspots.cluster_factor());
        let mut clusters = cluster_figures(&self.corpus, design, self.rounds.as_ref(), p, factor);
        let mut coming = Coming { comparison: self.expected().is_some(), judgements: BTreeSet::new() };
        let related = self.related(p);
        let mut strays = strays(&self.vectors, &self.neighbours, p);
        let mut trust = Vec::with_capacity(clusters.len());
        for (f, related) in clusters.iter_mut().zip(related) {
            if let Some(named) = cache.named(p, f.id) {
                f.terms.clone_from(&named.terms.0);
                f.exemplars.clone_from(&named.exemplars);
            }
            let mut known = Trust::default();
            match self.judged(p, f.id, cache) {
                Some(judged) => (known, f.shift, f.stance) = (judged.trust, judged.shift, judged.stance),
                None => _ = coming.judgements.insert(f.id),
            }
            // Of texts that cannot be read the vectors say nothing.
            if self.unreadable.is_none() {
                (known.related, known.strays) = (related, strays.remove(&f.id).unwrap_or_default());
            }
            trust.push(known);
        }
        // What is inside a cluster counts when all clusters are judged: a q of some of them would be too low.
        if coming.judgements.is_empty() && clusters.iter().any(|f| f.stance.is_some() || f.shift.is_some()) {
            adjust(&mut clusters, p, factor);
        }
        if self.unreadable.is_some() {
            clusters.iter_mut().for_each(ClusterFigures::untest);
        }
        let mut hotspots = self.hotspots(embedder, cache);
        if let Some(design) = design {
            let stances = self.stances(design, &clusters);
            hotspots.findings = relist(design, hotspots.findings, stances);
        }
        let text = |s: SampleIx| self.corpus.samples[s as usize].text.as_str();
        hotspots.findings.iter_mut().for_each(|f| f.name(text));
        if cache.known.is_empty() {
            cache.known.clone_from(&self.known);
        }
        cache.known.recognise(&mut hotspots.findings);
        Figures {
            clusters,
            trust,
            themes: theme_figures(&self.corpus, design, p),
            contrast: self.comparison.as_ref().map(|c| &c.contrast).or(self.expected()).cloned(),
            pairing: design.map(|d| d.pairing().clone()),
            overall: self.comparison.as_ref().and_then(|c| c.overall),
            hotspots,
            review: self.comparison.as_ref().map(|c| c.review.clone()).unwrap_or_default(),
            recall: Some(self.near.as_ref().unwrap_or(&self.neighbours).recall()).filter(|r| *r < 1.0),
            unreadable: self.unreadable,
            coming,
        }
    }

    /// What was found without clusters; regions are named, as clusters are, against the texts around them.
    fn hotspots(&self, embedder: &dyn Embedder, cache: &mut FigureCache) -> Findings {
        let mut hotspots = self.comparison.as_ref().map(|c| c.hotspots.clone()).unwrap_or_default();
        let mut regions: Vec<_> = hotspots.findings.iter_mut().filter(|f| f.channel == Channel::Region).collect();
        let drafts: Vec<(u64, Draft, Vec<f32>)> = regions
            .par_iter()
            .map(|f| (hash(&f.members), f))
            .filter(|(key, _)| !cache.regions.contains_key(key))
            .map(|(key, f)| (key, self.draft(&f.members), self.around(&f.members)))
            .collect();
        let meanings = Meanings::of(drafts.iter().map(|d| &d.1), embedder);
        for (key, draft, around) in drafts {
            cache.regions.insert(key, meanings.choose(&draft, &around, TERMS).0);
        }
        for f in &mut regions {
            f.terms = cache.regions.get(&hash(&f.members)).cloned().unwrap_or_default();
        }
        for f in hotspots.findings.iter_mut().filter(|f| f.channel == Channel::Sentence) {
            f.terms = self.sentence_title(&f.sentences);
        }
        hotspots
    }

    /// Clusters in which the models take different sides, as differences.
    fn stances(&self, design: &Design, clusters: &[ClusterFigures]) -> Vec<Finding> {
        let of = |f: &ClusterFigures| {
            let mut found = f.stance.as_ref()?.finding(design, clusters.len())?;
            let own: Vec<SampleIx> =
                found.members.iter().copied().filter(|&s| design.side(s) == found.toward).collect();
            let typical = exemplars(&self.vectors, &own, 1);
            let said = typical.first().map_or("", |&s| self.corpus.samples[s as usize].text.as_str());
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            found.terms = vec![format!("“{}”", crate::text::truncate(&said, QUOTED))];
            Some(found)
        };
        clusters.iter().filter_map(of).collect()
    }

    /// Where in their answers sentences stand, and the most telling of them.
    fn sentence_title(&self, spans: &[Span]) -> Vec<String> {
        let text = |s: &Span| self.corpus.samples[s.sample as usize].text.as_str();
        let opens = |s: &&Span| text(s)[..s.bytes[0] as usize].trim().is_empty();
        let closes = |s: &&Span| text(s).get(s.bytes[1] as usize..).is_none_or(|rest| rest.trim().is_empty());
        let most = |f: &dyn Fn(&&Span) -> bool| spans.iter().filter(f).count() * 5 >= spans.len() * 4;
        let place = match (most(&opens), most(&closes)) {
            (true, false) => "opens like",
            (false, true) => "closes like",
            _ => "a sentence like",
        };
        let quoted = spans.first().map_or("", |s| words_of(&self.corpus, *s));
        let quoted = quoted.split_whitespace().collect::<Vec<_>>().join(" ");
        vec![place.to_owned(), format!("“{}”", crate::text::truncate(&quoted, QUOTED))]
    }

    /// The surroundings of a region, as their mean: the nearest texts of its own that are not in it.
    fn around(&self, members: &[SampleIx]) -> Vec<f32> {
        let mut within = vec![false; self.corpus.len()];
        members.iter().for_each(|&s| within[s as usize] = true);
        let near = members.iter().flat_map(|&s| self.neighbours.of(s as usize)).copied();
        let mut around: Vec<SampleIx> = near.filter(|&s| !std::mem::replace(&mut within[s as usize], true)).collect();
        around.sort_unstable();
        self.vectors.unit_mean(&around)
    }

    /// The nearest clusters of each cluster, by the cosine of their means.
    pub(crate) fn related(&self, p: &Partition) -> Vec<Vec<(ClusterId, f32)>> {
        let ids: Vec<ClusterId> = p.clusters().map(|c| c.id).collect();
        let means: Vec<Vec<f32>> = ids.par_iter().map(|&id| self.vectors.unit_mean(p.members(id))).collect();
        (0..ids.len())
            .into_par_iter()
            .map(|i| {
                let mut near: Vec<(ClusterId, f32)> = (0..ids.len())
                    .filter(|&j| j != i)
                    .map(|j| (ids[j], means[i].iter().zip(&means[j]).map(|(a, b)| a * b).sum()))
                    .collect();
                near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                near.truncate(RELATED);
                near
            })
            .collect()
    }
}

/// The label that is shown: a person's or a model's, or else the distinctive terms; and who wrote it.
pub fn shown_label(c: &Cluster, f: Option<&ClusterFigures>) -> (String, LabelBy) {
    match (&c.label, f) {
        (Some(label), _) => (label.clone(), c.by.clone()),
        (None, Some(f)) if !f.terms.is_empty() => (f.terms[..f.terms.len().min(SHOWN)].join(" · "), LabelBy::Terms),
        (None, Some(_)) => ("(no words in common)".to_owned(), LabelBy::Terms),
        (None, None) => (format!("cluster {}", c.id), LabelBy::Terms),
    }
}
