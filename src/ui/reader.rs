//! The text in full: wrapped by us, distinctive terms lit, controls visible; or the answers to one prompt side by side.

use std::collections::HashSet;
use std::ops::Range;

use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::format::counted;
use super::painter::Pen;
use super::title_style;
use crate::app::{App, Area, Pane, word_set};
use crate::model::SampleIx;
use crate::text::{Clean, wrap};

/// Lines of a prompt shown above the text.
const PROMPT_LINES: usize = 4;

pub(super) fn draw(pen: &mut Pen, app: &App, area: Area) {
    let theme = pen.theme;
    let Some(s) = app.current_sample() else {
        pen.title(area, "Text", title_style(theme, app, Pane::Reader), "");
        return;
    };
    let sample = &app.run.corpus.samples[s as usize];
    let id = Clean::one_line(&sample.id);
    let top = app.reader_top();
    let above = if top > 0 { format!("{} above, ", counted(top, "line")) } else { String::new() };
    let right = format!("{above}{} of {}", app.members.cursor + 1, app.members.order.len());
    let title = format!("{} · {id}", app.run.source_name(sample.source));
    let room = usize::from(area.w).saturating_sub(right.len() + 8);
    pen.title(area, &crate::text::truncate(&title, room.max(8)), title_style(theme, app, Pane::Reader), &right);
    let inner = Area { x: area.x + 1, y: area.y + 1, w: area.w.saturating_sub(2), h: area.h - 1 };
    let mut lines: Vec<Vec<(String, Style)>> = Vec::new();
    if let Some(prompt) = app.run.prompt(s) {
        let prompt = Clean::from_untrusted(prompt);
        let wrapped = wrap(prompt.as_str(), usize::from(inner.w));
        let more = wrapped.len() > PROMPT_LINES;
        for (i, r) in wrapped.into_iter().take(PROMPT_LINES).enumerate() {
            let mut text = prompt.as_str()[r].trim_end().to_owned();
            if more && i + 1 == PROMPT_LINES {
                text = crate::text::truncate(&format!("{text} …"), usize::from(inner.w));
            }
            lines.push(vec![(text, theme.dim)]);
        }
        lines.push(Vec::new());
    }
    let partner = if app.reader.pair { app.run.partners(s).first().copied() } else { None };
    match partner {
        Some(other) => pair_lines(pen, app, inner, s, other, &mut lines),
        None => lines.extend(text_lines(pen, app, s, usize::from(inner.w), None)),
    }
    for (i, line) in lines.iter().skip(top).take(usize::from(inner.h)).enumerate() {
        let pieces: Vec<(&str, Style)> = line.iter().map(|(t, st)| (t.as_str(), *st)).collect();
        pen.pieces(inner.x, inner.y + i as u16, inner.w, &pieces);
    }
}

/// Two answers beside each other, each with the words lit that the other lacks.
fn pair_lines(pen: &Pen, app: &App, inner: Area, s: SampleIx, other: SampleIx, lines: &mut Vec<Vec<(String, Style)>>) {
    let theme = pen.theme;
    let width = usize::from(inner.w).saturating_sub(3) / 2;
    let source = |s: SampleIx| app.run.corpus.samples[s as usize].source;
    // The reference stands on the left, wherever the cursor is.
    let (a, b) = if source(s) <= source(other) { (s, other) } else { (other, s) };
    let words = |s: SampleIx| app.text(s).map(|t| word_set(t.as_str()));
    let (wa, wb) = (words(a), words(b));
    let side = |s| theme.side(app.run.contrast().and_then(|c| c.side(source(s))).filter(|_| !app.run.blind));
    let rule = format!(" {} ", theme.glyphs.rule);
    let names = [a, b].map(|s| crate::text::pad(&app.run.source_name(source(s)), width));
    lines.push(vec![(names[0].clone(), side(a)), (rule.clone(), theme.dim), (names[1].clone(), side(b))]);
    let left = text_lines(pen, app, a, width, wb.as_ref());
    let right = text_lines(pen, app, b, width, wa.as_ref());
    for i in 0..left.len().max(right.len()) {
        let mut line = left.get(i).cloned().unwrap_or_default();
        let used: usize = line.iter().map(|(t, _)| crate::text::width(t)).sum();
        line.push((" ".repeat(width.saturating_sub(used)), theme.text));
        line.push((rule.clone(), theme.dim));
        line.extend(right.get(i).cloned().unwrap_or_default());
        lines.push(line);
    }
}

