//! Rows that only moved: a terminal can move them itself for a few bytes, where writing them again would cost all their
//! letters. Only sequences that every terminal with scroll regions knows are used (line feed and reverse index).

use super::spot::Spot;

/// Rows moved at most.
const FARTHEST: usize = 24;
/// Bytes of a jump and a style, about.
const RUN: i64 = 8;

/// Rows `top..bottom` of the old screen stand `by` rows higher (lower, when negative) on the new one; what comes in is blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scroll {
    pub top: usize,
    pub bottom: usize,
    pub by: isize,
}

impl Scroll {
    /// The move that spares most, if any does.
    pub fn find(old: &[Vec<Spot>], new: &[Vec<Spot>]) -> Option<Self> {
        let (old, new) = (Ids::of(old), Ids::of(new));
        let stays: Vec<i64> = (0..new.rows()).map(|y| new.cost(y, &old, y)).collect();
        let h = new.rows();
        let mut best: Option<(i64, Self)> = None;
        for by in (1..=FARTHEST.min(h.saturating_sub(1))).flat_map(|n| [n as isize, -(n as isize)]) {
            // The run of rows with the largest sum of bytes gained (Bentley 1984).
            let (mut sum, mut from) = (0, 0);
            for (y, stays) in stays.iter().enumerate() {
                let Some(source) = y.checked_add_signed(by).filter(|s| *s < h) else {
                    (sum, from) = (0, y + 1);
                    continue;
                };
                if sum <= 0 {
                    (sum, from) = (0, y);
                }
                sum += stays - new.cost(y, &old, source);
                if sum > best.map_or(0, |b| b.0) {
                    let moved = by.unsigned_abs();
                    let (top, bottom) = if by > 0 { (from, y + 1 + moved) } else { (from - moved, y + 1) };
                    best = Some((sum, Self { top, bottom, by }));
                }
            }
        }
        best.map(|b| b.1)
    }

    /// What the rows hold after the terminal moved them.
    pub fn apply<'a>(self, rows: &mut Vec<Vec<Spot<'a>>>) {
        let Some(region) = rows.get_mut(self.top..self.bottom) else { return };
        let moved = self.by.unsigned_abs().min(region.len());
        let blank = |row: &mut Vec<Spot<'a>>| row.iter_mut().for_each(|s| *s = Spot::BLANK);
        if self.by > 0 {
            region.rotate_left(moved);
            let kept = region.len() - moved;
            region[kept..].iter_mut().for_each(blank);
        } else {
            region.rotate_right(moved);
            region[..moved].iter_mut().for_each(blank);
        }
    }

    /// The sequences; they leave the cursor at an unknown place, and need the default style.
    pub fn bytes(self) -> Vec<u8> {
        let n = self.by.unsigned_abs();
        let mut out = format!("\x1b[{};{}r", self.top + 1, self.bottom).into_bytes();
        if self.by > 0 {
            out.extend(format!("\x1b[{}H", self.bottom).bytes());
            out.extend(std::iter::repeat_n(b'\n', n));
        } else {
            out.extend(format!("\x1b[{}H", self.top + 1).bytes());
            out.extend(b"\x1bM".repeat(n));
        }
        out.extend(b"\x1b[r");
        out
    }
}

/// A number for each cell, and where the blanks at the end of each row begin. Equal cells have equal numbers; two different
/// ones may share one, which costs bytes and no more.
struct Ids(Vec<(Vec<u32>, usize)>);

impl Ids {
    fn of(rows: &[Vec<Spot>]) -> Self {
        let hasher = ahash::RandomState::with_seeds(1, 2, 3, 4);
        let ids = |r: &Vec<Spot>| r.iter().map(|s| hasher.hash_one(s) as u32).collect();
        let filled = |r: &Vec<Spot>| r.iter().rposition(|s| *s != Spot::BLANK).map_or(0, |x| x + 1);
        Self(rows.iter().map(|r| (ids(r), filled(r))).collect())
    }

    fn rows(&self) -> usize {
        self.0.len()
    }

    /// About what it takes to write a row where another screen's row stands: its cells, a jump and a style for each run, and
    /// one sequence for all blanks at the end.
    fn cost(&self, y: usize, other: &Self, row: usize) -> i64 {
        let ((new, filled), (old, _)) = (&self.0[y], &other.0[row]);
        let (mut cells, mut runs, mut differed) = (0, 0, false);
        for (a, b) in new.iter().zip(old).take(*filled) {
            let differs = a != b;
            cells += i64::from(differs);
            runs += i64::from(differs && !differed);
            differed = differs;
        }
        runs += i64::from(new[*filled..] != old[*filled..]);
        cells + RUN * runs
    }
}
