//! Boxes over the panes.

use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::frame::frame;
use super::painter::Pen;
use crate::app::{App, Area, Choice, CommandSpec, HistoryPage, Overlay, SplitBox, letters};
use crate::model::{Author, SplitBy};
use crate::text::{Clean, pad, width};

pub(super) fn draw(pen: &mut Pen, app: &App) {
    match app.overlays.last() {
        Some(Overlay::Help(page)) => super::help::draw(pen, app, page),
        Some(Overlay::Palette(palette)) => {
            let row = |s: &&CommandSpec| format!("{} {:<10} {}", pad(s.title, 15), s.keys[0].to_string(), s.help);
            let rows: Vec<String> = palette.rows(app).iter().map(row).collect();
            choice(pen, app, "Commands", &palette.choice, &rows);
        }
        Some(Overlay::Pick(pick)) => {
            let rows: Vec<String> = pick.rows().into_iter().map(|i| pick.items[i].1.clone()).collect();
            choice(pen, app, &pick.title, &pick.choice, &rows);
        }
        Some(Overlay::Split(shown)) => split(pen, app, shown),
        Some(Overlay::Ask(shown)) => super::ask::draw(pen, app, shown),
        Some(Overlay::Judge(shown)) => super::ask::judge(pen, app, shown),
        Some(Overlay::Difference(page)) => super::ask::said(pen, app, page),
        Some(Overlay::Exchange(page)) => super::ask::exchange(pen, app, page),
        Some(Overlay::Pairs(page)) => super::pairs::draw(pen, app, page),
        Some(Overlay::Masking(page)) => super::masking::draw(pen, app, page),
        Some(Overlay::Merge(preview)) => super::merges::preview(pen, app, &preview.clusters),
        Some(Overlay::Merges(_)) => super::merges::draw(pen, app),
        Some(Overlay::History(page)) => history(pen, app, page),
        Some(Overlay::Trust(page)) => super::evidence::draw(pen, app, page.cluster, page.scroll.0),
        // Lines of input are drawn in the footer.
        Some(Overlay::Label(_) | Overlay::Line(_) | Overlay::Filter(_)) | None => {}
    }
}

fn choice(pen: &mut Pen, app: &App, title: &str, choice: &Choice, rows: &[String]) {
    let theme = pen.theme;
    let (filter, cursor) = (choice.filter.text(), choice.cursor);
    let inner = frame(
        pen,
        app,
        title,
        "type to search   ↑ ↓ choose   Enter take   Esc leave",
        96,
        app.size.1.saturating_sub(4).min(24),
    );
    let found = Clean::from_untrusted(filter);
    pen.pieces(inner.x, inner.y, inner.w, &[("search: ", theme.dim), (found.as_str(), theme.key)]);
    let space = usize::from(inner.h.saturating_sub(1));
    let top = (cursor + 1).saturating_sub(space);
    for (i, row) in rows.iter().enumerate().skip(top).take(space) {
        let y = inner.y + 1 + (i - top) as u16;
        found_letters(pen, (inner.x + 2, y, inner.w.saturating_sub(2)), row, filter, theme.text);
        if i == cursor {
            pen.tint(Area { x: inner.x, y, w: inner.w, h: 1 }, theme.cursor);
            pen.line(inner.x, y, 1, theme.glyphs.cursor, theme.key);
        }
    }
    if rows.is_empty() {
        let why = if filter.is_empty() { "Looking …" } else { "Nothing has these letters in this order." };
        pen.line(inner.x + 2, inner.y + 1, inner.w.saturating_sub(2), why, theme.dim);
    }
}

/// A row with the letters that were typed lit.
pub(super) fn found_letters(
    pen: &mut Pen,
    (x, y, columns): (u16, u16, u16),
    row: &str,
    filter: &str,
    style: Style,
) -> u16 {
    let lit = letters(filter, row);
    // In plain letters a character may become several.
    if lit.is_empty() || pen.theme.glyphs.ascii {
        return pen.line(x, y, columns, row, style);
    }
    let theme = pen.theme;
    let end = pen.line(x, y, columns, row, style);
    let mut at = x;
    for (i, grapheme) in row.graphemes(true).scan(0, |i, g| Some((std::mem::replace(i, *i + g.chars().count()), g))) {
        let w = width(grapheme) as u16;
        if at + w > end {
            break;
        }
        if lit.binary_search(&i).is_ok() {
            pen.tint(Area { x: at, y, w, h: 1 }, theme.key);
        }
        at += w;
    }
    end
}

