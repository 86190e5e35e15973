//! Agglomeration of weighted centroids (Ward 1963): the pair that raises the within-cluster variance least is merged.
//! kodama and linfa-hierarchical link single points of equal weight; clusters of different sizes need their weights.

/// A group while merging.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Number of points.
    pub weight: f64,
    /// Their mean.
    pub centre: Vec<f64>,
}

/// Merges until one group is left. Returns (first, second) in order; group `n + t` is what merge `t` made. Ties go to
/// the lowest numbers.
pub(super) fn ward(groups: &[Group]) -> Vec<(usize, usize)> {
    let n = groups.len();
    let mut all: Vec<Group> = groups.to_vec();
    let mut alive: Vec<usize> = (0..n).collect();
    // Nearest later neighbour of each alive group, refreshed when it is touched.
    let mut nearest: Vec<(f64, usize)> = vec![(f64::INFINITY, usize::MAX); 2 * n];
    for (at, &i) in alive.iter().enumerate() {
        nearest[i] = best(&all, i, &alive[at + 1..]);
    }
    let mut merges = Vec::with_capacity(n.saturating_sub(1));
    while alive.len() > 1 {
        let Some(&a) = alive.iter().min_by(|&&x, &&y| nearest[x].0.total_cmp(&nearest[y].0).then(x.cmp(&y))) else {
            break;
        };
        let b = nearest[a].1;
        if b == usize::MAX {
            break;
        }
        let merged = merge(&all[a], &all[b]);
        let new = all.len();
        all.push(merged);
        merges.push((a, b));
        alive.retain(|&g| g != a && g != b);
        for at in 0..alive.len() {
            let g = alive[at];
            if nearest[g].1 == a || nearest[g].1 == b {
                nearest[g] = best(&all, g, &alive[at + 1..]);
            }
            let d = cost(&all[g], &all[new]);
            if d < nearest[g].0 {
                nearest[g] = (d, new);
            }
        }
        alive.push(new);
    }
    merges
}

fn best(all: &[Group], i: usize, later: &[usize]) -> (f64, usize) {
    let mut found = (f64::INFINITY, usize::MAX);
    for &j in later {
        let d = cost(&all[i], &all[j]);
        if d < found.0 {
            found = (d, j);
        }
    }
    found
}

fn cost(a: &Group, b: &Group) -> f64 {
    let d2: f64 = a.centre.iter().zip(&b.centre).map(|(x, y)| (x - y) * (x - y)).sum();
    a.weight * b.weight / (a.weight + b.weight) * d2
}

fn merge(a: &Group, b: &Group) -> Group {
    let weight = a.weight + b.weight;
    let centre = a.centre.iter().zip(&b.centre).map(|(x, y)| (x * a.weight + y * b.weight) / weight).collect();
    Group { weight, centre }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_small_groups_merge_first() {
        let g = |w: f64, x: f64| Group { weight: w, centre: vec![x] };
        let merges = ward(&[g(1.0, 0.0), g(1.0, 10.0), g(1.0, 0.5), g(1.0, 11.0)]);
        assert_eq!(merges, [(0, 2), (1, 3), (4, 5)]);
        assert!(ward(&[g(1.0, 0.0)]).is_empty());
    }
}
