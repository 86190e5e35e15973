//! Products of unit rows rounded to bytes: four times as many a second as of floats, and close enough to say which rows are
//! worth the full product (on texts the error of a cosine is about 0.001).
//!
//! Each row is divided by its largest value. Left factors have 7 bits, so that no processor's sums of two byte products
//! overflow 16 bits, and are moved above zero, as products of bytes want them; what that adds is subtracted again. Integers
//! add up to the same in any order, hence the same neighbours on any processor and any number of threads.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;
use rten_gemm::{GemmError, GemmExecutor, GemmInputA, GemmInputB, GemmUninitOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use crate::linalg::Vectors;

/// Largest left factor, and what is added to it.
const LEFT: f32 = 63.0;
const LEFT_ZERO: i32 = 64;
/// Largest right factor.
const RIGHT: f32 = 127.0;

/// All rows as left factors.
pub(super) struct QuantizedRows {
    dims: usize,
    /// `n × d`.
    bytes: Vec<u8>,
}

/// Some rows as right factors.
pub(super) struct Panel {
    /// The rows.
    pub ids: Vec<u32>,
    packed: PackedBMatrix<i8>,
    /// What a row's integers are multiples of.
    steps: Vec<f32>,
    /// What [`LEFT_ZERO`] adds to every sum of a row.
    offsets: Vec<i32>,
}

/// What multiplies; every thread has its own.
#[derive(Default)]
pub(super) struct Multiplier {
    gemm: GemmExecutor<u8, i8, i32>,
    left: Vec<u8>,
    sums: Vec<i32>,
    products: Vec<f32>,
}

impl QuantizedRows {
    pub fn new(x: &Vectors) -> Self {
        let dims = x.dims();
        let mut bytes = vec![0u8; x.as_slice().len()];
        bytes.par_chunks_mut(dims).enumerate().for_each(|(i, out)| {
            let row = x.row(i);
            let inv = LEFT / largest(row);
            out.iter_mut().zip(row).for_each(|(o, v)| *o = ((v * inv).round() as i32 + LEFT_ZERO) as u8);
        });
        Self { dims, bytes }
    }

    fn row(&self, i: u32) -> &[u8] {
        &self.bytes[i as usize * self.dims..][..self.dims]
    }
}

impl Panel {
    /// Lays rows out for products.
    pub fn new(x: &Vectors, ids: Vec<u32>) -> Self {
        let dims = x.dims();
        let mut bytes = Vec::with_capacity(ids.len() * dims);
        let mut steps = Vec::with_capacity(ids.len());
        let mut offsets = Vec::with_capacity(ids.len());
        for &i in &ids {
            let row = x.row(i as usize);
            let step = largest(row) / RIGHT;
            let from = bytes.len();
            bytes.extend(row.iter().map(|v| (v / step).round() as i8));
            offsets.push(LEFT_ZERO * bytes[from..].iter().map(|&b| i32::from(b)).sum::<i32>());
            steps.push(step);
        }
        let view = NdTensorView::from_data([ids.len(), dims], bytes.as_slice());
        let packed = GemmExecutor::<u8, i8, i32>::default().prepack_b(view.transposed());
        Self { ids, packed, steps, offsets }
    }
}

impl Multiplier {
    /// For each of some rows its products with the rows of a panel, row by row (`rows × panel`), each row on a scale of its
    /// own: they say which is larger.
    pub fn products<'a>(
        &'a mut self,
        lefts: &QuantizedRows,
        rows: impl Iterator<Item = u32>,
        panel: &Panel,
    ) -> Result<std::slice::ChunksExact<'a, f32>, GemmError> {
        self.left.clear();
        rows.for_each(|row| self.left.extend_from_slice(lefts.row(row)));
        let (rows, columns) = (self.left.len() / lefts.dims.max(1), panel.ids.len());
        self.sums.clear();
        self.sums.reserve(rows * columns);
        let sums = self.gemm.gemm_uninit(
            &mut self.sums.spare_capacity_mut()[..rows * columns],
            GemmInputA::Unpacked(NdTensorView::from_data([rows, lefts.dims], self.left.as_slice())),
            GemmInputB::Packed(&panel.packed),
            GemmUninitOptions::default(),
        )?;
        self.products.resize(rows * columns, 0.0);
        pulp::Arch::new().dispatch(Scale { sums, panel, products: &mut self.products });
        Ok(self.products.chunks_exact(columns))
    }
}

/// Largest absolute value; 1 where all are zero.
fn largest(row: &[f32]) -> f32 {
    let top = row.iter().fold(0f32, |a, v| a.max(v.abs()));
    if top > 0.0 { top } else { 1.0 }
}

/// From integer sums to products.
struct Scale<'a> {
    sums: &'a [i32],
    panel: &'a Panel,
    products: &'a mut [f32],
}

impl WithSimd for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Panel { steps, offsets, .. } = self.panel;
        for (products, sums) in self.products.chunks_exact_mut(steps.len()).zip(self.sums.chunks_exact(steps.len())) {
            for (((p, s), offset), step) in products.iter_mut().zip(sums).zip(offsets).zip(steps) {
                *p = (s - offset) as f32 * step;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_close_to_those_of_floats() {
        let (n, d) = (40, 100);
        let data: Vec<f32> = (0..n * d).map(|i| ((i * 7919 + i / d * 13) % 1009) as f32 / 500.0 - 1.0).collect();
        let mut x = Vec::new();
        for row in data.chunks(d) {
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            x.extend(row.iter().map(|v| v / norm));
        }
        let x = Vectors::new(d, x);
        let panel = Panel::new(&x, (0..n as u32).rev().collect());
        let mut multiplier = Multiplier::default();
        let lefts = QuantizedRows::new(&x);
        let rows = multiplier.products(&lefts, [3u32, 9].into_iter(), &panel).unwrap();
        for (i, row) in [3usize, 9].into_iter().zip(rows) {
            let scale = LEFT / largest(x.row(i));
            for (&j, &p) in panel.ids.iter().zip(row) {
                let exact: f32 = x.row(i).iter().zip(x.row(j as usize)).map(|(a, b)| a * b).sum();
                assert!((p / scale - exact).abs() < 0.01, "{} is not {exact}", p / scale);
            }
        }
    }

    #[test]
    fn rows_of_zeros_have_products_of_zero() {
        let x = Vectors::new(2, vec![0.0, 0.0, 0.6, 0.8]);
        let panel = Panel::new(&x, vec![0, 1]);
        let mut multiplier = Multiplier::default();
        let all: Vec<f32> = multiplier
            .products(&QuantizedRows::new(&x), [0, 1].into_iter(), &panel)
            .unwrap()
            .flatten()
            .copied()
            .collect();
        assert_eq!(all[..3], [0.0, 0.0, 0.0]);
        assert!(all[3] > 0.0);
    }
}
