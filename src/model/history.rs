//! The log of edits. Undo appends, it never erases.

use std::collections::BTreeSet;

use super::void::void_after;
use super::{Author, Delta, Edit, EditError, Partition, Record};

/// Every edit of a session, in order, and what can be undone and redone now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    records: Vec<Record>,
    undo: Vec<usize>,
    redo: Vec<usize>,
}

impl History {
    /// Replays stored records on the partition they started from.
    pub fn replay(records: Vec<Record>, p: &mut Partition) -> Self {
        let mut history = Self::default();
        for r in records {
            p.apply(&r.delta);
            history.push(r);
        }
        p.set_void(void_after(history.standing()));
        history
    }

    /// The edits that are not undone, oldest first.
    fn standing(&self) -> impl Iterator<Item = &Record> {
        self.undo.iter().filter_map(|&at| self.records.get(at))
    }

    /// The edits that count now, oldest first: neither undone nor replaced by a later one of the same kind, as a label is
    /// by another label of the same cluster.
    pub fn in_force(&self) -> Vec<&Record> {
        let mut replaced = BTreeSet::new();
        let mut out: Vec<&Record> = self.standing().collect();
        out.reverse();
        out.retain(|r| r.edit.sets().is_none_or(|what| replaced.insert(what)));
        out.reverse();
        out
    }

    /// Number of the latest edit that changed a figure; 0 when none did.
    pub fn last_counted(&self) -> u64 {
        self.records.iter().rev().find(|r| r.changes_figures()).map_or(0, |r| r.seq)
    }

    /// All records, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Makes an edit: changes the partition and appends the record, which is returned for storing.
    ///
    /// # Errors
    /// A sentence for the person; nothing has changed then.
    pub fn commit(
        &mut self,
        p: &mut Partition,
        edit: Edit,
        author: Author,
        time_ms: u64,
        blind: bool,
    ) -> Result<Record, EditError> {
        let delta = match &edit {
            Edit::Undo { .. } | Edit::Redo { .. } => return Err(EditError::NoChange),
            _ => edit.plan(p, &author)?,
        };
        Ok(self.append(p, edit, delta, author, time_ms, blind))
    }

    /// Takes back the latest edit that stands; `None` when there is none.
    pub fn undo(&mut self, p: &mut Partition, author: Author, time_ms: u64, blind: bool) -> Option<Record> {
        let of = self.records.get(*self.undo.last()?)?;
        let (edit, delta) = (Edit::Undo { seq: of.seq }, of.inverse.clone());
        Some(self.append(p, edit, delta, author, time_ms, blind))
    }

    /// Repeats the edit undone last; `None` when there is none.
    pub fn redo(&mut self, p: &mut Partition, author: Author, time_ms: u64, blind: bool) -> Option<Record> {
        let of = self.records.get(*self.redo.last()?)?;
        let (edit, delta) = (Edit::Redo { seq: of.seq }, of.delta.clone());
        Some(self.append(p, edit, delta, author, time_ms, blind))
    }

    fn append(
        &mut self,
        p: &mut Partition,
        edit: Edit,
        delta: Delta,
        author: Author,
        time_ms: u64,
        blind: bool,
    ) -> Record {
        let inverse = p.apply(&delta);
        debug_assert_eq!(p.fault(), None, "after {edit:?}");
        let seq = self.records.last().map_or(1, |r| r.seq + 1);
        let record = Record { seq, time_ms, author, blind, edit, delta, inverse };
        self.push(record.clone());
        p.set_void(void_after(self.standing()));
        record
    }

