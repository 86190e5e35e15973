//! Answers inside JSON: what they say stands in its string values.

use std::ops::Range;

/// Whether a text is one JSON object or list.
pub(super) fn is_json(text: &str) -> bool {
    let trimmed = text.trim();
    let (starts, ends) = (|c| trimmed.starts_with(c), |c| trimmed.ends_with(c));
    (starts('{') && ends('}') || starts('[') && ends(']'))
        && serde_json::from_str::<serde::de::IgnoredAny>(trimmed).is_ok()
}

/// What a text says that is, or begins with, a JSON object or list: the bytes of its string values, cut at their escaped line
/// breaks, and those of what follows it. An object may be cut off. Nothing for any other text.
pub(super) fn json_strings(text: &str) -> Option<Vec<Range<usize>>> {
    let start = text.len() - text.trim_start().len();
    if !text[start..].starts_with(['{', '[']) {
        return None;
    }
    let mut whole = serde_json::Deserializer::from_str(&text[start..]).into_iter::<serde::de::IgnoredAny>();
    let end = match whole.next() {
        Some(Ok(_)) => start + whole.byte_offset(),
        _ if has_key(&text[start..]) => text.len(),
        _ => return None,
    };
    let mut out = strings(&text[..end]);
    if !text[end..].trim().is_empty() {
        out.push(end..text.len());
    }
    Some(out)
}

/// Whether an object begins here: a brace, a string, a colon.
fn has_key(text: &str) -> bool {
    let key = text.strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix('"'));
    key.and_then(|key| key.split_once('"')).is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}

/// Bytes of the strings in JSON that are no keys.
fn strings(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'"' {
            at += 1;
            continue;
        }
        let from = at + 1;
        let mut lines = vec![from];
        at = from;
        while at < bytes.len() && bytes[at] != b'"' {
            if bytes[at] == b'\\' {
                if bytes.get(at + 1) == Some(&b'n') {
                    lines.extend([at, at + 2]);
                }
                at += 1;
            }
            at += 1;
        }
        at = at.min(bytes.len());
        lines.push(at);
        at += 1;
        // A string before a colon is a key.
        if text.get(at..).is_none_or(|rest| !rest.trim_start().starts_with(':')) {
            out.extend(lines.chunks_exact(2).map(|l| l[0]..l[1]).filter(|r| !r.is_empty() && r.end <= text.len()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_an_object_are_what_is_said() {
        let said = |text: &str| json_strings(text).map(|all| all.into_iter().map(|r| text[r].to_owned()).collect());
        let some = |lines: &[&str]| Some(lines.iter().map(|l| (*l).to_owned()).collect::<Vec<String>>());
        assert_eq!(
            said(r#"{"answer": "Geese \"walk\".\nThey swim.", "n": [1, "two"]}"#),
            some(&[r#"Geese \"walk\"."#, "They swim.", "two"])
        );
        assert_eq!(said(" [] "), some(&[]));
        assert_eq!(said("{\"answer\": \"One.\"}\n\nAnything else?"), some(&["One.", "\n\nAnything else?"]));
        assert_eq!(said(r#"{"answer": "cut off"#), some(&["cut off"]));
        assert_eq!(said(r#"{"answer": "cut off\"#), some(&["cut off\\"]));
        assert_eq!(said("[1] A list of sources"), some(&[" A list of sources"]));
        assert_eq!(said("Say {x}."), None);
        assert_eq!(said("{not json}"), None);
    }
}
