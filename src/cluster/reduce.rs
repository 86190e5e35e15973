//! Centring and principal components.

use candle_core::{Device, Tensor};
use linfa_linalg::eigh::{EigSort, EighInto};
use ndarray::Array2;
use rayon::prelude::*;

use crate::linalg::Vectors;

/// Dimensions that clusters are found in.
const DIMS: usize = 64;
/// Rows that the principal components are computed from; more change nothing that is seen.
const FIT_ROWS: usize = 20_000;

/// Points in the reduced space (`n × d`), as linfa wants them.
pub type Space = Array2<f32>;

/// Scales a row to length one; zeros stay zeros.
pub(super) fn normalise(row: &mut [f32]) {
    let norm = row.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt() as f32;
    if norm > 1e-12 {
        row.iter_mut().for_each(|v| *v /= norm);
    }
}

/// Subtracts the mean of the non-zero rows and scales each to length one; rows of zeros stay.
pub(crate) fn centred(vectors: &Vectors) -> Vectors {
    let d = vectors.dims();
    let mean = centre_of(vectors);
    let mut out = vectors.as_slice().to_vec();
    out.par_chunks_mut(d).for_each(|row| off_centre(row, &mean));
    Vectors::new(d, out)
}

/// The mean of the non-zero rows (`d`).
pub(crate) fn centre_of(vectors: &Vectors) -> Vec<f32> {
    let d = vectors.dims();
    let mut mean = vec![0f64; d];
    let mut count = 0usize;
    for row in vectors.as_slice().chunks_exact(d) {
        if row.iter().any(|v| *v != 0.0) {
            count += 1;
            for (m, v) in mean.iter_mut().zip(row) {
                *m += f64::from(*v);
            }
        }
    }
    mean.iter().map(|m| (*m / count.max(1) as f64) as f32).collect()
}

/// Subtracts a mean from a row and scales it to length one; zeros stay.
pub(crate) fn off_centre(row: &mut [f32], mean: &[f32]) {
    if row.iter().any(|v| *v != 0.0) {
        let before: Vec<f32> = row.to_vec();
        row.iter_mut().zip(mean).for_each(|(v, m)| *v -= m);
        normalise(row);
        // A lone text, or copies of one, would vanish with the mean.
        if row.iter().all(|v| *v == 0.0) {
            row.copy_from_slice(&before);
        }
    }
}

/// The listed rows in the first principal components of the centred vectors.
pub fn principal_space(vectors: &Vectors, rows: &[u32]) -> Space {
    reduced(&centred(vectors), rows)
}

/// All rows in the first principal components of the centred vectors, of unit length; rows of zeros stay zeros. Sums go through the
/// rows by their `ranks`, so that the order of the rows changes nothing.
pub(crate) fn principal_rows(vectors: &Vectors, ranks: &[u32]) -> Vectors {
    let mut order: Vec<u32> =
        (0..vectors.len() as u32).filter(|&i| vectors.row(i as usize).iter().any(|v| *v != 0.0)).collect();
    order.sort_unstable_by_key(|&i| ranks[i as usize]);
    let ordered = order.iter().flat_map(|&i| vectors.row(i as usize)).copied().collect();
    let first = principal(&centred(&Vectors::new(vectors.dims(), ordered)), DIMS);
    let d = first.dims();
    let mut data = vec![0f32; vectors.len() * d];
    for (at, &i) in order.iter().enumerate() {
        let row = &mut data[i as usize * d..][..d];
        row.copy_from_slice(first.row(at));
        normalise(row);
    }
    Vectors::new(d, data)
}

/// The listed rows of centred vectors in their first principal components.
pub(super) fn reduced(vectors: &Vectors, rows: &[u32]) -> Space {
    let d = vectors.dims();
    let data: Vec<f32> = rows.iter().flat_map(|&i| vectors.row(i as usize)).copied().collect();
    let p = principal(&Vectors::new(d, data), DIMS);
    Array2::from_shape_vec((p.len(), p.dims()), p.as_slice().to_vec()).unwrap_or_default()
}

/// Projection on the first principal components of the second-moment matrix (the rows are centred already).
pub(super) fn principal(x: &Vectors, dims: usize) -> Vectors {
    let d = x.dims();
    if dims >= d || x.len() < 2 {
        return x.clone();
    }
    project(x, dims).unwrap_or_else(|_| x.clone())
}

fn project(x: &Vectors, dims: usize) -> candle_core::Result<Vectors> {
    let (n, d) = (x.len(), x.dims());
    let all = Tensor::from_slice(x.as_slice(), (n, d), &Device::Cpu)?;
    let step = n.div_ceil(FIT_ROWS);
    let fit = if step == 1 {
        all.clone()
    } else {
        let rows: Vec<f32> = (0..n).step_by(step).flat_map(|i| x.row(i)).copied().collect();
        Tensor::from_vec(rows, (n.div_ceil(step), d), &Device::Cpu)?
    };
    let moments = fit.t()?.matmul(&fit)?.flatten_all()?.to_vec1::<f32>()?;
    let moments = Array2::from_shape_vec((d, d), moments.into_iter().map(f64::from).collect())
        .map_err(candle_core::Error::wrap)?;
    let (_, axes) = moments.eigh_into().map_err(candle_core::Error::wrap)?.sort_eig_desc();
    let mut basis = vec![0f32; d * dims];
    for c in 0..dims {
        // The sign of an eigenvector is arbitrary; fix it, so that the result never depends on it.
        let column = axes.column(c);
        let top = column.iter().copied().fold(0f64, |a, v| if v.abs() > a.abs() { v } else { a });
        let sign = if top < 0.0 { -1.0 } else { 1.0 };
        for (r, v) in column.iter().enumerate() {
            basis[r * dims + c] = (v * sign) as f32;
        }
    }
    let basis = Tensor::from_vec(basis, (d, dims), &Device::Cpu)?;
    Ok(Vectors::new(dims, all.matmul(&basis)?.flatten_all()?.to_vec1::<f32>()?))
}