fn split(pen: &mut Pen, app: &App, shown: &SplitBox) {
    let theme = pen.theme;
    let how = match shown.by {
        SplitBy::Meaning => format!("by meaning into {}", shown.parts),
        SplitBy::Opposition => "by opposed statements".into(),
        SplitBy::Model => "by model".into(),
        SplitBy::Search => "by what you searched for".into(),
        SplitBy::Marks => "by your marks".into(),
        SplitBy::Llm => "as the model proposes".into(),
    };
    let count = shown.proposal.as_ref().map_or(2, Vec::len) as u16;
    let title = format!("Split #{} {how}", shown.cluster);
    let inner =
        frame(pen, app, &title, "Enter accept   Tab another way   + - parts   Esc leave", 100, (count * 4 + 4).max(9));
    let Some(proposal) = &shown.proposal else {
        pen.line(inner.x, inner.y + 1, inner.w, "Working it out …", theme.dim);
        return;
    };
    let mut y = inner.y + 1;
    for (i, part) in proposal.iter().enumerate() {
        if y + 2 >= inner.y + inner.h {
            pen.line(inner.x, y, inner.w, &format!("and {} more", proposal.len() - i), theme.dim);
            break;
        }
        let mut sides = [0usize; 2];
        for &s in &part.members {
            let source = app.run.corpus.samples[s as usize].source;
            if let Some(side) = app.run.contrast().and_then(|c| c.side(source)) {
                sides[side] += 1;
            }
        }
        let n = part.members.len();
        let mut pieces = vec![(format!("{n:>5} texts  "), theme.strong)];
        if app.run.contrast().is_some() && !app.run.blind {
            pieces.push((format!("{} {}  ", theme.glyphs.sides[0], sides[0]), theme.left));
            pieces.push((format!("{} {}  ", theme.glyphs.sides[1], sides[1]), theme.right));
        }
        let name = part.label.as_ref().unwrap_or(&part.terms);
        pieces.push((Clean::from_untrusted(name).as_str().to_owned(), theme.lit));
        let borrowed: Vec<(&str, Style)> = pieces.iter().map(|(t, s)| (t.as_str(), *s)).collect();
        pen.pieces(inner.x, y, inner.w, &borrowed);
        let head = part.exemplar.and_then(|s| app.run.heads.get(s as usize)).map_or("", String::as_str);
        pen.line(inner.x + 7, y + 1, inner.w.saturating_sub(7), head, theme.dim);
        y += 3;
    }
}

fn history(pen: &mut Pen, app: &App, page: &HistoryPage) {
    let theme = pen.theme;
    let inner = frame(pen, app, "History of edits", "j k scroll   Esc close", 100, app.size.1.saturating_sub(4));
    let records = app.run.history.records();
    if records.is_empty() {
        pen.line(inner.x, inner.y + 1, inner.w, "No edits yet: r labels, m merges, s splits, f flags.", theme.dim);
        return;
    }
    for (i, r) in records.iter().rev().skip(page.scroll.0).take(usize::from(inner.h)).enumerate() {
        let who = match &r.author {
            Author::Human(name) => name.clone(),
            llm @ Author::Llm(_) => llm.to_string(),
        };
        let blind = if r.blind { " (blind)" } else { "" };
        let what = Clean::one_line(&r.edit.describe());
        pen.pieces(
            inner.x,
            inner.y + i as u16,
            inner.w,
            &[
                (&format!("{:>4}  ", r.seq), theme.dim),
                (&format!("{}  ", time_of_day(r.time_ms)), theme.dim),
                (&pad(Clean::from_untrusted(&who).as_str(), 10), theme.key),
                (" ", theme.text),
                (&what, theme.text),
                (blind, theme.dim),
            ],
        );
    }
}

/// Date and time in UTC (civil from days: Howard Hinnant's algorithm).
fn time_of_day(ms: u64) -> String {
    let seconds = ms / 1000;
    let (days, rest) = ((seconds / 86_400) as i64, seconds % 86_400);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", rest / 3600, rest % 3600 / 60)
}

#[cfg(test)]
mod tests {
    use super::time_of_day;

    #[test]
    fn dates_are_civil() {
        assert_eq!(time_of_day(0), "1970-01-01 00:00");
        assert_eq!(time_of_day(1_709_210_096_000), "2024-02-29 12:34");
    }
}
