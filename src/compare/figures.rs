//! The numbers of each cluster.

use serde::{Deserialize, Serialize};

use super::design::{Design, Scratch};
use super::odds::{LogOdds, shares};
use super::overall::Shift;
use super::significance::{ALPHA, FOR_CLUSTERS, FOR_SHIFTS, benjamini_hochberg, fisher, normal_two_sided, t_two_sided};
use super::stance::Stance;
use super::trend::{Rounds, Trend};
use crate::model::{ClusterId, Corpus, Partition, SampleIx};

/// Above this many texts Fisher's sums are long and the normal approximation is as good.
const EXACT_LIMIT: u32 = 50_000;

/// Which test gave a cluster's p.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// Cochran-Mantel-Haenszel over prompts.
    Cmh,
    /// Whole prompts as the unit.
    ClusterRobust,
    /// Fisher's exact test (two proportions above 50,000 texts).
    Fisher,
}

/// What the comparison says of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterFigures {
    /// The cluster.
    pub id: ClusterId,
    /// Number of texts.
    pub size: u32,
    /// Texts of each source.
    pub counts: Vec<u32>,
    /// Base-rate corrected shares of the sources, summing to 1.
    pub share: Vec<f64>,
    /// Texts on the two sides of the contrast.
    pub sides: [u32; 2],
    /// Right against left; absent when there is nothing to compare.
    pub odds: Option<LogOdds>,
    /// The test behind `p`.
    pub test: Option<Test>,
    /// Two-sided p.
    pub p: Option<f64>,
    /// Benjamini-Hochberg over all clusters now on screen, times [`super::Findings::cluster_factor`].
    pub q: Option<f64>,
    /// Do the sides differ inside?
    pub shift: Option<Shift>,
    /// Do the models take different sides inside?
    #[serde(default)]
    pub stance: Option<Stance>,
    /// Distinctive terms, the best first.
    pub terms: Vec<String>,
    /// Typical texts, the most typical first.
    pub exemplars: Vec<SampleIx>,
    /// The share over ordered sources.
    #[serde(default)]
    pub trend: Option<Trend>,
}

impl ClusterFigures {
    /// Whether its shares differ between the sides, at the false-alarm rate of everything that is shown.
    pub fn differs(&self) -> bool {
        self.q.is_some_and(|q| q < ALPHA)
    }

    /// Takes every test away: counts and shares stay.
    pub fn untest(&mut self) {
        (self.odds, self.test, self.p, self.q, self.shift) = (None, None, None, None, None);
        self.stance = None;
        self.trend.iter_mut().for_each(Trend::untest);
    }
}

/// One row, not yet adjusted for the others.
pub(super) fn of_group(
    corpus: &Corpus,
    totals: &[u32],
    design: Option<&Design>,
    id: ClusterId,
    members: &[SampleIx],
    scratch: &mut Scratch,
) -> ClusterFigures {
    let mut counts = vec![0u32; totals.len()];
    for &s in members {
        counts[corpus.samples[s as usize].source.ix()] += 1;
    }
    let mut f = ClusterFigures {
        id,
        size: members.len() as u32,
        share: shares(&counts, totals),
        counts,
        sides: [0, 0],
        odds: None,
        test: None,
        p: None,
        q: None,
        shift: None,
        stance: None,
        terms: Vec::new(),
        exemplars: Vec::new(),
        trend: None,
    };
    if let Some(design) = design {
        compare(&mut f, design, members, scratch);
    }
    f
}

/// Counts, shares, odds and tests of all clusters; terms, exemplars and shift are left empty. Their q are
/// multiplied by `factor` ([`super::Findings::cluster_factor`]).
pub fn cluster_figures(
    corpus: &Corpus,
    design: Option<&Design>,
    rounds: Option<&Rounds>,
    p: &Partition,
    factor: f64,
) -> Vec<ClusterFigures> {
    let totals = corpus.source_sizes();
    let mut scratch = Scratch::default();
    let mut out: Vec<ClusterFigures> = p
        .clusters()
        .map(|c| {
            let members = p.members(c.id);
            let f = of_group(corpus, &totals, design, c.id, members, &mut scratch);
            let looked_at = p.clusters().count() as f64 * factor;
            ClusterFigures { trend: rounds.map(|r| r.trend(corpus, members, looked_at)), ..f }
        })
        .collect();
    let void = |f: &ClusterFigures| p.void(f.id).is_some();
    out.iter_mut().filter(|f| void(f)).for_each(ClusterFigures::untest);
    adjust(&mut out, p, factor);
    out
}

