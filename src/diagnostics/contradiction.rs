//! Do the two sides of a cluster contradict each other? Pairs across the sides and pairs within them, read by a
//! cross-encoder (`embed::CrossEncoder`): it sees what a direction in a space of single texts cannot.

use rand::Rng;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fit::area;
use crate::embed::CrossEncoder;

/// Pairs read of each kind, across the sides and within them.
const PAIRS: usize = 30;

/// How often a pair across two sides contradicts more than a pair within them: 0.5 is chance, 1 always. Absent where a side
/// has fewer than two texts, or the network fails.
pub(super) fn between(sides: [&[&str]; 2]) -> Option<f64> {
    if sides.iter().any(|side| side.len() < 2) {
        return None;
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let mut any = |count: usize| rng.gen_range(0..count);
    let across: Vec<[&str; 2]> = (0..PAIRS).map(|_| sides.map(|side| side[any(side.len())])).collect();
    let within: Vec<[&str; 2]> = (0..PAIRS)
        .map(|i| {
            let side = sides[i % 2];
            let one = any(side.len());
            // Any text but that one.
            let other = (one + 1 + any(side.len() - 1)) % side.len();
            [side[one], side[other]]
        })
        .collect();
    let read = CrossEncoder::shared().ok()?.log_odds(&[across, within].concat()).ok()?;
    Some(area(read.into_iter().enumerate().map(|(i, log_odds)| (log_odds, i < PAIRS)).collect()))
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
            between([&a, &b]).unwrap()
        };
        let (opposed, alike) = (read(&likes, &dislikes), read(&likes, &more));
        assert!(opposed > 0.85 && alike < 0.65, "{opposed} {alike}");
        assert!(between([&["one"], &["a", "b"]]).is_none());
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(area(vec![(1.0, true), (2.0, true), (0.0, false), (1.0, false)]), 0.875);
    }
}
