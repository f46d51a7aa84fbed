//! Finds the program in a model's answer.

use serde::Serialize;

/// A program that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExtractedCode {
    pub code: String,
    pub origin: CodeOrigin,
}

/// The part of a text that a program was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CodeOrigin {
    /// A block between fences.
    Fenced,
    /// A block that the text ends in.
    IncompleteFenced,
    /// Lines that look like code.
    Heuristic,
    Empty,
}

/// Names after a fence, by SandboxFusion's name of the language.
const FENCE_NAMES: [(&str, &[&str]); 4] = [
    ("python", &["python", "py", "python3", "py3"]),
    ("cpp", &["cpp", "c++", "cc", "cxx"]),
    ("nodejs", &["javascript", "js", "nodejs", "node"]),
    ("rust", &["rust", "rs"]),
];

/// Beginnings of lines that a program may start with, by SandboxFusion's name of the language.
const FIRST_LINES: [(&str, &[&str]); 4] = [
    (
        "python",
        &[
            "import ",
            "from ",
            "def ",
            "class ",
            "if __name__",
            "print(",
            "@",
        ],
    ),
    (
        "cpp",
        &[
            "#include",
            "using namespace",
            "int main",
            "#define",
            "template",
        ],
    ),
    (
        "nodejs",
        &[
            "const ",
            "let ",
            "var ",
            "function ",
            "require(",
            "import ",
            "async function",
            "process.",
        ],
    ),
    (
        "rust",
        &[
            "use ",
            "fn ",
            "pub fn ",
            "struct ",
            "#![",
            "#[",
            "extern crate",
        ],
    ),
];

/// Returns the last block of the language, or the last one of no language; without either the lines
/// that look like code.
pub(super) fn extract_code(text: &str, language: &str) -> ExtractedCode {
    let blocks = fenced_blocks(text);
    let last = |is_complete: bool, is_meant: &dyn Fn(&str) -> bool| {
        let mut matching = blocks.iter().rev();
        matching.find(|block| block.is_complete == is_complete && is_meant(&block.info))
    };
    let is_named = |info: &str| is_fence_name(info, language);
    for (is_complete, origin) in [
        (true, CodeOrigin::Fenced),
        (false, CodeOrigin::IncompleteFenced),
    ] {
        let block = last(is_complete, &is_named).or_else(|| last(is_complete, &str::is_empty));
        if let Some(block) = block.filter(|block| !block.code.trim().is_empty()) {
            let code = block.code.clone();
            return ExtractedCode { code, origin };
        }
    }
    match code_lines(text, language) {
        Some(code) => ExtractedCode {
            code,
            origin: CodeOrigin::Heuristic,
        },
        None => ExtractedCode {
            code: String::new(),
            origin: CodeOrigin::Empty,
        },
    }
}

fn is_fence_name(info: &str, language: &str) -> bool {
    let names = FENCE_NAMES.iter().find(|(name, _)| *name == language);
    let names = names.map_or(&[][..], |(_, names)| names);
    info.eq_ignore_ascii_case(language) || names.iter().any(|name| info.eq_ignore_ascii_case(name))
}

struct FencedBlock {
    /// First word after the opening fence.
    info: String,
    code: String,
    is_complete: bool,
}

fn fenced_blocks(text: &str) -> Vec<FencedBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        let fence = line.trim().strip_prefix("```");
        open = match (fence, open.take()) {
            (Some(info), None) => Some((first_word(info), Vec::new())),
            (Some(info), Some((opening, lines))) if info.trim_matches('`').trim().is_empty() => {
                blocks.push(block(opening, &lines, true));
                None
            }
            // A fence with a language opens a block, whatever is open.
            (Some(info), Some((opening, lines))) => {
                blocks.push(block(opening, &lines, false));
                Some((first_word(info), Vec::new()))
            }
            (None, Some((opening, mut lines))) => {
                lines.push(line);
                Some((opening, lines))
            }
            (None, None) => None,
        };
    }
    if let Some((opening, lines)) = open {
        blocks.push(block(opening, &lines, false));
    }
    blocks
}

fn first_word(info: &str) -> String {
    info.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn block(info: String, lines: &[&str], is_complete: bool) -> FencedBlock {
    FencedBlock {
        info,
        code: lines.join("\n"),
        is_complete,
    }
}

/// Returns the lines from the first that a program may start with to the last that may end one.
fn code_lines(text: &str, language: &str) -> Option<String> {
    let (_, beginnings) = FIRST_LINES.iter().find(|(name, _)| *name == language)?;
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().starts_with("```"))
        .collect();
    let is_first = |line: &&str| {
        beginnings
            .iter()
            .any(|beginning| line.starts_with(beginning))
    };
    let first = lines.iter().position(is_first)?;
    let may_end = |line: &&str| match language {
        "python" => is_python_line(line),
        _ => line.trim_end().ends_with(['}', ';', ')']),
    };
    let last = first + lines[first..].iter().rposition(may_end)?;
    Some(lines[first..=last].join("\n"))
}

/// True for a line that is indented or has a mark that prose rarely has.
fn is_python_line(line: &str) -> bool {
    let is_indented = line.starts_with([' ', '\t']) && !line.trim().is_empty();
    let has_mark = line.contains(['(', '=', '[', '#', '@']) || line.trim_end().ends_with(':');
    let is_import = line.starts_with("import ") || line.starts_with("from ");
    is_indented || has_mark || is_import
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_answers() {
        for (text, language, code, origin) in [
            (
                "```python\nprint(1)\n```",
                "python",
                "print(1)",
                CodeOrigin::Fenced,
            ),
            (
                "```py\na\n```\nor\n```python\nb\n```\n",
                "python",
                "b",
                CodeOrigin::Fenced,
            ),
            (
                "```python\na\n```\noutput:\n```\n1\n```",
                "python",
                "a",
                CodeOrigin::Fenced,
            ),
            ("```\na\n```", "cpp", "a", CodeOrigin::Fenced),
            (
                "so:\n  ```C++ title\nint x;\n  ```",
                "cpp",
                "int x;",
                CodeOrigin::Fenced,
            ),
            (
                "```python\nprint(1)\npr",
                "python",
                "print(1)\npr",
                CodeOrigin::IncompleteFenced,
            ),
            (
                "Sure:\nimport sys\nprint(1)\n\nThis prints one.",
                "python",
                "import sys\nprint(1)",
                CodeOrigin::Heuristic,
            ),
            (
                "#include <cstdio>\nint main() {\n}\nDone.",
                "cpp",
                "#include <cstdio>\nint main() {\n}",
                CodeOrigin::Heuristic,
            ),
            ("I can't.", "python", "", CodeOrigin::Empty),
            ("", "python", "", CodeOrigin::Empty),
            ("```bash\nls\n```", "python", "", CodeOrigin::Empty),
        ] {
            let expected = ExtractedCode {
                code: code.to_owned(),
                origin,
            };
            assert_eq!(extract_code(text, language), expected, "{text}");
        }
    }
}
