//! Rows of numbers and their products, on the ground floor: every room that computes with vectors uses these.

mod products;

use std::ops::Range;

pub(crate) use products::{dot, squared_distance};

/// Dense vectors of unit length, one row a text (`n × d`, row-major). An empty text has a row of zeros.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vectors {
    dims: usize,
    data: Vec<f32>,
}

impl Vectors {
    /// Wraps row-major data; `data.len()` must be a multiple of `dims`.
    pub fn new(dims: usize, data: Vec<f32>) -> Self {
        debug_assert!(dims > 0 && data.len().is_multiple_of(dims));
        Self { dims, data }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.data.len().checked_div(self.dims).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Length of a row.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The vector of text `i`.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.dims..(i + 1) * self.dims]
    }

    /// Several rows as one slice.
    pub fn rows(&self, range: Range<usize>) -> &[f32] {
        &self.data[range.start * self.dims..range.end * self.dims]
    }

    /// Mean of some rows at length one; zeros when they cancel out.
    pub fn unit_mean(&self, rows: &[u32]) -> Vec<f32> {
        let mut mean = vec![0f32; self.dims];
        for &i in rows {
            for (m, v) in mean.iter_mut().zip(self.row(i as usize)) {
                *m += v;
            }
        }
        let norm = mean.iter().map(|v| v * v).sum::<f32>().sqrt();
        if norm > 0.0 {
            mean.iter_mut().for_each(|v| *v /= norm);
        }
        mean
    }

    /// All rows as one slice.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }
}

/// Rows at length one; the first row with a number that is not finite otherwise.
///
/// # Errors
/// The number of that row.
pub fn at_length_one(dims: usize, mut data: Vec<f32>) -> Result<Vectors, usize> {
    for (i, row) in data.chunks_exact_mut(dims).enumerate() {
        if !row.iter().all(|v| v.is_finite()) {
            return Err(i);
        }
        let norm = row.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        // What has length one keeps its bits.
        if norm > 0.0 && (norm - 1.0).abs() > 1e-6 {
            row.iter_mut().for_each(|v| *v = (f64::from(*v) / norm) as f32);
        }
    }
    Ok(Vectors::new(dims, data))
}
