//! Do the two sides of a cluster contradict each other? Pairs across the sides and pairs within them, read by a
//! cross-encoder (`embed::CrossEncoder`): it sees what a direction in a space of single texts cannot. Reading is what costs time, so
//! a few pairs are read first, and more only while they leave open which way the decision goes.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fit::area;
use crate::embed::CrossEncoder;

/// Pairs read of each kind at a time, across the sides and within them; from as many texts of each side.
const ROUND: usize = 6;
/// Rounds, at most.
const ROUNDS: usize = 5;
/// Standard errors between what was read and what would turn the decision, from which no more is read.
const CLEAR: f64 = 1.2;

/// How often a pair across two sides contradicts more than a pair within them: 0.5 is chance, 1 always. No more pairs are read
/// than tell whether that is above `limit`. Absent where a side has fewer than two texts, or the network fails.
pub(super) fn between(sides: [&[&str]; 2], limit: f64) -> Option<f64> {
    if sides.iter().any(|side| side.len() < 2) {
        return None;
    }
    let reader = CrossEncoder::shared().ok()?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let sides = sides.map(|side| {
        let mut side = side.to_vec();
        side.shuffle(&mut rng);
        side
    });
    let mut read: Vec<(f32, bool)> = Vec::with_capacity(2 * ROUND * ROUNDS);
    for round in 1..=ROUNDS {
        let (across, within) = pairs(&sides, (round - 1) * ROUND);
        let log_odds = reader.log_odds(&[across, within].concat()).ok()?;
        read.extend(log_odds.into_iter().enumerate().map(|(i, log_odds)| (log_odds, i < ROUND)));
        let found = area(read.clone());
        if (found - limit).abs() > CLEAR * standard_error(round * ROUND) {
            return Some(found);
        }
    }
    Some(area(read))
}

/// Pairs across two sides and within them from the texts at [`ROUND`] places in turn, so that each text is taken apart once.
fn pairs<'a>(sides: &[Vec<&'a str>; 2], from: usize) -> (Vec<[&'a str; 2]>, Vec<[&'a str; 2]>) {
    let text = |side: usize, at: usize| {
        let side = &sides[side];
        side[at % side.len()]
    };
    // Going through both sides in step meets as many different pairs as the least common multiple of their sizes; then the
    // partners move on by one.
    let [n, m] = sides.each_ref().map(Vec::len);
    let partner = |at: usize| at + at / (n / gcd(n, m) * m);
    let across = (from..from + ROUND).map(|at| [text(0, at), text(1, partner(at))]).collect();
    let neighbours = |side: usize| (from..from + ROUND).step_by(2).map(move |at| (side, at));
    let within = neighbours(0).chain(neighbours(1)).map(|(side, at)| [text(side, at), text(side, at + 1)]).collect();
    (across, within)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Of an area under the curve of `n` scores against `n`, where there is nothing to find (Mann and Whitney 1947).
fn standard_error(n: usize) -> f64 {
    let n = n as f64;
    ((2.0 * n + 1.0) / (12.0 * n * n)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_sides_contradict_and_like_ones_do_not() {
        let of = |frames: [&str; 4]| -> Vec<String> {
            let things = ["geese", "ducks", "swans", "herons"];
            frames.iter().flat_map(|f| things.iter().map(move |t| f.replace('_', t))).collect()
        };
        let likes = of(["I love _.", "I think _ are wonderful.", "_ make me happy.", "I enjoy watching _."]);
        let more = of(["_ are great.", "I am fond of _.", "I am glad when I see _.", "I adore _."]);
        let dislikes = of(["I hate _.", "I think _ are awful.", "_ make me angry.", "I can't stand _."]);
        let read = |a: &[String], b: &[String]| {
            let [a, b] = [a, b].map(|side| side.iter().map(String::as_str).collect::<Vec<_>>());
            between([&a, &b], 0.7).unwrap()
        };
        let (opposed, alike) = (read(&likes, &dislikes), read(&likes, &more));
        assert!(opposed > 0.85 && alike < 0.65, "{opposed} {alike}");
        assert!(between([&["one"], &["a", "b"]], 0.7).is_none());
    }

    #[test]
    fn pairs_within_are_of_two_texts_and_pairs_across_do_not_come_again() {
        for [n, m] in [[2, 9], [3, 3], [6, 6], [12, 7], [40, 50]] {
            let [a, b] = [("a", n), ("b", m)].map(|(side, n)| (0..n).map(|i| format!("{side}{i}")).collect::<Vec<_>>());
            let sides = [&a, &b].map(|side| side.iter().map(String::as_str).collect::<Vec<_>>());
            let rounds: Vec<_> = (0..ROUNDS).map(|round| pairs(&sides, round * ROUND)).collect();
            let across: Vec<_> = rounds.iter().flat_map(|r| &r.0).collect();
            assert!(across.iter().all(|[one, other]| one.starts_with('a') && other.starts_with('b')));
            let different: std::collections::HashSet<_> = across.iter().collect();
            assert!(different.len() >= across.len().min(n * m), "{n} {m}: {}", different.len());
            let apart = |[one, other]: &[&str; 2]| one != other && one[..1] == other[..1];
            assert!(rounds.iter().flat_map(|r| &r.1).all(apart), "{n} {m}");
        }
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(area(vec![(1.0, true), (2.0, true), (0.0, false), (1.0, false)]), 0.875);
    }
}
