//! Element-wise kernels, written so that the compiler turns them into vector code for the processor it runs on
//! (`pulp` picks the widest instructions at run time). No fused multiply-add and fixed lanes in every sum: each
//! processor gives the same bits.

/// Lanes of every reduction; the order of additions depends on this and nothing else.
const LANES: usize = 16;

/// Adding 1.5 * 2^23 rounds to the nearest integer, which then stands in the lowest bits: a conversion would check its
/// range value by value.
const ROUND: f32 = 12_582_912.0;

/// Runs `f` compiled for the widest vector instructions of this processor.
pub(super) fn vectorised<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}

/// `e^x` for `x <= 0`, relative error below 1e-5 (the least for x near 0).
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let t = x * std::f32::consts::LOG2_E;
    let t = if t > -126.0 { t } else { -126.0 };
    let rounded = t + ROUND;
    let r = t - (rounded - ROUND);
    let p = ((((1.339_887_4e-3 * r + 9.618_437e-3) * r + 5.550_332_5e-2) * r + 2.402_264_8e-1) * r + 6.931_472e-1) * r
        + 1.0;
    p * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

/// `2^LOG2_255 = 255`.
pub(super) const LOG2_255: f32 = 7.994_353_4;

/// `2^x` over 0 to 1: the cubic with the least largest relative error, 7.5e-5 (by linear programming).
pub(super) const EXP2: [f32; 4] = [0.999_925_2, 0.695_833_3, 0.226_067_12, 0.078_024_78];

/// `2^x` for `x` below 100, relative error below 1e-4: for weights that are rounded to bytes.
#[inline(always)]
pub(super) fn rough_exp2(x: f32) -> f32 {
    let x = if x > -120.0 { x } else { -120.0 };
    // The floor, without asking for it: old processors call a function for that.
    let near = nearest(x);
    let whole = if near > x { near - 1.0 } else { near };
    let p = EXP2[..3].iter().rev().fold(EXP2[3], |p, k| p * (x - whole) + k);
    p * f32::from_bits((whole as i32 + 127).cast_unsigned() << 23)
}

/// `x`, of at most four million, at its nearest integer.
#[inline(always)]
pub(super) fn nearest(x: f32) -> f32 {
    (x + ROUND) - ROUND
}

/// The nearest integer to `x` in 0 to 255.
#[inline(always)]
pub(super) fn byte(x: f32) -> u8 {
    (x + ROUND).to_bits() as u8
}

/// The exact GELU, with the error function of Abramowitz and Stegun 7.1.26 (error below 1.5e-7).
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    let z = x * std::f32::consts::FRAC_1_SQRT_2;
    let a = z.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let p = ((((1.061_405_4 * t - 1.453_152_1) * t + 1.421_413_8) * t - 0.284_496_72) * t + 0.254_829_6) * t;
    let e = 1.0 - p * exp(-a * a);
    0.5 * x * (1.0 + e.copysign(x))
}

/// Where [`rough_gelu`] takes a gate to be open or shut.
pub(super) const GATE_END: f32 = 4.0;

/// `Φ(x) = 1/2 + x p(x²)` up to [`GATE_END`]: the least largest error of `x Φ(x)` with `Φ(4) = 1` (by linear programming).
pub(super) const GATE: [f32; 7] =
    [0.397_870_36, -0.064_554_475, 0.008_763_711, -8.121_909e-4, 4.776_419_5e-5, -1.588_841e-6, 2.258_844_8e-8];

/// GELU with an error below 2e-4, a hundredth of a step of the bytes that it is then rounded to; without its division and
/// exponential.
#[inline(always)]
pub(super) fn rough_gelu(x: f32) -> f32 {
    let c = if x < GATE_END { x } else { GATE_END };
    let c = if c > -GATE_END { c } else { -GATE_END };
    let u = c * c;
    let p = GATE[..6].iter().rev().fold(GATE[6], |p, k| p * u + k);
    x * (0.5 + c * p)
}

/// Halves the lanes until one is left, the same way everywhere.
#[inline(always)]
pub(super) fn fold(lanes: [f32; LANES]) -> f32 {
    let mut l = lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            l[i] += l[i + half];
        }
        half /= 2;
    }
    l[0]
}

