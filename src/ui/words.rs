//! Numbers as people write them.

/// An odds ratio, above 1.
pub(super) fn factor(v: f64) -> String {
    match v {
        v if v >= 9_999.5 => format!("{v:.0e}"),
        v if v >= 99.5 => format!("{v:.0}"),
        _ => format!("{v:.1}"),
    }
}

/// A number of things, in the singular where it is one.
pub(super) fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
