//! Works out what an edit changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Author, Cluster, ClusterId, Decision, Delta, Edit, EditError, LabelBy, Partition, SampleIx};

impl Edit {
    /// The change this edit makes to `p`. Undo and redo have none of their own; see [`super::History`].
    ///
    /// # Errors
    /// A sentence for the person, when the edit makes no sense here.
    pub fn plan(&self, p: &Partition, author: &Author) -> Result<Delta, EditError> {
        let one = |id: ClusterId| p.get(id).ok_or(EditError::NoSuchCluster(id));
        match self {
            Self::Relabel { cluster, label, opinion } => {
                if label.trim().is_empty() {
                    return Err(EditError::EmptyLabel);
                }
                let label = Some(label.trim().to_owned());
                let delta = record(Cluster { label, by: written_by(author), drift: 0, ..one(*cluster)?.clone() });
                Ok(decided(delta, *opinion, author))
            }
            Self::Merge { clusters } => merge(p, clusters),
            Self::Split { cluster, parts, labels, opinion, .. } => {
                let delta = split(p, one(*cluster)?, parts, labels, &written_by(author))?;
                Ok(decided(delta, *opinion, author))
            }
            Self::Move { samples, to } => {
                if let Some(id) = to {
                    one(*id)?;
                }
                relocate(p, samples, *to)
            }
            Self::Flag { clusters, reason } => each(p, clusters, |c| Cluster { flag: reason.clone(), ..c.clone() }),
            Self::Note { cluster, text } => Ok(record(Cluster { note: text.clone(), ..one(*cluster)?.clone() })),
            Self::Review { clusters, reviewed } => each(p, clusters, |c| Cluster { reviewed: *reviewed, ..c.clone() }),
            Self::Reject { opinion } => {
                Ok(Delta { decisions: vec![(*opinion, Some(Decision::Rejected))], ..Delta::default() })
            }
            Self::Judge { target, verdict } if p.verdict(target) == *verdict => Err(EditError::NoChange),
            Self::Judge { target, verdict } => {
                Ok(Delta { verdicts: vec![(target.clone(), *verdict)], ..Delta::default() })
            }
            Self::Mark { difference, change } => {
                let before = p.marks.get(difference);
                let after = before.cloned().unwrap_or_default().changed(change);
                if after.as_ref() == before {
                    return Err(EditError::NoChange);
                }
                Ok(Delta { marks: vec![(difference.clone(), after)], ..Delta::default() })
            }
            Self::Theme { theme: Some(t), .. } if t.name.trim().is_empty() => Err(EditError::EmptyLabel),
            Self::Theme { id, theme } if p.theme(*id) == theme.as_ref() => Err(EditError::NoChange),
            Self::Theme { id, theme } => Ok(Delta { themes: vec![(*id, theme.clone())], ..Delta::default() }),
            Self::KeepApart { a, b, apart } if p.kept_apart(*a, *b) == *apart || a == b => Err(EditError::NoChange),
            Self::KeepApart { a, b, apart } => {
                one(*a)?;
                one(*b)?;
                Ok(Delta { apart: vec![((*a.min(b), *a.max(b)), *apart)], ..Delta::default() })
            }
            Self::Recut { groups, nodes } => recut(p, *groups, nodes),
            Self::Undo { .. } | Self::Redo { .. } => Err(EditError::NoChange),
        }
    }
}

fn written_by(author: &Author) -> LabelBy {
    match author {
        Author::Human(_) => LabelBy::Human,
        Author::Llm(model) => LabelBy::Llm(model.clone()),
    }
}

/// Notes what became of the proposal an edit comes from: a person who changes it is its author.
fn decided(delta: Delta, opinion: Option<u64>, author: &Author) -> Delta {
    let decision = match author {
        Author::Human(_) => Decision::Edited,
        Author::Llm(_) => Decision::Accepted,
    };
    Delta { decisions: opinion.map(|id| (id, Some(decision))).into_iter().collect(), ..delta }
}

fn record(c: Cluster) -> Delta {
    Delta { clusters: vec![(c.id, Some(c))], ..Delta::default() }
}

fn each(p: &Partition, ids: &[ClusterId], f: impl Fn(&Cluster) -> Cluster) -> Result<Delta, EditError> {
    let mut delta = Delta::default();
    for &id in ids {
        let old = p.get(id).ok_or(EditError::NoSuchCluster(id))?;
        let new = f(old);
        if new != *old {
            delta.clusters.push((id, Some(new)));
        }
    }
    if delta.clusters.is_empty() { Err(EditError::NoChange) } else { Ok(delta) }
}

