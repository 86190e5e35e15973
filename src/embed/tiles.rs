//! Small matrix products in registers, for attention: tiles whose size suits the processor, chosen at run time.
//!
//! Every element is one sum in the order of the inner index, so that neither the size of the tile nor the width of the
//! vectors shows in the result. Where the processor multiplies and adds in one step (x86-64 since 2013, all ARM) it does so;
//! a plain x86-64 without it rounds twice and differs in the last bits.

use pulp::Simd;

/// Something computed in two shapes of tiles.
pub(super) trait Kernel {
    /// Runs with tiles for scores (keys by queries) and for values (queries by values).
    fn run<S: Tiles, V: Tiles>(self, scores: S, values: V);
}

/// A product whose sums stay in registers.
pub(super) trait Tiles: Copy {
    /// Rows of the product.
    const ROWS: usize;
    /// Columns of the product.
    const COLUMNS: usize;

    /// `c = aᵀ b`: `inner` rows of `a` (its first [`Self::ROWS`] columns) and `b` (its first [`Self::COLUMNS`]); each
    /// matrix with the distance between its rows.
    fn product(self, inner: usize, a: (&[f32], usize), b: (&[f32], usize), c: (&mut [f32], usize));
}

/// `R` rows and `N` vectors of columns.
#[derive(Clone, Copy)]
struct Tile<S, const R: usize, const N: usize>(S);

impl<S: Simd, const R: usize, const N: usize> Tiles for Tile<S, R, N> {
    const ROWS: usize = R;
    const COLUMNS: usize = N * S::F32_LANES;

    #[inline(always)]
    fn product(self, inner: usize, (a, lda): (&[f32], usize), (b, ldb): (&[f32], usize), c: (&mut [f32], usize)) {
        let mut sums = [[self.0.splat_f32s(0.0); N]; R];
        for (a, b) in a.chunks(lda).zip(b.chunks(ldb)).take(inner) {
            let (Some(a), Some(b)) = (a.first_chunk::<R>(), b.get(..Self::COLUMNS)) else { break };
            let b = S::as_simd_f32s(b).0;
            for (sums, factor) in sums.iter_mut().zip(a) {
                let factor = self.0.splat_f32s(*factor);
                for (sum, v) in sums.iter_mut().zip(b) {
                    *sum = self.0.mul_add_e_f32s(factor, *v, *sum);
                }
            }
        }
        let (c, ldc) = c;
        for (sums, c) in sums.iter().zip(c.chunks_mut(ldc)) {
            S::as_mut_simd_f32s(&mut c[..Self::COLUMNS]).0.copy_from_slice(sums);
        }
    }
}

/// Four rows and eight columns in the registers of every x86-64: pulp knows no vectors for those without AVX2.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Baseline(pulp::core_arch::x86::Sse);

#[cfg(target_arch = "x86_64")]
impl Tiles for Baseline {
    const ROWS: usize = 4;
    const COLUMNS: usize = 8;

    #[inline(always)]
    fn product(self, inner: usize, (a, lda): (&[f32], usize), (b, ldb): (&[f32], usize), c: (&mut [f32], usize)) {
        let sse = self.0;
        let mut sums = [[sse._mm_setzero_ps(); 2]; Self::ROWS];
        for (a, b) in a.chunks(lda).zip(b.chunks(ldb)).take(inner) {
            let (Some(a), Some(b)) = (a.first_chunk::<{ Self::ROWS }>(), b.first_chunk::<{ Self::COLUMNS }>()) else {
                break;
            };
            let b = b.as_chunks::<4>().0;
            for (sums, factor) in sums.iter_mut().zip(a) {
                let factor = sse._mm_set1_ps(*factor);
                for (sum, v) in sums.iter_mut().zip(b) {
                    *sum = sse._mm_add_ps(*sum, sse._mm_mul_ps(factor, pulp::cast(*v)));
                }
            }
        }
        let (c, ldc) = c;
        for (sums, c) in sums.into_iter().zip(c.chunks_mut(ldc)) {
            c[..Self::COLUMNS].copy_from_slice(sums.map(pulp::cast::<_, [f32; 4]>).as_flattened());
        }
    }
}

/// Runs a kernel with the tiles, and compiled for the instructions, of this processor.
pub(super) fn widest<K: Kernel>(kernel: K) {
    struct At<K>(K);
    impl<K: Kernel> pulp::WithSimd for At<K> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            match S::F32_LANES {
                16 => self.0.run(Tile::<S, 16, 1>(simd), Tile::<S, 8, 2>(simd)),
                8 => self.0.run(Tile::<S, 4, 2>(simd), Tile::<S, 4, 2>(simd)),
                _ => {
                    #[cfg(target_arch = "x86_64")]
                    if let Some(sse) = pulp::core_arch::x86::Sse::try_new() {
                        return self.0.run(Baseline(sse), Baseline(sse));
                    }
                    self.0.run(Tile::<S, 4, 4>(simd), Tile::<S, 4, 4>(simd))
                }
            }
        }
    }
    pulp::Arch::new().dispatch(At(kernel));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Products<'a>(usize, &'a [f32], &'a [f32], &'a mut Vec<Vec<f32>>);

    fn whole<T: Tiles>(tiles: T, inner: usize, a: &[f32], b: &[f32]) -> Vec<f32> {
        let mut c = vec![0f32; 16 * 32];
        for row in (0..16).step_by(T::ROWS) {
            for column in (0..32).step_by(T::COLUMNS) {
                tiles.product(inner, (&a[row..], 16), (&b[column..], 32), (&mut c[row * 32 + column..], 32));
            }
        }
        c
    }

    impl Kernel for Products<'_> {
        fn run<S: Tiles, V: Tiles>(self, scores: S, values: V) {
            let Self(inner, a, b, out) = self;
            *out = vec![whole(scores, inner, a, b), whole(values, inner, a, b)];
        }
    }

    #[test]
    fn the_size_of_a_tile_does_not_show() {
        for inner in [1, 7, 32, 64, 300] {
            let at = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 500.0 - 1.0;
            let a: Vec<f32> = (0..inner * 16).map(at).collect();
            let b: Vec<f32> = (0..inner * 32).map(|i| at(i + 5)).collect();
            let mut out = Vec::new();
            widest(Products(inner, &a, &b, &mut out));
            #[cfg(target_arch = "x86_64")]
            if let Some(plain) = pulp::core_arch::x86::Sse::try_new() {
                // It rounds between product and sum.
                let far = whole(Baseline(plain), inner, &a, &b).iter().zip(&out[0]).any(|(a, b)| (a - b).abs() > 1e-4);
                assert!(!far, "{inner}");
            }
            #[cfg(target_arch = "x86_64")]
            if let Some(narrower) = pulp::x86::V3::try_new() {
                out.push(whole(Tile::<_, 4, 2>(narrower), inner, &a, &b));
            }
            assert!(out.iter().all(|o| *o == out[0]), "tiles differ for {inner}");
            for (i, v) in out[0].iter().enumerate() {
                let (r, c) = (i / 32, i % 32);
                let sum: f64 = (0..inner).map(|k| f64::from(a[k * 16 + r]) * f64::from(b[k * 32 + c])).sum();
                assert!((sum - f64::from(*v)).abs() < 1e-4, "{sum} is not {v}");
            }
        }
    }
}
