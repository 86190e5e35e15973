//! The help of a pane: what the signs mean, and every key.

use super::frame::frame;
use super::painter::Pen;
use super::theme::Glyphs;
use crate::app::{App, Area, Context, HelpPage};
use crate::text::{Clean, pad, width, wrap};

pub(super) fn draw(pen: &mut Pen, app: &App, page: &HelpPage) {
    let theme = pen.theme;
    let (filter, scroll) = (page.filter.text(), page.scroll.0);
    let rows = page.rows(app);
    let title = format!("Help: {}", app.context().title());
    let inner = frame(pen, app, &title, "type to search   ↑ ↓ scroll   Esc close", 104, app.size.1.saturating_sub(2));
    let found = Clean::from_untrusted(filter);
    pen.pieces(inner.x, inner.y, inner.w, &[("search: ", theme.dim), (found.as_str(), theme.key)]);
    let mut y = inner.y + 1;
    let end = inner.y + inner.h;
    if filter.is_empty() && scroll == 0 {
        let signs = match app.context() {
            Context::Differences => signs_of_differences(&pen.theme.glyphs),
            _ => signs_of_clusters(&pen.theme.glyphs),
        };
        y = legend(pen, inner, y, &signs) + 1;
    }
    for s in rows.iter().skip(scroll) {
        if y >= end {
            break;
        }
        let keys = s.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let x = pen.pieces(inner.x, y, inner.w, &[(&pad(&keys, 16), theme.key), (&pad(s.title, 15), theme.strong)]);
        let room = (inner.x + inner.w).saturating_sub(x);
        for range in wrap(s.help, usize::from(room)) {
            if y < end {
                pen.line(x, y, room, s.help[range].trim_end(), theme.text);
                y += 1;
            }
        }
    }
    if rows.is_empty() {
        pen.line(inner.x, y, inner.w, "Nothing here has these words.", theme.dim);
    }
}

/// A sign and what it means.
type Meaning = (String, &'static str);

fn signs_of_clusters(g: &Glyphs) -> Vec<Meaning> {
    let signs = [
        ("*** ** *", "q below 0.001, 0.01, 0.05 (Benjamini-Hochberg)"),
        ("topic", "topic match: how well the label picks out its texts, 0.5 is chance; opp.: they contradict it"),
        (g.opposed, "holds opposites"),
        (g.wording, "wording"),
        (g.impure, "weak fit or unstable (i says why)"),
        (g.flagged, "flagged"),
        (g.shift, "the models differ inside"),
        (g.stale, "label older than its texts"),
        (g.note, "note"),
        (g.proposal, "a model proposes"),
        (g.reviewed, "reviewed"),
    ];
    let sides = (sides(g), "the two sides; the bar compares shares of their texts");
    std::iter::once(sides).chain(signs.map(|(sign, meaning)| (sign.to_owned(), meaning))).collect()
}

fn signs_of_differences(g: &Glyphs) -> Vec<Meaning> {
    let signs = [
        ("a → b %", "rate in the reference and in the other model, corrected for having been chosen"),
        ("points", "their difference, with its 95 % interval"),
        ("p", "chance of anything as strong anywhere in the list, if the models did not differ"),
        ("a vs b", "texts as counted"),
        ("alike", "more findings in much the same texts (z)"),
        ("in #10", "the cluster where its texts lie"),
        (g.wording, "confounded with wording or length"),
        (g.note, "note"),
        (g.reviewed, "reviewed"),
    ];
    let sides = (sides(g), "which model has more, and the bar how much more");
    std::iter::once(sides).chain(signs.map(|(sign, meaning)| (sign.to_owned(), meaning))).collect()
}

fn sides(g: &Glyphs) -> String {
    format!("{} {}", g.sides[0], g.sides[1])
}

/// What the signs in the list mean; returns the row after it. A sign stays with its meaning.
fn legend(pen: &mut Pen, inner: Area, mut y: u16, signs: &[Meaning]) -> u16 {
    let theme = pen.theme;
    let end = inner.x + inner.w;
    let mut x = inner.x;
    for (sign, meaning) in signs {
        let needed = (width(sign) + 1 + width(meaning)) as u16;
        if x > inner.x && x + needed > end {
            (x, y) = (inner.x, y + 1);
        }
        if y >= inner.y + inner.h {
            return y;
        }
        x = pen.pieces(x, y, end - x, &[(sign, theme.key), (" ", theme.text), (meaning, theme.dim)]) + 3;
        x = x.min(end);
    }
    y + 1
}
