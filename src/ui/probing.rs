//! The review of a probing set: the queue on the left, the item on the right, the keys below.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::frame::frame_on;
use super::painter::Pen;
use super::theme::Theme;
use crate::app::Area;
use crate::app::probing::{KEYS, Over, Probing};
use crate::probe::{Item, Status, Written, letter};
use crate::text::{Clean, pad, whole_fields, wrap};

/// The smallest screen.
const LEAST: (u16, u16) = (50, 12);
/// Columns from which the list has a place beside the item.
const BESIDE: u16 = 84;
/// Columns of the list.
const LIST: u16 = 36;

/// Draws a review into a buffer of its size.
pub fn draw_probing(buffer: &mut Buffer, p: &Probing, theme: &Theme) {
    let mut pen = Pen::new(buffer, theme);
    let (w, h) = p.size;
    if w < LEAST.0 || h < LEAST.1 {
        pen.clear();
        pen.line(0, 0, w, &format!("gander needs {} × {} cells;", LEAST.0, LEAST.1), theme.error);
        pen.line(0, 1, w, "make the window larger.", theme.error);
        return;
    }
    header(&mut pen, p);
    let body = Area { x: 0, y: 1, w, h: h - 3 };
    if w >= BESIDE {
        list(&mut pen, p, Area { w: LIST, ..body });
        for y in body.y..body.y + body.h {
            pen.line(LIST, y, 1, theme.glyphs.rule, theme.dim);
        }
        item(&mut pen, p, Area { x: LIST + 2, w: w - LIST - 3, ..body });
    } else {
        item(&mut pen, p, Area { x: 1, w: w - 2, ..body });
    }
    footer(&mut pen, p);
    over(&mut pen, p);
}

fn header(pen: &mut Pen, p: &Probing) {
    let theme = pen.theme;
    let [accepted, rejected, waiting] = p.counts();
    let title = Clean::first_line(&p.title, 40);
    let end = pen.pieces(1, 0, p.size.0 - 1, &[(title.as_str(), theme.title_focused), ("  ", theme.text)]);
    let mut fields = vec![
        format!("{accepted} accepted"),
        format!("{rejected} rejected"),
        format!("{waiting} waiting"),
        format!("list: {}", p.shown.name()),
    ];
    if !p.sought.is_empty() {
        fields.push(format!("with “{}”", Clean::first_line(&p.sought, 24).as_str()));
    }
    fields.extend(blind_score(p));
    let room = p.size.0.saturating_sub(end + 1);
    pen.line(end, 0, room, &whole_fields(&fields, ", ", usize::from(room)), theme.dim);
}

/// How often the reviewer chose the key before it was shown; nothing before the first answer.
fn blind_score(p: &Probing) -> Option<String> {
    let answers = p.answers();
    if answers.is_empty() {
        return None;
    }
    let right = answers.iter().filter(|(i, o)| p.suite.all()[**i].right() == Some(**o)).count();
    Some(format!("you chose the key in {right} of {}", answers.len()))
}

