//! k-means by linfa, with every parameter set and the result put into a canonical order.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{KMeans, KMeansInit};
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use super::distance::Euclidean;
use super::reduce::Space;

type Model = KMeans<f32, Euclidean>;

/// Why clustering failed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// More clusters than samples, or none.
    #[error("{asked} clusters cannot be made of {samples} texts; ask for 1 to {samples}")]
    TooMany {
        /// What was asked for.
        asked: usize,
        /// What there is.
        samples: usize,
    },
    /// linfa refused.
    #[error("clustering failed: {0}")]
    KMeans(String),
    /// The matrix product failed.
    #[error("clustering failed: {0}")]
    Candle(#[from] candle_core::Error),
}

/// Parameters as given; [`Self::check`] makes them usable.
#[derive(Debug, Clone, Copy)]
pub struct KMeansParams {
    clusters: usize,
    runs: usize,
    iterations: u64,
    quick: bool,
    seed: u64,
}

/// Parameters that fit the data.
#[derive(Debug, Clone, Copy)]
pub struct KMeansValidParams(KMeansParams);

impl KMeansParams {
    /// `clusters` groups, the best of two starts.
    pub fn new(clusters: usize, seed: u64) -> Self {
        Self { clusters, runs: 2, iterations: 30, quick: false, seed }
    }

    /// Sets the number of starts.
    pub fn runs(self, runs: usize) -> Self {
        Self { runs, ..self }
    }

    /// One start from random points and few iterations: for fine groups that are merged again.
    pub fn quick(self) -> Self {
        Self { runs: 1, iterations: 12, quick: true, ..self }
    }

    /// One start and few iterations: for groups that are merged again, when none may be missed.
    pub(super) fn fine(self) -> Self {
        Self { runs: 1, iterations: 12, ..self }
    }

    /// Checks against the number of points.
    ///
    /// # Errors
    /// When there are no clusters or more than points.
    pub fn check(self, points: usize) -> Result<KMeansValidParams, ClusterError> {
        if self.clusters == 0 || self.clusters > points || self.runs == 0 {
            return Err(ClusterError::TooMany { asked: self.clusters, samples: points });
        }
        Ok(KMeansValidParams(self))
    }
}

/// The group of each point: 0 is the largest; of equals, the one with the first point. Every group has a member; there
/// are fewer than asked for when points coincide.
///
/// # Errors
/// When linfa fails.
pub fn kmeans(space: &Space, params: &KMeansValidParams) -> Result<Vec<u32>, ClusterError> {
    if params.0.clusters == 1 {
        return Ok(vec![0; space.nrows()]);
    }
    let init = if params.0.quick { KMeansInit::Random } else { KMeansInit::KMeansPlusPlus };
    Ok(groups(space, &fit(space, params, init)?))
}

/// As [`kmeans`], or from `centres` (`clusters × dimensions`), whichever comes closer to its centres.
///
/// # Errors
/// When linfa fails.
pub(super) fn kmeans_or_from(
    space: &Space,
    params: &KMeansValidParams,
    centres: Space,
) -> Result<Vec<u32>, ClusterError> {
    // Where points coincide there can be fewer.
    if params.0.clusters == 1 || centres.nrows() != params.0.clusters {
        return kmeans(space, params);
    }
    let seeded = fit(space, params, KMeansInit::KMeansPlusPlus)?;
    let one = KMeansValidParams(params.0.runs(1));
    let given = fit(space, &one, KMeansInit::Precomputed(centres))?;
    Ok(groups(space, if given.inertia() < seeded.inertia() { &given } else { &seeded }))
}

