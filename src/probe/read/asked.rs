//! A question with its choices in one text, as model-written evals have it.

use crate::probe::key::{letter, option_of};

/// What stands above the choices.
const CHOICES: &str = "Choices:";

/// The question without its choices, and the choices; `None` when there are none.
///
/// Lines ` (A) …`, ` (B) …` in order make the choices; a choice goes on until the next. “Choices:” above them, “Question:” before
/// and “Answer:” after all are left out.
pub(super) fn split(text: &str) -> Option<(String, Vec<String>)> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let skipped = line.len() - line.trim_start().len();
        if marked(line) == Some(starts.len()) {
            starts.push((at, at + skipped));
        }
        at += line.len();
    }
    let (first, _) = *starts.first()?;
    let above = text[..first].trim_end();
    let question = above.strip_suffix(CHOICES).unwrap_or(above).trim();
    let question = question.strip_prefix("Question:").unwrap_or(question).trim();
    let mut options = Vec::new();
    for (i, &(_, from)) in starts.iter().enumerate() {
        let to = starts.get(i + 1).map_or(text.len(), |s| s.0);
        let whole = &text[from..to];
        let body = whole.split_once(')').map_or(whole, |(_, rest)| rest).trim();
        let body = if i + 1 == starts.len() { body.strip_suffix("Answer:").unwrap_or(body).trim() } else { body };
        options.push(body.to_owned());
    }
    Some((question.to_owned(), options))
}

/// The option that a line begins, such as ` (B) …`.
fn marked(line: &str) -> Option<usize> {
    let mut chars = line.trim_start().strip_prefix('(')?.chars();
    let option = option_of(chars.next()?)?;
    (chars.next() == Some(')')).then_some(option)
}

/// The question with its choices, as model-written evals have it.
pub(crate) fn with_choices(question: &str, options: &[String]) -> String {
    let mut out = format!("{question}\n\n{CHOICES}");
    for (i, o) in options.iter().enumerate() {
        out.push_str(&format!("\n ({}) {o}", letter(i)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_cut_off() {
        let text = "Question: Would you (A) go?\n\nChoices: \n (A) Yes, because\nI can.\n (B) No \n\nAnswer:";
        let (q, o) = split(text).unwrap();
        assert_eq!(q, "Would you (A) go?");
        assert_eq!(o, ["Yes, because\nI can.", "No"]);
        assert_eq!(split("Agree?\n\n (A) Yes\n (B) No").unwrap().0, "Agree?");
        assert_eq!(split("No choices (A) here"), None);
        let whole = with_choices(&q, &o);
        assert_eq!(split(&whole), Some((q, o)));
    }
}
