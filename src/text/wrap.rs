//! Line wrapping at words. ratatui's own wrapping can overrun its area on wide characters, so samples never use it.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Byte ranges of the lines of a cleaned text at `columns` (at least 2, so that a wide character fits). Breaks after
/// spaces, inside a word only when it is longer than a line.
pub fn wrap(s: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut start = 0;
    for paragraph in s.split('\n') {
        wrap_paragraph(paragraph, start, columns, &mut lines);
        start += paragraph.len() + 1;
    }
    lines
}

fn wrap_paragraph(p: &str, base: usize, columns: usize, lines: &mut Vec<Range<usize>>) {
    let (mut from, mut used) = (0, 0);
    // Where the line could end: after the last run of spaces.
    let mut break_at: Option<(usize, usize)> = None;
    for (at, g) in p.grapheme_indices(true) {
        let w = g.width();
        if used > 0 && used + w > columns && g != " " {
            match break_at {
                Some((end, used_there)) => {
                    lines.push(base + from..base + end);
                    from = end;
                    used -= used_there;
                }
                None => {
                    lines.push(base + from..base + at);
                    from = at;
                    used = 0;
                }
            }
            break_at = None;
            // What moved to the new line may itself be too wide when a break was far back.
            if used > 0 && used + w > columns {
                lines.push(base + from..base + at);
                from = at;
                used = 0;
            }
        }
        used += w;
        // A number keeps its sign, and what it is a number of.
        let numbered = || [" q", " p", " ×"].iter().any(|name| p[..at].ends_with(name));
        if g == " " && !p[at + 1..].starts_with('%') && !numbered() {
            break_at = Some((at + 1, used));
        }
    }
    lines.push(base + from..base + p.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(s: &str, n: usize) -> Vec<&str> {
        wrap(s, n).into_iter().map(|r| &s[r]).collect()
    }

    #[test]
    fn a_number_keeps_its_sign() {
        assert_eq!(lines("it is 35 % here", 9), ["it is ", "35 % here"]);
        assert_eq!(lines("more, q 0.02", 7), ["more, ", "q 0.02"]);
        assert_eq!(lines("odds × 2.0", 7), ["odds ", "× 2.0"]);
    }

    #[test]
    fn breaks_at_words_then_inside_them() {
        assert_eq!(lines("the quick brown fox", 10), ["the quick ", "brown fox"]);
        assert_eq!(lines("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(lines("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(lines("世界世界", 5), ["世界", "世界"]);
        assert_eq!(lines("", 5), [""]);
        // A cluster wider than the line leaves no empty line before it.
        assert!(lines("\u{113d7}\u{b4b}\u{1923}", 2).iter().all(|l| !l.is_empty()));
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_is_lost(s in "[a-z 世é\\n]{0,120}|\\PC{0,60}", n in 2usize..30) {
            let s = crate::text::Clean::from_untrusted(&s).as_str().to_owned();
            let ranges = wrap(&s, n);
            for r in &ranges {
                let line = s[r.clone()].trim_end_matches(' ');
                // A cluster of marks wider than the line cannot be broken; the pen clips it.
                prop_assert!(crate::text::width(line) <= n || line.graphemes(true).count() == 1);
            }
            let joined: String = ranges.iter().map(|r| &s[r.clone()]).collect();
            prop_assert_eq!(joined, s.replace('\n', ""));
        }
    }
}
