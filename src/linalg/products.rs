//! Products and squared distances of rows, in vectors of the processor.

use pulp::{Simd, WithSimd};

/// Lanes of the sum. Fixed, and without fused multiply-add, so that every processor gives the same bits.
const LANES: usize = 16;

/// Squared distance of two points of equal length.
#[inline(always)]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    pulp::Arch::new().dispatch(Sum::<true>(a, b))
}

/// Sum of the products of two rows of equal length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
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

    #[test]
    fn the_width_of_the_vectors_does_not_show() {
        let x: Vec<f32> = (0..384).map(|i| ((i * 7919 + 13) % 1009) as f32 / 500.0 - 1.0).collect();
        for d in [16, 64, 130] {
            let (a, b) = (&x[..d], &x[200..200 + d]);
            let narrow = (Sum::<true>(a, b).with_simd(pulp::Scalar), Sum::<false>(a, b).with_simd(pulp::Scalar));
            assert_eq!((squared_distance(a, b), dot(a, b)), narrow);
        }
    }
}
