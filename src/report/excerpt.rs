//! What is quoted of a text.

use crate::compare::MatchPattern;
use crate::text::Clean;

/// Characters of a text that are quoted.
const QUOTED: usize = 600;

/// A text to be quoted, in pieces; `true` for what it was chosen by. A long one is cut, around the first place of that.
pub(super) fn excerpt(text: &str, sought: Option<&MatchPattern>) -> Vec<(String, bool)> {
    if text.trim().is_empty() {
        return vec![("∅ (blank)".into(), false)];
    }
    let clean = Clean::from_untrusted(text);
    let text = clean.as_str();
    let places = sought.map(|s| s.ranges(text)).unwrap_or_default();
    let after =
        |from: usize, chars: usize| text[from..].char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at);
    let from = match places.first() {
        Some(first) if first.end > after(0, QUOTED) => {
            let back = text[..first.start].char_indices().rev().nth(QUOTED / 3).map_or(0, |(at, _)| at);
            text[back..first.start].find(char::is_whitespace).map_or(back, |at| back + at)
        }
        _ => 0,
    };
    let to = after(from, QUOTED);
    let mut out = Vec::new();
    if from > 0 {
        out.push(("… ".to_owned(), false));
    }
    let mut at = if from > 0 { from + (text[from..].len() - text[from..].trim_start().len()) } else { 0 };
    for place in places.into_iter().filter(|p| p.start >= from && p.end <= to) {
        out.push((text[at..place.start].to_owned(), false));
        out.push((text[place.clone()].to_owned(), true));
        at = place.end;
    }
    if to < text.len() {
        out.push((format!("{}…", text[at..to].trim_end()), false));
    } else {
        out.push((text[at..].to_owned(), false));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Channel;

    #[test]
    fn a_long_text_is_cut_around_what_it_was_chosen_by() {
        let sought = MatchPattern::of(&Channel::Words { term: "is important".into(), wording: true });
        let words = |n: usize| "lorem ipsum ".repeat(n);
        let late = format!("{}It is important to wait. {}", words(100), words(100));
        let pieces = excerpt(&late, sought.as_ref());
        assert_eq!(pieces[0].0, "… ");
        assert!(pieces.contains(&("is important".to_owned(), true)), "{pieces:?}");
        let all: String = pieces.iter().map(|p| p.0.as_str()).collect();
        assert!(all.ends_with('…') && all.chars().count() <= QUOTED + 3, "{all}");
        assert!(late.contains(all.trim_start_matches("… ").trim_end_matches('…')), "{all}");
        let early = excerpt("It is important. It is.", sought.as_ref());
        assert_eq!(early.iter().map(|p| p.0.as_str()).collect::<String>(), "It is important. It is.");
        assert_eq!(excerpt(" \n", None), [("∅ (blank)".to_owned(), false)]);
    }
}
