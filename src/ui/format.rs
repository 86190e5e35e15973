//! Numbers as people write them.

use crate::compare::{LogOdds, Test};

/// An odds ratio, above 1.
fn factor(v: f64) -> String {
    match v {
        v if v >= 9_999.5 => format!("{v:.0e}"),
        v if v >= 99.5 => format!("{v:.0}"),
        _ => format!("{v:.1}"),
    }
}

/// Over what an odds ratio is taken: two counts may differ little, and much inside the prompts they come from.
fn taken(test: Option<Test>) -> &'static str {
    if test == Some(Test::Cmh) { ", stratified by prompt" } else { "" }
}

/// An odds ratio towards the side that has more, or that the texts are too few for one.
pub(super) fn odds_ratio(o: &LogOdds) -> String {
    if o.is_estimable() { format!("OR {}", factor(o.value.abs().exp())) } else { "OR not estimable".into() }
}

/// The same with its interval and over what it is taken.
pub(super) fn odds_with_interval(o: &LogOdds, test: Option<Test>) -> String {
    let [low, high] = if o.value < 0.0 { [-o.ci[1], -o.ci[0]] } else { o.ci };
    match o.is_estimable() {
        true => format!("{}, 95 % CI {}–{}{}", odds_ratio(o), factor(low.exp()), factor(high.exp()), taken(test)),
        false => odds_ratio(o),
    }
}

/// A number of things, in the singular where it is one.
pub(super) fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
