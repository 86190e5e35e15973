//! Columns that text takes on a terminal.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of one character, 0 for marks that join the one before.
pub(super) fn of_char(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Columns of a cleaned string.
pub fn width(s: &str) -> usize {
    s.graphemes(true).map(|g| g.width()).sum()
}

/// Cuts a cleaned string to `columns`, with `…` where something is missing.
pub fn truncate(s: &str, columns: usize) -> String {
    // A string is never wider than its bytes, so short ones need no measuring.
    if s.len() <= columns || width(s) <= columns {
        return s.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut end = 0;
    let mut used = 0;
    for g in s.graphemes(true) {
        let w = g.width();
        if used + w + 1 > columns {
            break;
        }
        used += w;
        end += g.len();
    }
    format!("{}…", whole_numbers(s, end))
}

/// The first `end` bytes without the number that goes on after them: 0.0 is not 0.003.
fn whole_numbers(s: &str, end: usize) -> &str {
    let (kept, rest) = s.split_at(end);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut next = rest.chars();
    let first = next.next();
    let goes_on = digit(first) || (matches!(first, Some('.' | ',')) && digit(next.next()));
    let start = kept.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    if goes_on && digit(kept[start.len()..].chars().next()) { start } else { kept }
}

/// Cuts or fills a cleaned string with spaces to exactly `columns`.
pub fn pad(s: &str, columns: usize) -> String {
    let mut out = truncate(s, columns);
    let used = width(&out);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_at_whole_characters() {
        assert_eq!(truncate("hello world", 8), "hello w…");
        assert_eq!(truncate("世界世界", 5), "世界…");
        assert_eq!(pad("世", 4), "世  ");
        assert_eq!(truncate("abc", 0), "");
    }

    #[test]
    fn a_number_is_never_cut() {
        for columns in 9..16 {
            assert_eq!(truncate("AUC .57 p 0.003", columns).contains("0."), columns > 14, "{columns}");
        }
        assert_eq!(truncate("tuned 440 texts", 9), "tuned …");
        assert_eq!(truncate("tuned 440 texts", 10), "tuned 440…");
        assert_eq!(truncate("in 1,234 texts", 6), "in …");
        assert_eq!(truncate("it was 12. Then", 10), "it was 12…", "a full stop is no part of a number");
    }

    proptest! {
        #[test]
        fn padded_text_fills_its_columns(s in "\\PC{0,30}", n in 0usize..40) {
            let clean = crate::text::Clean::from_untrusted(&s);
            prop_assert_eq!(width(&pad(clean.as_str(), n)), n);
        }
    }
}
