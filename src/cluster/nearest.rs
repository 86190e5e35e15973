//! The nearest rows of each row in two steps: products of bytes choose candidates, full products order them. Up to
//! [`EVERY_PAIR`] rows each is compared with all; above, with the rows of the nearest cells alone, an inverted file (Jégou,
//! Douze and Schmid 2011) by k-means. Deterministic on any number of threads; the recall is measured on the data at hand.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::kmeans::{ClusterError, KMeansParams, kmeans};
use super::quantized::{Multiplier, Panel, QuantizedRows};
use super::reduce::{Space, principal};
use super::topk::{Best, top};
use crate::linalg::{Vectors, dot, squared_distance};

/// Rows up to which each is compared with all.
const EVERY_PAIR: usize = 20_000;
/// Candidates for the full product, as a multiple of the neighbours wanted.
const CANDIDATES: usize = 2;
/// Rows of a panel where all are compared.
const PANEL: usize = 1024;
/// Rows handled together where all are compared, and where cells are.
const BLOCK: usize = 256;
const CELLS_BLOCK: usize = 2048;
/// Dimensions that cells are made in.
const CELL_DIMS: usize = 128;
/// Rows that the cells are learned from.
const LEARNED_FROM: usize = 10_000;
/// Cells that a row is compared with.
const CELLS: usize = 110;
/// Rows whose neighbours are looked up in full to measure recall.
const MEASURED: usize = 200;

/// The `k` nearest of each row (`n × k`, itself first) and the share of the true ones among them.
pub(super) fn search(x: &Vectors, k: usize) -> Result<(Vec<u32>, f32), ClusterError> {
    let (panels, cells) = if x.len() <= EVERY_PAIR { (panels(x), None) } else { cells(x)? };
    within(x, k, &panels, cells.as_ref())
}

/// All rows in order.
fn panels(x: &Vectors) -> Vec<Panel> {
    let all: Vec<u32> = (0..x.len() as u32).collect();
    all.par_chunks(PANEL).map(|ids| Panel::new(x, ids.to_vec())).collect()
}

/// What says which cells a row is compared with.
struct Cells {
    /// The rows in fewer dimensions (`n × d`).
    rough: Vectors,
    /// Means of the cells (`cells × d`).
    centres: Vectors,
}

/// Chooses candidates among the rows of the panels, and of them the nearest.
fn within(x: &Vectors, k: usize, panels: &[Panel], cells: Option<&Cells>) -> Result<(Vec<u32>, f32), ClusterError> {
    let n = x.len();
    let wide = (k * CANDIDATES).min(n);
    let lefts = QuantizedRows::new(x);
    let mut ids = vec![0u32; n * k];
    let all: Vec<u32> = (0..n as u32).collect();
    let block = if cells.is_some() { CELLS_BLOCK } else { BLOCK };
    ids.par_chunks_mut(block * k).zip(all.par_chunks(block)).try_for_each_init(
        Multiplier::default,
        |multiplier, (out, rows)| {
            let mut best: Vec<Best> = rows.iter().map(|&row| Best::new(row, wide)).collect();
            // A row is always its own first candidate.
            best.iter_mut().zip(rows).for_each(|(b, &row)| b.offer(&[f32::INFINITY], &[row]));
            let asking = asking(rows, panels.len(), cells)?;
            for (panel, asking) in panels.iter().zip(&asking).filter(|(p, a)| !a.is_empty() && !p.ids.is_empty()) {
                let asked = asking.iter().map(|&at| rows[at as usize]);
                let products = multiplier.products(&lefts, asked, panel).map_err(candle_core::Error::wrap)?;
                asking.iter().zip(products).for_each(|(&at, products)| best[at as usize].offer(products, &panel.ids));
            }
            for ((best, out), &row) in best.into_iter().zip(out.chunks_exact_mut(k)).zip(rows) {
                in_order(x, row, best.finish(), out);
            }
            Ok::<(), ClusterError>(())
        },
    )?;
    let recall = recall(x, &ids, k)?;
    Ok((ids, recall))
}

/// For each panel, which of some rows are compared with it (by their place).
fn asking(rows: &[u32], panels: usize, cells: Option<&Cells>) -> candle_core::Result<Vec<Vec<u32>>> {
    let Some(Cells { rough, centres }) = cells else {
        return Ok(vec![(0..rows.len() as u32).collect(); panels]);
    };
    let data: Vec<f32> = rows.iter().flat_map(|&i| rough.row(i as usize)).copied().collect();
    let rows = Tensor::from_vec(data, (rows.len(), rough.dims()), &Device::Cpu)?;
    let all = Tensor::from_slice(centres.as_slice(), (panels, centres.dims()), &Device::Cpu)?;
    let near = rows.matmul(&all.t()?)?.flatten_all()?.to_vec1::<f32>()?;
    let numbers: Vec<u32> = (0..panels as u32).collect();
    let mut asking: Vec<Vec<u32>> = vec![Vec::new(); panels];
    for (at, products) in near.chunks_exact(panels).enumerate() {
        for cell in top(products, &numbers, u32::MAX, CELLS.min(panels)) {
            asking[cell as usize].push(at as u32);
        }
    }
    Ok(asking)
}

/// The nearest of a row's candidates by the full product, itself first.
fn in_order(x: &Vectors, row: u32, candidates: Vec<u32>, out: &mut [u32]) {
    let own = x.row(row as usize);
    let score = |j: u32| if j == row { f32::INFINITY } else { dot(own, x.row(j as usize)) };
    let mut scored: Vec<(f32, u32)> = candidates.into_iter().map(|j| (score(j), j)).collect();
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    // The row is offered by itself and by its panel.
    scored.dedup_by_key(|s| s.1);
    // Where fewer were near than wanted, the row itself stands for the rest.
    out.fill(row);
    out.iter_mut().zip(scored).for_each(|(o, (_, j))| *o = j);
}

/// The rows of each cell.
fn cells(x: &Vectors) -> Result<(Vec<Panel>, Option<Cells>), ClusterError> {
    let rough = principal(x, CELL_DIMS);
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
            let gap = |c: usize| squared_distance(rough.row(i), centres.row(c));
            (0..count).min_by(|&a, &b| gap(a).total_cmp(&gap(b))).unwrap_or(0) as u32
        })
        .collect();
    let mut members = vec![Vec::new(); count];
    for (i, &c) in of.iter().enumerate() {
        members[c as usize].push(i as u32);
    }
    let panels = members.into_par_iter().map(|ids| Panel::new(x, ids)).collect();
    Ok((panels, Some(Cells { rough, centres })))
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
        let all = within(&x, 10, &panels(&x), None).unwrap();
        let (cells, asked) = cells(&x).unwrap();
        let some = within(&x, 10, &cells, asked.as_ref()).unwrap();
        assert!(all.1 > 0.999, "{}", all.1);
        assert!(some.1 > 0.95, "{}", some.1);
        for (ids, _) in [&all, &some] {
            assert!((0..3000).all(|i| ids[i * 10] == i as u32));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(|| within(&x, 10, &cells, asked.as_ref())).unwrap(), some);
    }
}
