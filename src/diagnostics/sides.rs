//! The two sides of a cloud of stances: 2-means, and the figures of the split that tell opposed sides from the halves of one.

use ndarray::{Array1, Array2, ArrayView1, Axis};

/// Figures of a split, in the order of [`Split::figures`].
pub(super) const FIGURES: usize = 6;
/// Leading axes from which 2-means starts, and rounds of power iteration that find each.
const STARTS: usize = 5;
const POWER_ROUNDS: usize = 12;
/// Rounds of 2-means.
const ROUNDS: usize = 30;
/// A side has at least this many texts.
const LEAST_ON_A_SIDE: usize = 3;
/// Bins of the histogram along the split, and standard deviations that it reaches to either end.
const BINS: usize = 24;
const REACH: f64 = 2.4;

/// Two sides of a cloud.
pub(super) struct Split {
    /// The side of each row.
    pub second: Vec<bool>,
    /// From the first side to the second, of length one.
    pub direction: Array1<f64>,
    /// Where along it the sides meet.
    pub middle: f64,
    /// The cosine of the two side means, negated; the log of their distance; the depth of the valley between them; the
    /// distance over the spread within both sides; the share of the variance that lies between them; the difference in
    /// negation.
    pub figures: [f64; FIGURES],
}

/// Splits unit rows (`n × d`, centred on other topics) in two. `negated` says which texts negate something. Absent where
/// all rows are the same.
pub(super) fn split(rows: &Array2<f64>, negated: &[bool]) -> Option<Split> {
    let mean = rows.mean_axis(Axis(0))?;
    let centred = rows - &mean;
    let variance: f64 = centred.iter().map(|v| v * v).sum();
    if variance < 1e-9 {
        return None;
    }
    let mut best: Option<(f64, Vec<bool>)> = None;
    for axis in leading_axes(&centred) {
        let along = centred.dot(&axis).to_vec();
        let middle = median(&along);
        let found = two_means(rows, along.iter().map(|p| *p > middle).collect());
        if best.as_ref().is_none_or(|b| found.0 > b.0) {
            best = Some(found);
        }
    }
    let (between, second) = best?;
    let (a, b) = (mean_of(rows, &second, false)?, mean_of(rows, &second, true)?);
    let gap = &b - &a;
    let distance = length(gap.view());
    if distance < 1e-9 {
        return None;
    }
    let direction = &gap / distance;
    let along = centred.dot(&direction);
    let [first, other] = [false, true].map(|which| {
        let side: Vec<f64> = along.iter().zip(&second).filter(|(_, s)| **s == which).map(|(p, _)| *p).collect();
        deviation(&side)
    });
    let share = |which: bool| {
        let of_side: Vec<bool> = negated.iter().zip(&second).filter(|(_, s)| **s == which).map(|(n, _)| *n).collect();
        of_side.iter().filter(|n| **n).count() as f64 / of_side.len().max(1) as f64
    };
    let cosine = a.dot(&b) / (length(a.view()) * length(b.view())).max(1e-9);
    let figures = [
        -cosine,
        distance.ln(),
        valley(&along.to_vec()),
        distance / (first + other + 1e-9),
        between / variance,
        (share(true) - share(false)).abs(),
    ];
    let middle = (&a + &b).dot(&direction) / 2.0;
    Some(Split { second, direction, middle, figures })
}

/// The axes of largest variance, by power iteration: each is kept apart from those before it.
fn leading_axes(centred: &Array2<f64>) -> Vec<Array1<f64>> {
    let mut found: Vec<Array1<f64>> = Vec::with_capacity(STARTS);
    for start in 1..=STARTS {
        // Any start will do that is the same in every run: multiples of the golden ratio.
        let mut axis = Array1::from_shape_fn(centred.ncols(), |j| {
            (((j + 1) * start) as f64 * 0.618_033_988_749_894_9).fract() - 0.5
        });
        for _ in 0..POWER_ROUNDS {
            axis = centred.t().dot(&centred.dot(&axis));
            for before in &found {
                axis = &axis - &(before * before.dot(&axis));
            }
            axis /= length(axis.view()) + 1e-12;
        }
        found.push(axis);
    }
    found
}

