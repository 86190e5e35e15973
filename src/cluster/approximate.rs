//! Nearest neighbours of many rows without comparing every pair: an inverted file (Jégou, Douze and Schmid 2011). Rows are
//! sorted into cells by k-means; each is compared with the rows of the nearest cells alone, in fewer dimensions first.
//! Deterministic on any number of threads; its recall is measured on the data at hand.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::kmeans::{ClusterError, KMeansParams, kmeans};
use super::neighbours::{Best, rerank, top};
use super::reduce::{Space, principal};
use crate::embed::Vectors;

/// Dimensions of the first, rough comparison.
const ROUGH_DIMS: usize = 128;
/// Candidates kept by it, as a multiple of the neighbours wanted.
const ROUGH_FACTOR: usize = 4;
/// Rows that the cells are learned from.
const LEARNED_FROM: usize = 10_000;
/// Cells that a row is compared with.
const CELLS: usize = 110;
/// Rows handled together.
const BLOCK: usize = 2048;
/// Rows whose neighbours are looked up in full to measure recall.
const MEASURED: usize = 200;

/// The `k` nearest of each row (`n × k`, itself first) and the share of the true ones among them.
pub(super) fn search(x: &Vectors, k: usize) -> Result<(Vec<u32>, f32), ClusterError> {
    let n = x.len();
    let rough = principal(x, ROUGH_DIMS);
    let (members, centres) = cells(&rough)?;
    let wide = (k * ROUGH_FACTOR).min(n);
    let mut candidates = vec![0u32; n * wide];
    let all: Vec<u32> = (0..n as u32).collect();
    let done: candle_core::Result<Vec<()>> = candidates
        .par_chunks_mut(BLOCK * wide)
        .zip(all.par_chunks(BLOCK))
        .map(|(out, rows)| {
            let found = block(&rough, rows, &centres, &members, wide)?;
            out.chunks_exact_mut(wide).zip(found).for_each(|(out, found)| {
                // Fewer than wanted were near: the row itself fills up, and is dropped when candidates are ranked.
                out.fill(found[0]);
                out[..found.len()].copy_from_slice(&found);
            });
            Ok(())
        })
        .collect();
    done?;
    let ids = rerank(x, &candidates, wide, k);
    let recall = recall(x, &ids, k)?;
    Ok((ids, recall))
}