fn fit(space: &Space, params: &KMeansValidParams, init: KMeansInit<f32>) -> Result<Model, ClusterError> {
    let KMeansParams { clusters, runs, iterations, seed, .. } = params.0;
    let data = DatasetBase::from(space.view());
    KMeans::params_with(clusters, Xoshiro256Plus::seed_from_u64(seed), Euclidean)
        .n_runs(runs)
        .max_n_iterations(iterations)
        // linfa's tolerance is the squared movement of all centroids together.
        .tolerance(1e-3)
        .init_method(init)
        .fit(&data)
        .map_err(|e| ClusterError::KMeans(e.to_string()))
}

/// The nearest centre of each point.
fn groups(space: &Space, model: &Model) -> Vec<u32> {
    let raw: Vec<usize> = model.predict(&space.view()).into_raw_vec_and_offset().0;
    canonical(&raw)
}

/// Renumbers groups by size, then by first member.
pub(super) fn canonical(raw: &[usize]) -> Vec<u32> {
    let top = raw.iter().max().map_or(0, |m| m + 1);
    let mut size = vec![0usize; top];
    let mut first = vec![usize::MAX; top];
    for (i, &g) in raw.iter().enumerate() {
        size[g] += 1;
        first[g] = first[g].min(i);
    }
    let mut order: Vec<usize> = (0..top).filter(|&g| size[g] > 0).collect();
    order.sort_by_key(|&g| (std::cmp::Reverse(size[g]), first[g]));
    let mut new = vec![0u32; top];
    for (n, &g) in order.iter().enumerate() {
        new[g] = n as u32;
    }
    raw.iter().map(|&g| new[g]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::count;
    use super::*;

    fn blobs() -> Space {
        Space::from_shape_fn((90, 4), |(i, j)| {
            let centre = if j == i % 3 { 5.0 } else { 0.0 };
            centre + ((i * 31 + j * 17) % 10) as f32 / 50.0
        })
    }

    #[test]
    fn many_groups_apart_are_found_whole() {
        // Forty groups of fifteen: a single random start leaves some of them in two parts and others in one.
        let space = Space::from_shape_fn((600, 40), |(i, j)| {
            let spread = ((i * 7_919 + j * 104_729 + i * j * 31) % 1_009) as f32 / 1_009.0;
            if i % 40 == j { 3.0 + spread } else { spread }
        });
        let whole = |groups: &[u32]| (0..600).all(|i| groups[i] == groups[i % 40]);
        let found = |seed| {
            let params = KMeansParams::new(40, seed).runs(1).check(600).unwrap();
            let centres = count::centres(&space, 40, seed).unwrap();
            [kmeans(&space, &params).unwrap(), kmeans_or_from(&space, &params, centres).unwrap()].map(|g| whole(&g))
        };
        let found: Vec<[bool; 2]> = (0..12).map(found).collect();
        assert!(found.iter().any(|f| !f[0]), "the test would prove nothing");
        assert!(found.iter().all(|f| f[1]), "{found:?}");
        // Fewer centres than asked for, and points that coincide.
        let same = Space::zeros((50, 3));
        let params = KMeansParams::new(5, 1).runs(1).check(50).unwrap();
        assert!(kmeans_or_from(&same, &params, count::centres(&same, 5, 1).unwrap()).is_ok());
    }

    #[test]
    fn separates_blobs_the_same_way_every_time() {
        let space = blobs();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| kmeans(&space, &KMeansParams::new(3, 7).check(90).unwrap()).unwrap())
        };
        let one = run(1);
        assert_eq!(one, run(4));
        for i in 0..90 {
            assert_eq!(one[i], one[i % 3], "point {i}");
        }
        assert_eq!(one[0], 0, "equal sizes: the first member decides");
    }

    #[test]
    fn impossible_numbers_are_refused() {
        assert!(KMeansParams::new(0, 1).check(5).is_err());
        assert!(KMeansParams::new(6, 1).check(5).is_err());
    }

    #[test]
    fn canonical_numbers_go_by_size() {
        assert_eq!(canonical(&[4, 2, 2, 4, 2, 7]), [1, 0, 0, 1, 0, 2]);
    }
}
