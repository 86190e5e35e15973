//! The numbers of a partition, made from a study.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::naming::{CANDIDATES, Draft, Meanings};
use super::study::{Study, TERMS};
use crate::compare::{
    Channel, ClusterFigures, Design, Finding, Hotspots, Overall, Pairing, Shift, Span, Stance, Terms, ThemeFigures,
    adjust, cluster_figures, exemplars, relist, shift_within, theme_figures, words_of,
};
use crate::embed::{Embedder, Unreadable};
use crate::model::{ClusterId, Contrast, Partition, SampleIx, Void};
use crate::trust::{Trust, TrustContext, in_halves, strays};

/// Nearest clusters kept for a cluster.
const RELATED: usize = 12;
/// Columns of a sentence that names a finding.
const QUOTED: usize = 70;
/// Typical texts kept for a cluster.
const EXEMPLARS: usize = 5;

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
    pub hotspots: Hotspots,
    /// What to read first.
    pub review: Vec<SampleIx>,
    /// Share of the true nearest texts that were found, when not all pairs were compared.
    #[serde(default)]
    pub recall: Option<f32>,
    /// How much of the texts the embedder could not read, where that is too much.
    #[serde(default)]
    pub unreadable: Option<Unreadable>,
}

impl Figures {
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

/// Results by members, so that an edit recomputes only what it touched and undo costs nothing.
#[derive(Default)]
pub struct FigureCache {
    inner: HashMap<(u64, u64), Cached>,
    /// Terms of regions.
    regions: HashMap<u64, Vec<String>>,
}

/// What may name a cluster and, where no person did, each half of it.
struct Drafts {
    of: Vec<Draft>,
    /// Mean of the texts around the cluster.
    around: Vec<f32>,
}

impl Drafts {
    fn named(&self, meanings: &Meanings) -> Vec<Terms> {
        self.of.iter().map(|draft| meanings.choose(draft, &self.around, TERMS)).collect()
    }
}

#[derive(Clone)]
struct Cached {
    terms: Vec<String>,
    exemplars: Vec<SampleIx>,
    shift: Option<Shift>,
    stance: Option<Stance>,
    trust: Trust,
}

impl Study {
    /// All numbers of a partition.
    pub fn figures(&self, p: &Partition, embedder: &dyn Embedder, cache: &mut FigureCache) -> Figures {
        let design = self.comparison.as_ref().map(|c| &c.design);
        let factor = self.comparison.as_ref().map_or(1.0, |c| c.hotspots.cluster_factor());
        let mut clusters = cluster_figures(&self.corpus, design, self.rounds.as_ref(), p, factor);
        let context = self.trust_context(p, embedder);
        let contrast = self.comparison.as_ref().map(|c| hash(&format!("{:?}", c.contrast))).unwrap_or(0);
        let known: Vec<Option<Cached>> = clusters
            .iter()
            .map(|f| cache.inner.get(&(contrast, hash(&(p.members(f.id), label_of(p, f))))).cloned())
            .collect();
        let drafts: Vec<Option<Drafts>> = clusters
            .par_iter()
            .zip(&known)
            .map(|(f, known)| if known.is_some() { None } else { self.drafts(p, f, &context) })
            .collect();
        let meanings = Meanings::of(drafts.iter().flatten().flat_map(|d| &d.of), embedder);
        let fresh: Vec<Cached> = clusters
            .par_iter()
            .zip(drafts)
            .zip(known)
            .map(|((f, drafts), known)| {
                known.unwrap_or_else(|| self.compute(p, f, &context, drafts.map(|d| d.named(&meanings))))
            })
            .collect();
        let mut trust = Vec::with_capacity(fresh.len());
        for (f, c) in clusters.iter_mut().zip(fresh) {
            f.terms.clone_from(&c.terms);
            f.exemplars.clone_from(&c.exemplars);
            f.shift = c.shift.filter(|_| p.void(f.id).is_none());
            f.stance = c.stance.clone().filter(|_| p.void(f.id).is_none());
            trust.push(c.trust.clone());
            cache.inner.insert((contrast, hash(&(p.members(f.id), label_of(p, f)))), c);
        }
        if clusters.iter().any(|f| f.stance.is_some()) {
            adjust(&mut clusters, p, factor);
        }
        let related = self.related(p);
        let mut strays = strays(&self.vectors, &self.neighbours, p);
        for ((t, r), f) in trust.iter_mut().zip(related).zip(&clusters) {
            t.related = r;
            t.strays = strays.remove(&f.id).unwrap_or_default();
        }
        if self.unreadable.is_some() {
            clusters.iter_mut().for_each(ClusterFigures::untest);
            trust.iter_mut().for_each(|t| *t = Trust { phrasing: t.phrasing.take(), ..Trust::default() });
        }
        let mut hotspots = self.hotspots(embedder, cache);
        if let Some(design) = design {
            let stances = self.stances(design, &clusters);
            hotspots.findings = relist(design, hotspots.findings, stances);
        }
        Figures {
            clusters,
            trust,
            themes: theme_figures(&self.corpus, design, p),
            contrast: self.comparison.as_ref().map(|c| c.contrast.clone()),
            pairing: design.map(|d| d.pairing().clone()),
            overall: self.comparison.as_ref().and_then(|c| c.overall),
            hotspots,
            review: self.comparison.as_ref().map(|c| c.review.clone()).unwrap_or_default(),
            recall: Some(self.near.as_ref().unwrap_or(&self.neighbours).recall()).filter(|r| *r < 1.0),
            unreadable: self.unreadable,
        }
    }

