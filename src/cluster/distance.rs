//! Squared Euclidean distance for linfa's k-means, in vectors of the processor: linfa's own adds value after value, and
//! clustering spends nearly all its time here (measured: 5 times as long).

use linfa_nn::distance::Distance;
use ndarray::{ArrayView, Dimension};
use pulp::{Simd, WithSimd};

/// Lanes of the sum. Fixed, and without fused multiply-add, so that every processor gives the same bits.
const LANES: usize = 16;

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
            (Some(a), Some(b)) => squared(a, b),
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

/// Squared distance of two points of equal length.
#[inline(always)]
pub(super) fn squared(a: &[f32], b: &[f32]) -> f32 {
    pulp::Arch::new().dispatch(Sum::<true>(a, b))
}

/// Sum of the products of two rows of equal length.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    pulp::Arch::new().dispatch(Sum::<false>(a, b))
}

/// The sum over two rows of their products, or (`APART`) of the squares of what is between them.
struct Sum<'a, const APART: bool>(&'a [f32], &'a [f32]);

impl<const APART: bool> WithSimd for Sum<'_, APART> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        match S::F32_LANES {
            16 => self.with::<S, 1>(simd),
            8 => self.with::<S, 2>(simd),
            4 => self.with::<S, 4>(simd),
            _ => self.with::<S, LANES>(simd),
        }
    }
}

impl<const APART: bool> Sum<'_, APART> {
    /// Sums in `N` vectors that hold [`LANES`] together. They are added by halves, first vectors and then within one, which
    /// is the same order however many there are.
    #[inline(always)]
    fn with<S: Simd, const N: usize>(self, simd: S) -> f32 {
        let ((a, a_rest), (b, b_rest)) = (self.0.as_chunks::<LANES>(), self.1.as_chunks::<LANES>());
        let mut sums = [simd.splat_f32s(0.0); N];
        for (a, b) in a.iter().zip(b) {
            let (a, b) = (S::as_simd_f32s(a).0, S::as_simd_f32s(b).0);
            for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                let (a, b) = if APART { (simd.sub_f32s(a, b), simd.sub_f32s(a, b)) } else { (a, b) };
                *sum = simd.add_f32s(*sum, simd.mul_f32s(a, b));
            }
        }
        let mut half = N / 2;
        while half > 0 {
            for v in 0..half {
                sums[v] = simd.add_f32s(sums[v], sums[v + half]);
            }
            half /= 2;
        }
        let mut sum = simd.reduce_sum_f32s(sums[0]);
        for (a, b) in a_rest.iter().zip(b_rest) {
            sum += if APART { (a - b) * (a - b) } else { a * b };
        }
        sum
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
    fn the_width_of_the_vectors_does_not_show() {
        let x: Vec<f32> = (0..384).map(|i| ((i * 7919 + 13) % 1009) as f32 / 500.0 - 1.0).collect();
        for d in [16, 64, 130] {
            let (a, b) = (&x[..d], &x[200..200 + d]);
            let narrow = (Sum::<true>(a, b).with_simd(pulp::Scalar), Sum::<false>(a, b).with_simd(pulp::Scalar));
            assert_eq!((squared(a, b), dot(a, b)), narrow);
        }
    }

    #[test]
    fn strided_views_are_read_too() {
        let x = Array2::from_shape_fn((10, 2), |(i, j)| if j == 0 { i as f32 } else { 1.0 });
        let want: f32 = (0..10).map(|i| (i as f32 - 1.0).powi(2)).sum();
        assert_eq!(Euclidean.rdistance(x.column(0), x.column(1)), want);
    }
}