    fn push(&mut self, record: Record) {
        match record.edit {
            Edit::Undo { .. } => {
                if let Some(at) = self.undo.pop() {
                    self.redo.push(at);
                }
            }
            Edit::Redo { .. } => {
                if let Some(at) = self.redo.pop() {
                    self.undo.push(at);
                }
            }
            _ => {
                self.undo.push(self.records.len());
                self.redo.clear();
            }
        }
        self.records.push(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        ClusterId, Contrast, DifferenceId, MarkChange, SampleIx, SourceId, SplitBy, Target, Theme, Verdict,
    };
    use proptest::prelude::*;

    const SAMPLES: u32 = 24;

    /// Any edit, sensible or not.
    fn edit() -> impl Strategy<Value = Edit> {
        let id = || (0u32..12).prop_map(ClusterId);
        let samples = || prop::collection::vec(0..SAMPLES, 0..8);
        prop_oneof![
            (id(), "[a-z ]{0,6}").prop_map(|(cluster, label)| Edit::Relabel { cluster, label, opinion: None }),
            prop::collection::vec(id(), 0..4).prop_map(|clusters| Edit::Merge { clusters }),
            (samples(), prop::option::of(id())).prop_map(|(samples, to)| Edit::Move { samples, to }),
            (id(), prop::option::of("[a-z]{1,4}")).prop_map(|(c, reason)| Edit::Flag { clusters: vec![c], reason }),
            (id(), any::<bool>()).prop_map(|(c, reviewed)| Edit::Review { clusters: vec![c], reviewed }),
            (id(), prop::collection::vec(samples(), 1..4)).prop_map(|(cluster, parts)| Edit::Split {
                cluster,
                by: SplitBy::Marks,
                parts,
                labels: vec!["a part".into()],
                opinion: Some(3)
            }),
            (0u64..5).prop_map(|opinion| Edit::Reject { opinion }),
            (id(), prop::option::of(prop::sample::select(Verdict::ALL.to_vec())))
                .prop_map(|(c, verdict)| Edit::Judge { target: Target::Cluster(c), verdict }),
            (0u16..3, prop::option::of("[a-z]{1,3}"), 0..3).prop_map(|(model, text, of)| Edit::Mark {
                difference: DifferenceId {
                    target: Target::Finding("trait “list” more".into()),
                    contrast: Contrast::pair(SourceId(0), SourceId(model)),
                },
                change: match of {
                    0 => MarkChange::Reviewed(text.is_some()),
                    1 => MarkChange::Dismissed(text),
                    _ => MarkChange::Note(text),
                },
            }),
            (id(), id(), any::<bool>()).prop_map(|(a, b, apart)| Edit::KeepApart { a, b, apart }),
            (1u32..3, prop::option::of(samples())).prop_map(|(id, members)| {
                let theme = |members| Theme { name: "a theme".into(), members, chosen: "marks".into(), blind: false };
                Edit::Theme { id, theme: members.map(theme) }
            }),
            (1u32..6).prop_map(|groups| {
                let node =
                    |g: u32| (ClusterId(100 + groups * 10 + g), (0..SAMPLES).filter(|s| s % groups == g).collect());
                Edit::Recut { groups, nodes: (0..groups).map(node).collect() }
            }),
        ]
    }

    fn start() -> Partition {
        Partition::new((0..SAMPLES).map(|s| ClusterId(s % 4)).collect(), 200, 4)
    }

    fn me() -> Author {
        Author::Human("me".into())
    }

    proptest! {
        #[test]
        fn nothing_breaks_and_undo_restores(edits in prop::collection::vec(edit(), 1..30)) {
            let (mut p, mut history) = (start(), History::default());
            let mut states = vec![p.clone()];
            for e in edits {
                // A split that fits the cluster, half the time.
                let e = match e {
                    Edit::Split { cluster, by, labels, opinion, .. } if p.size(cluster) > 1 => {
                        let m: Vec<SampleIx> = p.members(cluster).to_vec();
                        Edit::Split { cluster, by, parts: vec![m[..1].to_vec(), m[1..].to_vec()], labels, opinion }
                    }
                    other => other,
                };
                if history.commit(&mut p, e, me(), 0, false).is_ok() {
                    states.push(p.clone());
                }
                prop_assert_eq!(p.fault(), None);
            }
            let shown = |p: &Partition| {
                let said: Vec<_> = p.verdicts().map(|(t, v)| (t.clone(), v)).collect();
                let decided: Vec<_> = (0..5).map(|o| p.decision(o)).collect();
                let apart: Vec<_> = (0..12).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| p.kept_apart(ClusterId(a), ClusterId(b))).collect();
                let themes: Vec<_> = p.themes().map(|(id, t)| (id, t.clone())).collect();
                let marks: Vec<_> = p.marks().map(|(d, m)| (d.clone(), m.clone())).collect();
                (p.assign().to_vec(), p.clusters().cloned().collect::<Vec<_>>(), p.cut(), (said, marks), decided, themes, apart)
            };
            let replayed = { let mut q = start(); let h = History::replay(history.records().to_vec(), &mut q); (shown(&q), h) };
            prop_assert_eq!(&replayed.0, &shown(&p));
            prop_assert_eq!(&replayed.1, &history);
            for before in states.iter().rev().skip(1) {
                prop_assert!(history.undo(&mut p, me(), 0, false).is_some());
                prop_assert_eq!(shown(&p), shown(before));
                prop_assert_eq!(p.fault(), None);
            }
            prop_assert!(history.undo(&mut p, me(), 0, false).is_none());
            for after in states.iter().skip(1) {
                prop_assert!(history.redo(&mut p, me(), 0, false).is_some());
                prop_assert_eq!(shown(&p), shown(after));
            }
        }
    }
}
