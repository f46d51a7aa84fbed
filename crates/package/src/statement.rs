//! Statements, the title in them, and the samples that are shown with them.

use letscode_model::{ProblemSample, Statement, StatementFormat};

use crate::constants::Constants;
use crate::error::{PackageError, WarningList};
use crate::testdata::TestData;
use crate::tree::{PackageFile, PackageFolder};
use crate::validation::Validation;

/// A statement, in bytes.
const MAX_STATEMENT_BYTES: u64 = 1 << 20;
/// One side of a sample, in bytes: more than that nobody reads.
const MAX_SAMPLE_BYTES: u64 = 64 << 10;
/// Statements and samples; the format sets no bound, but a page has to be sent.
const MAX_SHOWN: usize = 100;

/// Images are beside the statements, or in folders there.
const MAX_IMAGE_DEPTH: usize = 3;
const IMAGE_ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "svg"];
/// Whichever of them a package has: the first since 2023-07, the second in legacy packages.
const FOLDERS: [&str; 2] = ["statement", "problem_statement"];

/// `problem.<language>.<tex|md>` in one of [`FOLDERS`]. Statements that are only PDF are not read.
pub(crate) fn read(
    package: &PackageFolder,
    constants: &Constants,
    warnings: &mut WarningList,
) -> Result<Vec<Statement>, PackageError> {
    let Some(folder) = FOLDERS.iter().find_map(|name| package.folder(name)) else {
        return Ok(vec![]);
    };
    let mut statements = Vec::new();
    for (name, file) in folder.files().take(MAX_SHOWN * 10) {
        let Some((language, format)) = classify(name) else {
            continue;
        };
        if statements.len() == MAX_SHOWN {
            break;
        }
        let (text, whole) = file.read_text(MAX_STATEMENT_BYTES)?;
        if !whole {
            warnings.add_file(&file.relative, "cut after 1 MiB");
        }
        statements.push(Statement {
            language: language.to_owned(),
            format,
            text: constants.in_text(text),
        });
    }
    statements.sort_by(|a, b| a.language.cmp(&b.language));
    Ok(statements)
}

/// The images that statements may show, by their path from the statements' folder.
pub(crate) fn images(package: &PackageFolder) -> Vec<String> {
    let Some(folder) = FOLDERS.iter().find_map(|name| package.folder(name)) else {
        return vec![];
    };
    let files = folder.files_below().into_iter().filter_map(|file| {
        let path = file.relative.strip_prefix(&folder.relative)?;
        let path = path.trim_start_matches('/');
        let (_, ending) = path.rsplit_once('.')?;
        let is_image = IMAGE_ENDINGS.contains(&ending.to_ascii_lowercase().as_str());
        let is_near = path.matches('/').count() <= MAX_IMAGE_DEPTH;
        (is_image && is_near).then(|| path.to_owned())
    });
    files.take(MAX_SHOWN).collect()
}

/// `problem.en.tex` and `problem.tex`, the latter English.
fn classify(name: &str) -> Option<(&str, StatementFormat)> {
    let rest = name.strip_prefix("problem.")?;
    let (language, ending) = rest.rsplit_once('.').unwrap_or(("en", rest));
    let format = match ending {
        "tex" => StatementFormat::Latex,
        "md" => StatementFormat::Markdown,
        _ => return None,
    };
    let plausible = !language.is_empty()
        && language.len() <= 16
        && language
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    plausible.then_some((language, format))
}

/// The title that the English, or else the first, statement gives itself.
pub(crate) fn title(statements: &[Statement]) -> Option<String> {
    let english_first = statements
        .iter()
        .filter(|s| s.language == "en")
        .chain(statements);
    english_first
        .into_iter()
        .find_map(|statement| match statement.format {
            StatementFormat::Latex => latex_title(&statement.text),
            StatementFormat::Markdown => markdown_title(&statement.text),
        })
}

/// `%% plainproblemname: …`, or the argument of `\problemname`.
fn latex_title(text: &str) -> Option<String> {
    let plain = |line: &str| {
        let name = line
            .trim()
            .trim_start_matches('%')
            .trim()
            .strip_prefix("plainproblemname:")?;
        presentable(name)
    };
    let remarks = text
        .lines()
        .filter(|line| line.trim_start().starts_with('%'));
    remarks.into_iter().find_map(plain).or_else(|| {
        let commands = text.lines().map(|line| line.split_once("\\problemname"));
        let (_, behind) = commands
            .flatten()
            .find(|(before, _)| !before.contains('%'))?;
        presentable(&plain_latex(argument(behind.trim_start())?))
    })
}

/// What stands in the braces that `text` starts with.
fn argument(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    let mut depth = 1;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inside[..at]);
        }
    }
    None
}

