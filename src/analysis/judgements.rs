//! Names and judgements of clusters. They are kept by members, so that an edit works out only what it touched and undo costs
//! nothing.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::naming::{CANDIDATES, Draft, Meanings};
use super::study::{Study, TERMS};
use crate::compare::{KnownFindings, Shift, Stance, Terms, exemplars, shift_within};
use crate::diagnostics::{Opposition, Trust, TrustContext, in_halves};
use crate::embed::Embedder;
use crate::model::{ClusterId, Partition, SampleIx};

/// Typical texts kept for a cluster.
const EXEMPLARS: usize = 5;

/// What was worked out of clusters and regions.
#[derive(Default)]
pub struct FigureCache {
    /// By members.
    named: HashMap<u64, Named>,
    /// By members and label.
    trust: HashMap<u64, Trust>,
    /// By contrast and members.
    inside: HashMap<u64, Inside>,
    /// Terms of regions, by members.
    pub(crate) regions: HashMap<u64, Vec<String>>,
    /// Findings that were listed before.
    pub(crate) known: KnownFindings,
}

/// What a cluster is called.
#[derive(Clone)]
pub(crate) struct Named {
    /// Terms, the best first.
    pub terms: Terms,
    /// Its most typical texts.
    pub exemplars: Vec<SampleIx>,
    /// Mean of the texts around it.
    around: Vec<f32>,
}

/// How the models differ inside a cluster.
#[derive(Clone)]
struct Inside {
    shift: Option<Shift>,
    stance: Option<Stance>,
}

/// What is known of a cluster once it is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The cluster.
    pub cluster: ClusterId,
    /// Whether it is what its label says; without what follows from where other clusters are.
    pub trust: Trust,
    /// Do the models differ inside?
    pub shift: Option<Shift>,
    /// Do they take different sides inside?
    pub stance: Option<Stance>,
}

impl FigureCache {
    pub(crate) fn named(&self, p: &Partition, id: ClusterId) -> Option<&Named> {
        self.named.get(&hash(p.members(id)))
    }
}

impl Study {
    /// Names clusters that have no name yet.
    pub(crate) fn name(&self, p: &Partition, embedder: &dyn Embedder, cache: &mut FigureCache) {
        let context = self.trust_context(p, embedder);
        let nameless: Vec<ClusterId> = p.clusters().map(|c| c.id).filter(|id| cache.named(p, *id).is_none()).collect();
        let drafts: Vec<(ClusterId, Vec<f32>, Option<Draft>)> = nameless
            .into_par_iter()
            .map(|id| {
                let members = p.members(id);
                let around = self.vectors.unit_mean(&context.outsiders(id, members.len()));
                (id, around, self.has_words(members).then(|| self.draft(members)))
            })
            .collect();
        let meanings = Meanings::of(drafts.iter().filter_map(|d| d.2.as_ref()), embedder);
        let named: Vec<(u64, Named)> = drafts
            .into_par_iter()
            .map(|(id, around, draft)| {
                let members = p.members(id);
                let terms = draft.map_or_else(|| self.terms(members), |draft| meanings.choose(&draft, &around, TERMS));
                let exemplars = exemplars(&self.vectors, members, EXEMPLARS);
                (hash(members), Named { terms, exemplars, around })
            })
            .collect();
        cache.named.extend(named);
    }

    /// The clusters that are not judged yet, in order of number.
    pub(crate) fn unjudged(&self, p: &Partition, cache: &FigureCache) -> impl Iterator<Item = ClusterId> {
        let is_judged = |id: ClusterId| {
            cache.trust.contains_key(&trust_key(p, id)) && cache.inside.contains_key(&self.inside_key(p, id))
        };
        p.clusters().map(|c| c.id).filter(move |&id| !is_judged(id))
    }

