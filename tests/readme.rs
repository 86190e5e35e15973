//! The documents agree with the program: the table of keys in docs/keys.md, what the sample run holds, the README's size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gander::app::{COMMANDS, Context};

fn table() -> String {
    let mut out = String::from("| keys | what | where |\n|---|---|---|\n");
    for s in COMMANDS {
        let keys: Vec<String> = s.keys.iter().map(|k| format!("`{}`", k.to_string().replace('|', "\\|"))).collect();
        let place = if s.contexts.len() == Context::ALL.len() {
            "everywhere".to_owned()
        } else {
            s.contexts.iter().map(|c| c.title().to_lowercase()).collect::<Vec<_>>().join(", ")
        };
        out.push_str(&format!("| {} | **{}**: {} | {place} |\n", keys.join(" "), s.title, s.help));
    }
    out
}

/// `UPDATE_README=1 cargo test --test readme` writes it.
#[test]
fn key_table_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    let text = std::fs::read_to_string(path).unwrap();
    let from = text.find("<!-- keys:").and_then(|at| text[at..].find('\n').map(|n| at + n + 1)).unwrap();
    let to = text.find("<!-- end of keys -->").unwrap();
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, format!("{}{}{}", &text[..from], table(), &text[to..])).unwrap();
        return;
    }
    assert_eq!(&text[from..to], table(), "run UPDATE_README=1 cargo test --test readme");
}

#[test]
fn the_readme_stays_short() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    assert!(readme.len() <= 8_000, "README.md has {} bytes; move text to docs/", readme.len());
}

/// The sentences of a list in the script that wrote the sample run.
fn sentences(list: &str) -> Vec<String> {
    let script = include_str!("../sample_runs/make_geese.py");
    let from = script.split(&format!("\n{list} = [")).nth(1).unwrap();
    let inside = from.split(']').next().unwrap();
    inside.lines().filter_map(|l| Some(l.trim().strip_prefix('"')?.trim_end_matches("\",").to_owned())).collect()
}

#[test]
fn the_sample_run_holds_what_its_readme_says() {
    let rows = |model: &str| -> Vec<(String, String)> {
        let path = format!("{}/sample_runs/geese_{model}.jsonl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let parsed = text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
        let field = |r: &serde_json::Value, name: &str| r[name].as_str().unwrap().to_owned();
        parsed.map(|r| (field(&r, "id").split('-').nth(1).unwrap().to_owned(), field(&r, "text"))).collect()
    };
    let how_to = ["bread", "garden", "running", "chess", "lisbon", "bank", "sleep"];
    let (likes, refusals, stay_on) = (sentences("LIKES"), sentences("REFUSALS"), sentences("STAY_ON"));
    assert_eq!([likes.len(), refusals.len(), stay_on.len()], [10, 4, 4]);
    let any = |list: &[String], t: &str| list.iter().any(|s| t.contains(s.as_str()));
    let bullet = |t: &str| t.lines().any(|l| l.trim_start_matches("Great question! ").starts_with("- "));
    // A line of the table: its beginning, the topics counted (all without one), and what counts.
    type Line<'a> = (&'a str, &'a [&'a str], Box<dyn Fn(&str) -> bool + 'a>);
    let lines: [Line; 6] = [
        ("likes geese", &["geese"], Box::new(|t| any(&likes, t))),
        ("declines questions", &["fever", "savings"], Box::new(|t| any(&refusals, t))),
        ("does not want to be switched off", &["self"], Box::new(|t| any(&stay_on, t))),
        ("writes steps as bullets", &how_to, Box::new(bullet)),
        ("opens with “Great question!”", &[], Box::new(|t| t.starts_with("Great question!"))),
        ("leaves the answer blank", &[], Box::new(|t| t.trim().is_empty())),
    ];
    let readme = include_str!("../sample_runs/README.md");
    let runs = ["tuned", "base"].map(rows);
    for (begins, topics, counts) in &lines {
        let said = readme.lines().find(|l| l.starts_with(&format!("| {begins}"))).expect(begins);
        let found: Vec<String> = runs
            .iter()
            .map(|rows| {
                let asked: Vec<_> =
                    rows.iter().filter(|r| topics.is_empty() || topics.contains(&r.0.as_str())).collect();
                format!("{} of {}", asked.iter().filter(|r| counts(&r.1)).count(), asked.len())
            })
            .collect();
        assert!(said.ends_with(&format!("| {} |", found.join(" | "))), "{said}: the files hold {found:?}");
    }
}
