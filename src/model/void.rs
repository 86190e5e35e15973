//! Which clusters have no test any more: a test is circular where the texts were chosen by what is tested.

use std::collections::BTreeMap;

use super::{ClusterId, Edit, Record, SplitBy, Void};

/// The clusters whose texts were chosen by outcome, after these edits in order. What was undone is left out of them.
///
/// Texts take the reason of the cluster they come from along. Coarser and finer cuts choose nothing: the tree does not
/// know the models, and it leaves edited clusters alone.
pub(super) fn void_after<'a>(edits: impl Iterator<Item = &'a Record>) -> BTreeMap<ClusterId, Void> {
    let mut void: BTreeMap<ClusterId, Void> = BTreeMap::new();
    for r in edits {
        let chosen = match &r.edit {
            Edit::Split { by: SplitBy::Model, .. } => Some(Void::ByModel),
            Edit::Split { .. } | Edit::Merge { .. } | Edit::Move { .. } => (!r.blind).then_some(Void::PostHoc),
            _ => None,
        };
        // What takes an edit back moves the texts to where they came from.
        let from = r.inverse.moves.iter().map(|m| m.0);
        let brought = from.clone().filter_map(|id| void.get(&id).copied()).max();
        let to = r.delta.moves.iter().map(|m| (m.0, chosen.max(brought)));
        for (id, reason) in to.chain(from.map(|id| (id, chosen))).collect::<Vec<_>>() {
            if let Some(reason) = reason.max(void.get(&id).copied()) {
                void.insert(id, reason);
            }
        }
        for (gone, _) in r.delta.clusters.iter().filter(|c| c.1.is_none()) {
            void.remove(gone);
        }
    }
    void
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Author, History, Partition, SampleIx};

    /// Twelve texts in three clusters, of which the even ones are one model's.
    struct Desk {
        partition: Partition,
        history: History,
    }

    impl Desk {
        fn new() -> Self {
            let assign = (0..12).map(|s| ClusterId(s / 4)).collect();
            Self { partition: Partition::new(assign, 10, 3), history: History::default() }
        }

        fn edit(&mut self, edit: Edit, blind: bool) -> &mut Self {
            self.history.commit(&mut self.partition, edit, me(), 0, blind).unwrap();
            self
        }

        fn split(&mut self, id: u32, by: SplitBy, blind: bool) -> &mut Self {
            let even = |s: &SampleIx| s.is_multiple_of(2);
            let (a, b) = self.partition.members(ClusterId(id)).iter().partition(|s| even(s));
            self.edit(
                Edit::Split { cluster: ClusterId(id), by, parts: vec![a, b], labels: vec![], opinion: None },
                blind,
            )
        }

        fn merge(&mut self, a: u32, b: u32, blind: bool) -> &mut Self {
            self.edit(Edit::Merge { clusters: vec![ClusterId(a), ClusterId(b)] }, blind)
        }

        fn void(&self) -> Vec<(u32, Void)> {
            let of = |c: &crate::model::Cluster| self.partition.void(c.id).map(|v| (c.id.0, v));
            self.partition.clusters().filter_map(of).collect()
        }
    }

    fn me() -> Author {
        Author::Human("me".into())
    }

    #[test]
    fn a_split_by_model_is_void_even_when_blind() {
        assert_eq!(Desk::new().split(0, SplitBy::Model, true).void(), [(0, Void::ByModel), (10, Void::ByModel)]);
    }

    #[test]
    fn edits_with_names_in_view_are_post_hoc_and_blind_ones_keep_their_tests() {
        assert_eq!(Desk::new().split(0, SplitBy::Meaning, false).void(), [(0, Void::PostHoc), (10, Void::PostHoc)]);
        assert_eq!(Desk::new().split(0, SplitBy::Meaning, true).void(), []);
        assert_eq!(Desk::new().merge(0, 1, false).void(), [(0, Void::PostHoc)]);
        assert_eq!(Desk::new().merge(0, 1, true).void(), []);
        let moved = |to, blind| Desk::new().edit(Edit::Move { samples: vec![0, 1], to }, blind).void();
        assert_eq!(moved(Some(ClusterId(2)), false), [(0, Void::PostHoc), (2, Void::PostHoc)]);
        assert_eq!(moved(None, false), [(0, Void::PostHoc), (10, Void::PostHoc)]);
        assert_eq!(moved(None, true), []);
    }

    #[test]
    fn texts_bring_their_reason_along() {
        let mut desk = Desk::new();
        assert_eq!(
            desk.split(0, SplitBy::Model, false).merge(10, 2, true).void(),
            [(0, Void::ByModel), (2, Void::ByModel)]
        );
        assert_eq!(desk.split(2, SplitBy::Meaning, true).void().len(), 3, "both parts of a void cluster are void");
        // Texts that come blindly from a sound cluster leave it sound.
        let mut desk = Desk::new();
        desk.merge(0, 1, false).edit(Edit::Move { samples: vec![8], to: Some(ClusterId(0)) }, true);
        assert_eq!(desk.void(), [(0, Void::PostHoc)]);
    }

    #[test]
    fn what_is_undone_is_tested_again() {
        let mut desk = Desk::new();
        desk.merge(0, 1, true).split(2, SplitBy::Model, false);
        let void = desk.void();
        desk.history.undo(&mut desk.partition, me(), 1, false).unwrap();
        assert_eq!(desk.void(), []);
        desk.history.redo(&mut desk.partition, me(), 2, true).unwrap();
        assert_eq!(desk.void(), void);
        // A blind merge that is taken back and repeated with names in view was still chosen blindly.
        desk.history.undo(&mut desk.partition, me(), 3, false).unwrap();
        desk.history.undo(&mut desk.partition, me(), 4, false).unwrap();
        desk.history.redo(&mut desk.partition, me(), 5, false).unwrap();
        assert_eq!(desk.void(), []);
        let mut again = Desk::new().partition;
        History::replay(desk.history.records().to_vec(), &mut again);
        assert_eq!(again, desk.partition, "a session that is opened again says the same");
    }

    #[test]
    fn other_cuts_choose_nothing() {
        let mut desk = Desk::new();
        desk.merge(0, 1, false);
        let nodes = vec![(ClusterId(5), vec![8, 9]), (ClusterId(6), vec![10, 11]), (ClusterId(7), (0..8).collect())];
        desk.edit(Edit::Recut { groups: 3, nodes }, false);
        assert_eq!(desk.partition.clusters().len(), 3);
        assert_eq!(desk.void(), [(0, Void::PostHoc)]);
    }
}