/// 2-means from a first guess: the variance between the sides, times n, and the side of each row.
fn two_means(rows: &Array2<f64>, mut second: Vec<bool>) -> (f64, Vec<bool>) {
    for _ in 0..ROUNDS {
        let (Some(a), Some(b)) = (mean_of(rows, &second, false), mean_of(rows, &second, true)) else { break };
        let gap = &b - &a;
        let middle = (&a + &b).dot(&gap) / 2.0;
        let moved: Vec<bool> = rows.dot(&gap).iter().map(|p| *p > middle).collect();
        let on_second = moved.iter().filter(|s| **s).count();
        if on_second.min(moved.len() - on_second) < LEAST_ON_A_SIDE || moved == second {
            break;
        }
        second = moved;
    }
    let (Some(a), Some(b)) = (mean_of(rows, &second, false), mean_of(rows, &second, true)) else {
        return (0.0, second);
    };
    let gap = b - a;
    let on_second = second.iter().filter(|s| **s).count() as f64;
    let on_first = second.len() as f64 - on_second;
    (on_first * on_second / second.len() as f64 * gap.dot(&gap), second)
}

/// How far the density drops between the two sides: 0 for one heap, 1 where nothing lies between two.
fn valley(along: &[f64]) -> f64 {
    let mean = along.iter().sum::<f64>() / along.len() as f64;
    let spread = deviation(along).max(1e-12);
    let mut counts = [0.0; BINS];
    for p in along {
        let bin = ((p - mean) / spread + REACH) / (2.0 * REACH) * BINS as f64;
        if (0.0..BINS as f64).contains(&bin) {
            counts[bin as usize] += 1.0;
        }
    }
    const KERNEL: [f64; 5] = [1.0, 2.0, 3.0, 2.0, 1.0];
    let smooth: Vec<f64> = (0..BINS)
        .map(|i| {
            let part = |(k, weight): (usize, &f64)| {
                (i + k).checked_sub(2).and_then(|at| counts.get(at)).map_or(0.0, |c| c * weight)
            };
            KERNEL.iter().enumerate().map(part).sum()
        })
        .collect();
    let third = BINS / 3;
    let low = (third..2 * third).min_by(|a, b| smooth[*a].total_cmp(&smooth[*b])).unwrap_or(third);
    let top = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    1.0 - smooth[low] / top(&smooth[..low]).min(top(&smooth[low + 1..])).max(1.0)
}

fn mean_of(rows: &Array2<f64>, second: &[bool], which: bool) -> Option<Array1<f64>> {
    let chosen: Vec<usize> = (0..second.len()).filter(|&i| second[i] == which).collect();
    rows.select(Axis(0), &chosen).mean_axis(Axis(0))
}

fn length(v: ArrayView1<f64>) -> f64 {
    v.dot(&v).sqrt()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n == 0 { 0.0 } else { (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0 }
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unit rows scattered about the given means, deterministically.
    fn heaps(means: &[[f64; 3]], each: usize) -> Array2<f64> {
        let mut rows = Array2::zeros((means.len() * each, 3));
        for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
            for j in 0..3 {
                row[j] = means[i / each][j] + 0.4 * (((i * 3 + j) as f64 * 0.754_877).fract() - 0.5);
            }
            let norm = row.dot(&row).sqrt();
            row /= norm;
        }
        rows
    }

    #[test]
    fn opposite_heaps_are_split_and_figures_tell_them_from_one_heap() {
        let opposed = split(&heaps(&[[1.0, 0.3, 0.0], [-1.0, 0.3, 0.0]], 30), &[false; 60]).unwrap();
        assert!((1..30).all(|i| opposed.second[i] == opposed.second[0]));
        assert!((30..60).all(|i| opposed.second[i] != opposed.second[0]));
        let one = split(&heaps(&[[1.0, 0.3, 0.0]], 60), &[false; 60]).unwrap();
        for figure in 0..5 {
            assert!(opposed.figures[figure] > one.figures[figure], "{figure}: {:?} {:?}", opposed.figures, one.figures);
        }
        assert!(split(&Array2::ones((20, 3)), &[false; 20]).is_none(), "all the same");
    }

    #[test]
    fn the_valley_is_deep_between_heaps_and_flat_within_one() {
        let heaps: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { -1.0 } else { 1.0 }).collect();
        let even: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(valley(&heaps), 1.0);
        assert!(valley(&even) < 0.2, "{}", valley(&even));
    }
}