/// Adjusts the tests of all clusters for each other: their shares together with the stances inside them, their trends, and
/// the differences inside them, which have a smaller part of the error rate (Benjamini and Hochberg 1995), times `factor`.
pub fn adjust(figures: &mut [ClusterFigures], p: &Partition, factor: f64) {
    let void = figures.iter().filter(|f| p.void(f.id).is_some()).count();
    // What left the family after looking counts as before, so that no other q falls by it.
    let family = |mut tests: Vec<f64>, factor: f64| {
        let least = if void > 0 { figures.len().max(p.cut() as usize) } else { 0 };
        tests.resize(tests.len().max(least), 1.0);
        benjamini_hochberg(&tests).into_iter().map(|q| (q * factor).min(1.0)).collect::<Vec<f64>>()
    };
    let shares = figures.iter().filter_map(|f| f.p);
    let stances = figures.iter().filter_map(|f| Some(f.stance.as_ref()?.p));
    let mut q = family(shares.chain(stances).collect(), factor).into_iter();
    let mut trends = family(figures.iter().filter_map(|f| f.trend.as_ref()?.p).collect(), factor).into_iter();
    let shifts = figures.iter().filter_map(|f| Some(f.shift?.p)).collect();
    let mut shifts = family(shifts, factor * FOR_CLUSTERS / FOR_SHIFTS).into_iter();
    for f in figures.iter_mut().filter(|f| f.p.is_some()) {
        f.q = q.next();
    }
    for stance in figures.iter_mut().filter_map(|f| f.stance.as_mut()) {
        stance.q = q.next();
    }
    for t in figures.iter_mut().filter_map(|f| f.trend.as_mut()).filter(|t| t.p.is_some()) {
        t.q = trends.next();
    }
    for shift in figures.iter_mut().filter_map(|f| f.shift.as_mut()) {
        shift.q = shifts.next();
    }
}

fn compare(f: &mut ClusterFigures, design: &Design, members: &[SampleIx], scratch: &mut Scratch) {
    f.sides = design.counts(members);
    let sizes = design.sizes();
    if f.sides == [0, 0] {
        return;
    }
    let z = |scratch: &mut Scratch| {
        let (mean, var) = design.expectation(members.iter().copied(), scratch);
        // Half a text of continuity correction, as in Mantel and Haenszel (1959).
        let gap = ((f64::from(f.sides[1]) - mean).abs() - 0.5).max(0.0);
        if var < 1e-9 { 0.0 } else { gap / var.sqrt() }
    };
    let (test, p) = if design.pairing().by_prompt {
        (Test::Cmh, normal_two_sided(z(scratch)))
    } else if design.pairing().by_block {
        (Test::ClusterRobust, t_two_sided(z(scratch), design.blocks().len() as f64 - 2.0))
    } else if sizes[0] + sizes[1] <= EXACT_LIMIT {
        (Test::Fisher, fisher(f.sides, sizes))
    } else {
        (Test::Fisher, normal_two_sided(z(scratch)))
    };
    f.odds = Some(match test {
        Test::Cmh => LogOdds::mantel_haenszel(design, members),
        Test::Fisher => LogOdds::haldane(f.sides, sizes),
        Test::ClusterRobust => LogOdds::haldane(f.sides, sizes).widened(design_effect(design, members, scratch)),
    });
    f.test = Some(test);
    f.p = Some(p);
}

