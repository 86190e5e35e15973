//! Numbers as people write them.

use crate::compare::Test;

/// An odds ratio, above 1.
pub(super) fn factor(v: f64) -> String {
    match v {
        v if v >= 9_999.5 => format!("{v:.0e}"),
        v if v >= 99.5 => format!("{v:.0}"),
        _ => format!("{v:.1}"),
    }
}

/// Over what an odds ratio is taken: two counts may differ little, and much inside the prompts they come from.
pub(super) fn taken(test: Option<Test>) -> &'static str {
    if test == Some(Test::Cmh) { " within prompts" } else { "" }
}

/// A number of things, in the singular where it is one.
pub(super) fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
