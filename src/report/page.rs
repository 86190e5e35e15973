//! A page of findings as blocks, written as HTML or as Markdown. Everything that came from a file is escaped: a text can
//! neither script the page nor change its shape.

use super::chart::{self, Bar};
use super::escape::escape;
use super::excerpt::excerpt;
use crate::compare::MatchPattern;
use crate::text::{Clean, shorten};

/// One piece of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading; 1 is the title.
    Heading(u8, String),
    /// The heading of a difference: its number, which rows of tables lead to, and what it is.
    Numbered(usize, String),
    /// A paragraph.
    Text(String),
    /// A paragraph to be noticed.
    Warning(String),
    /// A list of short lines.
    List(Vec<String>),
    /// What a model wrote.
    Quote {
        /// Side of the comparison, 0 or 1; 2 for neither.
        side: usize,
        /// Who wrote it and which sample it is.
        who: String,
        /// The prompt.
        prompt: Option<String>,
        /// The text.
        text: String,
        /// What it was chosen by.
        sought: Option<MatchPattern>,
    },
    /// A map of texts in the unit square, with names in it.
    Map {
        /// What it shows, for those who cannot see it.
        alt: String,
        /// The texts.
        dots: Vec<Dot>,
        /// Names and where they stand.
        names: Vec<([f32; 2], String)>,
    },
    /// Differences in points with their intervals.
    Chart {
        /// What it shows, for those who cannot see it.
        alt: String,
        /// The differences, from the top.
        bars: Vec<Bar>,
    },
    /// A table; its second column names the row.
    Table(Vec<String>, Vec<Vec<Cell>>),
}

/// A text on a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    /// Where, 0 to 1 in both directions.
    pub place: [f32; 2],
    /// Side of the comparison, 0 or 1; 2 for neither.
    pub side: usize,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Words that lead to the place with this name.
    Link(String, String),
    /// A number, aligned to the right.
    Number(String),
    /// Share of the right side, 0 to 1.
    Share(f64),
}

/// Safe text of limited length.
fn short(text: &str, limit: usize) -> String {
    shorten(Clean::from_untrusted(text).as_str(), limit).into_owned()
}

const STYLE: &str = include_str!("page.css");

