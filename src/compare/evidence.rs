//! One error rate over channels that see very different things.
//!
//! Every channel has its own largest statistic, observed and under each shuffle. These maxima are not comparable: the largest
//! of ten thousand word counts is higher than the largest of seventeen traits. So each is turned into the p it has within
//! its channel, weighted by the share of the error rate that the channel is given, and the smallest of these is compared with
//! the smallest under the shuffles (the weighted minP procedure: Westfall and Young 1993, chapter 2; weights as in Genovese,
//! Roeder and Wasserman 2006). A channel never pays for the number of things that another one tests.
//!
//! Beyond what 399 shuffles can count, the tail of the maxima is taken to fall exponentially, which is conservative for
//! maxima of sums (fewer permutations, more accurate p-values: Knijnenburg et al. 2009), and never to be below what they count.

use super::groups::NullMax;
use super::significance::{ALPHA, FOR_FINDINGS};

/// Largest maxima that the tail is fitted to.
const TAIL: usize = 40;
/// How likely the largest statistic of a channel is to reach a value when nothing differs.
#[derive(Debug, Clone)]
pub(super) struct Tail {
    /// Maxima under the shuffles, ascending.
    maxima: Vec<f32>,
    /// Where the fitted tail begins, and its mean excess.
    from: f32,
    excess: f32,
}

impl Tail {
    /// From the maxima under every column; column 0, the observed one, is left out.
    pub fn of(null: &NullMax) -> Self {
        let mut maxima: Vec<f32> = null.iter().skip(1).copied().collect();
        maxima.sort_by(f32::total_cmp);
        let count = TAIL.min(maxima.len() / 2).max(1);
        let from = maxima.get(maxima.len().saturating_sub(count)).copied().unwrap_or(0.0);
        let top = &maxima[maxima.len().saturating_sub(count)..];
        let excess = top.iter().map(|v| v - from).sum::<f32>() / top.len().max(1) as f32;
        Self { maxima, from, excess: excess.max(1e-3) }
    }

    /// Probability that the largest statistic reaches `value`.
    pub fn p(&self, value: f32) -> f64 {
        let n = self.maxima.len() as f64 + 1.0;
        let reach = |value: f32| (self.maxima.len() - self.maxima.partition_point(|m| *m < value)) as f64;
        if value < self.from {
            return (reach(value) + 1.0) / n;
        }
        let fitted = (reach(self.from) + 1.0) / n * (-f64::from((value - self.from) / self.excess)).exp();
        // Where one side has few texts the maxima are a few values far apart, and no curve runs through them.
        fitted.max(reach(value) / n)
    }

    /// The value that the largest statistic reaches with probability `p`.
    pub fn value_at(&self, p: f64) -> f32 {
        let (mut low, mut high) = (0f32, self.from.max(1.0) + 60.0 * self.excess);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if self.p(middle) > p { low = middle } else { high = middle }
        }
        high
    }
}

/// One family of statistics, with its share of the error rate.
pub(super) struct Channel {
    /// Largest statistic under every column.
    pub null: NullMax,
    /// Part of the error rate, over all channels 1 at most.
    pub share: f64,
    /// What a statistic needs at least: where the shuffles are few and alike, their maxima say too little.
    pub least: f32,
}

/// Several channels at one error rate.
pub(super) struct Joint {
    tails: Vec<Option<Tail>>,
    shares: Vec<f64>,
    least: Vec<f32>,
    /// Of the largest strength over the channels.
    tail: Tail,
    /// Strength that is needed.
    needed: f64,
}

impl Joint {
    /// Prepares `channels`; `None` leaves one out. `alpha` is the error rate over all of them.
    pub fn new(channels: &[Option<Channel>], alpha: f64) -> Self {
        let tails: Vec<Option<Tail>> = channels.iter().map(|c| c.as_ref().map(|c| Tail::of(&c.null))).collect();
        let given: f64 = channels.iter().flatten().map(|c| c.share).sum::<f64>().max(1e-9);
        let shares: Vec<f64> = channels.iter().map(|c| c.as_ref().map_or(0.0, |c| c.share / given)).collect();
        let columns = channels.iter().flatten().map(|c| c.null.len()).max().unwrap_or(1);
        let mut largest = vec![f32::NEG_INFINITY; columns];
        for ((channel, tail), share) in channels.iter().zip(&tails).zip(&shares) {
            let (Some(channel), Some(tail)) = (channel, tail) else { continue };
            for (l, v) in largest.iter_mut().zip(&channel.null).skip(1) {
                *l = l.max(strength(tail, *share, *v) as f32);
            }
        }
        if channels.iter().all(Option::is_none) {
            largest.fill(0.0);
        }
        let least = channels.iter().map(|c| c.as_ref().map_or(f32::INFINITY, |c| c.least)).collect();
        let tail = Tail::of(&largest);
        let needed = f64::from(tail.value_at(alpha));
        Self { tails, shares, least, tail, needed }
    }