fn list(pen: &mut Pen, p: &Probing, area: Area) {
    let theme = pen.theme;
    let g = theme.glyphs;
    let of = format!("{} of {}", (p.cursor + 1).min(p.list.len()), p.list.len());
    pen.title(Area { h: 1, ..area }, "Items", theme.title_focused, &of);
    let rows = usize::from(area.h.saturating_sub(1));
    if p.list.is_empty() {
        pen.line(area.x + 1, area.y + 1, area.w - 1, "Nothing here. Tab lists others.", theme.dim);
        return;
    }
    // The cursor keeps a third of the list above it.
    let top = p.cursor.saturating_sub(rows / 3).min(p.list.len().saturating_sub(rows));
    for (row, at) in (top..p.list.len()).take(rows).enumerate() {
        let queued = &p.order[p.list[at]];
        let item = &p.suite.all()[queued.item];
        let y = area.y + 1 + row as u16;
        let (sign, style) = match item.status {
            Status::Accepted => (g.reviewed, theme.good),
            Status::Edited => (g.proposal, theme.good),
            Status::Rejected => ("x", theme.error),
            Status::Draft if p.reveals(queued.item) && p.blind => (g.unsaved, theme.dim),
            Status::Draft => (" ", theme.dim),
        };
        let cursor = if at == p.cursor { g.cursor } else { " " };
        let why = queued.why.first().map_or("", |w| w.0.name());
        let id = Clean::first_line(&item.id, 60);
        // The end of an id says which variant it is, so that a reason takes no more than it needs.
        let kept = if why.is_empty() { 1 } else { 2 + why.len() };
        let room = usize::from(area.w.saturating_sub(4)).saturating_sub(kept);
        let id = pad(&crate::text::truncate(id.as_str(), room), room);
        let pieces =
            [(cursor, theme.key), (" ", theme.text), (sign, style), (" ", theme.text), (id.as_str(), theme.text)];
        pen.pieces(area.x, y, area.w, &pieces);
        pen.right(area.x, y, area.w - 1, why, theme.warning);
        if at == p.cursor {
            pen.tint(Area { x: area.x, y, w: area.w, h: 1 }, theme.cursor);
        }
    }
}

/// Lines of text with one style, below one another.
struct Lines {
    rows: Vec<(u16, String, Style)>,
    width: usize,
}

impl Lines {
    /// Text from a file, wrapped and set in by some columns.
    fn text(&mut self, indent: u16, text: &str, style: Style) {
        let clean = Clean::from_untrusted(text);
        for range in wrap(clean.as_str(), self.width.saturating_sub(usize::from(indent)).max(8)) {
            self.rows.push((indent, clean.as_str()[range].trim_end().to_owned(), style));
        }
    }

    fn gap(&mut self) {
        self.rows.push((0, String::new(), Style::default()));
    }
}

fn item(pen: &mut Pen, p: &Probing, area: Area) {
    let theme = pen.theme;
    let (Some(at), Some(item)) = (p.at(), p.item()) else {
        pen.line(
            area.x,
            area.y + 1,
            area.w,
            "No item is listed. Tab lists others; / with an empty search lists all.",
            theme.dim,
        );
        return;
    };
    let id = Clean::first_line(&item.id, 60);
    pen.title(Area { x: area.x - 1, h: 1, w: area.w + 1, ..area }, id.as_str(), theme.title, status(item));
    let mut lines = Lines { rows: Vec::new(), width: usize::from(area.w) };
    let place = format!("{}, {}; {}", item.subtask, item.role.name(), item.place);
    lines.text(0, &place, theme.dim);
    lines.gap();
    for part in item.parts.all() {
        lines.text(0, part, theme.text);
        lines.gap();
    }
    options(&mut lines, p, at, item, theme);
    if p.reveals(at) {
        behind(&mut lines, p, at, item, theme);
    }
    let rows = usize::from(area.h.saturating_sub(2));
    let top = p.scroll.min(lines.rows.len().saturating_sub(rows));
    for (row, (indent, text, style)) in lines.rows.iter().skip(top).take(rows).enumerate() {
        pen.line(area.x + indent, area.y + 2 + row as u16, area.w - indent, text, *style);
    }
    if top + rows < lines.rows.len() {
        pen.right(area.x, area.y + area.h - 1, area.w, " J scrolls ", theme.key);
    }
}

fn status(item: &Item) -> &'static str {
    match item.status {
        Status::Draft => "draft",
        Status::Accepted => "accepted",
        Status::Edited => "edited",
        Status::Rejected => "rejected",
    }
}