/// Titles hold little LaTeX: escapes, a formula, a font. What is left after this is readable.
fn plain_latex(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' | '$' => {}
            '~' => plain.push(' '),
            // A command's name goes, an escaped sign stays.
            '\\' if chars.peek().is_some_and(char::is_ascii_alphabetic) => {
                while chars.next_if(char::is_ascii_alphabetic).is_some() {}
                chars.next_if(|c| *c == ' ');
            }
            '\\' => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    plain
}

/// The first `# …` line.
fn markdown_title(text: &str) -> Option<String> {
    let heading = text.lines().find_map(|line| line.strip_prefix("# "))?;
    presentable(heading.trim_end_matches('#'))
}

/// One line of at most 200 characters; `None` when nothing is left.
pub(crate) fn presentable(title: &str) -> Option<String> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let title: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    (!title.is_empty()).then_some(title)
}

/// What is shown of `data/sample`: `.in.statement` and `.ans.statement` or `.out` where they are
/// given, `.in` and `.ans` otherwise. Of interactive and multi-pass problems only `.interaction`
/// protocols are shown, as the output of a sample without input: `.in` and `.ans` are the
/// validator's there.
pub(crate) fn samples(
    package: &PackageFolder,
    tests: &TestData,
    validation: &Validation,
) -> Result<Vec<ProblemSample>, PackageError> {
    let Some(folder) = package
        .folder("data")
        .and_then(|data| data.folder("sample"))
    else {
        return Ok(vec![]);
    };
    let talks = validation.is_interactive() || validation.is_multi_pass();
    let mut samples = protocols(folder)?;
    let has_protocol: Vec<String> = samples.iter().map(|sample| sample.name.clone()).collect();
    for test in tests.samples().filter(|_| !talks).take(MAX_SHOWN) {
        // Samples lie in no sub-groups by the format, but some packages have them.
        let name = test.name.strip_prefix("sample/").unwrap_or(&test.name);
        if has_protocol.iter().any(|with| with == name) {
            continue;
        }
        let (folder, base) = descend(folder, name);
        let shown = |endings: &[&str]| {
            let file = endings
                .iter()
                .find_map(|ending| folder?.file(&format!("{base}{ending}")));
            file.map_or_else(|| Ok(String::new()), shown_text)
        };
        samples.push(ProblemSample {
            name: name.to_owned(),
            input: shown(&[".in.statement", ".in"])?,
            output: shown(&[".ans.statement", ".out", ".ans"])?,
            interaction: false,
        });
    }
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(samples)
}

fn protocols(folder: &PackageFolder) -> Result<Vec<ProblemSample>, PackageError> {
    let files = folder
        .files()
        .filter_map(|(name, file)| Some((name.strip_suffix(".interaction")?, file)));
    let sample = |(name, file): (&str, &PackageFile)| {
        Ok(ProblemSample {
            name: name.to_owned(),
            input: String::new(),
            output: shown_text(file)?,
            interaction: true,
        })
    };
    files.take(MAX_SHOWN).map(sample).collect()
}

fn descend<'f, 'n>(
    folder: &'f PackageFolder,
    name: &'n str,
) -> (Option<&'f PackageFolder>, &'n str) {
    let Some((path, base)) = name.rsplit_once('/') else {
        return (Some(folder), name);
    };
    let found = path
        .split('/')
        .try_fold(folder, |folder, part| folder.folder(part));
    (found, base)
}

fn shown_text(file: &PackageFile) -> Result<String, PackageError> {
    let (mut text, whole) = file.read_text(MAX_SAMPLE_BYTES)?;
    if !whole {
        text.push_str("\n[cut after 64 KiB]\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("\\problemname{A plus B}\n", Some("A plus B"))]
    #[case("% \\problemname{old}\n\\problemname{New}", Some("New"))]
    #[case("\\problemname{$x^2$ \\& \\textbf{bold}}", Some("x^2 & bold"))]
    #[case("%% plainproblemname: x^2\n\\problemname{$x^2$}", Some("x^2"))]
    #[case("\\problemname{}", None)]
    #[case("\\problemname{open", None)]
    #[case("no title", None)]
    fn latex_titles(#[case] text: &str, #[case] title: Option<&str>) {
        assert_eq!(latex_title(text).as_deref(), title);
    }

    #[rstest::rstest]
    #[case("problem.en.tex", Some("en"))]
    #[case("problem.tex", Some("en"))]
    #[case("problem.pt-BR.md", Some("pt-BR"))]
    #[case("problem.en.pdf", None)]
    #[case("solution.en.tex", None)]
    #[case("problem-slide.en.tex", None)]
    #[case("problem..tex", None)]
    fn statements_are_told_by_name(#[case] name: &str, #[case] language: Option<&str>) {
        assert_eq!(classify(name).map(|(language, _)| language), language);
    }
}
