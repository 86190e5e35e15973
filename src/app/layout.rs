//! Where everything stands, from the size of the screen alone: drawing and the mouse use the same answer.

/// Which tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tab {
    Clusters,
    Differences,
    Jobs,
    Map,
}

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Pane {
    List,
    Members,
    Reader,
}

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// Left column.
    pub x: u16,
    /// Top row.
    pub y: u16,
    /// Columns.
    pub w: u16,
    /// Rows.
    pub h: u16,
}

impl Area {
    /// Whether a cell lies in it.
    pub fn contains(self, x: u16, y: u16) -> bool {
        x >= self.x && x < self.x + self.w && y >= self.y && y < self.y + self.h
    }

    /// Rows below the title line.
    pub fn rows(self) -> usize {
        usize::from(self.h.saturating_sub(1))
    }
}

/// The panes; one that is not shown has no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// First line: models, counts, certainty.
    pub header: Area,
    /// What must be read before any figure.
    pub notice: Option<Area>,
    /// The list on the left (clusters or differences).
    pub list: Option<Area>,
    /// The texts.
    pub members: Option<Area>,
    /// The text.
    pub reader: Option<Area>,
    /// A tip, above the last line.
    pub tip: Option<Area>,
    /// Last line.
    pub footer: Area,
    /// The screen is too small for anything.
    pub too_small: bool,
}

/// Columns from which panes stand side by side.
const WIDE: u16 = 100;
/// Smallest screen.
const SMALLEST: (u16, u16) = (50, 12);

/// Lays out a screen, with a line for a tip or for a notice where there is one.
pub fn layout(size: (u16, u16), tab: Tab, focus: Pane, pair: bool, (notice, tip): (bool, bool)) -> Layout {
    let (w, h) = size;
    if w < SMALLEST.0 || h < SMALLEST.1 {
        return Layout { too_small: true, ..Layout::default() };
    }
    let header = Area { x: 0, y: 0, w, h: 1 };
    let footer = Area { x: 0, y: h - 1, w, h: 1 };
    let tip = (tip && h > SMALLEST.1 + 4).then_some(Area { x: 0, y: h - 2, w, h: 1 });
    let notice = notice.then_some(Area { x: 0, y: 1, w, h: 1 });
    let top = 1 + notice.map_or(0, |n| n.h);
    let body = Area { x: 0, y: top, w, h: h - 1 - top - tip.map_or(0, |t| t.h) };
    let mut out = Layout { header, notice, footer, tip, ..Layout::default() };
    if tab == Tab::Jobs {
        out.list = Some(body);
        return out;
    }
    if w < WIDE {
        match focus {
            Pane::List => out.list = Some(body),
            Pane::Members => {
                // With some height, the text under the cursor stays in view.
                if body.h >= 16 {
                    let top = body.h * 2 / 5;
                    out.members = Some(Area { h: top, ..body });
                    out.reader = Some(Area { y: body.y + top, h: body.h - top, ..body });
                } else {
                    out.members = Some(body);
                }
            }
            Pane::Reader => out.reader = Some(body),
        }
        return out;
    }
    if pair && focus == Pane::Reader {
        out.reader = Some(body);
        return out;
    }
    let left = (w / 2).min(96);
    let right = Area { x: left + 1, w: w - left - 1, ..body };
    // Beside the list of clusters the judgement of a cluster counts, which needs some thirty rows; elsewhere its texts.
    let judging = tab == Tab::Clusters && focus == Pane::List;
    let top = if judging { (body.h / 5).max(body.h.saturating_sub(31)) } else { body.h * 2 / 5 }.max(5);
    out.list = Some(Area { w: left, ..body });
    out.members = Some(Area { h: top, ..right });
    out.reader = Some(Area { y: body.y + top, h: body.h - top, ..right });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_never_leave_the_screen() {
        for w in 1..220 {
            for h in 1..70 {
                for focus in [Pane::List, Pane::Members, Pane::Reader] {
                    let l = layout((w, h), Tab::Clusters, focus, false, (w % 3 == 0, w % 2 == 0));
                    for a in [l.list, l.members, l.reader].into_iter().flatten() {
                        assert!(a.x + a.w <= w && a.y + a.h < h && a.w > 10 && a.h > 1, "{w}×{h} {a:?}");
                    }
                    assert!(l.too_small || l.list.or(l.members).or(l.reader).is_some());
                }
            }
        }
    }
}
