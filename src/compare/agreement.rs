//! Do two judges agree beyond chance?

use std::collections::BTreeMap;

/// Agreement of two judges on the same items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Items that both judged.
    pub items: usize,
    /// Share judged alike.
    pub alike: f64,
    /// Cohen's κ (1960): 1 is full agreement, 0 what chance gives; absent when both judges always say the same one thing.
    pub kappa: Option<f64>,
    /// 95 % interval of κ (Cohen's large-sample error).
    pub ci: Option<[f64; 2]>,
}

/// Cohen's κ of two judgements an item.
pub fn agreement<T: Ord>(judged: &[(T, T)]) -> Agreement {
    let n = judged.len() as f64;
    if judged.is_empty() {
        return Agreement { items: 0, alike: 0.0, kappa: None, ci: None };
    }
    let mut totals: BTreeMap<&T, [f64; 2]> = BTreeMap::new();
    for (a, b) in judged {
        totals.entry(a).or_default()[0] += 1.0;
        totals.entry(b).or_default()[1] += 1.0;
    }
    let alike = judged.iter().filter(|(a, b)| a == b).count() as f64 / n;
    let chance: f64 = totals.values().map(|[a, b]| a * b / (n * n)).sum();
    if chance >= 1.0 {
        return Agreement { items: judged.len(), alike, kappa: None, ci: None };
    }
    let kappa = (alike - chance) / (1.0 - chance);
    let half = 1.959_963_985 * (alike * (1.0 - alike) / n).sqrt() / (1.0 - chance);
    Agreement {
        items: judged.len(),
        alike,
        kappa: Some(kappa),
        ci: Some([(kappa - half).max(-1.0), (kappa + half).min(1.0)]),
    }
}

/// Adjusted Rand index (Hubert and Arabie 1985) of two ways to group the same items: 1 is the same grouping, 0 chance.
pub fn adjusted_rand<T: Ord, U: Ord>(a: &[T], b: &[U]) -> f64 {
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let (mut rows, mut columns, mut cells) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (x, y) in a.iter().zip(b) {
        *rows.entry(x).or_insert(0.0) += 1.0;
        *columns.entry(y).or_insert(0.0) += 1.0;
        *cells.entry((x, y)).or_insert(0.0) += 1.0;
    }
    let sum = |counts: &mut dyn Iterator<Item = f64>| counts.map(pairs).sum::<f64>();
    let (r, c) = (sum(&mut rows.into_values()), sum(&mut columns.into_values()));
    let both = sum(&mut cells.into_values());
    let expected = r * c / pairs(a.len() as f64).max(1.0);
    let most = (r + c) / 2.0;
    if (most - expected).abs() < 1e-12 { 1.0 } else { (both - expected) / (most - expected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_as_in_the_textbook() {
        // 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreement .7, chance .5.
        let mut judged = vec![(1, 1); 20];
        judged.extend([(1, 0); 5].iter().chain(&[(0, 1); 10]).chain(&[(0, 0); 15]));
        let a = agreement(&judged);
        assert!((a.kappa.unwrap() - 0.4).abs() < 1e-12 && (a.alike - 0.7).abs() < 1e-12);
        // Cohen's standard error: sqrt(.7 * .3 / 50) / .5 = .1296
        assert!((a.ci.unwrap()[0] - (0.4 - 1.959_963_985 * 0.129_614_8)).abs() < 1e-5);
        assert_eq!(agreement(&[(1, 1), (1, 1)]).kappa, None);
        assert_eq!(agreement::<u8>(&[]).items, 0);
    }

    #[test]
    fn rand_index_as_in_scikit_learn() {
        // adjusted_rand_score([0, 0, 1, 2], [0, 0, 1, 1]) is 0.5714…
        assert!((adjusted_rand(&[0, 0, 1, 2], &[0, 0, 1, 1]) - 0.571_428_57).abs() < 1e-6);
        assert_eq!(adjusted_rand(&[0, 0, 1, 1], &["b", "b", "a", "a"]), 1.0);
    }
}
