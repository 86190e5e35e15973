//! For terminals without Unicode: the nearest ASCII, as wide as before.

use unicode_segmentation::UnicodeSegmentation;

use super::width;

/// A text in ASCII alone, in the same columns: punctuation by its like, everything else by question marks.
pub fn ascii(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for g in text.graphemes(true) {
        match g {
            "“" | "”" | "„" => out.push('"'),
            "‘" | "’" => out.push('\''),
            "–" | "—" | "−" | "─" => out.push('-'),
            "×" => out.push('x'),
            "…" | "·" => out.push('.'),
            "→" | "▸" | "≥" | "⟩" => out.push('>'),
            "←" | "≤" | "⟨" => out.push('<'),
            "↑" => out.push('^'),
            "↓" => out.push('v'),
            "│" => out.push('|'),
            "●" => out.push('*'),
            "κ" => out.push('k'),
            "\u{a0}" => out.push(' '),
            other if other.is_ascii() => out.push_str(other),
            other => out.extend(std::iter::repeat_n('?', width(other))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay() {
        for text in ["plain", "“quoted” – 3 × 4 …", "漢字 e\u{301} 👩‍🔬", "⟨U+202E⟩"] {
            let plain = ascii(text);
            assert!(plain.is_ascii());
            assert_eq!(width(&plain), width(text), "{text}");
        }
        assert_eq!(ascii("“a” × 2 → b"), "\"a\" x 2 > b");
    }
}