/// Rows of each cell, and the cells' means (`cells × d`).
fn cells(rough: &Vectors) -> Result<(Vec<Vec<u32>>, Vectors), ClusterError> {
    let (n, d) = (rough.len(), rough.dims());
    let step = n.div_ceil(LEARNED_FROM);
    let learn: Vec<f32> = (0..n).step_by(step).flat_map(|i| rough.row(i)).copied().collect();
    let space = Space::from_shape_vec((learn.len() / d, d), learn).unwrap_or_default();
    let wanted = ((n as f64).sqrt() as usize).clamp(1, space.nrows());
    let group = kmeans(&space, &KMeansParams::new(wanted, 1).quick().check(space.nrows())?)?;
    let count = group.iter().max().map_or(0, |g| *g as usize + 1);
    let mut centres = vec![0f32; count * d];
    let mut sizes = vec![0f32; count];
    for (row, &g) in space.rows().into_iter().zip(&group) {
        sizes[g as usize] += 1.0;
        centres[g as usize * d..][..d].iter_mut().zip(row).for_each(|(c, v)| *c += v);
    }
    for (centre, size) in centres.chunks_exact_mut(d).zip(&sizes) {
        centre.iter_mut().for_each(|c| *c /= size.max(1.0));
    }
    let centres = Vectors::new(d, centres);
    let of: Vec<u32> = (0..n)
        .into_par_iter()
        .map(|i| {
            let gap = |c: usize| distance(rough.row(i), centres.row(c));
            (0..count).min_by(|&a, &b| gap(a).total_cmp(&gap(b))).unwrap_or(0) as u32
        })
        .collect();
    let mut members = vec![Vec::new(); count];
    for (i, &c) in of.iter().enumerate() {
        members[c as usize].push(i as u32);
    }
    Ok((members, centres))
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// Some rows as a matrix.
fn matrix(x: &Vectors, ids: &[u32]) -> candle_core::Result<Tensor> {
    let data: Vec<f32> = ids.iter().flat_map(|&i| x.row(i as usize)).copied().collect();
    Tensor::from_vec(data, (ids.len(), x.dims()), &Device::Cpu)
}

/// Candidates of some rows among those of the cells whose centres have the largest product with each.
fn block(
    rough: &Vectors,
    rows: &[u32],
    centres: &Vectors,
    members: &[Vec<u32>],
    wide: usize,
) -> candle_core::Result<Vec<Vec<u32>>> {
    let cells = members.len();
    let all = Tensor::from_slice(centres.as_slice(), (cells, centres.dims()), &Device::Cpu)?;
    let near = matrix(rough, rows)?.matmul(&all.t()?)?.flatten_all()?.to_vec1::<f32>()?;
    let numbers: Vec<u32> = (0..cells as u32).collect();
    let mut asking: Vec<Vec<u32>> = vec![Vec::new(); cells];
    for (at, products) in near.chunks_exact(cells).enumerate() {
        for cell in top(products, &numbers, u32::MAX, CELLS.min(cells)) {
            asking[cell as usize].push(at as u32);
        }
    }
    let mut best: Vec<Best> = rows.iter().map(|&row| Best::new(row, wide)).collect();
    // A row is always its own first candidate.
    best.iter_mut().zip(rows).for_each(|(b, &row)| b.offer(&[f32::INFINITY], &[row]));
    for (cell, asking) in asking.iter().enumerate().filter(|(cell, a)| !a.is_empty() && !members[*cell].is_empty()) {
        let asked: Vec<u32> = asking.iter().map(|&at| rows[at as usize]).collect();
        let products = matrix(rough, &asked)?.matmul(&matrix(rough, &members[cell])?.t()?)?;
        let products = products.flatten_all()?.to_vec1::<f32>()?;
        for (&at, products) in asking.iter().zip(products.chunks_exact(members[cell].len())) {
            let best = &mut best[at as usize];
            best.offer(products, &members[cell]);
        }
    }
    Ok(best.into_iter().map(Best::finish).collect())
}

/// Share of the true `k` nearest that were found, over some rows spread evenly.
fn recall(x: &Vectors, ids: &[u32], k: usize) -> candle_core::Result<f32> {
    let n = x.len();
    let all: Vec<u32> = (0..n as u32).collect();
    let rows: Vec<usize> = (0..n).step_by(n.div_ceil(MEASURED)).collect();
    let data: Vec<f32> = rows.iter().flat_map(|&i| x.row(i)).copied().collect();
    let some = Tensor::from_vec(data, (rows.len(), x.dims()), &Device::Cpu)?;
    let whole = Tensor::from_slice(x.as_slice(), (n, x.dims()), &Device::Cpu)?;
    let products = some.matmul(&whole.t()?)?.flatten_all()?.to_vec1::<f32>()?;
    let hits: usize = rows
        .par_iter()
        .zip(products.par_chunks_exact(n))
        .map(|(&i, products)| {
            let found = &ids[i * k..(i + 1) * k];
            top(products, &all, i as u32, k).iter().filter(|j| found.contains(j)).count()
        })
        .sum();
    Ok(hits as f32 / (rows.len() * k).max(1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use rand_xoshiro::Xoshiro256Plus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn most_neighbours_are_found_and_each_row_is_its_own_first() {
        let mut rng = Xoshiro256Plus::seed_from_u64(3);
        // Clumps, as texts of a topic make them.
        let clumps: Vec<Vec<f32>> = (0..60).map(|_| (0..48).map(|_| rng.gen_range(-1.0..1.0)).collect()).collect();
        let mut data = Vec::new();
        for i in 0..3000 {
            let row: Vec<f32> = clumps[i % 60].iter().map(|c| c + rng.gen_range(-0.5..0.5)).collect();
            let norm = row.iter().map(|v: &f32| v * v).sum::<f32>().sqrt();
            data.extend(row.iter().map(|v| v / norm));
        }
        let x = Vectors::new(48, data);
        let (ids, recall) = search(&x, 10).unwrap();
        assert!(recall > 0.95, "{recall}");
        assert!((0..3000).all(|i| ids[i * 10] == i as u32));
        assert_eq!(search(&x, 10).unwrap().0, ids);
    }
}
