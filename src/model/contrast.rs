//! Which sources stand against which.

use serde::{Deserialize, Serialize};

use super::SourceId;

/// Two sides to compare: every figure of a difference is "right against left".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contrast {
    /// The reference, usually the precursor.
    pub left: Vec<SourceId>,
    /// What is compared with it, usually the fine-tune.
    pub right: Vec<SourceId>,
}

impl Contrast {
    /// The reference against one other source.
    pub fn pair(left: SourceId, right: SourceId) -> Self {
        Self { left: vec![left], right: vec![right] }
    }

    /// All contrasts worth offering for `n` sources, in the order in which they are worth computing: each against the first, each
    /// against the one before, all other pairs, all others together against the first, then each one against the rest.
    pub fn choices(n: usize) -> Vec<Self> {
        let all: Vec<SourceId> = (0..n as u16).map(SourceId).collect();
        let rest = |of: SourceId| all.iter().copied().filter(|&s| s != of).collect::<Vec<_>>();
        let Some((&first, others)) = all.split_first() else { return Vec::new() };
        let mut out: Vec<Self> = others.iter().map(|&s| Self::pair(first, s)).collect();
        out.extend(others.windows(2).map(|w| Self::pair(w[0], w[1])));
        for (i, &right) in others.iter().enumerate().skip(2) {
            out.extend(others[..i - 1].iter().map(|&left| Self::pair(left, right)));
        }
        if n > 2 {
            out.push(Self { left: vec![first], right: others.to_vec() });
            out.extend(others.iter().map(|&s| Self { left: rest(s), right: vec![s] }));
        }
        out
    }

    /// The same as a table: a row for each source but the first with a column for each but the last and one for the rest of them,
    /// then a row for all others together against the first.
    pub fn grid(n: usize) -> Vec<Vec<Option<Self>>> {
        let choices = Self::choices(n);
        let last = n.saturating_sub(1);
        let mut grid = vec![vec![None; if n > 2 { n } else { last }]; if n > 2 { n } else { last }];
        for choice in choices {
            let (row, column) = match (choice.left.as_slice(), choice.right.as_slice()) {
                ([left], [right]) => (right.ix() - 1, left.ix()),
                (_, [right]) => (right.ix() - 1, last),
                _ => (last, 0),
            };
            grid[row][column] = Some(choice);
        }
        grid
    }

    /// 0 for the left side, 1 for the right, `None` for a source that takes no part.
    pub fn side(&self, s: SourceId) -> Option<usize> {
        if self.left.contains(&s) {
            Some(0)
        } else if self.right.contains(&s) {
            Some(1)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_offered_once_and_each_against_the_rest() {
        let pair = |l: u16, r: u16| Contrast::pair(SourceId(l), SourceId(r));
        assert_eq!(Contrast::choices(2), [pair(0, 1)]);
        let four = Contrast::choices(4);
        assert_eq!(four[..6], [pair(0, 1), pair(0, 2), pair(0, 3), pair(1, 2), pair(2, 3), pair(1, 3)]);
        assert_eq!(four[6].right, [SourceId(1), SourceId(2), SourceId(3)]);
        assert_eq!(four[7].left, [SourceId(0), SourceId(2), SourceId(3)]);
        assert_eq!(four.len(), 10);
        let distinct: std::collections::BTreeSet<_> = Contrast::choices(7).into_iter().collect();
        assert_eq!(distinct.len(), 21 + 1 + 6);
        let grid = Contrast::grid(4);
        assert_eq!(grid.iter().flatten().flatten().count(), four.len());
        assert_eq!((grid[2][1].as_ref(), grid[0][1].as_ref()), (Some(&pair(1, 3)), None));
        assert_eq!(grid[1][3].as_ref().map(|c| c.right.as_slice()), Some(&[SourceId(2)][..]));
        assert_eq!(Contrast::grid(2), [[Some(pair(0, 1))]]);
        assert!(Contrast::choices(1).is_empty() && Contrast::choices(0).is_empty());
    }
}