    /// What was found without clusters; regions are named, as clusters are, against the texts around them.
    fn hotspots(&self, embedder: &dyn Embedder, cache: &mut FigureCache) -> Hotspots {
        let mut hotspots = self.comparison.as_ref().map(|c| c.hotspots.clone()).unwrap_or_default();
        let mut regions: Vec<_> = hotspots.findings.iter_mut().filter(|f| f.channel == Channel::Region).collect();
        let drafts: Vec<(u64, Drafts)> = regions
            .par_iter()
            .map(|f| (hash(&f.members), f))
            .filter(|(key, _)| !cache.regions.contains_key(key))
            .map(|(key, f)| (key, self.region(&f.members)))
            .collect();
        let meanings = Meanings::of(drafts.iter().flat_map(|(_, d)| &d.of), embedder);
        for (key, draft) in drafts {
            cache.regions.insert(key, draft.named(&meanings).swap_remove(0).0);
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

    /// What may name a region, and its surroundings: the nearest texts of its own that are not in it.
    fn region(&self, members: &[SampleIx]) -> Drafts {
        let mut within = vec![false; self.corpus.len()];
        members.iter().for_each(|&s| within[s as usize] = true);
        let near = members.iter().flat_map(|&s| self.neighbours.of(s as usize)).copied();
        let mut around: Vec<SampleIx> = near.filter(|&s| !std::mem::replace(&mut within[s as usize], true)).collect();
        around.sort_unstable();
        Drafts { of: vec![self.draft(members)], around: self.vectors.unit_mean(&around) }
    }

    fn draft(&self, group: &[SampleIx]) -> Draft {
        Draft::new(Terms::candidates(&self.lexicon, group, CANDIDATES), &self.vectors, group)
    }

    /// The nearest clusters of each cluster, by the cosine of their means.
    pub(super) fn related(&self, p: &Partition) -> Vec<Vec<(ClusterId, f32)>> {
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

    /// Terms that may name a cluster; absent where it has no words.
    fn drafts(&self, p: &Partition, f: &ClusterFigures, context: &TrustContext) -> Option<Drafts> {
        let members = p.members(f.id);
        if members.iter().all(|&s| self.row_of[s as usize].is_none()) {
            return None;
        }
        let around = self.vectors.unit_mean(&context.outsiders(f.id, members.len()));
        let mut of = vec![self.draft(members)];
        if label_of(p, f).is_none() {
            of.extend(in_halves(members, &self.places).map(|half| self.draft(&half)));
        }
        Some(Drafts { of, around })
    }

    fn compute(&self, p: &Partition, f: &ClusterFigures, context: &TrustContext, named: Option<Vec<Terms>>) -> Cached {
        let members = p.members(f.id);
        let shift = self
            .comparison
            .as_ref()
            .and_then(|c| shift_within(&c.design, &c.permutations, &self.space, &self.row_of, members));
        let mut named = named.unwrap_or_default().into_iter();
        let terms = named.next().unwrap_or_else(|| self.terms(members));
        let halves: Vec<String> = named.map(|t| t.label()).collect();
        let mut trust = match label_of(p, f) {
            Some(label) => context.judge(f.id, label, None),
            None => context.judge(f.id, &terms.label(), <&[String; 2]>::try_from(halves.as_slice()).ok()),
        };
        let mut stance = None;
        if let Some(opposition) = &mut trust.opposition {
            let design = self.comparison.as_ref().map(|c| &c.design);
            stance = design.and_then(|d| Stance::of(d, &opposition.sides));
            if !opposition.is_opposed() {
                opposition.sides = Default::default();
            }
        }
        Cached { terms: terms.0, exemplars: exemplars(&self.vectors, members, EXEMPLARS), shift, stance, trust }
    }
}

fn label_of<'a>(p: &'a Partition, f: &ClusterFigures) -> Option<&'a str> {
    p.get(f.id).and_then(|c| c.label.as_deref())
}

fn hash(value: &impl Hash) -> u64 {
    let mut h = DefaultHasher::new();
    value.hash(&mut h);
    h.finish()
}
