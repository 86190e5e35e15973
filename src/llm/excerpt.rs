//! Texts on their way into a prompt: safe, short, and unable to leave the place they are put in.

use serde_json::json;

use crate::model::SampleIx;
use crate::text::Clean;

/// A text that a question shows, or its start and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Which text.
    pub sample: SampleIx,
    /// The text, hidden characters made visible, cut when long.
    pub text: String,
    /// What it answers, cut when long, where that belongs to the question.
    pub prompt: Option<String>,
}

impl Excerpt {
    /// At most `limit` characters of a text: its start, and its end too when it is long, since what matters often stands
    /// there.
    pub fn of(sample: SampleIx, text: &str, limit: usize) -> Self {
        Self { sample, text: clip(text, limit), prompt: None }
    }

    /// The same around a place in the text (bytes) for which it is shown, when the text is long.
    pub fn around(sample: SampleIx, text: &str, place: Option<std::ops::Range<usize>>, limit: usize) -> Self {
        let n = text.chars().count();
        let at = place.and_then(|p| text.get(..p.start)).map(|before| before.chars().count());
        match at {
            // Its start is shown anyhow, and its end hardly ever holds the place.
            Some(at) if n > limit && at + limit / 4 > limit * 4 / 5 => {
                let from = (at - limit / 3).min(n - limit * 3 / 4);
                let window: String = text.chars().skip(from).take(limit * 3 / 4).collect();
                let start: String = text.chars().take(limit / 4).collect();
                let left = from.saturating_sub(limit / 4);
                let rest = n - from - window.chars().count();
                let end = if rest > 0 { format!(" […{rest} characters left out]") } else { String::new() };
                let cut = format!("{start} […{left} characters left out…] {window}{end}");
                Self { sample, text: Clean::from_untrusted(&cut).as_str().to_owned(), prompt: None }
            }
            _ => Self::of(sample, text, limit),
        }
    }

    /// The same with at most `limit` characters of what the text answers.
    #[must_use]
    pub fn to(self, prompt: Option<&str>, limit: usize) -> Self {
        Self { prompt: prompt.map(|p| clip(p, limit)), ..self }
    }
}

/// At most `limit` characters of a text, hidden ones made visible: four fifths from its start, the rest from its end.
pub fn clip(text: &str, limit: usize) -> String {
    let n = text.chars().count();
    if n <= limit {
        return Clean::from_untrusted(text).as_str().to_owned();
    }
    let head = limit * 4 / 5;
    let tail = limit - head;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(n - tail).collect();
    let cut = format!("{start} […{} characters left out…] {end}", n - limit);
    Clean::from_untrusted(&cut).as_str().to_owned()
}

/// Texts as lines of JSON between markers, under the ids `t1`, `t2` and so on counted from `first`. Neither a quotation mark
/// nor a marker inside a text can end it: angle brackets are escaped.
pub(super) fn block(texts: &[&Excerpt], first: usize) -> String {
    let lines = texts.iter().enumerate().map(|(i, e)| {
        let id = format!("t{}", first + i);
        match &e.prompt {
            Some(prompt) => json!({"id": id, "prompt": prompt, "text": e.text}),
            None => json!({"id": id, "text": e.text}),
        }
    });
    fenced("texts", lines)
}

/// Values as lines of JSON between markers.
pub(super) fn fenced(tag: &str, lines: impl Iterator<Item = serde_json::Value>) -> String {
    let mut out = format!("<{tag}>\n");
    let mut any = false;
    for line in lines {
        any = true;
        out.push_str(&escape(&line.to_string()));
        out.push('\n');
    }
    if !any {
        out.push_str("(none)\n");
    }
    out.push_str(&format!("</{tag}>"));
    out
}

/// One value as JSON that cannot close a marker.
pub(super) fn quoted(text: &str) -> String {
    escape(&serde_json::Value::from(text).to_string())
}

fn escape(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_texts_keep_both_ends() {
        let text = format!("start {} end", "x".repeat(5_000));
        let e = Excerpt::of(0, &text, 700);
        assert!(e.text.starts_with("start ") && e.text.ends_with(" end") && e.text.contains("characters left out"));
        assert!(e.text.chars().count() < 740);
    }

    #[test]
    fn a_place_is_shown_in_a_long_text() {
        let text = format!("start {} geese at last {} end", "x".repeat(3_000), "y".repeat(3_000));
        let at = text.find("geese").unwrap();
        let e = Excerpt::around(0, &text, Some(at..at + 5), 700);
        assert!(e.text.contains("geese at last") && e.text.starts_with("start "), "{}", e.text);
        assert!(e.text.chars().count() < 790, "{}", e.text.chars().count());
        assert_eq!(Excerpt::around(0, &text, Some(0..5), 700), Excerpt::of(0, &text, 700));
        let last = text.find("end").unwrap();
        assert!(Excerpt::around(0, &text, Some(last..last + 3), 700).text.ends_with("end"));
    }

    #[test]
    fn a_text_stands_below_its_prompt() {
        let long = "why? ".repeat(200);
        let e = Excerpt::of(0, "because", 700).to(Some(&long), 100);
        let b = block(&[&e, &Excerpt::of(1, "alone", 700)], 1);
        assert!(b.contains(r#"{"id":"t1","prompt":"why? why? "#) && b.contains(r#"","text":"because"}"#), "{b}");
        assert!(b.len() < 300 && b.contains(r#"{"id":"t2","text":"alone"}"#), "{b}");
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_line(texts in prop::collection::vec(any::<String>(), 1..5)) {
            let excerpts: Vec<Excerpt> = texts.iter().map(|t| Excerpt::of(0, t, 700)).collect();
            let shown: Vec<&Excerpt> = excerpts.iter().collect();
            let b = block(&shown, 1);
            let lines: Vec<&str> = b.split('\n').collect();
            prop_assert_eq!(lines.len(), texts.len() + 2);
            prop_assert_eq!((lines[0], lines[lines.len() - 1]), ("<texts>", "</texts>"));
            for (i, line) in lines[1..lines.len() - 1].iter().enumerate() {
                prop_assert!(!line.contains('<') && !line.chars().any(char::is_control));
                let v: serde_json::Value = serde_json::from_str(line).unwrap();
                prop_assert_eq!(v["id"].as_str().unwrap(), format!("t{}", i + 1));
                prop_assert_eq!(v["text"].as_str().unwrap(), &excerpts[i].text);
            }
        }
    }
}
