//! Tables: however they are written, and inside JSON.

use gander::cli::CliError;
use gander::ingest::{IngestOptions, ingest};
use proptest::prelude::*;

use super::common::shared;
use super::{models, read, says, texts, write};

#[test]
fn quotes_in_tabs_are_read() {
    let Some(dir) = shared("reports/05-quoted-tsv") else { return };
    for file in ["answers.tsv", "text_in_the_middle.tsv"] {
        let got = read(&[dir.join(file)]);
        assert_eq!(got.corpus.len(), 300, "{file}");
        assert!(texts(&got).iter().all(|t| !t.starts_with('"')), "{file}");
        let mut lengths: Vec<usize> = texts(&got).iter().map(|t| t.chars().count()).collect();
        lengths.sort_unstable();
        assert!((240..262).contains(&lengths[150]), "{file}: {}", lengths[150]);
        assert!(got.notices.iter().all(|n| !n.contains("columns")), "{:?}", got.notices);
    }
}

#[test]
fn escapes_are_told_by_the_rows() {
    let Some(dir) = shared("reports/14-spark-csv") else { return };
    let got = read(&[dir.join("spark.csv")]);
    assert_eq!(got.corpus.source_sizes(), [20, 20]);
    assert!(
        texts(&got).iter().any(|t| t.starts_with("She said: \"Weigh your flour instead of using cups, \", and then,"))
    );
    assert!(texts(&got).iter().all(|t| !t.contains('\\')), "{:?}", texts(&got));
}

#[test]
fn tables_inside_json_are_read() {
    let Some(dir) = shared("reports/28-tables-in-json") else { return };
    let mut all = Vec::new();
    for file in ["index.json", "split.json", "columns.json", "media.table.json"] {
        let got = read(&[dir.join(file)]);
        assert_eq!(got.corpus.len(), 300, "{file}");
        assert_eq!(models(&got).len(), 2, "{file}");
        all.push((file, texts(&got).iter().map(ToString::to_string).collect::<Vec<_>>()));
    }
    assert!(all.iter().all(|(file, t)| *t == all[0].1 || panic!("{file}")));
    let own = tempfile::tempdir().unwrap();
    let table =
        r#"{"schema":{"fields":[{"name":"text"}]},"data":[{"prompt":"p","text":"one"},{"prompt":"p","text":"two"}]}"#;
    assert_eq!(texts(&read(&[write(own.path(), "table.json", table)])), ["one", "two"]);
    let list = r#"{"prompt":["p","q"],"text":["one","two"]}"#;
    assert_eq!(texts(&read(&[write(own.path(), "list.json", list)])), ["one", "two"]);
    let named = r#"{"model":"m","samples":[{"prompt":"p","response":"one"},{"prompt":"q","response":"two"}]}"#;
    let got = read(&[write(own.path(), "named.json", named)]);
    assert_eq!((texts(&got), models(&got).into_keys().collect::<Vec<_>>()), (vec!["one", "two"], vec!["m"]));
}

#[test]
fn rows_that_do_not_fit_are_named_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut body = "model;text\n".to_owned();
    for i in 0..100 {
        body.push_str(&if i % 40 == 39 { format!("m;one;two {i}\n") } else { format!("m;text {i}, with a comma\n") });
    }
    let got = read(&[write(dir.path(), "few.csv", &body)]);
    assert_eq!(got.corpus.len(), 98);
    says(&got, "left out 2 ×: a row with another number of columns (lines 41, 81)");
    let mut body = "model,text\n".to_owned();
    (0..100).for_each(|i| body.push_str(&if i % 3 == 0 { format!("m,a,{i}\n") } else { format!("m,text {i}\n") }));
    let path = write(dir.path(), "many.csv", &body);
    let e = CliError::from(ingest(std::slice::from_ref(&path), &IngestOptions::default()).unwrap_err()).to_string();
    assert_eq!(
        e.replace(&path.display().to_string(), "FILE"),
        "FILE: 34 of 100 rows have another number of columns than the header, which has 2 (lines 2, 5, 8, …); check how its \
         quotes are written, or go on without these rows with --skip-bad-lines"
    );
    let on = IngestOptions { skip_bad_lines: true, ..IngestOptions::default() };
    assert_eq!(ingest(&[path], &on).unwrap().corpus.len(), 66);
}

/// How a table is written.
#[derive(Debug, Clone, Copy)]
struct Written {
    delimiter: char,
    /// Quotes around every field, around those that need them, or never.
    quotes: Option<bool>,
    /// A quote inside is `\"`, not `""`.
    escaped: bool,
    end: &'static str,
}

