//! Regular expressions that are compiled once.

use regex::Regex;

/// A regular expression, compiled when it is first used. One that does not compile matches nothing; a test beside each
/// list of patterns holds that all compile.
pub(super) struct Pattern {
    source: &'static str,
    compiled: std::sync::OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) const fn new(source: &'static str) -> Self {
        Self { source, compiled: std::sync::OnceLock::new() }
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(self.source).ok()).as_ref()
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.regex().is_some_and(|r| r.is_match(text))
    }

    /// Where the first match ends.
    pub(super) fn end_in(&self, text: &str) -> Option<usize> {
        self.regex()?.find(text).map(|m| m.end())
    }

    /// Every match, as byte ranges.
    pub(super) fn all_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        self.regex().into_iter().flat_map(move |r| r.find_iter(text).map(|m| m.range()))
    }

    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        self.regex().is_some()
    }
}
