//! Small statistics that checks and scores share.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The quantile of sorted values, between neighbours by distance; NaN without values.
pub(super) fn quantile(sorted: &[f64], at: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = at.clamp(0.0, 1.0) * last as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(last);
    sorted[low] + part * (sorted[high] - sorted[low])
}

/// The tail share at which a percentile interval of a bootstrap over `n` units covers as it should: the plain one is too narrow
/// for few units (Hesterberg 2015, “expanded percentile”).
pub(super) fn expanded_tail(n: usize, level: f64) -> f64 {
    let tail = (1.0 - level) / 2.0;
    let Some(df) = n.checked_sub(1).filter(|d| *d > 0) else { return tail };
    let Ok(t) = StudentsT::new(0.0, 1.0, df as f64) else { return tail };
    let wide = t.inverse_cdf(1.0 - tail) * (n as f64 / df as f64).sqrt();
    Normal::standard().sf(wide)
}

/// Mean; 0 of nothing.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values.into_iter().fold((0.0, 0usize), |(s, n), v| (s + v, n + 1));
    sum / n.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_tails() {
        assert_eq!(quantile(&[0.0, 1.0, 2.0, 3.0], 0.5), 1.5);
        assert_eq!(quantile(&[4.0], 0.9), 4.0);
        assert!(expanded_tail(10, 0.95) < 0.015 && expanded_tail(1000, 0.95) > 0.0245);
    }
}
