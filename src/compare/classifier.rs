//! A linear classifier of the side, cross-validated with all texts of a prompt in one fold, for the observed labels and
//! all shuffles at once: ridge regression on ±1 labels is linear in them (Lopez-Paz and Oquab 2017, two-sample tests
//! by classifiers).

use linfa_linalg::cholesky::Cholesky;
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

use super::design::Design;
use super::permute::Permutations;
use crate::cluster::Space;
use crate::model::SampleIx;

/// Parts of the units, each judged by a classifier that has not seen it.
pub const FOLDS: usize = 5;

/// Area under the ROC curve for the observed labels and the share of shuffles with one as large, from rows of `space`
/// (`rows[i]` is the row of `samples[i]`). `None` when a side has fewer than five texts.
pub(super) fn auc_with_p(
    design: &Design,
    permutations: &Permutations,
    space: &Space,
    rows: &[usize],
    samples: &[SampleIx],
    columns: usize,
) -> Option<(f64, f64)> {
    let aucs = aucs(design, permutations, space, (rows, samples), columns)?;
    let as_large = aucs.iter().skip(1).filter(|&&a| a >= aucs[0]).count();
    Some((aucs[0], (1 + as_large) as f64 / columns as f64))
}

/// The areas under the ROC curve for the observed labels and each shuffle, as in [`auc_with_p`].
pub(super) fn aucs(
    design: &Design,
    permutations: &Permutations,
    space: &Space,
    (rows, samples): (&[usize], &[SampleIx]),
    columns: usize,
) -> Option<Vec<f64>> {
    let right = samples.iter().filter(|&&s| design.side(s) == 1).count();
    if right < 5 || samples.len() - right < 5 {
        return None;
    }
    let n = samples.len();
    let dims = space.ncols().min((n / 6).max(2));
    let mut x = Array2::<f32>::ones((n, dims + 1));
    for (i, &r) in rows.iter().enumerate() {
        for d in 0..dims {
            x[[i, d]] = space[[r, d]];
        }
    }
    let y = Array2::from_shape_fn((n, columns), |(i, c)| f32::from(permutations.of(samples[i])[c]) * 2.0 - 1.0);
    let fold: Vec<usize> = samples
        .iter()
        .map(|&s| (design.unit(s).wrapping_mul(0x9e37_79b1).rotate_right(15) % FOLDS as u32) as usize)
        .collect();
    let scores = cross_validated(&x, &y, &fold)?;
    Some(
        (0..columns)
            .into_par_iter()
            .map(|c| auc(&scores.column(c).to_owned(), |i| permutations.of(samples[i])[c] == 1))
            .collect(),
    )
}

/// What ridge regression says of each row when its fold is left out: rows of features `x` (`n × d`, the last a constant that is
/// not shrunk), one column of `y` (`n × c`) a labelling, `fold[i]` below [`FOLDS`]. `None` when the features cannot be solved for.
pub fn cross_validated(x: &Array2<f32>, y: &Array2<f32>, fold: &[usize]) -> Option<Array2<f32>> {
    let (n, dims) = (x.nrows(), x.ncols().checked_sub(1)?);
    let mut scores = Array2::<f32>::zeros((n, y.ncols()));
    let (xx, xy) = (x.t().dot(x), x.t().dot(y));
    for f in 0..FOLDS {
        let held: Vec<usize> = (0..n).filter(|&i| fold[i] == f).collect();
        if held.is_empty() || held.len() == n {
            continue;
        }
        let (xf, yf) = (x.select(Axis(0), &held), y.select(Axis(0), &held));
        let mut a = (&xx - &xf.t().dot(&xf)).mapv(f64::from);
        let ridge = 0.05 * a.diag().sum() / (dims + 1) as f64 + 1e-6;
        for d in 0..dims {
            a[[d, d]] += ridge;
        }
        a[[dims, dims]] += 1e-6;
        let b = (&xy - &xf.t().dot(&yf)).mapv(f64::from);
        let weights = a.cholesky().ok().and_then(|l| solve(&l, &b))?.mapv(|v| v as f32);
        let predicted = xf.dot(&weights);
        for (row, &i) in predicted.rows().into_iter().zip(&held) {
            scores.row_mut(i).assign(&row);
        }
    }
    Some(scores)
}

/// Solves `L Lᵀ w = b` by two substitutions.
pub(super) fn solve(l: &Array2<f64>, b: &Array2<f64>) -> Option<Array2<f64>> {
    let n = l.nrows();
    let mut w = b.clone();
    for c in 0..w.ncols() {
        for i in 0..n {
            let s: f64 = (0..i).map(|j| l[[i, j]] * w[[j, c]]).sum();
            w[[i, c]] = (w[[i, c]] - s) / l[[i, i]];
        }
        for i in (0..n).rev() {
            let s: f64 = (i + 1..n).map(|j| l[[j, i]] * w[[j, c]]).sum();
            w[[i, c]] = (w[[i, c]] - s) / l[[i, i]];
        }
    }
    w.iter().all(|v| v.is_finite()).then_some(w)
}

/// Area under the ROC curve; ties count half.
pub fn auc(scores: &Array1<f32>, positive: impl Fn(usize) -> bool) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut wins, mut below, mut positives) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let p = tied.iter().filter(|&&i| positive(i)).count() as f64;
        let n = tied.len() as f64 - p;
        wins += p * (below + n / 2.0);
        below += n;
        positives += p;
    }
    if positives == 0.0 || below == 0.0 { 0.5 } else { wins / (positives * below) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_counts_pairs() {
        let s = Array1::from(vec![0.1, 0.4, 0.35, 0.8]);
        assert_eq!(auc(&s, |i| i == 1 || i == 3), 0.75 + 0.25);
        assert_eq!(auc(&s, |i| i == 2 || i == 3), 0.75);
        assert_eq!(auc(&Array1::from(vec![1.0, 1.0]), |i| i == 0), 0.5);
    }
}