fn options(lines: &mut Lines, p: &Probing, at: usize, item: &Item, theme: &Theme) {
    let chosen = p.answers().get(&at).copied();
    for (o, text) in item.options.iter().enumerate() {
        let shown = p.reveals(at);
        let right = shown && item.right() == Some(o);
        let mark = match (right, shown && chosen == Some(o)) {
            (true, true) => "key, your answer",
            (true, false) => "key",
            (false, true) => "your answer",
            (false, false) => "",
        };
        let style = if right { theme.good } else { theme.text };
        let from = lines.rows.len();
        lines.text(4, text, style);
        if let Some(row) = lines.rows.get_mut(from) {
            row.0 = 0;
            row.1 = format!("{:>2}  {}", o + 1, row.1);
        }
        if !mark.is_empty() {
            lines.text(4, &format!("({mark})"), if right { theme.good } else { theme.warning });
        }
    }
    lines.gap();
    if !p.reveals(at) {
        let hint = format!("Which one? Press 1 to {}. The key is shown then.", item.options.len());
        lines.text(0, &hint, theme.key);
    }
}

/// What may tell the key, and is shown after it.
fn behind(lines: &mut Lines, p: &Probing, at: usize, item: &Item, theme: &Theme) {
    if item.right().is_none() {
        lines.text(0, "There is not exactly one key.", theme.error);
    }
    if let Some(q) = p.list.get(p.cursor).map(|&q| &p.order[q]) {
        for (why, says) in &q.why {
            lines.text(0, &format!("{}: {says}", why.name()), theme.warning);
        }
    }
    if !item.slots.is_empty() {
        let slots: Vec<String> = item.slots.iter().map(|(s, v)| format!("{s} {v}")).collect();
        lines.text(0, &slots.join(", "), theme.dim);
    }
    let family = p.family(at);
    if !family.is_empty() {
        lines.gap();
        lines.text(0, &format!("The other items of the family {}", item.family), theme.title);
        for other in family {
            let o = &p.suite.all()[other];
            let key = o.right().map_or("no key".to_owned(), |k| format!("{}: {}", letter(k), o.options[k]));
            lines.text(0, &format!("{} ({key})", o.role.name()), theme.strong);
            let asked: Vec<&str> = o.parts.all().collect();
            lines.text(2, &asked.join(" "), theme.dim);
        }
    }
}

fn footer(pen: &mut Pen, p: &Probing) {
    let theme = pen.theme;
    let (w, h) = p.size;
    let message = Clean::first_line(&p.message, 300);
    pen.line(1, h - 2, w - 2, message.as_str(), theme.strong);
    let answered = p.at().is_some_and(|at| p.reveals(at));
    let keys = if answered {
        "a accept   x reject   f other key   s subtask   e edit   u undo   j k move   ? help   q leave"
    } else {
        "1 2 … answer   Space show the key   j k move   / search   Tab list   c coverage   ? help   q leave"
    };
    pen.line(1, h - 1, w - 2, keys, theme.dim);
}

fn over(pen: &mut Pen, p: &Probing) {
    match &p.over {
        None => {}
        Some(Over::Help) => help(pen, p),
        Some(Over::Coverage(top)) => coverage(pen, p, *top),
        Some(Over::Subtask(cursor)) => subtasks(pen, p, *cursor),
        Some(Over::Part) => {
            let options = p.item().map_or(0, |i| i.options.len());
            let inner = frame_on(pen, p.size, "Write anew", "Esc leave", (60, 4));
            let keys = format!("v value   e event   q question   1 to {options} an option");
            pen.line(inner.x, inner.y, inner.w, &keys, pen.theme.key);
        }
        Some(Over::Edit(part, line)) => {
            let title = match part {
                Written::Value => "The value".to_owned(),
                Written::Event => "The event".to_owned(),
                Written::Question => "The question".to_owned(),
                Written::Option(o) => format!("Option {}", letter(*o)),
            };
            typed(pen, p, &title, "Enter keep   Esc leave", line.text(), line.before_cursor());
        }
        Some(Over::Search(line)) => {
            typed(pen, p, "Search", "Enter list   Esc leave", line.text(), line.before_cursor());
        }
    }
}

