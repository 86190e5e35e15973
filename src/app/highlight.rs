//! What the texts of a list were chosen by, and the line of each that shows it.

use unicode_segmentation::UnicodeSegmentation;

use super::layout::Tab;
use super::query::Query;
use super::run::DiffRow;
use super::state::App;
use crate::compare::{Channel, MatchPattern, Trait};
use crate::model::SampleIx;
use crate::text::width;

/// A line of a text around the first place of what was sought: before it, it, after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage(pub String, pub String, pub String);

impl App {
    /// What the texts listed were chosen by, where letters or words say it.
    pub fn highlight(&self) -> Option<MatchPattern> {
        if let Some(letters) = Query::parse(&self.members.query).to_light() {
            return Some(MatchPattern::Letters(letters.to_owned()));
        }
        if !self.members.found_by.is_empty() {
            return Some(MatchPattern::Spans(self.members.found_by.clone()));
        }
        if self.tab != Tab::Differences {
            return None;
        }
        self.run.words_of(self.differences.rows.get(self.differences.cursor)?)
    }

    /// Whether the texts listed say something beside their prompts alone.
    pub fn lists_prompts(&self) -> bool {
        let Some(DiffRow::Finding(i)) = self.differences.rows.get(self.differences.cursor) else { return false };
        let finding = self.run.figures.hotspots.findings.get(*i);
        self.tab == Tab::Differences && finding.is_some_and(|f| f.channel == Channel::Trait(Trait::OffPrompt))
    }

    /// The line of a text that says why it is listed, when it is in memory and holds what was sought.
    pub fn passage(&self, sought: &MatchPattern, s: SampleIx, columns: usize) -> Option<Passage> {
        let text = self.text(s)?.as_str().replace('\n', " ");
        let place = sought.only(s).ranges(&text).into_iter().next()?;
        let begin = text.len() - text.trim_start().len();
        let begin = begin.min(place.start);
        let (mut from, mut cut) = (begin, "");
        if width(&text[begin..place.end]) > columns {
            // A third of the line leads up to it, from a whole word on.
            let mut room = (columns / 3).max(1);
            from = place.start;
            for (at, g) in text[begin..place.start].grapheme_indices(true).rev() {
                if width(g) > room {
                    break;
                }
                room -= width(g);
                from = begin + at;
            }
            from = text[from..place.start].find(' ').map_or(from, |at| from + at + 1);
            cut = "… ";
        }
        let (before, hit, after) = (&text[from..place.start], &text[place.clone()], &text[place.end..]);
        Some(Passage(format!("{cut}{before}"), hit.to_owned(), after.graphemes(true).take(columns).collect()))
    }
}