    /// The statistic that a channel needs; infinite where the channel is left out.
    pub fn limit(&self, channel: usize) -> f32 {
        match &self.tails[channel] {
            Some(tail) => tail.value_at(self.shares[channel] * (-self.needed).exp()).max(self.least[channel]),
            None => f32::INFINITY,
        }
    }

    /// Probability that anything in any channel is as strong as `value` is in this one.
    pub fn p(&self, channel: usize, value: f32) -> f64 {
        let Some(tail) = &self.tails[channel] else { return 1.0 };
        self.tail.p(strength(tail, self.shares[channel], value) as f32).min(1.0)
    }
}

/// How strong a statistic is, on a scale that all channels share.
fn strength(tail: &Tail, share: f64, value: f32) -> f64 {
    -(tail.p(value) / share.max(1e-9)).ln()
}

/// The limits of all channels. When something was found in a channel, its share goes to the others: what is left to find
/// has the whole error rate (a step-down in the sense of Westfall and Young 1993, section 2.8).
pub(super) struct Judged {
    joints: Vec<Joint>,
    /// Which of them each channel is judged by.
    by: Vec<usize>,
    pub limits: Vec<f32>,
}

impl Judged {
    pub fn new(mut families: Vec<Option<Channel>>, top: &[f32]) -> Self {
        let mut out = Self { joints: Vec::new(), by: vec![0; top.len()], limits: vec![f32::INFINITY; top.len()] };
        loop {
            let joint = Joint::new(&families, ALPHA * FOR_FINDINGS);
            let left: Vec<usize> = (0..top.len()).filter(|&c| families[c].is_some()).collect();
            let mut found = false;
            for &c in &left {
                out.limits[c] = joint.limit(c);
                out.by[c] = out.joints.len();
                if top[c] >= out.limits[c] {
                    families[c] = None;
                    found = true;
                }
            }
            out.joints.push(joint);
            if !found || families.iter().all(Option::is_none) {
                return out;
            }
        }
    }

    pub fn p(&self, channel: usize, value: f32) -> f64 {
        self.joints[self.by[channel]].p(channel, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use rand_xoshiro::Xoshiro256Plus;
    use rand_xoshiro::rand_core::SeedableRng;

    /// Maxima of `tests` normal values, `columns` times.
    fn maxima(rng: &mut Xoshiro256Plus, tests: usize, columns: usize) -> NullMax {
        let normal = |rng: &mut Xoshiro256Plus| (0..12).map(|_| rng.gen_range(0.0..1.0f32)).sum::<f32>() - 6.0;
        (0..columns).map(|_| (0..tests).map(|_| normal(rng).abs()).fold(0.0, f32::max)).collect()
    }

    #[test]
    fn a_tail_gives_back_its_own_quantiles() {
        let mut rng = Xoshiro256Plus::seed_from_u64(1);
        // One tail of 399 maxima is off by a half now and then; on average they are right.
        let mut rates = 0.0;
        for _ in 0..10 {
            let tail = Tail::of(&maxima(&mut rng, 50, 400));
            let fresh = maxima(&mut rng, 50, 4_000);
            let limit = tail.value_at(0.01);
            rates += fresh.iter().filter(|v| **v >= limit).count() as f64 / fresh.len() as f64 / 10.0;
        }
        assert!((0.006..0.014).contains(&rates), "{rates}");
        let tail = Tail::of(&maxima(&mut rng, 50, 400));
        for p in [0.5, 0.2, 0.05, 0.01, 0.001] {
            let again = tail.p(tail.value_at(p));
            assert!((again / p - 1.0).abs() < 0.05, "{p} {again}");
        }
    }

    #[test]
    fn channels_share_one_rate_and_do_not_pay_for_each_other() {
        let mut rng = Xoshiro256Plus::seed_from_u64(2);
        let (mut shown, mut limits) = (0, [0.0f32; 2]);
        for _ in 0..300 {
            let channels: Vec<Option<Channel>> = [(5, 0.5), (2000, 0.5)]
                .map(|(tests, share)| Some(Channel { null: maxima(&mut rng, tests, 400), share, least: 1.0 }))
                .into();
            let joint = Joint::new(&channels, 0.05);
            let observed = [maxima(&mut rng, 5, 1)[0], maxima(&mut rng, 2000, 1)[0]];
            shown += u32::from((0..2).any(|c| joint.p(c, observed[c]) <= 0.05));
            limits = [joint.limit(0), joint.limit(1)];
            assert!((joint.p(0, limits[0]) - 0.05).abs() < 0.01, "{}", joint.p(0, limits[0]));
        }
        assert!((5..=27).contains(&shown), "{shown} of 300");
        assert!(limits[0] < 3.2 && limits[1] > 3.8, "{limits:?}");
    }

    #[test]
    fn without_channels_nothing_is_found() {
        let joint = Joint::new(&[None], 0.05);
        assert_eq!((joint.limit(0), joint.p(0, 9.0)), (f32::INFINITY, 1.0));
    }
}