fn merge(p: &Partition, ids: &[ClusterId]) -> Result<Delta, EditError> {
    let ids: BTreeSet<ClusterId> = ids.iter().copied().collect();
    if ids.len() < 2 {
        return Err(EditError::NothingToMerge);
    }
    for &id in &ids {
        p.get(id).ok_or(EditError::NoSuchCluster(id))?;
    }
    // The largest keeps its number; of equals, the one that came first.
    let into = ids.iter().copied().max_by_key(|&id| (p.size(id), std::cmp::Reverse(id)));
    let Some(keep) = into.and_then(|id| p.get(id)) else {
        return Err(EditError::NothingToMerge);
    };
    let mut moved = Vec::new();
    let mut delta = Delta::default();
    for &id in ids.iter().filter(|&&id| id != keep.id) {
        moved.extend_from_slice(p.members(id));
        delta.clusters.push((id, None));
    }
    moved.sort_unstable();
    let drift = keep.drift + moved.len() as u32;
    delta.clusters.push((keep.id, Some(Cluster { drift, edited: true, reviewed: false, ..keep.clone() })));
    delta.moves.push((keep.id, moved));
    Ok(delta)
}

fn split(
    p: &Partition,
    cluster: &Cluster,
    parts: &[Vec<SampleIx>],
    labels: &[String],
    by: &LabelBy,
) -> Result<Delta, EditError> {
    let mut all: Vec<SampleIx> = parts.iter().flatten().copied().collect();
    all.sort_unstable();
    if parts.len() < 2 || parts.iter().any(Vec::is_empty) || all != p.members(cluster.id) {
        return Err(EditError::BadParts);
    }
    let keep = (0..parts.len()).max_by_key(|&i| (parts[i].len(), std::cmp::Reverse(i))).unwrap_or(0);
    let gone = (all.len() - parts[keep].len()) as u32;
    let named = |i: usize, c: Cluster| match labels.get(i).map(|l| l.trim()).filter(|l| !l.is_empty()) {
        Some(label) => Cluster { label: Some(label.to_owned()), by: by.clone(), drift: 0, ..c },
        None => c,
    };
    let drift = cluster.drift + gone;
    let kept = named(keep, Cluster { drift, edited: true, reviewed: false, flag: None, ..cluster.clone() });
    let mut delta = Delta { clusters: vec![(cluster.id, Some(kept))], ..Delta::default() };
    let mut next = p.next_id();
    for (i, part) in parts.iter().enumerate() {
        if i != keep {
            delta.clusters.push((next, Some(named(i, Cluster { edited: true, ..Cluster::new(next) }))));
            delta.moves.push((next, part.clone()));
            next = ClusterId(next.0 + 1);
        }
    }
    Ok(delta)
}

fn relocate(p: &Partition, samples: &[SampleIx], to: Option<ClusterId>) -> Result<Delta, EditError> {
    let target = to.unwrap_or(p.next_id());
    let moving: BTreeSet<SampleIx> =
        samples.iter().copied().filter(|&s| p.cluster_of(s).is_some_and(|c| c != target)).collect();
    if moving.is_empty() {
        return Err(EditError::NothingToMove);
    }
    let mut losses: BTreeMap<ClusterId, usize> = BTreeMap::new();
    for &s in &moving {
        if let Some(c) = p.cluster_of(s) {
            *losses.entry(c).or_default() += 1;
        }
    }
    let mut delta = Delta::default();
    for (&id, &n) in &losses {
        let Some(c) = p.get(id) else { continue };
        let left = (p.size(id) > n).then(|| Cluster { drift: c.drift + n as u32, edited: true, ..c.clone() });
        delta.clusters.push((id, left));
    }
    let new = match p.get(target) {
        Some(c) => Cluster { drift: c.drift + moving.len() as u32, edited: true, ..c.clone() },
        None => Cluster { edited: true, ..Cluster::new(target) },
    };
    delta.clusters.push((target, Some(new)));
    delta.moves.push((target, moving.into_iter().collect()));
    Ok(delta)
}

/// Regroups the samples of clusters that nobody touched.
fn recut(p: &Partition, groups: u32, nodes: &[(ClusterId, Vec<SampleIx>)]) -> Result<Delta, EditError> {
    let pinned = |id: ClusterId| p.get(id).is_some_and(Cluster::is_pinned);
    let mut delta = Delta { cut: Some(groups), ..Delta::default() };
    let mut kept = BTreeSet::new();
    let mut next = p.next_id();
    for (node, samples) in nodes {
        let free: Vec<SampleIx> =
            samples.iter().copied().filter(|&s| p.cluster_of(s).is_some_and(|c| !pinned(c))).collect();
        if free.is_empty() {
            continue;
        }
        let id = if pinned(*node) {
            let id = next;
            next = ClusterId(next.0 + 1);
            id
        } else {
            *node
        };
        kept.insert(id);
        if p.members(id) != free {
            if p.get(id).is_none() {
                delta.clusters.push((id, Some(Cluster::new(id))));
            }
            let coming: Vec<SampleIx> = free.into_iter().filter(|&s| p.cluster_of(s) != Some(id)).collect();
            if !coming.is_empty() {
                delta.moves.push((id, coming));
            }
        }
    }
    for c in p.clusters() {
        if !c.is_pinned() && !kept.contains(&c.id) {
            delta.clusters.push((c.id, None));
        }
    }
    if delta.moves.is_empty() { Err(EditError::NoChange) } else { Ok(delta) }
}