/// How much more the count of a group varies when whole prompts are the unit than when texts are (Kish 1965), at least 1.
fn design_effect(design: &Design, members: &[SampleIx], scratch: &mut Scratch) -> f64 {
    let (_, var) = design.expectation(members.iter().copied(), scratch);
    let [left, right] = design.sizes().map(f64::from);
    let (n, all) = (members.len() as f64, left + right);
    let free = design.free_variance() * n * (all - n) / (all - 1.0).max(1.0);
    if free > 0.0 { (var / free).max(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Contrast, PromptId, Sample, Source, SourceId};

    fn corpus(rows: &[(u16, Option<u32>)]) -> Corpus {
        let source = |name: &str| Source { name: name.into(), file: String::new(), samples: 0 };
        Corpus {
            sources: vec![source("a"), source("b")],
            prompts: (0..100).map(|p| p.to_string()).collect(),
            samples: rows
                .iter()
                .enumerate()
                .map(|(i, &(s, p))| Sample {
                    id: i.to_string(),
                    source: SourceId(s),
                    prompt: p.map(PromptId),
                    text: String::new(),
                })
                .collect(),
            fields: Vec::new(),
        }
    }

    #[test]
    fn cmh_as_worked_by_hand() {
        // Two prompts, 4 texts a side each. In the cluster: prompt 0 has 1 left, 3 right; prompt 1 has 0 left, 2 right.
        let mut rows = Vec::new();
        for prompt in 0..2 {
            for side in 0..2 {
                rows.extend(std::iter::repeat_n((side, Some(prompt)), 4));
            }
        }
        let corpus = corpus(&rows);
        let design = Design::new(&corpus, &Contrast::pair(SourceId(0), SourceId(1)), &corpus.canonical_ranks());
        let inside: Vec<u32> = vec![0, 4, 5, 6, 12, 13];
        let (mean, var) = design.expectation(inside.iter().copied(), &mut Scratch::default());
        assert!((mean - 3.0).abs() < 1e-12);
        // 4*4*4*4/(64*7) + 2*6*4*4/(64*7) = 4/7 + 3/7
        assert!((var - 1.0).abs() < 1e-12, "{var}");
        let odds = LogOdds::mantel_haenszel(&design, &inside);
        // OR = Σ a d / n / Σ b c / n = (3*3 + 2*4) / (1*1 + 2*0) = 17
        assert!((odds.value - 17f64.ln()).abs() < 1e-9, "{}", odds.value);
    }

    #[test]
    fn answers_to_one_prompt_widen_the_interval() {
        // Twelve prompts, ten answers each, six prompts a side; three prompts of each side have all their answers in the group.
        let rows: Vec<(u16, Option<u32>)> = (0..120).map(|i| ((i / 60) as u16, Some(i / 10))).collect();
        let corpus = corpus(&rows);
        let partition = Partition::new((0..120).map(|i| ClusterId(1 + u32::from(i / 10 % 2 == 0))).collect(), 3, 2);
        let design = Design::new(&corpus, &Contrast::pair(SourceId(0), SourceId(1)), &corpus.canonical_ranks());
        let f = &cluster_figures(&corpus, Some(&design), None, &partition, 1.0)[1];
        assert_eq!(f.test, Some(Test::ClusterRobust));
        let (odds, naive) = (f.odds.unwrap(), LogOdds::haldane(f.sides, [60, 60]));
        let wider = (odds.ci[1] - odds.ci[0]) / (naive.ci[1] - naive.ci[0]);
        // Ten answers that go together count as one: the variance is about ten times as large.
        assert!((wider - 10f64.sqrt()).abs() < 0.35 && odds.value == naive.value, "{wider}");
    }

    #[test]
    fn swapping_the_models_mirrors_everything() {
        let rows: Vec<(u16, Option<u32>)> = (0..60).map(|i| (u16::from(i % 3 == 0), Some(i % 7))).collect();
        let corpus = corpus(&rows);
        let partition = Partition::new((0..60).map(|i| ClusterId(1 + u32::from(i % 5 == 0))).collect(), 0, 2);
        let run = |l, r| {
            let design = Design::new(&corpus, &Contrast::pair(SourceId(l), SourceId(r)), &corpus.canonical_ranks());
            cluster_figures(&corpus, Some(&design), None, &partition, 1.0)
        };
        for (f, g) in run(0, 1).iter().zip(run(1, 0)) {
            assert!((f.p.unwrap() - g.p.unwrap()).abs() < 1e-12);
            let (a, b) = (f.odds.unwrap(), g.odds.unwrap());
            assert!((a.value + b.value).abs() < 1e-9 && (a.ci[0] + b.ci[1]).abs() < 1e-9);
            assert_eq!(f.share, g.share);
        }
    }

    #[test]
    fn twice_the_texts_halve_the_variance() {
        // With prompts (Mantel-Haenszel) and without (Fisher, Haldane).
        for prompt in [Some(11), None] {
            let rows: Vec<(u16, Option<u32>)> =
                (0..1200u32).map(|i| (u16::from(i % 3 == 0), prompt.map(|of| i / 2 % of))).collect();
            let inside = |i: u32| ClusterId(1 + u32::from(i.is_multiple_of(5) || i.is_multiple_of(21)));
            let run = |rows: &[(u16, Option<u32>)], times: u32| {
                let partition = Partition::new((0..rows.len() as u32).map(|i| inside(i / times)).collect(), 3, 2);
                let corpus = corpus(rows);
                let design = Design::new(&corpus, &Contrast::pair(SourceId(0), SourceId(1)), &corpus.canonical_ranks());
                cluster_figures(&corpus, Some(&design), None, &partition, 1.0)
            };
            let twice: Vec<(u16, Option<u32>)> = rows.iter().flat_map(|r| [*r, *r]).collect();
            for (one, two) in run(&rows, 1).iter().zip(run(&twice, 2)) {
                assert_eq!(one.share, two.share);
                let (a, b) = (one.odds.unwrap(), two.odds.unwrap());
                let ratio = ((b.ci[1] - b.ci[0]) / (a.ci[1] - a.ci[0])).powi(2);
                assert!((ratio - 0.5).abs() < 0.02 && (a.value - b.value).abs() < 0.02, "{ratio} {a:?} {b:?}");
                let (p, q) = (one.p.unwrap(), two.p.unwrap());
                assert!(p > 0.5 || q < p, "{p} {q} {a:?} {:?} {:?}", one.test, one.sides);
            }
        }
    }
}