/// The wrapped lines of a text, cut into styled pieces.
fn text_lines(
    pen: &Pen,
    app: &App,
    s: SampleIx,
    width: usize,
    other: Option<&HashSet<String>>,
) -> Vec<Vec<(String, Style)>> {
    let theme = pen.theme;
    let Some(text) = app.text(s) else { return vec![vec![("reading …".into(), theme.dim)]] };
    if text.as_str().trim().is_empty() {
        return vec![vec![(format!("{} (a blank answer)", theme.glyphs.blank), theme.dim)]];
    }
    let styles = styled_ranges(pen, app, s, text, other);
    wrap(text.as_str(), width)
        .into_iter()
        .map(|r| {
            // The space at which a line breaks may stand one column outside.
            let end = r.start + text.as_str()[r.clone()].trim_end_matches(' ').len();
            cut(text.as_str(), r.start..end, &styles, theme.text)
        })
        .collect()
}

/// Where a text is not plain: controls, words searched for, distinctive terms, or words the other answer lacks. In
/// order, without overlaps.
fn styled_ranges(
    pen: &Pen,
    app: &App,
    s: SampleIx,
    text: &Clean,
    other: Option<&HashSet<String>>,
) -> Vec<(Range<usize>, Style)> {
    let theme = pen.theme;
    let mut out: Vec<(Range<usize>, Style)> = text.marks().iter().map(|m| (m.clone(), theme.control)).collect();
    let lower = text.as_str().to_lowercase();
    // Lower case can change lengths; then places would not match, and nothing is lit.
    let same_length = lower.len() == text.as_str().len();
    if let Some(sought) = app.highlight() {
        out.extend(sought.only(s).ranges(text.as_str()).into_iter().map(|r| (r, theme.highlight())));
    }
    match other {
        Some(known) => {
            for (at, word) in text.as_str().unicode_word_indices() {
                if !known.contains(&word.to_lowercase()) {
                    out.push((at..at + word.len(), theme.lit));
                }
            }
        }
        None if same_length => {
            let cluster = app.run.partition.cluster_of(s);
            let terms = cluster.and_then(|c| app.run.figures_of(c)).map(|f| f.terms.as_slice()).unwrap_or(&[]);
            for term in terms {
                for (at, m) in lower.match_indices(term.as_str()) {
                    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                    let whole = edge(lower[..at].chars().next_back()) && edge(lower[at + m.len()..].chars().next());
                    if whole {
                        out.push((at..at + m.len(), theme.lit));
                    }
                }
            }
        }
        None => {}
    }
    out.sort_by_key(|(r, _)| (r.start, std::cmp::Reverse(r.end)));
    let mut end = 0;
    out.retain(|(r, _)| {
        let keep = r.start >= end && text.as_str().is_char_boundary(r.start) && text.as_str().is_char_boundary(r.end);
        if keep {
            end = r.end;
        }
        keep
    });
    out
}

fn cut(text: &str, line: Range<usize>, styles: &[(Range<usize>, Style)], plain: Style) -> Vec<(String, Style)> {
    let mut out = Vec::new();
    let mut at = line.start;
    let from = styles.partition_point(|(r, _)| r.end <= line.start);
    for (r, style) in &styles[from..] {
        if r.start >= line.end {
            break;
        }
        let (start, end) = (r.start.max(line.start), r.end.min(line.end));
        if start > at {
            out.push((text[at..start].to_owned(), plain));
        }
        out.push((text[start..end].to_owned(), *style));
        at = end;
    }
    if at < line.end {
        out.push((text[at..line.end].to_owned(), plain));
    }
    out
}