    /// Judges clusters that have a name ([`Self::name`]).
    pub(crate) fn judge(&self, p: &Partition, ids: &[ClusterId], embedder: &dyn Embedder, cache: &mut FigureCache) {
        let context = self.trust_context(p, embedder);
        let untold: Vec<ClusterId> =
            ids.iter().copied().filter(|&id| !cache.trust.contains_key(&trust_key(p, id))).collect();
        let halves: Vec<Option<[Draft; 2]>> = untold
            .par_iter()
            .map(|&id| {
                let members = p.members(id);
                (label_of(p, id).is_none() && self.has_words(members))
                    .then(|| in_halves(members, &self.ranks).map(|half| self.draft(&half)))
            })
            .collect();
        let meanings = Meanings::of(halves.iter().flatten().flatten(), embedder);
        let trust: Vec<(u64, Trust)> = untold
            .par_iter()
            .zip(&halves)
            .map(|(&id, halves)| (trust_key(p, id), self.trust(id, halves.as_ref(), &meanings, &context, cache)))
            .collect();
        cache.trust.extend(trust);
        let inside: Vec<(u64, Inside)> = ids
            .par_iter()
            .map(|&id| (self.inside_key(p, id), id))
            .filter(|(key, _)| !cache.inside.contains_key(key))
            .map(|(key, id)| (key, self.inside(p, id, cache)))
            .collect();
        cache.inside.extend(inside);
    }

    /// What is known of a cluster; absent until it is judged.
    pub(crate) fn judged(&self, p: &Partition, cluster: ClusterId, cache: &FigureCache) -> Option<Judged> {
        let mut trust = cache.trust.get(&trust_key(p, cluster))?.clone();
        let inside = cache.inside.get(&self.inside_key(p, cluster))?;
        if let Some(opposition) = trust.opposition.as_mut().filter(|o| !o.is_opposed()) {
            opposition.sides = Default::default();
        }
        if self.unreadable.is_some() {
            trust = Trust { phrasing: trust.phrasing, ..Trust::default() };
        }
        let tested = p.void(cluster).is_none() && self.unreadable.is_none();
        let (shift, stance) = (inside.shift.filter(|_| tested), inside.stance.clone().filter(|_| tested));
        Some(Judged { cluster, trust, shift, stance })
    }

    fn trust(
        &self,
        id: ClusterId,
        halves: Option<&[Draft; 2]>,
        meanings: &Meanings,
        context: &TrustContext,
        cache: &FigureCache,
    ) -> Trust {
        let named = cache.named(context.partition, id);
        let around = named.map(|n| n.around.as_slice()).unwrap_or_default();
        let halves = halves.map(|h| h.each_ref().map(|draft| meanings.choose(draft, around, TERMS).label()));
        match label_of(context.partition, id) {
            Some(label) => context.judge(id, label, None),
            None => context.judge(id, &named.map(|n| n.terms.label()).unwrap_or_default(), halves.as_ref()),
        }
    }

    fn inside(&self, p: &Partition, id: ClusterId, cache: &FigureCache) -> Inside {
        let members = p.members(id);
        let Some(c) = &self.comparison else { return Inside { shift: None, stance: None } };
        let opposition: Option<&Opposition> = cache.trust.get(&trust_key(p, id)).and_then(|t| t.opposition.as_ref());
        Inside {
            shift: shift_within(&c.design, &c.permutations, &self.space, &self.row_of, members),
            stance: opposition.and_then(|o| Stance::of(&c.design, &o.sides)),
        }
    }

    fn has_words(&self, members: &[SampleIx]) -> bool {
        members.iter().any(|&s| self.row_of[s as usize].is_some())
    }

    pub(super) fn draft(&self, group: &[SampleIx]) -> Draft {
        Draft::new(Terms::candidates(&self.lexicon, group, CANDIDATES), &self.vectors, group)
    }

    fn inside_key(&self, p: &Partition, id: ClusterId) -> u64 {
        let contrast = self.comparison.as_ref().map(|c| format!("{:?}", c.contrast));
        hash(&(contrast, p.members(id)))
    }
}

fn label_of(p: &Partition, id: ClusterId) -> Option<&str> {
    p.get(id).and_then(|c| c.label.as_deref())
}

fn trust_key(p: &Partition, id: ClusterId) -> u64 {
    hash(&(p.members(id), label_of(p, id)))
}

pub(crate) fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut h = DefaultHasher::new();
    value.hash(&mut h);
    h.finish()
}
