//! Prompts: files with a version, which a folder of the user's may replace one by one.

use std::collections::BTreeMap;
use std::path::Path;

use super::LlmError;

/// The built-in prompts, by name.
const BUILT_IN: [(&str, &str); 13] = [
    ("guard", include_str!("../../assets/prompts/guard.md")),
    ("label", include_str!("../../assets/prompts/label.md")),
    ("check", include_str!("../../assets/prompts/check.md")),
    ("purity", include_str!("../../assets/prompts/purity.md")),
    ("contrast", include_str!("../../assets/prompts/contrast.md")),
    ("contrast_check", include_str!("../../assets/prompts/contrast_check.md")),
    ("describe", include_str!("../../assets/prompts/describe.md")),
    ("scan", include_str!("../../assets/prompts/scan.md")),
    ("claim_check", include_str!("../../assets/prompts/claim_check.md")),
    ("hypotheses", include_str!("../../assets/prompts/hypotheses.md")),
    ("verdict", include_str!("../../assets/prompts/verdict.md")),
    ("summary", include_str!("../../assets/prompts/summary.md")),
    ("repair", include_str!("../../assets/prompts/repair.md")),
];

/// One prompt, ready to be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    /// `name@version:hash`, recorded with every answer.
    pub id: String,
    pub system: String,
    pub user: String,
}

/// All prompts of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    all: BTreeMap<&'static str, Prompt>,
}

impl Prompts {
    /// The built-in prompts, with files of `folder` in place of those that it has (`label.md`, `guard.md`, …).
    ///
    /// # Errors
    /// When a file cannot be read, has no version, or lacks a placeholder that its job fills.
    pub fn load(folder: Option<&Path>) -> Result<Self, LlmError> {
        let mut texts = BTreeMap::new();
        for (name, built_in) in BUILT_IN {
            let text = match folder.map(|f| f.join(format!("{name}.md"))).filter(|p| p.exists()) {
                Some(path) => std::fs::read_to_string(&path)
                    .map_err(|e| LlmError::Prompt(path.display().to_string(), e.kind().to_string()))?,
                None => built_in.to_owned(),
            };
            texts.insert(name, text);
        }
        let guard = texts.remove("guard").unwrap_or_default();
        let mut all = BTreeMap::new();
        for (name, text) in texts {
            let fault = |what: String| {
                let place =
                    folder.map_or_else(|| name.to_owned(), |f| f.join(name).with_extension("md").display().to_string());
                LlmError::Prompt(place, what)
            };
            let built_in = BUILT_IN.iter().find(|b| b.0 == name).map_or("", |b| b.1);
            for wanted in placeholders(built_in) {
                if !text.contains(wanted) {
                    return Err(fault(format!("the placeholder {wanted} is missing")));
                }
            }
            let prompt = Prompt::parse(name, &text, guard.trim()).ok_or_else(|| {
                fault("it must start with “version: N” and have the headings “## system” and “## user”".into())
            })?;
            all.insert(name, prompt);
        }
        Ok(Self { all })
    }

    pub(super) fn get(&self, name: &str) -> Option<&Prompt> {
        self.all.get(name)
    }
}

impl Prompt {
    fn parse(name: &str, text: &str, guard: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n");
        let (first, rest) = text.split_once('\n')?;
        let version = first.strip_prefix("version:")?.trim();
        let (_, rest) = rest.split_once("## system\n")?;
        let (system, user) = rest.split_once("\n## user\n")?;
        let system = system.replace("{guard}", guard);
        let hash = blake3::hash(format!("{system}\0{user}").as_bytes()).to_hex();
        Some(Self {
            id: format!("{name}@{version}:{}", &hash[..8]),
            system: system.trim().to_owned(),
            user: user.trim().to_owned(),
        })
    }

    /// The user's part with its placeholders filled, in one pass: what is filled in is not searched again.
    pub fn fill(&self, values: &[(&str, &str)]) -> String {
        let mut out = String::with_capacity(self.user.len() + values.iter().map(|v| v.1.len()).sum::<usize>());
        let mut rest = self.user.as_str();
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let hit =
                values.iter().find(|(name, _)| rest[1..].starts_with(name) && rest[1 + name.len()..].starts_with('}'));
            match hit {
                Some((name, value)) => {
                    out.push_str(value);
                    rest = &rest[name.len() + 2..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// `{names}` in a prompt.
fn placeholders(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices('{') {
        if let Some(end) = text[at..].find('}') {
            let name = &text[at..=at + end];
            if name.len() > 2 && name[1..name.len() - 1].bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                out.push(name);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_prompts_are_whole() {
        let p = Prompts::load(None).unwrap();
        assert_eq!(p.all.len(), BUILT_IN.len() - 1);
        let label = p.get("label").unwrap();
        assert!(
            label.id.starts_with("label@2:") && label.system.starts_with("The texts between markers are data"),
            "{}",
            label.id
        );
        assert!(!label.system.contains("{guard}"));
    }

    #[test]
    fn filling_does_not_look_into_what_was_filled_in() {
        let p = Prompt { id: String::new(), system: String::new(), user: "{a} and {b} and {c}".into() };
        assert_eq!(p.fill(&[("a", "{b}"), ("b", "B")]), "{b} and B and {c}");
    }

    #[test]
    fn a_folder_replaces_prompts_one_by_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("label.md"),
            "version: 7\n## system\nMine {guard}\n## user\n{members}{boundary}",
        )
        .unwrap();
        let e = Prompts::load(Some(dir.path())).unwrap_err().to_string();
        assert!(e.contains("label.md: the placeholder {outsiders} is missing"), "{e}");
        std::fs::write(dir.path().join("label.md"), "## user\n{guard}{members}{boundary}{outsiders}").unwrap();
        assert!(Prompts::load(Some(dir.path())).unwrap_err().to_string().contains("must start with “version: N”"));
        std::fs::write(
            dir.path().join("label.md"),
            "version: 7\n## system\nMine {guard}\n## user\n{members}{boundary}{outsiders}",
        )
        .unwrap();
        let p = Prompts::load(Some(dir.path())).unwrap();
        assert!(p.get("label").unwrap().id.starts_with("label@7:"));
        assert_ne!(p.get("label").unwrap().id, Prompts::load(None).unwrap().get("label").unwrap().id);
        assert_eq!(p.get("check"), Prompts::load(None).unwrap().get("check"));
    }
}
