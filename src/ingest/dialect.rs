//! How a table is written: its delimiter, whether fields stand in quotes, and how a quote inside them is written.

use super::fields::{CHAT, MODEL, PROMPT, TEXT, usual_name};

/// A way of writing a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    /// Fields may stand in quotes.
    pub quoted: bool,
    /// A quote inside a field is `\"`.
    pub escaped: bool,
}

/// What reading by a dialect gives.
#[derive(Debug, Default, Clone, PartialEq)]
struct Tried {
    /// Rows that were read.
    rows: usize,
    /// Rows with as many columns as most have.
    fitting: usize,
    /// Columns that most rows have.
    columns: usize,
    /// Closing quotes that no delimiter follows.
    strays: usize,
    /// Fields in quotes.
    in_quotes: usize,
}

/// Delimiters that are tried.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The dialect of a table by its first part; `None` for what is no table with a header. `whole`: nothing follows.
pub(super) fn sniff(head: &[u8], whole: bool) -> Option<Dialect> {
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    if line.contains(&b'\t') {
        return Some(best(head, whole, b"\t"));
    }
    let candidates: Vec<u8> = DELIMITERS.into_iter().filter(|d| is_header(line, *d)).collect();
    (!candidates.is_empty()).then(|| best(head, whole, &candidates))
}

/// The dialect of what is a table because the person said so.
pub(super) fn forced(head: &[u8], whole: bool, delimiters: &[u8]) -> Dialect {
    let line = head.split(|b| *b == b'\n').next().unwrap_or(head);
    let there: Vec<u8> = delimiters.iter().copied().filter(|d| line.contains(d)).collect();
    best(head, whole, if there.is_empty() { delimiters } else { &there })
}

/// A sentence may hold commas; a header holds a name that is known, or short names alone.
fn is_header(line: &[u8], delimiter: u8) -> bool {
    let text = String::from_utf8_lossy(line);
    let names: Vec<&str> = text
        .trim_start_matches('\u{feff}')
        .trim()
        .split(char::from(delimiter))
        .map(|n| n.trim().trim_matches('"'))
        .collect();
    let known = |n: &&str| {
        usual_name(n).is_some() || TEXT.contains(n) || PROMPT.contains(n) || MODEL.contains(n) || CHAT.contains(n)
    };
    let short = |n: &&str| n.len() <= 24 && !n.contains(' ');
    names.len() > 1 && (names.iter().any(known) || names.iter().all(short))
}

/// The dialect by which most rows have one number of columns; of equals, the one with quotes that open and close.
fn best(head: &[u8], whole: bool, delimiters: &[u8]) -> Dialect {
    let mut found: Option<(Dialect, Tried)> = None;
    for &delimiter in delimiters {
        for (quoted, escaped) in [(true, false), (true, true), (false, false)] {
            let dialect = Dialect { delimiter, quoted, escaped };
            let tried = read(head, whole, dialect);
            if found.as_ref().is_none_or(|(_, best)| better(&tried, best)) {
                found = Some((dialect, tried));
            }
        }
    }
    found.map_or(Dialect { delimiter: b',', quoted: true, escaped: false }, |(d, _)| d)
}

/// Whether one reading is better than another, which was tried before.
fn better(new: &Tried, old: &Tried) -> bool {
    let misfit = |t: &Tried| {
        let rows = t.rows.max(1) as f64;
        // A table has columns: one alone fits any text.
        let flat = if t.columns < 2 { 1.0 } else { 0.0 };
        (t.rows - t.fitting) as f64 / rows + t.strays as f64 / rows + flat
    };
    let (new_misfit, old_misfit) = (misfit(new), misfit(old));
    if (new_misfit - old_misfit).abs() < 1e-9 {
        new.columns > old.columns && old.in_quotes == 0
    } else {
        new_misfit < old_misfit
    }
}

/// Where the reading is.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// At the start of a field.
    Start,
    /// In a field without quotes.
    Bare,
    /// In a field in quotes.
    Quoted,
    /// After a quote in such a field: the end, or the first of two.
    Closing,
}

/// Counts rows, columns and stray quotes.
fn read(bytes: &[u8], whole: bool, dialect: Dialect) -> Tried {
    let mut tried = Tried::default();
    let mut widths: Vec<usize> = Vec::new();
    let (mut state, mut columns, mut skip) = (State::Start, 1, false);
    for &b in bytes {
        if skip {
            skip = false;
            continue;
        }
        state = match (state, b) {
            (State::Quoted, b'\\') if dialect.escaped => {
                skip = true;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Closing,
            (State::Quoted, _) => State::Quoted,
            (State::Closing, b'"') => State::Quoted,
            (State::Start, b'"') if dialect.quoted => {
                tried.in_quotes += 1;
                State::Quoted
            }
            (_, b) if b == dialect.delimiter => {
                columns += 1;
                State::Start
            }
            (_, b'\n') => {
                // An empty line is no row.
                if columns > 1 || state != State::Start {
                    widths.push(columns);
                }
                columns = 1;
                State::Start
            }
            (State::Closing, b'\r') => State::Closing,
            (State::Closing, _) => {
                tried.strays += 1;
                State::Bare
            }
            (State::Start, b'\r') => State::Start,
            _ => State::Bare,
        };
    }
    if whole {
        // A quote that never closes swallowed what follows it.
        tried.strays += usize::from(state == State::Quoted);
        if columns > 1 || state != State::Start {
            widths.push(columns);
        }
    } else if widths.is_empty() {
        tried.strays += 1;
    }
    let most = most_common(&widths);
    tried.rows = widths.len();
    tried.columns = most;
    tried.fitting = widths.iter().filter(|w| **w == most).count();
    tried
}

fn most_common(widths: &[usize]) -> usize {
    let mut counts: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for w in widths {
        *counts.entry(*w).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(w, n)| (n, w)).map_or(0, |(w, _)| w)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(char, bool, bool)> {
        sniff(text.as_bytes(), true).map(|d| (char::from(d.delimiter), d.quoted, d.escaped))
    }

    #[test]
    fn dialects_are_told_by_their_rows() {
        assert_eq!(of("model,text\na,\"one\ntwo\"\nb,three\n"), Some((',', true, false)));
        assert_eq!(of("model,text\na,\"say \\\"x\\\", then\"\nb,\"\"\n"), Some((',', true, true)));
        assert_eq!(of("model,text\na,\"say \"\"x\"\", then\"\nb,\"C:\\\"\n"), Some((',', true, false)));
        assert_eq!(of("text\tlabel\n\"Sorry\" is not enough\t4\n\"One more\t5\n"), Some(('\t', false, false)));
        assert_eq!(of("text\tlabel\n\"one\ntwo\"\t4\n\"three\nfour\"\t5\n"), Some(('\t', true, false)));
        assert_eq!(of("model;text\na;one, two\nb;1,5\n"), Some((';', true, false)));
        assert_eq!(of("model|text\na|one, two\n"), Some(('|', true, false)));
        assert_eq!(of("A text, with a comma and more words than a header has\nAnother\n"), None);
    }
}
