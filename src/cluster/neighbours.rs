//! Nearest neighbours by cosine.

use rayon::prelude::*;

use super::kmeans::ClusterError;
use super::nearest;
use super::reduce::{centred, normalise};
use crate::linalg::Vectors;

/// The `k` nearest rows of each row, itself first, nearest first (`n × k`).
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    k: usize,
    ids: Vec<u32>,
    recall: f32,
}

impl Neighbours {
    /// Finds the `k` nearest of each row after centring: without that the mean direction, which all texts share,
    /// drowns what tells them apart. `k` is lowered to the number of rows.
    pub fn find(vectors: &Vectors, k: usize) -> Result<Self, ClusterError> {
        Self::among(&centred(vectors), k)
    }

    /// The `k` nearest of each row by what it is about (`vectors`, of which `self` are the nearest) and by how it stands to
    /// that: a second vector (`n × e`) less its mean over the nearest rows, brought to unit spread and counted `weight` times
    /// as much. Texts that say of their topic what others do not say of it lie together, whatever the topic: on 114 sets
    /// planted from labelled texts the planted ones had 1.03 times as many of their kind among the nearest ten as with the
    /// second vector itself, and 1.24 times where a model answers the same prompts in another tone.
    pub fn also_by(&self, vectors: &Vectors, second: &Vectors, weight: f32, k: usize) -> Result<Self, ClusterError> {
        let (a, b) = (centred(vectors), self.apart(second));
        let spread = (b.as_slice().iter().map(|v| f64::from(v * v)).sum::<f64>() / b.len().max(1) as f64).sqrt();
        let scale = weight / (spread as f32).max(1e-9);
        let mut data = Vec::with_capacity(a.len() * (a.dims() + b.dims()));
        for i in 0..a.len() {
            let from = data.len();
            data.extend_from_slice(a.row(i));
            data.extend(b.row(i).iter().map(|v| v * scale));
            normalise(&mut data[from..]);
        }
        Self::among(&Vectors::new(a.dims() + b.dims(), data), k)
    }

    /// Each row less the mean of its nearest rows, itself left out; rows of zeros stay zeros and count for no mean.
    fn apart(&self, vectors: &Vectors) -> Vectors {
        let d = vectors.dims();
        let known = |i: usize| vectors.row(i).iter().any(|v| *v != 0.0);
        let mut out = vec![0f32; vectors.len() * d];
        out.par_chunks_mut(d).enumerate().filter(|(i, _)| known(*i)).for_each(|(i, row)| {
            let near: Vec<usize> = self.of(i).iter().skip(1).map(|&j| j as usize).filter(|&j| known(j)).collect();
            for &j in &near {
                for (r, v) in row.iter_mut().zip(vectors.row(j)) {
                    *r -= v;
                }
            }
            let part = 1.0 / near.len().max(1) as f32;
            for (r, v) in row.iter_mut().zip(vectors.row(i)) {
                *r = v + *r * part;
            }
        });
        Vectors::new(d, out)
    }

    /// The nearest of each row by the product of rows of length one.
    fn among(x: &Vectors, k: usize) -> Result<Self, ClusterError> {
        let n = x.len();
        let k = k.min(n);
        if k == 0 {
            return Ok(Self { k, ids: Vec::new(), recall: 1.0 });
        }
        let (ids, recall) = nearest::search(x, k)?;
        Ok(Self { k, ids, recall })
    }

    /// Share of the true neighbours that were found, measured on some rows.
    pub fn recall(&self) -> f32 {
        self.recall
    }

    /// Neighbours of each row.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The nearest rows of row `i`, itself first.
    pub fn of(&self, i: usize) -> &[u32] {
        &self.ids[i * self.k..(i + 1) * self.k]
    }

    /// Centred vectors of unit length, each the mean of its `count` nearest (itself included).
    pub fn smoothed(&self, vectors: &Vectors, count: usize) -> Vectors {
        let x = centred(vectors);
        let d = x.dims();
        let count = count.clamp(1, self.k.max(1));
        let mut out = vec![0f32; x.len() * d];
        out.par_chunks_mut(d).enumerate().for_each(|(i, row)| {
            for &j in self.of(i).iter().take(count) {
                for (o, v) in row.iter_mut().zip(x.row(j as usize)) {
                    *o += v;
                }
            }
            super::reduce::normalise(row);
        });
        Vectors::new(d, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_and_puts_itself_first() {
        let points: Vec<f32> =
            [[1.0, 0.0, 0.1], [0.9, 0.1, 0.0], [0.0, 1.0, 0.0], [0.1, 0.9, 0.1], [-1.0, 0.2, 0.3]].concat();
        let n = Neighbours::find(&Vectors::new(3, points), 2).unwrap();
        assert_eq!(n.of(0), [0, 1]);
        assert_eq!(n.of(2), [2, 3]);
        assert_eq!(n.of(3), [3, 2]);
    }

    #[test]
    fn what_stands_apart_from_its_topic_lies_together() {
        // Two topics of eight rows; in each the first two stand on the other side.
        let row = |i: usize| [if i < 8 { 1.0 } else { -1.0 }, 0.02 * (i % 8) as f32, 0.01 * (i % 3) as f32];
        let topics = Vectors::new(3, (0..16).flat_map(row).collect());
        let side = |i: usize| [if i % 8 < 2 { 1.0 } else { -1.0 }, if i < 8 { 0.5 } else { -0.5 }];
        let stance = Vectors::new(2, (0..16).flat_map(side).collect());
        let near = Neighbours::find(&topics, 8).unwrap().also_by(&topics, &stance, 3.0, 4).unwrap();
        let mut found = near.of(0).to_vec();
        found.sort_unstable();
        assert_eq!(found, [0, 1, 8, 9]);
        assert!(near.of(4).iter().all(|j| j % 8 >= 2), "{:?}", near.of(4));
    }
}
