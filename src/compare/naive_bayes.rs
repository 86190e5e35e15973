//! Naive Bayes on yes-or-no features: how well they tell two groups of texts apart.

use std::collections::HashMap;

use ndarray::Array1;

use super::classifier::auc;

/// Features of a text.
pub type Features = Vec<u32>;

/// Texts added to each count, so that an unseen feature decides nothing.
const PRIOR: f64 = 0.5;

/// Texts that hold each feature.
pub fn feature_counts(texts: &[Features]) -> HashMap<u32, f64> {
    let mut out = HashMap::new();
    for &f in texts.iter().flatten() {
        *out.entry(f).or_default() += 1.0;
    }
    out
}

/// Area under the ROC curve of naive Bayes: each half of the texts is judged by the other; 0.5 is chance.
pub fn naive_bayes_auc(inside: &[Features], outside: &[Features]) -> f64 {
    let half = |texts: &[Features], parity: usize| -> Vec<Features> {
        texts.iter().enumerate().filter(|(i, _)| i % 2 == parity).map(|(_, t)| t.clone()).collect()
    };
    (0..2)
        .map(|parity| {
            let (train_in, train_out) = (half(inside, parity), half(outside, parity));
            let (i, o) = (feature_counts(&train_in), feature_counts(&train_out));
            let log_rate = |counts: &HashMap<u32, f64>, f: u32, n: usize| {
                ((counts.get(&f).copied().unwrap_or(0.0) + PRIOR) / (n as f64 + 2.0 * PRIOR)).ln()
            };
            let weight = |f: u32| log_rate(&i, f, train_in.len()) - log_rate(&o, f, train_out.len());
            let score = |t: &Features| -> f32 { t.iter().map(|&f| weight(f)).sum::<f64>() as f32 };
            let (test_in, test_out) = (half(inside, 1 - parity), half(outside, 1 - parity));
            let scores: Array1<f32> = test_in.iter().chain(&test_out).map(score).collect();
            auc(&scores, |at| at < test_in.len())
        })
        .sum::<f64>()
        / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_tells_them_apart_scores_a_half() {
        let same: Vec<Features> = (0..40).map(|i| vec![i % 3]).collect();
        assert!((naive_bayes_auc(&same, &same) - 0.5).abs() < 0.05);
        let other: Vec<Features> = (0..40).map(|i| vec![10 + i % 3]).collect();
        assert!(naive_bayes_auc(&same, &other) > 0.99);
        assert!((naive_bayes_auc(&vec![Vec::new(); 20], &vec![Vec::new(); 20]) - 0.5).abs() < 1e-9);
    }
}
