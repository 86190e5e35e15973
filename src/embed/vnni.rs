//! Products of bytes in the 8-bit dot products of AVX-512 VNNI, with what stands around them done while sums are still in
//! registers: scale, bias and GELU of a linear layer ([`linear`]), the softmax between the two products of attention
//! ([`attention`]). rten-gemm has the product, which other processors use; it has no way to fuse anything into it, and that
//! was a third of the time. The numbers are those of other processors, bit for bit: nothing is fused that rounds.
//!
//! This is the one module with `unsafe`. Its invariants:
//!
//! - What needs the instructions is called through a [`Vnni`] alone, which exists only where the processor has them.
//! - Registers are filled from arrays of their size, and stored to such, by copies of plain numbers.
//! - A vector is said to be filled only after every part of it was written: the loops go over all rows of all panels.
//!
//! Loops stand where iterators with closures would: a closure that uses the instructions is not inlined into the library.

#![allow(unsafe_code)]

pub(super) mod attention;
pub(super) mod linear;

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

/// Rows of a tile: of activations, or of queries.
const ROWS: usize = 8;

/// Lanes of 32 bits in a register.
const LANES: usize = 16;

/// Four bytes to each lane.
type Line = [[u8; 4]; LANES];

/// A processor with AVX-512 VNNI.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vnni(());

impl Vnni {
    /// Where this processor is one.
    pub fn here() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        has.then_some(Self(()))
    }
}

/// Sums of `rows` (bytes, four to a step) times a panel of `N` registers of columns (signed bytes), on top of `start`. It must
/// be inlined, so that the sums stay in registers, and what has instructions of its own cannot demand that.
#[inline(always)]
fn product<const N: usize>(
    Vnni(()): Vnni,
    rows: [&[[u8; 4]]; ROWS],
    panel: &[[Line; N]],
    start: [__m512i; N],
) -> [[__m512i; N]; ROWS] {
    let mut sums = [start; ROWS];
    let rows = rows.map(|r| &r[..panel.len()]);
    for (step, lines) in panel.iter().enumerate() {
        let mut columns = start;
        for (column, line) in columns.iter_mut().zip(lines) {
            // SAFETY: there is a `Vnni`.
            *column = unsafe { integers(line) };
        }
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let four = i32::from_le_bytes(row[step]);
            for (sum, column) in sums.iter_mut().zip(columns) {
                // SAFETY: there is a `Vnni`.
                *sum = unsafe { _mm512_dpbusd_epi32(*sum, _mm512_set1_epi32(four), column) };
            }
        }
    }
    sums
}

/// A register of bytes.
#[target_feature(enable = "avx512f")]
#[inline]
fn integers(from: &Line) -> __m512i {
    // SAFETY: both are 64 bytes, any of which are a value of both.
    unsafe { std::mem::transmute::<Line, __m512i>(*from) }
}

/// A register of floats.
#[target_feature(enable = "avx512f")]
#[inline]
fn floats(from: &[f32; LANES]) -> __m512 {
    // SAFETY: both are 16 floats.
    unsafe { std::mem::transmute::<[f32; LANES], __m512>(*from) }
}

/// The floats of a register.
#[target_feature(enable = "avx512f")]
#[inline]
fn array(from: __m512) -> [f32; LANES] {
    // SAFETY: both are 16 floats.
    unsafe { std::mem::transmute::<__m512, [f32; LANES]>(from) }
}

/// Floats to where none were yet.
#[target_feature(enable = "avx512f")]
#[inline]
fn fill(to: &mut [MaybeUninit<f32>; LANES], from: __m512) {
    // SAFETY: both are 16 floats.
    *to = unsafe { std::mem::transmute::<__m512, [MaybeUninit<f32>; LANES]>(from) };
}

/// The lowest byte of each lane.
#[target_feature(enable = "avx512f,avx512vl")]
#[inline]
fn low_bytes(from: __m512i) -> [u8; LANES] {
    // SAFETY: both are 16 bytes.
    unsafe { std::mem::transmute::<__m128i, [u8; LANES]>(_mm512_cvtepi32_epi8(from)) }
}

/// The bytes of a register.
#[target_feature(enable = "avx512f")]
#[inline]
fn line(from: __m512i) -> Line {
    // SAFETY: both are 64 bytes.
    unsafe { std::mem::transmute::<__m512i, Line>(from) }
}

/// A register of integers.
#[target_feature(enable = "avx512f")]
#[inline]
fn signed(from: &[i32; LANES]) -> __m512i {
    // SAFETY: both are 16 integers.
    unsafe { std::mem::transmute::<[i32; LANES], __m512i>(*from) }
}