/// One self-contained HTML page: no script, nothing loaded from anywhere.
pub fn html(blocks: &[Block]) -> String {
    let title = blocks.iter().find_map(|b| match b {
        Block::Heading(1, t) => Some(escape(t)),
        _ => None,
    });
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n",
        title.unwrap_or_default()
    );
    for block in blocks {
        match block {
            Block::Heading(level, text) => {
                let level = (*level).clamp(1, 6);
                out.push_str(&format!("<h{level}>{}</h{level}>\n", escape(text)));
            }
            Block::Numbered(n, text) => {
                out.push_str(&format!("<h3 id=\"d{n}\">{n}. {}</h3>\n", escape(text)));
            }
            Block::Text(text) => out.push_str(&format!("<p>{}</p>\n", escape(text))),
            Block::Warning(text) => out.push_str(&format!("<p class=\"warn\"><b>Note:</b> {}</p>\n", escape(text))),
            Block::List(items) => {
                let items: String = items.iter().map(|i| format!("<li>{}</li>\n", escape(i))).collect();
                out.push_str(&format!("<ul>\n{items}</ul>\n"));
            }
            Block::Quote { side, who, prompt, text, sought } => {
                let prompt =
                    prompt.as_deref().map(|p| format!(" · prompt: {}", escape(&short(p, 160)))).unwrap_or_default();
                let text: String = excerpt(text, sought.as_ref())
                    .into_iter()
                    .map(|(t, lit)| if lit { format!("<mark>{}</mark>", escape(&t)) } else { escape(&t) })
                    .collect();
                out.push_str(&format!(
                    "<figure class=\"s{side}\"><figcaption><b>{}</b>{prompt}</figcaption><blockquote dir=\"auto\">{text}</blockquote></figure>\n",
                    escape(who)
                ));
            }
            Block::Map { alt, dots, names } => out.push_str(&map_svg(alt, dots, names)),
            Block::Chart { alt, bars } => out.push_str(&chart::svg(alt, bars)),
            Block::Table(head, rows) => out.push_str(&table_html(head, rows)),
        }
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// Columns and rows of a map.
const MAP: (f32, f32) = (900.0, 560.0);

/// A drawing: circles for the left side, squares for the right, so that colour is not needed.
fn map_svg(alt: &str, dots: &[Dot], names: &[([f32; 2], String)]) -> String {
    let at = |p: [f32; 2]| (12.0 + p[0] * (MAP.0 - 24.0), 12.0 + p[1] * (MAP.1 - 24.0));
    let mut out = format!(
        "<svg class=\"map\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
        MAP.0,
        MAP.1,
        escape(alt)
    );
    for side in [2, 0, 1] {
        let mut path = String::new();
        for d in dots.iter().filter(|d| d.side == side) {
            let (x, y) = at(d.place);
            path.push_str(&match side {
                1 => format!("M{:.0} {:.0}h4v4h-4z", x - 2.0, y - 2.0),
                _ => format!("M{:.0} {:.0}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0", x - 2.0, y),
            });
        }
        if !path.is_empty() {
            out.push_str(&format!("<path class=\"d{side}\" d=\"{path}\"/>\n"));
        }
    }
    for (place, name) in names {
        let (x, y) = at(*place);
        // Above its dots, and inside the drawing.
        let anchor = match place[0] {
            left if left < 0.15 => "start",
            right if right > 0.85 => "end",
            _ => "middle",
        };
        let y = (y - 14.0).max(14.0);
        out.push_str(&format!("<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\">{}</text>\n", escape(name)));
    }
    out.push_str("</svg>\n");
    out
}

/// A table. On a narrow screen each row becomes a block that its second cell leads, and the others carry their heads.
fn table_html(head: &[String], rows: &[Vec<Cell>]) -> String {
    let is_number = |column: usize| {
        let first = rows.first().and_then(|r| r.get(column));
        matches!(first, Some(Cell::Number(_) | Cell::Share(_)))
    };
    let columns = head.iter().enumerate().map(|(column, h)| {
        let class = if is_number(column) { " class=\"n\"" } else { "" };
        format!("<th scope=\"col\"{class}>{}</th>", escape(h))
    });
    let mut out = format!("<table>\n<thead><tr>{}</tr></thead>\n<tbody>\n", columns.collect::<String>());
    for row in rows {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let (class, inside) = match cell {
                Cell::Text(t) => ("", escape(t)),
                Cell::Link(t, to) => ("", format!("<a href=\"#{}\">{}</a>", escape(to), escape(t))),
                Cell::Number(t) => ("n", escape(t)),
                Cell::Share(s) => {
                    let percent = (s.clamp(0.0, 1.0) * 100.0).round();
                    let bar = format!("<i style=\"width:{percent:.0}%\"></i>");
                    ("n", format!("<span class=\"bar\" aria-hidden=\"true\">{bar}</span> {percent:.0} %"))
                }
            };
            let (class, label) = match (column, head.get(column)) {
                (0, _) | (_, None) => (class, String::new()),
                (1, _) => ("lead", String::new()),
                (_, Some(h)) => (class, format!(" data-head=\"{}\"", escape(h))),
            };
            out.push_str(&format!("<td class=\"{class}\"{label}>{inside}</td>"));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    out
}

/// Markdown, for a pull request.
pub fn markdown(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(level, text) => {
                out.push_str(&format!("{} {}\n\n", "#".repeat(usize::from(*level)), plain(text)));
            }
            Block::Numbered(n, text) => out.push_str(&format!("### {n}. {}\n\n", plain(text))),
            Block::Text(text) => out.push_str(&format!("{}\n\n", plain(text))),
            Block::Warning(text) => out.push_str(&format!("**Note:** {}\n\n", plain(text))),
            Block::List(items) => {
                items.iter().for_each(|i| out.push_str(&format!("- {}\n", plain(i))));
                out.push('\n');
            }
            Block::Quote { who, prompt, text, sought, .. } => {
                let prompt =
                    prompt.as_deref().map(|p| format!(" · prompt: {}", plain(&short(p, 160)))).unwrap_or_default();
                out.push_str(&format!("> **{}**{prompt}\n>\n> ", plain(who)));
                for (text, lit) in excerpt(text, sought.as_ref()) {
                    if lit {
                        out.push_str(&format!("**{}**", plain(&text)));
                    } else {
                        let lines: Vec<String> = text.split('\n').map(plain).collect();
                        out.push_str(&lines.join("\n> "));
                    }
                }
                out.push_str("\n\n");
            }
            // A drawing has no place in Markdown.
            Block::Map { .. } | Block::Chart { .. } => {}
            Block::Table(head, rows) => {
                let head: Vec<String> = head.iter().map(|h| plain(h)).collect();
                out.push_str(&format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len())));
                for row in rows {
                    let cells: Vec<String> = row
                        .iter()
                        .map(|c| match c {
                            Cell::Text(t) | Cell::Link(t, _) | Cell::Number(t) => plain(t),
                            Cell::Share(s) => format!("{:.0} %", s * 100.0),
                        })
                        .collect();
                    out.push_str(&format!("| {} |\n", cells.join(" | ")));
                }
                out.push('\n');
            }
        }
    }
    out
}

/// One line in which no sign has a meaning for Markdown.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in Clean::from_untrusted(text).as_str().chars() {
        match c {
            '\n' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention in a pull request would call somebody.
            '@' => out.push_str("@\u{2060}"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_stay_texts() {
        let hostile = "</blockquote><script>alert(1)</script><img src=x onerror=\"a\">\u{1b}]52;c;aGk=\u{7} | x\n# y [z](javascript:q)";
        let quote = Block::Quote {
            side: 1,
            who: hostile.into(),
            prompt: Some(hostile.into()),
            text: hostile.into(),
            sought: None,
        };
        let table = Block::Table(vec![hostile.into()], vec![vec![Cell::Text(hostile.into())]]);
        let blocks = [Block::Heading(1, hostile.into()), quote, table];
        let page = html(&blocks);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{1b}'), "{page}");
        assert_eq!(page.matches("<blockquote").count(), page.matches("</blockquote>").count());
        let page = markdown(&blocks);
        assert!(
            !page.contains("<script") && !page.replace("\\]", "").contains("](java") && !page.contains('\u{1b}'),
            "{page}"
        );
        assert!(page.lines().filter(|l| l.starts_with('#')).count() == 1, "{page}");
    }
}
