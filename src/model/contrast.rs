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

    /// All contrasts worth offering for `n` sources with reference `r`: each other against it, then all others
    /// together, then each one against the rest.
    pub fn choices(n: usize, r: SourceId) -> Vec<Self> {
        let all: Vec<SourceId> = (0..n as u16).map(SourceId).collect();
        let rest = |of: SourceId| all.iter().copied().filter(|&s| s != of).collect::<Vec<_>>();
        let mut out: Vec<Self> = rest(r).into_iter().map(|s| Self::pair(r, s)).collect();
        if n > 2 {
            out.push(Self { left: vec![r], right: rest(r) });
            out.extend(rest(r).into_iter().map(|s| Self { left: rest(s), right: vec![s] }));
        }
        out
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
    fn choices_for_two_and_three() {
        assert_eq!(Contrast::choices(2, SourceId(0)), [Contrast::pair(SourceId(0), SourceId(1))]);
        let three = Contrast::choices(3, SourceId(1));
        assert_eq!(three.len(), 5);
        assert_eq!(three[0], Contrast::pair(SourceId(1), SourceId(0)));
        assert_eq!(three[2].right, [SourceId(0), SourceId(2)]);
        assert_eq!(three[3].left, [SourceId(1), SourceId(2)]);
        assert!(Contrast::choices(1, SourceId(0)).is_empty());
    }
}