fn help(pen: &mut Pen, p: &Probing) {
    let inner = frame_on(pen, p.size, "Keys", "any key leaves", (92, KEYS.len() as u16 + 2));
    for ((keys, what), y) in KEYS.iter().zip(inner.y..inner.y + inner.h) {
        pen.pieces(inner.x, y, inner.w, &[(&pad(keys, 12), pen.theme.key), (what, pen.theme.text)]);
    }
}

fn coverage(pen: &mut Pen, p: &Probing, top: usize) {
    let rows = p.coverage();
    let most = (70, p.size.1.saturating_sub(2));
    let inner =
        frame_on(pen, p.size, "Coverage: families, and those with an accepted item", "↑ ↓ scroll   Esc leave", most);
    let theme = pen.theme;
    for ((name, n), y) in rows.iter().skip(top).zip(inner.y..inner.y + inner.h) {
        let name = Clean::first_line(name, 40);
        let Some([all, accepted]) = n else {
            pen.line(inner.x, y, inner.w, name.as_str(), theme.title);
            continue;
        };
        let style = if *all == 0 { theme.warning } else { theme.text };
        let said = if *all == 0 { "none".to_owned() } else { format!("{all}") };
        let accepted = format!("{accepted} accepted");
        let cells = [pad(name.as_str(), 28), pad(&said, 8)];
        let pieces = [("  ", style), (&*cells[0], style), (&*cells[1], style), (&*accepted, theme.dim)];
        pen.pieces(inner.x, y, inner.w, &pieces);
    }
}

fn subtasks(pen: &mut Pen, p: &Probing, cursor: usize) {
    let all = &p.suite.head.subtasks;
    let inner = frame_on(pen, p.size, "Move to subtask", "↑ ↓ choose   Enter move   Esc leave", (90, p.size.1 - 2));
    let theme = pen.theme;
    let mut y = inner.y;
    for (i, s) in all.iter().enumerate() {
        let name = Clean::first_line(&s.name, 60);
        let sign = if i == cursor { theme.glyphs.cursor } else { " " };
        if y < inner.y + inner.h {
            pen.pieces(inner.x, y, inner.w, &[(sign, theme.key), (" ", theme.text), (name.as_str(), theme.strong)]);
            y += 1;
        }
        let said = Clean::from_untrusted(&s.definition);
        for range in wrap(said.as_str(), usize::from(inner.w.saturating_sub(2)).max(8)) {
            if y < inner.y + inner.h {
                pen.line(inner.x + 2, y, inner.w - 2, said.as_str()[range].trim_end(), theme.dim);
                y += 1;
            }
        }
    }
}

/// A box with a line that is being typed, wrapped, the cursor reversed.
fn typed(pen: &mut Pen, p: &Probing, title: &str, hint: &str, text: &str, before: &str) {
    let theme = pen.theme;
    let clean = Clean::from_untrusted(&format!("{text} ")).as_str().to_owned();
    let inner = frame_on(pen, p.size, title, hint, (90, 8));
    let cursor = Clean::from_untrusted(before).as_str().len();
    let rows = wrap(&clean, usize::from(inner.w).max(8));
    let at = rows.iter().rposition(|r| r.start <= cursor).unwrap_or(0);
    let top = (at + 1).saturating_sub(usize::from(inner.h));
    for (range, y) in rows.into_iter().skip(top).zip(inner.y..inner.y + inner.h) {
        let row = &clean[range.clone()];
        let split = cursor.checked_sub(range.start).and_then(|at| row.split_at_checked(at));
        let Some((left, rest)) = split.filter(|_| range.contains(&cursor)) else {
            pen.line(inner.x, y, inner.w, row.trim_end(), theme.text);
            continue;
        };
        let under: String = rest.chars().take(1).collect();
        let after = &rest[under.len()..];
        let reversed = theme.text.add_modifier(ratatui::style::Modifier::REVERSED);
        pen.pieces(inner.x, y, inner.w, &[(left, theme.text), (&under, reversed), (after, theme.text)]);
    }
}