/// Smallest and largest value.
#[inline(always)]
pub(super) fn range(x: &[f32]) -> (f32, f32) {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lo = [f32::MAX; LANES];
    let mut hi = [f32::MIN; LANES];
    for c in chunks {
        for l in 0..LANES {
            lo[l] = if c[l] < lo[l] { c[l] } else { lo[l] };
            hi[l] = if c[l] > hi[l] { c[l] } else { hi[l] };
        }
    }
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lo[i] = if lo[i + half] < lo[i] { lo[i + half] } else { lo[i] };
            hi[i] = if hi[i + half] > hi[i] { hi[i + half] } else { hi[i] };
        }
        half /= 2;
    }
    rest.iter().fold((lo[0], hi[0]), |(lo, hi), &v| (lo.min(v), hi.max(v)))
}

/// Layer norm of `x + residual` over rows of `gain.len()` values (a multiple of 16), in place in `x`.
pub(super) fn add_norm(x: &mut [f32], residual: &[f32], gain: &[f32], bias: &[f32], epsilon: f32) {
    let d = gain.len();
    vectorised(
        #[inline(always)]
        || {
            for (row, res) in x.chunks_exact_mut(d).zip(residual.chunks_exact(d)) {
                let mut lanes = [0f32; LANES];
                for (c, r) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(res.as_chunks::<LANES>().0) {
                    for l in 0..LANES {
                        c[l] += r[l];
                        lanes[l] += c[l];
                    }
                }
                let mean = fold(lanes) / d as f32;
                let mut lanes = [0f32; LANES];
                for c in row.as_chunks_mut::<LANES>().0 {
                    for l in 0..LANES {
                        c[l] -= mean;
                        lanes[l] += c[l] * c[l];
                    }
                }
                let inv = 1.0 / (fold(lanes) / d as f32 + epsilon).sqrt();
                for ((v, g), b) in row.iter_mut().zip(gain).zip(bias) {
                    *v = *v * inv * g + b;
                }
            }
        },
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Numbers that look random.
    pub(in crate::embed) struct Draw(pub u64);

    impl Draw {
        fn next(&mut self) -> u32 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as u32
        }

        /// 1 to `most`.
        pub fn upto(&mut self, most: u32) -> u32 {
            self.next() % most + 1
        }

        /// -1 to 1.
        pub fn float(&mut self) -> f32 {
            self.next() as f32 / (1u32 << 30) as f32 - 1.0
        }
    }

    #[test]
    fn exp_and_gelu_are_close_to_the_library() {
        for i in -2000..=0 {
            let x = i as f32 / 25.0;
            assert!((exp(x) - x.exp()).abs() <= 1e-5 * x.exp().max(1e-30), "exp({x})");
        }
        // Reference values of x * Phi(x).
        for (x, want) in
            [(-3.0, -0.004_049_7), (-1.0, -0.158_655_26), (0.0, 0.0), (0.5, 0.345_731_2), (2.0, 1.954_499_7)]
        {
            assert!((gelu(x) - want).abs() < 2e-6, "gelu({x}) = {}", gelu(x));
        }
    }

    /// The errors that `assets/minilm/README.md` names.
    #[test]
    fn rough_exponentials_and_gelu_are_as_near_as_said() {
        for i in -2000..=2000 {
            let x = i as f32 / 100.0;
            assert!((rough_exp2(x) - x.exp2()).abs() <= 1e-4 * x.exp2(), "2^{x} is not {}", rough_exp2(x));
            assert!((rough_gelu(x) - gelu(x)).abs() < 2e-4, "gelu({x}) is not {}", rough_gelu(x));
        }
    }

    #[test]
    fn norm_has_mean_zero_and_unit_variance() {
        let mut x: Vec<f32> = (0..96).map(|i| (i * 7 % 13) as f32).collect();
        let zero = vec![0.0; 96];
        add_norm(&mut x, &zero, &[1.0; 48], &[0.0; 48], 1e-12);
        for row in x.chunks(48) {
            assert!(row.iter().sum::<f32>().abs() < 1e-4);
            assert!((row.iter().map(|v| v * v).sum::<f32>() / 48.0 - 1.0).abs() < 1e-4);
        }
    }
}
