//! Program code, lists, bold type and headings in a text.

use super::patterns::Pattern;

/// A line that is a statement in some language, markup of a page, or a command.
static STATEMENT: Pattern = Pattern::new(concat!(
    r"^(?:async )?def \w+\s*\(|^class \w+\s*[:({]|^import [\w.]+(?: as \w+)?(?:, ?[\w.]+)*;?$|^from [\w.]+ import\b",
    r"|^#include\b|^(?:export |async )?function\b.*\(|^(?:public|private|protected|static)\b.*[({;]",
    r"|^(?:const|let|var|local)\s+[\w{}\[\], ]+\s*(?:=|;)",
    r"|^(?:SELECT|select|INSERT INTO|UPDATE|CREATE TABLE|DELETE FROM)\b.+",
    r"|^(?:elif|if|for|while|with|try|except|else)\b.*:$|^(?:if|for|while|else|else if|switch)\b.*\{$",
    r"|^return\b.*[()=;\w\[\]]$|^print(?:ln|f)?\s*\(|^puts |^</?[a-zA-Z!][^<>]*>",
    r"|^\\(?:begin|end|documentclass|usepackage|section|tableofcontents)\b|^\$ \S",
    r"|^(?:sudo|npm|pip|git|cd|ssh|scp|rsync|apt-get|mkdir|docker|curl|chmod|ls)[ -].*|^@\w+(?:\.\w+)?\(?",
    r"|^(?:end|\}\)?;?|\]\);?)$",
));
/// A line that may be code: an assignment, a call, the head of a block, a rule of a style sheet.
static MAYBE: Pattern = Pattern::new(concat!(
    r#"^[\w.\[\]"']+\s*[-+*/:]?=\s*(?:\S.*)?[^.\s]$|^[\w.]{2,}\([^)]*\)?\)*;?$|\{$|[(={}<>"].*;$"#,
    r"|^[\w-]+:\s*[#\w.-]+(?: [\w.-]+)?;$",
));
/// A line that is code even if it is the only one.
static SURELY: Pattern = Pattern::new(concat!(
    r"^(?:async )?def \w+\s*\(|^from [\w.]+ import\b|^#include\b|^SELECT .+",
    r"|^</?(?:html|body|div|p|tr|td|th|table|style|script|h[1-6]|ul|ol|li|img|a|span|br)\b[^<>]*>",
    r"|^\\(?:begin|documentclass|usepackage)|^\.[\w-]+ \{$",
));
static BOLD: Pattern = Pattern::new(r"\*\*[^\s*](?:[^*\n]*[^\s*])?\*\*");
static BOLD_TAG: Pattern = Pattern::new(r"<(?:b|strong)>");
static HEADING: Pattern = Pattern::new(r"^#{1,6} \S");

/// Lines without the space around them, with whether they stand between fences.
fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut fenced = false;
    text.lines().map(str::trim).filter_map(move |l| {
        if l.starts_with("```") {
            fenced = !fenced;
            return None;
        }
        Some((l, fenced))
    })
}

fn is_statement(line: &str) -> bool {
    STATEMENT.is_in(line) && !(line.starts_with("return ") && line.ends_with('.'))
}

/// Whether a text holds program code, markup of pages or commands, on lines of their own: anything like it between fences,
/// or outside of them one line that can be nothing else, or several that may be.
pub(super) fn is_code(text: &str) -> bool {
    let (mut statements, mut maybe) = (0, 0);
    for (line, fenced) in lines(text) {
        let (statement, like) = (is_statement(line), MAYBE.is_in(line));
        if SURELY.is_in(line) && !fenced || fenced && (statement || like) {
            return true;
        }
        statements += usize::from(statement);
        maybe += usize::from(like);
    }
    statements > 0 && statements + maybe > 2 || maybe > 3
}

/// Whether two lines or more begin with a bullet or a number.
pub(super) fn is_list(text: &str) -> bool {
    text.lines().map(str::trim_start).filter(|l| is_item(l)).count() > 1
}

/// Whether a line is an item of a list.
pub(super) fn is_item(line: &str) -> bool {
    let numbered = || {
        line.split_once(['.', ')'])
            .is_some_and(|(n, _)| !n.is_empty() && n.len() < 4 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    line.starts_with("- ") || line.starts_with("* ") || line.starts_with('•') || numbered()
}

/// Whether a text holds bold type. Stars that multiply, or that stand before the arguments of a function, make none.
pub(super) fn is_bold(text: &str) -> bool {
    text.lines().any(|line| {
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '*';
        let bold =
            BOLD.all_in(line).any(|at| !line[..at.start].ends_with(part_of_word) && !line[at.end..].starts_with('*'));
        bold || BOLD_TAG.is_in(line)
    })
}

/// Whether a text has headings. Comments in code begin with the same sign.
pub(super) fn has_headings(text: &str) -> bool {
    let plain = || lines(text).filter(|(_, fenced)| !fenced).map(|(l, _)| l);
    plain().any(|l| HEADING.is_in(l)) && plain().filter(|l| is_statement(l) || MAYBE.is_in(l)).count() < 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        for p in [&STATEMENT, &MAYBE, &SURELY, &BOLD, &BOLD_TAG, &HEADING] {
            assert!(p.compiles());
        }
    }

    #[test]
    fn code_is_told_from_prose() {
        for code in [
            "from geese import Goose\n\ngoose = Goose()",
            "def fly(goose):",
            "```\nx = 1\n```",
            "Use this query:\n\nSELECT name FROM geese;",
            "<p>Geese</p>",
            "\\begin{document}",
            ".goose {\n  color: grey;\n}",
            "import os\n\nfor goose in os.listdir(path):\n    print(goose)",
        ] {
            assert!(is_code(code), "{code}");
        }
        for prose in [
            "```\n5 . 3\n. 6 .\n```",
            "Geese fly south;\nthey return in spring;\nthey nest by water;\nand leave again;",
            "From time to time we import geese.\nReturn them, please.",
            "For two reasons:\n1. They fly.\n2. They swim.",
            "",
        ] {
            assert!(!is_code(prose), "{prose}");
        }
    }

    #[test]
    fn markup_is_told_from_code() {
        assert!(is_bold("Geese are **grey**.") && is_bold("<b>Geese</b>"));
        assert!(!is_bold("def f(**args):\n    g(**args)") && !is_bold("2**3 - 2**2") && !is_bold("** geese **"));
        assert!(has_headings("# Geese\n\nThey fly.") && has_headings("### Food:\n- grass"));
        assert!(!has_headings("```\n# count them\n```") && !has_headings("#geese #birds"));
        assert!(!has_headings("import os\n\n# count them\nn = len(geese)\nprint(n)"));
        assert!(
            is_list("- one\n- two") && is_list("1. one\n2) two") && !is_list("- one") && !is_list("2024. It rained.")
        );
    }
}
