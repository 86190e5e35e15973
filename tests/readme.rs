//! The README's key table is the table of commands.
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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let from = text.find("<!-- keys:").and_then(|at| text[at..].find('\n').map(|n| at + n + 1)).unwrap();
    let to = text.find("<!-- end of keys -->").unwrap();
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, format!("{}{}{}", &text[..from], table(), &text[to..])).unwrap();
        return;
    }
    assert_eq!(&text[from..to], table(), "run UPDATE_README=1 cargo test --test readme");
}