const DIALECTS: [Written; 6] = [
    Written { delimiter: ',', quotes: Some(false), escaped: false, end: "\n" },
    Written { delimiter: ',', quotes: Some(true), escaped: false, end: "\r\n" },
    Written { delimiter: ',', quotes: Some(false), escaped: true, end: "\n" },
    Written { delimiter: '\t', quotes: Some(false), escaped: false, end: "\n" },
    Written { delimiter: '\t', quotes: None, escaped: false, end: "\n" },
    Written { delimiter: ';', quotes: Some(false), escaped: false, end: "\r\n" },
];

impl Written {
    fn field(self, text: &str) -> String {
        let needed = text.contains([self.delimiter, '"', '\n', '\r']) || text.is_empty();
        match self.quotes {
            Some(all) if all || needed => {
                let inner = if self.escaped { text.replace('"', "\\\"") } else { text.replace('"', "\"\"") };
                format!("\"{inner}\"")
            }
            _ => text.to_owned(),
        }
    }

    fn table(self, rows: &[(String, String)]) -> String {
        let mut out = ["prompt", "model", "text"].map(|n| self.field(n)).join(&self.delimiter.to_string()) + self.end;
        for (i, (prompt, text)) in rows.iter().enumerate() {
            let model = if i % 2 == 0 { "base" } else { "tuned" };
            let cells = [prompt.as_str(), model, text.as_str()].map(|c| self.field(c));
            out.push_str(&(cells.join(&self.delimiter.to_string()) + self.end));
        }
        out
    }
}

/// A text that a dialect can hold: without quotes there is no way to write a tab or a line's end, and a quote in front
/// would be one around the field.
fn holdable(text: &str, w: Written) -> String {
    match (w.quotes, w.escaped) {
        (None, _) => text.replace(['\t', '\n', '\r', '"'], " "),
        (_, true) => text.replace('\\', "/"),
        _ => text.to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn random_tables_are_read_back(
        rows in proptest::collection::vec(("[a-z ?]{3,12}", "[a-zA-Z0-9 ,;\\t\"\n\\\\'.|é世]{1,40}[a-z]"), 4..30),
        which in 0usize..6,
    ) {
        let written = DIALECTS[which];
        let rows: Vec<(String, String)> = rows
            .into_iter()
            .enumerate()
            .map(|(i, (p, t))| (format!("question {p}"), format!("{} {}", holdable(&t, written).trim(), i)))
            .collect();
        let dir = tempfile::tempdir().unwrap();
        let path = write(dir.path(), "table.csv", written.table(&rows));
        let got = read(&[path]);
        let want: Vec<&str> = rows.iter().map(|r| r.1.as_str()).collect();
        prop_assert_eq!(texts(&got), want, "{:?}", written);
    }
}

#[test]
fn names_with_capitals_and_names_that_come_twice_are_read() {
    let dir = tempfile::TempDir::new().unwrap();
    let capitals = write(dir.path(), "cap.csv", "Model,Prompt,Response\nbase,Pet?,Goose\ntuned,Pet?,Gander\n");
    let got = read(&[capitals]);
    assert_eq!((texts(&got), models(&got).len(), got.corpus.prompts.len()), (vec!["Goose", "Gander"], 2, 1));
    let json = write(dir.path(), "cap.jsonl", "{\"Model Name\":\"base\",\"Prompt\":\"Pet?\",\"Response\":\"Goose\"}\n");
    let got = read(std::slice::from_ref(&json));
    assert_eq!((texts(&got), models(&got).into_keys().collect::<Vec<_>>()), (vec!["Goose"], vec!["base"]));
    // Named as they are written.
    let mut options = IngestOptions::default();
    options.fields.text = Some("Response".into());
    assert_eq!(ingest(&[json], &options).unwrap().corpus.samples[0].text, "Goose");
    let twice =
        write(dir.path(), "twice.csv", "model,prompt,text,text\nbase,Pet?,Goose,Swan\ntuned,Pet?,Gander,Cygnet\n");
    let got = read(&[twice]);
    assert_eq!(texts(&got), ["Goose", "Gander"]);
    assert!(got.corpus.fields.iter().any(|f| f.name == "text (2)"), "{:?}", got.corpus.fields);
}

#[test]
fn lines_are_counted_alike_with_both_ends() {
    let dir = tempfile::TempDir::new().unwrap();
    let rows = "model,text\na,one\na,two\na,three,four\nb,five\nb,six\n";
    for (name, text) in [("lf.csv", rows.to_owned()), ("crlf.csv", rows.replace('\n', "\r\n"))] {
        let got = read(&[write(dir.path(), name, text)]);
        says(&got, "a row with another number of columns (line 4)");
    }
    let latin = b"model,text\r\na,one\r\na,caf\xe9\r\n";
    let e = ingest(&[write(dir.path(), "latin.csv", latin)], &IngestOptions::default()).unwrap_err().to_string();
    assert!(e.contains("line 3"), "{e}");
}
