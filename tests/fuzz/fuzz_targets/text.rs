//! Any text as it goes to the screen: no control, bidirectional or tag character is left, and no line is too wide.
#![no_main]

use gander::text::{Clean, width, wrap};
use libfuzzer_sys::fuzz_target;
use unicode_segmentation::UnicodeSegmentation;

fuzz_target!(|data: &[u8]| {
    let raw = String::from_utf8_lossy(data);
    let clean = Clean::from_untrusted(&raw);
    let text = clean.as_str();
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
    };
    assert!(!text.chars().any(bad));
    assert_eq!(Clean::from_untrusted(text).as_str(), text);
    for columns in [2usize, 7, 80] {
        for range in wrap(text, columns) {
            // Spaces at the end may hang over, and a letter wider than the line cannot be broken.
            let line = text[range].trim_end_matches(' ');
            assert!(width(line) <= columns || line.graphemes(true).count() == 1);
        }
    }
});
