//! Squared Euclidean distance for linfa's k-means, in vectors of the processor: linfa's own adds value after value, and
//! clustering spends nearly all its time here (measured: 5 times as long).

use linfa_nn::distance::Distance;
use ndarray::{ArrayView, Dimension};

use crate::linalg::squared_distance;

/// Euclidean distance between rows of `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Euclidean;

impl Distance<f32> for Euclidean {
    fn distance<D: Dimension>(&self, a: ArrayView<f32, D>, b: ArrayView<f32, D>) -> f32 {
        self.rdistance(a, b).sqrt()
    }

    #[inline(always)]
    fn rdistance<D: Dimension>(&self, a: ArrayView<f32, D>, b: ArrayView<f32, D>) -> f32 {
        match (a.as_slice(), b.as_slice()) {
            (Some(a), Some(b)) => squared_distance(a, b),
            // Views that are not contiguous, which rows never are.
            _ => a.iter().zip(b.iter()).map(|(x, y)| (x - y) * (x - y)).sum(),
        }
    }

    fn rdist_to_dist(&self, rdist: f32) -> f32 {
        rdist.sqrt()
    }

    fn dist_to_rdist(&self, dist: f32) -> f32 {
        dist * dist
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linfa_nn::distance::L2Dist;
    use ndarray::Array2;

    #[test]
    fn agrees_with_linfas_own() {
        for d in [1, 15, 16, 17, 64, 100] {
            let x = Array2::from_shape_fn((2, d), |(i, j)| ((i * 31 + j * 17) % 23) as f32 / 7.0 - 1.5);
            let (a, b) = (x.row(0), x.row(1));
            for (own, linfa) in
                [(Euclidean.distance(a, b), L2Dist.distance(a, b)), (Euclidean.rdistance(a, b), L2Dist.rdistance(a, b))]
            {
                assert!((own - linfa).abs() <= 1e-5 * linfa.max(1.0), "{own} is not {linfa}");
            }
        }
    }

    #[test]
    fn strided_views_are_read_too() {
        let x = Array2::from_shape_fn((10, 2), |(i, j)| if j == 0 { i as f32 } else { 1.0 });
        let want: f32 = (0..10).map(|i| (i as f32 - 1.0).powi(2)).sum();
        assert_eq!(Euclidean.rdistance(x.column(0), x.column(1)), want);
    }
}
