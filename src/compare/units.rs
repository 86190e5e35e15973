//! Texts cut into sentences.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::wrapped::json_strings;
use crate::text::head;

/// Longer sentences are cut there, in bytes.
const LONGEST: usize = 400;
/// Sentences, headings, list items and table rows of a text, as ranges of bytes; a fenced block of code is one. Of a text
/// that is JSON, those of its string values.
pub(super) fn units(text: &str) -> Vec<Range<usize>> {
    if let Some(strings) = json_strings(text) {
        let within = |s: Range<usize>| {
            units_of_lines(&text[s.clone()]).into_iter().map(move |r| s.start + r.start..s.start + r.end)
        };
        return strings.into_iter().flat_map(within).collect();
    }
    units_of_lines(text)
}

fn units_of_lines(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut fence: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.trim_start().starts_with("```") {
            match fence.take() {
                Some(from) => push(text, from..at, &mut out),
                None => fence = Some(start),
            }
            continue;
        }
        if fence.is_some() {
            continue;
        }
        let mut offset = start;
        for sentence in line.split_sentence_bounds() {
            push(text, offset..offset + sentence.len(), &mut out);
            offset += sentence.len();
        }
    }
    if let Some(from) = fence {
        push(text, from..text.len(), &mut out);
    }
    out
}

/// Adds a piece without the white space and the marks of headings, lists and quotations around it, cut where it is very
/// long: these are no part of what is said, and make all headings alike.
fn push(text: &str, r: Range<usize>, out: &mut Vec<Range<usize>>) {
    let piece = &text[r.clone()];
    let said = piece.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '>' | '-' | '*' | '+' | '•'));
    let start = r.start + (piece.len() - said.len());
    let piece = head(said.trim_end_matches(|c: char| c.is_whitespace() || c == '*'), LONGEST);
    if piece.chars().any(char::is_alphanumeric) {
        out.push(start..start + piece.len());
    }
}
